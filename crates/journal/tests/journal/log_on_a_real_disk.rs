//! The log on the operating system's disk: a second process, a full file system, one that is read-only, a path that is no
//! directory.
//!
//! Tests that need a process of their own run this program again, with `ROLE` set; with a mount of their own, inside a
//! mount namespace made by `unshare`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tidegate_journal::log::{AppendError, Log, OpenError, Recovered, Settings};
use tidegate_journal::{Offset, RealDisk};

const ROLE: &str = "TIDEGATE_JOURNAL_TEST_DIR";

fn open(dir: &Path, segment_bytes: u64) -> Result<(Log, Recovered), OpenError> {
    let zero_ahead_bytes = segment_bytes / 4;
    Log::open(Arc::new(RealDisk), Settings { segment_bytes, zero_ahead_bytes, ..Settings::new(dir, 7) })
}

/// Runs the named test of this program again, as a process whose `ROLE` is `dir`.
fn again(mut launcher: Command, test: &str, dir: &Path) -> Command {
    launcher.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, dir);
    launcher
}

fn this_program() -> std::path::PathBuf {
    std::env::current_exe().expect("a running program has a path")
}

/// Runs the named test again with a file system of one mebibyte at `ROLE`, and insists that it ran and passed.
pub(crate) fn in_a_small_file_system(test: &str) {
    let dir = tempfile::tempdir().unwrap();
    let flags = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    let mut launcher = Command::new("unshare");
    let script = format!("mount -t tmpfs -o size=1m none \"${ROLE}\" && exec \"$0\" \"$@\"");
    launcher.args([flags, "sh", "-c", &script]).arg(this_program());
    let output = again(launcher, test, dir.path()).output().expect("this test needs `unshare`");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("the inside was reached"),
        "inside the namespace: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

pub(crate) fn role() -> Option<std::path::PathBuf> {
    std::env::var_os(ROLE).map(Into::into)
}

#[test]
fn a_second_process_is_refused_until_the_first_is_killed() {
    if let Some(dir) = role() {
        let _log = open(&dir, 1 << 20).unwrap();
        println!("\nopen");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let test = "log_on_a_real_disk::a_second_process_is_refused_until_the_first_is_killed";
    let mut child = again(Command::new(this_program()), test, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "open"), "the child opens the log");

    match open(dir.path(), 1 << 20) {
        Err(error @ OpenError::Locked { pid, .. }) => {
            assert_eq!(pid, Some(child.id()));
            assert!(error.to_string().contains(&format!("in use by process {}", child.id())));
        }
        other => panic!("two processes have the log open: {other:?}"),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    open(dir.path(), 1 << 20).unwrap();
}

#[test]
fn what_a_killed_process_acknowledged_is_there() {
    if let Some(dir) = role() {
        let (mut log, _) = open(&dir, 64 << 10).unwrap();
        loop {
            let next = log.next_offset().0.to_le_bytes();
            log.append([&next[..], &[9; 200]]).unwrap();
            println!("\nacknowledged {}", log.sync().unwrap());
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 1..=5 {
        let test = "log_on_a_real_disk::what_a_killed_process_acknowledged_is_there";
        let mut child =
            again(Command::new(this_program()), test, dir.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut numbers =
            lines.by_ref().filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        acknowledged = numbers.nth(round * 100).expect("the child appends until it is killed");
        child.kill().unwrap();
        acknowledged = numbers.last().unwrap_or(acknowledged);
        child.wait().unwrap();
    }
    let (log, recovered) = open(dir.path(), 64 << 10).unwrap();
    assert!(
        acknowledged >= 3000 && recovered.next_offset >= Offset(acknowledged),
        "{acknowledged} of {recovered:?}"
    );
    for pair in log.reader(Offset::ZERO).map(Result::unwrap).collect::<Vec<_>>().chunks(2) {
        assert_eq!((&pair[0].1[..], &pair[1].1[..]), (&pair[0].0.0.to_le_bytes()[..], &[9; 200][..]));
    }
}

#[test]
fn a_full_file_system_refuses_batches_loses_nothing_and_goes_on_when_there_is_room() {
    let Some(dir) = role() else {
        return in_a_small_file_system(
            "log_on_a_real_disk::a_full_file_system_refuses_batches_loses_nothing_and_goes_on_when_there_is_room",
        );
    };
    let too_big = open(&dir.join("big"), 64 << 20).unwrap_err();
    assert!(matches!(&too_big, OpenError::Disk(error) if error.is_full()), "{too_big:?}");

    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![1; 300 << 10]).unwrap();
    let (mut log, _) = open(&dir.join("log"), 128 << 10).unwrap();
    let record = [b'r'; 1000];
    let full = loop {
        match log.append([&record[..]]).and_then(|_| log.sync()) {
            Ok(_) => {}
            Err(AppendError::Full(error)) => break error,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(full.to_string().contains("no space is left on the device"), "{full}");
    let held = log.durable_offset();
    assert!(held > Offset(300), "{held} records fit");
    assert!(matches!(log.append([&record[..]]), Err(AppendError::Full(_))), "still full, still usable");

    std::fs::remove_file(ballast).unwrap();
    log.append([&record[..]]).unwrap();
    log.sync().unwrap();
    drop(log);
    let (log, recovered) = open(&dir.join("log"), 128 << 10).unwrap();
    assert_eq!((recovered.next_offset, recovered.cut), (held.plus(1), None));
    assert!(log.reader(Offset::ZERO).all(|found| found.unwrap().1 == record[..]));
    println!("the inside was reached");
}

#[test]
fn a_read_only_file_system_is_named() {
    let Some(dir) = role() else {
        return in_a_small_file_system("log_on_a_real_disk::a_read_only_file_system_is_named");
    };
    drop(open(&dir, 64 << 10).unwrap());
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&dir).status().unwrap().success());
    for dir in [dir.clone(), dir.join("another")] {
        let error = open(&dir, 64 << 10).unwrap_err().to_string();
        assert!(error.contains("the file system is read-only; mount it for writing"), "{error}");
        assert!(error.contains(dir.to_str().unwrap()), "{error}");
    }
    println!("the inside was reached");
}

#[test]
fn a_path_that_is_a_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, "not a directory").unwrap();
    for (path, action) in
        [(path.clone(), "create the directory"), (path.join("below"), "create the directory")]
    {
        let error = open(&path, 1 << 20).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot {action} {}: ", path.display())), "{error}");
        assert!(error.contains("something else has that name"), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"not a directory");
}

#[test]
fn a_log_survives_being_closed_and_opened() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path(), 64 << 10).unwrap();
    for record in 0..2000_u32 {
        log.append([&record.to_le_bytes()[..], &[7; 90]]).unwrap();
    }
    log.sync().unwrap();
    drop(log);
    let (mut log, recovered) = open(dir.path(), 64 << 10).unwrap();
    assert_eq!((recovered.next_offset, recovered.cut), (Offset(4000), None));
    assert!(recovered.segments >= 4);
    assert_eq!(&log.read(Offset(2468)).unwrap()[..], 1234_u32.to_le_bytes());
    assert!(log.retain_from(Offset(3000)).unwrap() > 0);
    assert!(log.first_offset() > Offset(1000));
}
