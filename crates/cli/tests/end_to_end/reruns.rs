//! Doing a run again from where it failed, or from any task.

use expect_test::expect;

use crate::place::{Place, client};

const DAG: &str = "
dag: pipeline
tasks:
  first: {command: 'echo first >> calls; echo 1'}
  each:
    command: 'echo each >> calls; read item; if [ $item != 2 ] || [ -e mended ]; then echo $item; else echo no >&2; exit 1; fi'
    after: first
    map: [1, 2, 3]
    concurrency: 1
  last: {command: 'echo last >> calls; jq add', after: each, input: '{% each %}'}
";

#[test]
fn a_run_goes_on_from_what_failed_and_from_any_task() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.file("pipeline.yaml", DAG);
    assert_eq!(client(&place, &server, &["apply", "pipeline.yaml"]).code, Some(0));
    assert_eq!(client(&place, &server, &["start", "pipeline", "--wait"]).code, Some(3));
    let calls = || std::fs::read_to_string(place.path("calls")).expect("they were noted").replace('\n', " ");
    assert_eq!(calls(), "first each each ");
    place.file("mended", "").file("calls", "");
    client(&place, &server, &["rerun", "r1", "--wait"]).check(expect![[r#"
        exit 0
        stdout: {"first":1,"each":[1,2,3],"last":6}
        stderr: run r2 of `pipeline` started, a rerun of r1
    "#]]);
    assert_eq!(calls(), "each each last ", "what had ended well is kept");
    place.file("calls", "");
    assert_eq!(client(&place, &server, &["rerun", "r2", "--from", "each[0]", "--wait"]).code, Some(0));
    assert_eq!(calls(), "each last ");

    let run = client(&place, &server, &["runs", "get", "r2", "-o", "json"]);
    assert!(run.stdout().contains(r#""rerun_of":"r1""#), "{}", run.stdout());
    let why = client(&place, &server, &["why", "r3/first"]);
    assert!(why.stdout().contains("kept from run r1: it had ended as success"), "{}", why.stdout());
    let why = client(&place, &server, &["why", "r3"]);
    assert!(why.stdout().contains("it is a rerun of run r2"), "{}", why.stdout());

    client(&place, &server, &["rerun", "r2", "--from", "lost"]).check(expect![[r#"
        exit 2
        stderr: error: no task of the workflow is called `lost`
        stderr: help: did you mean `last`?
    "#]]);
    client(&place, &server, &["rerun", "r2"]).check(expect![[r#"
        exit 2
        stderr: error: nothing of run r2 is to be done again: all of its tasks ended well
        stderr: help: name the tasks to run again: `from`, on the command line `--from TASK`
    "#]]);
    assert_eq!(client(&place, &server, &["rerun", "r77"]).code, Some(5));
}

#[test]
fn only_dags_that_have_ended_are_rerun() {
    let place = Place::new();
    let server = place.serve(&[]);
    place
        .file("gate.yaml", "workflow: gate\ntriggers:\n  open: {on: {type: go}, do: [{complete: 1}]}\n")
        .file("slow.yaml", "dag: slow\ntasks: {a: {command: sleep 60}}\n");
    assert_eq!(client(&place, &server, &["apply", "gate.yaml", "slow.yaml"]).code, Some(0));
    assert_eq!(client(&place, &server, &["start", "gate"]).stdout(), "r1");
    client(&place, &server, &["cancel", "r1"]);
    client(&place, &server, &["rerun", "r1"]).check(expect![[r#"
        exit 2
        stderr: error: only a run of a DAG is rerun from a task, and run `r1` is of `gate`, which is none
        stderr: help: start it again: `tidegate start gate`
    "#]]);
    assert_eq!(client(&place, &server, &["start", "slow"]).stdout(), "r2");
    client(&place, &server, &["rerun", "r2"]).check(expect![[r#"
        exit 2
        stderr: error: run `r2` has not ended
        stderr: help: wait for its end, or cancel it
    "#]]);
    client(&place, &server, &["cancel", "r2"]);
    client(&place, &server, &["apply", "slow.yaml"]);
    place.file("slow.yaml", "dag: slow\ntasks: {a: {command: echo 5}}\n");
    assert_eq!(client(&place, &server, &["apply", "slow.yaml"]).code, Some(0));
    client(&place, &server, &["rerun", "r2", "--latest", "--wait"]).check(expect![[r#"
        exit 0
        stdout: {"a":5}
        stderr: run r3 of `slow` started, a rerun of r2
    "#]]);
}

#[test]
fn a_rerun_outlives_a_kill() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.file(
        "two.yaml",
        "
dag: two
tasks:
  first: {command: 'echo first >> calls; echo 1'}
  second: {command: '[ -e mended ] || exit 1; while [ ! -e go ]; do sleep 0.05; done; echo 2', after: first}
",
    );
    assert_eq!(client(&place, &server, &["apply", "two.yaml"]).code, Some(0));
    assert_eq!(client(&place, &server, &["start", "two", "--wait"]).code, Some(3));
    place.file("mended", "");
    assert_eq!(client(&place, &server, &["rerun", "r1", "--key", "again"]).stdout(), "r2");
    server.running.kill();
    place.file("go", "");
    let server = place.serve(&[]);
    let ended = client(&place, &server, &["rerun", "r1", "--key", "again", "--wait"]);
    assert_eq!(ended.stdout(), r#"{"first":1,"second":2}"#);
    let calls = std::fs::read_to_string(place.path("calls")).expect("they were noted");
    assert_eq!(calls, "first\n");
}
