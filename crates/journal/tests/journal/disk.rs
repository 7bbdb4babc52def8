//! What every disk does, and what the simulated one loses.

use std::io::ErrorKind;
use std::path::Path;

use tidegate_journal::disk::{LockError, Open};
use tidegate_journal::{Disk, RealDisk, SimDisk};

/// What the crate relies on. Passed by every implementation.
fn conforms(disk: &dyn Disk, root: &Path) {
    let dir = root.join("a/b");
    disk.create_dir_all(&dir).unwrap();
    disk.create_dir_all(&dir).unwrap();
    let (one, two) = (dir.join("one"), dir.join("two"));

    assert_eq!(disk.open(&one, Open::Read).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(disk.open(&one, Open::Write).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(disk.open(&root.join("missing/one"), Open::Create).unwrap_err().kind(), ErrorKind::NotFound);
    let file = disk.open(&one, Open::Create).unwrap();
    assert_eq!(disk.open(&one, Open::Create).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(disk.create_dir_all(&one.join("below")).unwrap_err().kind(), ErrorKind::NotADirectory);

    assert!(file.is_empty().unwrap());
    file.reserve(10_000).unwrap();
    assert_eq!(file.len().unwrap(), 0, "a reservation does not change the length");
    file.write_at(b"tide", 5000).unwrap();
    assert_eq!(file.len().unwrap(), 5004);
    file.sync_data().unwrap();
    let mut buffer = [1; 8];
    assert_eq!(file.read_at(&mut buffer, 4998).unwrap(), 6, "a read ends where the file ends");
    assert_eq!(&buffer, b"\0\0tide\x01\x01");
    assert_eq!(file.read_at(&mut buffer, 6000).unwrap(), 0);

    file.set_len(5002).unwrap();
    file.set_len(5006).unwrap();
    assert_eq!(file.read_at(&mut buffer[..6], 5000).unwrap(), 6);
    assert_eq!(&buffer[..6], b"ti\0\0\0\0", "what was cut does not come back");
    let reader = disk.open(&one, Open::Read).unwrap();
    assert!(reader.write_at(b"x", 0).is_err(), "opened for reading only");

    disk.open(&two, Open::Create).unwrap();
    assert_eq!(disk.list(&dir).unwrap(), ["one", "two"]);
    disk.rename(&one, &two).unwrap();
    disk.sync_dir(&dir).unwrap();
    assert_eq!(disk.list(&dir).unwrap(), ["two"], "a rename replaces");
    assert_eq!(disk.list(root).unwrap(), ["a"]);
    assert_eq!(disk.open(&two, Open::Read).unwrap().len().unwrap(), 5006);
    disk.remove(&two).unwrap();
    assert_eq!(disk.remove(&two).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(reader.read_at(&mut buffer[..2], 5000).unwrap(), 2, "an open file outlives its name");
    assert_eq!(disk.list(&root.join("missing")).unwrap_err().kind(), ErrorKind::NotFound);

    let lock = disk.lock(&dir.join("LOCK")).unwrap();
    match disk.lock(&dir.join("LOCK")) {
        Err(LockError::Held { pid }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("a lock that is held was given: {other:?}"),
    }
    drop(lock);
    disk.lock(&dir.join("LOCK")).unwrap();
}

#[test]
fn the_real_disk_conforms() {
    let dir = tempfile::tempdir().unwrap();
    conforms(&RealDisk, dir.path());
}

#[test]
fn the_simulated_disk_conforms() {
    let disk = SimDisk::new(1);
    disk.create_dir_all(Path::new("/root")).unwrap();
    conforms(&disk, Path::new("/root"));
}

fn with_file(seed: u64) -> (SimDisk, &'static Path, Box<dyn tidegate_journal::disk::DiskFile>) {
    let disk = SimDisk::new(seed);
    disk.create_dir_all(Path::new("/d")).unwrap();
    let path = Path::new("/d/f");
    let file = disk.open(path, Open::Create).unwrap();
    file.write_at(&[1; 2048], 0).unwrap();
    file.sync_data().unwrap();
    disk.sync_dir(Path::new("/d")).unwrap();
    (disk, path, file)
}

#[test]
fn a_crash_keeps_what_was_synced_and_any_sectors_of_what_was_not() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..500 {
        let (disk, path, file) = with_file(seed);
        file.write_at(&[2; 1024], 512).unwrap();
        disk.crash();
        let bytes = disk.bytes(path).unwrap();
        assert_eq!((bytes[0], bytes[2047]), (1, 1), "synced and not written again");
        for sector in bytes.chunks(512) {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is never torn");
        }
        seen.insert((bytes[512], bytes[1024]));
    }
    assert_eq!(seen.len(), 4, "every subset of the two sectors occurs");
}

#[test]
fn a_crash_may_take_back_names_that_were_not_synced() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..500 {
        let (disk, path, _) = with_file(seed);
        disk.rename(path, Path::new("/d/g")).unwrap();
        disk.open(Path::new("/d/h"), Open::Create).unwrap();
        disk.crash();
        seen.insert(disk.list(Path::new("/d")).unwrap().join(" "));
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["f", "f h", "g", "g h"],
        "a rename happens wholly or not"
    );
}

#[test]
fn bytes_of_a_failed_sync_are_shown_until_a_crash_and_may_be_lost_in_it() {
    let mut lost = 0;
    for seed in 0..200 {
        let (disk, path, file) = with_file(seed);
        disk.fail_sync_after(0);
        file.write_at(&[2; 512], 0).unwrap();
        assert!(file.sync_data().is_err());
        assert_eq!(disk.bytes(path).unwrap()[0], 2);
        file.sync_data().unwrap();
        disk.crash();
        lost += usize::from(disk.bytes(path).unwrap()[0] == 1);
    }
    assert!((50..150).contains(&lost), "a later sync that succeeds proves nothing; lost {lost} times");
}

#[test]
fn a_full_disk_takes_no_more_and_gives_room_back() {
    let (disk, path, file) = with_file(1);
    disk.set_capacity(4096);
    assert_eq!(file.write_at(&[1; 4096], 1024).unwrap_err().kind(), ErrorKind::StorageFull);
    file.write_at(&[1; 4096], 0).unwrap();
    drop(file);
    disk.remove(path).unwrap();
    disk.sync_dir(Path::new("/d")).unwrap();
    disk.open(path, Open::Create).unwrap().reserve(4096).unwrap();
}

#[test]
fn handles_of_an_earlier_life_are_dead_and_locks_are_free() {
    let (disk, _, file) = with_file(1);
    let lock = disk.lock(Path::new("/d/LOCK")).unwrap();
    disk.cut_power_after(0);
    assert!(file.write_at(b"x", 0).is_err() && disk.list(Path::new("/d")).is_err(), "the power is off");
    disk.crash();
    assert!(file.read_at(&mut [0], 0).is_err());
    disk.lock(Path::new("/d/LOCK")).unwrap();
    drop(lock);
}
