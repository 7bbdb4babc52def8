//! What a function says besides its result, what cleans up, and what is called at an end.

use crate::runs::{order, run};

#[test]
fn an_envelope_says_which_tasks_are_not_to_run() {
    let dag = "dag: test
tasks:
  branch: {function: work, control: true, input: {give: {result: left, skip: [right]}}}
  left: {function: work, after: branch, input: {give: '{% branch %}'}}
  right: {function: work, after: branch, rule: all_done, input: {give: no}}
  far: {function: work, after: right, input: {give: no}}
  join: {function: work, after: [left, right], rule: none_failed_min_one_success, input: {give: joined}}
";
    let ran = run(dag, "{}");
    assert_eq!(ran.result, r#"{"branch":"left","left":"left","join":"joined"}"#);
    assert_eq!(order(&ran), ["branch", "left", "join"]);
}

#[test]
fn an_envelope_may_skip_its_own_task_and_be_wrong() {
    let dag = "dag: test
tasks:
  a: {function: work, control: true, input: {give: ENVELOPE}}
  b: {function: work, after: a, input: {give: 1}}
";
    assert_eq!(run(&dag.replace("ENVELOPE", "{state: skipped}"), "{}").result, "{}");
    assert_eq!(run(&dag.replace("ENVELOPE", "null"), "{}").result, r#"{"a":null,"b":1}"#);
    let wrong = run(&dag.replace("ENVELOPE", "{stat: skipped}"), "{}").result;
    assert!(
        wrong.starts_with(
            "FAILED Tidegate.InvalidValue: task `a` failed: the function's result is no envelope: unknown field `stat`"
        ),
        "{wrong}"
    );
}

#[test]
fn a_task_looks_again_until_it_has_done_its_work() {
    let dag = "dag: test
tasks:
  wait: {function: work, control: true, input: {count: true}}
  after: {function: work, after: wait, input: {give: '{% wait %}'}}
";
    let ran = run(dag, "{}");
    assert_eq!(ran.result, r#"{"wait":3,"after":3}"#);
    assert_eq!(ran.calls[2].1, r#"{"count":true,"carry":{"seen":2}}"#);
}

#[test]
fn some_errors_mean_that_a_task_is_skipped() {
    let dag = "dag: test
defaults: {retry: {max_attempts: 3, interval: 1s}}
tasks:
  a: {function: work, skip_on: Broken, input: {fail: nothing to do}}
  b: {function: work, after: a, input: {give: 1}}
  c: {function: work, after: b, rule: none_failed, input: {give: 2}}
";
    let ran = run(dag, "{}");
    assert_eq!(ran.result, r#"{"c":2}"#);
    assert_eq!(order(&ran), ["a", "c"]);
}

#[test]
fn what_was_set_up_is_torn_down_and_that_decides_nothing() {
    let dag = "dag: test
tasks:
  up: {function: work, input: {fail: UP, give: cluster}}
  job: {function: work, after: up, rule: all_done, input: {fail: JOB, give: done}}
  down: {function: work, after: job, teardown_of: up, input: {fail: DOWN, give: gone}}
";
    let ran = |up: &str, job: &str, down: &str| {
        let ran = run(&dag.replace("UP", up).replace("JOB", job).replace("DOWN", down), "{}");
        (ran.result.clone(), order(&ran).join(" "))
    };
    let well = ran("null", "null", "null");
    assert_eq!(well.0, r#"{"up":"cluster","job":"done","down":"gone"}"#);
    let job_failed = ran("null", "job", "null");
    assert_eq!(
        job_failed,
        ("FAILED Broken: task `job` failed: \"job\"".to_owned(), "up job down".to_owned())
    );
    // Without what it needs a task does not run, whatever its rule is, and there is nothing to tear down.
    let nothing_up = ran("up", "null", "null");
    assert_eq!(
        nothing_up,
        (
            "FAILED Broken: task `up` failed: \"up\"; for that `job`, `down` did not run".to_owned(),
            "up".to_owned()
        )
    );
    let down_failed = ran("null", "null", "down");
    assert_eq!(down_failed.0, r#"{"up":"cluster","job":"done"}"#);
}

#[test]
fn hooks_are_called_at_ends_before_the_run_ends() {
    let dag = "dag: test
on_success: work
on_failure: work
tasks:
  a: {function: work, on_success: work, input: {give: 1}}
  b: {function: work, on_failure: work, input: {fail: FAIL, give: 2}}
";
    let ran = run(&dag.replace("FAIL", "no"), "{}");
    assert_eq!(ran.result, "FAILED Broken: task `b` failed: \"no\"");
    assert_eq!(order(&ran), ["a", "b", "a:hook", "b:hook", "_hook"]);
    assert_eq!(
        ran.calls[3].1,
        r#"{"run":"r1","workflow":"test","task":"b","state":"failed","error":"Broken","message":"\"no\""}"#
    );
    assert_eq!(
        ran.calls[4].1,
        r#"{"run":"r1","workflow":"test","state":"failed","error":"Broken","message":"task `b` failed: \"no\"","failed":["b"]}"#
    );
    let ran = run(&dag.replace("FAIL", "null"), "{}");
    assert_eq!(ran.result, r#"{"a":1,"b":2}"#);
    assert_eq!(order(&ran), ["a", "b", "a:hook", "_hook"]);
}
