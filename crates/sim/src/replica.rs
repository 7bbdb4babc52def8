//! The replica: the state that the journal's entries give by themselves, stepped once each from the first, with no
//! disk, checkpoint or crash in between.
//!
//! It lags behind the driver and catches up when something is compared with it. What the driver's partition is after
//! a recovery, this must be, byte for byte.

use std::collections::BTreeMap;

use tidegate_engine::{Output, Partition, Payloads};
use tidegate_model::{Effect, Entry, Fact, PartitionId, TaskId};
use tidegate_node::driver::Parts;

/// Keys and values of a state, in order.
pub(crate) type Dump = Vec<(Vec<u8>, Vec<u8>)>;

/// A partition that never crashed.
pub(crate) struct Replica {
    partition: Partition,
    /// What a checkpoint store would have that was told of every change.
    saved: BTreeMap<Vec<u8>, Vec<u8>>,
    outstanding: Outstanding,
    output: Output,
}

impl Replica {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            partition: Partition::new(PartitionId(0), parts.registry.clone(), parts.limits.clone()),
            saved: BTreeMap::new(),
            outstanding: Outstanding::default(),
            output: Output::default(),
        }
    }

    /// Number of the entry that it steps next.
    pub(crate) fn next(&self) -> usize {
        self.partition.ledger().next.0 as usize
    }

    /// Steps the next entry; what happened in it.
    pub(crate) fn step(&mut self, entry: Entry, payloads: &dyn Payloads) -> &mut Vec<Fact> {
        self.output.clear();
        let offset = self.partition.ledger().next;
        self.partition.step(offset, entry, payloads, &mut self.output);
        self.outstanding.note(&self.output);
        &mut self.output.facts
    }

    /// The state, put together from every change so far.
    pub(crate) fn saved(&mut self) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        for (key, value) in self.partition.take_changes() {
            match value {
                Some(value) => self.saved.insert(key, value),
                None => self.saved.remove(&key),
            };
        }
        &self.saved
    }

    /// The state as it is, whatever was told of changes.
    pub(crate) fn dump(&self) -> Dump {
        self.partition.dump()
    }

    /// Attempts that were asked for and whose end was not told.
    pub(crate) fn outstanding(&self) -> &BTreeMap<TaskId, u32> {
        &self.outstanding.0
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
