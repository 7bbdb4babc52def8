//! Values of the wrong type, out of range, or none of those that are expected.

use super::{Code, Telling, did_you_mean, listed, schema};
use crate::asl::check::vocabulary::StateType;
use crate::diagnostic::quoted;

/// A value is not what its field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadValue {
    /// It is of another type.
    WrongType { expected: Expected, found: String },
    /// The text is none of those expected.
    NotAmong { expected: Vec<&'static str>, found: String },
    /// There is no such type of state.
    UnknownType { near: Option<String>, found: String },
    /// A list has nothing in it.
    Empty,
    /// The number is too small.
    Below { least: &'static str, found: String },
    /// The number is too large.
    Above { most: &'static str, found: String },
    /// The text is no point in time.
    NotATimestamp { found: String },
    /// `States.ALL` stands beside or before others.
    AllNotLast,
}

/// What a value should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Expected {
    Text,
    Integer,
    Number,
    Boolean,
    Object,
    List,
}

impl Expected {
    /// The type for people, with its article.
    fn people(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Object => "an object",
            Self::List => "a list",
        }
    }

    /// The type as AWS writes it.
    fn aws(self) -> &'static str {
        match self {
            Self::Text => "[STRING]",
            Self::Integer => "Integer",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::Object => "[OBJECT]",
            Self::List => "[ARRAY]",
        }
    }
}

impl Telling for BadValue {
    fn code(&self) -> &'static str {
        match self {
            Self::WrongType { .. } | Self::NotAmong { .. } | Self::Empty => "asl::wrong_value",
            Self::Below { .. } | Self::Above { .. } | Self::NotATimestamp { .. } => "asl::wrong_value",
            Self::UnknownType { .. } => "asl::unknown_type",
            Self::AllNotLast => "asl::bad_order",
        }
    }

    fn message(&self, subject: &str) -> String {
        match self {
            Self::WrongType { expected, found } => {
                format!("{subject}: expected {}, found {found}", expected.people())
            }
            Self::NotAmong { expected, found } => {
                format!("{subject}: expected {}, found {found}", listed(expected.iter().copied(), "or"))
            }
            Self::UnknownType { found, .. } => format!("there is no type of state called {}", quoted(found)),
            Self::Empty => format!("{subject} is empty"),
            Self::Below { least, found } => format!("{subject} is at least {least}, and this is {found}"),
            Self::Above { most, found } => format!("{subject} is at most {most}, and this is {found}"),
            Self::NotATimestamp { found } => format!("{subject}: {} is not a point in time", quoted(found)),
            Self::AllNotLast => "`States.ALL` stands alone and last".to_owned(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::WrongType { .. } | Self::NotAmong { .. } | Self::Empty => None,
            Self::Below { .. } | Self::Above { .. } => None,
            Self::UnknownType { near, .. } => did_you_mean(near.as_ref())
                .or_else(|| Some(format!("it is {}", listed(StateType::NAMES.iter().copied(), "or")))),
            Self::NotATimestamp { .. } => Some("as in `2026-03-14T01:59:00Z`".to_owned()),
            Self::AllNotLast => Some("put it into an entry of its own, after the others".to_owned()),
        }
    }

    fn aws(&self) -> Option<(Code, String)> {
        match self {
            Self::WrongType { expected, .. } => schema(format!("Expected value of type {}", expected.aws())),
            Self::NotAmong { expected, .. } => {
                schema(format!("Value should be one of the following: [{}]", expected.join(", ")))
            }
            Self::UnknownType { .. } => {
                let names = StateType::NAMES.join(", ");
                schema(format!("The field 'Type' should have one of these values: [{names}]"))
            }
            Self::Empty => schema("Value cannot be empty"),
            Self::Below { least, .. } => schema(format!("Minimum value is {least}")),
            Self::Above { most, .. } => schema(format!("Maximum value is {most}")),
            Self::NotATimestamp { .. } => schema("String does not match RFC3339 timestamp"),
            Self::AllNotLast => schema("States.ALL must appear alone and at end of list"),
        }
    }
}
