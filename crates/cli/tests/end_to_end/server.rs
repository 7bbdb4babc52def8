//! Commands that talk to a server.

use expect_test::expect;

use crate::place::{Place, Server, client};

/// Standing ears, and what they start.
const PUSH: &str = "
workflow: on-push
standing: true
triggers:
  pushed: {on: {type: com.example.push}, do: {start: {workflow: build, input: '{% event.subject %}'}}}
";
const BUILD: &str = "
workflow: build
functions:
  make: {builtin: echo}
triggers:
  begin: {on: start, do: {invoke: {function: make, input: '{% input %}'}}}
  finish: {on: {succeeded: make}, do: {complete: '{% event.data %}'}}
";
/// Waits for two events.
const PAIR: &str = "
workflow: pair
triggers:
  both: {on: {type: com.example.half}, when: {join: 2}, do: {complete: both}}
";

fn served(files: &[(&str, &str)]) -> (Place, Server) {
    let place = Place::new();
    let server = place.serve(&[]);
    for (name, text) in files {
        place.file(name, text);
        assert_eq!(client(&place, &server, &["apply", name]).code, Some(0));
    }
    (place, server)
}

#[test]
fn an_event_starts_a_run_of_what_listens_to_it() {
    let (place, server) = served(&[("build.yaml", BUILD), ("push.yaml", PUSH)]);
    let id = client(&place, &server, &["emit", "--type", "com.example.push", "--subject", "main"]);
    let id = id.stdout();
    assert!(id.parse::<u64>().is_ok(), "{id}");
    let runs = client(&place, &server, &["runs", "--workflow", "build", "-o", "name"]);
    assert_eq!(runs.stdout(), "r2");
    client(&place, &server, &["why", id]).check(expect![[r#"
        exit 0
        stdout: event 3 of type `com.example.push`: taken
        stdout:   at trigger `pushed` of run r1: fired
        stdout:   run r2 of `build` started
        stdout:   at trigger `begin` of run r2: fired
        stdout:   task r2.t1 of function `make` was asked for
    "#]]);
}

#[test]
fn a_duplicate_event_changes_nothing_and_says_so() {
    let (place, server) = served(&[]);
    let emit = ["emit", "--type", "t", "--subject", "s", "--id", "1"];
    client(&place, &server, &emit).stdout();
    client(&place, &server, &emit).check(expect![[r#"
        exit 0
        stdout: 1
        stderr: note: an event with this source and id had arrived before; nothing happened
    "#]]);
}

#[test]
fn applying_says_what_has_changed() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.file("build.yaml", BUILD).file("push.yaml", PUSH);
    let applied = client(&place, &server, &["apply", "build.yaml", "push.yaml"]);
    let versions: Vec<&str> =
        applied.stderr.lines().map(|line| line.split(", version ").next().unwrap()).collect();
    assert_eq!(versions, ["workflow `build` is applied", "workflow `on-push` is applied"]);
    let again = client(&place, &server, &["apply", "build.yaml"]);
    assert!(again.stderr.contains("has not changed"), "{}", again.stderr);
    place.file("build.yaml", &BUILD.replace("finish", "end"));
    let changed = client(&place, &server, &["apply", "build.yaml"]);
    assert!(changed.stderr.contains("is applied"), "{}", changed.stderr);
}

#[test]
fn nothing_is_applied_where_one_file_has_mistakes() {
    let (place, server) = served(&[]);
    place.file("build.yaml", BUILD).file("broken.yaml", "workflow: broken\n");
    assert_eq!(client(&place, &server, &["apply", "build.yaml", "broken.yaml"]).code, Some(2));
    assert_eq!(client(&place, &server, &["workflows", "-o", "name"]).stdout(), "");
}

#[test]
fn a_run_is_started_once_for_a_key() {
    let (place, server) = served(&[("pair.yaml", PAIR)]);
    let start = ["start", "pair", "--key", "monday"];
    assert_eq!(client(&place, &server, &start).stdout(), "r1");
    assert_eq!(client(&place, &server, &start).stdout(), "r1");
}

#[test]
fn waiting_for_a_run_ends_with_its_result() {
    let (place, server) = served(&[("build.yaml", BUILD), ("pair.yaml", PAIR)]);
    client(&place, &server, &["start", "build", "--wait", "--input", r#"{"a": [1]}"#]).check(expect![[r#"
            exit 0
            stdout: {"a":[1]}
            stderr: run r1 of `build` started
        "#]]);
    let late = client(&place, &server, &["start", "pair", "--wait", "--timeout", "50ms"]);
    late.check(expect![[r#"
        exit 4
        stderr: run r2 of `pair` started
        stderr: error: run r2 has not ended within SPAN; it goes on
        stderr: help: `tidegate why r2` says what it waits for
    "#]]);
    client(&place, &server, &["cancel", "r2", "--reason", "enough"]).check(expect![[r#"
        exit 0
        stderr: run r2 cancelled
    "#]]);
    let run = client(&place, &server, &["runs", "get", "r2", "-o", "json"]);
    let run = tidegate_json::Value::parse(run.stdout()).unwrap();
    assert_eq!(run.get("status").unwrap().as_str(), Some("cancelled"));
}

#[test]
fn a_run_tells_what_it_waits_for() {
    let (place, server) = served(&[("pair.yaml", PAIR)]);
    client(&place, &server, &["start", "pair"]).stdout();
    client(&place, &server, &["emit", "--type", "com.example.half"]).stdout();
    client(&place, &server, &["why", "r1"]).check(expect![[r#"
        exit 0
        stdout: run r1 has not ended
        stdout:   trigger `both` waits for 1 more of 2 events, since TIME
    "#]]);
    client(&place, &server, &["why", "r1/both"]).check(expect![[r#"
        exit 0
        stdout: trigger `both` has not fired
        stdout:   it listens to an event of type `com.example.half`
        stdout:     it met 1 of them, the last at TIME
        stdout:   its condition, `join`, waits for 1 more of 2 events
        stdout:   TIME: entry 3, event 0: counted, 1 of 2
    "#]]);
    client(&place, &server, &["triggers", "ls", "r1"]).check(expect![[r#"
        exit 0
        stdout: TRIGGER  SCOPE  PHASE    SEEN  FIRED  LAST                      WAITS FOR
        stdout: both     pair   enabled  1     0      TIME  1 more of 2 events
    "#]]);
    client(&place, &server, &["emit", "--type", "com.example.half", "--run", "r1"]).stdout();
    client(&place, &server, &["why", "r1"]).check(expect![[r#"
        exit 0
        stdout: run r1 succeeded at TIME
    "#]]);
}

#[test]
fn a_paused_run_keeps_events_for_later() {
    let (place, server) = served(&[("pair.yaml", PAIR)]);
    client(&place, &server, &["start", "pair"]).stdout();
    client(&place, &server, &["pause", "r1"]).stdout();
    for _ in 0..2 {
        client(&place, &server, &["emit", "--type", "com.example.half"]).stdout();
    }
    assert_eq!(client(&place, &server, &["runs", "--status", "paused", "-o", "name"]).stdout(), "r1");
    client(&place, &server, &["resume", "r1"]).stdout();
    assert_eq!(client(&place, &server, &["runs", "--status", "succeeded", "-o", "name"]).stdout(), "r1");
}

#[test]
fn a_held_firing_waits_for_a_decision() {
    let (place, server) = served(&[("pair.yaml", PAIR)]);
    client(&place, &server, &["start", "pair"]).stdout();
    let hold = ["intercept", "r1", "review", "--trigger", "both", "--hold"];
    client(&place, &server, &hold).check(expect![[r#"
        exit 0
        stderr: interceptor `review` is attached to run r1
    "#]]);
    for _ in 0..2 {
        client(&place, &server, &["emit", "--type", "com.example.half"]).stdout();
    }
    client(&place, &server, &["why", "r1"]).check(expect![[r#"
        exit 0
        stdout: run r1 has not ended
        stdout:   a firing of `both` (r1.h1) waits for a decision, held by interceptor `review`, since TIME
        stdout:   trigger `both` waits for an event of type `com.example.half`, since TIME
    "#]]);
    client(&place, &server, &["release", "r1.h1"]).check(expect![[r#"
        exit 0
        stderr: r1.h1 fires
    "#]]);
    assert_eq!(client(&place, &server, &["runs", "--status", "succeeded", "-o", "name"]).stdout(), "r1");
}

#[test]
fn what_is_not_there_is_not_found() {
    let (place, server) = served(&[]);
    for command in [
        &["runs", "get", "r9"][..],
        &["why", "r9"],
        &["start", "nothing"],
        &["workflows", "get", "nothing"],
        &["functions", "get", "nothing"],
        &["events", "get", "4711"],
        &["tasks", "get", "r9.t1"],
        &["triggers", "ls", "r9"],
    ] {
        let ended = client(&place, &server, command);
        assert_eq!(ended.code, Some(5), "{command:?}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.starts_with("error: "), "{command:?}: {}", ended.stderr);
    }
}

#[test]
fn lists_have_all_their_forms() {
    let (place, server) = served(&[("build.yaml", BUILD)]);
    client(&place, &server, &["start", "build", "--wait"]).stdout();
    client(&place, &server, &["runs"]).check(expect![[r#"
        exit 0
        stdout: RUN  WORKFLOW  STATUS     STARTED                   ENDED                     ERROR
        stdout: r1   build     succeeded  TIME  TIME  -
    "#]]);
    for form in ["json", "jsonl", "yaml", "name"] {
        assert!(client(&place, &server, &["runs", "-o", form]).stdout().contains("r1"), "{form}");
    }
    client(&place, &server, &["tasks", "ls", "r1"]).check(expect![[r#"
        exit 0
        stderr: the run has no task under way; `tidegate runs history` tells what it had
    "#]]);
    client(&place, &server, &["events", "ls"]).check(expect![[r#"
        exit 0
        stderr: every event was taken by a trigger
    "#]]);
    client(&place, &server, &["functions"]).check(expect![[r#"
        exit 0
        stderr: no function is registered for all; workflow files bring their own
    "#]]);
}

#[test]
fn functions_come_and_go() {
    let (place, server) = served(&[]);
    client(&place, &server, &["functions", "put", "nap", r#"{"builtin": "sleep"}"#]).check(expect![[r#"
        exit 2
        stderr: error: this is no function: missing field `runtime`
    "#]]);
    client(&place, &server, &["functions", "put", "nap", r#"{"runtime": "builtin", "builtin": "sleep"}"#])
        .stdout();
    assert_eq!(client(&place, &server, &["functions", "-o", "name"]).stdout(), "nap");
    client(&place, &server, &["functions", "rm", "nap"]).stdout();
    assert_eq!(client(&place, &server, &["functions", "-o", "name"]).stdout(), "");
}

#[test]
fn the_stream_tells_what_happens() {
    let (place, server) = served(&[("build.yaml", BUILD)]);
    let mut tail = place.start(&["events", "tail", "-o", "jsonl", "--server", &server.url]);
    // The subscription is there once the first of these starts is told.
    let mut line = String::new();
    let is_told = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_told.load(std::sync::atomic::Ordering::Relaxed) {
                client(&place, &server, &["start", "build"]).stdout();
            }
        });
        std::io::BufRead::read_line(&mut tail.stdout, &mut line).unwrap();
        is_told.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let step = tidegate_json::Value::parse(&line).unwrap();
    assert!(step.get("offset").is_some() && step.get("facts").is_some(), "{line}");
}
