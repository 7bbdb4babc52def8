//! Everything that a log refuses, and the words it does it with.

use std::path::PathBuf;
use std::sync::Arc;

use tidegate_journal::disk::Open;
use tidegate_journal::log::{AppendError, Corrupt, Damage, Log, OpenError, Settings};
use tidegate_journal::{Disk, Offset, SimDisk};

use crate::log::{DIR, append_synced, open, settings};

/// Bytes of a frame that `append_synced` writes: 32 of header, 4 of length, 300 of record.
const FRAME_BYTES: u64 = 336;
const FIRST_FRAME: u64 = 64;

fn segment(first: u64) -> PathBuf {
    PathBuf::from(format!("{DIR}/{first:020}.seg"))
}

/// A log of 30 records; twelve of them to a segment.
fn filled() -> SimDisk {
    let disk = SimDisk::new(3);
    let (mut log, _) = open(&disk);
    append_synced(&mut log, 30);
    assert_eq!(
        disk.list(DIR.as_ref()).unwrap().len(),
        3,
        "segments at 0, 12 and 24; the lock is no file here"
    );
    disk
}

fn refusal(disk: &SimDisk) -> OpenError {
    Log::open(Arc::new(disk.clone()), settings()).expect_err("a damaged log must not open")
}

fn check_corrupt(disk: &SimDisk, file: u64, position: u64, offset: u64, damage: &Damage) {
    let error = refusal(disk);
    let expected = Corrupt { path: segment(file), position, offset: Offset(offset), damage: damage.clone() };
    match &error {
        OpenError::Corrupt(found) => assert_eq!(found, &expected),
        other => panic!("expected {expected:?}, found {other:?}"),
    }
    let text = error.to_string();
    for part in
        [&format!("{file:020}.seg"), &format!("byte {position}"), &format!("record {offset}"), "restore"]
    {
        assert!(text.contains(part), "`{text}` does not say `{part}`");
    }
}

#[test]
fn a_synced_frame_that_is_broken_before_valid_ones_is_refused() {
    let disk = filled();
    disk.rot(&segment(24), FIRST_FRAME + 2 * FRAME_BYTES + 100, 4).unwrap();
    check_corrupt(&disk, 24, FIRST_FRAME + 2 * FRAME_BYTES, 26, &Damage::Frame);
}

#[test]
fn a_broken_length_in_a_synced_frame_is_refused_too() {
    let disk = filled();
    disk.rot(&segment(24), FIRST_FRAME + FRAME_BYTES + 3, 0x10).unwrap();
    check_corrupt(&disk, 24, FIRST_FRAME + FRAME_BYTES, 25, &Damage::Frame);
}

#[test]
fn any_broken_frame_in_an_older_segment_is_refused_even_the_last() {
    let disk = filled();
    disk.rot(&segment(0), FIRST_FRAME + 11 * FRAME_BYTES + 50, 1).unwrap();
    check_corrupt(&disk, 0, FIRST_FRAME + 11 * FRAME_BYTES, 11, &Damage::Frame);
}

#[test]
fn a_missing_segment_in_the_middle_is_refused() {
    let disk = filled();
    disk.remove(&segment(12)).unwrap();
    check_corrupt(&disk, 24, 0, 24, &Damage::MissingSegment { found: Offset(24) });
}

#[test]
fn headers_are_checked() {
    for (position, mask, damage) in [(0, 1, Damage::Magic), (26, 1, Damage::Header), (12, 1, Damage::Header)]
    {
        let disk = filled();
        disk.rot(&segment(12), position, mask).unwrap();
        check_corrupt(&disk, 12, 0, 12, &damage);
    }
}

#[test]
fn a_segment_under_another_name_is_refused() {
    let disk = filled();
    disk.rename(&segment(24), &segment(25)).unwrap();
    check_corrupt(&disk, 25, 0, 25, &Damage::FirstOffset { found: Offset(24) });
}

#[test]
fn a_segment_of_another_log_is_refused() {
    let disk = filled();
    let other = SimDisk::new(4);
    let (mut log, _) = Log::open(Arc::new(other.clone()), Settings { id: 8, ..settings() }).unwrap();
    append_synced(&mut log, 30);
    let bytes = other.bytes(&segment(24)).unwrap();
    disk.open(&segment(24), Open::Write).unwrap().write_at(&bytes, 0).unwrap();
    check_corrupt(&disk, 24, 0, 24, &Damage::ForeignSegment);
}

#[test]
fn an_unknown_version_is_refused_by_name() {
    let disk = filled();
    disk.rot(&segment(0), 8, 3).unwrap();
    let error = refusal(&disk);
    assert!(matches!(&error, OpenError::UnknownVersion { found: 2, known: 1, path } if *path == segment(0)));
    assert!(error.to_string().contains("use the version that wrote it"));
}

#[test]
fn a_frame_in_the_place_of_another_is_refused() {
    let disk = filled();
    let path = segment(24);
    let bytes = disk.bytes(&path).unwrap();
    let at = |frame: u64| (FIRST_FRAME + frame * FRAME_BYTES) as usize;
    let file = disk.open(&path, Open::Write).unwrap();
    file.write_at(&bytes[at(4)..at(5)], at(3) as u64).unwrap();
    check_corrupt(&disk, 24, at(3) as u64, 27, &Damage::Misplaced { found: Offset(28) });
}

#[test]
fn the_torn_end_of_an_unsynced_batch_is_cut_and_reported() {
    let disk = filled();
    let (mut log, _) = open(&disk);
    log.append([&[b'x'; 300][..]]).unwrap();
    drop(log);
    let end = FIRST_FRAME + 6 * FRAME_BYTES;
    disk.rot(&segment(24), end + 200, 1).unwrap();
    let (mut log, recovered) = open(&disk);
    let cut = recovered.cut.expect("a torn tail");
    assert_eq!((cut.path, cut.position, cut.bytes), (segment(24), end, FRAME_BYTES));
    assert_eq!(recovered.next_offset, Offset(30));
    append_synced(&mut log, 1);
    assert_eq!(log.read(Offset(30)).unwrap()[0], 30);
}

#[test]
fn a_valid_frame_after_a_torn_one_is_cut_with_it_when_neither_was_synced() {
    let disk = filled();
    let (mut log, _) = open(&disk);
    log.append([&[b'x'; 300][..]]).unwrap();
    log.append([&[b'y'; 300][..]]).unwrap();
    drop(log);
    let end = FIRST_FRAME + 6 * FRAME_BYTES;
    disk.rot(&segment(24), end + 200, 1).unwrap();
    let (log, recovered) = open(&disk);
    assert_eq!(recovered.cut.expect("a torn tail").bytes, 2 * FRAME_BYTES);
    assert_eq!(log.next_offset(), Offset(30));
}

#[test]
fn a_second_opener_is_refused() {
    let disk = filled();
    let (log, _) = open(&disk);
    assert!(matches!(refusal(&disk), OpenError::Locked { .. }));
    drop(log);
    open(&disk);
}

#[test]
fn after_a_failed_sync_every_call_fails_with_the_same_error() {
    let disk = filled();
    let (mut log, _) = open(&disk);
    disk.fail_sync_after(0);
    log.append([&b"x"[..]]).unwrap();
    let first = log.sync().unwrap_err();
    assert!(matches!(first, AppendError::Poisoned(_)));
    for later in [log.sync().err(), log.append([&b"y"[..]]).err(), log.retain_from(Offset(20)).err()] {
        assert_eq!(format!("{:?}", later.unwrap()), format!("{first:?}"));
    }
    assert_eq!(log.durable_offset(), Offset(30), "nothing is acknowledged");
    assert_eq!(log.reader(Offset(0)).map(Result::unwrap).count(), 30, "what was durable can be read");
}

#[test]
fn after_a_failed_write_every_call_fails_with_the_same_error() {
    let disk = filled();
    let (mut log, _) = open(&disk);
    disk.fail_write_after(0);
    let first = log.append([&[1; 300][..]]).unwrap_err();
    assert_eq!(format!("{:?}", log.append([&b"y"[..]]).unwrap_err()), format!("{first:?}"));
    assert!(std::error::Error::source(&first).unwrap().to_string().contains("cannot write /data/log/"));
}

#[test]
fn a_full_disk_refuses_the_batch_and_takes_it_again_once_there_is_room() {
    let disk = SimDisk::new(5);
    let (mut log, _) = open(&disk);
    disk.set_capacity(10_000);
    let record = [b'r'; 300];
    let mut refused = 0;
    for _ in 0..60 {
        let next = log.next_offset();
        match log.append([&record[..]]) {
            Ok(_) => {
                log.sync().unwrap();
            }
            Err(AppendError::Full(error)) => {
                refused += 1;
                assert!(error.to_string().contains("no space is left"));
                assert_eq!(log.next_offset(), next);
                disk.set_capacity(100_000);
                log.append([&record[..]]).unwrap();
                log.sync().unwrap();
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 1);
    disk.crash();
    drop(log);
    assert_eq!(open(&disk).1.next_offset, Offset(60));
}

#[test]
fn a_full_disk_can_still_be_opened_and_read() {
    let disk = filled();
    disk.set_capacity(1);
    let (mut log, recovered) = open(&disk);
    assert_eq!(recovered.next_offset, Offset(30));
    assert_eq!(log.reader(Offset(0)).map(Result::unwrap).count(), 30);
    assert!(matches!(log.append([&[0; 4000][..]]), Err(AppendError::Full(_))));
}
