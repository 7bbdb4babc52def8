//! A world: one partition with everything around it, and the hand that moves it.
//!
//! Owns the driver and the clock. Invariant: between two moves the driver is open, and everything that it
//! acknowledged is in the history.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tidegate_engine::{Limits, Registry, Reply};
use tidegate_journal::checkpoints::Memory;
use tidegate_journal::log::AppendError;
use tidegate_journal::{Checkpoints, SimDisk};
use tidegate_model::entry::Document;
use tidegate_model::function::BuiltinKind;
use tidegate_model::{
    Digest, Effect, Entry, Fact, FunctionSpec, Input, Name, Offset, Program, RunId, Span, Timestamp,
    WorkflowName,
};
use tidegate_node::driver::{Driver, Parts};
use tidegate_node::payloads::Payloads;

use crate::account::Account;
use crate::function::Function;
use crate::letters::Letters;
use crate::mutant::{self, Mutant};
use crate::plan::{Body, Child};
use crate::publisher::{COUNTED, Publisher};
use crate::random::Random;
use crate::replica::Replica;
use crate::storage::{Space, draw_inline_max_bytes, draw_segments, stored_in};
use crate::trace::Trace;
use crate::violation::{Invariant, Violation, hold};
use crate::wild::{self, Standing};
use crate::workers::{Conduct, Workers};
use crate::{federated, weave};

/// Name of the workflow that counts events, whose count is predicted.
pub(crate) const COUNTER: &str = "counter";

/// The counter fires at every event of this number.
pub(crate) const COUNTER_EVERY: u64 = 3;

/// When a world begins.
const BEGINNING: Timestamp = Timestamp(1_700_000_000_000);

/// A world.
pub struct World {
    pub(crate) random: Random,
    pub(crate) trace: Trace,
    pub(crate) mutant: Mutant,
    pub(crate) now: Timestamp,
    pub(crate) disk: SimDisk,
    pub(crate) memory: Memory,
    pub(crate) parts: Parts,
    pub(crate) driver: Option<Driver>,
    pub(crate) payloads: Option<Payloads>,
    /// Data above so many bytes is stored by digest.
    pub(crate) inline_max_bytes: usize,
    pub(crate) replica: Replica,
    pub(crate) workers: Workers,
    pub(crate) conduct: Conduct,
    /// Whether the disk may fail before the next crash.
    pub(crate) is_fault_planned: bool,
    pub(crate) space: Space,
    /// The journal was told that nothing below this offset is needed.
    pub(crate) retained: u64,
    pub(crate) publisher: Publisher,
    pub(crate) account: Account,
    pub(crate) letters: Letters,
    /// What the journal has, entry by entry, and what was told of each.
    pub(crate) history: Vec<Recorded>,
    /// The batch of which only the next opening tells whether it is in the journal.
    pub(crate) in_doubt: Vec<Entry>,
    /// What entries of the journal refer to by digest.
    pub(crate) stored: BTreeSet<Digest>,
    /// What is still to be applied or registered, in order.
    pub(crate) setup: VecDeque<Input>,
    /// Plans by their programs.
    pub(crate) plans: BTreeMap<Digest, Arc<Body>>,
    /// Workflows that runs can be started of.
    pub(crate) startable: Vec<WorkflowName>,
    pub(crate) children: Vec<Child>,
    /// Runs that somebody has cancelled.
    pub(crate) cancelled: BTreeSet<RunId>,
    pub(crate) keys: u64,
    pub(crate) versions: u64,
    pub(crate) wilds: Vec<WorkflowName>,
}

/// An entry of the journal as it was acknowledged.
#[derive(Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) entry: Entry,
    pub(crate) bytes: Vec<u8>,
    pub(crate) facts: Vec<Fact>,
}

/// How a world ended.
#[derive(Debug)]
pub struct Outcome {
    /// Entries of its journal.
    pub entries: u64,
    /// Runs that it had.
    pub runs: u64,
    /// What did not hold.
    pub violation: Option<Violation>,
    /// What happened.
    pub trace: Trace,
}

/// Runs the world of `seed` to its end.
#[must_use]
pub fn run(seed: u64, mutant: Mutant, trace: Trace) -> Outcome {
    let mut world = World::new(seed, mutant, trace);
    let violation = world.live().err();
    Outcome {
        entries: world.history.len() as u64,
        runs: world.account.runs.len() as u64,
        violation,
        trace: world.trace,
    }
}

impl World {
    /// The world of `seed`, not yet begun.
    #[must_use]
    pub fn new(seed: u64, mutant: Mutant, trace: Trace) -> Self {
        let mut random = Random::new(seed);
        let disk = SimDisk::new(random.draw());
        if random.chance(30) {
            disk.cannot_reserve();
        }
        let memory = Memory::new();
        let limits = Limits {
            dead_letters_max: 12,
            cascade_events_max: 100,
            scope_depth_max: 6,
            key_retention: Span::seconds(20),
            ..Limits::default()
        };
        let parts = Parts {
            registry: Arc::new(Registry::native()),
            limits,
            disk: mutant::disk(mutant, &disk),
            checkpoints: Checkpoints::in_memory(memory.clone()),
            identity: random.draw() | 1,
            segments: draw_segments(&mut random),
        };
        let inline_max_bytes = draw_inline_max_bytes(&mut random);
        let mut world = Self {
            random,
            trace,
            mutant,
            now: BEGINNING,
            disk,
            memory,
            replica: Replica::new(&parts),
            parts,
            driver: None,
            payloads: None,
            inline_max_bytes,
            workers: Workers::default(),
            conduct: Conduct::Faulty,
            is_fault_planned: false,
            space: Space::Enough,
            retained: 0,
            publisher: Publisher::default(),
            account: Account::default(),
            letters: Letters::default(),
            history: Vec::new(),
            in_doubt: Vec::new(),
            stored: BTreeSet::new(),
            setup: VecDeque::new(),
            plans: BTreeMap::new(),
            startable: Vec::new(),
            children: Vec::new(),
            cancelled: BTreeSet::new(),
            keys: 0,
            versions: 0,
            wilds: Vec::new(),
        };
        world.furnish();
        world
    }

    /// Draws the workflows of the world.
    fn furnish(&mut self) {
        self.setup.push_back(Input::Apply { program: Document(counter()) });
        self.setup.push_back(register_shared());
        for number in 0..self.random.between(1, 3) {
            self.new_plan(&format!("plan-{number}"));
        }
        for number in 0..self.random.between(1, 2) {
            self.new_wild(&format!("wild-{number}"), Standing::No);
        }
        self.new_wild("watch", Standing::Yes);
        if self.random.chance(30) {
            self.setup.push_back(Input::Apply { program: Document(federated::program()) });
        }
    }

    /// A new version of a plan's workflow.
    pub(crate) fn new_plan(&mut self, name: &str) {
        self.versions += 1;
        let body = Body::draw(&mut self.random, &self.children, 0);
        let program = weave::weave(name, self.versions, &body);
        let (digest, body) = (program.digest(), Arc::new(body));
        self.plans.insert(digest, Arc::clone(&body));
        self.children.push(Child { workflow: program.name.clone(), program: digest, body });
        self.setup.push_back(Input::Apply { program: Document(program) });
    }

    pub(crate) fn new_wild(&mut self, name: &str, standing: Standing) {
        // Only those drawn before it: runs that start one another would never end.
        let earlier = self.wilds.iter().filter(|other| other.as_str() < name);
        let plans = self.children.iter().map(|child| child.workflow.clone());
        let children: Vec<WorkflowName> = earlier.cloned().chain(plans).collect();
        let program = wild::draw(&mut self.random, name, standing, &children);
        if standing == Standing::No && !self.wilds.contains(&program.name) {
            self.wilds.push(program.name.clone());
        }
        self.setup.push_back(Input::Apply { program: Document(program) });
    }

    /// Lives from the first opening to the last check.
    ///
    /// # Errors
    /// The first violation.
    pub fn live(&mut self) -> Result<(), Violation> {
        self.open()?;
        let moves = self.draw_moves();
        for _ in 0..moves {
            self.make_move()?;
            self.check_state()?;
        }
        self.drain()?;
        self.check_end()
    }

    /// Hands inputs to the engine as one batch, and does what follows from its answer.
    pub(crate) fn submit(&mut self, inputs: Vec<Input>) -> Result<(), Violation> {
        if inputs.is_empty() {
            return Ok(());
        }
        let stored = match self.store(&inputs) {
            Ok(stored) => stored,
            Err(error) => {
                self.refused(inputs, &error.to_string());
                return Ok(());
            }
        };
        let driver = self.driver.as_mut().expect("the driver is open between moves");
        let payloads = self.payloads.as_ref().expect("it was opened before the driver");
        let at = self.now.max(driver.partition().ledger().at);
        match driver.process(self.now, stored.clone(), payloads) {
            Ok(processed) => self.acknowledged(stored, &processed.replies, at),
            Err(error @ AppendError::Full(_)) => {
                let given_back = driver.take_refused();
                hold(given_back == stored, Invariant::NothingElseIsKept, || {
                    format!("{stored:?} was refused, {given_back:?} came back")
                })?;
                self.refused(inputs, &error.to_string());
                // What was written of it and taken back is best looked for at once.
                match self.random.below(8) {
                    0 => self.kill(),
                    1 => self.cut_the_power(),
                    _ => Ok(()),
                }
            }
            Err(error) => {
                self.trace.line(|| format!("{:?} in doubt: {stored:?}: {error}", self.now));
                self.in_doubt = stored.into_iter().map(|input| Entry { at, input }).collect();
                self.recover_from_fault(inputs)
            }
        }
    }

    fn acknowledged(
        &mut self,
        inputs: Vec<Input>,
        replies: &[Reply],
        at: Timestamp,
    ) -> Result<(), Violation> {
        for (input, reply) in inputs.iter().zip(replies) {
            self.trace.line(|| format!("{at:?} {input:?} -> {reply:?}"));
        }
        let driver = self.driver.as_mut().expect("it has just answered");
        let steps: Vec<Vec<Fact>> = driver.output().steps().map(|(_, facts)| facts.to_vec()).collect();
        let effects: Vec<Effect> = driver.take_effects().collect();
        for (input, facts) in inputs.iter().zip(steps) {
            self.note(Entry { at, input: input.clone() }, facts)?;
        }
        for (input, reply) in inputs.into_iter().zip(replies) {
            self.take_answer(input, reply)?;
        }
        self.perform(&effects)
    }

    /// Takes note of an entry and what was told of it.
    pub(crate) fn note(&mut self, entry: Entry, facts: Vec<Fact>) -> Result<(), Violation> {
        self.account.check_end(&entry.input, &facts)?;
        for fact in &facts {
            self.trace.line(|| format!("    {fact:?}"));
            self.account.note(fact)?;
        }
        self.letters.note(Offset(self.history.len() as u64), &facts)?;
        if let Input::Cancel { run, .. } = &entry.input {
            self.cancelled.insert(*run);
        }
        self.stored.extend(stored_in(&entry.input));
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        self.history.push(Recorded { entry, bytes, facts });
        Ok(())
    }

    fn take_answer(&mut self, input: Input, reply: &Reply) -> Result<(), Violation> {
        match (input, reply) {
            (Input::Apply { program }, Reply::Applied { .. }) => {
                if !program.0.standing && !self.startable.contains(&program.0.name) {
                    self.startable.push(program.0.name.clone());
                }
                Ok(())
            }
            (input @ (Input::Apply { .. } | Input::StartRun(_)), Reply::Refused(refusal)) => {
                let detail = format!("{refusal}: {input:?}");
                Err(Violation::new(Invariant::SoundIsAccepted, detail))
            }
            _ => Ok(()),
        }
    }

    /// Has the workers do what the engine asks for.
    pub(crate) fn perform(&mut self, effects: &[Effect]) -> Result<(), Violation> {
        for effect in effects {
            self.trace.line(|| match effect {
                Effect::Invoke(it) => {
                    format!("    invoke {} attempt {} {} {}", it.task, it.attempt, it.function, it.input)
                }
                Effect::Abandon { task } => format!("    abandon {task}"),
            });
            if let Effect::Invoke(invocation) = effect
                && let Some(run) = self.account.runs.get(&invocation.task.run)
                && !invocation.labels.covers(&run.labels)
            {
                let detail =
                    format!("{} has {:?}, its run has {:?}", invocation.task, invocation.labels, run.labels);
                return Err(Violation::new(Invariant::LabelsNeverDrop, detail));
            }
            self.workers.perform(effect, self.now, self.conduct, &mut self.random);
        }
        Ok(())
    }

    /// Inputs of which nobody knows whether they arrived are handed in again, where they can be recognised.
    pub(crate) fn hand_in_again(&mut self, inputs: Vec<Input>) {
        for input in inputs.iter().rev() {
            let is_recognised = match input {
                Input::Apply { .. } | Input::RegisterFunction { .. } => true,
                Input::StartRun(request) => request.key.is_some(),
                _ => false,
            };
            if is_recognised {
                self.setup.push_front(input.clone());
            }
        }
        self.publisher.send_again(inputs);
    }

    /// Everything that is still to be applied.
    pub(crate) fn rest_of_setup(&mut self) -> Vec<Input> {
        self.setup.drain(..).collect()
    }

    /// Whether the workflow was applied.
    pub(crate) fn knows(&self, workflow: &str) -> bool {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        driver.partition().workflows().any(|(name, _)| name.as_str() == workflow)
    }

    /// Runs that have not ended.
    pub(crate) fn live_runs(&self) -> Vec<RunId> {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        driver.partition().run_summaries(None, usize::MAX).iter().map(|run| run.id).collect()
    }
}

/// Name of the function that is registered for all.
pub(crate) fn shared() -> Name {
    Name::new(Function::Shared.name()).expect("the name of a function is one")
}

/// The function that is registered for all.
pub(crate) fn register_shared() -> Input {
    let spec = FunctionSpec::builtin(BuiltinKind::Noop);
    Input::RegisterFunction { name: shared(), spec: Document(spec) }
}

/// Counts events of one type, and how often it fired.
fn counter() -> Program {
    let text = format!(
        r#"{{"name": "{COUNTER}", "language": "triggers", "standing": true, "scopes": [{{"name": "main",
            "vars": {{"fired": 0}}, "triggers": [
            {{"name": "count", "on": [{{"type": {{"exact": "{COUNTED}"}}, "reach": "world"}}],
              "condition": {{"name": "count", "params": {{"n": {COUNTER_EVERY}}}}},
              "actions": [{{"name": "set", "params": {{"vars": {{"fired": "{{% vars.fired + 1 %}}"}}}}}}]}}]}}]}}"#
    );
    Program::from_text(&text).expect("the counter is a program")
}
