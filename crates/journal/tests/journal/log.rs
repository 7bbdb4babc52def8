//! What a log does when nothing goes wrong.

use std::sync::Arc;

use tidegate_journal::log::{AppendError, Batch, Log, ReadError, Recovered, Settings};
use tidegate_journal::{Offset, SimDisk};

pub(crate) const DIR: &str = "/data/log";

/// Segments of 4 KiB, so that a few batches fill one.
pub(crate) fn settings() -> Settings {
    Settings { segment_bytes: 4096, zero_ahead_bytes: 1024, ..Settings::new(DIR, 7) }
}

pub(crate) fn open(disk: &SimDisk) -> (Log, Recovered) {
    Log::open(Arc::new(disk.clone()), settings()).unwrap()
}

/// Appends batches of one record of 300 bytes each, filled with the low byte of the record's offset, and syncs each.
pub(crate) fn append_synced(log: &mut Log, count: u64) {
    for _ in 0..count {
        let record = [log.next_offset().0 as u8; 300];
        log.append([&record[..]]).unwrap();
        log.sync().unwrap();
    }
}

#[test]
fn records_get_dense_offsets_and_are_read_back_in_order_over_many_segments() {
    let disk = SimDisk::new(1);
    let (mut log, recovered) = open(&disk);
    assert!(recovered.created);
    let mut batch = Batch::new();
    for round in 0..50_u64 {
        for record in 0..4_u64 {
            batch.encode(|buffer| buffer.extend((round * 4 + record).to_le_bytes().repeat(9)));
        }
        assert_eq!(batch.len(), 4);
        assert_eq!(log.write(&mut batch).unwrap(), Offset(round * 4));
        assert!(batch.is_empty(), "the log takes the records");
        log.sync().unwrap();
    }
    let read: Vec<_> = log.reader(Offset(3)).map(Result::unwrap).collect();
    assert_eq!(read.len(), 197);
    for (at, (offset, record)) in read.iter().enumerate() {
        assert_eq!(offset.0, at as u64 + 3);
        assert_eq!(&record[..], offset.0.to_le_bytes().repeat(9));
    }
    drop(log);
    let (log, recovered) = open(&disk);
    assert!(recovered.segments > 2 && !recovered.created && recovered.cut.is_none());
    assert_eq!((recovered.first_offset, recovered.next_offset), (Offset(0), Offset(200)));
    for offset in [0, 1, 77, 199] {
        assert_eq!(&log.read(Offset(offset)).unwrap()[..], offset.to_le_bytes().repeat(9));
    }
}

#[test]
fn one_batch_is_one_write_and_one_sync() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(Arc::new(disk.clone()), Settings::new(DIR, 7)).unwrap();
    let before = disk.activity();
    append_synced(&mut log, 100);
    let after = disk.activity();
    assert_eq!((after.writes - before.writes, after.data_syncs - before.data_syncs), (100, 100));
    log.sync().unwrap();
    assert_eq!(disk.activity(), after, "nothing new, nothing to sync");
}

#[test]
fn readers_see_what_is_durable_and_go_on_when_more_is() {
    let (mut log, _) = open(&SimDisk::new(1));
    let mut records = log.handle().records(Offset::ZERO);
    log.append([&b"one"[..]]).unwrap();
    assert!(records.next().is_none(), "written is not durable");
    assert!(matches!(log.read(Offset(0)), Err(ReadError::NotYet { offset: Offset(0), end: Offset(0) })));
    log.sync().unwrap();
    assert_eq!(&records.next().unwrap().unwrap().1[..], b"one");
    assert!(records.next().is_none());
    append_synced(&mut log, 40);
    assert_eq!(records.by_ref().map(Result::unwrap).count(), 40, "over the begin of new segments");
    append_synced(&mut log, 1);
    assert_eq!(records.next().unwrap().unwrap().0, Offset(41));
}

#[test]
fn readers_on_other_threads_read_while_the_writer_goes_on() {
    let (mut log, _) = open(&SimDisk::new(1));
    let reader = log.handle();
    let follow = std::thread::spawn(move || {
        let mut records = reader.records(Offset::ZERO);
        let mut expected = 0;
        while expected < 500 {
            for record in records.by_ref() {
                let (offset, record) = record.unwrap();
                assert_eq!((offset.0, record[0]), (expected, expected as u8));
                assert_eq!(reader.read(offset).unwrap(), record);
                expected += 1;
            }
            std::thread::yield_now();
        }
    });
    append_synced(&mut log, 500);
    follow.join().unwrap();
}

#[test]
fn retaining_drops_whole_segments_below_and_says_what_is_gone() {
    let disk = SimDisk::new(1);
    let (mut log, _) = open(&disk);
    append_synced(&mut log, 60);
    let mut inside = log.reader(Offset::ZERO);
    inside.next().unwrap().unwrap();
    assert!(log.retain_from(Offset(30)).unwrap() >= 2);
    let first = log.first_offset();
    assert!(first > Offset(0) && first <= Offset(30));
    assert!(matches!(log.read(Offset(0)), Err(ReadError::Gone { .. })));
    assert!(matches!(log.reader(Offset(0)).next(), Some(Err(ReadError::Gone { .. }))));
    assert_eq!(log.reader(first).map(Result::unwrap).count() as u64, 60 - first.0);
    assert!(inside.next().unwrap().is_ok(), "a reader that is inside a dropped segment goes on");
    assert_eq!(log.retain_from(Offset(30)).unwrap(), 0);
    log.retain_from(Offset(1000)).unwrap();
    assert!(log.first_offset() < Offset(60), "the last segment stays");
    drop(log);
    let (log, recovered) = open(&disk);
    assert_eq!(recovered.next_offset, Offset(60));
    assert_eq!(log.first_offset(), recovered.first_offset);
}

#[test]
fn a_batch_bigger_than_a_segment_gets_one_of_its_own() {
    let disk = SimDisk::new(1);
    let (mut log, _) = open(&disk);
    append_synced(&mut log, 1);
    let big = vec![b'b'; 50_000];
    log.append([&big[..], b"after"]).unwrap();
    append_synced(&mut log, 1);
    drop(log);
    let (log, recovered) = open(&disk);
    assert_eq!((recovered.segments, recovered.next_offset), (3, Offset(4)));
    assert_eq!(&log.read(Offset(1)).unwrap()[..], &big[..]);
    assert_eq!(&log.read(Offset(2)).unwrap()[..], b"after");
}

#[test]
fn a_segment_below_the_verified_ones_is_read_only_when_asked_for() {
    let disk = SimDisk::new(1);
    let (mut log, _) = open(&disk);
    append_synced(&mut log, 60);
    drop(log);
    disk.rot(format!("{DIR}/{:020}.seg", 0).as_ref(), 2000, 1).unwrap();
    let late = Settings { verify_from: Offset(40), ..settings() };
    let (log, _) = Log::open(Arc::new(disk.clone()), late).unwrap();
    assert_eq!(log.reader(Offset(40)).map(Result::unwrap).count(), 20);
    assert!(log.reader(Offset(0)).any(|record| matches!(record, Err(ReadError::Corrupt(_)))));
}

#[test]
fn an_empty_batch_writes_nothing() {
    let disk = SimDisk::new(1);
    let (mut log, _) = open(&disk);
    let before = disk.activity();
    assert_eq!(log.append([]).unwrap(), Offset(0));
    assert_eq!(disk.activity(), before);
}

#[test]
fn a_batch_above_the_limit_is_refused_and_the_log_goes_on() {
    let (mut log, _) = open(&SimDisk::new(1));
    let mut batch = Batch::new();
    batch.encode(|buffer| buffer.resize(buffer.len() + tidegate_journal::log::frame::BODY_BYTES_MAX, 0));
    assert!(matches!(log.write(&mut batch), Err(AppendError::TooLarge { .. })));
    append_synced(&mut log, 1);
}
