//! What an evaluation may depend on.

use std::cell::Cell;

use tidegate_json::Value;
use tidegate_model::Timestamp;

/// Everything that an expression of a state can see, besides its own text. Equal surroundings give equal results.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// What `$` is in JSONPath: the state's input, its result, or an item.
    pub input: &'a Value,
    /// The context object: `$$` in JSONPath, `$states.context` in JSONata.
    pub context: &'a Value,
    /// Variables by name, without their `$`: an object.
    pub variables: &'a Value,
    /// Time of the journal entry.
    pub at: Timestamp,
    /// Where random numbers and UUIDs are drawn from.
    pub draws: Draws,
}

/// Draws that differ from one to the next within an evaluation, and not between replays.
#[derive(Debug)]
pub struct Draws(Cell<u64>);

impl Draws {
    /// Draws that start from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// The next 64 bits (SplitMix64).
    #[must_use]
    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
