//! JSONata expressions that cannot be read, or that read what there is not.

use super::{Code, Telling, schema};
use crate::diagnostic::quoted;

/// An expression is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadExpression {
    /// It is not closed.
    Unclosed,
    /// It cannot be read: our words and JSONata's code, and AWS's sentence.
    Syntax { message: String, code: &'static str, aws: String },
    /// It reads a context that it does not have.
    TopLevel { root: String },
    /// `$states` has no such field, here or anywhere.
    NoStatesField { field: String },
}

impl Telling for BadExpression {
    fn code(&self) -> &'static str {
        match self {
            Self::Unclosed | Self::Syntax { .. } => "asl::bad_expression",
            Self::TopLevel { .. } | Self::NoStatesField { .. } => "asl::no_context",
        }
    }

    fn message(&self, subject: &str) -> String {
        match self {
            Self::Unclosed => format!("{subject}: `{{%` without `%}}` at the end"),
            Self::Syntax { message, code, .. } => format!("this is not an expression: {message} ({code})"),
            Self::TopLevel { root } => {
                format!("{} reads a context that expressions here do not have", quoted(root))
            }
            Self::NoStatesField { field } => {
                format!("there is no {} here", quoted(&format!("$states.{field}")))
            }
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unclosed | Self::Syntax { .. } => None,
            Self::TopLevel { root } if root.starts_with(['$', '*']) => {
                Some("start from `$states.input` or from a variable".to_owned())
            }
            Self::TopLevel { root } => Some(format!(
                "write `$states.input.{root}` for a field of the input, or `${root}` for a variable"
            )),
            Self::NoStatesField { field } => Some(where_it_is(field).to_owned()),
        }
    }

    fn aws(&self) -> Option<(Code, String)> {
        let unsupported = |message| Some((Code::UnsupportedJsonataExpression, message));
        match self {
            Self::Unclosed => schema("JSONata string must start with {% and end with %}"),
            Self::Syntax { aws, .. } => Some((Code::InvalidJsonataExpression, aws.clone())),
            Self::TopLevel { root } if root == "$$" => {
                unsupported("Reference to '$$' is not supported.".to_owned())
            }
            Self::TopLevel { root } => {
                unsupported(format!("Reference to '{root}' at the top level is not supported."))
            }
            Self::NoStatesField { field } => unsupported(format!("Field '$states.{field}' does not exist.")),
        }
    }
}

/// Where `field` of `$states` is to be had.
fn where_it_is(field: &str) -> &'static str {
    match field {
        "result" => "there is one in `Output` and `Assign` of Task, Parallel and Map states",
        "errorOutput" => "there is one in `Output` and `Assign` of catchers",
        _ => "there are `input`, `context`, `result` and `errorOutput`",
    }
}
