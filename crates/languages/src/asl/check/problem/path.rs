//! Paths that are none, and fields that compute nothing.

use super::{Code, Telling, schema};
use crate::diagnostic::quoted;

/// A field that holds a path or an intrinsic function holds neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadPath {
    /// What stands here is no path; why, where it looks like one.
    NotAPath { found: String, why: Option<String> },
    /// What stands here is no reference path.
    NotAReference { found: String, why: String },
    /// A field whose name ends in `.$` computes nothing; why, where it looks as if it did.
    NotComputed { field: String, found: String, why: Option<String> },
    /// A field whose name ends in `.$` holds no text.
    NotText { field: String, kind: &'static str, found: String },
    /// A field is given both as it is and to be computed.
    BothForms { field: String, plain: String },
}

impl Telling for BadPath {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAPath { .. } | Self::NotAReference { .. } | Self::NotComputed { .. } => "asl::bad_path",
            Self::NotText { .. } => "asl::wrong_value",
            Self::BothForms { .. } => "asl::conflict",
        }
    }

    fn message(&self, subject: &str) -> String {
        let because = |why: &Option<String>| why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        match self {
            Self::NotAPath { found, why } => {
                format!("{subject}: {} is not a path{}", quoted(found), because(why))
            }
            Self::NotAReference { found, why } => {
                format!("{subject}: {} is not a reference path: {why}", quoted(found))
            }
            Self::NotComputed { field, found, why } => format!(
                "{} names a path or an intrinsic function, which {} is not{}",
                quoted(field),
                quoted(found),
                because(why)
            ),
            Self::NotText { field, found, .. } => {
                format!(
                    "{} names a path or an intrinsic function, in text, and this is {found}",
                    quoted(field)
                )
            }
            Self::BothForms { field, plain } => {
                format!("{subject} has {} as it is and {} to compute it", quoted(plain), quoted(field))
            }
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotAPath { why: Some(_), .. } | Self::NotComputed { why: Some(_), .. } => return None,
            Self::NotAPath { why: None, .. } => "a path starts with `$`, as in `$.order.id`",
            Self::NotAReference { .. } => {
                "a reference path leads to one place, by names and positions: `$.order.items[0]`"
            }
            Self::NotComputed { why: None, .. } => {
                "write `$.path` or `States.Format('…', $.path)`, or leave `.$` out of the name"
            }
            Self::NotText { .. } => "leave `.$` out of the name to give the value as it is",
            Self::BothForms { .. } => "remove one of them",
        };
        Some(help.to_owned())
    }

    fn aws(&self) -> Option<(Code, String)> {
        match self {
            Self::NotAPath { .. } => schema("Value must be a valid JSONPath."),
            Self::NotAReference { why, .. } => schema(format!("Value is not a Reference Path: {why}")),
            Self::NotComputed { field, .. } => schema(format!(
                "The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"
            )),
            Self::NotText { field, kind, .. } => schema(format!(
                "The value for the field '{field}' must be a STRING that contains a JSONPath but was an {kind}"
            )),
            Self::BothForms { field, plain } => {
                schema(format!("The field name '{plain}' must not be used together with '{field}'"))
            }
        }
    }
}
