//! A6 and A15: what survives, and what a node refuses to open.

use std::path::{Path, PathBuf};
use std::task::Poll;
use std::time::Duration;

use tidegate_model::{Address, Timestamp};
use tidegate_node::query::QueryError;
use tidegate_node::{HistoryQuery, OpenError, SubmitError};

use crate::world::{World, json};

const RESULTS: &str = "[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 20, 40, 80, 160]]";

/// Loses the node when `ended` tasks have ended; `checkpoints` says whether there is one by then.
async fn check_crash_after(ended: &[usize], checkpoints: Duration) {
    let mut world = World::with(|settings| settings.checkpoint_interval = checkpoints);
    world.apply("fault-tolerance.yaml").await;
    let mut watch = world.watch();
    let run = world.start("dag-fault-tolerance", "null").await;
    for ended in ended {
        // Tasks go on ending while nobody watches, and the run with the last of them.
        if world.view(run).await.summary.ended_at.is_none() {
            watch.until_or_run_ended("task_ended", *ended).await;
        }
        world.crash();
        watch = world.watch();
    }
    let mut result = world.result(run).await;
    if result.get_index(0).is_some_and(|first| first.as_array().is_some_and(|first| first.len() == 5)) {
        // Whichever branch ended first is first.
        result = tidegate_json::Value::array(
            [1, 0].map(|place| result.get_index(place).cloned().unwrap_or_default()),
        );
    }
    assert_eq!(result, json(RESULTS));

    let mut ends = world.told(run, "task_ended", "task").await;
    ends.sort_unstable();
    let all = ends.len();
    ends.dedup();
    assert_eq!((all, ends.len()), (16, 16), "each completion counts once");
    assert_eq!(world.told(run, "run_ended", "run").await.len(), 1);
    for (trigger, fired) in [("first", 1), ("branches", 1), ("end", 1)] {
        assert_eq!(world.fired(run, trigger).await, fired, "{trigger}");
    }
    assert_eq!(world.trigger(run, "end").await.seen, 2);
    let totals = world.totals().await;
    assert_eq!((totals.runs_succeeded, totals.attempts, totals.attempts_ended), (1, 16, 16));
}

const NEVER: Duration = Duration::from_secs(3600);
const ALWAYS: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_graph_survives_a_crash_at_its_start() {
    check_crash_after(&[0], NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_graph_survives_a_crash_between_its_steps() {
    check_crash_after(&[1], NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_graph_survives_a_crash_within_its_maps() {
    check_crash_after(&[7], NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_graph_survives_a_crash_before_its_last_task() {
    check_crash_after(&[15], NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_graph_survives_several_crashes() {
    check_crash_after(&[0, 1, 3, 2, 1], NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_graph_survives_several_crashes_with_checkpoints() {
    check_crash_after(&[0, 1, 3, 2, 1], ALWAYS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a15_a_timer_goes_off_in_time_after_a_restart() {
    let mut world = World::new();
    world.apply("timeout.yaml").await;
    let run = world.start("timeout", r#"{"after": "300ms"}"#).await;
    assert_eq!(world.view(run).await.waiting_for[0].what, "timer `timeout`");
    world.crash();
    world.restart().await;
    assert_eq!(world.result(run).await, json(r#"["tidegate.timer.fired", "timeout", "late"]"#));
    check_timer(&world, run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a15_a_timer_that_came_due_while_nobody_was_there_goes_off_at_once() {
    let mut world = World::new();
    world.apply("timeout.yaml").await;
    let run = world.start("timeout", r#"{"after": "1ms"}"#).await;
    world.crash();
    assert_eq!(world.result(run).await, json(r#"["tidegate.timer.fired", "timeout", "late"]"#));
    check_timer(&world, run).await;
}

/// It went off once, and not before its time.
async fn check_timer(world: &World, run: tidegate_model::RunId) {
    let history =
        world.handle().history(HistoryQuery { run, after: None, limit: 1000 }).await.expect("a history");
    let facts = history.steps.iter().flat_map(|step| step.facts.iter().map(move |fact| (step.at, fact)));
    let facts: Vec<_> =
        facts.filter(|(_, fact)| ["timer_set", "timer_fired"].contains(&fact.kind())).collect();
    let kinds: Vec<&str> = facts.iter().map(|(_, fact)| fact.kind()).collect();
    assert_eq!(kinds, ["timer_set", "timer_fired"]);
    let due: Timestamp = facts[0].1.text("due").parse().expect("a time");
    assert!(facts[1].0 >= due, "{} is before {due}", facts[1].0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_the_checkpoint_and_nothing_else() {
    let mut world = World::with(|settings| settings.checkpoint_interval = NEVER);
    let run = world.apply("probes.yaml").await.expect("it stands");
    world.emit("part", "null").await;
    world.crash();
    let replayed = world.node().recovered().entries_replayed;
    assert_eq!(replayed, 3, "the first entry, the workflow and the event");
    assert_eq!(world.trigger(run, "join").await.seen, 1);
    world.restart().await;
    assert_eq!(world.node().recovered().entries_replayed, 0, "a shutdown leaves a checkpoint of everything");
    assert_eq!(world.trigger(run, "join").await.seen, 1);
    assert_eq!(world.node().recovered().unfinished_runs, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_run_is_told_that_the_node_stops() {
    let mut world = World::new();
    world.apply("timeout.yaml").await;
    let run = world.start("timeout", r#"{"after": "1h"}"#).await;
    let handle = world.handle();
    let mut told = std::pin::pin!(handle.wait_run(run));
    // Polled once, it has asked; whatever is asked later is answered later.
    let asked = std::future::poll_fn(|context| Poll::Ready(told.as_mut().poll(context).is_pending())).await;
    assert!(asked);
    assert_eq!(world.totals().await.runs_started, 1);
    world.stop();
    let told = tokio::time::timeout(Duration::from_secs(20), told).await.expect("it is told");
    assert!(matches!(told, Err(QueryError::Unavailable(_))), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_an_engine_that_has_failed_is_told_so() {
    let mut world = World::new();
    world.apply("timeout.yaml").await;
    let run = world.start("timeout", r#"{"after": "1h"}"#).await;
    let handle = world.handle();
    let mut told = std::pin::pin!(handle.wait_run(run));
    let asked = std::future::poll_fn(|context| Poll::Ready(told.as_mut().poll(context).is_pending())).await;
    assert!(asked);
    let answer = world.handle().ask(|_| -> () { panic!("a question that fails the engine's thread") }).await;
    assert!(matches!(answer, Err(SubmitError::Stopping)), "{answer:?}");
    let told = tokio::time::timeout(Duration::from_secs(20), told).await.expect("it is told");
    assert!(matches!(told, Err(QueryError::Unavailable(_))), "{told:?}");
    let event = world.event("late", "null");
    let refused = world.handle().publish(vec![event], Address::World).await;
    assert!(matches!(refused, Err(SubmitError::Stopping)), "{refused:?}");
    assert!(world.handle().metrics().failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_inbox_is_told_and_drops_nothing() {
    let mut world = World::with(|settings| settings.inbox_max = 2);
    let run = world.apply("probes.yaml").await.expect("it stands");
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (blocked, is_blocked) = tokio::sync::oneshot::channel();
    let handle = world.handle();
    let busy = tokio::spawn(async move {
        handle.ask(move |_| (blocked.send(()), released.recv()).1).await.expect("it is answered")
    });
    is_blocked.await.expect("the engine is busy");
    let events: Vec<_> = (0..3).map(|_| world.event("part", "null")).collect();
    let (first, third) = (events[..2].to_vec(), events[2..].to_vec());
    let handle = world.handle();
    let mut waiting = std::pin::pin!(handle.publish(first, Address::World));
    let queued =
        std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await;
    assert!(queued);
    let refused = world.handle().publish(third.clone(), Address::World).await;
    assert!(matches!(refused, Err(SubmitError::Full { .. })), "{refused:?}");
    release.send(()).expect("the engine waits for it");
    busy.await.expect("no panic").expect("it was released");
    assert_eq!(waiting.await.expect("they are taken").len(), 2);
    world.publish_all(third).await;
    assert_eq!(world.trigger(run, "join").await.seen, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn chance_and_time_are_the_same_after_a_replay() {
    let mut world = World::with(|settings| settings.checkpoint_interval = NEVER);
    let run = world.apply("chance.yaml").await.expect("it stands");
    for _ in 0..5 {
        world.emit("draw", "null").await;
    }
    let before = world.view(run).await.vars;
    let draws = before.get("draws").and_then(tidegate_json::Value::as_array).expect("a list");
    let mut different: Vec<String> = draws.iter().map(tidegate_json::Value::to_text).collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 10, "two a time, and none like another: {different:?}");
    world.crash();
    assert_eq!(world.view(run).await.vars, before);
    world.restart().await;
    assert_eq!(world.view(run).await.vars, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_backs_off_goes_on_after_a_crash() {
    let mut world = World::new();
    world.apply("retries.yaml").await;
    let mut watch = world.watch();
    let run = world.start("retries", r#"{"times": 3}"#).await;
    for _ in 0..2 {
        watch.until("task_ended", 1).await;
        world.recover().await;
        watch = world.watch();
    }
    assert_eq!(world.result(run).await, json("\"good\""));
    assert_eq!(world.told(run, "task_ended", "attempt").await, ["1", "2", "3", "4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_time_out_after_a_crash() {
    let mut world = World::new();
    world.apply("join-timeouts.yaml").await;
    let run = world.start("join-timeouts", "null").await;
    world.recover().await;
    let result = world.result(run).await;
    assert_eq!(result, json(r#"{"makes-do": [1, 2], "gives-up": "tidegate.trigger.timed_out"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_read_page_by_page_wherever_it_is_kept() {
    let mut world = World::with(|settings| settings.checkpoint_interval = ALWAYS);
    world.apply("large-map.yaml").await;
    let run = world.start("large-map", r#"{"items": 5000}"#).await;
    world.end(run).await;
    let told = world.told(run, "task_ended", "task").await;
    assert_eq!(told, (1..=5000).map(|number| format!("{run}.t{number}")).collect::<Vec<_>>());
    world.crash();
    assert_eq!(world.told(run, "task_ended", "task").await, told);
    world.restart().await;
    assert_eq!(world.told(run, "task_ended", "task").await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_on_the_same_directory_is_refused() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    let refused = world.open_another().err().expect("it is refused");
    let told = chain(&refused);
    assert!(told.contains("in use") || told.contains("another"), "{told}");
    assert!(told.contains(&*world.dir().to_string_lossy()), "{told}");
    world.emit("part", "null").await;
    assert_eq!(world.trigger(run, "join").await.seen, 1, "the first one goes on");
    world.crash();
    assert_eq!(world.trigger(run, "join").await.seen, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_refused_by_file_and_position() {
    let mut world = World::with(|settings| settings.checkpoint_interval = NEVER);
    world.apply("probes.yaml").await;
    for _ in 0..20 {
        world.emit("half", "\"some data to find the place by\"").await;
    }
    world.stop();
    let segment = first_segment(&world.dir().join("journal"));
    let mut bytes = std::fs::read(&segment).expect("the segment can be read");
    let needle = b"some data to find the place by";
    let place =
        bytes.windows(needle.len()).position(|window| window == needle).expect("the first event is in it");
    bytes[place] ^= 1;
    std::fs::write(&segment, &bytes).expect("the segment can be written");

    let refused = world.open_another().err().expect("it is refused");
    assert!(matches!(refused, OpenError::Driver(_)), "{refused:?}");
    let told = chain(&refused);
    assert!(told.contains(&*segment.to_string_lossy()), "{told}");
    let position = told.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<usize>().ok());
    assert!(
        position.into_iter().any(|at| at > 0 && (place.saturating_sub(300)..=place).contains(&at)),
        "{place}: {told}"
    );
    assert_eq!(std::fs::read(&segment).expect("it is still there"), bytes, "nothing was changed");
}

fn first_segment(dir: &Path) -> PathBuf {
    let files = std::fs::read_dir(dir).expect("the journal is there");
    let paths = files.map(|file| file.expect("it can be listed").path());
    paths.filter(|path| path.extension().is_some_and(|ext| ext == "seg")).min().expect("it has a segment")
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
