//! Events from JSON: the JSON event format (sections 2 and 3) and its batch format (section 4).
//!
//! One pass over the text builds the event and nothing else: `data` is checked and kept as it came. A mistake
//! is put aside as a [`Fault`] while serde_json unwinds, because its own errors are text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tidegate_json::{RawJson, Value};

use super::draft::Draft;
use super::rules::{Fault, shown};
use super::{EventError, Place};
use crate::{Data, Event};

/// Most events in one batch.
pub const BATCH_EVENTS_MAX: usize = 10_000;

/// Reads one event in the JSON event format.
///
/// # Errors
/// [`EventError`]: what is wrong, and where.
pub fn parse(text: &[u8]) -> Result<Event, EventError> {
    let mut fault = None;
    read(text, EventSeed { fault: &mut fault }).map_err(|error| error.into_event_error(fault, None))
}

/// Reads a list of events in the JSON batch format, in order. One that is no event spoils all.
///
/// # Errors
/// [`EventError`]: what is wrong, in which event, and where.
pub fn parse_batch(text: &[u8]) -> Result<Vec<Event>, EventError> {
    let mut fault = None;
    let mut events = Vec::new();
    let seed = BatchSeed { events: &mut events, fault: &mut fault };
    let outcome = read(text, seed);
    if events.len() > BATCH_EVENTS_MAX {
        return Err(EventError::TooMany { limit: BATCH_EVENTS_MAX });
    }
    match outcome {
        Ok(()) => Ok(events),
        Err(error) => Err(error.into_event_error(fault, Some(events.len()))),
    }
}

/// What stopped the reading.
enum Stop {
    Encoding(std::str::Utf8Error),
    Json(serde_json::Error),
}

fn read<'de, S: DeserializeSeed<'de>>(text: &'de [u8], seed: S) -> Result<S::Value, Stop> {
    // Checked once as a whole, which is far quicker than string by string.
    let text = std::str::from_utf8(text).map_err(Stop::Encoding)?;
    let mut input = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut input).map_err(Stop::Json)?;
    input.end().map_err(Stop::Json)?;
    Ok(value)
}

/// What stands where a batch has to be.
const A_BATCH: &str = "a list of events, a JSON array";

impl Stop {
    fn into_event_error(self, fault: Option<Fault>, index: Option<usize>) -> EventError {
        let error = match self {
            Self::Encoding(error) => return EventError::Encoding { offset: error.valid_up_to() },
            Self::Json(error) => error,
        };
        let Some(fault) = fault.or_else(|| wrong_type(&error)) else {
            return EventError::Syntax(error.into());
        };
        let index = index.filter(|_| fault.expected != A_BATCH);
        let mut pointer = String::new();
        if let Some(index) = index {
            pointer.push_str(&format!("/{index}"));
        }
        if let Some(attribute) = fault.attribute {
            pointer.push('/');
            pointer.push_str(&attribute.replace('~', "~0").replace('/', "~1"));
        }
        let place = Place::Text { index, pointer, line: error.line(), column: error.column() };
        EventError::Invalid { place, expected: fault.expected, found: fault.found }
    }
}

/// What serde_json says where an event or a batch is JSON of another kind.
fn wrong_type(error: &serde_json::Error) -> Option<Fault> {
    let message = error.to_string();
    let (found, expected) = message.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let expected = expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected);
    Some(Fault { attribute: None, expected: expected.to_owned().into(), found: found.to_owned() })
}

/// Puts `fault` aside and makes serde_json stop where it is.
fn stop<E: serde::de::Error>(place: &mut Option<Fault>, fault: Fault) -> E {
    *place = Some(fault);
    E::custom("see the fault")
}

struct BatchSeed<'a> {
    events: &'a mut Vec<Event>,
    fault: &'a mut Option<Fault>,
}

impl<'de> DeserializeSeed<'de> for BatchSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for BatchSeed<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(A_BATCH)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(event) = elements.next_element_seed(EventSeed { fault: self.fault })? {
            self.events.push(event);
            if self.events.len() > BATCH_EVENTS_MAX {
                return Err(A::Error::custom("too many"));
            }
        }
        Ok(())
    }
}

struct EventSeed<'a> {
    fault: &'a mut Option<Fault>,
}

impl<'de> DeserializeSeed<'de> for EventSeed<'_> {
    type Value = Event;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Event, D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EventSeed<'_> {
    type Value = Event;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an event, a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Event, A::Error> {
        let mut draft = Draft::default();
        while let Some(Key(name)) = members.next_key()? {
            let taken = match &*name {
                "data" => json(members.next_value()?).and_then(|data| draft.set_data("data", data)),
                "data_base64" => members.next_value_seed(BytesSeed { draft: &mut draft })?,
                name => members.next_value_seed(AttributeSeed { draft: &mut draft, name })?,
            };
            taken.map_err(|fault| stop(self.fault, fault))?;
        }
        draft.finish().map_err(|fault| stop(self.fault, fault))
    }
}

fn json(raw: &RawValue) -> Result<Data, Fault> {
    let text = RawJson::from_raw_value(raw);
    text.map(Data::Json).map_err(|error| Fault::new("data", "JSON that can be kept", error.message))
}

/// Name of a member, borrowed where the text has it without escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        input.deserialize_str(KeyVisitor)
    }
}

/// Outer errors are those of the text, inner ones those of the event.
type Taken = Result<(), Fault>;

/// Takes the value of the attribute `name`. `null` is the same as absence (JSON format, section 2.2).
struct AttributeSeed<'a> {
    draft: &'a mut Draft,
    name: &'a str,
}

impl AttributeSeed<'_> {
    fn integer<N: TryInto<i32> + fmt::Display + Copy>(self, number: N) -> Taken {
        match number.try_into() {
            Ok(integer) => self.draft.set_scalar(self.name, Value::from(integer)),
            Err(_) => self.refuse(number.to_string()),
        }
    }

    fn refuse(self, found: impl Into<String>) -> Taken {
        let expected = "a string, a boolean or an integer from -2147483648 to 2147483647";
        Err(Fault::new(self.name, expected, found))
    }
}

impl<'de> DeserializeSeed<'de> for AttributeSeed<'_> {
    type Value = Taken;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Taken, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AttributeSeed<'_> {
    type Value = Taken;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the attribute `{}`", self.name)
    }

    fn visit_str<E>(self, text: &str) -> Result<Taken, E> {
        Ok(self.draft.set_text(self.name, text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Taken, E> {
        Ok(self.draft.set_scalar(self.name, Value::from(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Taken, E> {
        Ok(self.integer(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Taken, E> {
        Ok(self.integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Taken, E> {
        Ok(self.refuse(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Taken, E> {
        Ok(Ok(()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Taken, A::Error> {
        while elements.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(self.refuse("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Taken, A::Error> {
        while members.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(self.refuse("an object"))
    }
}

/// Takes `data_base64`.
struct BytesSeed<'a> {
    draft: &'a mut Draft,
}

impl<'de> DeserializeSeed<'de> for BytesSeed<'_> {
    type Value = Taken;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Taken, D::Error> {
        let value = <&RawValue as serde::Deserialize>::deserialize(input)?;
        if value.get() == "null" {
            return Ok(Ok(()));
        }
        let refuse = || {
            Fault::new("data_base64", "bytes as a base64 string (RFC 4648, section 4)", shown(value.get()))
        };
        let bytes = serde_json::from_str::<Key<'_>>(value.get()).ok().and_then(|Key(text)| decode(&text));
        Ok(bytes
            .ok_or_else(refuse)
            .and_then(|bytes| self.draft.set_data("data_base64", Data::Binary(bytes.into()))))
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
