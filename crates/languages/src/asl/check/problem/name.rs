//! Names that are taken, too long, or have wrong characters.

use super::{Code, Telling};
use crate::diagnostic::quoted;

/// A state, a map or a variable cannot be called so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadName {
    /// Another state has the same name.
    DuplicateState { name: String },
    /// The name of a state is too long.
    LongState { name: String },
    /// Another map has the same label.
    DuplicateLabel { label: String },
    /// The label is too long.
    LongLabel { label: String },
    /// The label has a character that labels may not have.
    WrongLabel { label: String, wrong: char },
    /// The variable is the service's.
    ReservedVariable { name: String },
    /// The name of a variable is too long.
    LongVariable { name: String },
    /// The name of a variable has characters that it may not have.
    WrongVariable { name: String },
}

impl Telling for BadName {
    fn code(&self) -> &'static str {
        match self {
            Self::DuplicateState { .. } | Self::DuplicateLabel { .. } => "asl::duplicate",
            Self::LongState { .. } | Self::LongLabel { .. } | Self::WrongLabel { .. } => "asl::bad_name",
            Self::ReservedVariable { .. } | Self::LongVariable { .. } | Self::WrongVariable { .. } => {
                "asl::bad_name"
            }
        }
    }

    fn message(&self, _: &str) -> String {
        match self {
            Self::DuplicateState { name } => format!("there are two states called {}", quoted(name)),
            Self::LongState { name } => {
                format!(
                    "the name of a state has at most 80 characters, and this has {}",
                    name.chars().count()
                )
            }
            Self::DuplicateLabel { label } => format!("there are two maps labelled {}", quoted(label)),
            Self::LongLabel { label } => {
                format!("a label has at most 40 characters, and this has {}", label.chars().count())
            }
            Self::WrongLabel { wrong, .. } => {
                format!("a label cannot have the character {}", quoted(&wrong.escape_default().to_string()))
            }
            Self::ReservedVariable { name } => {
                format!("{} cannot be assigned", quoted(&format!("${name}")))
            }
            Self::LongVariable { name } => format!(
                "the name of a variable has at most 80 characters, and this has {}",
                name.chars().count()
            ),
            Self::WrongVariable { name } => format!("{} is not the name of a variable", quoted(name)),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::DuplicateState { .. } => {
                Some("names are unique in the whole definition, also within branches and maps".to_owned())
            }
            Self::WrongVariable { .. } => Some("letters, digits and `_`, and a letter first".to_owned()),
            Self::LongState { .. } | Self::DuplicateLabel { .. } | Self::LongLabel { .. } => None,
            Self::WrongLabel { .. } | Self::ReservedVariable { .. } | Self::LongVariable { .. } => None,
        }
    }

    fn aws(&self) -> Option<(Code, String)> {
        Some(match self {
            Self::DuplicateState { name } => {
                (Code::DuplicateStateName, format!("Duplicate State name: {name}"))
            }
            Self::LongState { name } => (
                Code::InvalidStateName,
                format!("Invalid State name: {name} exceeds the 80-character limit allowed by the service"),
            ),
            Self::DuplicateLabel { label } => {
                (Code::DuplicateLabelName, format!("Duplicate Label name: {label}"))
            }
            Self::LongLabel { label } => (
                Code::InvalidLabelName,
                format!("Invalid Label name: {label} exceeds the 40-character limit allowed by the service"),
            ),
            Self::WrongLabel { label, .. } => (
                Code::InvalidLabelName,
                format!("Invalid Label name: {label} contains characters that are not allowed"),
            ),
            Self::ReservedVariable { name } => {
                (Code::ReservedVariableName, format!("Cannot assign to reserved variable '${name}'."))
            }
            Self::LongVariable { name } => (
                Code::InvalidVariableName,
                format!("Invalid variable name '{name}': the variable name exceeds 80 characters."),
            ),
            Self::WrongVariable { name } => (
                Code::InvalidVariableName,
                format!("Invalid variable name '{name}': the variable name contains invalid characters."),
            ),
        })
    }
}
