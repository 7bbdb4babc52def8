//! `states:startExecution`: other executions, in all three patterns.

use tidegate_engine::action::{Audience, Command, Emission};
use tidegate_json::Value;
use tidegate_model::{Text, WorkflowName};

use super::{STARTED, Task};
use crate::asl::resource::{Pattern, Service};
use crate::asl::turn::Turn;

impl Task {
    /// Starts the execution that `arguments` ask for.
    pub(super) fn start(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        service: &Service,
        subject: Text,
        arguments: &Value,
    ) {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let machine = text("StateMachineArn");
        let name = match text("Name") {
            name if name.is_empty() => turn.draw_uuid(),
            name => name,
        };
        let workflow = machine_name(&machine);
        let arn = format!("{}:{name}", machine_arn(&machine).replacen(":stateMachine:", ":execution:", 1));
        let input = match arguments.get("Input") {
            None | Some(Value::Null) => Value::object::<&str, Value>([]),
            Some(Value::String(text)) => Value::parse(text).unwrap_or_else(|_| Value::String(text.clone())),
            Some(input) => input.clone(),
        };
        turn.active.asked = Value::object([
            ("ExecutionArn", Value::from(arn.as_str())),
            (
                "Input",
                if service.pattern == Pattern::Sync2 { input.clone() } else { Value::from(input.to_text()) },
            ),
            ("Name", Value::from(name.as_str())),
            ("StartDate", Value::from(turn.at().0)),
            ("StateMachineArn", Value::from(machine.as_str())),
        ]);
        // A name that none can have is one of no workflow, and the engine says so.
        let workflow = WorkflowName::new(workflow).unwrap_or_else(|_| unknown());
        let key = Some(Text::from(arn));
        turn.command(Command::Start { subject: Some(subject.clone()), workflow, program: None, input, key });
        let is_awaited = matches!(service.pattern, Pattern::Sync | Pattern::Sync2);
        if turn.frame.rehearsal.is_none() {
            // Had it not started, an event would have said so before this one.
            if !is_awaited {
                turn.command(Command::Abandon { subject });
            }
            turn.command(Command::Emit(Emission {
                kind: Text::const_new(STARTED),
                subject: Some(self.name.clone()),
                source: None,
                data: Value::object([("retries", Value::from(turn.active.retries.unwrap_or_default()))]),
                extensions: Vec::new(),
                to: Audience::Scope,
            }));
        }
    }

    /// The answer of `startExecution`.
    pub(super) fn started(turn: &Turn<'_, '_, '_>) -> Value {
        let asked = |name: &str| turn.active.asked.get(name).cloned().unwrap_or_default();
        Value::object([("ExecutionArn", asked("ExecutionArn")), ("StartDate", asked("StartDate"))])
    }

    /// What is known of the execution at its end, as `DescribeExecution` would say it.
    pub(super) fn description(
        turn: &Turn<'_, '_, '_>,
        status: &str,
        rest: Vec<(&'static str, Value)>,
    ) -> Value {
        let mut description = turn.active.asked.clone();
        let included = Value::object([("Included", Value::from(true))]);
        description.set("InputDetails", included);
        description.set("Status", Value::from(status));
        description.set("StopDate", Value::from(turn.at().0));
        for (name, value) in rest {
            description.set(name, value);
        }
        description
    }
}

/// The ARN of the machine, without a version or an alias.
fn machine_arn(arn: &str) -> String {
    arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}

/// The name of the machine.
fn machine_name(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}

fn unknown() -> WorkflowName {
    WorkflowName::new("unknown").expect("it is a name")
}
