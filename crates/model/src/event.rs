//! Events: the only thing that makes anything happen.

use serde::{Deserialize, Serialize};
use tidegate_json::{RawJson, Value};

use crate::{Digest, Labels, Text};

/// A CloudEvents 1.0 event: the context attributes of its section 3, and its data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `id`: unique with `source`; the pair identifies the event, a second arrival is a duplicate.
    pub id: Text,
    /// `source`: where it happened, a URI reference.
    pub source: Text,
    /// `type`: what happened.
    pub kind: Text,
    /// `subject`: to what it happened, within the source.
    pub subject: Option<Text>,
    /// `time`: when it happened by its producer's clock, RFC 3339, as it came. Decides nothing.
    pub time: Option<Text>,
    /// `datacontenttype`: media type of the data; absent means `application/json`.
    pub content_type: Option<Text>,
    /// `dataschema`: a URI of the schema the data follows.
    pub schema: Option<Text>,
    /// Extension attributes, scalars, in the order they came.
    pub extensions: Vec<(Text, Value)>,
    /// Information-flow labels (extension attribute `labels`: words separated by commas).
    pub labels: Labels,
    /// What the event carries.
    pub data: Data,
}

impl Event {
    /// An event with only the attributes that every event has.
    #[must_use]
    pub fn new(id: impl Into<Text>, source: impl Into<Text>, kind: impl Into<Text>) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            kind: kind.into(),
            subject: None,
            time: None,
            content_type: None,
            schema: None,
            extensions: Vec::new(),
            labels: Labels::NONE,
            data: Data::None,
        }
    }

    /// The same event about `subject`.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same event carrying `data`.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Data>) -> Self {
        self.data = data.into();
        self
    }
}

/// Content of an event, an input or a result. Clones share it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// Nothing, which is not the same as JSON `null`.
    #[default]
    None,
    /// A JSON document, kept as it came until somebody reads it.
    Json(RawJson),
    /// Bytes of some other media type.
    Binary(Bytes),
    /// A document kept once in the payload store and known here by its digest.
    Stored {
        /// SHA-256 of the content.
        digest: Digest,
        /// Length of the content, in bytes.
        size_bytes: u64,
        /// Whether the content is a JSON document.
        form: Form,
    },
}

/// Bytes that clone without a copy.
pub type Bytes = std::sync::Arc<[u8]>;

/// What the bytes of a stored payload are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A JSON document.
    Json,
    /// Anything else.
    Binary,
}

impl Data {
    /// The JSON document `value`.
    #[must_use]
    pub fn json(value: &Value) -> Self {
        Self::Json(RawJson::from_value(value))
    }

    /// Length of the content, in bytes, wherever it is kept.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Json(text) => text.as_str().len() as u64,
            Self::Binary(bytes) => bytes.len() as u64,
            Self::Stored { size_bytes, .. } => *size_bytes,
        }
    }

    /// The JSON value that `content`, the stored bytes of this data, stands for.
    ///
    /// Binary content reads as a base64 string, as in CloudEvents' JSON format (section 3.1.1).
    #[must_use]
    pub fn value_of(form: Form, content: &[u8]) -> Value {
        match form {
            Form::Json => Value::parse_slice(content).unwrap_or_default(),
            Form::Binary => base64_value(content),
        }
    }

    /// The value, where it is kept inline; `None` where it has to be fetched from the payload store.
    #[must_use]
    pub fn inline_value(&self) -> Option<Value> {
        match self {
            Self::None => Some(Value::Null),
            Self::Json(text) => Some(text.value()),
            Self::Binary(bytes) => Some(base64_value(bytes)),
            Self::Stored { .. } => None,
        }
    }
}

impl From<&Value> for Data {
    fn from(value: &Value) -> Self {
        Self::json(value)
    }
}

impl From<RawJson> for Data {
    fn from(text: RawJson) -> Self {
        Self::Json(text)
    }
}

fn base64_value(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    Value::from(base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// How `Data` looks in the journal: the variants as they are. Append only: the order is the format.
#[derive(Serialize, Deserialize)]
enum Recorded {
    None,
    Json(RawJson),
    Binary(Vec<u8>),
    Stored(Digest, u64, Form),
}

/// How stored data looks to people: a reference that says what it is.
#[derive(Serialize, Deserialize)]
struct Reference {
    #[serde(rename = "$stored")]
    stored: Digest,
    size_bytes: u64,
    form: Form,
}

impl Serialize for Data {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return match self {
                Self::None => serializer.serialize_unit(),
                Self::Json(text) => text.serialize(serializer),
                Self::Binary(bytes) => base64_value(bytes).serialize(serializer),
                Self::Stored { digest, size_bytes, form } => {
                    Reference { stored: *digest, size_bytes: *size_bytes, form: *form }.serialize(serializer)
                }
            };
        }
        match self {
            Self::None => Recorded::None,
            Self::Json(text) => Recorded::Json(text.clone()),
            Self::Binary(bytes) => Recorded::Binary(bytes.to_vec()),
            Self::Stored { digest, size_bytes, form } => Recorded::Stored(*digest, *size_bytes, *form),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return RawJson::deserialize(deserializer).map(Self::Json);
        }
        Ok(match Recorded::deserialize(deserializer)? {
            Recorded::None => Self::None,
            Recorded::Json(text) => Self::Json(text),
            Recorded::Binary(bytes) => Self::Binary(bytes.into()),
            Recorded::Stored(digest, size_bytes, form) => Self::Stored { digest, size_bytes, form },
        })
    }
}
