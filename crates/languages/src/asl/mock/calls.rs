//! What a machine calls: functions, services, other machines, and people outside.

use tidegate_json::Value;

use super::answers;
use crate::asl::machine::Language;
use crate::asl::resource::{Pattern, Resource, Service, function_name};

/// A call that a state of a machine makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The state.
    pub state: String,
    /// Its type: `Task`, or `Map` where its items are read.
    pub kind: &'static str,
    /// What it calls.
    pub callee: Callee,
    /// What answers where that is not there, for people.
    pub answer: String,
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callee {
    /// The function of this name.
    Function(String),
    /// The state machine of this name.
    Machine(String),
    /// Somebody outside, who takes the task or sends its token back.
    Outside(String),
    /// What an expression says when the call is made; where there is nothing of the name it gives, something answers.
    Computed(String),
}

/// The calls of the machine `definition`, and of those within it, in the order in which their states are written.
#[must_use]
pub fn calls(definition: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    each_state(definition, Language::JsonPath, &mut |name, state, language| {
        calls.extend(call(name, state, language));
    });
    calls
}

/// Names of the states of `definition`, and of machines within it, that call something.
pub(super) fn mockable<'d>(definition: &'d Value, names: &mut Vec<&'d str>) {
    each_state(definition, Language::JsonPath, &mut |name, state, _| {
        let kind = state.get("Type").and_then(Value::as_str);
        if kind == Some("Task") || (kind == Some("Map") && state.get("ItemReader").is_some()) {
            names.push(name);
        }
    });
}

/// Visits the states of a machine, and of those within it.
fn each_state<'d>(machine: &'d Value, outer: Language, visit: &mut dyn FnMut(&'d str, &'d Value, Language)) {
    let language = Language::of(machine, outer);
    let states = machine.get("States").and_then(Value::as_object);
    for (name, state) in states.into_iter().flat_map(|states| states.iter()) {
        let language = Language::of(state, language);
        visit(name.as_str(), state, language);
        let branches = state.get("Branches").and_then(Value::as_array);
        let branches = branches.into_iter().flat_map(|branches| branches.iter());
        let processors = [state.get("ItemProcessor"), state.get("Iterator")].into_iter().flatten();
        for machine in branches.chain(processors) {
            each_state(machine, language, visit);
        }
    }
}

fn call(name: &str, state: &Value, language: Language) -> Option<Call> {
    let (kind, callee, answer) = match state.get("ItemReader") {
        Some(reader) => match Resource::parse(text(reader, "Resource")?).ok()? {
            Resource::Service(service) => {
                ("Map", Callee::Function(service.function()), "gives no items".to_owned())
            }
            Resource::Lambda { .. } | Resource::Activity { .. } => return None,
        },
        None => {
            let (callee, answer) = task(state, language)?;
            ("Task", callee, answer)
        }
    };
    Some(Call { state: name.to_owned(), kind, callee, answer })
}

/// What a Task state calls, and what answers in its place.
fn task(state: &Value, language: Language) -> Option<(Callee, String)> {
    let of = |callee, answer: &str| Some((callee, answer.to_owned()));
    match Resource::of_template(text(state, "Resource")?).ok()? {
        Resource::Lambda { function, .. } => of(Callee::Function(function.to_string()), "answers its input"),
        Resource::Activity { name, .. } => {
            of(Callee::Outside(format!("activity {name}")), "answers its input")
        }
        Resource::Service(service) if service.pattern == Pattern::TaskToken => {
            let callee = Callee::Outside(format!("{}:{}", service.service, service.resource));
            of(callee, "its token comes back at once, with its payload")
        }
        Resource::Service(service) => Some(request(&service, state, language)),
    }
}

/// What is called through a service, and what answers in its place.
fn request(service: &Service, state: &Value, language: Language) -> (Callee, String) {
    let arguments = match language {
        Language::JsonPath => state.get("Parameters"),
        Language::Jsonata => state.get("Arguments"),
    };
    let named = |field| named(arguments.unwrap_or(&Value::Null), field);
    match (service.service.as_str(), service.action.as_str()) {
        ("lambda", "invoke") => {
            let of_name = |name: &str| Callee::Function(function_name(name).to_owned());
            (named("FunctionName").map_or_else(Callee::Computed, of_name), "answers its payload".to_owned())
        }
        ("states", "startExecution") => {
            let of_arn = |arn: &str| Callee::Machine(arn.split(':').nth(6).unwrap_or(arn).to_owned());
            let answer = match service.pattern {
                Pattern::Sync | Pattern::Sync2 => "succeeds with its input for its output",
                Pattern::RequestResponse | Pattern::TaskToken => "answers as if it had started",
            };
            (named("StateMachineArn").map_or_else(Callee::Computed, of_arn), answer.to_owned())
        }
        _ => (Callee::Function(service.function()), format!("answers {}", answers::of(service).to_text())),
    }
}

/// The name in the member `field` of a call's arguments, or the expression that computes it.
fn named<'a>(arguments: &'a Value, field: &str) -> Result<&'a str, String> {
    match (text(arguments, &format!("{field}.$")), text(arguments, field)) {
        (Some(path), _) => Err(path.to_owned()),
        (None, Some(expression)) if expression.starts_with("{%") => Err(expression.to_owned()),
        (None, stated) => Ok(stated.unwrap_or_default()),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}
