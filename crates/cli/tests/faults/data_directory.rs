//! Data directories that cannot be used.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::place::{Ended, Place};
use crate::small_file_system::{self, Where};

#[track_caller]
fn check_refused(ended: &Ended, path: &str, cause: &str) {
    let told = &ended.stderr;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("error: cannot ") && told.contains(path) && told.contains(cause), "{told}");
    assert!(told.contains("help: name a directory that this user may write: --data DIR"), "{told}");
}

/// `dev` on `data`, started by `launcher` where there is one.
fn dev(place: &Place, launcher: &[&str], data: &Path) -> Ended {
    let dev = place.command(&["dev", "--listen", "127.0.0.1:0", "--data"]);
    let words = launcher.iter().map(|word| (*word).into()).chain([dev.get_program().to_owned()]);
    let words: Vec<std::ffi::OsString> = words.chain(dev.get_args().map(ToOwned::to_owned)).collect();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(data).current_dir(place.path("")).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if !line.is_empty() {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    Ended { code: output.status.code(), stdout: line, stderr: String::from_utf8(output.stderr).unwrap() }
}

#[test]
fn a_file_in_its_place_is_named() {
    let place = Place::new();
    place.file("file", "kept");
    for path in ["file", "file/below"] {
        let ended = dev(&place, &[], Path::new(path));
        check_refused(&ended, path, if path == "file" { "File exists" } else { "Not a directory" });
    }
    assert_eq!(fs::read_to_string(place.path("file")).unwrap(), "kept");
}

#[test]
fn a_file_in_the_place_of_a_part_of_it_is_named() {
    for part in ["journal", "state", "payloads"] {
        let place = Place::new();
        fs::create_dir(place.path("data")).unwrap();
        place.file(&format!("data/{part}"), "kept");
        let ended = dev(&place, &[], &place.path("data"));
        check_refused(&ended, &format!("data/{part}"), "");
        assert_eq!(fs::read_to_string(place.path(&format!("data/{part}"))).unwrap(), "kept");
    }
}

#[test]
fn a_directory_without_permissions_is_named() {
    // Permissions do not bind root, so root gives up what they do not bind by.
    let launcher: &[&str] = if rustix::process::geteuid().is_root() {
        &["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    } else {
        &[]
    };
    for (mode, below) in [(0o000, "data"), (0o500, "data"), (0o500, "data/new"), (0o000, "data/new")] {
        let place = Place::new();
        fs::create_dir(place.path("data")).unwrap();
        let set = |mode| fs::set_permissions(place.path("data"), fs::Permissions::from_mode(mode)).unwrap();
        set(mode);
        let ended = dev(&place, launcher, &place.path(below));
        set(0o700);
        check_refused(&ended, below, "Permission denied");
        assert_eq!(fs::read_dir(place.path("data")).unwrap().count(), 0, "nothing was made");
    }
}

#[test]
fn a_read_only_file_system_is_named() {
    let dir = match small_file_system::enter("data_directory::a_read_only_file_system_is_named", 1) {
        Where::Done => return,
        Where::NotPermitted => {
            return eprintln!(
                "WARNING: no file system can be mounted here; permissions are all that is checked"
            );
        }
        Where::Inside(dir) => dir,
    };
    fs::create_dir(dir.join("data")).unwrap();
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&dir).status().unwrap().success());
    let place = Place::new();
    for data in ["data", "new"] {
        let ended = dev(&place, &[], &dir.join(data));
        check_refused(&ended, dir.join(data).to_str().unwrap(), "Read-only file system");
    }
    small_file_system::reached();
}

#[test]
fn a_disk_without_room_for_a_journal_is_named() {
    let dir = match small_file_system::enter("data_directory::a_disk_without_room_for_a_journal_is_named", 8)
    {
        Where::Done => return,
        Where::NotPermitted => {
            let place = Place::new();
            eprintln!("WARNING: no file system can be mounted here; files are limited in size instead");
            let launcher = ["prlimit", "--fsize=1048576"];
            return check_no_room(&dev(&place, &launcher, &place.path("data")), "limit on file size");
        }
        Where::Inside(dir) => dir,
    };
    let place = Place::new();
    check_no_room(&dev(&place, &[], &dir.join("data")), "no space is left on the device; free some");
    small_file_system::reached();
}

#[track_caller]
fn check_no_room(ended: &Ended, cause: &str) {
    let told = &ended.stderr;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{told}");
    assert!(told.contains("/data/journal/") && told.contains(cause), "{told}");
}
