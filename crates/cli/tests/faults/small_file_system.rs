//! A file system of its own for a test: this program again, inside of a mount namespace.

use std::path::PathBuf;
use std::process::Command;

const ROLE: &str = "TIDEGATE_FAULTS_TEST_DIR";

/// Where a test is to go on.
pub(crate) enum Where {
    /// Inside: the directory has a file system of its own.
    Inside(PathBuf),
    /// It has run inside, and passed.
    Done,
    /// No file system can be mounted here.
    NotPermitted,
}

/// Sends the named test inside, onto a file system of `mebibytes`.
pub(crate) fn enter(test: &str, mebibytes: u32) -> Where {
    if let Some(dir) = std::env::var_os(ROLE) {
        return Where::Inside(dir.into());
    }
    let dir = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size={mebibytes}m none \"${ROLE}\"");
    if !unshare(&mount).env(ROLE, dir.path()).status().is_ok_and(|status| status.success()) {
        return Where::NotPermitted;
    }
    let output = unshare(&format!("{mount} && exec \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains(REACHED),
        "inside the namespace: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Where::Done
}

/// Says that the test has come to its end inside: a name that fits no test would pass as well.
pub(crate) fn reached() {
    println!("{REACHED}");
}

const REACHED: &str = "the inside was reached";

fn unshare(script: &str) -> Command {
    let flags = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    let mut command = Command::new("unshare");
    command.args([flags, "sh", "-c", script]);
    command
}
