//! Crashes, and what must hold after them.

use std::collections::BTreeMap;
use std::path::Path;

use tidegate_engine::{NoPayloads, Output, Partition};
use tidegate_journal::LogReader;
use tidegate_model::{Effect, Entry, Fact, Input, Offset, PartitionId, TaskId};
use tidegate_node::driver::{Checkpoint, Driver};

use crate::mutant::Mutant;
use crate::verdict::difference;
use crate::violation::{Invariant, Violation, hold};
use crate::workers::Conduct;
use crate::world::World;

/// Where the journal is on the simulated disk.
const DIR: &str = "/journal";

impl World {
    /// Opens the driver; while faults are planned it may take several attempts.
    pub(crate) fn open(&mut self) -> Result<(), Violation> {
        loop {
            if self.conduct == Conduct::Faulty && self.random.chance(15) {
                self.disk.cut_power_after(self.random.below(10));
                self.is_fault_planned = true;
            }
            match Driver::open(self.parts.clone(), Path::new(DIR), &NoPayloads, self.now) {
                Ok((driver, opened)) => {
                    self.trace.line(|| format!("opened: {opened:?}"));
                    self.driver = Some(driver);
                    return self.compare_with_history();
                }
                Err(error) => {
                    self.trace.line(|| format!("cannot open: {error:?}"));
                    hold(self.is_fault_planned, Invariant::OpensAgain, || format!("{error:?}"))?;
                    self.lose_power();
                }
            }
        }
    }

    /// The process ends at once; what it wrote stays with the operating system.
    pub(crate) fn kill(&mut self) -> Result<(), Violation> {
        self.trace.line(|| "killed".to_owned());
        self.driver = None;
        self.workers.crash(&mut self.random);
        self.open()
    }

    /// The power fails.
    pub(crate) fn cut_the_power(&mut self) -> Result<(), Violation> {
        self.trace.line(|| "the power fails".to_owned());
        self.driver = None;
        self.lose_power();
        self.workers.crash(&mut self.random);
        self.open()
    }

    fn lose_power(&mut self) {
        self.disk.crash();
        self.memory.crash();
        self.is_fault_planned = false;
    }

    /// Something will fail at one of the next calls of the disk.
    pub(crate) fn plan_a_fault(&mut self) -> Result<(), Violation> {
        let after = self.random.below(12);
        self.is_fault_planned = true;
        match self.random.below(4) {
            0 => self.disk.fail_sync_after(after / 3),
            1 => self.disk.fail_write_after(after / 3),
            _ => self.disk.cut_power_after(after),
        }
        self.trace.line(|| format!("a fault is planned after {after}"));
        Ok(())
    }

    /// A batch failed: whether it is in the journal, only opening it again tells.
    pub(crate) fn recover_from_fault(&mut self, in_doubt: Vec<Input>) -> Result<(), Violation> {
        self.hand_in_again(in_doubt);
        self.cut_the_power()
    }

    /// Writes a checkpoint to the store.
    pub(crate) fn commit(&self, checkpoint: &Checkpoint) -> Result<(), Violation> {
        let committed = checkpoint.commit(&self.parts.checkpoints);
        committed.map_err(|error| Violation::new(Invariant::CheckpointIsTheState, error.to_string()))
    }

    /// Makes the checkpoints written so far survive a power failure.
    pub(crate) fn persist(&self) -> Result<(), Violation> {
        let persisted = self.parts.checkpoints.persist();
        persisted
            .map(|_| ())
            .map_err(|error| Violation::new(Invariant::CheckpointIsTheState, error.to_string()))
    }

    /// What was opened is what was acknowledged, and what replaying the whole journal gives.
    fn compare_with_history(&mut self) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("it was just opened");
        let entries = read_all(&driver.journal())?;
        hold(entries.len() >= self.history.len(), Invariant::AcknowledgedIsKept, || {
            format!("{} entries were acknowledged and the journal has {}", self.history.len(), entries.len())
        })?;
        let (registry, limits) = (self.parts.registry.clone(), self.parts.limits.clone());
        let mut fresh = Partition::new(PartitionId(0), registry, limits);
        let mut outstanding = Outstanding::default();
        let mut output = Output::default();
        for (number, entry) in (0u64..).zip(entries) {
            output.clear();
            fresh.step(Offset(number), entry.clone(), &NoPayloads, &mut output);
            outstanding.note(&output);
            match self.history.get(number as usize) {
                Some(known) => {
                    hold(known.entry == entry, Invariant::AcknowledgedIsKept, || {
                        format!("entry {number} is {entry:?}, acknowledged was {:?}", known.entry)
                    })?;
                    hold(known.facts == output.facts, Invariant::FactsFollowFromJournal, || {
                        format!("entry {number} told {:?}, at first {:?}", output.facts, known.facts)
                    })?;
                }
                None => {
                    let facts = std::mem::take(&mut output.facts);
                    self.trace.line(|| format!("entry {number} survived: {entry:?}"));
                    self.note(entry, facts)?;
                }
            }
        }
        self.compare_states(&fresh, &outstanding)
    }

    fn compare_states(&mut self, fresh: &Partition, outstanding: &Outstanding) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("it was just opened");
        let (replayed, opened) = (fresh.dump(), driver.partition().dump());
        hold(replayed == opened, Invariant::StateFollowsFromJournal, || {
            format!("replayed (left) and opened (right) differ: {}", difference(&replayed, &opened))
        })?;
        let again = driver.partition().outstanding();
        let asked: BTreeMap<TaskId, u32> = again.iter().filter_map(invoked).collect();
        hold(asked == outstanding.0, Invariant::OutstandingIsReissued, || {
            format!("asked for again: {asked:?}; not told to have ended: {:?}", outstanding.0)
        })?;
        if self.mutant == Mutant::ForgottenEffects {
            return Ok(());
        }
        self.perform(&again)
    }
}

/// Attempts whose end was not told, from effects and facts alone.
#[derive(Debug, Default)]
struct Outstanding(BTreeMap<TaskId, u32>);

impl Outstanding {
    fn note(&mut self, output: &Output) {
        for effect in &output.effects {
            match effect {
                Effect::Invoke(invocation) => self.0.insert(invocation.task, invocation.attempt),
                Effect::Abandon { task } => self.0.remove(task),
            };
        }
        for fact in &output.facts {
            if let Fact::TaskEnded { task, attempt, .. } = fact
                && self.0.get(task) == Some(attempt)
            {
                self.0.remove(task);
            }
        }
    }
}

fn invoked(effect: &Effect) -> Option<(TaskId, u32)> {
    match effect {
        Effect::Invoke(invocation) => Some((invocation.task, invocation.attempt)),
        Effect::Abandon { .. } => None,
    }
}

fn read_all(journal: &LogReader) -> Result<Vec<Entry>, Violation> {
    let unreadable = |what: String| Violation::new(Invariant::AcknowledgedIsKept, what);
    let records = journal.records(tidegate_journal::Offset(0));
    records
        .map(|record| {
            let (_, bytes) = record.map_err(|error| unreadable(error.to_string()))?;
            Entry::decode(&bytes).map_err(|error| unreadable(error.to_string()))
        })
        .collect()
}
