//! A disk in memory that loses whatever a real disk is allowed to lose, decided by a seed.
//!
//! What a [`crash`](SimDisk::crash) leaves behind: bytes that were synced, and of the bytes that were not any subset of
//! 512-byte sectors; names that were synced, and of the later creations, renames and removals any subset. Besides
//! crashes it has syncs and writes that fail, a capacity, a power switch and bit rot, each only when a test asks for it.
//!
//! Invariant: the same seed and the same calls give the same disk. Clones are the same disk.

mod contents;
mod names;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use self::contents::Contents;
use self::names::Names;
use super::{Disk, DiskFile, Lock, LockError, Open};

/// The simulated disk.
#[derive(Clone, Debug)]
pub struct SimDisk(Arc<Mutex<State>>);

/// What a [`SimDisk`] was asked to do since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Calls of `write_at`.
    pub writes: u64,
    /// Bytes passed to `write_at`.
    pub written_bytes: u64,
    /// Calls of `sync_data`.
    pub data_syncs: u64,
    /// Calls of `sync_dir`.
    pub dir_syncs: u64,
}

#[derive(Debug)]
struct State {
    random: Random,
    names: Names,
    files: BTreeMap<FileId, File>,
    next_file: u64,
    locks: BTreeMap<PathBuf, Weak<()>>,
    /// Counts crashes; a handle of an earlier life is dead.
    life: u64,
    capacity_bytes: u64,
    is_full: bool,
    cannot_reserve: bool,
    activity: Activity,
    faults: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FileId(u64);

#[derive(Debug)]
struct File {
    contents: Contents,
    reserved_bytes: u64,
    /// Shared with every open handle: bytes of a removed file stay while somebody has it open.
    open: Arc<()>,
}

/// Countdowns: `Some(n)` lets `n` more calls through.
#[derive(Debug, Default)]
struct Faults {
    sync: Option<u64>,
    write: Option<u64>,
    power: Option<u64>,
    power_is_off: bool,
}

#[derive(Debug)]
struct Handle {
    disk: SimDisk,
    file: FileId,
    life: u64,
    writable: bool,
    _open: Arc<()>,
}

impl SimDisk {
    /// An empty disk without faults and without a limit, whose crashes are decided by `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            random: Random(seed),
            names: Names::default(),
            files: BTreeMap::new(),
            next_file: 0,
            locks: BTreeMap::new(),
            life: 0,
            capacity_bytes: u64::MAX,
            is_full: false,
            cannot_reserve: false,
            activity: Activity::default(),
            faults: Faults::default(),
        })))
    }

    /// The power fails and comes back: what was not synced survives or not, handles and locks are dead, faults are gone.
    pub fn crash(&self) {
        let mut state = self.state();
        let State { random, names, files, .. } = &mut *state;
        names.crash(random);
        for file in files.values_mut() {
            file.contents.crash(random);
            file.reserved_bytes = file.reserved_bytes.max(file.contents.len());
        }
        files.retain(|id, _| names.mentions(*id));
        state.locks.clear();
        state.life += 1;
        state.faults = Faults::default();
    }

    /// The power fails just before the `changes`-th change from here (0: the next one): from then on everything fails,
    /// until [`SimDisk::crash`].
    pub fn cut_power_after(&self, changes: u64) {
        self.state().faults.power = Some(changes);
    }

    /// Lets `successes` data syncs through and fails the next one: its bytes may or may not be on disk, reads go on
    /// showing them, and no later sync writes them again.
    pub fn fail_sync_after(&self, successes: u64) {
        self.state().faults.sync = Some(successes);
    }

    /// Lets `successes` writes through and fails the next one, of which a part may have been written.
    pub fn fail_write_after(&self, successes: u64) {
        self.state().faults.write = Some(successes);
    }

    /// Limits the space that all files together may take, in bytes; what is beyond it already stays. Of a write that does
    /// not fit, a part of what does may have been written.
    pub fn set_capacity(&self, bytes: u64) {
        self.state().capacity_bytes = bytes;
    }

    /// Is from here on a file system that sets no space aside: to reserve does nothing.
    pub fn cannot_reserve(&self) {
        self.state().cannot_reserve = true;
    }

    /// Says from here on that it is full, or no longer: while it is, no byte can be written and nothing can be reserved,
    /// as on file systems that copy on write; files can be cut and removed.
    pub fn set_full(&self, is_full: bool) {
        self.state().is_full = is_full;
    }

    /// Bit rot: flips the bits of `mask` in the byte at `position`, on the disk and in what reads show.
    ///
    /// # Errors
    /// When the file does not exist or is shorter.
    pub fn rot(&self, path: &Path, position: u64, mask: u8) -> io::Result<()> {
        let mut state = self.state();
        let file = state.named(path)?;
        if position >= file.contents.len() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter"));
        }
        file.contents.rot(position, mask);
        Ok(())
    }

    /// The bytes that a read of the whole file would show.
    ///
    /// # Errors
    /// When the file does not exist.
    pub fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        let contents = &state.named(path)?.contents;
        let mut bytes = vec![0; usize::try_from(contents.len()).map_err(io::Error::other)?];
        contents.read(&mut bytes, 0);
        Ok(bytes)
    }

    /// Space that all files together take, in bytes.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.state().files.values().map(File::takes_bytes).sum()
    }

    /// What was asked of this disk so far.
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.state().activity
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no call on the simulated disk panics while it holds the state")
    }
}

impl Disk for SimDisk {
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.names.create_dir_all(dir)
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let id = match how {
            Open::Read | Open::Write => {
                state.powered()?;
                state.names.find(path)?
            }
            Open::Create => {
                state.change()?;
                let id = FileId(state.next_file);
                state.names.create(path, id)?;
                state.next_file += 1;
                let file = File { contents: Contents::default(), reserved_bytes: 0, open: Arc::new(()) };
                state.files.insert(id, file);
                id
            }
        };
        let open = state.file(id).open.clone();
        let handle = Handle {
            disk: self.clone(),
            file: id,
            life: state.life,
            writable: how != Open::Read,
            _open: open,
        };
        Ok(Box::new(handle))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.names.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.names.remove(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.powered()?;
        state.names.list(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.activity.dir_syncs += 1;
        state.names.sync(dir)?;
        let State { names, files, .. } = &mut *state;
        files.retain(|id, file| Arc::strong_count(&file.open) > 1 || names.mentions(*id));
        Ok(())
    }

    fn lock(&self, path: &Path) -> Result<Lock, LockError> {
        let mut state = self.state();
        state.powered()?;
        if state.locks.get(path).is_some_and(|held| held.strong_count() > 0) {
            return Err(LockError::Held { pid: Some(std::process::id()) });
        }
        let held = Arc::new(());
        state.locks.insert(path.to_owned(), Arc::downgrade(&held));
        Ok(Lock::new(held))
    }
}

impl Handle {
    /// The state, if the machine has not restarted since this handle was opened.
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        state.powered()?;
        if state.life == self.life { Ok(state) } else { Err(io::Error::other("the machine has restarted")) }
    }

    fn state_to_change(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state()?;
        if !self.writable {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "opened for reading only"));
        }
        state.change()?;
        Ok(state)
    }
}

impl DiskFile for Handle {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        Ok(self.state()?.file(self.file).contents.read(buffer, position))
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        let mut state = self.state_to_change()?;
        state.activity.writes += 1;
        state.activity.written_bytes += bytes.len() as u64;
        let fails = due(&mut state.faults.write);
        let room = if state.is_full { 0 } else { state.room(self.file) };
        let State { random, files, .. } = &mut *state;
        let contents = &mut files.get_mut(&self.file).expect(OPEN_FILES_EXIST).contents;
        let fits = room.min(position + bytes.len() as u64).saturating_sub(position);
        let is_full = fits < bytes.len() as u64;
        if fails || is_full {
            let part = random.below(fits + 1);
            contents.write(&bytes[..usize::try_from(part).expect("a part of a slice")], position, random);
            return Err(if fails { io::Error::other("simulated write error") } else { no_room() });
        }
        contents.write(bytes, position, random);
        Ok(())
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.state_to_change()?;
        if state.cannot_reserve {
            return Ok(());
        }
        state.make_room(self.file, bytes)?;
        let file = state.file(self.file);
        file.reserved_bytes = file.reserved_bytes.max(bytes);
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.state_to_change()?;
        state.make_room(self.file, bytes)?;
        let file = state.file(self.file);
        if bytes < file.contents.len() {
            file.reserved_bytes = bytes;
        }
        file.contents.set_len(bytes);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.state()?.file(self.file).contents.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state_to_change()?;
        state.activity.data_syncs += 1;
        let fails = due(&mut state.faults.sync);
        let State { random, files, .. } = &mut *state;
        let contents = &mut files.get_mut(&self.file).expect(OPEN_FILES_EXIST).contents;
        if fails {
            contents.fail_sync(random);
            return Err(io::Error::other("simulated sync error"));
        }
        contents.sync();
        Ok(())
    }
}

impl File {
    fn takes_bytes(&self) -> u64 {
        self.reserved_bytes.max(self.contents.len())
    }
}

const OPEN_FILES_EXIST: &str = "a file is dropped only when no handle of this life is open";

impl State {
    fn file(&mut self, id: FileId) -> &mut File {
        self.files.get_mut(&id).expect(OPEN_FILES_EXIST)
    }

    fn named(&mut self, path: &Path) -> io::Result<&mut File> {
        let id = self.names.find(path)?;
        Ok(self.file(id))
    }

    fn powered(&self) -> io::Result<()> {
        if self.faults.power_is_off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    /// Stands before everything that changes the disk, as the power switch counts changes.
    fn change(&mut self) -> io::Result<()> {
        self.faults.power_is_off |= due(&mut self.faults.power);
        self.powered()
    }

    fn make_room(&mut self, id: FileId, bytes: u64) -> io::Result<()> {
        let grows = bytes > self.file(id).contents.len();
        if (self.is_full && grows) || bytes > self.room(id) { Err(no_room()) } else { Ok(()) }
    }

    /// Length up to which the file can grow.
    fn room(&mut self, id: FileId) -> u64 {
        if self.capacity_bytes == u64::MAX {
            return u64::MAX;
        }
        let used: u64 = self.files.values().map(File::takes_bytes).sum();
        self.file(id).takes_bytes() + self.capacity_bytes.saturating_sub(used)
    }
}

fn no_room() -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "the simulated disk is full")
}

/// Counts down to a fault; true once, when it is there.
fn due(countdown: &mut Option<u64>) -> bool {
    match countdown {
        None => false,
        Some(0) => {
            *countdown = None;
            true
        }
        Some(left) => {
            *left -= 1;
            false
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }
}
