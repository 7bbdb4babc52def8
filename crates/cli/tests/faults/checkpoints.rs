//! Checkpoints that are damaged: the journal has everything, so what people are told gives everything back.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::tally::{Batch, Client};

/// What is done to a file, and in words what it is then.
type Damage = (&'static str, fn(&mut Vec<u8>));

const DAMAGES: [Damage; 3] = [
    ("is empty", Vec::clear),
    ("is cut short", |bytes| bytes.truncate(used(bytes) / 2)),
    ("has a bit flipped", |bytes| {
        let middle = used(bytes) / 2;
        bytes[middle] ^= 16;
    }),
];

/// Bytes up to the last that is not zero: files are longer than what was written.
fn used(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

#[test]
fn damage_is_either_harmless_or_named_with_a_way_out_that_leads_out() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    let mut sender = Client::default();
    assert_eq!(sender.send(&server, Batch { events: 20, bytes: 100 }).1.status, 202);
    server.stop().stdout();
    fs::rename(place.path("data"), place.path("whole")).unwrap();

    let mut refused = 0;
    for file in files_below(&place.path("whole/state")) {
        let whole = fs::read(&file).unwrap();
        if used(&whole) == 0 {
            continue;
        }
        for (name, damage) in DAMAGES {
            copy(&place.path("whole"), &place.path("data"));
            let mut bytes = whole.clone();
            damage(&mut bytes);
            let damaged = place.path("data").join(file.strip_prefix(place.path("whole")).unwrap());
            fs::write(&damaged, bytes).unwrap();
            let told = start_and_check(&place, &sender);
            refused += u32::from(told.is_some());
            if let Some(told) = told {
                let what = format!("{} {name}: {told}", damaged.display());
                assert!(told.contains("the checkpoint store at data/state is damaged"), "{what}");
                assert!(told.contains("help: the journal begins at record 0: delete `data/state`"), "{what}");
                assert!(!told.contains("panicked"), "{what}");
                fs::remove_dir_all(place.path("data/state")).unwrap();
                assert_eq!(start_and_check(&place, &sender), None, "{what}");
            }
            fs::remove_dir_all(place.path("data")).unwrap();
        }
    }
    assert!(refused > 5, "only {refused} were noticed");
}

/// Starts on `data`; `None` where everything is there, and otherwise why it did not start.
fn start_and_check(place: &Place, sender: &Client) -> Option<String> {
    // A run that there is not ends at once, and opens the directory as a server would.
    let ended = place.tidegate(&["run", "--resume", "--data", "data"]);
    if ended.code == Some(1) {
        return Some(ended.stderr);
    }
    let server = Client::serve(place, "data");
    sender.check(&server);
    server.running.kill();
    None
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] });
    let mut files: Vec<PathBuf> = below.collect();
    files.sort_unstable();
    files
}

fn copy(from: &Path, to: &Path) {
    // Files with holes stay so.
    assert!(std::process::Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}
