//! A partition without journal or clock: entries go in by hand, and tasks end when a test says so.

use std::sync::Arc;

use tidegate_engine::output::Output;
use tidegate_engine::{Limits, NoPayloads, Partition, Registry, Reply};
use tidegate_json::Value;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    Address, Data, Effect, Entry, Event, Fact, Failure, Input, Invocation, Labels, Name, Offset, Outcome,
    PartitionId, Program, RunId, Timestamp,
};

pub(crate) struct World {
    pub(crate) partition: Partition,
    pub(crate) at: Timestamp,
    /// Attempts that were asked for and have not ended.
    pub(crate) invoked: Vec<Invocation>,
    pub(crate) facts: Vec<Fact>,
    published: u64,
    entries: Vec<Entry>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::limited(Limits::default())
    }

    pub(crate) fn limited(limits: Limits) -> Self {
        let partition = Partition::new(PartitionId(0), Arc::new(Registry::native()), limits);
        Self {
            partition,
            at: Timestamp(1_000_000),
            invoked: Vec::new(),
            facts: Vec::new(),
            published: 0,
            entries: Vec::new(),
        }
    }

    /// A world with the workflow that `program` states.
    pub(crate) fn with(program: &str) -> Self {
        let mut world = Self::new();
        world.apply(program);
        world
    }

    pub(crate) fn apply(&mut self, program: &str) -> Reply {
        let program = Program::from_text(program).expect("the test's program is one");
        let reply = self.take(Input::Apply { program: Document(program) });
        assert!(matches!(reply, Reply::Applied { .. }), "{reply:?}");
        reply
    }

    pub(crate) fn take(&mut self, input: Input) -> Reply {
        let entry = Entry { at: self.at, input };
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let entry = Entry::decode(&bytes).expect("an entry reads back");
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

    pub(crate) fn start(&mut self, workflow: &str, input: &str) -> RunId {
        let request = StartRun {
            workflow: Name::new(workflow).expect("a name"),
            program: None,
            input: Data::json(&value(input)),
            labels: Labels::NONE,
            key: None,
        };
        match self.take(Input::StartRun(request)) {
            Reply::Run { run, .. } => run,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn publish(&mut self, kind: &str, subject: &str, data: &str) -> Reply {
        self.published += 1;
        let event = Event::new(format!("p{}", self.published), "/test", kind);
        let event = event.with_subject(subject).with_data(&value(data));
        self.take(Input::Publish { event, to: Address::World })
    }

    /// Ends the oldest attempt of the task that the workflow calls `subject`.
    pub(crate) fn succeed(&mut self, subject: &str, result: &str) {
        let outcome = Outcome::succeeded(&value(result));
        self.end(subject, outcome);
    }

    pub(crate) fn fail(&mut self, subject: &str, error: &str) {
        self.end(subject, Outcome::Failed(Failure::new(error, "as the test wants")));
    }

    fn end(&mut self, subject: &str, outcome: Outcome) {
        let place = self.invoked.iter().position(|invocation| invocation.subject == subject);
        let place =
            place.unwrap_or_else(|| panic!("no attempt of `{subject}` is under way: {:?}", self.subjects()));
        let invocation = self.invoked.remove(place);
        self.take(Input::TaskEnded { task: invocation.task, attempt: invocation.attempt, outcome });
    }

    pub(crate) fn subjects(&self) -> Vec<&str> {
        self.invoked.iter().map(|invocation| invocation.subject.as_str()).collect()
    }

    pub(crate) fn pass(&mut self, ms: i64) {
        self.at = Timestamp(self.at.0 + ms);
        self.take(Input::Tick);
    }

    /// How a run ended, in a line; `open` while it has not.
    pub(crate) fn outcome(&self, run: RunId) -> String {
        let ended = self.facts.iter().find_map(|fact| match fact {
            Fact::RunEnded { run: ended, outcome } if *ended == run => Some(outcome),
            _ => None,
        });
        match ended {
            None => "open".to_owned(),
            Some(Outcome::Succeeded { data, .. }) => {
                format!("succeeded {}", data.inline_value().unwrap_or_default())
            }
            Some(Outcome::Failed(failure)) => format!("failed {failure}"),
        }
    }

    /// Replaces the state in memory by one restored from two checkpoints of a replay: one half-way, one now.
    pub(crate) fn restart(&mut self) {
        let mut replayed = Partition::new(PartitionId(0), Arc::new(Registry::native()), Limits::default());
        let mut output = Output::default();
        let half = self.entries.len() / 2;
        let mut saved = std::collections::BTreeMap::new();
        for (number, entry) in (0u64..).zip(&self.entries) {
            replayed.step(Offset(number), entry.clone(), &NoPayloads, &mut output);
            if number as usize == half {
                apply_changes(&mut saved, replayed.take_changes());
            }
        }
        apply_changes(&mut saved, replayed.take_changes());
        let registry = Arc::new(Registry::native());
        self.partition =
            Partition::restore(PartitionId(0), registry, Limits::default(), saved).expect("it restores");
    }
}

fn apply_changes(
    saved: &mut std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
    changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
) {
    for (key, value) in changes {
        match value {
            Some(value) => saved.insert(key, value),
            None => saved.remove(&key),
        };
    }
}

pub(crate) fn value(text: &str) -> Value {
    Value::parse(text).expect("the test's JSON is JSON")
}
