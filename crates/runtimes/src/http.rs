//! Functions that are an HTTP endpoint: the input by POST, the result in the answer.
//!
//! Owns how an answer becomes an outcome. Requests carry the attempt's idempotency key, so that an endpoint
//! can tell a repeat. Sources: CloudEvents HTTP Protocol Binding 1.0.2, sections 3.1 and 3.2.

mod answer;
mod client;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::Full;
use tidegate_model::function::{HttpEndpoint, HttpFormat};
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Invocation, Outcome, Text};

pub(crate) use client::{Client, check_scheme};

/// What requests say of who sends them.
pub(crate) const OUR_USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("tidegate/", env!("CARGO_PKG_VERSION")));

/// Calls the endpoint. Dropping the future ends the request.
pub(crate) async fn call(client: &Client, endpoint: &HttpEndpoint, invocation: &Invocation) -> Outcome {
    match exchange(client, endpoint, invocation).await {
        Ok(outcome) => outcome,
        Err(failure) => Outcome::Failed(failure),
    }
}

async fn exchange(
    client: &Client,
    endpoint: &HttpEndpoint,
    invocation: &Invocation,
) -> Result<Outcome, Failure> {
    let request = request(endpoint, invocation)?;
    let (head, body) = client.exchange(request).await?;
    Ok(answer::outcome(&head, &body))
}

fn request(endpoint: &HttpEndpoint, invocation: &Invocation) -> Result<Request<Full<bytes::Bytes>>, Failure> {
    let uri: Uri = endpoint.url.parse().map_err(|error| {
        refused(format!("`{}` is not a URL such as `http://127.0.0.1:8080/resize`: {error}", endpoint.url))
    })?;
    let is_http = uri.host().is_some() && uri.scheme_str().is_some_and(|it| it == "http" || it == "https");
    if !is_http {
        return Err(refused(format!("`{}` is not an http or https URL with a host", endpoint.url)));
    }
    client::check_scheme(&uri)?;
    let mut request = Request::new(Full::from(invocation.input.to_text()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers(endpoint, invocation)?;
    Ok(request)
}

fn headers(endpoint: &HttpEndpoint, invocation: &Invocation) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, OUR_USER_AGENT);
    let mut set = |name: &'static str, value: &str| {
        headers.insert(HeaderName::from_static(name), percent_encoded(value));
    };
    set("idempotency-key", &invocation.idempotency_key);
    set("tidegate-run", &invocation.task.run.to_string());
    set("tidegate-task", &invocation.task.to_string());
    set("tidegate-attempt", &invocation.attempt.to_string());
    match endpoint.format {
        HttpFormat::Json => {}
        HttpFormat::CloudEvent => {
            set("ce-specversion", "1.0");
            set("ce-id", &invocation.idempotency_key);
            set("ce-source", &format!("/runs/{}", invocation.task.run));
            set("ce-type", "tidegate.task.invoked");
            set("ce-subject", &invocation.subject);
        }
    }
    for (name, value) in &endpoint.headers {
        let name: HeaderName =
            name.parse().map_err(|_| refused(format!("`{name}` is not the name of an HTTP header")))?;
        let value = value.parse().map_err(|_| {
            refused(format!("the value of the header `{name}` has characters that no header may have"))
        })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// A header value as CloudEvents prescribes it (section 3.1.3.2): outside printable ASCII, and for space, `"`
/// and `%`, the UTF-8 bytes percent-encoded.
fn percent_encoded(text: &str) -> HeaderValue {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!' | b'#'..=b'$' | b'&'..=b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    HeaderValue::from_str(&encoded).expect("printable ASCII makes a header value")
}

fn refused(message: String) -> Failure {
    Failure::new(errors::NOT_STARTED, Text::from(message))
}
