//! The checkpoint store in a directory, over fjall: a log-structured merge tree.
//!
//! All keyspaces share one tree. Fjall writes a batch atomically to its write-ahead file, but flushes each tree on its
//! own: with one tree whatever was flushed is the state after a whole batch, also when the unsynced end of the
//! write-ahead file is lost. The offset is an entry of each batch, so it always fits the state it comes with.
//!
//! After a write that failed, of a full disk too, fjall takes no other one. The store is then closed and opened again before
//! the next: what was persisted is there, and a commit that was not is to be made again.
//!
//! Why fjall and what it costs: `docs/decisions/0002-journal-and-checkpoint-store.md`.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fmt, fs, io};

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

/// What is written into a file beside the store before it is opened again, in bytes: less room than that is none.
const ROOM_BYTES: usize = 256 << 10;

#[derive(Clone)]
pub(super) struct Embedded {
    path: PathBuf,
    settings: Settings,
    state: Arc<RwLock<State>>,
}

/// The store as it is open at present.
struct State {
    /// `None` while it could not be opened again.
    opened: Option<Opened>,
    /// Whether a write has failed since it was opened: from then on fjall refuses every other one.
    has_failed: bool,
}

#[derive(Clone)]
struct Opened {
    database: Database,
    tree: Tree,
}

impl Embedded {
    pub(super) fn open(dir: &Path, settings: &Settings) -> Result<Self, CheckpointError> {
        let state = State { opened: Some(Opened::at(dir, settings)?), has_failed: false };
        let store = Self { path: dir.to_owned(), settings: *settings, state: Arc::new(RwLock::new(state)) };
        store.offset()?;
        Ok(store)
    }

    pub(super) fn commit(&self, offset: Offset, changes: &[Change<'_>]) -> Result<(), CheckpointError> {
        self.write(|Opened { database, tree }| {
            let mut batch = database.batch();
            for Change { keyspace, key, value } in changes {
                let key = tagged(*keyspace, key);
                match value {
                    Some(value) => batch.insert(tree, key, *value),
                    None => batch.remove(tree, key),
                }
            }
            batch.insert(tree, OFFSET_KEY, encode_offset(offset));
            batch.commit()
        })
    }

    pub(super) fn persist(&self) -> Result<(), CheckpointError> {
        self.write(|opened| opened.database.persist(PersistMode::SyncAll))
    }

    pub(super) fn offset(&self) -> Result<Option<Offset>, CheckpointError> {
        let value = self.read(|opened| opened.tree.get(OFFSET_KEY))?;
        value.map(|value| self.decode_offset(&value)).transpose()
    }

    pub(super) fn load(&self) -> Result<(Option<Offset>, Load), CheckpointError> {
        let opened = self.read(|opened| Ok(opened.clone()))?;
        let snapshot = opened.database.snapshot();
        let offset = snapshot.get(&opened.tree, OFFSET_KEY).map_err(|cause| self.error(cause))?;
        let offset = offset.map(|value| self.decode_offset(&value)).transpose()?;
        let path = self.path.clone();
        let entries =
            snapshot.range(&opened.tree, vec![1_u8]..).map(move |guard| -> Result<LoadedEntry, _> {
                // The snapshot lives as long as the iterator that was made from it.
                let (key, value) = guard.into_inner().map_err(|cause| error_at(&path, cause))?;
                let key = Bytes::from(key);
                Ok((Keyspace(key[0]), key.slice(1..), value.into()))
            });
        Ok((offset, Load::new(entries)))
    }

    pub(super) fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Bytes>, CheckpointError> {
        let value = self.read(|opened| opened.tree.get(tagged(keyspace, key)))?;
        Ok(value.map(Bytes::from))
    }

    pub(super) fn scan(
        &self,
        range: TaggedRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, CheckpointError> {
        let entry = |guard: fjall::Guard| {
            let (key, value) = guard.into_inner()?;
            Ok((Bytes::from(key).slice(1..), Bytes::from(value)))
        };
        self.read(|opened| {
            let entries = opened.tree.range(range);
            match order {
                Order::Ascending => entries.take(limit).map(entry).collect(),
                Order::Descending => entries.rev().take(limit).map(entry).collect(),
            }
        })
    }

    fn read<T>(&self, work: impl FnOnce(&Opened) -> fjall::Result<T>) -> Result<T, CheckpointError> {
        let mut state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.opened.is_none() {
            drop(state);
            self.open_again()?;
            state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        }
        let opened = state.opened.as_ref().ok_or_else(|| self.error(fjall::Error::Poisoned))?;
        work(opened).map_err(|cause| self.error(cause))
    }

    fn write(&self, work: impl FnOnce(&Opened) -> fjall::Result<()>) -> Result<(), CheckpointError> {
        if self.state.read().unwrap_or_else(PoisonError::into_inner).has_failed {
            self.open_again()?;
        }
        self.read(work).inspect_err(|_| {
            self.state.write().unwrap_or_else(PoisonError::into_inner).has_failed = true;
        })
    }

    /// Closes and opens the store, which is what a restart of the process would do. It stays readable as long as there is
    /// no room to try.
    fn open_again(&self) -> Result<(), CheckpointError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        try_room(&self.path).map_err(|cause| CheckpointError::Io { path: self.path.clone(), cause })?;
        // Two cannot have it open.
        state.opened = None;
        state.opened = Some(Opened::at(&self.path, &self.settings)?);
        state.has_failed = false;
        Ok(())
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

impl Opened {
    fn at(dir: &Path, settings: &Settings) -> Result<Self, CheckpointError> {
        let database = open_database(dir, settings)?;
        let options = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(settings.buffer_bytes)
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
        };
        let tree = database.keyspace(TREE, options).map_err(|cause| error_at(dir, cause))?;
        Ok(Self { database, tree })
    }
}

/// Whether the disk of the store takes anything at all. Beside the store, as everything in it belongs to fjall.
fn try_room(dir: &Path) -> io::Result<()> {
    let path = dir.with_extension("room");
    let written = fs::write(&path, vec![0; ROOM_BYTES]);
    // It is there only if it could be made, and is overwritten the next time.
    let _ = fs::remove_file(&path);
    written
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
        fjall::Error::Poisoned => {
            CheckpointError::Io { path, cause: io::Error::other("a write has failed before") }
        }
        cause => CheckpointError::Damaged { path, cause: Box::new(cause) },
    }
}
