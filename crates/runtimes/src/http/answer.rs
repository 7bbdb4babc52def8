//! What an endpoint's answer means: status, media type and CloudEvents headers to an outcome.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use tidegate_json::{RawJson, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Outcome, Text};

/// How much of a failed answer its failure shows, in bytes.
const SHOWN_BYTES: usize = 4 << 10;

/// Longest line of an answer in a message, in bytes.
const LINE_BYTES: usize = 200;

/// The outcome that an answer stands for.
pub(super) fn outcome(head: &Parts, body: &[u8]) -> Outcome {
    if !head.status.is_success() {
        return Outcome::Failed(failure(head.status, body));
    }
    match result(&head.headers, body) {
        Ok(data) => Outcome::succeeded(data),
        Err(problem) => Outcome::Failed(Failure {
            error: Text::const_new(errors::TASK_FAILED),
            message: Text::from(problem),
            detail: Data::json(&detail(head.status, body)),
        }),
    }
}

fn failure(status: StatusCode, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body);
    let first_line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let shown = &first_line[..first_line.floor_char_boundary(LINE_BYTES)];
    let separator = if shown.is_empty() { "" } else { ": " };
    Failure {
        error: Text::from(format!("Http.{}", status.as_u16())),
        message: Text::from(format!("answered {status}{separator}{shown}")),
        detail: Data::json(&detail(status, body)),
    }
}

fn detail(status: StatusCode, body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let shown = &text[..text.floor_char_boundary(SHOWN_BYTES)];
    Value::object([("status", Value::from(i64::from(status.as_u16()))), ("body", Value::from(shown))])
}

/// The result in a successful answer, or what is wrong with it.
fn result(headers: &HeaderMap, body: &[u8]) -> Result<Data, String> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).map(|it| it.trim().to_lowercase());
    match media_type.as_deref() {
        _ if body.is_empty() => Ok(Data::Json(RawJson::default())),
        Some("application/cloudevents+json") => data_of_event(body),
        // A CloudEvent in binary mode has its data as the body, with the data's own media type.
        Some(json) if json == "application/json" || json.ends_with("+json") => json_body(body),
        Some(text) if text.starts_with("text/") => Ok(text_or_bytes(body)),
        Some(_) => Ok(Data::Binary(body.into())),
        None => Ok(json_body(body).unwrap_or_else(|_| text_or_bytes(body))),
    }
}

/// The data of a CloudEvent in structured mode (CloudEvents JSON format, section 3.1).
fn data_of_event(body: &[u8]) -> Result<Data, String> {
    let event = Value::parse_slice(body).map_err(|error| format!("answered malformed JSON: {error}"))?;
    if let Some(data) = event.get("data") {
        return Ok(Data::json(data));
    }
    let Some(encoded) = event.get("data_base64") else { return Ok(Data::Json(RawJson::default())) };
    let bytes = encoded.as_str().and_then(|text| STANDARD.decode(text).ok());
    bytes
        .map(|bytes| Data::Binary(bytes.into()))
        .ok_or_else(|| "answered an event whose data_base64 is not base64".to_owned())
}

fn json_body(body: &[u8]) -> Result<Data, String> {
    let text = std::str::from_utf8(body).map_err(|_| "answered JSON that is not UTF-8".to_owned())?;
    let json = RawJson::parse(text).map_err(|error| format!("answered malformed JSON: {error}"))?;
    Ok(Data::Json(json))
}

fn text_or_bytes(body: &[u8]) -> Data {
    match std::str::from_utf8(body) {
        Ok(text) => Data::json(&Value::from(text)),
        Err(_) => Data::Binary(body.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, media_type: Option<&str>, body: &[u8], expected: &str) {
        let mut response = http::Response::builder().status(status);
        if let Some(media_type) = media_type {
            response = response.header(CONTENT_TYPE, media_type);
        }
        let (head, ()) = response.body(()).unwrap().into_parts();
        let shown = match outcome(&head, body) {
            Outcome::Succeeded { data: Data::Binary(bytes), .. } => format!("bytes {bytes:?}"),
            Outcome::Succeeded { data, .. } => data.inline_value().unwrap().to_text(),
            Outcome::Failed(failure) => failure.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_answer_is_read_as_its_media_type_says() {
        check(200, Some("application/json; charset=utf-8"), b"{\"a\":1}", "{\"a\":1}");
        check(200, Some("application/problem+json"), b"1", "1");
        check(200, Some("text/plain"), b"1", "\"1\"");
        check(200, Some("image/png"), &[1, 2], "bytes [1, 2]");
        check(200, None, b"[1]", "[1]");
        check(200, None, b"hello", "\"hello\"");
        check(200, None, &[0xff], "bytes [255]");
        check(204, None, b"", "null");
        check(200, Some("application/cloudevents+json"), b"{\"id\":\"1\",\"data\":{\"b\":2}}", "{\"b\":2}");
        check(200, Some("application/cloudevents+json"), b"{\"data_base64\":\"AQI=\"}", "bytes [1, 2]");
    }

    #[test]
    fn a_failed_answer_is_named_by_its_status_and_first_line() {
        check(
            503,
            None,
            b"\n over capacity \nmore",
            "Http.503: answered 503 Service Unavailable: over capacity",
        );
        check(404, None, b"", "Http.404: answered 404 Not Found");
        check(302, None, b"", "Http.302: answered 302 Found");
    }

    #[test]
    fn malformed_json_is_a_failure_and_not_a_string() {
        let (head, ()) =
            http::Response::builder().header(CONTENT_TYPE, "application/json").body(()).unwrap().into_parts();
        let Outcome::Failed(failure) = outcome(&head, b"{") else { panic!("taken for a result") };
        assert!(failure.message.starts_with("answered malformed JSON"), "{failure}");
    }
}
