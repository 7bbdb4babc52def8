//! An event of 100 MB.

use std::fs;

use crate::http;
use crate::place::{Place, Server, client};
use crate::tally::{Batch, Client};

const MEGABYTE: usize = 1_000_000;

#[test]
fn an_event_of_100_mb_is_refused_by_its_limit_and_costs_the_server_nothing() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    let mut sender = Client::default();
    assert_eq!(sender.send(&server, Batch { events: 1, bytes: 10 }).1.status, 202);
    place.file("huge.json", &format!("\"{}\"", "x".repeat(100 * MEGABYTE)));
    let before = most_memory(&server);
    let refused = client(&place, &server, &["emit", "--type", "test.huge", "--data", "@huge.json"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("above the limit of 67108864 bytes"), "{}", refused.stderr);
    assert!(refused.stderr.contains("send a reference"), "{}", refused.stderr);
    let more = most_memory(&server) - before;
    assert!(more < 16 << 10, "the server took {more} KiB for an event that it refused");
    sender.check(&server);
}

#[test]
fn an_event_of_50_mb_is_kept_beside_the_journal_and_survives_a_restart() {
    let place = Place::new();
    let server = Client::serve(&place, "data");
    place.file("large.json", &format!("{{\"number\": 7, \"padding\": \"{}\"}}", "x".repeat(50 * MEGABYTE)));
    let emit = ["emit", "--type", "test.large", "--id", "large", "--data", "@large.json"];
    let id = client(&place, &server, &emit).stdout().to_owned();
    let journal = fs::read(place.path("data/journal/00000000000000000000.seg")).unwrap();
    assert!(journal.iter().filter(|byte| **byte != 0).count() < 100_000, "it travels by reference");
    server.running.kill();
    let server = Client::serve(&place, "data");
    assert_eq!(http::get(&server, &format!("/v1/events/{id}")).status, 200);
    let again = client(&place, &server, &emit);
    assert!(again.stderr.contains("had arrived before"), "{}", again.stderr);
}

/// The most memory that the server ever had resident, in KiB.
fn most_memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
