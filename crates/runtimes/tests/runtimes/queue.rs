//! Queues: caps, order, abandonment, and that no function waits for another.

use std::time::{Duration, Instant};

use tidegate_json::Value;
use tidegate_model::Outcome;
use tidegate_model::outcome::errors;
use tidegate_runtimes::{InstanceCounts, Position};

use super::stage::{Stage, function, json, until_dead, value};

#[tokio::test]
async fn instant_functions_are_reported_before_invoke_returns() {
    let stage = Stage::new();
    let noop = function(r#"{"runtime":"builtin","builtin":"noop"}"#);
    assert_eq!(stage.result("noop", &noop, json("1")).await, Value::Null);
    let fail = function(r#"{"runtime":"builtin","builtin":"fail"}"#);
    let mut invocation = stage.invocation("fail", &fail, json(r#"{"times":1,"error":"E","message":"m"}"#));
    stage.runtimes.invoke(invocation.clone());
    invocation.attempt = 2;
    stage.runtimes.invoke(invocation.clone());
    let Outcome::Failed(failure) = stage.report().await.2 else { panic!("the first attempt fails") };
    assert_eq!(failure.to_string(), "E: m");
    assert_eq!(value(stage.report().await.2), invocation.input);
    let sleep = function(r#"{"runtime":"builtin","builtin":"sleep"}"#);
    assert_eq!(&*stage.failure("sleep", &sleep, Value::Null).await.error, errors::INVALID_VALUE);
    let totals: Vec<_> = stage.runtimes.status().functions.iter().map(|it| it.totals.started).collect();
    assert_eq!(totals, [2, 1, 1]);
}

#[tokio::test]
async fn sleepers_answer_after_their_time_and_do_not_wait_for_each_other() {
    let stage = Stage::new();
    let sleep = function(r#"{"runtime":"builtin","builtin":"sleep"}"#);
    let before = Instant::now();
    let input = json(r#"{"seconds":0.05,"echo":[1]}"#);
    assert_eq!(stage.result("sleep", &sleep, input).await, json("[1]"));
    assert!(before.elapsed() >= Duration::from_millis(50));
    let before = Instant::now();
    for _ in 0..1000 {
        stage.invoke("sleep", &sleep, json(r#"{"ms":50}"#));
    }
    for _ in 0..1000 {
        stage.report().await;
    }
    assert!(before.elapsed() < Duration::from_secs(25), "they sleep one after another");
}

#[tokio::test]
async fn the_cap_holds_and_the_queue_keeps_its_order() {
    let stage = Stage::new();
    // Each waits for the file that lets it go, so whatever may run does so at the same time.
    let line = "while [ ! -e go ]; do sleep 0.01; done; cat";
    let spec =
        function(&format!(r#"{{"runtime":"command","command":"{line}","limits":{{"concurrency":2}}}}"#));
    let tasks: Vec<_> = (0..5).map(|n| stage.invoke("f", &spec, Value::from(n.to_string()))).collect();
    stage.until_function("f", |f| f.running.iter().filter(|it| it.process.is_some()).count() == 2).await;
    let Some(Position::Queued { ahead: 2, cap: Some(2), .. }) = stage.runtimes.position(tasks[4]) else {
        panic!("{:?}", stage.runtimes.position(tasks[4]))
    };
    assert_eq!(stage.runtimes.status().functions[0].queued, 3);
    stage.runtimes.abandon(tasks[3]);
    assert!(matches!(stage.runtimes.position(tasks[4]), Some(Position::Queued { ahead: 1, .. })));
    stage.file("go", "");
    let mut ended = Vec::new();
    for _ in 0..4 {
        let (task, _, outcome) = stage.report().await;
        assert!(matches!(outcome, Outcome::Succeeded { .. }));
        assert!(stage.runtimes.status().functions[0].running.len() <= 2);
        ended.push(task);
    }
    ended.sort_unstable();
    assert_eq!(ended, [tasks[0], tasks[1], tasks[2], tasks[4]]);
}

#[tokio::test]
async fn a_function_that_hangs_delays_no_other() {
    let stage = Stage::new();
    let hang = function(r#"{"runtime":"command","command":"sleep 1000","limits":{"concurrency":1}}"#);
    for _ in 0..10 {
        stage.invoke("hang", &hang, Value::Null);
    }
    stage.until_function("hang", |f| f.running.len() == 1 && f.queued == 9).await;
    let other = function(r#"{"runtime":"command","command":"cat"}"#);
    assert_eq!(stage.result("other", &other, json("1")).await, json("1"));
    // Nor does it delay another function of the same name with another specification.
    assert_eq!(stage.result("hang", &other, json("2")).await, json("2"));
}

#[tokio::test]
async fn an_abandoned_process_ends_and_a_later_attempt_takes_over() {
    let stage = Stage::new();
    let spec =
        function(r#"{"runtime":"command","command":"echo $$ >&2; [ $TIDEGATE_ATTEMPT = 2 ] || sleep 1000"}"#);
    let mut invocation = stage.invocation("f", &spec, Value::Null);
    stage.runtimes.invoke(invocation.clone());
    let process: u32 = stage.line(invocation.task).await.parse().unwrap();
    invocation.attempt = 2;
    stage.runtimes.invoke(invocation.clone());
    let (task, attempt, outcome) = stage.report().await;
    assert_eq!((task, attempt), (invocation.task, 2));
    assert_eq!(value(outcome), Value::Null);
    until_dead(process).await;
    let attempts: Vec<u32> = stage.runtimes.logs(task).lines.iter().map(|line| line.attempt).collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn a_shutdown_ends_everything_and_reports_nothing() {
    let stage = Stage::new();
    stage.file("m.py", "def f(event, context):\n    return 1\n");
    let python = function(r#"{"runtime":"python","handler":"m.f"}"#);
    assert_eq!(stage.result("python", &python, Value::Null).await, json("1"));
    let hang = function(r#"{"runtime":"command","command":"echo $$ >&2; sleep 1000"}"#);
    let task = stage.invoke("hang", &hang, Value::Null);
    let process: u32 = stage.line(task).await.parse().unwrap();
    stage.runtimes.shutdown(Duration::from_secs(10)).await;
    until_dead(process).await;
    let status = stage.runtimes.status();
    assert!(status.functions.iter().all(|it| it.running.is_empty() && it.queued == 0), "{status:#?}");
    assert!(status.functions.iter().all(|it| it.instances == InstanceCounts::default()), "{status:#?}");
    assert_eq!(status.functions[0].totals.abandoned, 1);
    stage.invoke("hang", &hang, Value::Null);
    assert_eq!(stage.runtimes.status(), status);
}

#[tokio::test]
async fn the_status_is_json() {
    let stage = Stage::new();
    stage.result("noop", &function(r#"{"runtime":"builtin","builtin":"noop"}"#), Value::Null).await;
    let mut status = serde_json::to_value(stage.runtimes.status()).unwrap();
    status["functions"][0]["directory"].take();
    let expected = serde_json::json!({"functions": [{
        "function": "noop", "directory": null, "runtime": "builtin", "cap": null, "queued": 0, "running": [],
        "instances": {"starting": 0, "idle": 0, "busy": 0},
        "totals": {"started": 1, "succeeded": 1, "failed": 0, "abandoned": 0},
    }]});
    assert_eq!(status, expected);
}
