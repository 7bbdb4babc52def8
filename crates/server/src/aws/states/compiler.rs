//! From a definition to a program, and what AWS says where it cannot be done.

use serde_json::{Value, json};
use tidegate_languages::Severity;
use tidegate_languages::asl::check::{WorkflowType, aws};
use tidegate_languages::asl::mock::Mocks;
use tidegate_languages::asl::{self, Options};
use tidegate_model::{Name, Program};

use super::machine::Kind;
use crate::aws::fault::Fault;

/// What a definition is compiled for.
pub(super) struct Purpose<'a> {
    /// The workflow.
    pub(super) workflow: &'a Name,
    /// ARN of the state machine.
    pub(super) arn: &'a str,
    /// ARN of its role.
    pub(super) role: &'a str,
    pub(super) kind: Kind,
    /// Whether AWS's limits on the size of data bind.
    pub(super) is_limited: bool,
    /// What is mocked of it.
    pub(super) mocks: Mocks,
}

/// Compiles a definition.
pub(super) fn compile(definition: &str, purpose: &Purpose<'_>) -> Result<Program, Fault> {
    if let Some(message) = aws::validate(definition, workflow_type(purpose.kind)).refusal() {
        return Err(Fault::new("InvalidDefinition", message));
    }
    let mut options = Options::local(purpose.workflow.clone());
    options.state_machine_arn = purpose.arn.to_owned();
    options.role_arn = Some(purpose.role.to_owned());
    options.is_express = purpose.kind == Kind::Express;
    options.is_limited = purpose.is_limited;
    options.mocks = purpose.mocks.clone();
    let compiled = asl::compile(definition, &options);
    compiled.program.ok_or_else(|| {
        // What AWS would take and cannot be done here is told in our own words.
        let errors = compiled.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let messages: Vec<&str> = errors.map(|found| found.message.as_str()).collect();
        let message = format!("Invalid State Machine Definition: '{}'", messages.join(", "));
        Fault::new("InvalidDefinition", message)
    })
}

fn workflow_type(kind: Kind) -> WorkflowType {
    match kind {
        Kind::Standard => WorkflowType::Standard,
        Kind::Express => WorkflowType::Express,
    }
}

/// What is wrong with a definition, as `ValidateStateMachineDefinition` answers.
pub(super) fn validate(definition: &str, kind: Kind, warnings: Warnings, max: usize) -> Value {
    let validation = aws::validate(definition, workflow_type(kind));
    let is_shown = |found: &&aws::Diagnostic| match warnings {
        Warnings::Shown => true,
        Warnings::Hidden => found.severity == Severity::Error,
    };
    let all: Vec<&aws::Diagnostic> = validation.diagnostics.iter().filter(is_shown).collect();
    let shown: Vec<Value> = all.iter().take(max).map(|found| diagnostic(found)).collect();
    json!({
        "result": validation.outcome.as_str(),
        "diagnostics": shown,
        "truncated": all.len() > max,
    })
}

/// Whether doubts are told of, beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Warnings {
    Shown,
    Hidden,
}

fn diagnostic(found: &aws::Diagnostic) -> Value {
    let mut diagnostic = json!({
        "severity": found.severity(),
        "code": found.code.as_str(),
        "message": found.message,
    });
    if let Some(location) = &found.location {
        diagnostic["location"] = json!(location);
    }
    diagnostic
}
