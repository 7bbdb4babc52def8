//! Events to JSON: the JSON event format.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::draft::{LABELS, SPEC_VERSION};
use crate::{Data, Digest, Event};

/// The event in the JSON event format. What [`parse`](super::parse) reads of it is the same event.
///
/// Data that is kept in the payload store is not at hand: the extension attribute `dataref` names it by its digest
/// (`ni:///sha-256;…`, RFC 6920), and there is no `data`.
#[must_use]
pub fn print(event: &Event) -> String {
    let mut out =
        Vec::with_capacity(192 + usize::try_from(event.data.size_bytes()).unwrap_or(0).min(1 << 20));
    out.extend_from_slice(b"{\"specversion\":\"");
    out.extend_from_slice(SPEC_VERSION.as_bytes());
    out.push(b'"');
    text(&mut out, "id", &event.id);
    text(&mut out, "source", &event.source);
    text(&mut out, "type", &event.kind);
    let optional = [
        ("subject", &event.subject),
        ("time", &event.time),
        ("datacontenttype", &event.content_type),
        ("dataschema", &event.schema),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            text(&mut out, name, value);
        }
    }
    if !event.labels.is_empty() {
        let labels: Vec<&str> = event.labels.iter().collect();
        text(&mut out, LABELS, &labels.join(","));
    }
    for (name, value) in &event.extensions {
        member(&mut out, name);
        value.write_to(&mut out);
    }
    data(&mut out, &event.data);
    out.push(b'}');
    String::from_utf8(out).expect("it was put together from text")
}

fn data(out: &mut Vec<u8>, data: &Data) {
    match data {
        Data::None => {}
        Data::Json(json) => {
            member(out, "data");
            out.extend_from_slice(json.as_str().as_bytes());
        }
        Data::Binary(bytes) => text(out, "data_base64", &STANDARD.encode(bytes)),
        Data::Stored { digest: Digest(digest), .. } => {
            text(out, "dataref", &format!("ni:///sha-256;{}", URL_SAFE_NO_PAD.encode(digest)));
        }
    }
}

fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    member(out, name);
    string(out, value);
}

fn member(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    string(out, name);
    out.push(b':');
}

fn string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("writing text to memory does not fail");
}
