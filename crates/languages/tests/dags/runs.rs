//! Runs of DAGs on a partition without journal or clock.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_model::{Failure, Invocation, Outcome};

use crate::execution::{World, value};

/// A run as it came out: its result or its failure, and what was called with what, in order.
pub(crate) struct Ran {
    pub(crate) result: String,
    pub(crate) calls: Vec<(String, String)>,
}

/// Runs `dag` on `input`; calls of a task fail whose input has `fail`, and else give what its `give` says, or their input. One
/// with `count` answers with envelopes, and has done its work at the third call.
pub(crate) fn run(dag: &str, input: &str) -> Ran {
    let mut world = World::new();
    world.function("work");
    world.apply(tidegate_languages::compile(dag, "dag.yaml"));
    let run = world.start("test", &value(input));
    let mut calls = Vec::new();
    let mut is_fresh = true;
    world.work(&mut |invocation: &Invocation| {
        calls.push((invocation.subject.to_string(), invocation.input.to_text()));
        is_fresh = false;
        let number = |name: &str| invocation.input.get(name).cloned();
        if number("count").is_some() {
            let seen = invocation.input.pointer("/carry/seen").and_then(Value::as_u64).unwrap_or(0) + 1;
            return Some(Outcome::succeeded(&match seen {
                3 => Value::object([("result", seen)]),
                _ => value(&format!(r#"{{"again": "10s", "carry": {{"seen": {seen}}}}}"#)),
            }));
        }
        if let Some(message) = number("fail").filter(|fail| !fail.is_null()) {
            return Some(Outcome::Failed(Failure::new("Broken", message.to_text())));
        }
        Some(Outcome::succeeded(&number("give").unwrap_or_else(|| invocation.input.clone())))
    });
    world.restart();
    let execution = world.execution(run);
    let result = match &execution.output {
        Some(output) => output.to_text(),
        None => format!(
            "{} {}: {}",
            execution.status,
            execution.error.as_deref().unwrap_or_default(),
            execution.cause.as_deref().unwrap_or_default()
        ),
    };
    Ran { result, calls }
}

pub(crate) fn order(ran: &Ran) -> Vec<&str> {
    ran.calls.iter().map(|(task, _)| task.as_str()).collect()
}

#[test]
fn tasks_run_after_those_that_they_come_after_with_their_results() {
    let ran = run(
        "dag: test
tasks:
  fetch: {function: work, input: {give: {rows: [3, 4]}, from: '{% input.url %}'}}
  left: {function: work, after: fetch, input: {give: '{% fetch.rows[0] %}'}}
  right: {function: work, after: [fetch], input: {give: '{% fetch.rows[1] %}'}}
  both: {function: work, after: [left, right], input: {give: '{% left + right + $count(fetch.rows) %}'}}
",
        r#"{"url": "there"}"#,
    );
    assert_eq!(ran.result, r#"{"fetch":{"rows":[3,4]},"left":3,"right":4,"both":9}"#);
    assert_eq!(order(&ran), ["fetch", "left", "right", "both"]);
    assert_eq!(ran.calls[0].1, r#"{"give":{"rows":[3,4]},"from":"there"}"#);
}

#[test]
fn a_task_without_an_input_gets_that_of_the_run() {
    let ran = run("dag: test\ntasks: {a: {function: work}}\n", r#"{"x": 1}"#);
    assert_eq!(ran.result, r#"{"a":{"x":1}}"#);
}

#[test]
fn a_task_is_mapped_over_a_list_that_another_gives() {
    let dag = "dag: test
tasks:
  list: {function: work, input: {give: [10, 20, 30]}}
  each:
    function: work
    after: list
    map: '{% list %}'
    concurrency: 2
    input: {give: '{% item + index %}'}
  sum: {function: work, after: each, input: {give: '{% $sum(each) %}'}}
";
    assert_eq!(run(dag, "{}").result, r#"{"list":[10,20,30],"each":[10,21,32],"sum":63}"#);
    let empty = dag.replace("[10, 20, 30]", "[]");
    assert_eq!(run(&empty, "{}").result, r#"{"list":[],"each":[],"sum":0}"#);
    let wrong = dag.replace("[10, 20, 30]", "7");
    assert_eq!(
        run(&wrong, "{}").result,
        "FAILED Tidegate.InvalidValue: task `each` failed: `map` expects a list, found number; for that `sum` did not run"
    );
}

#[test]
fn a_map_goes_on_where_no_more_items_fail_than_may() {
    let dag = "dag: test
tasks:
  each: {function: work, map: [1, 2, 3, 4], input: {fail: '{% item = 2 ? \"two\" : null %}', give: '{% item %}'}, tolerate: TOLERATE}
";
    assert_eq!(run(&dag.replace("TOLERATE", "1"), "{}").result, r#"{"each":[1,null,3,4]}"#);
    assert_eq!(run(&dag.replace("TOLERATE", "25%"), "{}").result, r#"{"each":[1,null,3,4]}"#);
    let failed = run(&dag.replace("TOLERATE", "20%"), "{}").result;
    assert!(failed.starts_with("FAILED Broken: task `each` failed: 1 of 4 items failed"), "{failed}");
}

#[test]
fn what_is_skipped_is_absent_and_what_comes_after_is_skipped() {
    let dag = "dag: test
tasks:
  a: {function: work, input: {give: 1}}
  b: {function: work, after: a, when: 'a > input.least', input: {give: 2}}
  c: {function: work, after: b, input: {give: 3}}
  d: {function: work, after: [a, c], rule: none_failed_min_one_success, input: {give: '{% $exists(c) ? c : \"none\" %}'}}
";
    assert_eq!(run(dag, r#"{"least": 5}"#).result, r#"{"a":1,"d":"none"}"#);
    assert_eq!(run(dag, r#"{"least": 0}"#).result, r#"{"a":1,"b":2,"c":3,"d":3}"#);
}

#[test]
fn a_failed_task_is_named_and_so_is_what_did_not_run_for_it() {
    let dag = "dag: test
tasks:
  a: {function: work, input: {fail: no luck}}
  b: {function: work, after: a}
  c: {function: work, after: b}
  other: {function: work, input: {give: 1}}
  clean: {function: work, after: [a, other], rule: all_done, input: {give: cleaned}}
";
    let ran = run(dag, "{}");
    assert_eq!(ran.result, "FAILED Broken: task `a` failed: \"no luck\"; for that `b`, `c` did not run");
    // What cleans up has run, and nothing that hangs on the failure.
    assert_eq!(order(&ran), ["a", "other", "clean"]);
}

#[test]
fn a_failure_that_something_comes_after_is_that_tasks_business() {
    let dag = "dag: test
tasks:
  try: {function: work, input: {fail: no}}
  fallback: {function: work, after: try, rule: one_failed, input: {give: instead}}
";
    assert_eq!(run(dag, "{}").result, r#"{"fallback":"instead"}"#);
    let well = dag.replace("{fail: no}", "{give: 1}");
    assert_eq!(run(&well, "{}").result, r#"{"try":1}"#);
}

#[test]
fn a_task_is_tried_again_as_its_retry_says_and_defaults_hold_for_all() {
    let dag = "dag: test
defaults: {retry: {max_attempts: 3, interval: 1s}}
tasks:
  a: {function: work, input: {fail: always}}
  b: {function: work, input: {fail: always}, retry: {max_attempts: 1}}
";
    let calls = run(dag, "{}").calls;
    let mut counts = BTreeMap::new();
    calls.iter().for_each(|(task, _)| *counts.entry(task.as_str()).or_insert(0) += 1);
    assert_eq!(counts, BTreeMap::from([("a", 3), ("b", 1)]));
}

#[test]
fn a_run_that_takes_too_long_fails() {
    let mut world = World::new();
    world.function("work");
    let dag = "dag: test\ntimeout: 1h\ntasks: {a: {function: work}}\n";
    world.apply(tidegate_languages::compile(dag, "dag.yaml"));
    let run = world.start("test", &Value::Null);
    world.work(&mut |_| None);
    assert_eq!(world.execution(run).status, "TIMED_OUT");
}

/// A3, A4 and A5 of the published benchmarks: a sequence, a map, and two branches of both.
#[test]
fn published_graphs_run_in_their_order() {
    let mut sequence = String::from("dag: test\ntasks:\n  t0: {function: work, input: {give: 0}}\n");
    for number in 1..40 {
        let before = number - 1;
        sequence.push_str(&format!(
            "  t{number}: {{function: work, after: t{before}, input: {{give: '{{% t{before} + 1 %}}'}}}}\n"
        ));
    }
    let ran = run(&sequence, "{}");
    assert_eq!(order(&ran), (0..40).map(|number| format!("t{number}")).collect::<Vec<_>>());
    assert!(ran.result.ends_with(r#""t39":39}"#), "{}", ran.result);

    let map = "dag: test\ntasks: {m: {function: work, map: '{% [0..319] %}', input: {give: '{% item %}'}}}\n";
    assert_eq!(run(map, "{}").calls.len(), 320);

    let mixed = "dag: test
tasks:
  first: {function: work, input: {give: 3}}
  b1_call: {function: work, after: first, input: {give: 15}}
  b1_map: {function: work, after: b1_call, map: '{% [0..9] %}', input: {give: '{% item %}'}}
  b2_map: {function: work, after: first, map: '{% [0..9] %}', input: {give: '{% item %}'}}
  b2_call: {function: work, after: b2_map, input: {give: 1}}
  final: {function: work, after: [b1_map, b2_call], map: '{% [0..4] %}', input: {give: '{% item %}'}}
";
    let ran = run(mixed, "{}");
    assert_eq!(ran.calls.len(), 28);
    let first_final = order(&ran).iter().position(|task| *task == "final");
    assert_eq!(first_final, Some(23));
    assert!(ran.result.ends_with(r#""final":[0,1,2,3,4]}"#), "{}", ran.result);
}

/// A7: three independent pairs of a map over eight parts and a merge that gets exactly those.
#[test]
fn words_are_counted_in_parts_and_merged() {
    let mut dag = String::from("dag: test\ntasks:\n");
    for pair in 0..3 {
        dag.push_str(&format!(
            "  count{pair}: {{function: work, map: '{{% [0..7] %}}', concurrency: 8, \
             input: {{give: {{part: '{{% item %}}', of: {pair}}}}}}}\n  \
             merge{pair}: {{function: work, after: count{pair}, input: {{give: '{{% $sum(count{pair}.part) %}}', \
             dicts: '{{% count{pair} %}}'}}}}\n"
        ));
    }
    let ran = run(&dag, "{}");
    assert_eq!(ran.calls.len(), 27);
    for pair in 0..3 {
        let merge = ran.calls.iter().find(|(task, _)| *task == format!("merge{pair}")).unwrap();
        let dicts: Vec<String> = (0..8).map(|part| format!(r#"{{"part":{part},"of":{pair}}}"#)).collect();
        assert_eq!(merge.1, format!(r#"{{"give":28,"dicts":[{}]}}"#, dicts.join(",")));
        assert!(ran.result.contains(&format!(r#""merge{pair}":28"#)), "{}", ran.result);
    }
}

/// A8: the geospatial graph: 13 tasks, of which four are mapped over 25 chunks.
#[test]
fn chunks_of_a_landscape_come_together_again() {
    let mut dag = String::from(
        "dag: test
tasks:
  get_stations: {function: work, input: {give: [a, b]}}
  asc_to_geotiff: {function: work, map: [1], input: {give: tiff}}
  wait_for_data: {function: work, after: [get_stations, asc_to_geotiff], input: {give: '{% get_stations %}'}}
",
    );
    for kind in ["radiation", "wind", "humidity", "temperature"] {
        dag.push_str(&format!(
            "  {kind}: {{function: work, after: wait_for_data, map: '{{% [0..24] %}}', input: {{give: '{{% item %}}'}}}}\n"
        ));
    }
    let merges = [
        ("merge_global", "radiation"),
        ("merge_extraterrestrial", "radiation"),
        ("merge_wind", "wind"),
        ("merge_humidity", "humidity"),
        ("merge_temperature", "temperature"),
    ];
    for (merge, of) in merges {
        dag.push_str(&format!(
            "  {merge}: {{function: work, after: {of}, input: {{give: '{{% $sum({of}) %}}'}}}}\n"
        ));
    }
    let names: Vec<&str> = merges.iter().map(|(merge, _)| *merge).collect();
    dag.push_str(&format!(
        "  combine: {{function: work, after: [{0}], map: [1], input: {{give: '{{% $sum([{0}]) %}}'}}}}\n",
        names.join(", ")
    ));
    let ran = run(&dag, "{}");
    assert_eq!(ran.calls.len(), 1 + 1 + 1 + 4 * 25 + 5 + 1);
    let results = value(&ran.result);
    assert_eq!(results.as_object().unwrap().len(), 13);
    // The dummy passes on what it got, and five sums of 0 to 24 come together.
    assert_eq!(results.get("wait_for_data").unwrap().to_text(), r#"["a","b"]"#);
    assert_eq!(results.get("combine").unwrap().to_text(), "[1500]");
}

/// A task that runs another workflow, of whatever language, has that run's output for its result.
#[test]
fn a_task_runs_another_workflow() {
    let machine = r#"{"StartAt": "Add", "States": {"Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"},
        "OutputPath": "$.n", "End": true}}}"#;
    let dag = "dag: test
defaults: {retry: {max_attempts: 3}}
tasks:
  one: {workflow: add, input: {n: 1}}
  two: {workflow: add, after: one, input: {n: '{% one %}'}}
  lost: {workflow: nobody, input: {}}
  told: {function: work, after: [two, lost], rule: all_done, input: {give: '{% two %}'}}
";
    let mut world = World::new();
    world.function("work");
    world.machine("add", &value(machine));
    world.apply(tidegate_languages::compile(dag, "dag.yaml"));
    let run = world.start("test", &Value::Null);
    world.work(&mut |invocation| invocation.input.get("give").map(Outcome::succeeded));
    world.restart();
    assert_eq!(world.execution(run).output.unwrap().to_text(), r#"{"one":2,"two":3,"told":3}"#);
}
