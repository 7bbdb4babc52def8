//! Runs, tasks, maps, joins, timers, scopes, reflection.

use expect_test::{Expect, expect};
use tidegate_engine::{Refusal, Reply};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Data, Disposition, Fact, FanOutId, Input, Labels, Name, Program};

use crate::harness::{World, value};

fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

const CHAIN: &str = r#"{
    "name": "chain", "language": "triggers",
    "functions": {"f": {"runtime": "builtin", "builtin": "echo"}},
    "scopes": [{"name": "main", "triggers": [
        {"name": "begin", "on": [{"type": {"exact": "tidegate.run.started"}}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "one", "input": "{% input.n %}"}}]},
        {"name": "next", "on": [{"type": {"exact": "tidegate.task.succeeded"}, "subject": {"exact": "one"}}],
         "actions": [{"name": "invoke", "params": {"function": "f", "as": "two", "input": "{% event.data + 1 %}"}}]},
        {"name": "end", "on": [{"type": {"exact": "tidegate.task.succeeded"}, "subject": {"exact": "two"}}],
         "actions": [{"name": "complete", "params": {"output": {"got": "{% event.data %}"}}}]}
    ]}]
}"#;

#[test]
fn a_chain_passes_data_from_task_to_task() {
    let mut world = World::with(CHAIN);
    let run = world.start("chain", r#"{"n": 1}"#);
    assert_eq!(world.invoked[0].input, value("1"));
    world.succeed("one", "1");
    assert_eq!(world.invoked[0].input, value("2"));
    world.restart();
    world.succeed("two", "2");
    check(&world.outcome(run), &expect![[r#"succeeded {"got":2}"#]]);
}

#[test]
fn a_failure_that_nobody_takes_fails_the_run() {
    let mut world = World::with(CHAIN);
    let run = world.start("chain", r#"{"n": 1}"#);
    world.fail("one", "Broken");
    check(&world.outcome(run), &expect!["failed Broken: `one` failed: as the test wants"]);
    assert_eq!(world.partition.live_runs(), 0);
}

#[test]
fn a_second_end_of_an_attempt_is_ignored() {
    let mut world = World::with(CHAIN);
    let run = world.start("chain", r#"{"n": 1}"#);
    let first = world.invoked[0].clone();
    world.succeed("one", "1");
    world.invoked.insert(0, first);
    world.succeed("one", "9");
    assert!(world.facts.iter().any(|fact| matches!(fact, Fact::TaskEndIgnored { .. })));
    world.succeed("two", "2");
    check(&world.outcome(run), &expect![[r#"succeeded {"got":2}"#]]);
}

const MAP: &str = r#"{
    "name": "fan", "language": "triggers",
    "functions": {"f": {"runtime": "builtin", "builtin": "echo"}},
    "scopes": [{"name": "main", "triggers": [
        {"name": "begin", "on": [{"type": {"exact": "tidegate.run.started"}}],
         "actions": [{"name": "map", "params": {"function": "f", "items": "{% input %}", "concurrency": 2,
            "input": {"v": "{% item %}", "i": "{% index %}"}, "tolerate": {"count": 1}}}]},
        {"name": "end", "on": [{"type": {"exact": "tidegate.map.succeeded"}, "subject": {"exact": "f"}}],
         "actions": [{"name": "complete"}]}
    ]}]
}"#;

#[test]
fn a_map_runs_some_at_a_time_and_keeps_the_order() {
    let mut world = World::with(MAP);
    let run = world.start("fan", "[10, 20, 30]");
    assert_eq!(world.invoked.len(), 2);
    assert_eq!(world.invoked[1].input, value(r#"{"v": 20, "i": 1}"#));
    let second = world.invoked.remove(1);
    world.invoked.insert(0, second);
    world.succeed("f", "\"b\"");
    assert_eq!(world.invoked.len(), 2);
    world.restart();
    world.succeed("f", "\"a\"");
    world.succeed("f", "\"c\"");
    check(&world.outcome(run), &expect![[r#"succeeded ["a","b","c"]"#]]);
}

#[test]
fn a_map_tolerates_what_it_is_told_to() {
    let mut world = World::with(MAP);
    let run = world.start("fan", "[1, 2, 3]");
    world.fail("f", "Broken");
    world.succeed("f", "2");
    world.succeed("f", "3");
    check(&world.outcome(run), &expect!["succeeded [null,2,3]"]);
    let run = world.start("fan", "[1, 2, 3]");
    world.fail("f", "Broken");
    world.fail("f", "Broken");
    assert!(world.invoked.is_empty());
    check(
        &world.outcome(run),
        &expect![
            "failed Tidegate.TooManyFailures: `f` failed: 2 of 3 items failed; the first: Broken: as the test wants"
        ],
    );
}

#[test]
fn the_bounds_of_a_map_can_be_changed_while_it_is_under_way() {
    let bound = |run, concurrency, failures_max| Input::BoundMap {
        run,
        fan_out: FanOutId(1),
        concurrency,
        failures_max,
    };
    let mut world = World::with(MAP);
    let run = world.start("fan", "[1, 2, 3, 4, 5]");
    assert_eq!(world.invoked.len(), 2);
    assert_eq!(world.take(bound(run, Some(3), None)), Reply::Done);
    assert_eq!(world.invoked.len(), 3);
    world.restart();
    // Two may fail where one could; with room for one, the next starts when all three have ended.
    assert_eq!(world.take(bound(run, Some(1), Some(2))), Reply::Done);
    world.fail("f", "Broken");
    world.fail("f", "Broken");
    assert_eq!(world.invoked.len(), 1);
    world.succeed("f", "3");
    world.succeed("f", "4");
    world.succeed("f", "5");
    check(&world.outcome(run), &expect!["succeeded [null,null,3,4,5]"]);
    assert!(matches!(world.take(bound(run, Some(2), None)), Reply::Refused(_)), "it has ended");
    let run = world.start("fan", "[1, 2]");
    assert!(matches!(world.take(bound(run, Some(0), None)), Reply::Refused(_)), "nothing could ever start");
    // Fewer may fail than have failed: the map has.
    world.fail("f", "Broken");
    assert_eq!(world.take(bound(run, None, Some(0))), Reply::Done);
    check(&world.outcome(run), &expect!["failed Broken: `f` failed: 1 of 2 items failed: as the test wants"]);
}

#[test]
fn an_empty_map_succeeds_with_nothing() {
    let mut world = World::with(MAP);
    let run = world.start("fan", "[]");
    check(&world.outcome(run), &expect!["succeeded []"]);
}

const STANDING: &str = r#"{
    "name": "desk", "language": "triggers", "standing": true,
    "scopes": [{"name": "main", "triggers": [
        {"name": "ten", "on": [{"type": {"exact": "tick"}, "subject": {"exact": "a"}, "reach": "world"}],
         "condition": {"name": "join", "params": {"size": 3}}, "context": {"message": "Hello "},
         "actions": [{"name": "set", "params": {"vars": {"said": "{% context.message & 'World!' %}"}}}]}
    ]}]
}"#;

#[test]
fn a_join_fires_at_exactly_its_size_and_duplicates_do_not_count() {
    let mut world = World::with(STANDING);
    world.publish("tick", "a", "1");
    world.publish("tick", "b", "1");
    world.publish("tick", "a", "2");
    world.restart();
    let run = "r1".parse().expect("an id");
    assert_eq!(world.partition.run(run).expect("it stands").vars, value("{}"));
    world.publish("tick", "a", "3");
    assert_eq!(world.partition.run(run).expect("it stands").vars, value(r#"{"said": "Hello World!"}"#));
    let totals = &world.partition.ledger().totals;
    assert_eq!((totals.published, totals.taken, totals.dead), (4, 3, 1));
    world.publish("tick", "a", "4");
    let last = world.facts.iter().rev().find_map(|fact| match fact {
        Fact::Disposed { disposition, .. } => Some(disposition.clone()),
        _ => None,
    });
    assert_eq!(last, Some(Disposition::Filtered { part: "the join has ended".into() }));
}

#[test]
fn the_same_program_is_applied_once() {
    let mut world = World::with(STANDING);
    let reply = world.apply(STANDING);
    assert!(matches!(reply, Reply::Applied { unchanged: true, .. }));
}

const RETRY: &str = r#"{
    "name": "stubborn", "language": "triggers",
    "functions": {"f": {"runtime": "builtin", "builtin": "fail", "retry": {"max_attempts": 3, "interval": "1s"}}},
    "scopes": [{"name": "main", "triggers": [
        {"name": "begin", "on": [{"type": {"exact": "tidegate.run.started"}}],
         "actions": [{"name": "invoke", "params": {"function": "f", "timeout": "10s"}}]},
        {"name": "sad", "on": [{"type": {"exact": "tidegate.task.failed"}, "subject": {"exact": "f"}}],
         "actions": [{"name": "complete", "params": {"output": "{% event.data.error %}"}}]}
    ]}]
}"#;

#[test]
fn retries_wait_twice_as_long_each_time_and_then_the_failure_is_an_event() {
    let mut world = World::with(RETRY);
    let run = world.start("stubborn", "null");
    world.fail("f", "Busy");
    assert!(world.invoked.is_empty());
    world.pass(999);
    assert!(world.invoked.is_empty());
    world.pass(1);
    assert_eq!(world.invoked[0].attempt, 2);
    world.restart();
    world.fail("f", "Busy");
    world.pass(2000);
    assert_eq!(world.invoked[0].attempt, 3);
    world.fail("f", "Busy");
    check(&world.outcome(run), &expect![[r#"succeeded "Busy""#]]);
}

#[test]
fn a_task_that_takes_too_long_is_given_up() {
    let mut world = World::with(RETRY);
    let run = world.start("stubborn", "null");
    world.pass(10_000);
    assert!(world.invoked.is_empty());
    check(&world.outcome(run), &expect![[r#"succeeded "Tidegate.Timeout""#]]);
}

#[test]
fn a_run_that_nothing_can_move_says_so() {
    let mut world = World::with(
        r#"{"name": "stuck", "language": "triggers", "scopes": [{"name": "main", "triggers": [
            {"name": "all", "on": [{"type": {"exact": "tidegate.run.started"}}],
             "condition": {"name": "join", "params": {"size": 2}}, "actions": [{"name": "complete"}]}]}]}"#,
    );
    let run = world.start("stuck", "null");
    check(
        &world.outcome(run),
        &expect![
            "failed Tidegate.Stalled: nothing is left that could move the run, and no trigger has completed it; `all` waits for 1 more of 2 events"
        ],
    );
}

#[test]
fn a_trigger_that_raises_its_own_event_is_stopped() {
    let mut world = World::with(
        r#"{"name": "loop", "language": "triggers", "scopes": [{"name": "main", "triggers": [
            {"name": "again", "on": [{"type": {"exact": "tidegate.run.started"}}, {"type": {"exact": "again"}}],
             "actions": [{"name": "emit", "params": {"type": "again"}}]}]}]}"#,
    );
    let run = world.start("loop", "null");
    assert!(world.outcome(run).starts_with("failed Tidegate.LimitExceeded"), "{}", world.outcome(run));
}

#[test]
fn a_nested_scope_that_nothing_can_move_ends_and_its_parent_goes_on() {
    let program = |inner: &str| {
        format!(
            r#"{{"name": "outer", "language": "triggers", "functions": {{"f": {{"runtime": "builtin", "builtin": "echo"}}}},
            "scopes": [{{"name": "main", "triggers": [
                {{"name": "begin", "on": [{{"type": {{"exact": "tidegate.run.started"}}}}],
                  "actions": [{{"name": "map", "params": {{"scope": "inner", "items": "{{% [1, 2] %}}", "concurrency": 1}}}}]}},
                {{"name": "sad", "on": [{{"type": {{"exact": "tidegate.map.failed"}}}}],
                  "actions": [{{"name": "complete", "params": {{"output": "{{% event.data.error %}}"}}}}]}},
                {{"name": "end", "on": [{{"type": {{"exact": "tidegate.map.succeeded"}}}}],
                  "actions": [{{"name": "complete"}}]}}]}},
                {{"name": "inner", "triggers": [
                {{"name": "work", "on": [{{"type": {{"exact": "tidegate.scope.started"}}}}],
                  "actions": [{{"name": "invoke", "params": {{"function": "f"}}}}]}}{inner}]}}]}}"#
        )
    };
    let mut world = World::with(&program(""));
    let run = world.start("outer", "null");
    world.succeed("f", "1");
    world.restart();
    world.succeed("f", "2");
    check(&world.outcome(run), &expect!["succeeded [null,null]"]);
    let never = r#", {"name": "never", "on": [{"type": {"exact": "tidegate.task.succeeded"}}],
        "condition": {"name": "join", "params": {"size": 2}}, "actions": [{"name": "complete"}]}"#;
    let mut world = World::with(&program(never));
    let run = world.start("outer", "null");
    world.succeed("f", "1");
    check(&world.outcome(run), &expect![[r#"succeeded "Tidegate.Stalled""#]]);
}

#[test]
fn a_version_beside_the_current_one_runs_only_where_it_is_asked_for() {
    let mut world = World::with(CHAIN);
    let other = CHAIN.replace("{\"got\": \"{% event.data %}\"}", "\"other\"");
    let add = |text: &str| Input::AddVersion { program: Document(Program::from_text(text).unwrap()) };
    let Reply::Applied { program, unchanged: false, standing: None } = world.take(add(&other)) else {
        panic!("it is a new version");
    };
    assert!(matches!(world.take(add(&other)), Reply::Applied { unchanged: true, .. }));
    world.restart();
    let start = |program| StartRun {
        workflow: Name::new("chain").unwrap(),
        program,
        input: Data::json(&value(r#"{"n": 1}"#)),
        labels: Labels::NONE,
        key: None,
    };
    for (version, expected) in [(None, r#"succeeded {"got":2}"#), (Some(program), r#"succeeded "other""#)] {
        let Reply::Run { run, .. } = world.take(Input::StartRun(start(version))) else { panic!("it starts") };
        world.succeed("one", "1");
        world.succeed("two", "2");
        assert_eq!(world.outcome(run), expected);
    }
    let unknown = CHAIN.replace("\"name\": \"chain\"", "\"name\": \"nobody\"");
    assert!(matches!(world.take(add(&unknown)), Reply::Refused(Refusal::NotFound { .. })));
}
