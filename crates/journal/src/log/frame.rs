//! The bytes of a frame: one batch of records with the checksum that covers it.
//!
//! ```text
//!  0  body length in bytes   u32      16  first offset   u64     32  body: per record a length u32 and its bytes
//!  4  checksum (crc32c)      u32      24  synced below   u64         padding with zeros to a multiple of 8
//!  8  previous checksum      u32
//! 12  count of records       u32      all little-endian
//! ```
//! The checksum covers the [`Salt`] of the segment and everything of the frame but itself and the padding. The salt and
//! the chain of previous checksums make stale bytes of an earlier use of the space invalid. `synced below` is what was
//! durable when the frame was written: a valid frame that lies after a broken one says by it whether the broken one had
//! ever been acknowledged.
//!
//! Pure: bytes in, values out; [`decode`] takes anything and never panics.

use crate::Offset;

/// Bytes before the body.
pub const HEADER_BYTES: usize = 32;

/// Frames begin at multiples of this.
pub const ALIGNMENT: u64 = 8;

/// The longest body, in bytes: 1 GiB.
pub const BODY_BYTES_MAX: usize = 1 << 30;

/// Bytes that each record takes besides its own.
pub const RECORD_HEADER_BYTES: usize = 4;

/// Mixed into every checksum of a segment, from the identity of its log and its first offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(u32);

impl Salt {
    /// The salt of the segment of log `id` that begins at `first`.
    #[must_use]
    pub fn of_segment(id: u64, first: Offset) -> Self {
        let crc = crc32c::crc32c(&id.to_le_bytes());
        Self(crc32c::crc32c_append(crc, &first.0.to_le_bytes()))
    }
}

/// The fields before the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Length of the body in bytes.
    pub body_bytes: u32,
    /// Checksum of this frame.
    pub crc: u32,
    /// Checksum of the frame before it in the log, 0 for the first.
    pub previous_crc: u32,
    /// Number of records, at least 1.
    pub count: u32,
    /// Offset of the first record.
    pub first: Offset,
    /// Everything below was durable when the frame was written.
    pub synced_below: Offset,
}

impl Header {
    /// Bytes from this frame's begin to the next one's.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        (HEADER_BYTES as u64 + u64::from(self.body_bytes)).next_multiple_of(ALIGNMENT)
    }

    /// The offset after the last record.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.first.plus(u64::from(self.count))
    }

    /// Reads the fields; `None` if they cannot be those of a frame.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        let header = Self {
            body_bytes: u32_at(bytes, 0)?,
            crc: u32_at(bytes, 4)?,
            previous_crc: u32_at(bytes, 8)?,
            count: u32_at(bytes, 12)?,
            first: Offset(u64_at(bytes, 16)?),
            synced_below: Offset(u64_at(bytes, 24)?),
        };
        let body_min = u64::from(header.count) * RECORD_HEADER_BYTES as u64;
        let plausible = header.count > 0
            && u64::from(header.body_bytes) >= body_min
            && header.body_bytes as usize <= BODY_BYTES_MAX
            && header.synced_below <= header.first
            && header.first.0.checked_add(u64::from(header.count)).is_some();
        plausible.then_some(header)
    }
}

/// A valid frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The fields before the body.
    pub header: Header,
    body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The records in order.
    pub fn records(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.body;
        std::iter::from_fn(move || {
            let (record, after) = split_record(rest)?;
            rest = after;
            Some(record)
        })
    }
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Zeros, or fields that no frame has.
    Header,
    /// The bytes end before the frame does.
    Short,
    /// The checksum is that of other bytes.
    Checksum,
    /// The checksum holds and the records do not fill the body: written by something else.
    Records,
}

/// Reads the frame at the begin of `bytes`, which may go on after it.
///
/// # Errors
/// The first [`Defect`] met.
pub fn decode(bytes: &[u8], salt: Salt) -> Result<Frame<'_>, Defect> {
    let header =
        Header::read(bytes).ok_or(if bytes.len() < HEADER_BYTES { Defect::Short } else { Defect::Header })?;
    let whole = bytes.get(..HEADER_BYTES + header.body_bytes as usize).ok_or(Defect::Short)?;
    if checksum(whole, salt) != header.crc {
        return Err(Defect::Checksum);
    }
    let body = &whole[HEADER_BYTES..];
    let mut rest = body;
    for _ in 0..header.count {
        rest = split_record(rest).ok_or(Defect::Records)?.1;
    }
    if rest.is_empty() { Ok(Frame { header, body }) } else { Err(Defect::Records) }
}

/// Fills in the header of a frame whose body begins at [`HEADER_BYTES`]; returns the checksum.
///
/// `frame` must not be padded yet.
pub(super) fn seal(frame: &mut [u8], fields: &Unsealed, salt: Salt) -> u32 {
    let body_bytes = u32::try_from(frame.len() - HEADER_BYTES).expect("a batch is bounded by BODY_BYTES_MAX");
    frame[0..4].copy_from_slice(&body_bytes.to_le_bytes());
    frame[8..12].copy_from_slice(&fields.previous_crc.to_le_bytes());
    frame[12..16].copy_from_slice(&fields.count.to_le_bytes());
    frame[16..24].copy_from_slice(&fields.first.0.to_le_bytes());
    frame[24..32].copy_from_slice(&fields.synced_below.0.to_le_bytes());
    let crc = checksum(frame, salt);
    frame[4..8].copy_from_slice(&crc.to_le_bytes());
    crc
}

/// What [`seal`] cannot see from the body.
pub(super) struct Unsealed {
    pub(super) previous_crc: u32,
    pub(super) count: u32,
    pub(super) first: Offset,
    pub(super) synced_below: Offset,
}

fn checksum(frame: &[u8], salt: Salt) -> u32 {
    let crc = crc32c::crc32c_append(salt.0, &frame[0..4]);
    crc32c::crc32c_append(crc, &frame[8..])
}

fn split_record(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32_at(body, 0)? as usize;
    let rest = &body[RECORD_HEADER_BYTES..];
    rest.split_at_checked(length)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}
