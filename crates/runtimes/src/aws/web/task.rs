//! HTTP tasks: `http:invoke`.
//!
//! Source: AWS Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows".

use http::header::CONTENT_TYPE;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Invocation, Text};

use super::connections::{Added, Connections};
use super::{Draft, check_parameters, method, pairs, plain, required, shown, with_query};
use crate::aws::{encoding, failure};
use crate::host::Host;
use crate::http::check_scheme;

const PARAMETERS: [&str; 8] = [
    "ApiEndpoint",
    "Authentication",
    "Headers",
    "InvocationConfig",
    "Method",
    "QueryParameters",
    "RequestBody",
    "Transform",
];

/// No answer came.
const SOCKET: &str = "States.Http.Socket";

/// Carries out an HTTP task.
pub(in crate::aws) async fn invoke(host: &Host, invocation: &Invocation) -> Result<Data, Failure> {
    let input = &invocation.input;
    let invalid = |problem: String| failure::invalid("http:invoke", &problem);
    check_parameters(input, &PARAMETERS).map_err(invalid)?;
    let added = added(host, input)?;
    let request = draft(input, added).and_then(Draft::request).map_err(invalid)?;
    check_scheme(request.uri())?;
    let (head, body) = host.client.exchange(request).await.map_err(|cause| {
        let is_own = &*cause.error == errors::NOT_STARTED || &*cause.error == errors::LIMIT;
        if is_own { cause } else { Failure { error: Text::const_new(SOCKET), ..cause } }
    })?;
    let result = shown(&head, &body);
    if head.status.is_success() {
        return Ok(Data::json(&result));
    }
    Err(Failure::new(
        Text::from(format!("States.Http.StatusCode.{}", head.status.as_u16())),
        Text::from(result.to_text()),
    ))
}

/// What the task's connection adds.
fn added(host: &Host, input: &Value) -> Result<Added, Failure> {
    let arn = ["/Authentication/ConnectionArn", "/InvocationConfig/ConnectionArn"]
        .iter()
        .find_map(|pointer| input.pointer(pointer).and_then(Value::as_str));
    let Some(arn) = arn else { return Ok(Added::default()) };
    let not_started = |problem: String| Failure::new(errors::NOT_STARTED, Text::from(problem));
    let services = &host.services;
    let Some(path) = &services.settings.connections else {
        let message = format!(
            "the connection `{arn}` is not known: name a file that has it, with --aws-connections FILE"
        );
        return Err(not_started(message));
    };
    let connections = services.connections.get_or_init(|| Connections::read(path));
    let connections = connections.as_ref().map_err(|problem| not_started(problem.to_string()))?;
    connections.added(arn, |name| std::env::var(name).ok()).map_err(not_started)
}

fn draft(input: &Value, added: Added) -> Result<Draft, String> {
    let mut query = pairs(input, "QueryParameters")?;
    // What a connection says goes before what the workflow says.
    query.retain(|(name, _)| !added.query.iter().any(|(own, _)| own == name));
    query.extend(added.query);
    let mut headers = pairs(input, "Headers")?;
    headers.retain(|(name, _)| !added.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)));
    headers.extend(added.headers);
    let mut body = input.get("RequestBody").cloned().filter(|body| !body.is_null());
    for (name, value) in added.body {
        let body = body.get_or_insert_with(|| Value::object([] as [(&str, Value); 0]));
        if body.as_object().is_none() {
            return Err("`RequestBody` must be an object, as the connection adds to it".to_owned());
        }
        body.set(name, value);
    }
    let mut draft = Draft {
        method: method(input)?,
        url: with_query(required(input, "ApiEndpoint")?, &query),
        headers,
        body: None,
    };
    if let Some(body) = body {
        let (text, media_type) = match encoding_of(input)? {
            Encoding::Plain if body.as_str().is_some() && draft.has_header("content-type") => {
                (plain(&body), "")
            }
            Encoding::Plain => (body.to_text(), "application/json"),
            Encoding::Form(format) => {
                (form(&body, format)?, "application/x-www-form-urlencoded;charset=UTF-8")
            }
        };
        if !draft.has_header("content-type") {
            draft.headers.push((CONTENT_TYPE.to_string(), media_type.to_owned()));
        }
        draft.body = Some(text.into_bytes());
    }
    Ok(draft)
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Plain,
    Form(ArrayFormat),
}

/// How a form writes arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArrayFormat {
    /// `a[0]=x&a[1]=y`
    Indices,
    /// `a=x&a=y`
    Repeat,
    /// `a=x,y`
    Commas,
    /// `a[]=x&a[]=y`
    Brackets,
}

fn encoding_of(input: &Value) -> Result<Encoding, String> {
    let Some(transform) = input.get("Transform").filter(|transform| !transform.is_null()) else {
        return Ok(Encoding::Plain);
    };
    let format = match transform.pointer("/RequestEncodingOptions/ArrayFormat").and_then(Value::as_str) {
        None | Some("INDICES") => ArrayFormat::Indices,
        Some("REPEAT") => ArrayFormat::Repeat,
        Some("COMMAS") => ArrayFormat::Commas,
        Some("BRACKETS") => ArrayFormat::Brackets,
        Some(other) => {
            return Err(format!("`ArrayFormat` is INDICES, REPEAT, COMMAS or BRACKETS, and not `{other}`"));
        }
    };
    match transform.get("RequestBodyEncoding").and_then(Value::as_str) {
        None | Some("NONE") => Ok(Encoding::Plain),
        Some("URL_ENCODED") => Ok(Encoding::Form(format)),
        Some(other) => Err(format!("`RequestBodyEncoding` is NONE or URL_ENCODED, and not `{other}`")),
    }
}

/// An object as a form.
fn form(body: &Value, format: ArrayFormat) -> Result<String, String> {
    let Some(members) = body.as_object() else {
        return Err(format!("`RequestBody` must be an object to be a form, and is {}", body.type_name()));
    };
    let mut fields = Vec::new();
    for (key, value) in members.iter() {
        add_fields(&encoding::encoded(key), value, format, &mut fields);
    }
    Ok(fields.join("&"))
}

fn add_fields(name: &str, value: &Value, format: ArrayFormat, fields: &mut Vec<String>) {
    match value {
        Value::Null => fields.push(format!("{name}=")),
        Value::Object(members) => {
            for (key, value) in members.iter() {
                add_fields(&format!("{name}[{}]", encoding::encoded(key)), value, format, fields);
            }
        }
        Value::Array(values) if format == ArrayFormat::Commas => {
            let values: Vec<String> = values.iter().map(|value| encoding::encoded(&plain(value))).collect();
            fields.push(format!("{name}={}", values.join(",")));
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                let name = match format {
                    ArrayFormat::Indices => format!("{name}[{index}]"),
                    ArrayFormat::Brackets => format!("{name}[]"),
                    ArrayFormat::Repeat | ArrayFormat::Commas => name.to_owned(),
                };
                add_fields(&name, value, format, fields);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            fields.push(format!("{name}={}", encoding::encoded(&plain(value))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, added: Added, expected: &str) {
        let drafted = draft(&Value::parse(input).unwrap(), added);
        let shown = match drafted {
            Ok(draft) => format!(
                "{} {} {:?} {}",
                draft.method,
                draft.url,
                draft.headers,
                String::from_utf8(draft.body.unwrap_or_default()).unwrap()
            ),
            Err(problem) => problem,
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn parameters_make_a_request() {
        check(
            r#"{"ApiEndpoint":"http://x/a","Method":"POST","QueryParameters":{"q":["1","2"],"n":3},"RequestBody":{"a":1}}"#,
            Added::default(),
            r#"POST http://x/a?q=1&q=2&n=3 [("content-type", "application/json")] {"a":1}"#,
        );
        check(
            r#"{"ApiEndpoint":"http://x/a?b=c","Method":"GET","QueryParameters":{"d":"e f"}}"#,
            Added::default(),
            "GET http://x/a?b=c&d=e%20f [] ",
        );
        check(r#"{"Method":"GET"}"#, Added::default(), "the parameter `ApiEndpoint` is missing");
    }

    #[test]
    fn a_connection_goes_before_the_workflow() {
        let added = Added {
            headers: vec![("Authorization".to_owned(), "key".to_owned())],
            query: vec![("v".to_owned(), "2".to_owned())],
            body: vec![("team".to_owned(), Value::from("tide"))],
        };
        check(
            r#"{"ApiEndpoint":"http://x","Method":"PUT","Headers":{"authorization":"mine"},"QueryParameters":{"v":"1"}}"#,
            added,
            r#"PUT http://x?v=2 [("Authorization", "key"), ("content-type", "application/json")] {"team":"tide"}"#,
        );
    }

    #[test]
    fn a_body_can_be_a_form() {
        for (format, expected) in [
            ("INDICES", "a[0]=x%20y&a[1]=2&o[k]=true"),
            ("REPEAT", "a=x%20y&a=2&o[k]=true"),
            ("COMMAS", "a=x%20y,2&o[k]=true"),
            ("BRACKETS", "a[]=x%20y&a[]=2&o[k]=true"),
        ] {
            let input = format!(
                r#"{{"ApiEndpoint":"http://x","Method":"POST","RequestBody":{{"a":["x y",2],"o":{{"k":true}}}},
                "Transform":{{"RequestBodyEncoding":"URL_ENCODED","RequestEncodingOptions":{{"ArrayFormat":"{format}"}}}}}}"#
            );
            let head = r#"[("content-type", "application/x-www-form-urlencoded;charset=UTF-8")]"#;
            check(&input, Added::default(), &format!("POST http://x {head} {expected}"));
        }
    }
}
