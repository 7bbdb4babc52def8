//! What the world stores on: files of drawn sizes, large data beside the journal, and a disk that has no room at
//! times.
//!
//! Invariant: large data is stored before the entry that refers to it is handed to the driver, as a node does.

use std::path::Path;

use tidegate_journal::payloads::PayloadError;
use tidegate_journal::{Payloads as Store, SimDisk};
use tidegate_json::Value;
use tidegate_model::{Data, Digest, Input, Offset, Outcome};
use tidegate_node::driver::Segments;
use tidegate_node::payloads::Payloads;

use crate::mutant::{self, Mutant};
use crate::random::Random;
use crate::violation::{Invariant, Violation, hold};
use crate::world::World;

/// Where large data is on the simulated disk.
const DATA: &str = "/data";

/// How much room the disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// Enough for everything.
    Enough,
    /// What is taken or set aside, and a little more: writes fail where a file grows, some half-way.
    Little,
    /// None: every write fails, also over what is there already.
    None,
}

/// Sizes that a journal of some dozen entries outgrows, or does not.
pub(crate) fn draw_segments(random: &mut Random) -> Segments {
    Segments {
        bytes: *random.pick(&[2 << 10, 8 << 10, 32 << 10, 256 << 10]),
        zero_ahead_bytes: *random.pick(&[0, 4 << 10, 16 << 10]),
    }
}

/// Data above so many bytes is stored: padded events, also lists, everything, or nothing.
pub(crate) fn draw_inline_max_bytes(random: &mut Random) -> usize {
    match random.below(20) {
        0..=9 => 64,
        10..=14 => 8,
        15 | 16 => 0,
        _ => usize::MAX,
    }
}

/// Opens the store of large data.
pub(crate) fn open_payloads(
    mutant: Mutant,
    disk: &SimDisk,
    inline_max_bytes: usize,
) -> Result<Payloads, PayloadError> {
    let store = Store::open(mutant::payload_disk(mutant, disk), Path::new(DATA))?;
    Ok(Payloads::new(store, inline_max_bytes))
}

impl World {
    /// `inputs` with their large data stored.
    pub(crate) fn store(&self, inputs: &[Input]) -> Result<Vec<Input>, PayloadError> {
        inputs.iter().map(|input| self.payloads().store_input(input.clone())).collect()
    }

    /// The value that `data` stands for, wherever it is kept.
    pub(crate) fn value_of(&self, data: &Data) -> Option<Value> {
        let Data::Stored { digest, form, .. } = data else { return data.inline_value() };
        let content = self.payloads().content(digest).ok()??;
        Some(Data::value_of(*form, &content))
    }

    /// All that an acknowledged entry refers to is there, and is what was stored.
    pub(crate) fn check_stored(&self) -> Result<(), Violation> {
        for digest in &self.stored {
            let content = self.payloads().content(digest);
            hold(matches!(content, Ok(Some(_))), Invariant::StoredIsKept, || {
                format!("content {digest} of an entry: {content:?}")
            })?;
        }
        Ok(())
    }

    /// Lets go of some of the journal that a durable checkpoint reflects.
    pub(crate) fn retain(&mut self, durable: Offset) -> Result<(), Violation> {
        let from = if self.random.chance(50) { durable.0 } else { self.random.below(durable.0 + 1) };
        self.retained = self.retained.max(from);
        let driver = self.driver.as_mut().expect("the driver is open between moves");
        match driver.retain_from(Offset(from)) {
            Ok(segments) => {
                self.trace.line(|| format!("{segments} segments below {from} are gone"));
                self.check_record()
            }
            Err(error) => {
                self.trace.line(|| format!("segments below {from} are perhaps gone: {error}"));
                self.recover_from_fault(Vec::new())
            }
        }
    }

    /// The disk gets full, or has room again.
    pub(crate) fn change_space(&mut self) {
        if self.space != Space::Enough {
            return self.make_room();
        }
        if self.random.chance(60) {
            let rest = self.random.below(4 << 10);
            self.disk.set_capacity(self.disk.used_bytes() + rest);
            self.space = Space::Little;
        } else {
            self.disk.set_full(true);
            self.space = Space::None;
        }
        self.trace.line(|| format!("space: {:?}", self.space));
    }

    pub(crate) fn make_room(&mut self) {
        if self.space != Space::Enough {
            self.trace.line(|| "there is room again".to_owned());
        }
        self.disk.set_capacity(u64::MAX);
        self.disk.set_full(false);
        self.space = Space::Enough;
    }

    /// Inputs were refused and are not in the journal: whoever sent them is told so, and sends them again.
    pub(crate) fn refused(&mut self, inputs: Vec<Input>, why: &str) {
        self.trace.line(|| format!("{:?} refused: {inputs:?}: {why}", self.now));
        for input in &inputs {
            if let Input::TaskEnded { task, attempt, outcome } = input {
                self.workers.tell_again(*task, *attempt, outcome.clone(), self.now);
            }
        }
        self.hand_in_again(inputs);
    }

    /// One record, read by its offset while the journal is being written.
    pub(crate) fn check_record(&mut self) -> Result<(), Violation> {
        let journal = self.driver.as_ref().expect("the driver is open between moves").journal();
        let (first, end) = (journal.first_offset().0, self.history.len() as u64);
        hold(first <= self.retained, Invariant::AcknowledgedIsKept, || {
            format!("the journal begins at {first}, nothing from {} on was let go", self.retained)
        })?;
        if self.is_fault_planned || first == end {
            return Ok(());
        }
        let offset = self.random.between(first, end - 1);
        let read = journal.read(tidegate_journal::Offset(offset));
        let known = &self.history[offset as usize].bytes;
        hold(read.as_ref().is_ok_and(|record| record == known), Invariant::AcknowledgedIsKept, || {
            format!("entry {offset} reads as {read:?}")
        })
    }

    fn payloads(&self) -> &Payloads {
        self.payloads.as_ref().expect("it was opened before the driver")
    }
}

/// What of `input` is kept by digest.
pub(crate) fn stored_in(input: &Input) -> Option<Digest> {
    let data = match input {
        Input::Publish { event, .. } => &event.data,
        Input::TaskEnded { outcome: Outcome::Succeeded { data, .. }, .. } => data,
        Input::TaskEnded { outcome: Outcome::Failed(failure), .. } => &failure.detail,
        Input::StartRun(request) | Input::Rerun { request, .. } => &request.input,
        _ => return None,
    };
    match data {
        Data::Stored { digest, .. } => Some(*digest),
        _ => None,
    }
}
