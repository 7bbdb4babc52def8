//! From a plan to the triggers that carry it out.
//!
//! The value that a step gives travels as the data of the event that tells of its end; the next step's trigger
//! listens to that event.

use tidegate_json::Value;
use tidegate_model::Program;

use crate::function::Function;
use crate::plan::{Body, Child, Size, Step};

/// The program of the workflow `name` that carries out `body`. `version` makes programs of one plan differ.
///
/// # Panics
/// Never: what is woven is a program.
#[must_use]
pub fn weave(name: &str, version: u64, body: &Body) -> Program {
    let mut scopes = Vec::new();
    weave_scope(body, "main", "tidegate.run.started", &mut scopes);
    let document = Value::object([
        ("name", Value::from(name)),
        ("language", Value::from("plan")),
        ("functions", functions_of(body)),
        ("scopes", Value::from(scopes)),
        ("source", Value::from(format!("version {version}"))),
    ]);
    Program::from_text(&document.to_text()).expect("what is woven is a program")
}

/// Functions that each program brings. What the builtins would do does not matter: the world's workers end them.
#[must_use]
pub fn functions() -> Value {
    let own = Function::ALL.into_iter().filter(|function| *function != Function::Shared);
    Value::object(own.map(|function| (function.name(), function_spec(function))))
}

/// Those that `body` invokes.
fn functions_of(body: &Body) -> Value {
    let own = Function::ALL.into_iter().filter(|function| invokes(body, *function));
    Value::object(own.map(|function| (function.name(), function_spec(function))))
}

fn invokes(body: &Body, function: Function) -> bool {
    body.steps.iter().any(|step| match step {
        Step::Invoke(of) | Step::Map { function: of, .. } => *of == function,
        Step::Join { branches, .. } => branches.contains(&function),
        Step::Each { body, .. } | Step::Call(body) => invokes(body, function),
        Step::Child(_) | Step::Wait { .. } => false,
    })
}

fn function_spec(function: Function) -> Value {
    let mut spec = Value::object([("runtime", "builtin"), ("builtin", "noop")]);
    if function == Function::Flaky {
        let retry = [("max_attempts", Value::from(4)), ("interval", Value::from("300ms"))];
        spec.set("retry", Value::object(retry));
    }
    spec
}

fn weave_scope(body: &Body, name: &str, begins: &str, scopes: &mut Vec<Value>) {
    let place = scopes.len();
    scopes.push(Value::Null);
    let mut triggers = Vec::new();
    let mut done = vec![on(begins, None)];
    for (number, step) in body.steps.iter().enumerate() {
        let subject = format!("s{number}");
        let start = start(step, &subject, scopes);
        triggers.push(trigger(&format!("start-{subject}"), done, None, start));
        triggers.extend(extra(step, &subject));
        done = vec![on(end_of(step), Some(&subject))];
    }
    triggers.push(trigger("end", done, None, vec![action("complete", Value::Null)]));
    if body.catches {
        let failures =
            ["task", "map", "scope", "run"].map(|what| on(&format!("tidegate.{what}.failed"), None));
        let output = Value::object([("output", -1)]);
        triggers.push(trigger("catch", failures.to_vec(), None, vec![action("complete", output)]));
    }
    scopes[place] = Value::object([("name", Value::from(name)), ("triggers", Value::from(triggers))]);
}

/// Type of the event that tells of the step's end.
fn end_of(step: &Step) -> &'static str {
    match step {
        Step::Invoke(_) => "tidegate.task.succeeded",
        Step::Map { .. } | Step::Each { .. } => "tidegate.map.succeeded",
        Step::Call(_) => "tidegate.scope.succeeded",
        Step::Child(_) => "tidegate.run.succeeded",
        Step::Join { .. } => "step.done",
        Step::Wait { .. } => "tidegate.timer.fired",
    }
}

/// Actions that start a step.
fn start(step: &Step, subject: &str, scopes: &mut Vec<Value>) -> Vec<Value> {
    let named = |params: Vec<(&str, Value)>| {
        Value::object([("as", Value::from(subject))].into_iter().chain(params).collect::<Vec<_>>())
    };
    match step {
        Step::Invoke(function) => vec![invoke(subject, *function)],
        Step::Map { function, concurrency, tolerate } => vec![action(
            "map",
            named(vec![
                ("function", Value::from(function.name())),
                ("items", Value::from("{% event.data %}")),
                ("concurrency", Value::from(*concurrency)),
                ("tolerate", Value::object([("count", *tolerate)])),
            ]),
        )],
        Step::Each { body, concurrency } => {
            let scope = nested(body, scopes);
            vec![action(
                "map",
                named(vec![
                    ("scope", scope),
                    ("items", Value::from("{% event.data %}")),
                    ("concurrency", Value::from(*concurrency)),
                ]),
            )]
        }
        Step::Call(body) => vec![action("call", named(vec![("scope", nested(body, scopes))]))],
        Step::Child(Child { workflow, program, .. }) => vec![action(
            "start",
            named(vec![
                ("workflow", Value::from(workflow.as_str())),
                ("version", Value::from(program.to_string())),
                ("wait", Value::from(true)),
            ]),
        )],
        Step::Join { branches, .. } => {
            let branches = branches.iter().enumerate();
            branches.map(|(number, function)| invoke(&format!("{subject}-{number}"), *function)).collect()
        }
        Step::Wait { ms } => {
            let params = [
                ("name", Value::from(subject)),
                ("after", Value::from(format!("{ms}ms"))),
                ("data", Value::from("{% event.data %}")),
            ];
            vec![action("timer", Value::object(params))]
        }
    }
}

fn nested(body: &Body, scopes: &mut Vec<Value>) -> Value {
    let name = format!("nested-{}", scopes.len());
    weave_scope(body, &name, "tidegate.scope.started", scopes);
    Value::from(name)
}

/// Triggers of a step besides the one that starts it.
fn extra(step: &Step, subject: &str) -> Vec<Value> {
    let Step::Join { branches, size } = step else { return Vec::new() };
    let mut triggers = Vec::new();
    let size_name = format!("size_{subject}");
    let (size_params, result) = match size {
        Size::Known => (vec![("size", Value::from(branches.len()))], "{% $sum(context.results) %}"),
        Size::Late => {
            let size = Value::from(format!("{{% vars.{size_name} %}}"));
            (vec![("size", size)], "{% $sum(context.results) %}")
        }
        Size::Quorum(quorum) => (vec![("quorum", Value::from(*quorum))], "{% context.count %}"),
    };
    let collect = [("collect", Value::from(true)), ("key", Value::from("event.subject"))];
    let condition = Value::object([
        ("name", Value::from("join")),
        ("params", Value::object(collect.into_iter().chain(size_params).collect::<Vec<_>>())),
    ]);
    let emit = action("emit", Value::object([("type", "step.done"), ("subject", subject), ("data", result)]));
    let pattern = Value::object([
        ("type", exact("tidegate.task.succeeded")),
        ("subject", Value::object([("prefix", format!("{subject}-"))])),
    ]);
    triggers.push(trigger(&format!("join-{subject}"), vec![pattern], Some(condition), vec![emit]));
    if *size == Size::Late {
        let first = on("tidegate.task.succeeded", Some(&format!("{subject}-0")));
        let vars = Value::object([(size_name, branches.len())]);
        let set = action("set", Value::object([("vars", vars)]));
        triggers.push(trigger(&format!("size-{subject}"), vec![first], None, vec![set]));
    }
    triggers
}

fn invoke(subject: &str, function: Function) -> Value {
    action("invoke", Value::object([("as", subject), ("function", function.name())]))
}

/// A trigger as a document.
pub(crate) fn trigger(name: &str, on: Vec<Value>, condition: Option<Value>, actions: Vec<Value>) -> Value {
    let mut trigger = Value::object([
        ("name", Value::from(name)),
        ("on", Value::from(on)),
        ("actions", Value::from(actions)),
    ]);
    if let Some(condition) = condition {
        trigger.set("condition", condition);
    }
    trigger
}

/// An action as a document.
pub(crate) fn action(name: &str, params: Value) -> Value {
    Value::object([("name", Value::from(name)), ("params", params)])
}

/// A pattern as a document.
pub(crate) fn on(kind: &str, subject: Option<&str>) -> Value {
    let mut pattern = Value::object([("type", exact(kind))]);
    if let Some(subject) = subject {
        pattern.set("subject", exact(subject));
    }
    pattern
}

fn exact(text: &str) -> Value {
    Value::object([("exact", text)])
}
