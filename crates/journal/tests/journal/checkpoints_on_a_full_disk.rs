//! The checkpoint store where there is no room, and once there is some again.

use std::path::Path;

use tidegate_journal::checkpoints::{CheckpointError, Settings};
use tidegate_journal::{Change, Checkpoints, Keyspace, Offset};

use crate::log_on_a_real_disk::{in_a_small_file_system, role};

const STATE: Keyspace = Keyspace::new(1);

/// Commit number `offset`, which is whole or not there: two keys of the same value.
fn commit(store: &Checkpoints, offset: u64) -> Result<(), CheckpointError> {
    let value = offset.to_le_bytes().repeat(1000);
    let change = |key| Change { keyspace: STATE, key, value: Some(&value) };
    store.commit(Offset(offset), &[change(b"first"), change(b"second")])?;
    store.persist().map(|_| ())
}

fn check_whole(store: &Checkpoints) -> u64 {
    let offset = store.offset().unwrap().unwrap().0;
    for key in [b"first".as_slice(), b"second"] {
        assert_eq!(store.get(STATE, key).unwrap().unwrap()[..], offset.to_le_bytes().repeat(1000));
    }
    offset
}

fn open(dir: &Path) -> Checkpoints {
    Checkpoints::open(&dir.join("state"), &Settings::default()).unwrap()
}

#[test]
fn a_full_disk_stops_commits_until_there_is_room_and_reading_goes_on() {
    let Some(dir) = role() else {
        return in_a_small_file_system(
            "checkpoints_on_a_full_disk::a_full_disk_stops_commits_until_there_is_room_and_reading_goes_on",
        );
    };
    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![1; 400 << 10]).unwrap();
    let store = open(&dir);
    let failed = (1..).find(|offset| commit(&store, *offset).is_err()).unwrap();
    assert!(failed > 10, "the first {failed} fit");
    for _ in 0..3 {
        let refused = commit(&store, failed).unwrap_err();
        assert!(matches!(refused, CheckpointError::Io { .. }), "{refused:?}");
        assert!(check_whole(&store) >= failed - 1);
    }

    std::fs::remove_file(ballast).unwrap();
    commit(&store, failed).unwrap();
    commit(&store, failed + 1).unwrap();
    assert_eq!(check_whole(&store), failed + 1);
    drop(store);
    assert_eq!(check_whole(&open(&dir)), failed + 1);
    println!("the inside was reached");
}
