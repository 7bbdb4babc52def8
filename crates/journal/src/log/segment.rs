//! A segment file: a header, then frames, then zeros.
//!
//! ```text
//!  0  magic "TIDESEGM"            8 bytes     24  first offset                   u64
//!  8  format version              u32         32  first offset of the previous   u64 (all ones: there is none)
//! 12  crc32c of bytes 16 to 64    u32         40  checksum of the frame before   u32
//! 16  identity of the log         u64         44  zeros up to 64                all little-endian
//! ```
//! A segment gets its name only when its header is durable, so under its name it is never half-made. The link to the
//! previous segment shows a missing file without reading any frame.
//!
//! Owns the file and a sparse index from offsets to positions, filled by whoever walks over the frames.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::{Buf as _, Bytes};

use super::error::{Corrupt, Damage, OpenError};
use super::frame::{self, Defect, Header, RECORD_HEADER_BYTES, Salt};
use super::settings::Settings;
use super::window::Window;
use crate::Offset;
use crate::disk::{Action, Disk, DiskError, DiskFile, Open};

/// Bytes before the first frame.
pub(super) const HEADER_BYTES: u64 = 64;

const MAGIC: [u8; 8] = *b"TIDESEGM";
const VERSION: u32 = 1;
const NO_PREVIOUS: u64 = u64::MAX;

/// Name of a segment in the making.
pub(super) const UNFINISHED: &str = "next.tmp";

/// The index has one entry for so many bytes of frames: finding a frame reads at most this much before it.
const INDEX_STRIDE_BYTES: u64 = 16 << 10;

/// How a segment is tied into its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Identity of the log.
    pub(super) id: u64,
    /// Offset of the first record.
    pub(super) first: Offset,
    /// First offset of the segment before this one when it was made.
    pub(super) previous: Option<Offset>,
    /// Checksum of the frame before the first one here.
    pub(super) previous_crc: u32,
}

/// An open segment.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) link: Link,
    pub(super) salt: Salt,
    pub(super) file: Box<dyn DiskFile>,
    index: Mutex<Vec<(Offset, u64)>>,
}

/// A valid frame and where it lies.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) header: Header,
    pub(super) position: u64,
    bytes: Bytes,
}

impl Segment {
    /// Makes the segment durable before it gets its name: whatever fails leaves the log as it was, apart from the
    /// directory's sync.
    pub(super) fn create(disk: &dyn Disk, settings: &Settings, link: Link) -> Result<Self, CreateError> {
        let unfinished = settings.dir.join(UNFINISHED);
        let path = settings.dir.join(file_name(link.first));
        let file = Self::prepare(disk, settings, &unfinished, link).map_err(|error| {
            // Opening the log removes it as well; here it only gives back the space.
            drop(disk.remove(&unfinished));
            CreateError::Untouched(error)
        })?;
        let named = disk.rename(&unfinished, &path).map_err(DiskError::at(Action::Rename, &path));
        let synced = named
            .and_then(|()| disk.sync_dir(&settings.dir).map_err(DiskError::at(Action::Sync, &settings.dir)));
        synced.map_err(CreateError::Unknown)?;
        Ok(Self::new(path, link, file))
    }

    fn prepare(
        disk: &dyn Disk,
        settings: &Settings,
        path: &Path,
        link: Link,
    ) -> Result<Box<dyn DiskFile>, DiskError> {
        let file = match disk.open(path, Open::Create) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                disk.remove(path).map_err(DiskError::at(Action::Remove, path))?;
                disk.open(path, Open::Create)
            }
            other => other,
        };
        let file = file.map_err(DiskError::at(Action::Create, path))?;
        file.reserve(settings.segment_bytes).map_err(DiskError::at(Action::Reserve, path))?;
        let ahead = settings.zero_ahead_bytes.min(settings.segment_bytes).max(HEADER_BYTES);
        let mut begin = vec![0; usize::try_from(ahead).expect("zeros ahead fit in memory")];
        begin[..HEADER_BYTES as usize].copy_from_slice(&encode_header(link));
        file.write_at(&begin, 0).map_err(DiskError::at(Action::Write, path))?;
        file.sync_data().map_err(DiskError::at(Action::Sync, path))?;
        Ok(file)
    }

    /// Opens the segment that `name_first` names.
    pub(super) fn open(disk: &dyn Disk, path: PathBuf, name_first: Offset) -> Result<Self, OpenError> {
        let file = disk.open(&path, Open::Write).map_err(DiskError::at(Action::Open, &path))?;
        let mut header = [0; HEADER_BYTES as usize];
        let filled = file.read_at(&mut header, 0).map_err(DiskError::at(Action::Read, &path))?;
        let corrupt = |damage| Corrupt { path: path.clone(), position: 0, offset: name_first, damage };
        if filled < header.len() || header[..8] != MAGIC {
            return Err(corrupt(Damage::Magic).into());
        }
        if u32_of(&header, 8) != VERSION {
            return Err(OpenError::UnknownVersion { path, found: u32_of(&header, 8), known: VERSION });
        }
        if u32_of(&header, 12) != crc32c::crc32c(&header[16..]) {
            return Err(corrupt(Damage::Header).into());
        }
        let link = decode_link(&header);
        if link.first != name_first {
            return Err(corrupt(Damage::FirstOffset { found: link.first }).into());
        }
        Ok(Self::new(path, link, file))
    }

    fn new(path: PathBuf, link: Link, file: Box<dyn DiskFile>) -> Self {
        let salt = Salt::of_segment(link.id, link.first);
        Self { path, link, salt, file, index: Mutex::default() }
    }

    /// Offset of the first record.
    pub(super) fn first(&self) -> Offset {
        self.link.first
    }

    /// The frame at `position`, or why there is none.
    pub(super) fn frame_at(
        &self,
        window: &mut Window,
        position: u64,
    ) -> Result<Result<Found, Defect>, DiskError> {
        let read_error = DiskError::at(Action::Read, &self.path);
        let found = (|| {
            let mut bytes = window.read(&*self.file, position, frame::HEADER_BYTES)?;
            if let Some(header) = Header::read(&bytes) {
                let whole = frame::HEADER_BYTES + header.body_bytes as usize;
                // A broken length must not make the window as big as it says.
                if whole > bytes.len() && position + whole as u64 <= self.file.len()? {
                    bytes = window.read(&*self.file, position, whole)?;
                }
            }
            Ok(frame::decode(&bytes, self.salt).map(|frame| frame.header).map(|header| Found {
                header,
                position,
                bytes: bytes.clone(),
            }))
        })();
        found.map_err(read_error)
    }

    /// The frame that holds `offset`, found by the index and a short walk.
    pub(super) fn frame_of(&self, window: &mut Window, offset: Offset) -> Result<Found, FrameError> {
        let (mut expected, mut position) = self.indexed(offset);
        loop {
            let found = self.frame_at(window, position)?;
            let found = found.map_err(|_| self.corrupt(position, expected, Damage::Frame))?;
            if found.header.first != expected {
                let damage = Damage::Misplaced { found: found.header.first };
                return Err(self.corrupt(position, expected, damage).into());
            }
            self.note(expected, position);
            if offset < found.header.end() {
                return Ok(found);
            }
            expected = found.header.end();
            position += found.header.frame_bytes();
        }
    }

    /// Tells the index that the frame at `position` begins with `first`.
    pub(super) fn note(&self, first: Offset, position: u64) {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let due = index.last().map_or(HEADER_BYTES, |(_, last)| last + INDEX_STRIDE_BYTES);
        if position >= due {
            index.push((first, position));
        }
    }

    /// The nearest frame known at or before the one that holds `offset`.
    pub(super) fn indexed(&self, offset: Offset) -> (Offset, u64) {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let after = index.partition_point(|(first, _)| *first <= offset);
        after.checked_sub(1).map_or((self.first(), HEADER_BYTES), |at| index[at])
    }

    pub(super) fn corrupt(&self, position: u64, offset: Offset, damage: Damage) -> Corrupt {
        Corrupt { path: self.path.clone(), position, offset, damage }
    }
}

/// A segment that could not be made.
pub(super) enum CreateError {
    /// It has no name yet: the log is as it was.
    Untouched(DiskError),
    /// It may have its name or not.
    Unknown(DiskError),
}

/// A frame that could not be found.
pub(super) enum FrameError {
    Disk(DiskError),
    Corrupt(Corrupt),
}

impl From<DiskError> for FrameError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl From<Corrupt> for FrameError {
    fn from(error: Corrupt) -> Self {
        Self::Corrupt(error)
    }
}

impl Found {
    pub(super) fn records(&self) -> FrameRecords {
        let end = frame::HEADER_BYTES + self.header.body_bytes as usize;
        FrameRecords { rest: self.bytes.slice(frame::HEADER_BYTES..end), next: self.header.first }
    }
}

/// The records of one valid frame, with their offsets.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameRecords {
    rest: Bytes,
    next: Offset,
}

impl Iterator for FrameRecords {
    type Item = (Offset, Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.len() < RECORD_HEADER_BYTES {
            return None;
        }
        let length = self.rest.get_u32_le() as usize;
        let offset = self.next;
        self.next = offset.plus(1);
        Some((offset, self.rest.split_to(length)))
    }
}

/// The name of the segment that begins at `first`.
pub(super) fn file_name(first: Offset) -> String {
    format!("{:020}.seg", first.0)
}

/// The first offset that a file's name says, if it is a segment's name.
pub(super) fn first_of_name(name: &str) -> Option<Offset> {
    let digits = name.strip_suffix(".seg")?;
    let all_digits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok().map(Offset))?
}

fn encode_header(link: Link) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[16..24].copy_from_slice(&link.id.to_le_bytes());
    header[24..32].copy_from_slice(&link.first.0.to_le_bytes());
    let previous = link.previous.map_or(NO_PREVIOUS, |previous| previous.0);
    header[32..40].copy_from_slice(&previous.to_le_bytes());
    header[40..44].copy_from_slice(&link.previous_crc.to_le_bytes());
    let crc = crc32c::crc32c(&header[16..]);
    header[12..16].copy_from_slice(&crc.to_le_bytes());
    header
}

fn decode_link(header: &[u8; HEADER_BYTES as usize]) -> Link {
    let previous = u64_of(header, 32);
    Link {
        id: u64_of(header, 16),
        first: Offset(u64_of(header, 24)),
        previous: (previous != NO_PREVIOUS).then_some(Offset(previous)),
        previous_crc: u32_of(header, 40),
    }
}

fn u32_of(header: &[u8; HEADER_BYTES as usize], at: usize) -> u32 {
    u32::from_le_bytes(*header[at..].first_chunk().expect("positions lie within the header"))
}

fn u64_of(header: &[u8; HEADER_BYTES as usize], at: usize) -> u64 {
    u64::from_le_bytes(*header[at..].first_chunk().expect("positions lie within the header"))
}
