//! What can be wrong with a definition, and how it is told.
//!
//! Each family of problems is an enum in a file of its own, and tells both sides of every one of its kinds: for
//! people, what it means and the way out; for AWS's clients, the code and the sentence that the service answers
//! with. Where AWS's wording is not documented, that sentence is ours.

mod doubt;
mod expression;
mod graph;
mod name;
mod path;
mod resource;
mod shape;
mod value;

use crate::diagnostic::{Severity, quoted};

pub(super) use doubt::Doubt;
pub(super) use expression::BadExpression;
pub(super) use graph::BadGraph;
pub(super) use name::BadName;
pub(super) use path::BadPath;
pub(super) use resource::BadResource;
pub(super) use shape::BadShape;
pub(super) use value::{BadValue, Expected};

/// A mistake in a definition, or a doubt about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Shape(BadShape),
    Value(BadValue),
    Path(BadPath),
    Expression(BadExpression),
    Resource(BadResource),
    Name(BadName),
    Graph(BadGraph),
    Doubt(Doubt),
}

/// The two sides of a problem.
pub(super) trait Telling {
    /// The kind of problem, as a word for people: `asl::unknown_state`.
    fn code(&self) -> &'static str;
    /// What is wrong with `subject`, in one line.
    fn message(&self, subject: &str) -> String;
    /// The way out, where there is one to name.
    fn help(&self) -> Option<String>;
    /// AWS's code and message; `None` where AWS has nothing to say.
    fn aws(&self) -> Option<(Code, String)>;
}

impl Problem {
    /// Errors are what AWS refuses.
    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Doubt(_) => Severity::Warning,
            Self::Shape(_) | Self::Value(_) | Self::Path(_) | Self::Expression(_) => Severity::Error,
            Self::Resource(_) | Self::Name(_) | Self::Graph(_) => Severity::Error,
        }
    }

    pub(super) fn telling(&self) -> &dyn Telling {
        match self {
            Self::Shape(problem) => problem,
            Self::Value(problem) => problem,
            Self::Path(problem) => problem,
            Self::Expression(problem) => problem,
            Self::Resource(problem) => problem,
            Self::Name(problem) => problem,
            Self::Graph(problem) => problem,
            Self::Doubt(problem) => problem,
        }
    }
}

macro_rules! families {
    ($($family:ident => $variant:ident),*) => {$(
        impl From<$family> for Problem {
            fn from(problem: $family) -> Self {
                Self::$variant(problem)
            }
        }
    )*};
}

families!(
    BadShape => Shape, BadValue => Value, BadPath => Path, BadExpression => Expression, BadResource => Resource,
    BadName => Name, BadGraph => Graph, Doubt => Doubt
);

/// The codes of AWS's diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The text is no JSON.
    InvalidJsonDescription,
    /// The definition does not have the form that it should have.
    SchemaValidationFailed,
    /// A transition leads nowhere, or none leads to a state.
    MissingTransitionTarget,
    /// Nothing ends the workflow.
    MissingEndState,
    /// A state's name is taken.
    DuplicateStateName,
    /// A state's name is too long.
    InvalidStateName,
    /// A map's label is taken.
    DuplicateLabelName,
    /// A map's label is too long or has wrong characters.
    InvalidLabelName,
    /// A JSONata expression cannot be read.
    InvalidJsonataExpression,
    /// A JSONata expression reads what there is not.
    UnsupportedJsonataExpression,
    /// A variable would be called as one of the service.
    ReservedVariableName,
    /// A variable's name is too long or has wrong characters.
    InvalidVariableName,
    /// No `.$` where there probably should be one.
    NoDollar,
    /// No `Path` in a field's name where there probably should be one.
    NoPath,
    /// Paths in the result of a Pass state.
    PassResultIsStatic,
}

impl Code {
    /// The code as AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Self::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Self::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Self::MissingEndState => "MISSING_END_STATE",
            Self::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Self::InvalidStateName => "INVALID_STATE_NAME",
            Self::DuplicateLabelName => "DUPLICATE_LABEL_NAME",
            Self::InvalidLabelName => "INVALID_LABEL_NAME",
            Self::InvalidJsonataExpression => "INVALID_JSONATA_EXPRESSION",
            Self::UnsupportedJsonataExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            Self::ReservedVariableName => "RESERVED_VARIABLE_NAME",
            Self::InvalidVariableName => "INVALID_VARIABLE_NAME",
            Self::NoDollar => "NO_DOLLAR",
            Self::NoPath => "NO_PATH",
            Self::PassResultIsStatic => "PASS_RESULT_IS_STATIC",
        }
    }
}

/// A schema error with AWS's `message`.
fn schema(message: impl Into<String>) -> Option<(Code, String)> {
    Some((Code::SchemaValidationFailed, message.into()))
}

/// `names` with `word` before the last: `a`, `b` or `c`.
fn listed<'n>(names: impl IntoIterator<Item = &'n str>, word: &str) -> String {
    let names: Vec<_> = names.into_iter().map(quoted).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn did_you_mean(near: Option<&String>) -> Option<String> {
    near.map(|near| format!("did you mean {}?", quoted(near)))
}
