//! CloudEvents 1.0.2 as bytes: the JSON event format, and the binary mode of the HTTP protocol binding.
//!
//! Pure: text and header pairs in, [`Event`](crate::Event)s out, and back. An event that reads has every required
//! attribute, well-formed names and times, and data of one kind only; everything else is an [`EventError`] that
//! names the place. What is absent: sockets, media type negotiation, and limits on size, which belong to the door.
//!
//! In reading order: `rules` is what an attribute may be, `draft` puts an event together from attributes in
//! whatever order they come, `read` and `write` are the JSON format, `binary` is the headers and body of HTTP.

mod binary;
mod draft;
mod read;
mod rules;
mod write;

use std::borrow::Cow;

use tidegate_json::ParseError;

pub use binary::parse_binary;
pub use read::{BATCH_EVENTS_MAX, parse, parse_batch};
pub use rules::is_json;
pub use write::print;

/// Media type of one event in the JSON format.
pub const STRUCTURED: &str = "application/cloudevents+json";

/// Media type of a list of events in the JSON batch format.
pub const BATCH: &str = "application/cloudevents-batch+json";

/// Why something is no CloudEvent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The text is not JSON (RFC 8259).
    #[error("the text is not JSON")]
    Syntax(#[source] ParseError),
    /// The bytes are not UTF-8.
    #[error("the text is not UTF-8 from byte {offset} on")]
    Encoding {
        /// The first byte that is not, from 0.
        offset: usize,
    },
    /// Something in it breaks a rule of CloudEvents.
    #[error("{place}: expected {expected}, found {found}")]
    Invalid {
        /// Where.
        place: Place,
        /// What the standard asks for.
        expected: Cow<'static, str>,
        /// What is there.
        found: String,
    },
    /// A batch has more events than are taken at once.
    #[error("a batch has at most {limit} events")]
    TooMany {
        /// The most.
        limit: usize,
    },
}

/// Where in a request a mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a JSON text.
    Text {
        /// Which event of a batch, from 0.
        index: Option<usize>,
        /// JSON pointer (RFC 6901) into the text.
        pointer: String,
        /// Line, from 1.
        line: usize,
        /// Column, in bytes from 1.
        column: usize,
    },
    /// In the header of this name.
    Header(String),
    /// In the body of a request in binary mode.
    Body,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text { index: Some(index), pointer, .. } => {
                write!(out, "event {index} of the batch, at `{pointer}`")
            }
            Self::Text { index: None, pointer, .. } if pointer.is_empty() => out.write_str("the event"),
            Self::Text { index: None, pointer, .. } => write!(out, "`{pointer}`"),
            Self::Header(name) => write!(out, "header `{name}`"),
            Self::Body => out.write_str("the body"),
        }
    }
}
