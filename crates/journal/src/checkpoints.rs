//! The checkpoint store: a partition's state as of an offset of its log.
//!
//! Derived, and never the truth: losing it costs a longer replay. So a commit is not synced, but it is atomic, across all
//! keyspaces together: after a crash the store holds the state of *some* committed offset, the last one after a mere end
//! of the process, and none older than the last [`Checkpoints::persist`].
//!
//! Two implementations behind one type, since the set is closed: an embedded store in a directory and one in memory
//! ([`Memory`]). Both pass the same conformance function (`tests/journal/checkpoints.rs`).

mod embedded;
mod memory;

use std::ops::Bound;
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use memory::Memory;

use crate::Offset;
use embedded::Embedded;

/// A checkpoint store. Clones are the same store; any thread may read, one commits.
#[derive(Clone, Debug)]
pub struct Checkpoints(Store);

#[derive(Clone, Debug)]
enum Store {
    Embedded(Embedded),
    Memory(Memory),
}

/// One of the separate key spaces of a store, chosen by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keyspace(u8);

impl Keyspace {
    /// The keyspace with this tag, which is stored: never give a tag a new meaning.
    ///
    /// # Panics
    /// For 0, which the store keeps for itself; in a `const` that is a compile error.
    #[must_use]
    pub const fn new(tag: u8) -> Self {
        assert!(tag != 0, "tag 0 belongs to the store");
        Self(tag)
    }

    /// The tag.
    #[must_use]
    pub const fn tag(self) -> u8 {
        self.0
    }
}

/// The longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 60 << 10;

/// One change of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Where the key lives.
    pub keyspace: Keyspace,
    /// The key, at most [`KEY_BYTES_MAX`].
    pub key: &'a [u8],
    /// The value it gets; `None` removes it.
    pub value: Option<&'a [u8]>,
}

/// Keys from the first bound to the second.
pub type KeyRange<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// Every key of a keyspace.
pub const ALL_KEYS: KeyRange<'static> = (Bound::Unbounded, Bound::Unbounded);

/// Which way a scan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key up.
    Ascending,
    /// From the greatest key down.
    Descending,
}

/// A key and its value.
pub type Entry = (Bytes, Bytes);

/// A key and its value with the keyspace they live in.
pub type LoadedEntry = (Keyspace, Bytes, Bytes);

/// Settings of the embedded store. The defaults keep it under about 20 MiB of memory.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Cache of blocks read from disk, in bytes.
    pub cache_bytes: u64,
    /// Changes held in memory before they go to a sorted file, in bytes.
    pub buffer_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cache_bytes: 8 << 20, buffer_bytes: 4 << 20 }
    }
}

/// A store that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Somebody else has it open.
    #[error("the checkpoint store at {} is in use by another process; stop that process", path.display())]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },
    /// Its bytes are damaged or of an unknown version.
    #[error(
        "the checkpoint store at {} is damaged; no event is lost: if the journal reaches back to record 0, stop the \
         process, delete that directory and start again to rebuild it; otherwise restore the directory from a backup \
         that is not older than the journal's first record",
        path.display()
    )]
    Damaged {
        /// The store's directory.
        path: PathBuf,
        /// What the store said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A key is above [`KEY_BYTES_MAX`]; nothing was committed.
    #[error(
        "a key of {size_bytes} bytes is above the limit of {KEY_BYTES_MAX}; use a digest of it as the key"
    )]
    KeyTooLong {
        /// Bytes of the key.
        size_bytes: usize,
    },
    /// The disk refused.
    #[error("cannot use the checkpoint store at {}; check its permissions and the space left", path.display())]
    Io {
        /// The store's directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
}

impl Checkpoints {
    /// Opens the store in `dir`, or creates it there.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(dir: &Path, settings: &Settings) -> Result<Self, CheckpointError> {
        Embedded::open(dir, settings).map(|store| Self(Store::Embedded(store)))
    }

    /// A store in memory, which forgets with the last clone of `memory`.
    #[must_use]
    pub fn in_memory(memory: Memory) -> Self {
        Self(Store::Memory(memory))
    }

    /// Applies `changes`, all or none, and says that the state is that of `offset`: every record below it is in the
    /// state, and replay begins at it. Of several changes of one key the last counts.
    ///
    /// # Errors
    /// [`CheckpointError`]; the changes are not applied.
    ///
    /// # Panics
    /// When `offset` is below the one committed before: state does not go back.
    pub fn commit(&self, offset: Offset, changes: &[Change<'_>]) -> Result<(), CheckpointError> {
        if let Some(change) = changes.iter().find(|change| change.key.len() > KEY_BYTES_MAX) {
            return Err(CheckpointError::KeyTooLong { size_bytes: change.key.len() });
        }
        let before = self.offset()?;
        assert!(
            before.is_none_or(|before| before <= offset),
            "state does not go back from {before:?} to {offset}"
        );
        match &self.0 {
            Store::Embedded(store) => store.commit(offset, changes),
            Store::Memory(store) => {
                store.commit(offset, changes);
                Ok(())
            }
        }
    }

    /// Makes everything committed so far durable; returns its offset. To be called before the log drops records.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn persist(&self) -> Result<Option<Offset>, CheckpointError> {
        let offset = self.offset()?;
        match &self.0 {
            Store::Embedded(store) => store.persist()?,
            Store::Memory(store) => store.persist(),
        }
        Ok(offset)
    }

    /// The offset last committed; `None` if there never was a commit.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn offset(&self) -> Result<Option<Offset>, CheckpointError> {
        match &self.0 {
            Store::Embedded(store) => store.offset(),
            Store::Memory(store) => Ok(store.offset()),
        }
    }

    /// The offset last committed and every entry as of it, in the order of keyspace tag and key, whatever is committed
    /// meanwhile.
    ///
    /// # Errors
    /// [`CheckpointError`], also from the iterator.
    pub fn load(&self) -> Result<(Option<Offset>, Load), CheckpointError> {
        match &self.0 {
            Store::Embedded(store) => store.load(),
            Store::Memory(store) => Ok(store.load()),
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Bytes>, CheckpointError> {
        match &self.0 {
            Store::Embedded(store) => store.get(keyspace, key),
            Store::Memory(store) => Ok(store.get(keyspace, key)),
        }
    }

    /// At most `limit` entries of `range`, from the end that `order` names.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn scan(
        &self,
        keyspace: Keyspace,
        range: KeyRange<'_>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, CheckpointError> {
        let Some(range) = tagged_range(keyspace, range) else { return Ok(Vec::new()) };
        match &self.0 {
            Store::Embedded(store) => store.scan(range, order, limit),
            Store::Memory(store) => Ok(store.scan(range, order, limit)),
        }
    }

    /// At most `limit` entries whose keys begin with `prefix`, from the end that `order` names.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn scan_prefix(
        &self,
        keyspace: Keyspace,
        prefix: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, CheckpointError> {
        let end = after_prefix(prefix);
        let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        self.scan(keyspace, (Bound::Included(prefix), to), order, limit)
    }
}

/// The entries that [`Checkpoints::load`] found.
pub struct Load(Box<dyn Iterator<Item = Result<LoadedEntry, CheckpointError>> + Send>);

impl Load {
    fn new(entries: impl Iterator<Item = Result<LoadedEntry, CheckpointError>> + Send + 'static) -> Self {
        Self(Box::new(entries))
    }
}

impl Iterator for Load {
    type Item = Result<LoadedEntry, CheckpointError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Load")
    }
}

/// A range of stored keys.
type TaggedRange = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The key under which an entry is stored: all keyspaces share one ordered map, so that one commit is one batch.
fn tagged(keyspace: Keyspace, key: &[u8]) -> Vec<u8> {
    let mut tagged = Vec::with_capacity(1 + key.len());
    tagged.push(keyspace.tag());
    tagged.extend_from_slice(key);
    tagged
}

/// The stored keys of `range`; `None` if its begin is not before its end.
fn tagged_range(keyspace: Keyspace, (from, to): KeyRange<'_>) -> Option<TaggedRange> {
    let key = |key| tagged(keyspace, key);
    let is_empty = match (from, to) {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
            from >= to
        }
        (Bound::Unbounded, Bound::Excluded(to)) => to.is_empty(),
        (_, Bound::Unbounded) | (Bound::Unbounded, Bound::Included(_)) => false,
    };
    let from = match from {
        Bound::Unbounded => Bound::Included(key(&[])),
        other => other.map(key),
    };
    let to = match to {
        Bound::Unbounded => {
            keyspace.tag().checked_add(1).map_or(Bound::Unbounded, |next| Bound::Excluded(vec![next]))
        }
        other => other.map(key),
    };
    (!is_empty).then_some((from, to))
}

/// The smallest key above all keys with `prefix`; `None` if there is no such key.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
