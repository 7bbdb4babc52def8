//! What every checkpoint store does, and what the embedded one does when its files are not what they were.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::Path;

use tidegate_journal::checkpoints::{ALL_KEYS, CheckpointError, KEY_BYTES_MAX, Memory, Order, Settings};
use tidegate_journal::{Change, Checkpoints, Keyspace, Offset};

use crate::random::Random;

const STATE: Keyspace = Keyspace::new(1);
const RUNS: Keyspace = Keyspace::new(2);
const LAST: Keyspace = Keyspace::new(255);

fn open(dir: &Path) -> Checkpoints {
    Checkpoints::open(dir, &Settings::default()).unwrap()
}

fn put<'a>(keyspace: Keyspace, key: &'a [u8], value: &'a [u8]) -> Change<'a> {
    Change { keyspace, key, value: Some(value) }
}

/// What callers rely on. Passed by every implementation; `reopen` ends and begins a process.
fn conforms(mut reopen: impl FnMut(Option<Checkpoints>) -> Checkpoints) {
    let store = reopen(None);
    assert_eq!(store.offset().unwrap(), None);
    assert_eq!(store.load().unwrap().1.count(), 0);
    assert_eq!(store.persist().unwrap(), None);

    store.commit(Offset(0), &[]).unwrap();
    assert_eq!(store.offset().unwrap(), Some(Offset(0)), "no record applied is not the same as no commit");
    let changes = [
        put(STATE, b"b", b"1"),
        put(STATE, b"b", b"2"),
        put(STATE, b"a", b""),
        put(RUNS, b"b", b"3"),
        put(LAST, &[0xff, 0xff], b"4"),
        put(LAST, b"", b"5"),
    ];
    store.commit(Offset(10), &changes).unwrap();
    let text = |store: &Checkpoints| {
        let (offset, entries) = store.load().unwrap();
        let entries: Vec<_> = entries
            .map(Result::unwrap)
            .map(|(keyspace, key, value)| format!("{}/{key:?}={value:?}", keyspace.tag()))
            .collect();
        format!("{} {}", offset.unwrap(), entries.join(" "))
    };
    let expected = r#"10 1/b"a"=b"" 1/b"b"=b"2" 2/b"b"=b"3" 255/b""=b"5" 255/b"\xff\xff"=b"4""#;
    assert_eq!(text(&store), expected);
    let store = reopen(Some(store));
    assert_eq!(text(&store), expected, "a process may end without a persist");

    assert_eq!(
        store.get(STATE, b"b").unwrap().as_deref(),
        Some(&b"2"[..]),
        "of one key the last change counts"
    );
    assert_eq!(store.get(STATE, b"a").unwrap().as_deref(), Some(&b""[..]), "an empty value is a value");
    assert_eq!(store.get(RUNS, b"a").unwrap(), None, "keyspaces are separate");
    let (_, before) = store.load().unwrap();
    let remove = Change { keyspace: STATE, key: b"b", value: None };
    store.commit(Offset(11), &[remove, Change { key: b"none", ..remove }]).unwrap();
    assert_eq!(before.count(), 5, "a load is of one moment");
    assert_eq!(store.get(STATE, b"b").unwrap(), None);
    assert_eq!(store.persist().unwrap(), Some(Offset(11)));

    let longest = vec![b'k'; KEY_BYTES_MAX + 1];
    let refused = store.commit(Offset(12), &[put(RUNS, b"x", b""), put(LAST, &longest, b"")]);
    assert!(matches!(refused, Err(CheckpointError::KeyTooLong { .. })));
    assert_eq!((store.offset().unwrap(), store.get(RUNS, b"x").unwrap()), (Some(Offset(11)), None));
    store.commit(Offset(11), &[put(LAST, &longest[1..], b"6")]).unwrap();
    assert_eq!(store.get(LAST, &longest[1..]).unwrap().as_deref(), Some(&b"6"[..]));
    agrees_with_a_map(&store);
}

fn agrees_with_a_map(store: &Checkpoints) {
    let mut random = Random(5);
    let mut model = BTreeMap::new();
    for offset in 12..60 {
        let changes: Vec<(Vec<u8>, Option<Vec<u8>>)> = (0..random.below(20))
            .map(|_| {
                let length = random.below(3);
                let key =
                    random.bytes(length).iter().map(|byte| [b'a', b'b', 0xff][*byte as usize % 3]).collect();
                (key, (!random.one_in(4)).then(|| random.bytes(8)))
            })
            .collect();
        for (key, value) in &changes {
            match value {
                Some(value) => model.insert(key.clone(), value.clone()),
                None => model.remove(key),
            };
        }
        let changes: Vec<_> = changes
            .iter()
            .map(|(key, value)| Change { keyspace: Keyspace::new(9), key, value: value.as_deref() })
            .collect();
        store.commit(Offset(offset), &changes).unwrap();

        let prefix: &[u8] = [&b""[..], b"a", b"b", b"ab", &[0xff], &[0xff, 0xff]][random.below(6) as usize];
        let bound = |random: &mut Random, key| match random.below(3) {
            0 => Bound::Included(key),
            1 => Bound::Excluded(key),
            _ => Bound::Unbounded,
        };
        let range = (bound(&mut random, &b"a"[..]), bound(&mut random, prefix));
        let inside = |key: &[u8]| {
            let from = match range.0 {
                Bound::Included(from) => key >= from,
                Bound::Excluded(from) => key > from,
                Bound::Unbounded => true,
            };
            from && match range.1 {
                Bound::Included(to) => key <= to,
                Bound::Excluded(to) => key < to,
                Bound::Unbounded => true,
            }
        };
        let limit = random.below(8) as usize;
        for order in [Order::Ascending, Order::Descending] {
            let expect = |holds: &dyn Fn(&[u8]) -> bool| -> Vec<_> {
                let mut all: Vec<_> = model.iter().filter(|(key, _)| holds(key)).collect();
                if order == Order::Descending {
                    all.reverse();
                }
                all.into_iter()
                    .take(limit)
                    .map(|(key, value)| (key.clone().into(), value.clone().into()))
                    .collect()
            };
            let all = store.scan(Keyspace::new(9), ALL_KEYS, order, limit).unwrap();
            assert_eq!(all, expect(&|_| true));
            assert_eq!(
                store.scan(Keyspace::new(9), range, order, limit).unwrap(),
                expect(&inside),
                "{range:?}"
            );
            let prefixed = store.scan_prefix(Keyspace::new(9), prefix, order, limit).unwrap();
            assert_eq!(prefixed, expect(&|key| key.starts_with(prefix)), "{prefix:?}");
        }
    }
}

#[test]
fn the_embedded_store_conforms() {
    let dir = tempfile::tempdir().unwrap();
    conforms(|before| {
        drop(before);
        open(dir.path())
    });
}

#[test]
fn the_store_in_memory_conforms() {
    let memory = Memory::new();
    conforms(|before| {
        drop(before);
        Checkpoints::in_memory(memory.clone())
    });
}

#[test]
fn a_crash_takes_the_memory_back_to_the_last_persist() {
    let memory = Memory::new();
    let store = Checkpoints::in_memory(memory.clone());
    store.commit(Offset(1), &[put(STATE, b"kept", b"1"), put(STATE, b"changed", b"1")]).unwrap();
    store.persist().unwrap();
    store.commit(Offset(2), &[put(STATE, b"changed", b"2"), put(RUNS, b"new", b"2")]).unwrap();
    let remove = Change { keyspace: STATE, key: b"kept", value: None };
    store.commit(Offset(3), &[remove, put(STATE, b"changed", b"3")]).unwrap();
    memory.crash();
    let (offset, entries) = store.load().unwrap();
    let values: Vec<_> = entries.map(|entry| entry.unwrap()).map(|(_, key, value)| (key, value)).collect();
    assert_eq!(offset, Some(Offset(1)));
    assert_eq!(values, [("changed".into(), "1".into()), ("kept".into(), "1".into())]);
}

#[test]
#[should_panic(expected = "state does not go back")]
fn an_offset_below_the_last_is_a_bug() {
    let store = Checkpoints::in_memory(Memory::new());
    store.commit(Offset(2), &[]).unwrap();
    drop(store.commit(Offset(1), &[]));
}

#[test]
fn a_second_opener_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _store = open(dir.path());
    let second = Checkpoints::open(dir.path(), &Settings::default());
    assert!(matches!(second, Err(CheckpointError::Locked { .. })), "{second:?}");
}

/// Commits 1 to `last`, each of which writes its number to 50 keys of two keyspaces.
fn committed(dir: &Path, settings: &Settings, last: u64) -> Checkpoints {
    let store = Checkpoints::open(dir, settings).unwrap();
    for offset in 1..=last {
        let keys: Vec<_> = (0..50_u8).map(|key| [key]).collect();
        let value = offset.to_le_bytes();
        let changes: Vec<_> =
            keys.iter().flat_map(|key| [put(STATE, key, &value), put(RUNS, key, &value)]).collect();
        store.commit(Offset(offset), &changes).unwrap();
    }
    store
}

fn files_below(dir: &Path) -> Vec<std::path::PathBuf> {
    let (dirs, files): (Vec<_>, Vec<_>) =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).partition(|path| path.is_dir());
    files.into_iter().chain(dirs.iter().flat_map(|dir| files_below(dir))).collect()
}

/// The state must be whole and of one commit: every value is the offset.
fn state_of_one_commit(store: &Checkpoints) -> u64 {
    let (offset, entries) = store.load().unwrap();
    let Some(offset) = offset else {
        assert_eq!(entries.count(), 0);
        return 0;
    };
    let values: Vec<_> = entries.map(|entry| entry.unwrap().2).collect();
    assert_eq!(values.len(), 100);
    assert!(values.iter().all(|value| value[..] == offset.0.to_le_bytes()), "all keyspaces at one offset");
    offset.0
}

#[test]
fn whatever_the_end_of_the_write_ahead_file_lost_the_state_is_that_of_one_commit() {
    let written = tempfile::tempdir().unwrap();
    drop(committed(written.path(), &Settings::default(), 40));
    let write_ahead = files_below(written.path())
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "jnl"))
        .expect("a write-ahead file");
    let bytes = fs::read(&write_ahead).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let mut seen = std::collections::BTreeSet::new();
    for part in 1..=20 {
        let mut torn = bytes.clone();
        torn[used * part / 20 - 1..used].fill(0);
        torn.truncate(used);
        fs::write(&write_ahead, torn).unwrap();
        let copy = copy_of(written.path());
        seen.insert(state_of_one_commit(&open(copy.path())));
    }
    assert!(seen.len() > 10, "the cuts must fall into different commits: {seen:?}");
}

fn copy_of(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in files_below(dir) {
        let to = copy.path().join(file.strip_prefix(dir).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
    for dir in dirs_below(dir).iter().map(|path| path.strip_prefix(dir).unwrap()) {
        fs::create_dir_all(copy.path().join(dir)).unwrap();
    }
    copy
}

fn dirs_below(dir: &Path) -> Vec<std::path::PathBuf> {
    let dirs = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    dirs.flat_map(|dir| dirs_below(&dir).into_iter().chain([dir])).collect()
}

#[test]
fn a_damaged_store_is_named_and_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    drop(committed(dir.path(), &Settings::default(), 40));
    fs::write(dir.path().join("version"), b"none of ours").unwrap();
    let error = Checkpoints::open(dir.path(), &Settings::default()).unwrap_err();
    assert!(matches!(error, CheckpointError::Damaged { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(dir.path().to_str().unwrap()) && text.contains("delete that directory"), "{text}");
}

#[test]
fn a_flipped_bit_is_noticed_or_does_no_harm() {
    let written = tempfile::tempdir().unwrap();
    let small = Settings { buffer_bytes: 64 << 10, ..Settings::default() };
    drop(committed(written.path(), &small, 120));
    let mut random = Random(11);
    let mut noticed = 0;
    for file in files_below(written.path()) {
        let bytes = fs::read(&file).unwrap();
        let Some(last) = bytes.iter().rposition(|byte| *byte != 0) else { continue };
        for _ in 0..3 {
            let copy = copy_of(written.path());
            let mut rotten = bytes.clone();
            rotten[random.below(last as u64 + 1) as usize] ^= 1 << random.below(8);
            fs::write(copy.path().join(file.strip_prefix(written.path()).unwrap()), rotten).unwrap();
            noticed += usize::from(!is_whole(copy.path(), &small));
        }
    }
    assert!(noticed > 2, "some bits must matter: {noticed}");
}

/// False if the store refused to open or to be read; panics if it gave out a state that was never committed.
fn is_whole(dir: &Path, settings: &Settings) -> bool {
    let Ok(store) = Checkpoints::open(dir, settings) else { return false };
    let (_, mut entries) = match store.load() {
        Ok(loaded) => loaded,
        Err(_) => return false,
    };
    if entries.any(|entry| entry.is_err()) {
        return false;
    }
    state_of_one_commit(&store);
    true
}
