//! The checkpoint store in memory: for runs that may be forgotten, for simulation and for tests.
//!
//! Invariant: undoing what `undo` holds gives the state of the last persist.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{Change, Entry, Keyspace, Load, Order, TaggedRange, tagged};
use crate::Offset;

/// The memory of a [`Checkpoints::in_memory`](super::Checkpoints::in_memory). Clones are the same memory, so that a
/// simulation can keep one, crash it, and open the store again.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<Bytes, Bytes>,
    offset: Option<Offset>,
    /// What each key changed since the last persist had then.
    undo: BTreeMap<Bytes, Option<Bytes>>,
    persisted: Option<Offset>,
}

impl Memory {
    /// An empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes back every commit after the last persist.
    pub fn crash(&self) {
        let mut state = self.state();
        for (key, before) in std::mem::take(&mut state.undo) {
            match before {
                Some(value) => state.entries.insert(key, value),
                None => state.entries.remove(&key),
            };
        }
        state.offset = state.persisted;
    }

    pub(super) fn commit(&self, offset: Offset, changes: &[Change<'_>]) {
        let mut state = self.state();
        for change in changes {
            let key = Bytes::from(tagged(change.keyspace, change.key));
            let before = match change.value {
                Some(value) => state.entries.insert(key.clone(), Bytes::copy_from_slice(value)),
                None => state.entries.remove(&key),
            };
            state.undo.entry(key).or_insert(before);
        }
        state.offset = Some(offset);
    }

    pub(super) fn persist(&self) {
        let mut state = self.state();
        state.undo.clear();
        state.persisted = state.offset;
    }

    pub(super) fn offset(&self) -> Option<Offset> {
        self.state().offset
    }

    pub(super) fn load(&self) -> (Option<Offset>, Load) {
        let state = self.state();
        // The bytes are shared, so this copies two pointers an entry.
        let entries: Vec<Entry> =
            state.entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let load = entries.into_iter().map(|(key, value)| Ok((Keyspace(key[0]), key.slice(1..), value)));
        (state.offset, Load::new(load))
    }

    pub(super) fn get(&self, keyspace: Keyspace, key: &[u8]) -> Option<Bytes> {
        self.state().entries.get(tagged(keyspace, key).as_slice()).cloned()
    }

    pub(super) fn scan(&self, (from, to): TaggedRange, order: Order, limit: usize) -> Vec<Entry> {
        let state = self.state();
        let range = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
        let entries = state.entries.range::<[u8], _>(range);
        let entry = |(key, value): (&Bytes, &Bytes)| (key.slice(1..), value.clone());
        match order {
            Order::Ascending => entries.take(limit).map(entry).collect(),
            Order::Descending => entries.rev().take(limit).map(entry).collect(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
