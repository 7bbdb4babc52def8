//! A journal that is damaged, and one whose end was torn off.

use std::fs;
use std::os::unix::fs::FileExt;

use crate::http;
use crate::place::Place;
use crate::refusal::refusal;
use crate::tally::{Batch, Client};

const SEGMENT: &str = "data/journal/00000000000000000000.seg";

/// Where the event with this number is in the segment.
fn position_of(segment: &[u8], number: u64) -> usize {
    let needle = format!("\"number\": {number}, ");
    let places: Vec<usize> = segment
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle.as_bytes())
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places.len(), 1, "{needle}");
    places[0]
}

#[test]
fn a_flipped_bit_in_an_early_record_is_refused_by_file_and_byte_and_nothing_is_changed() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    let mut sender = Client::default();
    for _ in 0..10 {
        assert_eq!(sender.send(&server, Batch { events: 1, bytes: 100 }).1.status, 202);
    }
    server.running.kill();

    let whole = fs::read(place.path(SEGMENT)).unwrap();
    let broken = position_of(&whole, 4);
    let file = fs::File::options().write(true).open(place.path(SEGMENT)).unwrap();
    file.write_all_at(&[whole[broken] ^ 1], broken as u64).unwrap();
    let damaged = fs::read(place.path(SEGMENT)).unwrap();
    // A frame is told by the end of the one before it.
    let before = position_of(&whole, 3);
    for command in [["dev", "--listen", "127.0.0.1:0"].as_slice(), &["run", "tally-run.yaml"]] {
        place.file("tally-run.yaml", "workflow: one\ntriggers:\n  begin: {on: start, do: {complete: 1}}\n");
        let refused = refusal(&place, &[command, &["--data", "data"]].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{}", refused.stderr);
        let told = &refused.stderr;
        assert!(told.contains("error: cannot open the data in `data`"), "{told}");
        assert!(told.contains(SEGMENT) && told.contains("restore the data from a backup"), "{told}");
        let (_, position) = told.split_once("at byte ").unwrap();
        let position: usize = position.split(',').next().unwrap().parse().unwrap();
        assert!((before..broken).contains(&position), "{before}..{broken}: {told}");
        assert!(fs::read(place.path(SEGMENT)).unwrap() == damaged, "nothing was written");
    }

    file.write_all_at(&[whole[broken]], broken as u64).unwrap();
    let server = Client::serve(&place, "data");
    sender.check(&server);
}

#[test]
fn without_a_backup_what_was_recorded_before_the_damage_can_be_had() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    assert_eq!(Client::default().send(&server, Batch { events: 5, bytes: 100 }).1.status, 202);
    server.stop().stdout();
    let segment = fs::read(place.path(SEGMENT)).unwrap();
    let file = fs::File::options().write(true).open(place.path(SEGMENT)).unwrap();
    file.write_all_at(&[!segment[20]], 20).unwrap();
    let refused = refusal(&place, &["run", "--resume", "--data", "data"]);
    assert!(
        refused.stderr.contains("move that file, all later segments and every checkpoint away"),
        "{}",
        refused.stderr
    );

    fs::rename(place.path(SEGMENT), place.path("segment")).unwrap();
    fs::rename(place.path("data/state"), place.path("state")).unwrap();
    let server = Client::serve(&place, "data");
    Client::default().check(&server);
}

#[test]
fn a_torn_end_that_nobody_was_told_of_is_cut() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    let mut sender = Client::default();
    for _ in 0..5 {
        assert_eq!(sender.send(&server, Batch { events: 1, bytes: 100 }).1.status, 202);
    }
    server.running.kill();

    // The beginning of a batch of which the rest never reached the disk.
    let segment = fs::read(place.path(SEGMENT)).unwrap();
    let end = segment.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let end = end.next_multiple_of(8);
    let file = fs::File::options().write(true).open(place.path(SEGMENT)).unwrap();
    file.write_all_at(&segment[64..64 + 50], end as u64).unwrap();
    let server = Client::serve(&place, "data");
    sender.check(&server);
    assert_eq!(sender.send(&server, Batch { events: 1, bytes: 100 }).1.status, 202);
    server.running.kill();
    let server = Client::serve(&place, "data");
    sender.check(&server);
}

#[test]
fn a_last_batch_that_lost_its_end_takes_nothing_with_it() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    let mut sender = Client::default();
    for _ in 0..5 {
        assert_eq!(sender.send(&server, Batch { events: 1, bytes: 100 }).1.status, 202);
    }
    server.running.kill();
    // The journal's tail is to count: without checkpoints it is all there is.
    fs::remove_dir_all(place.path("data/state")).unwrap();

    let mut last = Client::default();
    let segment = fs::read(place.path(SEGMENT)).unwrap();
    let file = fs::File::options().write(true).open(place.path(SEGMENT)).unwrap();
    file.set_len(position_of(&segment, 5) as u64).unwrap();
    let server = Client::serve(&place, "data");
    // The cut event was acknowledged, and only its own disk could lose it: the four before it are there.
    assert_eq!(last.send_again(&server, &[1, 2, 3, 4], 100).status, 202);
    let duplicates = last.send_again(&server, &[1, 2, 3, 4], 100).document();
    assert_eq!(duplicates.get("duplicates").unwrap().as_array().unwrap().len(), 4);
    last.check(&server);
    assert_eq!(http::get(&server, "/readyz").status, 200);
}
