//! A world: one partition with everything around it, and the hand that moves it.
//!
//! Owns the driver and the clock. Invariant: between two moves the driver is open, and everything that it
//! acknowledged is in the history.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tidegate_engine::{Limits, NoPayloads, Registry, Reply};
use tidegate_journal::checkpoints::Memory;
use tidegate_journal::{Checkpoints, SimDisk};
use tidegate_json::Value;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::function::BuiltinKind;
use tidegate_model::{
    Address, Data, Digest, Effect, Entry, Fact, FunctionSpec, Input, Labels, Name, Program, RunId, Span,
    Text, Timestamp, WorkflowName,
};
use tidegate_node::driver::{Driver, Parts};

use crate::account::Account;
use crate::function::Function;
use crate::mutant::{self, Mutant};
use crate::plan::{Body, Child};
use crate::publisher::{COUNTED, Publisher};
use crate::random::Random;
use crate::trace::Trace;
use crate::violation::{Invariant, Violation};
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
    pub(crate) workers: Workers,
    pub(crate) conduct: Conduct,
    /// Whether the disk may fail before the next crash.
    pub(crate) is_fault_planned: bool,
    pub(crate) publisher: Publisher,
    pub(crate) account: Account,
    /// What the journal has, entry by entry, and what was told of each.
    pub(crate) history: Vec<Recorded>,
    /// What is still to be applied or registered, in order.
    setup: VecDeque<Input>,
    /// Plans by their programs.
    pub(crate) plans: BTreeMap<Digest, Arc<Body>>,
    /// Workflows that runs can be started of.
    startable: Vec<WorkflowName>,
    children: Vec<Child>,
    /// Runs that somebody has cancelled.
    pub(crate) cancelled: BTreeSet<RunId>,
    keys: u64,
    versions: u64,
    pub(crate) wilds: Vec<WorkflowName>,
}

/// An entry of the journal as it was acknowledged.
#[derive(Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) entry: Entry,
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
        let memory = Memory::new();
        let limits = Limits {
            dead_letters_max: 12,
            cascade_events_max: 300,
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
        };
        let mut world = Self {
            random,
            trace,
            mutant,
            now: BEGINNING,
            disk,
            memory,
            parts,
            driver: None,
            workers: Workers::default(),
            conduct: Conduct::Faulty,
            is_fault_planned: false,
            publisher: Publisher::default(),
            account: Account::default(),
            history: Vec::new(),
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
    fn new_plan(&mut self, name: &str) {
        self.versions += 1;
        let body = Body::draw(&mut self.random, &self.children, 0);
        let program = weave::weave(name, self.versions, &body);
        let (digest, body) = (program.digest(), Arc::new(body));
        self.plans.insert(digest, Arc::clone(&body));
        self.children.push(Child { workflow: program.name.clone(), program: digest, body });
        self.setup.push_back(Input::Apply { program: Document(program) });
    }

    fn new_wild(&mut self, name: &str, standing: Standing) {
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
        let moves = self.random.between(20, 65);
        for _ in 0..moves {
            self.make_move()?;
            self.check_state()?;
        }
        self.drain()?;
        self.check_end()
    }

    fn make_move(&mut self) -> Result<(), Violation> {
        if !self.setup.is_empty() && self.random.chance(70) {
            let most = self.random.between(1, 3) as usize;
            let batch: Vec<Input> = (0..most).filter_map(|_| self.setup.pop_front()).collect();
            return self.submit(batch);
        }
        match self.random.below(100) {
            0..=21 => self.publish(),
            22..=39 => self.start(),
            40..=62 => self.report_ends(),
            63..=66 => self.report_again(),
            67..=69 => self.report_life(),
            70..=78 => self.pass_time(),
            79..=86 => self.interfere(),
            87..=91 => self.write_checkpoint(),
            92 => self.reapply(),
            93 | 94 => self.plan_a_fault(),
            95 | 96 => self.kill(),
            97 => self.cut_the_power(),
            98 => self.toggle_shared(),
            _ => self.submit(vec![Input::Tick]),
        }
    }

    /// Hands inputs to the engine as one batch, and does what follows from its answer.
    pub(crate) fn submit(&mut self, inputs: Vec<Input>) -> Result<(), Violation> {
        if inputs.is_empty() {
            return Ok(());
        }
        let driver = self.driver.as_mut().expect("the driver is open between moves");
        let before = driver.partition().ledger().at;
        match driver.process(self.now, inputs.clone(), &NoPayloads) {
            Err(error) => {
                self.trace.line(|| format!("{:?} in doubt: {inputs:?}: {error}", self.now));
                self.recover_from_fault(inputs)
            }
            Ok(processed) => {
                let at = self.now.max(before);
                self.acknowledged(inputs, &processed.replies, at)
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
        for fact in &facts {
            self.trace.line(|| format!("    {fact:?}"));
            self.account.note(fact)?;
        }
        if let Input::Cancel { run, .. } = &entry.input {
            self.cancelled.insert(*run);
        }
        self.history.push(Recorded { entry, facts });
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

    fn publish(&mut self) -> Result<(), Violation> {
        if !self.knows(COUNTER) {
            return Ok(());
        }
        let live = self.live_runs();
        let mut batch = self.publisher.next(&mut self.random, &live);
        if self.mutant == Mutant::UnnoticedDuplicates {
            self.keys += 1;
            for (number, input) in batch.iter_mut().enumerate() {
                if let Input::Publish { event, to: Address::World } = input {
                    event.extensions.push((Text::const_new("original"), Value::from(event.id.as_str())));
                    event.id = Text::from(format!("copy-{}-{number}", self.keys));
                }
            }
        }
        self.submit(batch)
    }

    fn start(&mut self) -> Result<(), Violation> {
        if self.startable.is_empty() {
            return Ok(());
        }
        let workflow = self.random.pick(&self.startable).clone();
        let key = (!self.random.chance(20)).then(|| {
            self.keys += 1;
            Text::from(format!("start-{}", self.keys))
        });
        let labels = match self.random.chance(25) {
            true => Labels::from_iter([Text::const_new("confidential")]),
            false => Labels::NONE,
        };
        let input = Data::json(&Value::from(self.random.below(60)));
        self.submit(vec![Input::StartRun(StartRun { workflow, program: None, input, labels, key })])
    }

    fn report_ends(&mut self) -> Result<(), Violation> {
        let most = self.random.between(1, 6) as usize;
        let ended = self.workers.ended(self.now, most);
        if ended.is_empty() {
            return self.pass_time();
        }
        self.submit(ended.iter().map(crate::workers::Job::input).collect())
    }

    /// An end is told a second time, perhaps long after.
    fn report_again(&mut self) -> Result<(), Violation> {
        let Some(mut job) = self.workers.told_before(&mut self.random) else { return Ok(()) };
        if self.mutant == Mutant::MistakenAttempt
            && let Some(mistaken) = self.workers.under_way(&mut self.random)
        {
            job.task = mistaken.task;
            job.attempt = self.account.current_attempt(job.task).unwrap_or(1);
            job.outcome = tidegate_model::Outcome::succeeded(&Value::from(424_242));
        }
        self.submit(vec![job.input()])
    }

    fn report_life(&mut self) -> Result<(), Violation> {
        let Some(job) = self.workers.under_way(&mut self.random) else { return Ok(()) };
        self.submit(vec![Input::TaskHeartbeat { task: job.task, attempt: job.attempt }])
    }

    fn pass_time(&mut self) -> Result<(), Violation> {
        let ms = match self.random.below(10) {
            0 => -(self.random.below(3000) as i64),
            1 => self.random.below(20_000) as i64,
            _ => self.random.below(1500) as i64,
        };
        self.now = Timestamp(self.now.0 + ms);
        self.submit(vec![Input::Tick])
    }

    fn write_checkpoint(&mut self) -> Result<(), Violation> {
        let driver = self.driver.as_mut().expect("the driver is open between moves");
        let checkpoint = driver.checkpoint();
        if self.random.chance(15) {
            self.trace.line(|| "a checkpoint is lost".to_owned());
            return self.kill();
        }
        self.trace.line(|| format!("checkpoint at {}", checkpoint.offset));
        self.commit(&checkpoint)?;
        if self.random.chance(50) {
            self.persist()?;
        }
        self.check_checkpoint()
    }

    fn reapply(&mut self) -> Result<(), Violation> {
        match self.random.below(3) {
            0 => {
                let name = self.random.pick(&self.children).workflow.to_string();
                self.new_plan(&name);
            }
            1 => {
                let name = self.random.pick(&self.wilds).to_string();
                self.new_wild(&name, Standing::No);
            }
            _ => self.new_wild("watch", Standing::Yes),
        }
        Ok(())
    }

    fn toggle_shared(&mut self) -> Result<(), Violation> {
        let name = shared();
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let is_registered = driver.partition().functions().any(|(known, _)| *known == name);
        self.submit(vec![if is_registered { Input::RemoveFunction { name } } else { register_shared() }])
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

fn shared() -> Name {
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
