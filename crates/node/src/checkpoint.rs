//! A checkpoint: everything that has to be written for the store to reflect the journal up to an offset.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tidegate_engine::checkpoint::Change;
use tidegate_engine::run::RunState;
use tidegate_journal::Checkpoints;
use tidegate_journal::checkpoints::CheckpointError;
use tidegate_model::{Digest, Offset, RunId, Timestamp};

use crate::keyspaces::{
    ARCHIVE, CHUNKS, ENDED, FACTS, KEYS, RETENTION, RUN_FACTS, RUN_KEYS, STATE, Write, ended_key, offset_key,
    run_facts_key, run_key, run_of_key_key,
};
use crate::ledger::Chunk;
use crate::references::{EntryPayload, References, mark_complete, stored};

/// The runs that stand, as of the last checkpoint.
const STANDING: &[u8] = b"standing";

/// A checkpoint to be written.
#[derive(Debug)]
pub struct Checkpoint {
    /// Everything below it is in the state.
    pub offset: Offset,
    pub(crate) changes: Vec<Change>,
    /// Facts that are new.
    pub chunks: Vec<Arc<Chunk>>,
    /// Runs that ended.
    pub ended: Vec<Arc<RunState>>,
    pub(crate) payloads: Vec<EntryPayload>,
    pub(crate) standing: Vec<RunId>,
    pub(crate) references: Arc<Mutex<References>>,
}

/// What is noted about an archived run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Bytes that it takes in the archive.
    pub bytes: u64,
    /// Payloads that it refers to.
    pub payloads: Vec<Digest>,
}

/// What is noted about a chunk of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkInfo {
    /// Time of its last step.
    pub last_at: i64,
    /// Bytes that it takes.
    pub bytes: u64,
    /// Runs for whose sake it is kept: those with a key in [`RUN_FACTS`].
    pub runs: u32,
    /// Runs when it was last written.
    pub runs_written: u32,
    /// Payloads that it refers to.
    pub payloads: Vec<Digest>,
}

impl Checkpoint {
    /// Writes it, all or nothing.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn commit(&self, store: &Checkpoints) -> Result<(), CheckpointError> {
        let mut references = self.references.lock();
        let mut writes: Vec<Write> = Vec::new();
        let mut draft = references.begin(&self.payloads, &mut writes);
        if store.offset()?.is_none() {
            writes.push(mark_complete());
        }
        for run in &self.ended {
            let bytes = run.encode();
            let payloads = references.count_in(&mut draft, &bytes);
            let ended = Ended { bytes: bytes.len() as u64, payloads };
            let at = run.end().map_or(Timestamp::default(), |(at, _)| at);
            writes.push((ENDED, ended_key(at, run.id).to_vec(), Some(stored(&ended))));
            writes.push((ARCHIVE, run_key(run.id).to_vec(), Some(bytes)));
            if let Some(key) = &run.key {
                let key = run_of_key_key(&run.workflow, key, run.id);
                writes.push((RUN_KEYS, run_key(run.id).to_vec(), Some(key.clone())));
                writes.push((KEYS, key, Some(Vec::new())));
            }
        }
        for chunk in &self.chunks {
            for run in &chunk.runs {
                writes.push((RUN_FACTS, run_facts_key(run.0, chunk.first), Some(Vec::new())));
            }
            let runs = u32::try_from(chunk.runs.len()).unwrap_or(u32::MAX);
            let payloads = references.count_in(&mut draft, &chunk.bytes);
            let bytes = chunk.bytes.len() as u64;
            let info = ChunkInfo { last_at: chunk.last_at.0, bytes, runs, runs_written: runs, payloads };
            writes.push((CHUNKS, offset_key(chunk.first).to_vec(), Some(stored(&info))));
        }
        self.changes.iter().for_each(|change| references.change_state(&mut draft, change, &mut writes));
        writes.push((RETENTION, STANDING.to_vec(), Some(stored(&self.standing))));
        let committed = draft.finish(store, &mut writes).and_then(|()| self.write(store, &writes));
        match &committed {
            Ok(()) => references.apply(draft),
            Err(_) => references.give_up(&draft),
        }
        committed
    }

    /// Writes what was drafted, with state and facts as they are.
    fn write(&self, store: &Checkpoints, writes: &[Write]) -> Result<(), CheckpointError> {
        let keys: Vec<[u8; 8]> = self.chunks.iter().map(|chunk| offset_key(chunk.first)).collect();
        let state = self.changes.iter().map(|(key, value)| tidegate_journal::Change {
            keyspace: STATE,
            key,
            value: value.as_deref(),
        });
        let facts = self.chunks.iter().zip(&keys).map(|(chunk, key)| tidegate_journal::Change {
            keyspace: FACTS,
            key,
            value: Some(&chunk.bytes),
        });
        let changes: Vec<tidegate_journal::Change<'_>> =
            state.chain(facts).chain(as_changes(writes)).collect();
        store.commit(tidegate_journal::Offset(self.offset.0), &changes)
    }

    /// Ends the pins of the payloads whose puts by this process are recorded with it, now that it is written.
    pub fn settle(&self, payloads: &tidegate_journal::Payloads) {
        let pinned = self.payloads.iter().filter(|entry| entry.is_pinned);
        payloads.settle(pinned.map(|entry| &entry.digest.0));
    }
}

/// The runs that stand, as of the last checkpoint in `store`.
pub(crate) fn standing_runs(store: &Checkpoints) -> Result<Vec<RunId>, CheckpointError> {
    let runs = store.get(RETENTION, STANDING)?;
    Ok(runs.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default())
}

/// The form in which the store takes them.
pub(crate) fn as_changes(writes: &[Write]) -> impl Iterator<Item = tidegate_journal::Change<'_>> {
    writes.iter().map(|(keyspace, key, value)| tidegate_journal::Change {
        keyspace: *keyspace,
        key,
        value: value.as_deref(),
    })
}
