//! Groups of tasks, mapped and nested: what their tasks see, who waits for whom, and what becomes of failures.

use crate::runs::{order, run};

#[test]
fn a_group_runs_its_tasks_once_for_each_item() {
    let ran = run(
        "dag: test
tasks:
  list: {function: work, input: {give: [10, 20]}}
  g:
    after: list
    map: '{% list %}'
    tasks:
      x: {function: work, input: {give: '{% item + 1 %}'}}
      y: {function: work, after: x, input: {give: '{% x * 2 + index + input.more %}'}}
  sum: {function: work, after: g, input: {give: '{% $sum(g.y) %}'}}
",
        r#"{"more": 100}"#,
    );
    assert_eq!(ran.result, r#"{"list":[10,20],"g":[{"x":11,"y":122},{"x":21,"y":143}],"sum":265}"#);
    assert_eq!(order(&ran), ["list", "g.x", "g.x", "g.y", "g.y", "sum"]);
}

#[test]
fn a_group_that_is_not_mapped_is_a_dag_within_the_dag() {
    let dag = "dag: test
tasks:
  a: {function: work, input: {give: 5}}
  g:
    after: a
    when: 'a > input.least'
    tasks:
      x: {function: work, input: {give: '{% a + 1 %}'}}
      y: {function: work, after: [x, a], input: {give: '{% x + a %}'}}
  b: {function: work, after: g.x, input: {give: '{% `g.x` %}'}}
  c: {function: work, after: g, rule: all_done, input: {give: '{% $exists(g) ? g.y : 0 %}'}}
";
    assert_eq!(run(dag, r#"{"least": 1}"#).result, r#"{"a":5,"g":{"x":6,"y":11},"b":6,"c":11}"#);
    assert_eq!(run(dag, r#"{"least": 7}"#).result, r#"{"a":5,"c":0}"#);
}

#[test]
fn maps_nest_and_inner_lists_are_known_only_as_they_run() {
    let ran = run(
        "dag: test
tasks:
  outer:
    map: [2, 3]
    tasks:
      list: {function: work, input: {give: '{% [1..item] %}'}}
      inner:
        after: list
        map: '{% list %}'
        tasks:
          leaf: {function: work, input: {give: '{% items[0] * 100 + item * 10 + indexes[1] %}'}}
      sum: {function: work, after: inner, input: {give: '{% $sum(inner.leaf) %}'}}
  all: {function: work, after: outer.inner.leaf, input: {give: '{% `outer.inner.leaf` %}'}}
  total: {function: work, after: outer.sum, input: {give: '{% $sum(`outer.sum`) %}'}}
",
        "{}",
    );
    let result = crate::execution::value(&ran.result);
    assert_eq!(result.get("all").unwrap().to_text(), "[[210,221],[310,321,332]]");
    assert_eq!(result.get("total").unwrap().to_text(), "1394");
    assert_eq!(ran.calls.len(), 2 + 5 + 2 + 2);
}

/// An instance starts what it can when its own tasks have ended, and waits only for those outside that it comes after.
#[test]
fn instances_wait_for_single_tasks_outside_and_not_for_each_other() {
    let dag = "dag: test
tasks:
  one: {function: work, input: {give: [1, 2]}}
  slow: {function: work, after: one, input: {give: 7}}
  g:
    after: one
    map: '{% one %}'
    tasks:
      two: {function: work, input: {give: '{% item %}'}}
      four: {function: work, after: [two, slow], input: {give: '{% two * 10 + slow %}'}}
  five: {function: work, after: g.two, input: {give: '{% `g.two` %}'}}
  six: {function: work, after: g.four, input: {give: '{% `g.four` %}'}}
";
    let ran = run(dag, "{}");
    let result = crate::execution::value(&ran.result);
    assert_eq!(result.get("five").unwrap().to_text(), "[1,2]");
    assert_eq!(result.get("six").unwrap().to_text(), "[17,27]");
    // Nothing that `five` comes after waits for `slow`; work is done in the order in which it is asked for.
    assert_eq!(order(&ran), ["one", "slow", "g.two", "g.two", "g.four", "g.four", "five", "six"]);
}

/// What an instance gives can go into another group, which can go back into the first.
#[test]
fn groups_feed_each_other() {
    let dag = "dag: test
tasks:
  g:
    map: [1, 2, 3]
    tasks:
      x: {function: work, input: {give: '{% item %}'}}
      z: {function: work, after: [x, gather], input: {give: '{% gather - x %}'}}
  gather: {function: work, after: g.x, input: {give: '{% $sum(`g.x`) %}'}}
  h:
    map: [10, 20]
    tasks:
      y: {function: work, after: g.z, input: {give: '{% item + $sum(`g.z`) %}'}}
";
    let result = run(dag, "{}").result;
    assert_eq!(
        result,
        r#"{"gather":6,"g":[{"x":1,"z":5},{"x":2,"z":4},{"x":3,"z":3}],"h":[{"y":22},{"y":32}]}"#
    );
}

/// What an instance of one group learns of another's tasks is not told to those tasks' own group again.
#[test]
fn what_goes_from_one_group_to_another_is_counted_once_where_it_comes_from() {
    let dag = "dag: test
tasks:
  g:
    map: [1]
    tasks:
      a: {function: work, input: {give: '{% item %}'}}
      b: {function: work, after: a, input: {give: 2}}
      c: {function: work, after: [a, b], input: {give: '{% a + b %}'}}
  h: {map: [1], tasks: {d: {function: work, after: g.a, input: {give: 4}}}}
";
    let ran = run(dag, "{}");
    assert_eq!(ran.result, r#"{"h":[{"d":4}],"g":[{"a":1,"b":2,"c":3}]}"#);
}

#[test]
fn a_group_may_be_called_as_the_dag_is() {
    let dag = "dag: test\ntasks: {test: {map: [1, 2], tasks: {test: {function: work, input: {give: '{% item %}'}}}}}\n";
    assert_eq!(run(dag, "{}").result, r#"{"test":[{"test":1},{"test":2}]}"#);
}

#[test]
fn a_failed_instance_fails_its_group_and_the_run_unless_it_may() {
    let dag = "dag: test
tasks:
  g:
    map: [1, 2, 3]
    tolerate: TOLERATE
    tasks:
      x: {function: work, input: {fail: '{% item = 2 ? \"two\" : null %}', give: '{% item %}'}}
      y: {function: work, after: x, input: {give: '{% x %}'}}
  after: {function: work, after: g, input: {give: '{% g.y %}'}}
";
    assert_eq!(
        run(&dag.replace("TOLERATE", "1"), "{}").result,
        r#"{"g":[{"x":1,"y":1},null,{"x":3,"y":3}],"after":[1,3]}"#
    );
    assert_eq!(
        run(&dag.replace("TOLERATE", "0"), "{}").result,
        "FAILED Broken: task `g` failed: 1 of 3 items failed: task `g.x` failed: \"two\"; for that `g.y` did not run; for that `after` did not run"
    );
}

#[test]
fn what_comes_after_a_task_of_a_group_hears_of_a_group_that_does_not_run() {
    let dag = "dag: test
tasks:
  a: {function: work, input: {fail: no}}
  g:
    after: a
    map: [1]
    tasks: {x: {function: work}}
  b: {function: work, after: g.x, rule: all_failed, input: {give: 1}}
  c: {function: work, after: g.x}
";
    let ran = run(dag, "{}");
    assert_eq!(ran.result, "FAILED Broken: task `a` failed: \"no\"; for that `g`, `c` did not run");
    assert_eq!(order(&ran), ["a", "b"]);
    // Over nothing there is nothing to wait for.
    let empty = "dag: test
tasks:
  g: {map: [], tasks: {x: {function: work}}}
  b: {function: work, after: g.x, input: {give: '{% `g.x` %}'}}
";
    assert_eq!(run(empty, "{}").result, r#"{"g":[],"b":[]}"#);
}

/// Where instances count each for itself, rules see every one of them, and the others go on where one fails.
#[test]
fn instances_may_count_each_for_itself() {
    let dag = "dag: test
tasks:
  t: {function: work, map: [1, 2, 3], each: true, input: {fail: '{% item = 2 ? \"two\" : null %}', give: '{% item %}'}}
  one: {function: work, after: t, rule: one_success, input: {give: '{% t %}'}}
  all: {function: work, after: t, rule: RULE, input: {give: 1}}
";
    assert_eq!(run(&dag.replace("RULE", "all_done"), "{}").result, r#"{"one":[1,null,3],"all":1}"#);
    assert_eq!(
        run(&dag.replace("RULE", "none_failed"), "{}").result,
        "FAILED Broken: task `t` failed: \"two\"; for that `all` did not run"
    );
    let group = "dag: test
tasks:
  g:
    map: [1, 2]
    each: true
    tasks:
      x: {function: work, input: {give: '{% item %}'}}
      y: {function: work, after: x, input: {give: '{% x + 1 %}'}}
  z: {function: work, after: g, input: {give: '{% `g.y` %}'}}
";
    assert_eq!(run(group, "{}").result, r#"{"g.x":[1,2],"g.y":[2,3],"z":[2,3]}"#);
    let none = group.replace("[1, 2]", "[]");
    assert_eq!(run(&none, "{}").result, "{}");
}

#[test]
fn a_list_that_is_none_fails_the_tasks_that_count_for_it() {
    let dag = "dag: test
tasks:
  t: {function: work, map: '{% input.n %}', each: true}
  u: {function: work, after: t}
";
    assert_eq!(
        run(dag, r#"{"n": 3}"#).result,
        "FAILED Tidegate.InvalidValue: task `t` failed: `map` expects a list, found number; for that `u` did not run"
    );
}

#[test]
fn a_workflow_runs_for_each_item() {
    use tidegate_model::Outcome;
    let mut world = crate::execution::World::new();
    world.function("work");
    let dag = "dag: child\ntasks: {add: {function: work, input: {give: '{% input.n + 1 %}'}}}\n";
    world.apply(tidegate_languages::compile(dag, "child.yaml"));
    let dag = "dag: test
tasks:
  each: {workflow: child, map: [1, 2, 3], concurrency: 2, input: {n: '{% item * 10 %}'}}
  sum: {function: work, after: each, input: {give: '{% $sum(each.add) %}'}}
";
    world.apply(tidegate_languages::compile(dag, "dag.yaml"));
    let run = world.start("test", &tidegate_json::Value::Null);
    world.work(&mut |invocation| invocation.input.get("give").map(Outcome::succeeded));
    world.restart();
    assert_eq!(
        world.execution(run).output.unwrap().to_text(),
        r#"{"each":[{"add":11},{"add":21},{"add":31}],"sum":63}"#
    );
}
