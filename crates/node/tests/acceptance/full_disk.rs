//! A disk that fills up while a function runs: its end is kept and recorded once there is room.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tidegate_engine::view::RunStatus;
use tidegate_journal::SimDisk;
use tidegate_model::Address;
use tidegate_node::{Metrics, SubmitError};

use crate::world::{World, json};

/// Its function ends when somebody writes its result into the pipe.
const GATED: &str = "
workflow: gated
functions:
  wait: {command: 'cat GATE'}
triggers:
  begin: {on: start, do: {invoke: {function: wait}}}
  end: {on: {succeeded: wait}, do: {complete: '{% $length(event.data) %}'}}
";

/// No test waits longer than this for a metric.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has a function end with a text of `bytes` on a full disk, and waits until `is_kept` says that its end was refused.
async fn check(bytes: usize, is_kept: impl Fn(&Metrics, &Metrics) -> bool) {
    let disk = SimDisk::new(11);
    let mut world = World::on(Arc::new(disk.clone()));
    let gate = world.dir().join("gate");
    assert!(Command::new("mkfifo").arg(&gate).status().expect("mkfifo runs").success());
    world.apply_text(&GATED.replace("GATE", &gate.to_string_lossy()), "gated.yaml").await;
    let run = world.start("gated", "null").await;

    disk.set_full(true);
    let event = world.event("test", "null");
    let refused = world.handle().publish(vec![event.clone()], Address::World).await;
    match refused {
        Err(SubmitError::NoSpace(reason)) => assert!(reason.contains("no space is left"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let before = world.handle().metrics();
    let text = format!("\"{}\"", "r".repeat(bytes));
    let written = tokio::task::spawn_blocking(move || std::fs::write(gate, text));
    written.await.expect("no panic").expect("the function reads");
    let kept = tokio::time::timeout(PATIENCE, async {
        while !is_kept(&before, &world.handle().metrics()) {
            // Answered between two batches.
            world.totals().await;
        }
    });
    kept.await.expect("the end of the function is refused by the disk");
    assert_eq!(world.view(run).await.summary.status, RunStatus::Running);

    disk.set_full(false);
    assert_eq!(world.result(run).await, json(&bytes.to_string()));
    assert_eq!(world.told(run, "task_ended", "attempt").await, ["1"], "it was called once");
    assert_eq!(world.handle().metrics().results_waiting, 0);
    assert_eq!(world.publish(event.clone()).await.duplicate_of, None, "what was refused is not there");
    assert!(world.publish(event).await.duplicate_of.is_some());
    world.crash();
    assert_eq!(world.view(run).await.summary.status, RunStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_the_journal_refuses_is_recorded_once_there_is_room() {
    check(10, |before, now| now.refused_batches > before.refused_batches + 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_whose_large_result_cannot_be_stored_is_recorded_once_there_is_room() {
    check(100_000, |_, now| now.results_waiting == 1).await;
}
