//! Payloads: blobs too large to travel in records, stored once and named by their SHA-256 digest.
//!
//! A blob lies in `<dir>/payloads/<2 hex digits>/<62 hex digits>`. It gets that name only when its bytes are durable, so
//! under its name it is whole; what a crash leaves of others is a temporary file, removed when the store is opened. Every
//! read is checked against the digest. Any thread may call; equal blobs written at the same time end as one. A blob that was
//! put is pinned until its owner says who refers to it: see [`Payloads::collect`].

mod error;
mod pins;
mod read;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

pub use error::PayloadError;
pub use pins::Collected;
pub use read::PayloadReader;
pub use write::PayloadWriter;

use crate::disk::{Action, Disk, DiskError, Open};

/// SHA-256 of a blob.
pub type Digest = [u8; 32];

/// A store of blobs. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Payloads {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Numbers temporary files.
    unfinished: AtomicU64,
    /// Subdirectories that are known to exist.
    made: Mutex<BTreeSet<PathBuf>>,
    pins: pins::Pins,
}

impl Payloads {
    /// Opens the store below `dir`, or creates it there, and removes what unfinished writes left.
    ///
    /// One process at a time: the lock of the log beside it sees to that.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<Self, PayloadError> {
        let store = Self { disk, dir: dir.join("payloads"), shared: Arc::default() };
        let unfinished = store.unfinished_dir();
        store.disk.create_dir_all(&unfinished).map_err(DiskError::at(Action::CreateDir, &unfinished))?;
        for name in store.disk.list(&unfinished).map_err(DiskError::at(Action::List, &unfinished))? {
            let path = unfinished.join(name);
            store.disk.remove(&path).map_err(DiskError::at(Action::Remove, &path))?;
        }
        Ok(store)
    }

    /// Stores a blob and pins it; durable on return. One that is there already is not written again; its directory is synced, as
    /// whoever wrote it may not have come to that.
    ///
    /// # Errors
    /// When the disk refuses; nothing is stored then under the blob's name.
    pub fn put(&self, blob: &[u8]) -> Result<Digest, PayloadError> {
        Ok(self.put_all(&[blob])?[0])
    }

    /// Stores several blobs and pins each; all are durable on return. Each directory is synced once. They stay pinned
    /// until [`Payloads::settle`] or [`Payloads::abandon`].
    ///
    /// # Errors
    /// As [`Payloads::put`]; some of the blobs may be stored, none is pinned.
    pub fn put_all(&self, blobs: &[&[u8]]) -> Result<Vec<Digest>, PayloadError> {
        let digests: Vec<Digest> = blobs.iter().map(|blob| write::digest_of(blob)).collect();
        digests.iter().for_each(|digest| self.shared.pins.pin(*digest));
        match self.put_pinned(blobs, &digests) {
            Ok(()) => Ok(digests),
            Err(error) => {
                self.abandon(&digests);
                Err(error)
            }
        }
    }

    fn put_pinned(&self, blobs: &[&[u8]], digests: &[Digest]) -> Result<(), PayloadError> {
        let mut named_in = BTreeSet::new();
        for (blob, digest) in blobs.iter().zip(digests) {
            if self.contains(digest)? {
                named_in.insert(self.dir_of(digest));
            } else {
                let mut writer = self.writer()?;
                writer.append(blob)?;
                named_in.insert(writer.give_name(digest)?);
            }
        }
        for dir in named_in {
            self.disk.sync_dir(&dir).map_err(DiskError::at(Action::Sync, &dir))?;
        }
        Ok(())
    }

    /// Begins a blob whose bytes come piece by piece.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn writer(&self) -> Result<PayloadWriter, PayloadError> {
        PayloadWriter::new(self)
    }

    /// Whether there is a blob with this digest.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn contains(&self, digest: &Digest) -> Result<bool, PayloadError> {
        let path = self.path_of(digest);
        match self.disk.open(&path, Open::Read) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(DiskError::new(Action::Open, &path, error).into()),
        }
    }

    /// A blob, checked against its digest; `None` if there is none.
    ///
    /// # Errors
    /// [`PayloadError::Damaged`] if its bytes have another digest.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, PayloadError> {
        let Some(reader) = self.open_read(digest)? else { return Ok(None) };
        reader.into_bytes().map(Some)
    }

    /// A blob to be read piece by piece; `None` if there is none.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open_read(&self, digest: &Digest) -> Result<Option<PayloadReader>, PayloadError> {
        let path = self.path_of(digest);
        match self.disk.open(&path, Open::Read) {
            Ok(file) => PayloadReader::new(file, path, *digest).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DiskError::new(Action::Open, &path, error).into()),
        }
    }

    /// Removes a blob; returns whether it was there. A crash may bring it back.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(&self, digest: &Digest) -> Result<bool, PayloadError> {
        let path = self.path_of(digest);
        match self.disk.remove(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(DiskError::new(Action::Remove, &path, error).into()),
        }
    }

    /// The digests of all blobs, in order: for finding those that nothing refers to. A directory is read when the
    /// iterator comes to it; blobs stored meanwhile may be in it or not.
    ///
    /// # Errors
    /// When the disk refuses, also from the iterator.
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<Digest, PayloadError>>, PayloadError> {
        let dirs = self.disk.list(&self.dir).map_err(DiskError::at(Action::List, &self.dir))?;
        let store = self.clone();
        Ok(dirs.into_iter().filter(|name| name.len() == 2).flat_map(move |dir| {
            let path = store.dir.join(&dir);
            match store.disk.list(&path) {
                Ok(names) => names.iter().filter_map(|name| digest_of_name(&dir, name)).map(Ok).collect(),
                Err(error) => vec![Err(DiskError::new(Action::List, &path, error).into())],
            }
        }))
    }

    fn unfinished_dir(&self) -> PathBuf {
        self.dir.join("unfinished")
    }

    fn dir_of(&self, digest: &Digest) -> PathBuf {
        self.dir.join(hex(&digest[..1]))
    }

    fn path_of(&self, digest: &Digest) -> PathBuf {
        self.dir_of(digest).join(hex(&digest[1..]))
    }

    fn make_dir(&self, dir: &Path) -> Result<(), PayloadError> {
        let mut made = self.shared.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.contains(dir) {
            self.disk.create_dir_all(dir).map_err(DiskError::at(Action::CreateDir, dir))?;
            made.insert(dir.to_owned());
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes what is written");
        text
    })
}

fn digest_of_name(dir: &str, name: &str) -> Option<Digest> {
    let text = format!("{dir}{name}");
    let is_hex = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    let mut digest = Digest::default();
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = digit(2 * at).filter(|_| is_hex)?;
    }
    Some(digest)
}
