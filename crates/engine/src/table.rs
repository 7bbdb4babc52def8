//! A hash table without iteration.
//!
//! The order in which a hash table yields its entries is an accident; a decision that depended on it could
//! differ after a restart. This one can be asked for a key and nothing else, and hashes the same everywhere.

use std::hash::Hash;

use foldhash::fast::FixedState;
use hashbrown::{Equivalent, HashMap};

/// Keys to values; knows no order.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V>(HashMap<K, V, FixedState>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(HashMap::with_hasher(FixedState::default()))
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    pub(crate) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn get_mut<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    pub(crate) fn remove<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<V> {
        self.0.remove(key)
    }

    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.0.entry(key).or_insert_with(make)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
