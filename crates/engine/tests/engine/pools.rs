//! Pools: who gets slots, who waits and what it is told, and that nothing of it is lost.

use expect_test::{Expect, expect};
use tidegate_engine::{Refusal, Reply};
use tidegate_model::entry::Document;
use tidegate_model::{Fact, Input, Name, RunId};

use crate::harness::{World, value};

fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

pub(crate) fn set_pool(world: &mut World, name: &str, slots: Option<u32>) -> Reply {
    let record = slots.map(|slots| Document(value(&format!(r#"{{"slots": {slots}}}"#))));
    let shelf = Name::new("pools").expect("a name");
    world.take(Input::PutRecord { shelf, key: name.into(), record })
}

/// A workflow that starts a task for each of its input's items, which say the subject, priority and claims by a word.
const SHOP: &str = r#"{
    "name": "shop", "language": "triggers",
    "functions": {"f": {"runtime": "builtin", "builtin": "echo"}},
    "scopes": [{"name": "main", "triggers": [
        {"name": "one", "on": [{"type": {"exact": "go.one"}, "reach": "world"}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "{% event.data %}", "input": 1,
            "claims": [{"pool": "db"}], "retry": {"max_attempts": 2}, "timeout": "10s"}}]},
        {"name": "urgent", "on": [{"type": {"exact": "go.urgent"}, "reach": "world"}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "{% event.data %}", "input": 1,
            "claims": [{"pool": "db"}], "priority": 9}}]},
        {"name": "wide", "on": [{"type": {"exact": "go.wide"}, "reach": "world"}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "{% event.data %}", "input": 1,
            "claims": [{"pool": "db", "slots": 2}]}}]},
        {"name": "both", "on": [{"type": {"exact": "go.both"}, "reach": "world"}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "{% event.data %}", "input": 1,
            "claims": [{"pool": "db"}, {"pool": "own", "of": {"run": {"slots": 1}}}]}}]},
        {"name": "own", "on": [{"type": {"exact": "go.own"}, "reach": "world"}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "{% event.data %}", "input": 1,
            "claims": [{"pool": "own", "of": {"run": {"slots": 1}}}]}}]}
    ]}]
}"#;

/// A world with that workflow, a pool `db` of that many slots, and a run.
fn shop(slots: u32) -> (World, RunId) {
    let mut world = World::with(SHOP);
    assert_eq!(set_pool(&mut world, "db", Some(slots)), Reply::Done);
    let run = world.start("shop", "null");
    (world, run)
}

fn go(world: &mut World, what: &str) {
    let (kind, subject) = what.split_once(' ').expect("a kind and a subject");
    world.publish(&format!("go.{kind}"), subject, &format!("{subject:?}"));
}

fn waits(world: &World, run: RunId) -> String {
    let view = world.partition.run(run).expect("the run is live");
    let waits = view.waiting_for.iter().filter(|wait| wait.what.starts_with("task"));
    waits.map(|wait| format!("{}: {}\n", wait.what, wait.for_what)).collect()
}

#[test]
fn tasks_wait_for_slots_in_the_order_in_which_they_came_and_the_urgent_first() {
    let (mut world, run) = shop(2);
    for what in ["one a", "one b", "one c", "one d", "urgent e"] {
        go(&mut world, what);
    }
    assert_eq!(world.subjects(), ["a", "b"]);
    check(
        &waits(&world, run),
        &expect![[r#"
            task `a`: the end of attempt 1 of function `f`
            task `b`: the end of attempt 1 of function `f`
            task `c`: 1 slot of pool `db`: 2 of 2 are taken; 1 is before it
            task `d`: 1 slot of pool `db`: 2 of 2 are taken; 2 are before it
            task `e`: 1 slot of pool `db`: 2 of 2 are taken; it is the next
        "#]],
    );
    world.succeed("b", "1");
    assert_eq!(world.subjects(), ["a", "e"]);
    world.restart();
    world.succeed("a", "1");
    world.succeed("e", "1");
    assert_eq!(world.subjects(), ["c", "d"]);
    let granted = world.facts.iter().filter(|fact| matches!(fact, Fact::TaskGranted { .. })).count();
    assert_eq!(granted, 3);
}

#[test]
fn a_task_that_waits_for_its_next_attempt_gives_its_slots_to_another() {
    let (mut world, run) = shop(1);
    go(&mut world, "one a");
    go(&mut world, "one b");
    world.fail("a", "Busy");
    assert_eq!(world.subjects(), ["b"]);
    world.pass(1_000);
    assert_eq!(world.subjects(), ["b"], "its time has come, its turn has not");
    check(
        &waits(&world, run),
        &expect![[r#"
            task `a`: 1 slot of pool `db`: 1 of 1 are taken; it is the next
            task `b`: the end of attempt 1 of function `f`
        "#]],
    );
    world.restart();
    world.succeed("b", "1");
    assert_eq!(world.subjects(), ["a"]);
    assert_eq!(world.invoked[0].attempt, 2);
}

#[test]
fn the_time_of_a_task_begins_with_its_first_attempt() {
    let (mut world, run) = shop(1);
    go(&mut world, "one a");
    world.pass(9_000);
    go(&mut world, "one b");
    world.succeed("a", "1");
    go(&mut world, "one c");
    world.pass(9_000);
    assert_eq!(world.subjects(), ["b"]);
    world.pass(2_000);
    check(
        &world.outcome(run),
        &expect!["failed Tidegate.Timeout: `b` failed: took longer than 10s, all attempts together"],
    );
    assert_eq!(world.partition.pools()[0].used, 0);
}

#[test]
fn what_is_free_is_kept_for_the_first_that_finds_too_little() {
    let (mut world, run) = shop(2);
    for what in ["one a", "wide b", "one c"] {
        go(&mut world, what);
    }
    assert_eq!(world.subjects(), ["a"], "or `b` would be passed for ever");
    let told = waits(&world, run);
    check(
        &told,
        &expect![[r#"
            task `a`: the end of attempt 1 of function `f`
            task `b`: 2 slots of pool `db`: 1 of 2 are taken; it is the next
            task `c`: 1 slot of pool `db`: 1 of 2 are taken, the rest is kept for r1.t2; 1 is before it
        "#]],
    );
    world.restart();
    assert_eq!(waits(&world, run), told);
    world.succeed("a", "1");
    assert_eq!(world.subjects(), ["b"]);
    world.succeed("b", "1");
    assert_eq!(world.subjects(), ["c"]);
}

#[test]
fn a_task_that_waits_for_one_pool_holds_nothing_of_another() {
    let (mut world, run) = shop(1);
    for what in ["own a", "both b", "one c", "one d"] {
        go(&mut world, what);
    }
    assert_eq!(world.subjects(), ["a", "c"], "`b` waits for `own` and leaves `db` alone");
    check(
        &waits(&world, run),
        &expect![[r#"
            task `a`: the end of attempt 1 of function `f`
            task `b`: 1 slot of the run's pool `own`: 1 of 1 are taken; it is the next
            task `c`: the end of attempt 1 of function `f`
            task `d`: 1 slot of pool `db`: 1 of 1 are taken; 1 is before it
        "#]],
    );
    world.succeed("a", "1");
    assert_eq!(world.subjects(), ["c"]);
    world.succeed("c", "1");
    assert_eq!(world.subjects(), ["b"], "`b` came before `d`");
}

#[test]
fn runs_share_the_pools_of_the_server_and_have_their_own() {
    let (mut world, first) = shop(1);
    let second = world.start("shop", "null");
    go(&mut world, "own a");
    assert_eq!(world.subjects(), ["a", "a"]);
    go(&mut world, "one b");
    assert_eq!(world.subjects(), ["a", "a", "b"]);
    world.take(Input::Cancel { run: first, reason: "enough".into() });
    assert_eq!(world.subjects(), ["a", "b"]);
    assert!(world.invoked.iter().all(|invocation| invocation.task.run == second));
}

#[test]
fn a_paused_run_takes_no_slots_and_has_its_place_when_it_goes_on() {
    let (mut world, first) = shop(1);
    go(&mut world, "one a");
    go(&mut world, "one b");
    let second = world.start("shop", "null");
    go(&mut world, "one c");
    world.take(Input::Pause { run: first });
    check(
        &waits(&world, first),
        &expect![[r#"
            task `a`: the end of attempt 1 of function `f`
            task `b`: the run to be resumed, and then for slots of pool `db`
            task `c`: the run to be resumed, and then for slots of pool `db`
        "#]],
    );
    world.restart();
    world.succeed("a", "1");
    assert_eq!((world.subjects(), world.invoked[0].task.run), (vec!["c"], second));
    world.take(Input::Resume { run: first });
    world.succeed("c", "1");
    assert_eq!((world.subjects(), world.invoked[0].task.run), (vec!["b"], first));
}

#[test]
fn a_changed_size_takes_effect_at_once() {
    let (mut world, _) = shop(0);
    for what in ["one a", "one b", "one c"] {
        go(&mut world, what);
    }
    assert_eq!(world.subjects(), Vec::<&str>::new(), "a pool of no slots is closed");
    set_pool(&mut world, "db", Some(2));
    assert_eq!(world.subjects(), ["a", "b"]);
    set_pool(&mut world, "db", Some(1));
    world.restart();
    world.succeed("a", "1");
    assert_eq!(world.subjects(), ["b"]);
    let view = world.partition.pools();
    let db = view.iter().find(|pool| pool.name == "db").expect("it is there");
    assert_eq!((db.slots, db.used, db.queued), (1, 1, 1));
    let refused = set_pool(&mut world, "db", None);
    assert!(matches!(refused, Reply::Refused(Refusal::Conflict(_))), "{refused:?}");
    world.succeed("b", "1");
    assert_eq!(world.subjects(), ["c"]);
    assert_eq!(set_pool(&mut world, "db", None), Reply::Done);
    world.succeed("c", "1");
}

#[test]
fn a_claim_that_can_never_be_met_fails() {
    let (mut world, run) = shop(1);
    go(&mut world, "wide a");
    check(
        &world.outcome(run),
        &expect!["failed Tidegate.PoolTooSmall: `a` failed: it claims 2 slots of pool `db`, which has 1"],
    );
    let run = world.start("shop", "null");
    set_pool(&mut world, "db", None);
    go(&mut world, "one a");
    check(
        &world.outcome(run),
        &expect![
            "failed Tidegate.UnknownPool: `a` failed: there is no pool `db`: make it with `tidegate pools set db SLOTS`, or state it in the workflow's own file"
        ],
    );
    set_pool(&mut world, "db", Some(2));
    let run = world.start("shop", "null");
    go(&mut world, "one a");
    go(&mut world, "wide b");
    set_pool(&mut world, "db", Some(1));
    check(
        &world.outcome(run),
        &expect!["failed Tidegate.PoolTooSmall: `b` failed: it claims 2 slots of pool `db`, which has 1"],
    );
}

#[test]
fn a_claim_of_more_than_the_run_has_does_not_compile() {
    let mut world = World::new();
    let wide = SHOP.replace(r#"{"pool": "own", "of""#, r#"{"pool": "own", "slots": 3, "of""#);
    let program = tidegate_model::Program::from_text(&wide).expect("it is a program");
    let Reply::Refused(refusal) = world.take(Input::Apply { program: Document(program) }) else {
        panic!("it was applied");
    };
    assert!(refusal.to_string().contains("it claims 3 slots of pool `own`, which has 1"), "{refusal}");
}

#[test]
fn the_end_of_a_task_frees_its_slots_for_what_follows_from_it_in_the_order_of_turns() {
    let mut world = World::with(
        &SHOP.replace(r#""triggers": ["#, r#""triggers": [
        {"name": "next", "on": [{"type": {"exact": "tidegate.task.succeeded"}, "subject": {"exact": "a"}}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "after", "input": 1, "claims": [{"pool": "db"}]}}]},"#),
    );
    set_pool(&mut world, "db", Some(1));
    world.start("shop", "null");
    go(&mut world, "one a");
    go(&mut world, "one b");
    world.succeed("a", "1");
    assert_eq!(world.subjects(), ["b"]);
    world.succeed("b", "1");
    assert_eq!(world.subjects(), ["after"]);
}
