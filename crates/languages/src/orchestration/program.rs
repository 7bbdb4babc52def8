//! The program of an orchestration: one trigger, which hears everything that can move it.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_model::function::External;
use tidegate_model::{
    ActionSpec, ConditionSpec, FunctionName, FunctionSpec, Name, Pattern, Program, Reach, Runtime, ScopeSpec,
    Text, TextMatch, TriggerSpec, WorkflowName,
};

use super::LANGUAGE;

/// What a turn is called: the trigger, and the task.
pub const TURN: &str = "turn";

/// An event for an orchestration. Its subject is the instance: the key that the run was started with, or its id. Its data is an
/// object: the `name` of the event, and `data`.
pub const EVENT: &str = "orchestration.event";

/// The member of a run's input that says how it is to be started, where the input proper is `input` beside it: an object with
/// `starts_at`, when the first turn may be, and `version` and `tags`, which are for those who execute turns.
pub const ENVELOPE: &str = "$orchestration";

/// What the function of turns is called, before a name, that a worker of Durable Task executes under that name.
pub const ORCHESTRATOR: &str = "orchestrator:";

/// Who executes turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Executor {
    /// A function: it is given the turn with its history, and its result is the answer.
    Function(FunctionName),
    /// Somebody outside, who asks for turns and their history.
    Outside(FunctionName),
}

/// The function of turns that the program itself executes, beside the engine.
#[must_use]
pub fn own_function() -> FunctionName {
    FunctionName::new("program").expect("it is a name")
}

/// The program of the orchestration `name`.
#[must_use]
pub fn program(
    name: WorkflowName,
    executor: &Executor,
    mut functions: BTreeMap<FunctionName, FunctionSpec>,
) -> Program {
    let (function, is_outside) = match executor {
        Executor::Function(function) => (function, false),
        Executor::Outside(function) => (function, true),
    };
    if is_outside {
        functions.insert(function.clone(), FunctionSpec::new(Runtime::External(External {})));
    }
    let mut params = Value::object([("function", function.as_str())]);
    if is_outside {
        params.set("outside", true);
    }
    let turn = TriggerSpec {
        name: Name::new(TURN).expect("it is a name"),
        on: patterns(),
        condition: ConditionSpec { name: Text::const_new("orchestration.turn"), params: Value::Null },
        actions: vec![ActionSpec { name: Text::const_new("orchestration.turn"), params }],
        once: false,
        enabled: true,
        context: Value::Null,
    };
    let scope = Name::new("orchestration").expect("it is a name");
    Program {
        scopes: vec![ScopeSpec { name: scope, vars: Value::Null, triggers: vec![turn] }],
        name,
        language: Text::const_new(LANGUAGE),
        standing: false,
        input: Value::Null,
        schedule: None,
        functions,
        directory: None,
        source_map: Vec::new(),
        source: None,
    }
}

fn patterns() -> Vec<Pattern> {
    let told = ["run.started", "task.succeeded", "task.failed", "map.succeeded", "map.failed", "timer.fired"];
    let told = told.iter().chain(&["run.succeeded", "run.failed"]);
    let mut patterns: Vec<Pattern> = told.map(|kind| Pattern::exact(format!("tidegate.{kind}"))).collect();
    let instance = Text::const_new("{% run.key ? run.key : run.id %}");
    patterns.push(Pattern {
        kind: TextMatch::Exact(Text::const_new(EVENT)),
        subject: Some(TextMatch::Expression(instance)),
        source: None,
        filter: None,
        reach: Reach::World,
    });
    patterns
}
