//! One state by itself: what it makes of an input, with its work played by whoever asks (`TestState`).
//!
//! The state is run as it would be, by the engine, as the only state of a machine; instead of asking anybody for
//! anything it waits, and is told the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::output::Output;
use tidegate_engine::{Limits, NoPayloads, Partition, Reply};
use tidegate_json::Value;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    Address, Data, Entry, Event, Fact, Input, Labels, Offset, Outcome, PartitionId, RunId, Span, Text,
    Timestamp, WorkflowName,
};

use super::compile::{self, Options};
use super::frame::Rehearsal;
use super::history;
use super::machine::targets;
use super::turn::{ASKED, SHOWN};

/// What is to be rehearsed.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The state's name; `StateName` where it has none.
    pub name: String,
    /// The state.
    pub state: Value,
    /// The query language of the machine that it is from.
    pub query_language: Option<Value>,
    /// Its input.
    pub input: Value,
    /// Parts of the context object.
    pub context: Option<Value>,
    /// Variables: an object.
    pub variables: Option<Value>,
    /// The role that it runs as.
    pub role_arn: Option<String>,
    /// How its work ends; `None` where nothing is played.
    pub work: Option<Work>,
    /// Retries that there have been.
    pub retries: u64,
    /// Items of a Map state that have failed.
    pub failed_items: Option<u64>,
    /// What the item reader of a Map state reads.
    pub items: Option<Value>,
    /// When it is.
    pub at: Timestamp,
}

/// How the work of a state ends.
#[derive(Clone, Debug)]
pub enum Work {
    /// Well.
    Result(Value),
    /// Badly.
    Error {
        /// Name of the error.
        error: String,
        /// Its cause.
        cause: String,
    },
    /// Well: who was asked for it gave this, which is not yet what the state has for a result.
    Answer(Value),
    /// Badly: what the engine says of the failure, with `error`, `message` and perhaps `detail`.
    Failure(Value),
}

/// What a state asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// That a function be called.
    Call {
        /// Its name.
        function: String,
        /// Its input.
        input: Value,
        /// How long it may take; `None` where nothing binds.
        timeout: Option<Span>,
    },
    /// That a run be started.
    Start {
        /// Of this workflow.
        workflow: String,
        /// Its input.
        input: Value,
        /// Its key: the ARN of the execution.
        key: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Performance {
    /// `SUCCEEDED`, `FAILED`, `RETRIABLE` or `CAUGHT_ERROR`.
    pub status: &'static str,
    /// What it puts out.
    pub output: Option<Value>,
    /// Name of the error.
    pub error: Option<String>,
    /// Its cause.
    pub cause: Option<String>,
    /// The state that follows.
    pub next: Option<String>,
    /// The way of the data, by AWS's names.
    pub inspection: BTreeMap<String, Value>,
    /// What it asks for, where it waits for that.
    pub request: Option<Request>,
}

impl Request {
    fn of(asked: &Value) -> Option<Self> {
        let text = |name: &str| asked.get(name).and_then(Value::as_str).map(str::to_owned);
        let input = asked.get("input").cloned().unwrap_or_default();
        match text("function") {
            Some(function) => {
                let timeout = asked.get("timeout").and_then(Value::as_u64).map(Span);
                Some(Self::Call { function, input, timeout })
            }
            None => Some(Self::Start { workflow: text("workflow")?, input, key: text("key")? }),
        }
    }
}

/// Why a state cannot be rehearsed: what is wrong with it.
#[derive(Clone, Debug)]
pub struct Unplayable {
    /// What the compiler says.
    pub diagnostics: Vec<crate::Diagnostic>,
}

/// Runs the state of `scene`.
///
/// # Errors
/// Where the state does not compile.
pub fn rehearse(scene: &Scene) -> Result<Performance, Unplayable> {
    let definition = machine(scene);
    let mut options = Options::local(WorkflowName::new("rehearsal").expect("it is a name"));
    options.is_express = true;
    options.role_arn.clone_from(&scene.role_arn);
    options.rehearsal = Some(Rehearsal {
        context: scene.context.clone(),
        retries: scene.retries,
        failed_items: scene.failed_items,
        items: scene.items.clone(),
        is_real: matches!(scene.work, Some(Work::Answer(_) | Work::Failure(_))),
    });
    let compiled = compile::compile_unchecked(&definition.to_text(), &options);
    let Some(program) = compiled.program else {
        return Err(Unplayable { diagnostics: compiled.diagnostics });
    };
    let mut stage = Stage::new(scene.at);
    stage.take(Input::Apply { program: Document(program) });
    let request = StartRun {
        workflow: options.name,
        program: None,
        input: Data::json(&scene.input),
        labels: Labels::NONE,
        key: None,
    };
    let Reply::Run { run, .. } = stage.take(Input::StartRun(request)) else {
        return Err(Unplayable { diagnostics: Vec::new() });
    };
    match &scene.work {
        Some(work) if !stage.is_over(run) => stage.tell(run, scene, work),
        // A state that waits has waited.
        None => stage.let_time_pass(),
        Some(_) => {}
    }
    Ok(stage.performance(scene, run))
}

/// A machine of the one state, and of an end for each that it may go on with.
fn machine(scene: &Scene) -> Value {
    let end = Value::object([("Type", "Succeed")]);
    let others = targets(&scene.state).into_iter().map(|name| (name.to_owned(), end.clone()));
    let others = others.filter(|(name, _)| *name != scene.name);
    let states = others.chain([(scene.name.clone(), scene.state.clone())]).collect::<BTreeMap<_, _>>();
    let mut machine = Value::object([("StartAt", Value::from(scene.name.as_str()))]);
    if let Some(language) = &scene.query_language {
        machine.set("QueryLanguage", language.clone());
    }
    if let Some(variables) = &scene.variables {
        machine.set(compile::VARIABLES, variables.clone());
    }
    machine.set("States", Value::object(states));
    machine
}

/// An engine of its own.
struct Stage {
    partition: Partition,
    at: Timestamp,
    facts: Vec<Fact>,
}

impl Stage {
    fn new(at: Timestamp) -> Self {
        let registry = Arc::new(crate::registry());
        Self { partition: Partition::new(PartitionId(0), registry, Limits::default()), at, facts: Vec::new() }
    }

    fn take(&mut self, input: Input) -> Reply {
        let mut output = Output::default();
        let offset = Offset(self.partition.ledger().next.0);
        let reply = self.partition.step(offset, Entry { at: self.at, input }, &NoPayloads, &mut output);
        self.facts.extend(output.facts);
        reply
    }

    fn is_over(&self, run: RunId) -> bool {
        self.facts.iter().any(|fact| matches!(fact, Fact::RunEnded { run: ended, .. } if *ended == run))
    }

    fn let_time_pass(&mut self) {
        if let Some(due) = self.partition.next_deadline() {
            self.at = self.at.max(due);
            self.take(Input::Tick);
        }
    }

    /// Tells the state how its work ended.
    fn tell(&mut self, run: RunId, scene: &Scene, work: &Work) {
        let is_fan_out = matches!(scene.state.get("Type").and_then(Value::as_str), Some("Map" | "Parallel"));
        let what = if is_fan_out { "map" } else { "task" };
        let (how, data) = match work {
            Work::Result(result) | Work::Answer(result) => ("succeeded", result.clone()),
            Work::Failure(data) => ("failed", data.clone()),
            Work::Error { error, cause } => {
                let data = [("error", Value::from(error.as_str())), ("message", Value::from(cause.as_str()))];
                ("failed", Value::object(data))
            }
        };
        let event = Event::new("work", "/rehearsal", format!("tidegate.{what}.{how}"));
        let event = event.with_subject(scene.name.as_str()).with_data(&data);
        self.take(Input::Publish { event, to: Address::Run(run) });
    }

    fn performance(&self, scene: &Scene, run: RunId) -> Performance {
        let mut performance = Performance { status: "SUCCEEDED", ..Performance::default() };
        performance.inspection.insert("input".to_owned(), scene.input.clone());
        let variables = scene.variables.as_ref();
        if let Some(variables) = variables.filter(|all| all.as_object().is_some_and(|all| !all.is_empty())) {
            performance.inspection.insert("variables".to_owned(), variables.clone());
        }
        let mut details = BTreeMap::new();
        let mut has_left = false;
        for fact in &self.facts {
            let Fact::Raised { kind, subject, data, .. } = fact else { continue };
            let value = || data.as_ref().and_then(Data::inline_value).unwrap_or_default();
            if kind == SHOWN && has_left {
                continue;
            }
            if kind == SHOWN {
                let point = subject.as_ref().map(Text::to_string).unwrap_or_default();
                if point == ASKED {
                    performance.request = Request::of(&value());
                    continue;
                }
                let is_detail =
                    matches!(point.as_str(), "retryIndex" | "retryBackoffIntervalSeconds" | "catchIndex");
                let to = if is_detail { &mut details } else { &mut performance.inspection };
                to.insert(point, value());
                continue;
            }
            let Some(event) = kind.strip_prefix(history::PREFIX) else { continue };
            let is_own = subject.as_deref() == Some(scene.name.as_str());
            if event.ends_with("StateExited") && is_own {
                performance.output = value().get("output").cloned();
                has_left = true;
            } else if event.ends_with("StateEntered") && !is_own {
                performance.next = subject.as_ref().map(Text::to_string);
            }
        }
        self.end(scene, run, &details, &mut performance);
        if !details.is_empty() {
            performance.inspection.insert("errorDetails".to_owned(), Value::object(details));
        }
        performance
    }

    /// The failure that history tells of the state.
    fn failure_told(&self, scene: &Scene) -> Option<(String, String)> {
        self.facts.iter().find_map(|fact| {
            let Fact::Raised { kind, subject, data, .. } = fact else { return None };
            let event = kind.strip_prefix(history::PREFIX)?;
            let is_failure = event.ends_with("Failed") || event.ends_with("TimedOut");
            if !is_failure || subject.as_deref() != Some(scene.name.as_str()) {
                return None;
            }
            let told = data.as_ref().and_then(Data::inline_value)?;
            let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            Some((text("error"), text("cause")))
        })
    }

    /// How it ended, and why.
    fn end(
        &self,
        scene: &Scene,
        run: RunId,
        details: &BTreeMap<String, Value>,
        performance: &mut Performance,
    ) {
        let outcome = self.facts.iter().find_map(|fact| match fact {
            Fact::RunEnded { run: ended, outcome } if *ended == run => Some(outcome),
            _ => None,
        });
        let played = match &scene.work {
            Some(Work::Error { error, cause }) => Some((error.clone(), cause.clone())),
            Some(Work::Failure(_)) => self.failure_told(scene),
            Some(Work::Result(_) | Work::Answer(_)) | None => None,
        };
        let (status, failure) = match outcome {
            Some(Outcome::Failed(failure)) => {
                ("FAILED", Some((failure.error.to_string(), failure.message.to_string())))
            }
            _ if details.contains_key("retryBackoffIntervalSeconds") => ("RETRIABLE", played),
            _ if details.contains_key("catchIndex") => ("CAUGHT_ERROR", played),
            _ => ("SUCCEEDED", None),
        };
        performance.status = status;
        if let Some((error, cause)) = failure {
            let said = |text: String| (!text.is_empty()).then_some(text);
            performance.error = said(error);
            performance.cause = said(cause);
        }
    }
}
