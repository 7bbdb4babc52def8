//! Events from the headers and the body of an HTTP request: binary content mode (HTTP binding, section 3.1).

use tidegate_json::{RawJson, Value};

use super::draft::Draft;
use super::rules::{self, Fault, shown};
use super::{EventError, Place};
use crate::{Data, Event};

/// Reads an event from `headers`, pairs of a lower-case name and a value, and the `body`.
///
/// Headers that do not start with `ce-` say nothing about the event. An empty body is no data. A body of JSON is a
/// JSON document, text in UTF-8 reads as a JSON string, as it does in the JSON format; all else is bytes.
///
/// # Errors
/// [`EventError`]: what is wrong, and in which header.
pub fn parse_binary<'h>(
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Event, EventError> {
    let mut draft = Draft::default();
    for (header, value) in headers {
        let Some(name) = header.strip_prefix("ce-") else { continue };
        take(&mut draft, name, value).map_err(|fault| in_header(header, fault))?;
    }
    if let Some(content_type) = content_type {
        draft.set_text("datacontenttype", content_type).map_err(|fault| in_header("content-type", fault))?;
    }
    let data = data(content_type, body)?;
    draft.set_data("data", data).map_err(|fault| in_header("ce-data", fault))?;
    draft.finish().map_err(|fault| in_header("ce-*", fault))
}

fn take(draft: &mut Draft, name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "datacontenttype" => {
            Err(Fault::new(name, "the media type of the data in `content-type`", shown(value)))
        }
        "data" => Err(Fault::new(name, "the data in the body", shown(value))),
        name => match decode(value) {
            Some(text) => draft.set_text(name, &text),
            None => Err(Fault::new(name, "percent-encoded UTF-8", shown(value))),
        },
    }
}

fn in_header(header: &str, fault: Fault) -> EventError {
    EventError::Invalid {
        place: Place::Header(header.to_owned()),
        expected: fault.expected,
        found: fault.found,
    }
}

fn data(content_type: Option<&str>, body: &[u8]) -> Result<Data, EventError> {
    let content_type = content_type.unwrap_or("application/json");
    if body.is_empty() {
        return Ok(Data::None);
    }
    if rules::is_json(content_type) {
        let text = std::str::from_utf8(body)
            .map_err(|error| EventError::Encoding { offset: error.valid_up_to() })?;
        return RawJson::parse(text).map(Data::Json).map_err(EventError::Syntax);
    }
    Ok(match std::str::from_utf8(body) {
        Ok(text) if rules::is_text(content_type) => Data::json(&Value::from(text)),
        Ok(_) | Err(_) => Data::Binary(body.into()),
    })
}

/// The attribute value that a header value stands for (HTTP binding, section 3.1.3.2): quotes are taken off, as
/// older versions of the binding allowed them, and then one round of percent-decoding is done. A `%` without two
/// hexadecimal digits stands for itself. `None` where the result is not UTF-8.
fn decode(value: &str) -> Option<std::borrow::Cow<'_, str>> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if inner.is_none() && !value.contains('%') {
        return Some(value.into());
    }
    let unquoted = inner.map_or_else(|| value.to_owned(), unescape);
    String::from_utf8(percent_decode(unquoted.as_bytes())).ok().map(Into::into)
}

/// Takes the backslashes off the escaped characters of a quoted string (RFC 9110, section 5.6.4).
fn unescape(quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

fn percent_decode(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    bytes
}
