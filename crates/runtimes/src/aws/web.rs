//! Tasks that call URLs: HTTP tasks, and API Gateway.
//!
//! Owns what both make of an answer. Redirections are not followed: they are answers like any other.

pub(super) mod connections;
pub(super) mod gateway;
pub(super) mod task;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::response::Parts;
use http::{Method, Request, Uri};
use http_body_util::Full;
use tidegate_json::Value;

use super::optimised::java_case;
use crate::http::OUR_USER_AGENT;

/// A request that is being put together.
#[derive(Debug)]
struct Draft {
    method: Method,
    /// With a query, if there is one.
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Draft {
    /// The request.
    ///
    /// # Errors
    /// Names the parameter that no request can be made of.
    fn request(self) -> Result<Request<Full<Bytes>>, String> {
        let uri: Uri = self
            .url
            .parse()
            .map_err(|error| format!("`ApiEndpoint` is not a URL: `{}`: {error}", self.url))?;
        if uri.host().is_none() || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(format!("`ApiEndpoint` is not an http or https URL with a host: `{}`", self.url));
        }
        let mut request = Request::new(Full::from(self.body.unwrap_or_default()));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, OUR_USER_AGENT);
        let mut given: Vec<HeaderName> = Vec::new();
        for (name, value) in &self.headers {
            let header: HeaderName =
                name.parse().map_err(|_| format!("`Headers`: `{name}` is not the name of an HTTP header"))?;
            let value: HeaderValue = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
                format!("`Headers`: the value of `{name}` has characters that no header may have")
            })?;
            if given.contains(&header) {
                headers.append(header, value);
            } else {
                headers.insert(header.clone(), value);
                given.push(header);
            }
        }
        Ok(request)
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }
}

/// The result of a task that calls a URL.
fn shown(head: &Parts, body: &[u8]) -> Value {
    let headers = head.headers.keys().map(|name| {
        let values = head.headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        (java_case(name.as_str()), Value::array(values))
    });
    Value::object([
        ("Headers", Value::object(headers)),
        ("ResponseBody", body_of(head, body)),
        ("StatusCode", Value::from(i64::from(head.status.as_u16()))),
        ("StatusText", Value::from(head.status.canonical_reason().unwrap_or_default())),
    ])
}

/// A body as JSON where it says that it is and is; otherwise as text.
fn body_of(head: &Parts, body: &[u8]) -> Value {
    let media_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let is_json = media_type == "application/json" || media_type.ends_with("+json") || media_type.is_empty();
    let parsed = if is_json { Value::parse_slice(body).ok() } else { None };
    parsed.unwrap_or_else(|| Value::from(String::from_utf8_lossy(body).into_owned()))
}

/// The method that a parameter names.
fn method(input: &Value) -> Result<Method, String> {
    let name = required(input, "Method")?;
    let method = Method::from_bytes(name.as_bytes()).ok();
    method.ok_or_else(|| format!("`Method` must be one such as GET or POST, and is `{name}`"))
}

fn required<'a>(input: &'a Value, name: &str) -> Result<&'a str, String> {
    let given = input.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    given.ok_or_else(|| format!("the parameter `{name}` is missing"))
}

/// Names and values of an object of texts or lists of texts.
fn pairs(input: &Value, name: &str) -> Result<Vec<(String, String)>, String> {
    let members = match input.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(members)) => members,
        Some(other) => return Err(format!("`{name}` must be an object, and is {}", other.type_name())),
    };
    let mut pairs = Vec::new();
    for (key, value) in members.iter() {
        match value {
            Value::Null => {}
            Value::Array(values) => {
                pairs.extend(values.iter().map(|value| (key.to_string(), plain(value))));
            }
            value => pairs.push((key.to_string(), plain(value))),
        }
    }
    Ok(pairs)
}

/// A value in a URL or a header: text as it is, anything else as its JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_text(), str::to_owned)
}

/// Refuses what the task does not take.
fn check_parameters(input: &Value, known: &[&str]) -> Result<(), String> {
    let Some(members) = input.as_object() else {
        return Err(format!("the parameters must be an object, and are {}", input.type_name()));
    };
    match members.keys().find(|key| !known.contains(&&***key)) {
        Some(key) => Err(format!("there is no parameter `{key}`, there may be {}", known.join(", "))),
        None => Ok(()),
    }
}

/// Adds a query to a URL that may have one.
fn with_query(url: &str, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{}", super::encoding::form(query))
}
