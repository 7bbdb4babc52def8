//! Information-flow labels: who a piece of data is about or may be shown to, as a set of words.
//!
//! Labels form a lattice under union: what is derived from several things carries the labels of all. The
//! engine propagates them on every firing; a policy that reads them is a concern of its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Text;

/// A set of labels. The empty set, by far the most common, costs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Text>", into = "Vec<Text>")]
pub struct Labels(Option<Arc<[Text]>>); // invariant: sorted, without repeats; None rather than empty

impl Labels {
    /// The empty set.
    pub const NONE: Self = Self(None);

    /// Whether no label is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The labels in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|labels| labels.iter()).map(Text::as_str)
    }

    /// Whether every label of `other` is in this set.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let own = self.0.as_deref().unwrap_or_default();
        other.0.as_deref().unwrap_or_default().iter().all(|label| own.binary_search(label).is_ok())
    }

    /// The labels of both; shares one of them where that one covers the other.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.covers(other) {
            self.clone()
        } else if other.covers(self) {
            other.clone()
        } else {
            self.iter().chain(other.iter()).map(Text::new).collect()
        }
    }

    /// Adds the labels of `other` to this set.
    pub fn absorb(&mut self, other: &Self) {
        if !self.covers(other) {
            *self = self.union(other);
        }
    }
}

impl FromIterator<Text> for Labels {
    fn from_iter<I: IntoIterator<Item = Text>>(labels: I) -> Self {
        let mut labels: Vec<Text> = labels.into_iter().collect();
        labels.sort_unstable();
        labels.dedup();
        Self((!labels.is_empty()).then(|| labels.into()))
    }
}

impl From<Vec<Text>> for Labels {
    fn from(labels: Vec<Text>) -> Self {
        labels.into_iter().collect()
    }
}

impl From<Labels> for Vec<Text> {
    fn from(labels: Labels) -> Self {
        labels.0.map(|labels| labels.to_vec()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> impl Strategy<Value = Labels> {
        proptest::collection::vec("[a-e]", 0..5).prop_map(|words| words.iter().map(Text::new).collect())
    }

    proptest! {
        #[test]
        fn union_is_a_least_upper_bound(a in labels(), b in labels(), c in labels()) {
            let both = a.union(&b);
            prop_assert!(both.covers(&a) && both.covers(&b));
            prop_assert_eq!(&both, &b.union(&a));
            prop_assert_eq!(both.union(&c), a.union(&b.union(&c)));
            prop_assert_eq!(a.union(&a), a.clone());
            prop_assert!(!(c.covers(&a) && c.covers(&b)) || c.covers(&both));
            let mut grown = a.clone();
            grown.absorb(&b);
            prop_assert_eq!(grown, both);
        }
    }
}
