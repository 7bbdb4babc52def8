//! Pins: blobs that were put and of which nobody has recorded yet who refers to them.
//!
//! Between the two, a blob looks like one that nobody wants. A put pins its digest before it looks whether the blob is
//! there, and a collection removes a blob only under the lock of the pins: so either the collection sees the pin, or the
//! put sees that the blob is gone and writes it again. Pins are counted, as one blob may be put for several records. They
//! end with the process; what it had put and not recorded then is found by looking through the shelves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Digest, PayloadError, Payloads, digest_of_name};
use crate::disk::{Action, DiskError, Open};

#[derive(Debug, Default)]
pub(super) struct Pins(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    counts: BTreeMap<Digest, u64>,
    /// Let go of without a record: perhaps nobody wants them.
    loose: BTreeSet<Digest>,
}

/// What became of a blob that was to be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collected {
    /// It is gone, and with it so many bytes. A crash may bring it back.
    Removed {
        /// Length of the blob.
        bytes: u64,
    },
    /// It was not there.
    Absent,
    /// It is pinned, and stays.
    Pinned,
}

impl Pins {
    pub(super) fn pin(&self, digest: Digest) {
        *self.state().counts.entry(digest).or_default() += 1;
    }

    /// Takes one pin away; whether that was the last.
    fn unpin(state: &mut State, digest: &Digest) -> bool {
        let Some(count) = state.counts.get_mut(digest) else { return true };
        *count -= 1;
        if *count == 0 {
            state.counts.remove(digest);
        }
        !state.counts.contains_key(digest)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Payloads {
    /// Ends the pin of one put of each of `digests`: whoever put it has recorded who refers to it.
    pub fn settle<'a>(&self, digests: impl IntoIterator<Item = &'a Digest>) {
        let mut state = self.shared.pins.state();
        for digest in digests {
            Pins::unpin(&mut state, digest);
        }
    }

    /// Ends the pin of one put of each of `digests`: nothing will be recorded. [`Payloads::take_loose`] tells of those that
    /// nobody else has pinned.
    pub fn abandon<'a>(&self, digests: impl IntoIterator<Item = &'a Digest>) {
        let mut state = self.shared.pins.state();
        for digest in digests {
            if Pins::unpin(&mut state, digest) {
                state.loose.insert(*digest);
            }
        }
    }

    /// Takes out the digests that were abandoned.
    #[must_use]
    pub fn take_loose(&self) -> Vec<Digest> {
        std::mem::take(&mut self.shared.pins.state().loose).into_iter().collect()
    }

    /// Removes a blob unless it is pinned. The caller knows that no record refers to it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn collect(&self, digest: &Digest) -> Result<Collected, PayloadError> {
        // Held while the file goes: a put must find it pinned and there, or gone.
        let state = self.shared.pins.state();
        if state.counts.contains_key(digest) {
            return Ok(Collected::Pinned);
        }
        let path = self.path_of(digest);
        let file = match self.disk.open(&path, Open::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Collected::Absent),
            Err(error) => return Err(DiskError::new(Action::Open, &path, error).into()),
        };
        let bytes = file.len().map_err(DiskError::at(Action::Read, &path))?;
        self.disk.remove(&path).map_err(DiskError::at(Action::Remove, &path))?;
        drop(state);
        Ok(Collected::Removed { bytes })
    }

    /// The digests of the blobs that begin with the byte `shelf`, in order: a 256th of all, for looking through them a bit
    /// at a time. Blobs stored meanwhile may be among them or not.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn shelf(&self, shelf: u8) -> Result<Vec<Digest>, PayloadError> {
        let name = super::hex(&[shelf]);
        let path = self.dir.join(&name);
        match self.disk.list(&path) {
            Ok(names) => Ok(names.iter().filter_map(|file| digest_of_name(&name, file)).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(DiskError::new(Action::List, &path, error).into()),
        }
    }
}
