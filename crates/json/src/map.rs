//! The members of an object, in insertion order.
//!
//! Owns keys and their place. Small objects, which are nearly all of them, are searched in line; above
//! [`SCAN_MAX`] members an ordered index finds the key. The index is a tree and not a hash table so that no choice
//! of keys makes it slow. Invariant: keys are unique; when there is an index it names every entry's position.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Str, Value};

/// Members up to which a lookup compares keys one by one.
pub const SCAN_MAX: usize = 16;

/// An insertion-ordered map from text to `V`. Two maps are equal when they hold the same members, in any order.
#[derive(Clone)]
pub struct Map<V = Value> {
    entries: Vec<(Str, V)>,
    index: Option<BTreeMap<Str, usize>>,
}

impl<V> Map<V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new(), index: None }
    }

    /// An empty map with room for `members`.
    #[must_use]
    pub fn with_capacity(members: usize) -> Self {
        Self { entries: Vec::with_capacity(members), index: None }
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    /// The value at `key`, to change in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.position(key).map(|at| &mut self.entries[at].1)
    }

    /// Whether `key` is a member.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Adds a member at the end, or replaces the value of an existing one where it stands and returns the old one.
    pub fn insert(&mut self, key: impl Into<Str>, value: V) -> Option<V> {
        let key = key.into();
        if let Some(at) = self.position(&key) {
            return Some(std::mem::replace(&mut self.entries[at].1, value));
        }
        let at = self.entries.len();
        match &mut self.index {
            Some(index) => {
                index.insert(key.clone(), at);
            }
            None if at == SCAN_MAX => {
                let known = self.entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at));
                self.index = Some(known.chain([(key.clone(), at)]).collect());
            }
            None => {}
        }
        self.entries.push((key, value));
        None
    }

    /// Takes a member out; those behind it keep their order. O(members).
    pub fn remove(&mut self, key: &str) -> Option<V> {
        let at = self.position(key)?;
        if let Some(index) = &mut self.index {
            index.remove(key);
            for position in index.values_mut().filter(|position| **position > at) {
                *position -= 1;
            }
        }
        Some(self.entries.remove(at).1)
    }

    /// Keeps the members for which `keep` holds, in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut V) -> bool) {
        let entries = std::mem::take(&mut self.entries);
        self.index = None;
        for (key, mut value) in entries {
            if keep(&key, &mut value) {
                self.insert(key, value);
            }
        }
    }

    /// Members in insertion order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, V> {
        Iter(self.entries.iter())
    }

    /// Keys in insertion order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Str> + DoubleEndedIterator {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Values in insertion order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator {
        self.entries.iter().map(|(_, value)| value)
    }

    /// Values in insertion order, to change in place.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.entries.iter().position(|(known, _)| known.as_str() == key),
        }
    }
}

/// Members of a [`Map`] in insertion order.
#[derive(Debug)]
pub struct Iter<'a, V>(std::slice::Iter<'a, (Str, V)>);

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (&'a Str, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<V> DoubleEndedIterator for Iter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

impl<'a, V> IntoIterator for &'a Map<V> {
    type Item = (&'a Str, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.iter()
    }
}

impl<V> IntoIterator for Map<V> {
    type Item = (Str, V);
    type IntoIter = std::vec::IntoIter<(Str, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Into<Str>, V> FromIterator<(K, V)> for Map<V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        let mut map = Self::new();
        map.extend(members);
        map
    }
}

impl<K: Into<Str>, V> Extend<(K, V)> for Map<V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, members: I) {
        for (key, value) in members {
            self.insert(key, value);
        }
    }
}

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: PartialEq> PartialEq for Map<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<V: Eq> Eq for Map<V> {}

impl<V: fmt::Debug> fmt::Debug for Map<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(members: usize) -> Map<usize> {
        (0..members).map(|n| (format!("k{n}"), n)).collect()
    }

    #[test]
    fn lookup_agrees_with_order_on_both_sides_of_the_scan_limit() {
        for members in [0, 1, SCAN_MAX, SCAN_MAX + 1, 100] {
            let map = numbered(members);
            assert_eq!(map.len(), members);
            assert!(map.values().copied().eq(0..members));
            for n in 0..members {
                assert_eq!(map.get(&format!("k{n}")), Some(&n));
            }
            assert_eq!(map.get("absent"), None);
        }
    }

    #[test]
    fn a_removed_member_leaves_the_others_in_order() {
        let mut map = numbered(40);
        assert_eq!(map.remove("k7"), Some(7));
        assert_eq!(map.remove("k7"), None);
        assert_eq!(map.get("k39"), Some(&39));
        assert_eq!(map.insert("k7", 70), None);
        assert_eq!(map.iter().next_back().map(|(_, n)| *n), Some(70));
        assert!(map.keys().all(|key| map.contains_key(key)));
    }

    #[test]
    fn a_second_insert_replaces_in_place() {
        let mut map = numbered(3);
        assert_eq!(map.insert("k0", 9), Some(0));
        assert!(map.values().copied().eq([9, 1, 2]));
    }

    #[test]
    fn equality_ignores_order() {
        let forward: Map<usize> = [("a", 1), ("b", 2)].into_iter().collect();
        let backward: Map<usize> = [("b", 2), ("a", 1)].into_iter().collect();
        assert_eq!(forward, backward);
    }

    #[test]
    fn retain_rebuilds_the_index() {
        let mut map = numbered(60);
        map.retain(|_, n| *n % 2 == 1);
        assert_eq!(map.len(), 30);
        assert_eq!(map.get("k59"), Some(&59));
        assert_eq!(map.get("k58"), None);
    }
}
