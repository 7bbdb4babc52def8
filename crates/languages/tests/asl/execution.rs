//! Executions of state machines on a partition without journal or clock: tasks end as a test says, time passes when
//! nothing else can happen, and the state may be restored from checkpoints in between.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::output::Output;
use tidegate_engine::{Limits, NoPayloads, Partition, Reply};
use tidegate_json::Value;
use tidegate_languages::asl;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    Data, Effect, Entry, Fact, FunctionName, FunctionSpec, Input, Invocation, Labels, Name, Offset, Outcome,
    PartitionId, RunId, Runtime, Text, Timestamp,
};

/// How a function ends: its outcome, or nothing while it goes on.
pub(crate) type Functions<'f> = dyn FnMut(&Invocation) -> Option<Outcome> + 'f;

pub(crate) struct World {
    pub(crate) partition: Partition,
    pub(crate) at: Timestamp,
    pub(crate) invoked: Vec<Invocation>,
    pub(crate) facts: Vec<Fact>,
    entries: Vec<Entry>,
}

/// One event of an execution's history.
#[derive(Clone, Debug)]
pub(crate) struct HistoryEvent {
    pub(crate) kind: String,
    pub(crate) details: Value,
}

/// An execution as it came out.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(crate) status: &'static str,
    pub(crate) output: Option<Value>,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) history: Vec<HistoryEvent>,
}

/// Runs `definition` on `input` to its end.
pub(crate) fn execute(definition: &Value, input: &Value, functions: &mut Functions<'_>) -> Execution {
    let mut world = World::new();
    world.machine("machine", definition);
    let run = world.start("machine", input);
    world.work(functions);
    world.execution(run)
}

impl World {
    pub(crate) fn new() -> Self {
        let registry = Arc::new(tidegate_languages::registry());
        Self {
            partition: Partition::new(PartitionId(0), registry, Limits::default()),
            at: Timestamp(1_700_000_000_000),
            invoked: Vec::new(),
            facts: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Applies `definition` as the machine `name`.
    pub(crate) fn machine(&mut self, name: &str, definition: &Value) {
        self.mocked_machine(name, definition, asl::mock::Mocks::default());
    }

    /// Applies `definition` as the machine `name`, with `mocks`.
    pub(crate) fn mocked_machine(&mut self, name: &str, definition: &Value, mocks: asl::mock::Mocks) {
        let mut options = asl::Options::local(Name::new(name).unwrap());
        options.mocks = mocks;
        let compiled = asl::compile(&definition.to_text(), &options);
        self.apply(compiled);
    }

    /// Applies what was compiled.
    pub(crate) fn apply(&mut self, compiled: tidegate_languages::Compiled) {
        let program = compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
        let reply = self.take(Input::Apply { program: Document(program) });
        assert!(matches!(reply, Reply::Applied { .. }), "{reply:?}");
    }

    /// Registers a function that the test itself carries out.
    pub(crate) fn function(&mut self, name: &str) {
        let spec = FunctionSpec::new(Runtime::External(tidegate_model::function::External {}));
        self.take(Input::RegisterFunction { name: FunctionName::new(name).unwrap(), spec: Document(spec) });
    }

    pub(crate) fn start(&mut self, machine: &str, input: &Value) -> RunId {
        self.start_as(machine, input, None)
    }

    /// Starts an execution under a key of its own.
    pub(crate) fn start_as(&mut self, machine: &str, input: &Value, key: Option<&str>) -> RunId {
        let request = StartRun {
            workflow: Name::new(machine).unwrap(),
            program: None,
            input: Data::json(input),
            labels: Labels::NONE,
            key: key.map(Text::from),
        };
        match self.take(Input::StartRun(request)) {
            Reply::Run { run, .. } => run,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn take(&mut self, input: Input) -> Reply {
        let mut bytes = Vec::new();
        Entry { at: self.at, input }.encode(&mut bytes);
        let entry = Entry::decode(&bytes).unwrap();
        self.entries.push(entry.clone());
        let mut output = Output::default();
        let offset = Offset(self.partition.ledger().next.0);
        let reply = self.partition.step(offset, entry, &NoPayloads, &mut output);
        for effect in output.effects {
            match effect {
                Effect::Invoke(invocation) => self.invoked.push(*invocation),
                Effect::Abandon { task } => self.invoked.retain(|invocation| invocation.task != task),
            }
        }
        self.facts.extend(output.facts);
        reply
    }

    /// Carries out functions, and lets time pass, until nothing more happens.
    pub(crate) fn work(&mut self, functions: &mut Functions<'_>) {
        loop {
            let ended = self
                .invoked
                .iter()
                .enumerate()
                .find_map(|(place, invocation)| Some((place, functions(invocation)?)));
            if let Some((place, outcome)) = ended {
                let Invocation { task, attempt, .. } = self.invoked.remove(place);
                self.take(Input::TaskEnded { task, attempt, outcome });
                continue;
            }
            let Some(due) = self.partition.next_deadline() else { return };
            self.at = self.at.max(due);
            self.take(Input::Tick);
        }
    }

    /// Replaces the state by one that is restored from the checkpoint of a replay.
    pub(crate) fn restart(&mut self) {
        let registry = Arc::new(tidegate_languages::registry());
        let mut replayed = Partition::new(PartitionId(0), Arc::clone(&registry), Limits::default());
        let mut output = Output::default();
        for (number, entry) in (0..).zip(&self.entries) {
            replayed.step(Offset(number), entry.clone(), &NoPayloads, &mut output);
        }
        assert_eq!(replayed.dump(), self.partition.dump(), "a replay gives the same state");
        let saved: BTreeMap<_, _> = replayed.dump().into_iter().collect();
        self.partition = Partition::restore(PartitionId(0), registry, Limits::default(), saved).unwrap();
        assert_eq!(replayed.dump(), self.partition.dump(), "a checkpoint gives the same state");
    }

    pub(crate) fn execution(&self, run: RunId) -> Execution {
        let outcome = self.facts.iter().find_map(|fact| match fact {
            Fact::RunEnded { run: ended, outcome } if *ended == run => Some(outcome.clone()),
            _ => None,
        });
        let history = self.history(run);
        let (status, output, failure) = match outcome {
            None => ("RUNNING", None, None),
            Some(Outcome::Succeeded { data, .. }) => ("SUCCEEDED", data.inline_value(), None),
            Some(Outcome::Failed(failure)) if failure.error == "Tidegate.Timeout" => {
                ("TIMED_OUT", None, None)
            }
            Some(Outcome::Failed(failure)) => ("FAILED", None, Some(failure)),
        };
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Execution {
            status,
            output,
            error: failure.as_ref().and_then(|failure| said(&failure.error)),
            cause: failure.as_ref().and_then(|failure| said(&failure.message)),
            history,
        }
    }

    fn history(&self, run: RunId) -> Vec<HistoryEvent> {
        let notes = self.facts.iter().filter_map(|fact| match fact {
            Fact::Raised { run: of, kind, data, .. } if *of == run => {
                let kind = kind.strip_prefix(asl::history::PREFIX)?;
                let details = data.as_ref().and_then(Data::inline_value).unwrap_or_default();
                let is_own =
                    details.get("previousEventId").is_some() && details.get("childExecution").is_none();
                is_own.then(|| HistoryEvent { kind: kind.to_owned(), details })
            }
            _ => None,
        });
        notes.collect()
    }
}

impl Execution {
    /// Types of the events of history, in order.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.history.iter().map(|event| event.kind.as_str()).collect()
    }
}

pub(crate) fn value(text: &str) -> Value {
    Value::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
