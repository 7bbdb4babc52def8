//! Entities: small pieces of state with a name, and operations on them, one batch after another (durable entities).
//!
//! An entity is a run, started by the first message to it; its key is the entity's id, such as `@counter@mine`. Messages wait in
//! its trigger's context until its function has time: that is given the state and the operations, and gives the next state and
//! what became of each. Who has locked an entity is the only one whose operations it does; others wait. Locks of several
//! entities are taken in the order of their ids, from one to the next, so no two can wait for each other.
//!
//! Context: `state`; `queue`, messages that wait; `taken`, those that the function has now; `lock`, the lock's request and who
//! holds it; `out`, messages that the next firing sends.

use std::sync::Arc;

use tidegate_engine::action::{Action, Audience, Command, Emission, Plan, Started, TaskPolicy};
use tidegate_engine::condition::{Condition, Evaluation, TimerRequest, Verdict};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::function::External;
use tidegate_model::outcome::errors;
use tidegate_model::{
    ActionSpec, ConditionSpec, Failure, FunctionName, FunctionSpec, Name, Pattern, Program, Reach, Runtime,
    ScopeSpec, Text, TextMatch, Timestamp, TriggerSpec, WorkflowName,
};

use super::program::EVENT;

/// The language of programs of entities.
pub const LANGUAGE: &str = "entity";

/// What the trigger and the task of an entity are called.
pub const OPERATE: &str = "operate";

/// A message to an entity. Its subject is the entity's id.
pub const MESSAGE: &str = "entity.message";

/// What a caller hears of an operation that was done, of one that failed, and of locks that it has now: events for it.
pub const RESULT: &str = "entity.result";
/// See [`RESULT`].
pub const FAILURE: &str = "entity.failure";
/// See [`RESULT`].
pub const LOCKED: &str = "entity.locked";

/// What the workflow of entities of one kind is called, before the kind.
pub const PREFIX: &str = "entity:";

/// The program of entities whose operations `function` does. Both have the same name.
#[must_use]
pub fn program(name: WorkflowName) -> Program {
    let function: FunctionName = name.clone();
    let params = Value::object([("function", function.as_str())]);
    let mut on: Vec<Pattern> = ["run.started", "task.succeeded", "task.failed"]
        .iter()
        .map(|kind| Pattern::exact(format!("tidegate.{kind}")))
        .collect();
    on.push(Pattern {
        kind: TextMatch::Exact(Text::const_new(MESSAGE)),
        subject: Some(TextMatch::Expression(Text::const_new("{% run.key %}"))),
        source: None,
        filter: None,
        reach: Reach::World,
    });
    let operate = TriggerSpec {
        name: Name::new(OPERATE).expect("it is a name"),
        on,
        condition: ConditionSpec { name: Text::const_new("entity.operate"), params: Value::Null },
        actions: vec![ActionSpec { name: Text::const_new("entity.operate"), params }],
        once: false,
        enabled: true,
        context: Value::Null,
    };
    let scope = Name::new("entity").expect("it is a name");
    let external = FunctionSpec::new(Runtime::External(External {}));
    Program {
        scopes: vec![ScopeSpec { name: scope, vars: Value::Null, triggers: vec![operate] }],
        name,
        language: Text::const_new(LANGUAGE),
        standing: false,
        input: Value::Null,
        schedule: None,
        functions: [(function, external)].into(),
        directory: None,
        source_map: Vec::new(),
        source: None,
    }
}

/// What has a message reach the entity that it is `to`, which is started where it is not there.
pub(super) fn send(message: &Value) -> Result<Vec<Command>, Failure> {
    let to = text(message, "to");
    let to = match to.as_str() {
        // Locks are asked of the first of them.
        "" => message
            .get("locks")
            .and_then(|locks| locks.get_index(0))
            .and_then(Value::as_str)
            .unwrap_or_default(),
        to => to,
    };
    let kind = to.strip_prefix('@').and_then(|id| id.split_once('@')).map(|(kind, _)| kind);
    let workflow = kind.and_then(|kind| WorkflowName::new(&format!("{PREFIX}{kind}")).ok());
    let workflow = workflow.ok_or_else(|| {
        Failure::new(errors::INVALID_VALUE, format!("`{to}` is no id of an entity such as `@counter@mine`"))
    })?;
    let to = Text::new(to);
    let start =
        Command::Start { subject: None, workflow, program: None, input: Value::Null, key: Some(to.clone()) };
    Ok(vec![start, Command::Emit(emission(MESSAGE, to, message.clone()))])
}

fn emission(kind: &'static str, to: Text, data: Value) -> Emission {
    Emission {
        kind: Text::const_new(kind),
        subject: Some(to),
        source: None,
        data,
        extensions: Vec::new(),
        to: Audience::World,
    }
}

fn text(of: &Value, key: &str) -> Text {
    Text::new(of.get(key).and_then(Value::as_str).unwrap_or_default())
}

/// An entity as its trigger's context has it.
struct Entity {
    queue: Vec<Value>,
    taken: Vec<Value>,
    lock: Option<(Text, Text)>,
    out: Vec<Value>,
}

impl Entity {
    fn of(context: &Value) -> Self {
        let list = |key: &str| {
            context.get(key).and_then(Value::as_array).map(|list| list.to_vec()).unwrap_or_default()
        };
        let lock = context.get("lock").filter(|lock| !lock.is_null());
        Self {
            queue: list("queue"),
            taken: list("taken"),
            lock: lock.map(|lock| (text(lock, "request"), text(lock, "caller"))),
            out: Vec::new(),
        }
    }

    fn keep(self, now: &mut Evaluation<'_, '_>) {
        let lock = self.lock.map(|(request, caller)| {
            Value::object([("request", request.as_str()), ("caller", caller.as_str())])
        });
        now.put("queue", Value::from(self.queue));
        now.put("taken", Value::from(self.taken));
        now.put("lock", lock.unwrap_or_default());
        now.put("out", Value::from(self.out));
    }

    /// A message has come, or its time.
    fn take(&mut self, message: Value) {
        if text(&message, "kind") == "unlock" {
            if self.lock.as_ref().is_some_and(|(request, _)| *request == text(&message, "request")) {
                self.lock = None;
            }
            return;
        }
        self.queue.push(message);
    }

    /// What can be done now is taken: locks are granted, and then operations are one batch, up to the next lock.
    fn advance(&mut self) {
        while self.taken.is_empty() {
            let holder = self.lock.as_ref().map(|(_, caller)| caller.clone());
            let may = |message: &Value| match &holder {
                None => true,
                Some(holder) => text(message, "kind") != "lock" && text(message, "caller") == *holder,
            };
            let Some(first) = self.queue.iter().position(may) else { return };
            if text(&self.queue[first], "kind") == "lock" {
                let message = self.queue.remove(first);
                self.grant(message);
                continue;
            }
            let queue = std::mem::take(&mut self.queue);
            let mut is_before_lock = true;
            for message in queue {
                is_before_lock &= text(&message, "kind") != "lock" || holder.is_some();
                match is_before_lock && may(&message) {
                    true => self.taken.push(message),
                    false => self.queue.push(message),
                }
            }
        }
    }

    /// The lock is granted, and the next one asked for; or whoever asks has them all.
    fn grant(&mut self, mut message: Value) {
        let (request, caller) = (text(&message, "request"), text(&message, "caller"));
        self.lock = Some((request.clone(), caller.clone()));
        let place = message.get("place").and_then(Value::as_usize).unwrap_or(0) + 1;
        let next = message.get("locks").and_then(|locks| locks.get_index(place)).cloned();
        match next {
            Some(next) => {
                message.set("to", next);
                message.set("place", place);
                self.out.push(message);
            }
            None => self.tell(&caller, LOCKED, Value::object([("request", request.as_str())])),
        }
    }

    /// What `caller` hears.
    fn tell(&mut self, caller: &str, name: &str, data: Value) {
        if !caller.is_empty() {
            self.out.push(Value::object([
                ("event", Value::from(name)),
                ("to", Value::from(caller)),
                ("data", data),
            ]));
        }
    }

    /// The function has done what it had.
    fn done(&mut self, answer: &Value, failure: Option<&Value>) {
        let results = answer.get("results").and_then(Value::as_array);
        for (place, message) in std::mem::take(&mut self.taken).into_iter().enumerate() {
            if text(&message, "kind") != "call" {
                continue;
            }
            let result = results.and_then(|results| results.get(place));
            let mut told = Value::object([("request", text(&message, "request").as_str())]);
            let failed = failure.or_else(|| result.and_then(|result| result.get("failed")));
            let name = match failed {
                Some(failed) => {
                    told.set("failed", failed.clone());
                    FAILURE
                }
                None => {
                    told.set(
                        "result",
                        result.and_then(|result| result.get("result")).cloned().unwrap_or_default(),
                    );
                    RESULT
                }
            };
            self.tell(&text(&message, "caller"), name, told);
        }
        let sent = answer.get("sent").and_then(Value::as_array);
        self.out.extend(sent.into_iter().flat_map(|sent| sent.iter().cloned()));
    }
}

#[derive(Debug)]
struct Operate;

pub(super) fn make_condition(_: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    Ok(Box::new(Operate))
}

impl Condition for Operate {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let Some(event) = now.scene.event else { return Ok(Verdict::Wait) };
        let mut entity = Entity::of(now.context);
        let at = now.scene.at;
        match event.kind.as_str() {
            MESSAGE => {
                let message = now.scene.event_data()?;
                let due =
                    message.get("at").and_then(Value::as_str).and_then(|at| at.parse::<Timestamp>().ok());
                if let Some(due) = due.filter(|due| *due > at) {
                    let request = text(&message, "request");
                    now.put("modified_at", at.to_string());
                    let mut later =
                        now.context.get("later").cloned().unwrap_or_else(|| Value::object::<&str, Value>([]));
                    later.set(request.as_str(), message);
                    now.put("later", later);
                    now.timers.push(TimerRequest::Set { key: request, due });
                    return Ok(Verdict::Wait);
                }
                entity.take(message);
            }
            "tidegate.run.started" => return Ok(Verdict::Wait),
            kind => {
                let data = now.scene.event_data()?;
                match kind.ends_with(".failed") {
                    true => entity.done(&Value::Null, Some(&data)),
                    false => {
                        entity.done(&data, None);
                        now.put("state", data.get("state").cloned().unwrap_or_default());
                        now.put("modified_at", at.to_string());
                    }
                }
            }
        }
        Ok(moved(now, entity))
    }

    fn timer(&self, now: &mut Evaluation<'_, '_>, timer: &str) -> Result<Verdict, Failure> {
        let mut later = now.context.get("later").cloned().unwrap_or_default();
        let message = later.as_object_mut().and_then(|later| later.remove(timer));
        now.put("later", later);
        let mut entity = Entity::of(now.context);
        entity.queue.extend(message);
        Ok(moved(now, entity))
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        let entity = Entity::of(context);
        Some(match (&entity.lock, entity.taken.is_empty(), entity.queue.len()) {
            (_, false, waiting) => Text::from(format!("its function; {waiting} messages wait behind")),
            (Some((_, holder)), true, waiting) => {
                Text::from(format!("messages of `{holder}`, which has locked it; {waiting} others wait"))
            }
            (None, true, _) => Text::const_new("a message"),
        })
    }
}

/// Keeps an entity as far as it can go; fires where there is anything to send or to do.
fn moved(now: &mut Evaluation<'_, '_>, mut entity: Entity) -> Verdict {
    let was_busy = !entity.taken.is_empty();
    entity.advance();
    let begins = !was_busy && !entity.taken.is_empty();
    let (fires, waiting) = (begins || !entity.out.is_empty(), entity.queue.len());
    now.put("begins", begins);
    entity.keep(now);
    match fires {
        true => Verdict::Fire,
        false => Verdict::Counted { have: u32::try_from(waiting).unwrap_or(u32::MAX), want: 0 },
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    function: FunctionName,
}

pub(super) fn make_action(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(Box::new(params::<Act>(value)?))
}

impl Action for Act {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let out = plan.context.get("out").and_then(Value::as_array);
        for message in out.into_iter().flat_map(|out| out.iter()) {
            if let Some(name) = message.get("event") {
                let data = message.get("data").cloned().unwrap_or_default();
                let told = Value::object([("name", name.clone()), ("data", data)]);
                plan.commands.push(Command::Emit(emission(EVENT, text(message, "to"), told)));
            } else if let Some(run) = message.get("run") {
                let workflow = text(run, "workflow");
                let workflow = WorkflowName::new(&workflow)
                    .map_err(|error| Failure::new(errors::INVALID_VALUE, error.to_string()))?;
                let input = run.get("input").cloned().unwrap_or_default();
                let key = Some(text(run, "key")).filter(|key| !key.is_empty());
                plan.commands.push(Command::Start { subject: None, workflow, program: None, input, key });
            } else {
                plan.commands.extend(send(message)?);
            }
        }
        if plan.context.get("begins").and_then(Value::as_bool) == Some(true) {
            let part = |key: &str| plan.context.get(key).cloned().unwrap_or_default();
            let input = Value::object([("state", part("state")), ("operations", part("taken"))]);
            plan.commands.push(Command::Invoke {
                subject: Text::const_new(OPERATE),
                function: self.function.clone(),
                input,
                policy: Arc::<TaskPolicy>::default(),
            });
        }
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Function(&self.function)]
    }
}
