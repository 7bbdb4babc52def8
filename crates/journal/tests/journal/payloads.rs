//! What the payload store promises, on both disks.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use tidegate_journal::payloads::{Digest, PayloadError};
use tidegate_journal::{Disk, Payloads, RealDisk, SimDisk};

use crate::random::Random;

/// SHA-256 of "abc". Source: FIPS 180-2, appendix B.1.
const ABC: Digest = [
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
    0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];
const ABC_PATH: &str = "payloads/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn behaves(disk: &Arc<dyn Disk>, dir: &Path) {
    let store = Payloads::open(disk.clone(), dir).unwrap();
    assert_eq!(store.get(&ABC).unwrap(), None);
    assert_eq!(store.put(b"abc").unwrap(), ABC);
    assert_eq!(store.put(b"abc").unwrap(), ABC, "a second time it is there already");
    assert_eq!(store.get(&ABC).unwrap().as_deref(), Some(&b"abc"[..]));
    assert!(store.contains(&ABC).unwrap());

    let mut writer = store.writer().unwrap();
    writer.write_all(b"a").unwrap();
    writer.write_all(b"bc").unwrap();
    assert_eq!(writer.finish().unwrap(), ABC, "piece by piece it is the same blob");
    let mut dropped = store.writer().unwrap();
    dropped.write_all(b"never finished").unwrap();
    drop(dropped);

    let mut text = String::new();
    let mut reader = store.open_read(&ABC).unwrap().unwrap();
    assert_eq!(reader.len(), 3);
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "abc");

    let digests = store.put_all(&[b"", &[7; 100_000], b"abc", b""]).unwrap();
    assert_eq!(digests[2], ABC);
    assert_eq!(store.get(&digests[0]).unwrap().unwrap(), b"");
    assert_eq!(store.get(&digests[1]).unwrap().unwrap(), [7; 100_000]);
    let mut expected = vec![digests[0], digests[1], ABC];
    expected.sort_unstable();
    assert_eq!(store.iter().unwrap().map(Result::unwrap).collect::<Vec<_>>(), expected);

    assert!(store.remove(&ABC).unwrap());
    assert!(!store.remove(&ABC).unwrap());
    assert_eq!(store.get(&ABC).unwrap(), None);
    assert_eq!(store.put(b"abc").unwrap(), ABC, "what was removed can come again");
}

#[test]
fn blobs_are_kept_on_the_real_disk() {
    let dir = tempfile::tempdir().unwrap();
    behaves(&(Arc::new(RealDisk) as Arc<dyn Disk>), dir.path());
    assert_eq!(std::fs::read(dir.path().join(ABC_PATH)).unwrap(), b"abc");
    assert_eq!(std::fs::read_dir(dir.path().join("payloads/unfinished")).unwrap().count(), 0);
}

#[test]
fn blobs_are_kept_on_the_simulated_disk() {
    behaves(&(Arc::new(SimDisk::new(1)) as Arc<dyn Disk>), Path::new("/data"));
}

#[test]
fn a_damaged_blob_is_never_given_out_as_whole() {
    let disk = SimDisk::new(1);
    let store = Payloads::open(Arc::new(disk.clone()), Path::new("/data")).unwrap();
    store.put(b"abc").unwrap();
    disk.rot(&Path::new("/data").join(ABC_PATH), 1, 1).unwrap();
    let error = store.get(&ABC).unwrap_err();
    assert!(matches!(&error, PayloadError::Damaged { path } if path.ends_with(ABC_PATH)));
    let mut reader = store.open_read(&ABC).unwrap().unwrap();
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn a_blob_that_was_stored_survives_any_crash_and_one_that_was_not_is_absent_or_whole() {
    for seed in 0..3000 {
        let mut random = Random(seed);
        let disk = SimDisk::new(seed);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let mut stored = Vec::new();
        let mut tried = Vec::new();
        for _ in 0..3 {
            let Ok(store) = Payloads::open(shared.clone(), Path::new("/data")) else {
                disk.crash();
                continue;
            };
            disk.cut_power_after(random.below(40));
            for _ in 0..4 {
                let blobs: Vec<_> = (0..1 + random.below(3)).map(|_| [random.below(20) as u8; 700]).collect();
                let slices: Vec<&[u8]> = blobs.iter().map(|blob| &blob[..]).collect();
                if store.put_all(&slices).is_ok() {
                    stored.extend(blobs);
                } else {
                    tried.extend(blobs);
                }
            }
            disk.crash();
        }
        let store = Payloads::open(shared, Path::new("/data")).unwrap();
        let there: Vec<_> =
            store.iter().unwrap().map(|digest| store.get(&digest.unwrap()).unwrap().unwrap()).collect();
        for blob in &stored {
            assert!(there.iter().any(|found| found[..] == blob[..]), "seed {seed} lost a stored blob");
        }
        for found in &there {
            let known = stored.iter().chain(&tried).any(|blob| blob[..] == found[..]);
            assert!(known, "seed {seed} has a blob that nobody stored");
        }
    }
}
