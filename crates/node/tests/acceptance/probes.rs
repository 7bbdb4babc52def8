//! A16: probes of the semantics that Triggerflow was found to lack, and the one it has.

use tidegate_model::outcome::errors;
use tidegate_model::{RunId, Timestamp};

use crate::world::{World, json};

async fn fired_list(world: &World, run: RunId) -> String {
    world.view(run).await.vars.get("fired").expect("a list").to_text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_of_a_join_counts_nothing_twice() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    for _ in 0..6 {
        world.emit("part", "null").await;
    }
    world.recover().await;
    let join = world.trigger(run, "join").await;
    assert_eq!((join.fired, join.context.get("count")), (0, Some(&6.into())));
    for _ in 0..3 {
        world.emit("part", "null").await;
    }
    world.recover().await;
    assert_eq!(world.fired(run, "join").await, 0);
    world.emit("part", "null").await;
    assert_eq!(fired_list(&world, run).await, r#"["join"]"#);
    world.recover().await;
    assert_eq!(world.fired(run, "join").await, 1);
    assert_eq!(fired_list(&world, run).await, r#"["join"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_arrives_twice_counts_once() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    let event = world.event("half", "1");
    let first = world.publish(event.clone()).await;
    assert_eq!(first.duplicate_of, None);
    let second = world.publish(event.clone()).await;
    assert_eq!(second.duplicate_of, Some(first.offset));
    world.recover().await;
    let third = world.publish(event.clone()).await;
    assert_eq!(third.duplicate_of, Some(first.offset), "a crash forgets no event");
    assert_eq!(world.fired(run, "pair").await, 0);

    let mut same_id = event;
    same_id.source = "/elsewhere".into();
    assert_eq!(world.publish(same_id).await.duplicate_of, None, "the source is part of the identity");
    assert_eq!(world.fired(run, "pair").await, 1);
    assert_eq!(world.totals().await.duplicates, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_event_waits_until_its_trigger_is_enabled() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    world.emit("early", "\"bird\"").await;
    assert_eq!(fired_list(&world, run).await, "[]");
    assert_eq!(world.totals().await.dead, 1);
    world.recover().await;
    world.emit("enable", "null").await;
    assert_eq!(fired_list(&world, run).await, r#"["late bird"]"#);
    assert_eq!(world.totals().await.dead, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_event_waits_until_its_trigger_is_added() {
    let mut world = World::new();
    let early = world.emit("earlier", "\"one\"").await;
    world.emit("earlier", "\"two\"").await;
    let letters = world.handle().ask(|partition| partition.dead_letters(10)).await.expect("it answers");
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[1].offset, early.offset);
    let run = world.apply("probes.yaml").await.expect("it stands");
    assert_eq!(world.totals().await.dead, 2);
    world.emit("add", "null").await;
    assert_eq!(
        fired_list(&world, run).await,
        r#"["later one","later two"]"#,
        "in the order in which they came"
    );
    world.recover().await;
    world.emit("earlier", "\"three\"").await;
    assert_eq!(fired_list(&world, run).await, r#"["later one","later two","later three"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_event_waits_until_its_workflow_is_applied() {
    let mut world = World::new();
    world.emit("half", "1").await;
    world.emit("half", "2").await;
    world.recover().await;
    let run = world.apply("probes.yaml").await.expect("it stands");
    assert_eq!(fired_list(&world, run).await, r#"["pair"]"#);
    assert_eq!(world.totals().await.dead, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_transient_triggers_fire_once_each_and_stay_away() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    world.emit("spark", "null").await;
    let fired = r#"["transient-1","transient-2","transient-3","transient-4"]"#;
    assert_eq!(fired_list(&world, run).await, fired);
    world.emit("spark", "null").await;
    world.recover().await;
    world.emit("spark", "null").await;
    world.restart().await;
    world.emit("spark", "null").await;
    assert_eq!(fired_list(&world, run).await, fired);
    assert_eq!(world.totals().await.dead, 3, "nobody takes the later ones");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_fails_fails_the_run_and_nothing_of_its_firing_is_applied() {
    let world = World::new();
    world.apply("broken-action.yaml").await;
    let run = world.start("broken-action", "null").await;
    let failure = world.failure(run).await;
    assert_eq!(failure.error, errors::EXPRESSION);
    assert!(
        failure.message.contains("`begin` failed") && failure.message.contains("no such luck"),
        "{failure}"
    );
    assert_eq!(world.view(run).await.vars, json("{}"), "not even the action before it");
    assert_eq!(world.fired(run, "begin").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_fails_is_an_event() {
    let world = World::new();
    let result = world.result_of("handled-action.yaml", "handled-action", "null").await;
    assert_eq!(result, json(r#"{"rescued": "Tidegate.ExpressionFailed"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_run_keeps_failures_that_nobody_takes() {
    let mut world = World::new();
    let run = world.apply("standing-failure.yaml").await.expect("it stands");
    world.emit("miscalculate", "null").await;
    assert_eq!(world.view(run).await.dead_letters, 1);
    let mut watch = world.watch();
    world.emit("call", "\"smoke\"").await;
    watch.until("task_ended", 1).await;
    assert_eq!(world.view(run).await.dead_letters, 2);
    world.recover().await;
    assert_eq!(world.view(run).await.dead_letters, 2);

    let enable = tidegate_model::entry::TriggerChange::Enable("repair".parse().expect("a name"));
    let change = tidegate_model::entry::Document(enable);
    world.submit(tidegate_model::Input::ChangeTrigger { run, change }).await;
    let view = world.view(run).await;
    assert_eq!((view.dead_letters, view.vars), (1, json(r#"{"repaired": "smoke"}"#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_function_is_tried_again_with_backoff() {
    let world = World::new();
    world.apply("retries.yaml").await;
    let run = world.start("retries", r#"{"times": 2}"#).await;
    assert_eq!(world.result(run).await, json("\"good\""));
    assert_eq!(world.told(run, "task_scheduled", "attempt").await, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_fails_for_good_is_an_event() {
    let world = World::new();
    world.apply("retries.yaml").await;
    let run = world.start("retries", r#"{"times": 9}"#).await;
    assert_eq!(
        world.result(run).await,
        json(r#"{"error": "Busy", "message": "not today", "detail": {"a": 1}}"#)
    );
    assert_eq!(world.told(run, "task_scheduled", "attempt").await, ["1", "2", "3", "4"]);
    assert_eq!(waits_between_attempts(&world, run).await, [Some(4), Some(8), Some(10), None]);
}

/// How long after each attempt's end the next was due, in milliseconds.
async fn waits_between_attempts(world: &World, run: RunId) -> Vec<Option<u64>> {
    let query = tidegate_node::HistoryQuery { run, after: None, limit: 1000 };
    let page = world.handle().history(query).await.expect("the run has a history");
    let ends = page.steps.iter().flat_map(|step| step.facts.iter().map(move |fact| (step.at, fact)));
    let ends = ends.filter(|(_, fact)| fact.kind() == "task_ended");
    let wait = |(at, fact): (Timestamp, &tidegate_node::query::FactView)| {
        let due: Timestamp = fact.text("retry_at").parse().ok()?;
        Some(due.since(at).0)
    };
    ends.map(wait).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_changes_the_context_and_the_events_of_others() {
    let mut world = World::new();
    let run = world.apply("reflection.yaml").await.expect("it stands");
    let log = async |world: &World| world.view(run).await.vars.get("log").expect("a list").to_text();
    world.emit("counted", "1").await;
    world.emit("counted", "2").await;
    world.emit("original", "null").await;
    assert_eq!(log(&world).await, r#"["c by original"]"#, "a join of unknown size waits");
    world.emit("begin", "null").await;
    world.recover().await;
    assert_eq!(world.trigger(run, "b").await.context, json(r#"{"count": 2, "size": 3}"#));
    world.emit("counted", "3").await;
    world.emit("original", "null").await;
    world.emit("remapped", "null").await;
    assert_eq!(log(&world).await, r#"["c by original","b with 3","c by remapped"]"#);
}

const LISTENER: &str = "workflow: listener\nstanding: true\nvars: {heard: []}\ntriggers:\n  \
    news: {on: news, do: {set: {heard: \"{% $append(vars.heard, event.data) %}\"}}}\n";

#[tokio::test(flavor = "multi_thread")]
async fn events_emitted_together_wait_for_a_listener_together() {
    let mut world = World::new();
    world.apply("crier.yaml").await;
    let run = world.start("crier", "null").await;
    world.end(run).await;
    assert_eq!(world.totals().await.dead, 3);
    let letters =
        async |world: &World| world.handle().ask(|partition| partition.dead_letters(10).len()).await;
    assert_eq!(letters(&world).await.ok(), Some(3), "none takes the place of another");
    world.recover().await;
    assert_eq!(letters(&world).await.ok(), Some(3));
    let listener = world.apply_text(LISTENER, "listener.yaml").await.expect("it stands");
    assert_eq!(world.view(listener).await.vars, json(r#"{"heard": [1, 2, 3]}"#));
    assert_eq!(world.totals().await.dead, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_emitted_together_wait_for_a_paused_run_together() {
    let mut world = World::new();
    world.apply("crier.yaml").await;
    let listener = world.apply_text(LISTENER, "listener.yaml").await.expect("it stands");
    world.submit(tidegate_model::Input::Pause { run: listener }).await;
    let run = world.start("crier", "null").await;
    world.end(run).await;
    world.recover().await;
    world.submit(tidegate_model::Input::Resume { run: listener }).await;
    assert_eq!(world.view(listener).await.vars, json(r#"{"heard": [1, 2, 3]}"#));
}
