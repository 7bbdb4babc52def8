//! Scopes within runs, and runs that start runs.

use tidegate_engine::view::RunStatus;
use tidegate_node::RunsQuery;

use crate::world::{World, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_map_over_a_scope_gives_the_results_of_its_scopes_in_order() {
    let world = World::new();
    world.apply("nested-scopes.yaml").await;
    let run = world.start("nested-scopes", r#"{"items": [1, 2, 5, 3, 4, 10, 6]}"#).await;
    let expected = json(r#"{"results": [3, 5, null, 7, 9, null, 13], "seen": 5, "failed": 2}"#);
    assert_eq!(world.result(run).await, expected);
    assert_eq!(world.told(run, "scope_started", "scope").await.len(), 7 + 5);
    assert_eq!(world.told(run, "scope_ended", "scope").await.len(), 7 + 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_over_a_scope_survives_crashes() {
    let mut world = World::new();
    world.apply("nested-scopes.yaml").await;
    let mut watch = world.watch();
    let items: Vec<u32> = (1..=200).filter(|item| item % 5 != 0).collect();
    let run = world.start("nested-scopes", &format!("{{\"items\": {items:?}}}")).await;
    for ended in [1, 20, 30] {
        watch.until("task_ended", ended).await;
        world.recover().await;
        watch = world.watch();
    }
    let result = world.result(run).await;
    let expected: Vec<u32> = items.iter().map(|item| item * 2 + 1).collect();
    assert_eq!(result.get("results"), Some(&tidegate_json::Value::array(expected)));
    assert_eq!(result.get("seen"), Some(&160.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_failures_than_tolerated_fail_the_map_over_a_scope() {
    let world = World::new();
    world.apply("nested-scopes.yaml").await;
    let run = world.start("nested-scopes", r#"{"items": [5, 1, 10, 15, 2]}"#).await;
    let failure = world.failure(run).await;
    assert_eq!(failure.error, tidegate_model::outcome::errors::TOO_MANY_FAILURES);
    assert!(
        failure.message.contains("3 of 5 items failed; the first: Five: 5 is a multiple of five"),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_fails_is_an_event_or_fails_the_run() {
    let world = World::new();
    world.apply("failing-scope.yaml").await;
    let rescued = world.start("failing-scope", r#"{"rescue": true}"#).await;
    assert_eq!(world.result(rescued).await, json("\"Inner.Broken\""));
    let lost = world.start("failing-scope", r#"{"rescue": false}"#).await;
    let failure = world.failure(lost).await;
    assert_eq!((&*failure.error, &*failure.message), ("Inner.Broken", "`step` failed: by design"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_the_runs_that_it_starts() {
    let mut world = World::new();
    world.apply("child.yaml").await;
    world.apply("parent.yaml").await;
    let run = world.start("parent", r#"{"n": 41}"#).await;
    world.recover().await;
    let result = world.result(run).await;
    let bad = r#"["tidegate.run.failed", {"error": "Negative", "message": "-1 is negative"}]"#;
    assert_eq!(result, json(&format!(r#"{{"good": ["tidegate.run.succeeded", 42], "bad": {bad}}}"#)));

    let query =
        RunsQuery { before: None, limit: 10, workflow: Some("child".parse().expect("a name")), status: None };
    let children = world.handle().runs(query).await.expect("a list").runs;
    assert_eq!(children.len(), 3, "the second start with the same key makes no run");
    assert!(children.iter().all(|child| child.parent == Some(run)));
    let keyed =
        children.iter().find(|child| child.key.as_deref() == Some("once")).expect("the one with a key");
    assert_eq!(world.result(keyed.id).await, json("101"));
    let failed = children.iter().filter(|child| child.status == RunStatus::Failed).count();
    assert_eq!(failed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_with_the_same_key_is_answered_with_the_first_run() {
    let mut world = World::new();
    world.apply("child.yaml").await;
    let first = world.start_with("child", json(r#"{"n": 1}"#), &[], Some("order-7")).await;
    world.recover().await;
    let second = world.start_with("child", json(r#"{"n": 2}"#), &[], Some("order-7")).await;
    assert_eq!(first, second);
    let run = first.expect("it starts");
    assert_eq!(world.result(run).await, json("2"));
    let third = world.start_with("child", json(r#"{"n": 3}"#), &[], Some("order-7")).await;
    assert_eq!(third, Ok(run), "also when it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_steps_of_several_runs_wait_for_one_run() {
    let mut world = World::new();
    world.apply("child.yaml").await;
    world.apply("sharing-parent.yaml").await;
    let child = world
        .start_with("child", json(r#"{"n": 7, "ms": 500}"#), &[], Some("shared"))
        .await
        .expect("it starts");
    let parents = [world.start("sharing-parent", "null").await, world.start("sharing-parent", "null").await];
    world.recover().await;
    for parent in parents {
        assert_eq!(world.result(parent).await, json("[8, 8]"));
    }
    assert_eq!(world.result(child).await, json("8"));
    assert_eq!(world.totals().await.runs_started, 3);
}
