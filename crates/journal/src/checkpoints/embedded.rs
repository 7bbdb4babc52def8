//! The checkpoint store in a directory, over fjall: a log-structured merge tree.
//!
//! All keyspaces share one tree. Fjall writes a batch atomically to its write-ahead file, but flushes each tree on its
//! own: with one tree whatever was flushed is the state after a whole batch, also when the unsynced end of the
//! write-ahead file is lost. The offset is an entry of each batch, so it always fits the state it comes with.
//!
//! Why fjall and what it costs: `docs/decisions/0002-journal-and-checkpoint-store.md`.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Database, Keyspace as Tree, KeyspaceCreateOptions, PersistMode, Readable as _};

use super::{
    Change, CheckpointError, Entry, Keyspace, Load, LoadedEntry, Order, Settings, TaggedRange, tagged,
};
use crate::Offset;

const TREE: &str = "checkpoint";

/// The key of the offset: tag 0 belongs to no keyspace.
const OFFSET_KEY: &[u8] = &[0];

/// First byte of the offset's value.
const VERSION: u8 = 1;

/// The least that fjall accepts; it begins a new write-ahead file above it.
const WRITE_AHEAD_BYTES: u64 = 64 << 20;

/// Files kept open.
const OPEN_FILES: usize = 64;

#[derive(Clone)]
pub(super) struct Embedded {
    path: PathBuf,
    database: Database,
    tree: Tree,
}

impl Embedded {
    pub(super) fn open(dir: &Path, settings: &Settings) -> Result<Self, CheckpointError> {
        let path = dir.to_owned();
        let database = open_database(dir, settings)?;
        let options = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(settings.buffer_bytes)
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
        };
        let tree = database.keyspace(TREE, options).map_err(|cause| error_at(&path, cause))?;
        let store = Self { path, database, tree };
        store.offset()?;
        Ok(store)
    }

    pub(super) fn commit(&self, offset: Offset, changes: &[Change<'_>]) -> Result<(), CheckpointError> {
        let mut batch = self.database.batch();
        for Change { keyspace, key, value } in changes {
            let key = tagged(*keyspace, key);
            match value {
                Some(value) => batch.insert(&self.tree, key, *value),
                None => batch.remove(&self.tree, key),
            }
        }
        batch.insert(&self.tree, OFFSET_KEY, encode_offset(offset));
        batch.commit().map_err(|cause| self.error(cause))
    }

    pub(super) fn persist(&self) -> Result<(), CheckpointError> {
        self.database.persist(PersistMode::SyncAll).map_err(|cause| self.error(cause))
    }

    pub(super) fn offset(&self) -> Result<Option<Offset>, CheckpointError> {
        let value = self.tree.get(OFFSET_KEY).map_err(|cause| self.error(cause))?;
        value.map(|value| self.decode_offset(&value)).transpose()
    }

    pub(super) fn load(&self) -> Result<(Option<Offset>, Load), CheckpointError> {
        let snapshot = self.database.snapshot();
        let offset = snapshot.get(&self.tree, OFFSET_KEY).map_err(|cause| self.error(cause))?;
        let offset = offset.map(|value| self.decode_offset(&value)).transpose()?;
        let store = self.clone();
        let entries = snapshot.range(&self.tree, vec![1_u8]..).map(move |guard| -> Result<LoadedEntry, _> {
            // The snapshot lives as long as the iterator that was made from it.
            let (key, value) = guard.into_inner().map_err(|cause| store.error(cause))?;
            let key = Bytes::from(key);
            Ok((Keyspace(key[0]), key.slice(1..), value.into()))
        });
        Ok((offset, Load::new(entries)))
    }

    pub(super) fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Bytes>, CheckpointError> {
        let value = self.tree.get(tagged(keyspace, key)).map_err(|cause| self.error(cause))?;
        Ok(value.map(Bytes::from))
    }

    pub(super) fn scan(
        &self,
        range: TaggedRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, CheckpointError> {
        let entries = self.tree.range(range);
        let entry = |guard: fjall::Guard| {
            let (key, value) = guard.into_inner().map_err(|cause| self.error(cause))?;
            Ok((Bytes::from(key).slice(1..), Bytes::from(value)))
        };
        match order {
            Order::Ascending => entries.take(limit).map(entry).collect(),
            Order::Descending => entries.rev().take(limit).map(entry).collect(),
        }
    }

    fn decode_offset(&self, value: &[u8]) -> Result<Offset, CheckpointError> {
        match value.split_first() {
            Some((&VERSION, offset)) if offset.len() == 8 => {
                Ok(Offset(u64::from_le_bytes(offset.try_into().expect("eight bytes"))))
            }
            _ => Err(CheckpointError::Damaged {
                path: self.path.clone(),
                cause: "its offset is of an unknown version".into(),
            }),
        }
    }

    fn error(&self, cause: fjall::Error) -> CheckpointError {
        error_at(&self.path, cause)
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("path", &self.path).finish_non_exhaustive()
    }
}

fn open_database(dir: &Path, settings: &Settings) -> Result<Database, CheckpointError> {
    let builder = Database::builder(dir)
        .cache_size(settings.cache_bytes)
        .max_cached_files(Some(OPEN_FILES))
        .max_journaling_size(WRITE_AHEAD_BYTES)
        .worker_threads(1);
    // Reading a damaged write-ahead file, fjall fails an assertion where it could return an error.
    match std::panic::catch_unwind(AssertUnwindSafe(|| builder.open())) {
        Ok(opened) => opened.map_err(|cause| error_at(dir, cause)),
        Err(_) => Err(CheckpointError::Damaged {
            path: dir.to_owned(),
            cause: "its write-ahead file contradicts itself".into(),
        }),
    }
}

fn encode_offset(offset: Offset) -> [u8; 9] {
    let mut value = [VERSION; 9];
    value[1..].copy_from_slice(&offset.0.to_le_bytes());
    value
}

fn error_at(path: &Path, cause: fjall::Error) -> CheckpointError {
    let path = path.to_owned();
    match cause {
        fjall::Error::Locked => CheckpointError::Locked { path },
        fjall::Error::Io(cause) => CheckpointError::Io { path, cause },
        cause => CheckpointError::Damaged { path, cause: Box::new(cause) },
    }
}
