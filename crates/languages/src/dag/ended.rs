//! `dag.ended`: the end of a task's work is the end of the task, or the time to look again.
//!
//! What a task's end is, as the data of an event, is said here and nowhere else.

use tidegate_engine::action::{Action, Audience, Command, Emission, Plan, Started};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::{Failure, FunctionName, Text};

use super::alternatives::Alternatives;
use super::envelope::Envelope;
use super::hook::{self, Hook};
use super::instance;
use super::rule::State;
use super::{ENDED, SKIP};

/// How a task has ended.
pub(super) enum End {
    /// Well, with this result.
    Success(Value),
    /// It failed for good.
    Failed(Failure),
    /// It did not run.
    Without(State),
}

impl End {
    /// That of a task that has failed, where the errors named in `skip_on` mean that it is skipped; `*` is any.
    pub(super) fn of_failure(failure: Failure, skip_on: &[Text]) -> Self {
        match skip_on.iter().any(|error| error == "*" || *error == failure.error) {
            true => Self::Without(State::Skipped),
            false => Self::Failed(failure),
        }
    }

    /// The data of the event that tells of it.
    pub(super) fn data(self) -> Value {
        match self {
            Self::Success(result) => {
                Value::object([("state", Value::from(State::Success.name())), ("result", result)])
            }
            Self::Failed(failure) => Value::object([
                ("state", Value::from(State::Failed.name())),
                ("error", Value::from(failure.error.as_str())),
                ("message", Value::from(failure.message.as_str())),
            ]),
            Self::Without(state) => Value::object([("state", state.name())]),
        }
    }
}

/// Tells those who listen how `task` has ended; of an instance of a mapped group, in which.
pub(super) fn emit(plan: &mut Plan<'_, '_>, task: &Text, mut data: Value) {
    if let Some(indexes) = plan.scene.input.get(instance::INDEXES).filter(|_| instance::is_one(plan.scene)) {
        data.set(instance::INDEXES, indexes.clone());
    }
    plan.commands.push(emission(ENDED, task, data, Audience::Scope));
}

/// The event `kind` about `task`.
pub(super) fn emission(kind: &'static str, task: &Text, data: Value, to: Audience) -> Command {
    Command::Emit(Emission {
        kind: Text::const_new(kind),
        subject: Some(task.clone()),
        source: None,
        data,
        extensions: Vec::new(),
        to,
    })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    task: Text,
    #[serde(default)]
    control: bool,
    #[serde(default)]
    skip_on: Vec<Text>,
    #[serde(default)]
    alternatives: Option<Alternatives>,
    #[serde(default)]
    aside: bool,
    #[serde(default)]
    on_success: Option<FunctionName>,
    #[serde(default)]
    on_failure: Option<FunctionName>,
}

#[derive(Debug)]
struct Ended {
    task: Text,
    /// Whether its result is an envelope.
    is_control: bool,
    skip_on: Vec<Text>,
    /// What else it can run, and what its result has to be.
    alternatives: Option<Alternatives>,
    /// Whether nothing counts it.
    is_aside: bool,
    hook: Hook,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { task, control, skip_on, alternatives, aside, on_success, on_failure } = params(value)?;
    let hook = Hook { on_success, on_failure };
    Ok(Box::new(Ended { task, is_control: control, skip_on, alternatives, is_aside: aside, hook }))
}

impl Action for Ended {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let data = plan.scene.event_data()?;
        let kind = plan.scene.event.map(|event| event.kind.clone()).unwrap_or_default();
        let ended = match kind.ends_with(".succeeded") {
            true => Ok(data),
            false => Err(failure_of(&data)),
        };
        let ended = match &self.alternatives {
            None => ended,
            Some(alternatives) => match alternatives.settle(&self.task, ended, plan) {
                Some(ended) => ended,
                None => return Ok(()),
            },
        };
        let data = match ended {
            Ok(data) => data,
            Err(failure) => {
                self.tell(plan, End::of_failure(failure, &self.skip_on));
                return Ok(());
            }
        };
        let end = if self.is_control {
            match Envelope::read(data) {
                Ok(Envelope::Again { after, carry }) => {
                    let due = plan.scene.at.after(after);
                    let name = Text::from(format!("{}:again", self.task));
                    plan.commands.push(Command::SetTimer { name, due, data: carry });
                    return Ok(());
                }
                Ok(Envelope::Done { end, skip, commands }) => {
                    // They are to hear that they are passed by before they count this end.
                    for task in &skip {
                        for to in [Audience::Scope, Audience::Nested] {
                            plan.commands.push(emission(SKIP, task, Value::Null, to));
                        }
                    }
                    plan.commands.extend(commands);
                    end
                }
                Err(failure) => End::Failed(failure),
            }
        } else {
            End::Success(data)
        };
        self.tell(plan, end);
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        self.hook.functions().map(Started::Function).collect()
    }
}

impl Ended {
    /// Tells of the end, and calls whoever is to be called then.
    fn tell(&self, plan: &mut Plan<'_, '_>, end: End) {
        let mut data = end.data();
        if self.is_aside {
            data.set("aside", true);
        }
        // A result that was kept says of which run it is.
        let mut extensions = plan.scene.event.iter().flat_map(|event| &event.extensions);
        if let Some((_, from)) = extensions.find(|(name, _)| name == "cachedfrom") {
            data.set("cached", from.clone());
        }
        let called = self.hook.of(&data);
        if called.is_some() {
            data.set("hook", true);
        }
        emit(plan, &self.task, data.clone());
        if let Some(function) = called {
            let subject = Text::from(format!("{}:hook", self.task));
            let input = hook::input(plan, Some(&self.task), &data);
            plan.commands.push(hook::call(subject, function, input));
        }
    }
}

fn failure_of(data: &Value) -> Failure {
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
    Failure::new(text("error"), Text::from(text("message")))
}
