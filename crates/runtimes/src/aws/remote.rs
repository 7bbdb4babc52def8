//! A call of a service behind a URL.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderName, HeaderValue, Uri};
use http_body_util::Full;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tidegate_json::Value;
use tidegate_model::Failure;

use super::call::Call;
use super::encoding;
use super::endpoint::Endpoint;
use super::protocol::{Answer, Request};
use super::sign::{self, Scope};
use super::{failure, optimised};
use crate::host::Host;
use crate::http::check_scheme;

/// Sends the call with the checked parameters `input` and gives its result.
pub(super) async fn send(
    host: &Host,
    call: &Call,
    endpoint: &Endpoint,
    input: &Value,
) -> Result<Value, Failure> {
    let problem = |problem: String| failure::invalid(&call.shown(), &problem);
    let (_, operation) = call.operation();
    let mut request = call.request(input).map_err(problem)?;
    if operation.has_checksum {
        add_checksum(&mut request);
    }
    let url = url(call, endpoint, input).map_err(problem)?;
    let uri: Uri = url.parse().map_err(|error| problem(format!("`{url}` is not a URL: {error}")))?;
    // The path of the endpoint is signed as well.
    request.path = format!("{}{}", uri.path().trim_end_matches('/'), request.path);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if operation.is_anonymous {
        request.headers.push(("host".to_owned(), authority.to_owned()));
    } else {
        let scope =
            Scope { service: call.service.signing_name(), region: &endpoint.region, at: Timestamp::now() };
        sign::sign(&mut request, authority, scope, &endpoint.credentials);
    }
    let request = http_request(&uri, request).map_err(problem)?;
    check_scheme(request.uri())?;
    let (head, body) =
        host.client.exchange(request).await.map_err(|cause| failure::unanswered(call, cause))?;
    let answer = Answer { status: head.status, headers: &head.headers, body: &body };
    if !head.status.is_success() {
        return Err(failure::answered(call, answer));
    }
    let result = call.result(answer).map_err(|problem| failure::malformed(call, &problem))?;
    optimised::result(call, result, head.status, &head.headers)
}

/// The endpoint's URL, with what the operation puts before a host of AWS.
fn url(call: &Call, endpoint: &Endpoint, input: &Value) -> Result<String, String> {
    let (_, operation) = call.operation();
    let Some(prefix) = operation.host_prefix.as_ref().filter(|_| endpoint.is_aws) else {
        return Ok(endpoint.url.clone());
    };
    let mut prefix = prefix.clone();
    while let Some((before, rest)) = prefix.split_once('{') {
        let (label, after) = rest.split_once('}').unwrap_or((rest, ""));
        let value = input.get(label).and_then(Value::as_str);
        let value = value.ok_or_else(|| format!("the parameter `{label}` is missing"))?;
        let is_label = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if value.is_empty() || !is_label {
            return Err(format!("the parameter `{label}` is to be part of a host, and `{value}` cannot be"));
        }
        prefix = format!("{before}{value}{after}");
    }
    Ok(endpoint.url.replacen("://", &format!("://{prefix}"), 1))
}

/// The checksum that the SDK adds by default, or the one that the parameters ask for.
fn add_checksum(request: &mut Request) {
    let is_given = |(name, _): &(String, String)| {
        name.starts_with("x-amz-checksum-") && name != "x-amz-checksum-type" && name != "x-amz-checksum-mode"
    };
    if request.headers.iter().any(is_given) || !matches!(request.method.as_str(), "PUT" | "POST") {
        return;
    }
    let asked = request.headers.iter().find(|(name, _)| name == "x-amz-sdk-checksum-algorithm");
    let asked = asked.map(|(_, algorithm)| algorithm.clone());
    let (name, digest) = match asked.as_deref() {
        None | Some("CRC32") => {
            ("x-amz-checksum-crc32", crc32fast::hash(&request.body).to_be_bytes().to_vec())
        }
        Some("SHA256") => ("x-amz-checksum-sha256", Sha256::digest(&request.body).to_vec()),
        // The service says what is missing.
        Some(_) => return,
    };
    request.headers.push((name.to_owned(), STANDARD.encode(digest)));
    if asked.is_none() {
        request.headers.push(("x-amz-sdk-checksum-algorithm".to_owned(), "CRC32".to_owned()));
    }
}

fn http_request(base: &Uri, request: Request) -> Result<http::Request<Full<Bytes>>, String> {
    let query = encoding::form(&request.query);
    let mark = if query.is_empty() { "" } else { "?" };
    let scheme = base.scheme_str().unwrap_or("http");
    let authority = base.authority().map_or("", |authority| authority.as_str());
    let url = format!("{scheme}://{authority}{}{mark}{query}", request.path);
    let mut built = http::Request::builder()
        .method(request.method.as_str())
        .uri(&url)
        .body(Full::from(request.body))
        .map_err(|error| format!("`{url}` cannot be called: {error}"))?;
    let headers = built.headers_mut();
    for (name, value) in &request.headers {
        let name: HeaderName =
            name.parse().map_err(|_| format!("`{name}` is not the name of an HTTP header"))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            format!("the value of the header `{name}` has characters that no header may have")
        })?;
        headers.append(name, value);
    }
    headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
    headers.insert(http::header::USER_AGENT, crate::http::OUR_USER_AGENT);
    Ok(built)
}
