//! The position of a record in a partition's log.

use std::fmt;

/// Position of a record in one partition, from 0 and without gaps. Offsets of different partitions do not compare.
///
/// Used as a bound ("everything below `Offset(n)`") it counts records: `Offset(n)` stands after the first `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(pub u64);

impl Offset {
    /// The position of the first record that a partition ever had.
    pub const ZERO: Self = Self(0);

    /// The position `count` records further on.
    #[must_use]
    pub fn plus(self, count: u64) -> Self {
        Self(self.0 + count)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
