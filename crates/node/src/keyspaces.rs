//! What is in the checkpoint store, and under which keys.
//!
//! Tags are stored: none is ever given a new meaning. All numbers in keys are big-endian, so that they sort as numbers.
//! One commit changes all of them together, so whatever is said here of one keyspace and another holds after any crash.

use tidegate_journal::Keyspace;
use tidegate_model::{Digest, Offset, RunId, Timestamp, WorkflowName};

/// The state as of a checkpoint, by the engine's keys.
pub const STATE: Keyspace = Keyspace::new(1);
/// Runs that ended, as they were at their end, by id.
pub const ARCHIVE: Keyspace = Keyspace::new(2);
/// Chunks of facts, by the offset of their first step.
pub const FACTS: Keyspace = Keyspace::new(3);
/// For each run the chunks that tell of it: id and offset of the chunk's first step; no value. A run that is no longer
/// kept has none, so these are also the runs for whose sake a chunk is kept.
pub const RUN_FACTS: Keyspace = Keyspace::new(4);
/// The runs of the archive in the order in which they ended: time of the end and id. The value is an
/// [`Ended`](crate::checkpoint::Ended).
pub const ENDED: Keyspace = Keyspace::new(5);
/// About each chunk of facts, under its key: a [`ChunkInfo`](crate::checkpoint::ChunkInfo).
pub const CHUNKS: Keyspace = Keyspace::new(6);
/// Until when runs were kept that are not any more, by id; only of the last ones.
pub const PRUNED: Keyspace = Keyspace::new(7);
/// Stored payloads that something refers to, by digest. The value is a [`Counted`](crate::references::Counted).
pub const PAYLOADS: Keyspace = Keyspace::new(8);
/// Stored payloads that nothing refers to any more, by digest; no value. Their files are still there, or were just removed.
pub const GARBAGE: Keyspace = Keyspace::new(9);
/// Entries of the journal that refer to a payload, by offset: its digest and its length.
pub const ENTRY_PAYLOADS: Keyspace = Keyspace::new(10);
/// Objects of the state that refer to payloads, by the engine's keys: the digests.
pub const STATE_PAYLOADS: Keyspace = Keyspace::new(11);
/// What retention itself remembers, by a word.
pub const RETENTION: Keyspace = Keyspace::new(12);

/// Runs of the archive by what they were started with: workflow, key and id; no value.
pub const KEYS: Keyspace = Keyspace::new(13);
/// The keys in [`KEYS`] by run, so that they go with it.
pub const RUN_KEYS: Keyspace = Keyspace::new(14);

/// A change of the store: where, which key, and its value or that it is gone.
pub(crate) type Write = (Keyspace, Vec<u8>, Option<Vec<u8>>);

/// Key in [`ARCHIVE`] and [`PRUNED`].
pub(crate) fn run_key(run: RunId) -> [u8; 8] {
    run.0.to_be_bytes()
}

/// What keys in [`KEYS`] begin with that are of `workflow` and `key`.
pub(crate) fn run_of_key_prefix(workflow: &WorkflowName, key: &str) -> Vec<u8> {
    [workflow.as_str().as_bytes(), &[0], key.as_bytes(), &[0]].concat()
}

/// Key in [`KEYS`].
pub(crate) fn run_of_key_key(workflow: &WorkflowName, key: &str, run: RunId) -> Vec<u8> {
    [run_of_key_prefix(workflow, key), run.0.to_be_bytes().to_vec()].concat()
}

/// The run at the end of a key.
pub(crate) fn run_id_of(key: &[u8]) -> Option<RunId> {
    key.last_chunk().map(|bytes| RunId(u64::from_be_bytes(*bytes)))
}

/// Key in [`FACTS`] and [`CHUNKS`], and in [`ENTRY_PAYLOADS`].
pub(crate) fn offset_key(offset: Offset) -> [u8; 8] {
    offset.0.to_be_bytes()
}

/// The offset at the end of a key.
pub(crate) fn offset_of(key: &[u8]) -> Option<Offset> {
    key.last_chunk().map(|bytes| Offset(u64::from_be_bytes(*bytes)))
}

/// Key in [`RUN_FACTS`].
pub(crate) fn run_facts_key(run: u64, chunk: Offset) -> Vec<u8> {
    [run.to_be_bytes(), chunk.0.to_be_bytes()].concat()
}

/// Key in [`ENDED`].
pub(crate) fn ended_key(at: Timestamp, run: RunId) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&sortable(at));
    key[8..].copy_from_slice(&run.0.to_be_bytes());
    key
}

/// When the run of a key in [`ENDED`] ended, and which it is.
pub(crate) fn ended_of(key: &[u8]) -> Option<(Timestamp, RunId)> {
    let (at, run) = key.split_first_chunk()?;
    let run = run.try_into().ok()?;
    Some((Timestamp((u64::from_be_bytes(*at) ^ SIGN) as i64), RunId(u64::from_be_bytes(run))))
}

/// A time whose bytes sort as times do, also before 1970.
fn sortable(at: Timestamp) -> [u8; 8] {
    ((at.0 as u64) ^ SIGN).to_be_bytes()
}

const SIGN: u64 = 1 << 63;

/// Digests one after another, as values have them.
pub(crate) fn digests_to_bytes(digests: &[Digest]) -> Vec<u8> {
    digests.iter().flat_map(|digest| digest.0).collect()
}

/// The digests in a value.
pub(crate) fn digests_of_bytes(bytes: &[u8]) -> Vec<Digest> {
    bytes.chunks_exact(32).filter_map(|bytes| bytes.try_into().ok().map(Digest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_sort_by_time_and_read_back() {
        let times = [i64::MIN, -1, 0, 1, 1_800_000_000_000, i64::MAX].map(Timestamp);
        let keys = times.map(|at| ended_key(at, RunId(7)));
        assert!(keys.is_sorted());
        for (at, key) in times.iter().zip(keys) {
            assert_eq!(ended_of(&key), Some((*at, RunId(7))));
        }
        assert!(ended_key(Timestamp(5), RunId(1)) < ended_key(Timestamp(5), RunId(2)));
    }
}
