//! Schedules, backfills and parameters, as people use them.

use expect_test::expect;

use crate::place::{Place, client};

/// Ticks each second, and needs nothing to run.
const EACH_SECOND: &str = "
dag: beat
schedule: {every: 1s, overlap: allow}
tasks:
  say: {builtin: echo, input: '{% input.schedule.time %}'}
";

const NIGHTLY: &str = "
dag: nightly
schedule: {cron: '30 2 * * *', timezone: Europe/Berlin}
params:
  days: {type: integer, default: 7}
tasks:
  load: {builtin: echo, input: '{% input.days %}'}
";

#[test]
fn the_next_times_of_a_file_are_told_without_a_server() {
    let place = Place::new();
    place.file("nightly.yaml", NIGHTLY);
    let next = ["schedule", "next", "nightly.yaml", "--from", "2026-03-28", "--count", "3"];
    let next = place.tidegate(&[&next[..], &["-o", "jsonl"]].concat());
    let times: Vec<(String, String)> = next
        .stdout
        .lines()
        .map(|line| {
            let tick = tidegate_json::Value::parse(line).unwrap();
            let text = |key: &str| tick.get(key).and_then(tidegate_json::Value::as_str).unwrap().to_owned();
            (text("time"), text("local") + &text("offset"))
        })
        .collect();
    let expected = [
        ("2026-03-28T01:30:00Z", "2026-03-28T02:30:00+01:00"),
        ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
        ("2026-03-30T00:30:00Z", "2026-03-30T02:30:00+02:00"),
    ];
    assert_eq!(times, expected.map(|(utc, local)| (utc.to_owned(), local.to_owned())));
    place.file("plain.yaml", "dag: plain\ntasks: {a: {builtin: echo}}\n");
    place.tidegate(&["schedule", "next", "plain.yaml"]).check(expect![[r#"
        exit 5
        stderr: error: `plain.yaml` has no schedule
        stderr: help: add one to it, as in `schedule: "@daily"`: see docs/schedules.md
    "#]]);
}

#[test]
fn an_input_that_is_none_is_refused_with_all_its_mistakes() {
    let place = Place::new();
    place.file("nightly.yaml", NIGHTLY);
    let run = ["run", "nightly.yaml", "--ephemeral", "--quiet", "--input"];
    place.tidegate(&[&run[..], &[r#"{"days": "x", "dais": 1}"#]].concat()).check(expect![[r#"
        exit 2
        stderr: error: the input is not what `nightly` takes
        stderr:   at the top: Additional properties are not allowed ('dais' was unexpected)
        stderr:   at /days: "x" is not of type "integer"
        stderr: help: its file says under `params` what it takes
    "#]]);
    place.tidegate(&[&run[..], &["{}"]].concat()).check(expect![[r#"
        exit 0
        stdout: {"load":7}
    "#]]);
    let server = place.serve(&["nightly.yaml"]);
    client(&place, &server, &["start", "nightly", "--input", "{\"days\": 1.5}"]).check(expect![[r#"
        exit 2
        stderr: error: `/days`: 1.5 is not of type "integer"
        stderr:   at /days: 1.5 is not of type "integer"
    "#]]);
}

#[test]
fn a_schedule_starts_runs_until_it_is_paused() {
    let place = Place::new();
    place.file("beat.yaml", EACH_SECOND);
    let server = place.serve(&["beat.yaml"]);
    // The standing run is r1; the first tick is at most a second away.
    client(&place, &server, &["runs", "get", "r1", "-o", "name"]).check(expect![[r#"
        exit 0
        stdout: r1
    "#]]);
    let mut tail = place.start(&["runs", "tail", "--workflow", "beat", "--server", &server.url]);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut tail.stdout, &mut line).unwrap();
    assert!(line.contains("  run started  "), "{line}");
    tail.kill();
    client(&place, &server, &["schedule", "pause", "beat"]).check(expect![[r#"
        exit 0
        stderr: the schedule of `beat` is paused; `tidegate schedule resume` lets it go on
    "#]]);
    let listed = client(&place, &server, &["schedule", "ls", "-o", "jsonl"]).stdout;
    let listed = tidegate_json::Value::parse(listed.trim()).unwrap();
    assert_eq!(listed.get("status").and_then(tidegate_json::Value::as_str), Some("paused"));
    client(&place, &server, &["schedule", "pause", "nothing"]).check(expect![[r#"
        exit 5
        stderr: error: there is no workflow `nothing`
        stderr: help: `tidegate schedule ls` lists schedules
    "#]]);
}

#[test]
fn a_backfill_runs_the_intervals_of_the_past() {
    let place = Place::new();
    place.file("nightly.yaml", NIGHTLY);
    let server = place.serve(&[]);
    let fill = ["backfill", "nightly.yaml", "--from", "2026-01-01", "--to", "2026-01-04"];
    let dry = client(&place, &server, &[&fill[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, Some(0));
    assert_eq!(dry.stdout.lines().count(), 3);
    let done = client(&place, &server, &[&fill[..], &["--concurrency", "2"]].concat());
    assert_eq!(
        done.stdout, "{\"intervals\":3,\"succeeded\":3,\"failed\":0,\"skipped\":0}\n",
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("3 of 3 done"), "{}", done.stderr);
    let late = ["backfill", "nightly", "--from", "2999-01-01", "--to", "2999-01-04"];
    client(&place, &server, &late).check(expect![[r#"
        exit 2
        stderr: error: no interval of the schedule that is over begins in that time
        stderr: help: an interval lasts from one tick to the next: `tidegate schedule next` shows them
    "#]]);
}
