//! Pools of a server: made, seen, changed and taken away; what waits for them, and why.

use expect_test::expect;

use crate::place::{Place, client};

const NIGHTLY: &str = "
dag: nightly
tasks:
  load: {builtin: echo, pool: db, map: [1, 2, 3]}
  total: {builtin: echo, after: load, input: '{% $count(load) %}'}
";

#[test]
fn pools_are_made_seen_changed_and_taken_away() {
    let place = Place::new();
    let server = place.serve(&[]);
    client(&place, &server, &["pools"]).check(expect![[r#"
        exit 0
        stdout: POOL          SLOTS  USED  QUEUED  DESCRIPTION
        stdout: default_pool  128    0     0       -
    "#]]);
    let set = ["pools", "set", "db", "2", "--description", "the warehouse"];
    client(&place, &server, &set).check(expect![[r#"
        exit 0
        stderr: pool `db` has 2 slots
    "#]]);
    client(&place, &server, &["pools", "set", "db", "1"]).check(expect![[r#"
        exit 0
        stderr: pool `db` has 1 slot
    "#]]);
    client(&place, &server, &["pools", "ls", "-o", "jsonl"]).check(expect![[r#"
        exit 0
        stdout: {"name":"db","slots":1,"used":0,"queued":0,"description":"the warehouse"}
        stdout: {"name":"default_pool","slots":128,"used":0,"queued":0}
    "#]]);
    client(&place, &server, &["pools", "rm", "db"]).check(expect![[r#"
        exit 0
        stderr: pool `db` is gone
    "#]]);
    client(&place, &server, &["pools", "rm", "db"]).check(expect![[r#"
        exit 5
        stderr: error: there is no pool `db`
    "#]]);
}

#[test]
fn tasks_wait_for_a_closed_pool_and_go_on_when_it_is_opened_even_by_another_server() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.file("nightly.yaml", NIGHTLY);
    client(&place, &server, &["pools", "set", "db", "0"]).stdout();
    assert_eq!(client(&place, &server, &["apply", "nightly.yaml"]).code, Some(0));
    let run = client(&place, &server, &["start", "nightly"]).stdout().to_owned();
    client(&place, &server, &["why", &format!("{run}.t2")]).check(expect![[r#"
        exit 0
        stdout: task r1.t2 runs function `load` as `load`
        stdout:   TIME: attempt 1 waits for 1 slot of pool `db`, of which 0 of 0 are taken; 2 others wait
        stdout:   it waits for pool `db` to be opened: it has 0 slots; `tidegate pools set db SLOTS` gives it some, since TIME
    "#]]);
    let refused = client(&place, &server, &["pools", "rm", "db"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("3 tasks wait for slots of pool `db`"), "{}", refused.stderr);
    // Nobody is asked to end: what waits is on the disk.
    drop(server);
    let server = place.serve(&[]);
    let pools = client(&place, &server, &["pools", "-o", "jsonl"]);
    let pools = pools.stdout();
    assert!(pools.contains(r#"{"name":"db","slots":0,"used":0,"queued":3}"#), "{pools}");
    client(&place, &server, &["pools", "set", "db", "2"]).stdout();
    let ended = (0..1_000).map(|_| client(&place, &server, &["runs", "get", &run, "-o", "jsonl"]));
    let ended = ended.map(|got| got.stdout().to_owned()).find(|got| got.contains(r#""ended_at""#));
    assert!(ended.as_ref().is_some_and(|got| got.contains(r#""total":3"#)), "{ended:?}");
    client(&place, &server, &["why", &format!("{run}.t3")]).check(expect![[r#"
        exit 0
        stdout: task r1.t3 runs function `load` as `load`
        stdout:   TIME: attempt 1 waits for 1 slot of pool `db`, of which 0 of 0 are taken; 2 others wait
        stdout:   TIME: it has its slots
        stdout:   TIME: attempt 1 was asked for
        stdout:   TIME: attempt 1 of task r1.t3 succeeded
    "#]]);
}

#[test]
fn a_file_run_alone_has_its_own_pools_and_says_how_to_get_one() {
    let place = Place::new();
    place.file("nightly.yaml", NIGHTLY);
    place.tidegate(&["run", "nightly.yaml", "--ephemeral"]).check(expect![[r#"
        exit 3
        stderr: run r1 of `nightly` started
        stderr: load: 3 items
        stderr: load: 1 of 3 items failed, after SPAN
        stderr: error: run r1 of `nightly` failed: Tidegate.UnknownPool: task `load` failed: 1 of 3 items failed: there is no pool `db`: make it with `tidegate pools set db SLOTS`, or state it in the workflow's own file; for that `total` did not run
    "#]]);
    place.file("own.yaml", &NIGHTLY.replace("tasks:", "pools: {db: 1}\ntasks:"));
    place.tidegate(&["run", "own.yaml", "--ephemeral"]).check(expect![[r#"
        exit 0
        stdout: {"load":[1,2,3],"total":3}
        stderr: run r1 of `nightly` started
        stderr: load: 3 items
        stderr: load: 3 items done in SPAN
        stderr: total: done in SPAN
    "#]]);
}
