//! What happened, as facts, in chunks beside the checkpoint.
//!
//! Facts follow from the journal, so nothing here is synced on the way: what a crash takes, replay makes again.
//! A chunk holds the facts of consecutive steps. A replay may cut chunks elsewhere, so whoever reads several
//! takes each step once, by its offset.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tidegate_engine::output::Mark;
use tidegate_model::{Fact, Offset, RunId, Timestamp};

/// Version of the stored form.
const VERSION: u8 = 1;

/// A chunk is closed when it has this many bytes.
pub const CHUNK_BYTES: usize = 128 << 10;

/// Facts of consecutive steps.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The first step in it.
    pub first: Offset,
    /// The last step in it.
    pub last: Offset,
    /// Time of the last step in it.
    pub last_at: Timestamp,
    /// Its stored form.
    pub bytes: Vec<u8>,
    /// The runs it tells of.
    pub runs: BTreeSet<RunId>,
}

/// What happened in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepFacts {
    /// The entry.
    pub offset: Offset,
    /// Its time.
    pub at: Timestamp,
    /// What happened, in order.
    pub facts: Vec<Fact>,
}

/// A chunk that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the history has a malformed chunk")]
pub struct MalformedChunk;

impl Chunk {
    /// A chunk that begins at `first`.
    #[must_use]
    pub fn begin(first: Offset) -> Self {
        Self {
            first,
            last: first,
            last_at: Timestamp::default(),
            bytes: vec![VERSION],
            runs: BTreeSet::new(),
        }
    }

    /// Adds what happened in one step.
    ///
    /// # Panics
    /// Never: writing to memory does not fail.
    pub fn push(&mut self, mark: Mark, facts: &[Fact]) {
        self.last = mark.offset;
        self.last_at = mark.at;
        append(&mut self.bytes, mark.offset, mark.at, facts);
        let mut last = None;
        for run in facts.iter().filter_map(Fact::run) {
            if last != Some(run) {
                self.runs.insert(run);
                last = Some(run);
            }
        }
    }

    /// Whether it has grown to its size.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK_BYTES
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.len() <= 1
    }
}

fn append(bytes: &mut Vec<u8>, offset: Offset, at: Timestamp, facts: &[Fact]) {
    let step = (offset, at, facts);
    *bytes = postcard::to_extend(&step, std::mem::take(bytes)).expect("facts have a binary form");
}

/// The stored form of a chunk with only the steps that `is_kept` wants; `None` where none is left.
///
/// # Errors
/// [`MalformedChunk`] where it is not of its form.
pub fn rewritten(
    bytes: &[u8],
    is_kept: impl Fn(&StepFacts) -> bool,
) -> Result<Option<Vec<u8>>, MalformedChunk> {
    let mut kept = vec![VERSION];
    for step in steps(bytes)?.into_iter().filter(is_kept) {
        append(&mut kept, step.offset, step.at, &step.facts);
    }
    Ok((kept.len() > 1).then_some(kept))
}

/// The steps in the stored form of a chunk.
///
/// # Errors
/// [`MalformedChunk`] where it is not of its form.
pub fn steps(bytes: &[u8]) -> Result<Vec<StepFacts>, MalformedChunk> {
    let Some((&VERSION, mut rest)) = bytes.split_first() else { return Err(MalformedChunk) };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = postcard::take_from_bytes(rest).map_err(|_| MalformedChunk)?;
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}
