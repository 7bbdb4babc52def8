//! Fields that are missing, unknown, or not for each other.

use super::{Code, Telling, did_you_mean, listed, schema};
use crate::asl::check::vocabulary::QueryLanguage;
use crate::diagnostic::quoted;

/// Names that a help lists at most.
const LISTED_MAX: usize = 12;

/// An object does not have the fields that it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadShape {
    /// These fields are missing.
    Required { fields: Vec<&'static str> },
    /// A field is missing that a request or credentials need.
    RequiredHere { field: String, because: String },
    /// A field is missing that is needed only because of others.
    RequiredWith { field: &'static str, because: &'static str },
    /// There is no such field here.
    Unsupported { field: String, near: Option<String>, among: Vec<String> },
    /// The field is for other places.
    NotHere { field: &'static str, why: &'static str },
    /// The field belongs to the other query language.
    OtherLanguage { field: String, language: QueryLanguage },
    /// A state of a JSONata machine says that it is in JSONPath.
    Downgrade,
    /// Several of fields that exclude each other.
    Several { fields: Vec<&'static str>, found: Vec<&'static str> },
    /// None of the fields of which one is needed.
    NoneOf { fields: Vec<&'static str> },
    /// A choice rule compares, combines or computes, and this one does several of them or none.
    RuleForm { found: Vec<&'static str> },
    /// A choice rule names a variable and not how to compare it.
    NoOperator { operators: Vec<&'static str> },
}

impl Telling for BadShape {
    fn code(&self) -> &'static str {
        match self {
            Self::Required { .. } | Self::RequiredHere { .. } | Self::RequiredWith { .. } => {
                "asl::missing_field"
            }
            Self::NoneOf { .. } => "asl::missing_field",
            Self::Unsupported { .. } | Self::NotHere { .. } => "asl::unknown_field",
            Self::OtherLanguage { .. } | Self::Downgrade => "asl::query_language",
            Self::Several { .. } => "asl::conflict",
            Self::RuleForm { .. } | Self::NoOperator { .. } => "asl::bad_rule",
        }
    }

    fn message(&self, subject: &str) -> String {
        match self {
            Self::Required { fields } => {
                let fields: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
                format!("{subject} has no {}", fields.join(" and no "))
            }
            Self::RequiredHere { field, because } => {
                format!("{subject} has no {}, which {because}", quoted(field))
            }
            Self::RequiredWith { field, because } => {
                format!("{subject} has no {}, which {because}", quoted(field))
            }
            Self::Unsupported { field, .. } => format!("{subject} has no field {}", quoted(field)),
            Self::NotHere { field, why } => format!("{subject} takes no {}: {why}", quoted(field)),
            Self::OtherLanguage { field, language } => {
                format!("{subject} is in {language}, where there is no {}", quoted(field))
            }
            Self::Downgrade => {
                format!("{subject} cannot be in JSONPath in a state machine that is in JSONata")
            }
            Self::Several { found, .. } => {
                format!(
                    "{subject} has {}, of which there can be only one",
                    listed(found.iter().copied(), "and")
                )
            }
            Self::NoneOf { fields } => {
                let fields: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
                format!("{subject} has neither {}", fields.join(" nor "))
            }
            Self::RuleForm { found } if found.is_empty() => format!("{subject} tests nothing"),
            Self::RuleForm { found } => {
                format!(
                    "{subject} has {}, of which there can be only one",
                    listed(found.iter().copied(), "and")
                )
            }
            Self::NoOperator { .. } => format!("{subject} does not say how to compare its `Variable`"),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Required { .. } | Self::RequiredHere { .. } | Self::RequiredWith { .. } => None,
            Self::Downgrade | Self::Several { .. } | Self::NotHere { .. } => None,
            Self::Unsupported { near, among, .. } => did_you_mean(near.as_ref()).or_else(|| {
                let shown: Vec<_> = among.iter().take(LISTED_MAX).map(|field| quoted(field)).collect();
                let more = if among.len() > LISTED_MAX { ", …" } else { "" };
                Some(format!("there are {}{more}", shown.join(", ")))
            }),
            Self::OtherLanguage { field, .. } => in_other_language(field),
            Self::NoneOf { fields } if fields.contains(&"End") => {
                Some("name the state that follows, or say `\"End\": true`".to_owned())
            }
            Self::NoneOf { .. } => None,
            Self::RuleForm { found } if found.is_empty() => Some(
                "compare a `Variable`, combine rules with `And`, `Or` or `Not`, or in JSONata give a `Condition`"
                    .to_owned(),
            ),
            Self::RuleForm { .. } => Some("combine rules with `And` or `Or`".to_owned()),
            Self::NoOperator { .. } => Some("add an operator, as in `\"NumericGreaterThan\": 3`".to_owned()),
        }
    }

    fn aws(&self) -> Option<(Code, String)> {
        match self {
            Self::Required { fields } => {
                schema(format!("These fields are required: [{}]", fields.join(", ")))
            }
            Self::RequiredHere { field, .. } => {
                schema(format!("The field '{field}' is required but was missing"))
            }
            Self::RequiredWith { field, .. } => schema(format!("The field '{field}' is required")),
            Self::Unsupported { field, .. } => schema(format!("Field '{field}' is not supported")),
            Self::NotHere { field, .. } => schema(format!("Field '{field}' is not supported")),
            Self::OtherLanguage { field, language } => schema(format!(
                "The QueryLanguage is set to '{language}', but field '{field}' is only supported for the '{}' QueryLanguage",
                language.other()
            )),
            Self::Downgrade => {
                schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
            }
            Self::Several { fields, .. } => {
                schema(format!("There should only be one of the following fields: [{}]", fields.join(", ")))
            }
            Self::NoneOf { fields } | Self::NoOperator { operators: fields } => schema(format!(
                "This object should have only one of the following fields: [{}]",
                fields.join(", ")
            )),
            Self::RuleForm { .. } => schema(
                "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]",
            ),
        }
    }
}

/// What the other language has instead of `field`.
fn in_other_language(field: &str) -> Option<String> {
    Some(match field {
        "Arguments" => "JSONPath states have `Parameters`".to_owned(),
        "Output" => "JSONPath states have `ResultSelector`, `ResultPath` and `OutputPath`".to_owned(),
        "Items" => "JSONPath states have `ItemsPath`".to_owned(),
        "Condition" | "Variable" | "And" | "Or" | "Not" => {
            "rules have a `Condition` in JSONata, and a `Variable` with an operator in JSONPath".to_owned()
        }
        "Parameters" => "JSONata states have `Arguments`".to_owned(),
        "InputPath" => "JSONata expressions read `$states.input`".to_owned(),
        "Result" | "ResultSelector" | "ResultPath" | "OutputPath" => {
            "JSONata states have `Output`".to_owned()
        }
        "ItemsPath" => "JSONata states have `Items`".to_owned(),
        _ => {
            let plain = field.strip_suffix("Path")?;
            format!("in JSONata, `{plain}` itself may be an expression")
        }
    })
}
