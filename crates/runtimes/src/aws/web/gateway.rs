//! APIs of API Gateway: `apigateway:invoke`.
//!
//! Source: AWS Step Functions Developer Guide, "Create API Gateway REST APIs with Step Functions".

use http::header::CONTENT_TYPE;
use http::uri::Authority;
use jiff::Timestamp;
use tidegate_json::Value;
use tidegate_model::{Data, Failure, Invocation, Text};

use super::{Draft, check_parameters, method, pairs, required, shown};
use crate::aws::failure;
use crate::aws::protocol::Request;
use crate::aws::settings::AwsEndpoint;
use crate::aws::sign::{self, Scope};
use crate::aws::{encoding, sign::Credentials};
use crate::host::Host;
use crate::http::check_scheme;

const NAME: &str = "apigateway:invoke";

const PARAMETERS: [&str; 9] = [
    "AllowNullValues",
    "ApiEndpoint",
    "AuthType",
    "Headers",
    "Method",
    "Path",
    "QueryParameters",
    "RequestBody",
    "Stage",
];

/// Who signs a request to AWS, and in which region.
type Signer = (String, Credentials);

/// Carries out a call of an API.
pub(in crate::aws) async fn invoke(host: &Host, invocation: &Invocation) -> Result<Data, Failure> {
    let input = &invocation.input;
    let invalid = |problem: String| failure::invalid(NAME, &problem);
    check_parameters(input, &PARAMETERS).map_err(invalid)?;
    let is_signed = is_signed(input).map_err(invalid)?;
    let (base, signer) = match host.services.endpoint_of("apigateway") {
        Some(AwsEndpoint::Url(url)) => (url.clone(), None),
        Some(AwsEndpoint::Aws) => {
            let base = api_host(input).map_err(invalid)?;
            let signer = is_signed.then(|| host.services.at_amazon()).transpose()?;
            (format!("https://{base}"), signer)
        }
        Some(AwsEndpoint::Directory(_)) | None => return Err(failure::no_endpoint("apigateway")),
    };
    let request = draft(input, &base, signer).and_then(Draft::request).map_err(invalid)?;
    check_scheme(request.uri())?;
    let (head, body) = host.client.exchange(request).await.map_err(|cause| {
        let is_own = cause.error.starts_with("Tidegate.");
        if is_own {
            cause
        } else {
            Failure { error: Text::const_new("ApiGateway.SdkClientException"), ..cause }
        }
    })?;
    let result = shown(&head, &body);
    if head.status.is_success() {
        return Ok(Data::json(&result));
    }
    Err(Failure::new(
        Text::from(format!("ApiGateway.{}", head.status.as_u16())),
        Text::from(String::from_utf8_lossy(&body).into_owned()),
    ))
}

fn is_signed(input: &Value) -> Result<bool, String> {
    match input.get("AuthType").and_then(Value::as_str) {
        None | Some("NO_AUTH") => Ok(false),
        Some("IAM_ROLE" | "RESOURCE_POLICY") => Ok(true),
        Some(other) => Err(format!("`AuthType` is NO_AUTH, IAM_ROLE or RESOURCE_POLICY, and not `{other}`")),
    }
}

/// The host of the API at AWS.
fn api_host(input: &Value) -> Result<&str, String> {
    let given = required(input, "ApiEndpoint")?;
    let is_host = given.parse::<Authority>().is_ok() && !given.contains('@');
    if is_host { Ok(given) } else { Err(format!("`ApiEndpoint` must be a host, and is `{given}`")) }
}

fn draft(input: &Value, base: &str, signer: Option<Signer>) -> Result<Draft, String> {
    required(input, "ApiEndpoint")?;
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let parts: Vec<String> = [text("Stage").trim_matches('/'), text("Path").trim_start_matches('/')]
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| encoding::encoded_path(&encoding::decoded(part)))
        .collect();
    let path = format!("/{}", parts.join("/"));
    for name in ["Headers", "QueryParameters"] {
        let members = input.get(name).and_then(Value::as_object).into_iter().flat_map(|it| it.iter());
        if let Some((key, _)) = members.into_iter().find(|(_, value)| value.as_array().is_none()) {
            return Err(format!("`{name}.{key}` must be an array of texts"));
        }
    }
    let query = pairs(input, "QueryParameters")?;
    let mut headers = pairs(input, "Headers")?;
    let keeps_nulls = input.get("AllowNullValues").and_then(Value::as_bool).unwrap_or(false);
    let body = input.get("RequestBody").filter(|body| !body.is_null());
    let body = body.map(|body| if keeps_nulls { body.clone() } else { without_nulls(body) });
    if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push((CONTENT_TYPE.to_string(), "application/json".to_owned()));
    }
    let body = body.map(|body| body.to_text().into_bytes());
    let method = method(input)?;
    if let Some((region, credentials)) = signer {
        let mut request = Request {
            method: method.to_string(),
            path: path.clone(),
            query: query.clone(),
            headers,
            body: body.clone().unwrap_or_default(),
        };
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        let scope = Scope { service: "execute-api", region: &region, at: Timestamp::now() };
        sign::sign(&mut request, host, scope, &credentials);
        headers = request.headers;
    }
    Ok(Draft { method, url: super::with_query(&format!("{base}{path}"), &query), headers, body })
}

/// The value without members that are null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::object(
            members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), without_nulls(value))),
        ),
        Value::Array(values) => Value::array(values.iter().map(without_nulls)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_path_and_body_make_a_request() {
        let input = r#"{"ApiEndpoint":"a1.execute-api.us-east-1.amazonaws.com","Method":"POST","Stage":"dev",
            "Path":"/pets/my pet","QueryParameters":{"a":["1"]},"Headers":{"custom_header":["h0","h1"]},
            "RequestBody":{"x":null,"y":[{"z":null}]}}"#;
        let draft = draft(&Value::parse(input).unwrap(), "http://localhost:1/base", None).unwrap();
        assert_eq!(draft.url, "http://localhost:1/base/dev/pets/my%20pet?a=1");
        assert_eq!(
            draft.headers[..2],
            [("custom_header".to_owned(), "h0".to_owned()), ("custom_header".to_owned(), "h1".to_owned())]
        );
        assert_eq!(draft.body.as_deref(), Some(&br#"{"y":[{}]}"#[..]));
    }

    #[test]
    fn headers_are_lists() {
        let input = r#"{"ApiEndpoint":"a1","Method":"GET","Headers":{"custom_header":"text"}}"#;
        let problem = draft(&Value::parse(input).unwrap(), "http://x", None).unwrap_err();
        assert_eq!(problem, "`Headers.custom_header` must be an array of texts");
    }

    #[test]
    fn a_host_is_a_host() {
        let host = |given: &str| {
            let input = Value::object([("ApiEndpoint", given)]);
            api_host(&input).map(str::to_owned)
        };
        assert_eq!(
            host("a1.execute-api.us-east-1.amazonaws.com").unwrap(),
            "a1.execute-api.us-east-1.amazonaws.com"
        );
        assert_eq!(host("evil@x").unwrap_err(), "`ApiEndpoint` must be a host, and is `evil@x`");
        assert_eq!(host("a/b").unwrap_err(), "`ApiEndpoint` must be a host, and is `a/b`");
    }
}
