//! Crashes, and what must hold after them.

use std::collections::BTreeMap;
use std::path::Path;

use tidegate_model::{Effect, Entry, Input, TaskId};
use tidegate_node::driver::{Checkpoint, Driver, Opened};
use tidegate_node::payloads::Payloads;

use crate::mutant::Mutant;
use crate::replica::Dump;
use crate::storage::{Space, open_payloads};
use crate::verdict::difference;
use crate::violation::{Invariant, Violation, hold};
use crate::workers::Conduct;
use crate::world::World;

/// Where the journal is on the simulated disk.
const JOURNAL: &str = "/data/journal";

impl World {
    /// Opens the driver; while faults are planned it may take several attempts.
    pub(crate) fn open(&mut self) -> Result<(), Violation> {
        loop {
            if self.conduct == Conduct::Faulty && self.random.chance(15) {
                self.disk.cut_power_after(self.random.below(10));
                self.is_fault_planned = true;
            }
            match self.open_once() {
                Ok((payloads, driver, opened)) => {
                    self.trace.line(|| format!("opened: {opened:?}"));
                    self.payloads = Some(payloads);
                    self.driver = Some(driver);
                    return self.compare_with_history();
                }
                Err(error) => {
                    self.trace.line(|| format!("cannot open: {error}"));
                    // To open is to write once more what was perhaps never synced: that needs a disk that takes it.
                    let is_excused = self.is_fault_planned || self.space == Space::None;
                    hold(is_excused, Invariant::OpensAgain, || error)?;
                    self.make_room();
                    self.lose_power();
                }
            }
        }
    }

    fn open_once(&self) -> Result<(Payloads, Driver, Opened), String> {
        let payloads = open_payloads(self.mutant, &self.disk, self.inline_max_bytes);
        let payloads = payloads.map_err(|error| format!("{error:?}"))?;
        let opened = Driver::open(self.parts.clone(), Path::new(JOURNAL), &payloads, self.now);
        let (driver, opened) = opened.map_err(|error| format!("{error:?}"))?;
        Ok((payloads, driver, opened))
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

    /// What was opened is what was acknowledged, and what the journal gives from its first entry on.
    fn compare_with_history(&mut self) -> Result<(), Violation> {
        let surplus = self.compare_journal()?;
        let Self { replica, payloads, history, .. } = self;
        let payloads = payloads.as_ref().expect("it was opened before the driver");
        for (number, known) in history.iter().enumerate().skip(replica.next()) {
            let told = replica.step(known.entry.clone(), payloads);
            hold(known.facts == *told, Invariant::FactsFollowFromJournal, || {
                format!("entry {number} told {told:?}, at first {:?}", known.facts)
            })?;
        }
        for entry in surplus {
            let payloads = self.payloads.as_ref().expect("it was opened before the driver");
            let facts = std::mem::take(self.replica.step(entry.clone(), payloads));
            self.trace.line(|| format!("entry {} survived: {entry:?}", self.history.len()));
            self.note(entry, facts)?;
        }
        self.check_stored()?;
        self.compare_states()
    }

    /// The journal has what was acknowledged; gives what else it has, which is all that was in doubt or nothing.
    fn compare_journal(&mut self) -> Result<Vec<Entry>, Violation> {
        let journal = self.driver.as_ref().expect("it was just opened").journal();
        let (first, known) = (journal.first_offset().0, self.history.len() as u64);
        hold(first <= self.retained, Invariant::AcknowledgedIsKept, || {
            format!("the journal begins at {first}, nothing from {} on was let go", self.retained)
        })?;
        let unreadable = |what: String| Violation::new(Invariant::AcknowledgedIsKept, what);
        let mut surplus = Vec::new();
        let mut end = first;
        for record in journal.records(journal.first_offset()) {
            let (_, bytes) = record.map_err(|error| unreadable(error.to_string()))?;
            match self.history.get(end as usize) {
                Some(known) => hold(known.bytes == bytes, Invariant::AcknowledgedIsKept, || {
                    format!("entry {end} is {:?}, acknowledged was {:?}", Entry::decode(&bytes), known.entry)
                })?,
                None => {
                    surplus.push(Entry::decode(&bytes).map_err(|error| unreadable(error.to_string()))?);
                }
            }
            end += 1;
        }
        hold(end >= known, Invariant::AcknowledgedIsKept, || {
            format!("{known} entries were acknowledged and the journal has {end}")
        })?;
        let in_doubt = std::mem::take(&mut self.in_doubt);
        let is_genesis = known == 0 && matches!(&surplus[..], [Entry { input: Input::Genesis { .. }, .. }]);
        let is_explained = surplus.is_empty() || surplus == in_doubt || is_genesis;
        hold(is_explained, Invariant::NothingElseIsKept, || {
            format!("the journal has {surplus:?} besides what was acknowledged; in doubt was {in_doubt:?}")
        })?;
        Ok(surplus)
    }

    fn compare_states(&mut self) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("it was just opened");
        let (replayed, opened) = (self.replica.saved(), driver.partition().dump());
        let is_same = replayed.iter().eq(opened.iter().map(|(key, value)| (key, value)));
        hold(is_same, Invariant::StateFollowsFromJournal, || {
            let replayed: Dump = replayed.clone().into_iter().collect();
            format!("replayed (left) and opened (right) differ: {}", difference(&replayed, &opened))
        })?;
        let again = driver.partition().outstanding();
        let asked: BTreeMap<TaskId, u32> = again.iter().filter_map(invoked).collect();
        hold(asked == *self.replica.outstanding(), Invariant::OutstandingIsReissued, || {
            format!("asked for again: {asked:?}; not told to have ended: {:?}", self.replica.outstanding())
        })?;
        if self.mutant == Mutant::ForgottenEffects {
            return Ok(());
        }
        self.perform(&again)
    }

    /// The replica as it is, and not only as it told of its changes, is what was opened.
    pub(crate) fn check_replica(&self) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let (replayed, opened) = (self.replica.dump(), driver.partition().dump());
        hold(replayed == opened, Invariant::StateFollowsFromJournal, || {
            format!("replayed (left) and opened (right) differ: {}", difference(&replayed, &opened))
        })
    }
}

fn invoked(effect: &Effect) -> Option<(TaskId, u32)> {
    match effect {
        Effect::Invoke(invocation) => Some((invocation.task, invocation.attempt)),
        Effect::Abandon { .. } => None,
    }
}
