//! Pools of DAGs: tasks at one time, slots, who goes first, and what is said of files that have it wrong.

use expect_test::{Expect, expect};
use tidegate_json::Value;
use tidegate_languages::{Colour, compile, render};
use tidegate_model::entry::Document;
use tidegate_model::{Input, Name, Outcome, RunId};

use crate::execution::{World, value};

fn world(dag: &str) -> World {
    let mut world = World::new();
    world.function("work");
    world.apply(compile(dag, "dag.yaml"));
    world
}

fn set_pool(world: &mut World, name: &str, slots: u32) {
    let record = Some(Document(Value::object([("slots", slots)])));
    let shelf = Name::new("pools").unwrap();
    world.take(Input::PutRecord { shelf, key: name.into(), record });
}

/// What is under way, in the order in which it was asked for.
fn under_way(world: &World) -> Vec<String> {
    let named = world.invoked.iter().map(|invocation| match invocation.index {
        Some(index) => format!("{}[{index}]", invocation.subject),
        None => invocation.subject.to_string(),
    });
    named.collect()
}

/// Ends what has been under way longest.
fn end_first(world: &mut World) {
    let invocation = world.invoked.remove(0);
    let outcome = Outcome::succeeded(&value("1"));
    world.take(Input::TaskEnded { task: invocation.task, attempt: invocation.attempt, outcome });
}

/// Ends one after the other, with a restart after each, and tells what was under way at each time.
fn work_off(world: &mut World, run: RunId) -> String {
    let mut told = String::new();
    while !world.invoked.is_empty() {
        told.push_str(&(under_way(world).join(" ") + "\n"));
        world.restart();
        end_first(world);
    }
    told + world.execution(run).status
}

#[test]
fn no_more_tasks_of_a_run_go_at_one_time_than_it_says() {
    let mut world = world(
        "dag: test
concurrency: 2
tasks:
  a: {function: work}
  b: {function: work}
  c: {function: work, priority: 1}
  each: {function: work, map: [1, 2, 3]}
  last: {function: work, after: [a, b, c, each]}
",
    );
    let run = world.start("test", &value("null"));
    expect![[r#"
        c a
        a b
        b each[0]
        each[0] each[1]
        each[1] each[2]
        each[2]
        last
        SUCCEEDED"#]]
    .assert_eq(&work_off(&mut world, run));
}

#[test]
fn tasks_share_the_pools_that_the_file_states() {
    let mut world = world(
        "dag: test
pools: {db: 2}
defaults: {pool: db}
tasks:
  a: {function: work}
  b: {function: work, slots: 2}
  c: {function: work}
  d: {function: work, pool: other}
",
    );
    set_pool(&mut world, "other", 1);
    let run = world.start("test", &value("null"));
    expect![[r#"
        a d
        d b
        b
        c
        SUCCEEDED"#]]
    .assert_eq(&work_off(&mut world, run));
}

#[test]
fn runs_share_the_pools_of_the_server() {
    let mut world = world("dag: test\ntasks: {a: {function: work, pool: db, map: [1, 2]}}\n");
    set_pool(&mut world, "db", 1);
    let first = world.start("test", &value("null"));
    let second = world.start("test", &value("null"));
    world.restart();
    let why = world.partition.why_run(second).unwrap().to_tree();
    assert!(why.contains("waits for 1 slot of pool `db`: 1 of 1 are taken; 2 are before it"), "{why}");
    for (run, index) in [(first, 0), (first, 1), (second, 0), (second, 1)] {
        assert_eq!((world.invoked[0].task.run, world.invoked[0].index), (run, Some(index)));
        assert_eq!(world.invoked.len(), 1);
        world.restart();
        end_first(&mut world);
    }
    assert_eq!(world.execution(second).status, "SUCCEEDED");
}

#[test]
fn a_pool_that_nobody_made_fails_the_task() {
    let mut world = world("dag: test\ntasks: {a: {function: work, pool: db}}\n");
    let run = world.start("test", &value("null"));
    let execution = world.execution(run);
    assert_eq!(execution.error.as_deref(), Some("Tidegate.UnknownPool"));
    let cause = execution.cause.unwrap();
    assert!(cause.contains("there is no pool `db`: make it with `tidegate pools set db SLOTS`"), "{cause}");
}

fn check(text: &str, expected: &Expect) {
    let compiled = compile(text, "dag.yaml");
    let told: String =
        compiled.diagnostics.iter().map(|found| render(found, text, Colour::Never) + "\n").collect();
    expected.assert_eq(&told);
}

#[test]
fn mistakes_about_pools_are_told() {
    check(
        "dag: nightly
concurrency: 0
pools: {base: 2, concurrency: 3}
tasks:
  a: {builtin: echo, pool: base, slots: 3}
  b: {builtin: echo, pool: bose}
  c: {builtin: echo, slots: 2}
  d: {builtin: echo, pool: base, priority: high}
  e: {workflow: other, pool: base}
",
        &expect![[r#"
            error[file::wrong_type]: `concurrency`: expected a whole number from 1, found the number 0
             --> dag.yaml:2:14
              |
            2 | concurrency: 0
              |              ^

            error[dag::bad_pool]: a pool cannot be called `concurrency`
             --> dag.yaml:3:18
              |
            3 | pools: {base: 2, concurrency: 3}
              |                  ^^^^^^^^^^^
              |
              = help: tasks at one time are a key of the file itself, as in `concurrency: 16`

            error[dag::too_many_slots]: it claims 3 slots of pool `base`, which has 2
             --> dag.yaml:5:41
              |
            5 |   a: {builtin: echo, pool: base, slots: 3}
              |                                         ^
              |
              = help: claim fewer, or give the pool more under `pools` of the file

            warning[dag::unknown_pool]: this file has no pool `bose`; the server is to have it
             --> dag.yaml:6:28
              |
            6 |   b: {builtin: echo, pool: bose}
              |                            ^^^^
              |
              = help: did you mean `base`?

            error[dag::no_pool]: `slots` are those of a pool, and no pool is named
             --> dag.yaml:7:29
              |
            7 |   c: {builtin: echo, slots: 2}
              |                             ^
              |
              = help: add `pool: NAME`, or remove it

            error[file::wrong_type]: `priority`: expected a whole number, of which the greater goes first, found the text `high`
             --> dag.yaml:8:44
              |
            8 |   d: {builtin: echo, pool: base, priority: high}
              |                                            ^^^^

            error[file::conflict]: `pool` is about calls of functions, and this task runs a workflow
             --> dag.yaml:9:24
              |
            9 |   e: {workflow: other, pool: base}
              |                        ^^^^
              |
              = help: say it in that workflow, or remove it

        "#]],
    );
}
