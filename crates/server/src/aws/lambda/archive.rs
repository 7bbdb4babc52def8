//! Zip archives (PKWARE's APPNOTE 6.3.10), as far as code comes in them: files that are stored or deflated.
//!
//! Nothing is written outside of the directory that an archive is unpacked into, whatever its names say.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// An archive that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArchiveError {
    /// It is no zip archive, or a damaged one.
    #[error("it is no zip archive, or a damaged one")]
    Malformed,
    /// It has something that is not unpacked here.
    #[error("`{name}` {what}")]
    Refused { name: String, what: &'static str },
    /// Unpacked, it is larger than may be.
    #[error("unpacked, it is larger than {UNPACKED_BYTES_MAX} bytes")]
    TooLarge,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Below the directory that it is unpacked into.
    pub(super) path: PathBuf,
    /// Whether it may be executed.
    pub(super) is_executable: bool,
    pub(super) content: Vec<u8>,
}

/// Largest code, unpacked: AWS Lambda's quota.
const UNPACKED_BYTES_MAX: u64 = 250 << 20;

const END_SIGNATURE: u32 = 0x0605_4b50;
const ENTRY_SIGNATURE: u32 = 0x0201_4b50;
const FILE_SIGNATURE: u32 = 0x0403_4b50;

const END_BYTES: usize = 22;
const ENTRY_BYTES: usize = 46;
const FILE_BYTES: usize = 30;

/// An archive's comment is no longer.
const COMMENT_BYTES_MAX: usize = u16::MAX as usize;

/// The files of an archive; directories without files are not kept.
pub(super) fn files(archive: &[u8]) -> Result<Vec<File>, ArchiveError> {
    let end = end(archive).ok_or(ArchiveError::Malformed)?;
    let count = u16_at(archive, end + 10)?;
    let mut at = u32_at(archive, end + 16)? as usize;
    let mut files = Vec::new();
    let mut total = 0;
    for _ in 0..count {
        let entry = Entry::read(archive, at)?;
        at = entry.end;
        total += u64::from(entry.size);
        if total > UNPACKED_BYTES_MAX {
            return Err(ArchiveError::TooLarge);
        }
        if !entry.name.ends_with('/') {
            files.push(entry.file(archive)?);
        }
    }
    Ok(files)
}

/// Where the end record is: the last one that the archive's length fits.
fn end(archive: &[u8]) -> Option<usize> {
    let last = archive.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(COMMENT_BYTES_MAX);
    (first..=last).rev().find(|at| {
        let comment = u16_at(archive, at + 20).map_or(usize::MAX, usize::from);
        u32_at(archive, *at) == Ok(END_SIGNATURE) && at + END_BYTES + comment == archive.len()
    })
}

/// An entry of the central directory.
struct Entry {
    name: String,
    method: u16,
    is_encrypted: bool,
    checksum: u32,
    packed_size: usize,
    size: u32,
    /// Type and permissions, where the archive was made on Unix.
    mode: Option<u32>,
    /// Where the file's own header is.
    header: usize,
    /// Where the next entry is.
    end: usize,
}

impl Entry {
    fn read(archive: &[u8], at: usize) -> Result<Self, ArchiveError> {
        if u32_at(archive, at)? != ENTRY_SIGNATURE {
            return Err(ArchiveError::Malformed);
        }
        let lengths = [28, 30, 32].map(|field| u16_at(archive, at + field).map(usize::from));
        let [name, extra, comment] = lengths;
        let (name, extra, comment) = (name?, extra?, comment?);
        let from = at + ENTRY_BYTES;
        let bytes = archive.get(from..from + name).ok_or(ArchiveError::Malformed)?;
        let is_unix = u16_at(archive, at + 4)? >> 8 == 3;
        let attributes = u32_at(archive, at + 38)?;
        Ok(Self {
            name: String::from_utf8(bytes.to_vec()).map_err(|_| ArchiveError::Malformed)?,
            is_encrypted: u16_at(archive, at + 8)? & 1 != 0,
            method: u16_at(archive, at + 10)?,
            checksum: u32_at(archive, at + 16)?,
            packed_size: u32_at(archive, at + 20)? as usize,
            size: u32_at(archive, at + 24)?,
            mode: is_unix.then_some(attributes >> 16),
            header: u32_at(archive, at + 42)? as usize,
            end: from + name + extra + comment,
        })
    }

    fn file(&self, archive: &[u8]) -> Result<File, ArchiveError> {
        let refused = |what| Err(ArchiveError::Refused { name: self.name.clone(), what });
        if self.is_encrypted {
            return refused("is encrypted");
        }
        // The type in the mode of a file that is a symbolic link.
        if self.mode.is_some_and(|mode| mode & 0o170_000 == 0o120_000) {
            return refused("is a symbolic link, which is not unpacked");
        }
        let path = Path::new(&self.name);
        if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return refused("is not below the directory of the code");
        }
        let content = match self.method {
            0 => self.packed(archive)?.to_vec(),
            8 => inflated(self.packed(archive)?, self.size)?,
            _ => return refused("is packed in a way that is not known here"),
        };
        let mut checksum = Crc::new();
        checksum.update(&content);
        if content.len() != self.size as usize || checksum.sum() != self.checksum {
            return Err(ArchiveError::Malformed);
        }
        let is_executable = self.mode.is_some_and(|mode| mode & 0o111 != 0);
        Ok(File { path: path.to_owned(), is_executable, content })
    }

    fn packed<'a>(&self, archive: &'a [u8]) -> Result<&'a [u8], ArchiveError> {
        let at = self.header;
        if u32_at(archive, at)? != FILE_SIGNATURE {
            return Err(ArchiveError::Malformed);
        }
        let (name, extra) = (u16_at(archive, at + 26)?, u16_at(archive, at + 28)?);
        let from = at + FILE_BYTES + usize::from(name) + usize::from(extra);
        archive.get(from..from.saturating_add(self.packed_size)).ok_or(ArchiveError::Malformed)
    }
}

/// At most one byte more than was announced is unpacked: enough to see that it is too much.
fn inflated(packed: &[u8], size: u32) -> Result<Vec<u8>, ArchiveError> {
    let mut content = Vec::new();
    let mut unpacked = DeflateDecoder::new(packed).take(u64::from(size) + 1);
    unpacked.read_to_end(&mut content).map_err(|_| ArchiveError::Malformed)?;
    Ok(content)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, ArchiveError> {
    let found = bytes.get(at..at.saturating_add(2)).and_then(|found| found.try_into().ok());
    found.map(u16::from_le_bytes).ok_or(ArchiveError::Malformed)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, ArchiveError> {
    let found = bytes.get(at..at.saturating_add(4)).and_then(|found| found.try_into().ok());
    found.map(u32::from_le_bytes).ok_or(ArchiveError::Malformed)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An archive with these files, stored, made on Unix with that mode.
    pub(in super::super) fn archive(files: &[(&str, &str, u32)]) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, content, mode) in files {
            let mut checksum = Crc::new();
            checksum.update(content.as_bytes());
            let (header, size) = (archive.len() as u32, content.len() as u32);
            let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            common.extend(checksum.sum().to_le_bytes());
            common.extend(size.to_le_bytes());
            common.extend(size.to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            archive.extend(FILE_SIGNATURE.to_le_bytes());
            archive.extend(&common);
            archive.extend(name.as_bytes());
            archive.extend(content.as_bytes());
            directory.extend(ENTRY_SIGNATURE.to_le_bytes());
            directory.extend([20, 3]);
            directory.extend(&common);
            directory.extend([0; 6]);
            directory.extend((mode << 16).to_le_bytes());
            directory.extend(header.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (count, at, size) = (files.len() as u16, archive.len() as u32, directory.len() as u32);
        archive.extend(directory);
        archive.extend(END_SIGNATURE.to_le_bytes());
        archive.extend([0; 4]);
        archive.extend(count.to_le_bytes());
        archive.extend(count.to_le_bytes());
        archive.extend(size.to_le_bytes());
        archive.extend(at.to_le_bytes());
        archive.extend([0; 2]);
        archive
    }

    #[test]
    fn files_come_out_as_they_went_in() {
        let packed =
            archive(&[("handler.py", "def handler(): pass", 0o100_644), ("bin/run", "#!", 0o100_755)]);
        let files = files(&packed).unwrap();
        assert_eq!(files[0].path, Path::new("handler.py"));
        assert_eq!(files[0].content, b"def handler(): pass");
        assert!(!files[0].is_executable && files[1].is_executable);
    }

    #[test]
    fn nothing_leaves_the_directory() {
        for name in ["../evil", "/etc/passwd", "a/../../b"] {
            assert!(matches!(files(&archive(&[(name, "", 0)])), Err(ArchiveError::Refused { .. })), "{name}");
        }
        assert!(matches!(files(&archive(&[("link", "/etc", 0o120_777)])), Err(ArchiveError::Refused { .. })));
    }

    #[test]
    fn what_is_damaged_is_refused_and_never_panics() {
        let sound = archive(&[("handler.py", "def handler(): pass", 0o100_644)]);
        assert_eq!(files(b"no archive"), Err(ArchiveError::Malformed));
        for cut in 0..sound.len() {
            assert!(files(&sound[..cut]).is_err(), "{cut}");
        }
        for index in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[index] ^= 0xff;
            // It may still be read, where the byte says nothing about the file.
            let _ = files(&damaged);
        }
        let mut other = sound;
        other[40] ^= 1;
        assert_eq!(files(&other), Err(ArchiveError::Malformed));
    }
}
