//! Segments of format version 1, as they were first written, are still read and still written byte for byte.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tidegate_journal::log::{Log, Settings};
use tidegate_journal::{Offset, RealDisk};

const VERSION_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/log-v1");
const RECORDS: [&[u8]; 5] = [b"the water", b"itself opens", b"", b"the gate", &[0xff; 40]];

fn settings(dir: &Path) -> Settings {
    Settings { segment_bytes: 192, zero_ahead_bytes: 64, ..Settings::new(dir, 0x0123_4567_89ab_cdef) }
}

fn segments_of(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn the_first_format_is_still_read() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in segments_of(Path::new(VERSION_1)) {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    let (log, recovered) = Log::open(Arc::new(RealDisk), settings(dir.path())).unwrap();
    assert_eq!((recovered.segments, recovered.next_offset, recovered.cut), (2, Offset(5), None));
    let records: Vec<_> = log.reader(Offset::ZERO).map(|record| record.unwrap().1).collect();
    assert_eq!(records, RECORDS);
}

#[test]
fn the_first_format_is_still_written() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = Log::open(Arc::new(RealDisk), settings(dir.path())).unwrap();
    for batch in [&RECORDS[..2], &RECORDS[2..4], &RECORDS[4..]] {
        log.append(batch.iter().copied()).unwrap();
        log.sync().unwrap();
    }
    drop(log);
    assert_eq!(segments_of(dir.path()), segments_of(Path::new(VERSION_1)));
}
