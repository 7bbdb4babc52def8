//! Recovery: from the files of a directory to a log that can be appended to, or a refusal.
//!
//! A broken frame at the end of the last segment is either a batch that was never acknowledged, and is cut, or damage,
//! and is refused. What decides is evidence: a valid frame after it whose `synced below` lies above it proves that it had
//! been acknowledged. Without such a frame it is the torn tail of the last write. (Damage to the very last frame leaves
//! no evidence here; a caller whose checkpoint lies above [`Recovered::next_offset`] has it.)
//!
//! The frames that were perhaps never synced are written and synced once more: after a failed sync they can be in the
//! page cache, look valid, and not be on disk.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::{Corrupt, Damage, OpenError};
use super::frame::{self, Header};
use super::segment::{self, CreateError, Link, Segment};
use super::settings::Settings;
use super::window::Window;
use crate::Offset;
use crate::disk::{Action, Disk, DiskError, Lock, LockError};

/// Read at once while recovering.
const PIECE_BYTES: usize = 256 << 10;

/// What opening a log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Offset of the first record that is kept.
    pub first_offset: Offset,
    /// Offset that the next record gets. A caller that knows of records at or above it has lost them.
    pub next_offset: Offset,
    /// Number of segment files.
    pub segments: usize,
    /// Whether the log did not exist and was created.
    pub created: bool,
    /// The torn tail that was cut off, if there was one.
    pub cut: Option<Cut>,
}

/// A torn tail: bytes of batches that were never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment file.
    pub path: PathBuf,
    /// Where the cut was made, in bytes from the begin of the file.
    pub position: u64,
    /// Bytes that were cut, up to the last that was not zero.
    pub bytes: u64,
}

/// Where the last segment ends.
pub(super) struct Tail {
    /// Position after the last frame.
    pub(super) position: u64,
    /// Everything from `position` to here is zeros.
    pub(super) zeroed_to: u64,
    /// Checksum of the last frame.
    pub(super) last_crc: u32,
    /// Offset of the next record.
    pub(super) next: Offset,
}

/// What a log starts from.
pub(super) struct Opened {
    pub(super) segments: Vec<Arc<Segment>>,
    pub(super) tail: Tail,
    pub(super) recovered: Recovered,
    pub(super) lock: Lock,
}

pub(super) fn open(disk: &dyn Disk, settings: &Settings) -> Result<Opened, OpenError> {
    disk.create_dir_all(&settings.dir).map_err(DiskError::at(Action::CreateDir, &settings.dir))?;
    let lock = lock(disk, settings)?;
    let mut segments = open_segments(disk, settings)?;
    let created = segments.is_empty();
    if created {
        segments.push(create_first(disk, settings)?);
    }
    check_links(&segments)?;
    for pair in segments.windows(2) {
        if pair[1].first() > settings.verify_from {
            verify_whole(&pair[0], &pair[1])?;
        }
    }
    let last = segments.last().expect("a log has at least one segment");
    let (tail, cut) = recover_tail(last, settings)?;
    let recovered = Recovered {
        first_offset: segments[0].first(),
        next_offset: tail.next,
        segments: segments.len(),
        created,
        cut,
    };
    Ok(Opened { segments: segments.into_iter().map(Arc::new).collect(), tail, recovered, lock })
}

fn lock(disk: &dyn Disk, settings: &Settings) -> Result<Lock, OpenError> {
    let path = settings.dir.join("LOCK");
    match disk.lock(&path) {
        Ok(lock) => Ok(lock),
        Err(LockError::Held { pid }) => Err(OpenError::Locked { path, pid }),
        Err(LockError::Io(cause)) => Err(DiskError::new(Action::Lock, &path, cause).into()),
    }
}

fn open_segments(disk: &dyn Disk, settings: &Settings) -> Result<Vec<Segment>, OpenError> {
    let mut segments = Vec::new();
    for name in disk.list(&settings.dir).map_err(DiskError::at(Action::List, &settings.dir))? {
        let path = settings.dir.join(&name);
        if name == segment::UNFINISHED {
            disk.remove(&path).map_err(DiskError::at(Action::Remove, &path))?;
        } else if let Some(first) = segment::first_of_name(&name) {
            segments.push(Segment::open(disk, path, first)?);
        }
    }
    Ok(segments)
}

fn create_first(disk: &dyn Disk, settings: &Settings) -> Result<Segment, DiskError> {
    let link = Link { id: settings.id, first: Offset::ZERO, previous: None, previous_crc: 0 };
    Segment::create(disk, settings, link).map_err(|error| match error {
        CreateError::Untouched(error) | CreateError::Unknown(error) => error,
    })
}

fn check_links(segments: &[Segment]) -> Result<(), Corrupt> {
    for pair in segments.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        if after.link.id != before.link.id {
            return Err(after.corrupt(0, after.first(), Damage::ForeignSegment));
        }
        if after.link.previous != Some(before.first()) {
            // The first record that is missing is not known exactly without the file: it is after the segment before.
            return Err(after.corrupt(0, after.first(), Damage::MissingSegment { found: after.first() }));
        }
    }
    Ok(())
}

/// Everything in a segment that has a successor was synced before the successor was made.
fn verify_whole(segment: &Segment, after: &Segment) -> Result<(), OpenError> {
    let walk = walk(segment, Some(after.first()))?;
    if walk.next != after.first() {
        return Err(segment.corrupt(walk.position, walk.next, Damage::Frame).into());
    }
    if walk.last_crc != after.link.previous_crc {
        return Err(after.corrupt(0, after.first(), Damage::Chain).into());
    }
    Ok(())
}

struct Walk {
    position: u64,
    next: Offset,
    last_crc: u32,
    synced_below: Offset,
}

/// Goes over the valid frames of a segment, up to `end` or the first bytes that are no frame.
fn walk(segment: &Segment, end: Option<Offset>) -> Result<Walk, OpenError> {
    let mut window = Window::new(PIECE_BYTES);
    let mut at = Walk {
        position: segment::HEADER_BYTES,
        next: segment.first(),
        last_crc: segment.link.previous_crc,
        synced_below: segment.first(),
    };
    while end.is_none_or(|end| at.next < end) {
        let Ok(found) = segment.frame_at(&mut window, at.position)? else { break };
        let Header { first, previous_crc, crc, synced_below, .. } = found.header;
        if first != at.next {
            return Err(segment.corrupt(at.position, at.next, Damage::Misplaced { found: first }).into());
        }
        if previous_crc != at.last_crc {
            return Err(segment.corrupt(at.position, at.next, Damage::Chain).into());
        }
        segment.note(first, at.position);
        at = Walk {
            position: at.position + found.header.frame_bytes(),
            next: found.header.end(),
            last_crc: crc,
            synced_below: synced_below.max(segment.first()),
        };
    }
    Ok(at)
}

fn recover_tail(segment: &Segment, settings: &Settings) -> Result<(Tail, Option<Cut>), OpenError> {
    let end = walk(segment, None)?;
    let rest = look_behind(segment, end.position, end.next)?;
    if rest.proves_damage {
        return Err(segment.corrupt(end.position, end.next, Damage::Frame).into());
    }
    let file = &segment.file;
    let length = file.len().map_err(DiskError::at(Action::Read, &segment.path))?;
    let mut zeroed_to = length.max(end.position);
    let cut = rest.used_to.map(|used_to| Cut {
        path: segment.path.clone(),
        position: end.position,
        bytes: used_to - end.position,
    });
    if cut.is_some() {
        file.set_len(end.position).map_err(DiskError::at(Action::Truncate, &segment.path))?;
        zeroed_to = end.position;
    }
    write_again(segment, segment.indexed(end.synced_below).1, end.position)?;
    file.sync_data().map_err(DiskError::at(Action::Sync, &segment.path))?;
    match file.reserve(settings.segment_bytes) {
        // A full disk must not keep anybody from reading; the next write will say it.
        Err(cause) if !crate::disk::is_full(&cause) => {
            return Err(DiskError::new(Action::Reserve, &segment.path, cause).into());
        }
        _ => {}
    }
    Ok((Tail { position: end.position, zeroed_to, last_crc: end.last_crc, next: end.next }, cut))
}

/// What lies behind the last valid frame.
struct Rest {
    /// Whether a later frame proves that the one at the end had been acknowledged.
    proves_damage: bool,
    /// Position after the last byte that is not zero.
    used_to: Option<u64>,
}

fn look_behind(segment: &Segment, position: u64, expected: Offset) -> Result<Rest, OpenError> {
    let mut window = Window::new(PIECE_BYTES);
    let mut rest = Rest { proves_damage: false, used_to: None };
    let mut at = position;
    loop {
        let piece = window
            .read(&*segment.file, at, PIECE_BYTES)
            .map_err(DiskError::at(Action::Read, &segment.path))?;
        if let Some(last) = piece.iter().rposition(|byte| *byte != 0) {
            rest.used_to = Some(at + last as u64 + 1);
            if holds_later_synced_frame(segment, at, &piece, expected)? {
                rest.proves_damage = true;
                return Ok(rest);
            }
        }
        if piece.len() < PIECE_BYTES {
            return Ok(rest);
        }
        // Headers that begin in this piece and end in the next are looked at there.
        at += (PIECE_BYTES - frame::HEADER_BYTES) as u64;
    }
}

/// Whether a valid frame begins in `piece`, at `position` of the file, that was written after `expected` was synced.
fn holds_later_synced_frame(
    segment: &Segment,
    position: u64,
    piece: &[u8],
    expected: Offset,
) -> Result<bool, DiskError> {
    let mut window = Window::new(frame::HEADER_BYTES);
    for from in (0..piece.len()).step_by(frame::ALIGNMENT as usize) {
        let Some(header) = Header::read(&piece[from..]) else { continue };
        if header.synced_below <= expected || header.first <= expected {
            continue;
        }
        if segment.frame_at(&mut window, position + from as u64)?.is_ok() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write_again(segment: &Segment, from: u64, to: u64) -> Result<(), DiskError> {
    let mut at = from;
    while at < to {
        let count = usize::try_from(to - at).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        let mut piece = vec![0; count];
        segment.file.read_at(&mut piece, at).map_err(DiskError::at(Action::Read, &segment.path))?;
        segment.file.write_at(&piece, at).map_err(DiskError::at(Action::Write, &segment.path))?;
        at += count as u64;
    }
    Ok(())
}
