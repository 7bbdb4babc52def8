//! What a turn answers: actions, each with the number under which history will tell of its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::action::{Audience, Command, Emission, MapPolicy, Target, TaskPolicy, Tolerance};
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, FunctionName, Retry, Span, Text, Timestamp, WorkflowName};

use super::entity;
use super::program::EVENT;

/// An answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What is asked for, in order.
    pub(super) asked: Vec<Asked>,
    /// How the orchestration ends or begins anew, if it does.
    pub(super) ending: Option<Ending>,
    /// Variables of the run that it wants set, its `status` among them.
    pub(super) vars: Option<Value>,
}

/// Something that a turn asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Its number.
    pub(super) id: u64,
    /// The action as it was given, without its number.
    pub(super) given: Value,
    deed: Deed,
}

#[derive(Debug)]
enum Deed {
    Call {
        function: FunctionName,
        input: Value,
        policy: TaskPolicy,
    },
    Map {
        function: FunctionName,
        inputs: Vec<Value>,
        policy: MapPolicy,
    },
    Timer(Due),
    Run {
        workflow: WorkflowName,
        input: Value,
        key: Option<Text>,
    },
    Event {
        to: Text,
        name: Text,
        data: Value,
    },
    Entity(Vec<Command>),
    /// Nothing but a remark in history.
    Noted,
}

#[derive(Debug)]
enum Due {
    At(Timestamp),
    After(Span),
}

/// What comes after the last turn of a generation.
#[derive(Debug)]
pub(super) enum Ending {
    /// The run ends well.
    Complete(Value),
    /// The run fails.
    Fail(Failure),
    /// It begins again with an empty history, and keeps these entries as new ones.
    Continue { input: Value, keep: Vec<Value> },
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// Where it is none: what was expected at which place.
    pub(super) fn read(value: &Value) -> Result<Self, Failure> {
        let actions = value.get("actions").and_then(Value::as_array);
        let actions = actions.ok_or_else(|| {
            let found = value.type_name();
            let message =
                format!("the answer of a turn: expected an object with a list `actions`, found {found}");
            Failure::new(errors::INVALID_VALUE, message)
        })?;
        let status = value.get("status").map(|status| Value::object([("status", status.clone())]));
        let mut answer = Self { vars: status, ..Self::default() };
        for (index, action) in actions.iter().enumerate() {
            let at = |failure: Failure| wrong(&format!("/actions/{index}"), &failure.message);
            if let Some(vars) = action.get("vars").and_then(Value::as_object) {
                let own = answer.vars.get_or_insert_with(|| Value::object::<&str, Value>([]));
                vars.iter().for_each(|(key, value)| own.set(key.as_str(), value.clone()));
            }
            match ending(action).map_err(at)? {
                Some(ending) => answer.ending = Some(ending),
                None => answer.asked.push(asked(action).map_err(at)?),
            }
        }
        Ok(answer)
    }
}

impl Asked {
    /// What the engine is to do, where generation `generation` asks at `now`.
    pub(super) fn commands(self, generation: u64, now: Timestamp) -> Vec<Command> {
        let subject = subject(generation, self.id);
        vec![match self.deed {
            Deed::Call { function, input, policy } => {
                Command::Invoke { subject, function, input, policy: Arc::new(policy) }
            }
            Deed::Map { function, inputs, policy } => Command::Map {
                subject,
                target: Target::Function(function),
                inputs,
                known: BTreeMap::new(),
                policy: Arc::new(policy),
            },
            Deed::Timer(Due::At(due)) => Command::SetTimer { name: subject, due, data: Value::Null },
            Deed::Timer(Due::After(span)) => {
                Command::SetTimer { name: subject, due: now.after(span), data: Value::Null }
            }
            Deed::Run { workflow, input, key } => {
                // It may be tried again under the same key.
                let forget = key.clone().map(|key| Command::ForgetKey { workflow: workflow.clone(), key });
                let start = Command::Start { subject: Some(subject), workflow, program: None, input, key };
                return forget.into_iter().chain([start]).collect();
            }
            Deed::Event { to, name, data } => Command::Emit(Emission {
                kind: Text::const_new(EVENT),
                subject: Some(to),
                source: None,
                data: Value::object([("name", Value::from(name.as_str())), ("data", data)]),
                extensions: Vec::new(),
                to: Audience::World,
            }),
            Deed::Entity(commands) => return commands,
            Deed::Noted => return Vec::new(),
        }]
    }
}

/// What the engine calls number `id` of a generation.
pub(super) fn subject(generation: u64, id: u64) -> Text {
    match generation {
        0 => Text::from(id.to_string()),
        later => Text::from(format!("{later}.{id}")),
    }
}

/// The generation and the number that the engine calls `subject`.
pub(super) fn number(subject: &str) -> Option<(u64, u64)> {
    match subject.split_once('.') {
        None => Some((0, subject.parse().ok()?)),
        Some((generation, id)) => Some((generation.parse().ok()?, id.parse().ok()?)),
    }
}

fn ending(action: &Value) -> Result<Option<Ending>, Failure> {
    if let Some(result) = action.get("complete") {
        return Ok(Some(Ending::Complete(result.clone())));
    }
    if let Some(failure) = action.get("fail") {
        return Ok(Some(Ending::Fail(failed(failure)?)));
    }
    let Some(again) = action.get("continue") else { return Ok(None) };
    let keep = again.get("keep").and_then(Value::as_array);
    let keep = keep.into_iter().flat_map(|keep| keep.iter().cloned()).collect();
    Ok(Some(Ending::Continue { input: again.get("input").cloned().unwrap_or_default(), keep }))
}

/// The failure that an object with `error`, `message` and `detail` states.
fn failed(value: &Value) -> Result<Failure, Failure> {
    let error = required(value, "error", "fail")?;
    let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
    let detail = value.get("detail").map_or(Data::None, Data::json);
    Ok(Failure { detail, ..Failure::new(error, Text::new(message)) })
}

fn asked(action: &Value) -> Result<Asked, Failure> {
    let id = action.get("id").and_then(Value::as_u64);
    let id = id.ok_or_else(|| wrong("", "an action has a whole number `id`"))?;
    let deed = if let Some(call) = action.get("call") {
        let function = function(call, "call")?;
        Deed::Call { function, input: member(call, "input"), policy: policy(call)? }
    } else if let Some(map) = action.get("map") {
        self::map(map)?
    } else if let Some(timer) = action.get("timer") {
        Deed::Timer(due(timer)?)
    } else if let Some(run) = action.get("run") {
        let workflow = required(run, "workflow", "run")?;
        let workflow = WorkflowName::new(&workflow).map_err(|error| wrong("", error))?;
        Deed::Run { workflow, input: member(run, "input"), key: text(run, "key") }
    } else if let Some(event) = action.get("event") {
        let (to, name) = (required(event, "to", "event")?, required(event, "name", "event")?);
        Deed::Event { to, name, data: member(event, "data") }
    } else if let Some(message) = action.get("entity") {
        Deed::Entity(entity::send(message)?)
    } else if action.get("noted").is_some() {
        Deed::Noted
    } else {
        let known =
            "`call`, `map`, `timer`, `run`, `event`, `entity`, `noted`, `complete`, `fail` or `continue`";
        return Err(wrong("", format_args!("an action has one of {known}")));
    };
    let mut given = action.clone();
    given.as_object_mut().map(|given| given.remove("id"));
    Ok(Asked { id, given, deed })
}

fn map(map: &Value) -> Result<Deed, Failure> {
    let inputs = map.get("inputs").and_then(Value::as_array);
    let inputs = inputs.ok_or_else(|| wrong("", "`map` has a list `inputs`"))?;
    let with = map.get("with").cloned().unwrap_or_else(|| Value::object::<&str, Value>([]));
    let inputs = inputs.iter().map(|item| {
        let mut input = with.clone();
        input.set("item", item.clone());
        input
    });
    let concurrency = match map.get("concurrency") {
        None => u32::MAX,
        Some(given) => {
            let number = given.as_u64().and_then(|number| u32::try_from(number).ok());
            let number = number.filter(|number| *number > 0);
            number.ok_or_else(|| wrong("", "`concurrency` is a whole number from 1"))?
        }
    };
    let each = map.get("each").and_then(Value::as_bool).unwrap_or(false);
    let tolerate = match map.get("tolerate") {
        _ if each => Tolerance::Count(u32::MAX),
        None => Tolerance::Count(0),
        Some(given) => {
            let number = given.as_u64().and_then(|number| u32::try_from(number).ok());
            Tolerance::Count(number.ok_or_else(|| wrong("", "`tolerate` is a whole number"))?)
        }
    };
    let policy = MapPolicy { task: Arc::new(policy(map)?), concurrency, tolerate, each };
    Ok(Deed::Map { function: function(map, "map")?, inputs: inputs.collect(), policy })
}

fn policy(of: &Value) -> Result<TaskPolicy, Failure> {
    let retry = of.get("retry").filter(|retry| !retry.is_null()).map(|retry| {
        serde_json::from_str::<Retry>(&retry.to_text())
            .map_err(|error| wrong("", format_args!("`retry`: {error}")))
    });
    Ok(TaskPolicy { retry: retry.transpose()?, timeout: span(of, "timeout")?, ..TaskPolicy::default() })
}

fn due(timer: &Value) -> Result<Due, Failure> {
    if let Some(after) = span(timer, "after")? {
        return Ok(Due::After(after));
    }
    let at = required(timer, "at", "timer")?;
    at.parse()
        .map(Due::At)
        .map_err(|_| wrong("", format_args!("`at`: `{at}` is no time such as 2026-01-31T12:00:00Z")))
}

fn span(of: &Value, key: &str) -> Result<Option<Span>, Failure> {
    let Some(given) = text(of, key) else { return Ok(None) };
    let malformed = |_| wrong("", format_args!("`{key}`: `{given}` is no span of time such as `30s`"));
    given.parse().map(Some).map_err(malformed)
}

fn function(of: &Value, what: &str) -> Result<FunctionName, Failure> {
    let name = required(of, "function", what)?;
    FunctionName::new(&name).map_err(|error| wrong("", error))
}

fn required(of: &Value, key: &str, what: &str) -> Result<Text, Failure> {
    text(of, key).ok_or_else(|| wrong("", format_args!("`{what}` has a text `{key}`")))
}

fn text(of: &Value, key: &str) -> Option<Text> {
    of.get(key).and_then(Value::as_str).map(Text::new)
}

fn member(of: &Value, key: &str) -> Value {
    of.get(key).cloned().unwrap_or_default()
}

fn wrong(pointer: &str, message: impl std::fmt::Display) -> Failure {
    let place =
        if pointer.is_empty() { String::new() } else { format!("the answer of a turn, at {pointer}: ") };
    Failure::new(errors::INVALID_VALUE, format!("{place}{message}"))
}
