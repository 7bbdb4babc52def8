//! What a scope of a state machine keeps in its variables, and what it was started with.
//!
//! A scope is the execution itself, a branch of a Parallel state, or an iteration of a Map state. It is in one state at
//! a time. Variables of the scope, as the engine has them:
//!
//! - `role`: what the scope is, and for the execution, which machine it is of; from the program
//! - `variables`: the machine's own variables, once one was assigned here
//! - `state`: the state that it is in, while that waits for something
//!
//! The input of a scope within another is a [`Parcel`].

use tidegate_engine::scene::Scene;
use tidegate_json::Value;
use tidegate_model::{Text, Timestamp};

use super::expression::timestamp;
use super::redrive::{self, Redrive};

/// What a scope is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The execution.
    Execution,
    /// A branch of a Parallel state.
    Branch,
    /// An iteration of a Map state.
    Iteration {
        /// The state.
        state: Text,
        /// Which item, from 0.
        index: u64,
    },
    /// An iteration of a distributed Map state: an execution of its own to those who look.
    Child,
}

/// The input of a scope within another: what it alone has.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// The item of a Map state.
    pub(crate) item: Value,
    /// Which item or branch, from 0.
    pub(crate) index: u64,
    /// How far it had come, where the execution is redriven: a [`Within`](super::redrive::Within) as a value, which is wanted
    /// once.
    pub(crate) before: Option<Value>,
}

/// What the scopes within a state have in common. It stands once, with the state that waits for them.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Value);

impl Shared {
    /// For scopes within the state that `frame` is in, whose first states get `input`, or whose item selector sees it.
    pub(crate) fn new(frame: &Frame, input: Value) -> Self {
        Self(Value::object([
            ("context", frame.context.clone()),
            ("variables", frame.variables.clone()),
            ("input", input),
            ("limited", Value::from(frame.limited)),
            ("child", frame.child.map_or(Value::Null, Value::from)),
            ("events", Value::from(frame.events_before)),
        ]))
    }

    /// The same for items that are to tell more of themselves than their output.
    pub(crate) fn describing(mut self) -> Self {
        self.0.set("described", true);
        self
    }

    /// What the scope that `scene` is in shares with its siblings, and the state that they are in.
    pub(crate) fn of(scene: &Scene<'_>) -> (Self, Option<Active>) {
        let state = scene.outer.get("state");
        let shared = state.and_then(|state| state.get("shared")).cloned().unwrap_or_default();
        (Self(shared), state.and_then(Active::of_value))
    }

    fn member(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// The effective input of the state that it is in.
    pub(crate) fn input(&self) -> Value {
        self.member("input")
    }
}

impl Parcel {
    pub(crate) fn to_value(&self) -> Value {
        let before = self.before.as_ref().map(|before| ("before", before.clone()));
        let own = [("item", self.item.clone()), ("index", Value::from(self.index))];
        Value::object(own.into_iter().chain(before))
    }

    pub(crate) fn of(value: &Value) -> Self {
        Self {
            item: value.get("item").cloned().unwrap_or_default(),
            index: value.get("index").and_then(Value::as_u64).unwrap_or_default(),
            before: value.get("before").cloned(),
        }
    }
}

/// A scope as an action finds it.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) role: Role,
    /// The context object without what is about the state: `Execution`, `StateMachine`, `Map`.
    pub(crate) context: Value,
    /// The machine's variables.
    pub(crate) variables: Value,
    /// Where it is, in AWS's terms.
    pub(crate) place: Place,
    /// Whether AWS's limits on the size of data bind.
    pub(crate) limited: bool,
    /// Whether the state is only rehearsed: nothing is asked of anybody.
    pub(crate) rehearsal: Option<Rehearsal>,
    /// Within an item of a distributed Map state: which. Its history is not the execution's own.
    pub(crate) child: Option<u64>,
    /// Events of history from before the execution was redriven.
    pub(crate) events_before: u64,
    /// Whether it is an item that is to tell more of itself than its output.
    pub(crate) described: bool,
}

/// What a rehearsal of one state gives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rehearsal {
    /// Parts of the context object, in place of those that there would be.
    pub(crate) context: Option<Value>,
    /// Retries that there have been.
    pub(crate) retries: u64,
    /// Items of a Map state that have failed.
    pub(crate) failed_items: Option<u64>,
    /// What the item reader of a Map state reads.
    pub(crate) items: Option<Value>,
    /// Whether the work is done by whoever is asked for it, rather than played.
    pub(crate) is_real: bool,
}

impl Rehearsal {
    pub(crate) fn to_value(&self) -> Value {
        let context = self.context.clone().unwrap_or_default();
        Value::object([
            ("context", context),
            ("retries", Value::from(self.retries)),
            ("failed_items", self.failed_items.map_or(Value::Null, Value::from)),
            ("items", self.items.clone().unwrap_or_default()),
            ("real", Value::from(self.is_real)),
        ])
    }

    fn of(value: &Value) -> Self {
        let context = value.get("context").filter(|context| !context.is_null()).cloned();
        Self {
            context,
            retries: value.get("retries").and_then(Value::as_u64).unwrap_or_default(),
            failed_items: value.get("failed_items").and_then(Value::as_u64),
            items: value.get("items").filter(|items| !items.is_null()).cloned(),
            is_real: value.get("real").and_then(Value::as_bool).unwrap_or_default(),
        }
    }
}

/// Where an execution is, in AWS's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) region: Text,
    pub(crate) account: Text,
}

impl Frame {
    /// The scope that `scene` is in.
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let role = scene.vars.get("role");
        let kind = role.and_then(|role| role.get("kind")).and_then(Value::as_str).unwrap_or_default();
        if kind == "execution" {
            let machine = role.and_then(|role| role.get("machine")).cloned().unwrap_or_default();
            let variables = scene.vars.get("variables").cloned().unwrap_or_else(empty);
            let redrive = Redrive::origin(scene);
            let events_before = redrive.as_ref().map_or(0, |redrive| redrive.events);
            return Self {
                role: Role::Execution,
                context: given_context(execution_context(scene, &machine, redrive.as_ref()), &machine),
                variables,
                place: Place::of(machine.get("Id").and_then(Value::as_str).unwrap_or_default()),
                limited: machine.get("Limited").and_then(Value::as_bool).unwrap_or_default(),
                rehearsal: machine.get("Rehearsal").map(Rehearsal::of),
                child: None,
                events_before,
                described: false,
            };
        }
        let Parcel { item, index, .. } = Parcel::of(scene.input);
        let (shared, state) = Shared::of(scene);
        let variables = scene.vars.get("variables").cloned().unwrap_or_else(|| shared.member("variables"));
        let mut context = shared.member("context");
        let mut child = shared.0.get("child").and_then(Value::as_u64);
        let role = match kind {
            "branch" => Role::Branch,
            "child" => {
                child = Some(index);
                Role::Child
            }
            _ => Role::Iteration { state: state.map(|state| state.name).unwrap_or_default(), index },
        };
        if role != Role::Branch {
            let item = Value::object([("Index", Value::from(index)), ("Value", item)]);
            context.set("Map", Value::object([("Item", item)]));
        }
        let machine = context.pointer("/StateMachine/Id").and_then(Value::as_str).unwrap_or_default();
        let place = Place::of(machine);
        let limited = shared.0.get("limited").and_then(Value::as_bool).unwrap_or_default();
        let events_before = shared.0.get("events").and_then(Value::as_u64).unwrap_or_default();
        let described =
            role == Role::Child && shared.0.get("described").and_then(Value::as_bool).unwrap_or_default();
        Self { role, context, variables, place, limited, rehearsal: None, child, events_before, described }
    }

    /// Whether the work of the state is played by whoever rehearses it.
    pub(crate) fn is_played(&self) -> bool {
        self.rehearsal.as_ref().is_some_and(|rehearsal| !rehearsal.is_real)
    }

    /// Whether whoever rehearses the state gave this part of the context object.
    fn is_given(&self, part: &str) -> bool {
        let rehearsal = self.rehearsal.as_ref();
        rehearsal
            .and_then(|rehearsal| rehearsal.context.as_ref())
            .is_some_and(|context| context.get(part).is_some())
    }

    /// The context object while the scope is in `state`.
    pub(crate) fn context_in(&self, state: &Active, token: Option<&str>) -> Value {
        let mut context = self.context.clone();
        let about = [
            ("EnteredTime", Value::from(timestamp::format(state.entered_at))),
            ("Name", Value::from(if self.rehearsal.is_some() { "StateName" } else { &state.name })),
        ];
        let retries = state.retries.map(|retries| ("RetryCount", Value::from(retries)));
        let about = Value::object(about.into_iter().chain(retries));
        if !self.is_given("State") {
            context.set("State", about);
        }
        if let Some(token) = token.filter(|_| !self.is_given("Task")) {
            context.set("Task", Value::object([("Token", Value::from(token))]));
        }
        context
    }
}

impl Place {
    /// The place of what `arn` names.
    fn of(arn: &str) -> Self {
        let mut parts = arn.split(':').skip(3);
        let mut part = |default: &'static str| match parts.next() {
            Some(part) if !part.is_empty() => Text::from(part),
            _ => Text::const_new(default),
        };
        Self { region: part("us-east-1"), account: part("000000000000") }
    }
}

fn execution_context(scene: &Scene<'_>, machine: &Value, redrive: Option<&Redrive>) -> Value {
    let id = machine.get("Id").and_then(Value::as_str).unwrap_or_default();
    let arn = execution_arn(scene, id, is_express(machine));
    // An express execution has an id of its own behind its name.
    let name = arn.split(':').nth(7).unwrap_or_default();
    let role = machine.get("RoleArn").cloned().unwrap_or_default();
    let started_at = redrive.map_or(scene.run_started_at, |redrive| redrive.started_at);
    let execution = [
        ("Id", Value::from(arn.as_str())),
        ("Input", redrive.map_or(scene.input, |redrive| &redrive.input).clone()),
        ("Name", Value::from(name)),
        ("RoleArn", role),
        ("StartTime", Value::from(timestamp::format(started_at))),
    ];
    // Executions of express machines cannot be redriven.
    let count = redrive.map_or(0, |redrive| redrive.count);
    let count = (!is_express(machine)).then(|| ("RedriveCount", Value::from(count)));
    let redriven_at = redrive.map(|_| timestamp::format(scene.run_started_at));
    let redriven_at = redriven_at.map(|at| ("RedriveTime", Value::from(at)));
    let execution = execution.into_iter().chain(count).chain(redriven_at);
    // The workflow may have another name, where machines of several places have this one.
    let machine = [("Id", Value::from(id)), ("Name", Value::from(id.rsplit(':').next().unwrap_or_default()))];
    Value::object([("Execution", Value::object(execution)), ("StateMachine", Value::object(machine))])
}

/// `context` with the parts that a rehearsal gives.
fn given_context(mut context: Value, machine: &Value) -> Value {
    let given = machine.pointer("/Rehearsal/context").and_then(Value::as_object);
    for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
        context.set(name.clone(), value.clone());
    }
    context
}

fn is_express(machine: &Value) -> bool {
    machine.get("Express").and_then(Value::as_bool).unwrap_or_default()
}

/// The ARN of the execution: the key that it was started with, where that is one.
fn execution_arn(scene: &Scene<'_>, machine: &str, is_express: bool) -> String {
    let key = scene.run_key.as_deref().map(|key| redrive::parse_key(key).map_or(key, |(arn, _)| arn));
    if let Some(arn) = key.filter(|key| key.starts_with("arn:")) {
        return arn.to_owned();
    }
    let kind = if is_express { ":express:" } else { ":execution:" };
    let prefix = machine.replacen(":stateMachine:", kind, 1);
    match key {
        Some(key) if is_express => format!("{prefix}:{key}:{}", scene.run),
        None if is_express => format!("{prefix}:{}:{}", scene.run, scene.run),
        Some(key) => format!("{prefix}:{key}"),
        None => format!("{prefix}:{}", scene.run),
    }
}

/// A state that a scope is in.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    pub(crate) name: Text,
    /// Id of the event that tells of it.
    pub(crate) entered: u64,
    pub(crate) entered_at: Timestamp,
    /// Its input, before anything was done to it.
    pub(crate) input: Value,
    /// Attempts beyond the first; `None` where its type has no retries.
    pub(crate) retries: Option<u64>,
    /// Of those, by retrier.
    pub(crate) by_retrier: Vec<u64>,
    /// The last event of history that is about it.
    pub(crate) last: u64,
    /// What its type has to remember of what it asked for.
    pub(crate) asked: Value,
    /// What the scopes within it have in common, while there are such.
    pub(crate) shared: Option<Shared>,
}

impl Active {
    pub(crate) fn to_value(&self) -> Value {
        Value::object([
            ("name", Value::from(self.name.as_str())),
            ("entered", Value::from(self.entered)),
            ("entered_at", Value::from(self.entered_at.0)),
            ("input", self.input.clone()),
            ("retries", self.retries.map_or(Value::Null, Value::from)),
            ("by_retrier", Value::array(self.by_retrier.iter().copied())),
            ("last", Value::from(self.last)),
            ("asked", self.asked.clone()),
            ("shared", self.shared.as_ref().map(|shared| shared.0.clone()).unwrap_or_default()),
        ])
    }

    /// Takes something back that its type had to remember.
    pub(crate) fn forget(&mut self, name: &str) -> Option<Value> {
        self.asked.as_object_mut()?.remove(name)
    }

    /// The state that the scope waits in; `None` where it waits in none.
    pub(crate) fn of(scene: &Scene<'_>) -> Option<Self> {
        Self::of_value(scene.vars.get("state")?)
    }

    fn of_value(state: &Value) -> Option<Self> {
        state.as_object()?;
        let number = |name: &str| state.get(name).and_then(Value::as_u64).unwrap_or_default();
        let at = state.get("entered_at").and_then(Value::as_i64).unwrap_or_default();
        let by_retrier = state.get("by_retrier").and_then(Value::as_array);
        Some(Self {
            name: state.get("name").and_then(Value::as_str).unwrap_or_default().into(),
            entered: number("entered"),
            entered_at: Timestamp(at),
            input: state.get("input").cloned().unwrap_or_default(),
            retries: state.get("retries").and_then(Value::as_u64),
            by_retrier: by_retrier.into_iter().flat_map(|all| all.iter()).filter_map(Value::as_u64).collect(),
            last: number("last"),
            asked: state.get("asked").cloned().unwrap_or_default(),
            shared: None,
        })
    }
}

fn empty() -> Value {
    Value::object::<&str, Value>([])
}
