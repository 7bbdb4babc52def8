//! Checks as AWS answers them: `ValidateStateMachineDefinition`, and the refusal of `CreateStateMachine`.

use std::fmt;

use super::problem::Code;
use super::vocabulary::{QueryLanguage, WorkflowType};
use super::{Finding, Told, findings, findings_of_state};
use crate::diagnostic::Severity;
use crate::source::{Document, Notation, Source};

/// Most diagnostics of one answer.
pub const DIAGNOSTICS_MAX: usize = 100;

/// What AWS says of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// Whether a state machine can have it.
    pub outcome: Outcome,
    /// What is wrong with it, and doubts.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether a state machine can have a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It can.
    Ok,
    /// It cannot.
    Fail,
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Fail => "FAIL",
        }
    }
}

/// One thing that AWS has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `ERROR` or `WARNING`.
    pub severity: Severity,
    /// The code.
    pub code: Code,
    /// The sentence.
    pub message: String,
    /// Where in the definition; `None` where it is about the whole.
    pub location: Option<String>,
}

impl Diagnostic {
    /// AWS's word for how bad it is.
    #[must_use]
    pub fn severity(&self) -> &'static str {
        match self.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        }
    }
}

/// As in the message of a refusal.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.location.as_deref().unwrap_or("null");
        write!(f, "{}: {} at {location}", self.code.as_str(), self.message)
    }
}

impl Validation {
    fn new(diagnostics: Vec<Diagnostic>) -> Self {
        let fails = diagnostics.iter().any(|found| found.severity == Severity::Error);
        Self { outcome: if fails { Outcome::Fail } else { Outcome::Ok }, diagnostics }
    }

    /// The message with which `CreateStateMachine` refuses the definition, of type `InvalidDefinition`; `None` where
    /// it does not.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let errors = self.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let errors: Vec<String> = errors.take(DIAGNOSTICS_MAX).map(Diagnostic::to_string).collect();
        (!errors.is_empty()).then(|| format!("Invalid State Machine Definition: '{}'", errors.join(", ")))
    }
}

/// What AWS says of the definition `text` of a state machine of the given type.
#[must_use]
pub fn validate(text: &str, workflow: WorkflowType) -> Validation {
    match read(text) {
        Ok(document) => told(&findings(&document, workflow)),
        Err(validation) => validation,
    }
}

/// What AWS says of `text`, the definition of a single state called `name`, in a machine whose language is
/// `language`: what `TestState` looks at.
#[must_use]
pub fn validate_state(text: &str, name: &str, language: QueryLanguage, workflow: WorkflowType) -> Validation {
    match read(text) {
        Ok(document) => told(&findings_of_state(&document, name, language, workflow)),
        Err(validation) => validation,
    }
}

fn told(findings: &[Finding]) -> Validation {
    let diagnostics = findings.iter().filter_map(|finding| {
        let Told { code, message, location } = finding.told()?;
        Some(Diagnostic { severity: finding.severity(), code, message, location })
    });
    Validation::new(diagnostics.collect())
}

/// The document, which is JSON and an object: AWS takes no other notation.
fn read(text: &str) -> Result<Document, Validation> {
    let source = Source::new("definition.json", text);
    debug_assert_eq!(source.notation(), Notation::Json, "the name says so");
    let (document, found) = Document::read(&source);
    let errors: Vec<_> = found.into_iter().filter(|found| found.severity == Severity::Error).collect();
    match document {
        Some(document) if errors.is_empty() => Ok(document),
        _ => Err(Validation::new(
            errors
                .into_iter()
                .map(|error| {
                    let place = error.place.map_or_else(String::new, |place| {
                        format!(" (line {}, column {})", place.line, place.column)
                    });
                    Diagnostic {
                        severity: Severity::Error,
                        code: Code::InvalidJsonDescription,
                        message: format!("{}{place}", error.message),
                        location: None,
                    }
                })
                .collect(),
        )),
    }
}
