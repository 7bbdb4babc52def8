//! Functions that fail, hang or never come back.

use tidegate_model::outcome::errors;
use tidegate_model::{RunId, Timestamp};
use tidegate_node::{HistoryQuery, StepView};

use crate::world::{World, json};

async fn started(case: &str) -> (World, RunId) {
    let world = World::new();
    world.apply("task-failures.yaml").await;
    let run = world.start("task-failures", &format!("{{\"case\": \"{case}\"}}")).await;
    (world, run)
}

async fn check(case: &str, result: &str, attempts: usize) {
    let (world, run) = started(case).await;
    assert_eq!(world.result(run).await, result.into());
    assert_eq!(world.told(run, "task_scheduled", "attempt").await.len(), attempts, "attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_takes_too_long_fails() {
    check("timeout", errors::TIMEOUT, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_without_heartbeat_is_given_up_and_tried_again() {
    check("heartbeat", errors::HEARTBEAT_TIMEOUT, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_exceeds_the_limit_of_its_function_fails() {
    check("limit", errors::TIMEOUT, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_names_its_error() {
    check("unknown", "Broken", 1).await;
    check("exit-code", "Stock.Empty", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_errors_that_the_rule_names_are_retried() {
    check("not-retried", "Broken", 1).await;
    check("retried", "succeeded", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_are_spread_and_a_replay_gives_the_same() {
    let world_settings = |settings: &mut tidegate_node::Settings| {
        settings.checkpoint_interval = std::time::Duration::from_secs(3600);
    };
    let mut world = World::with(world_settings);
    world.apply("task-failures.yaml").await;
    let mut watch = world.watch();
    let run = world.start("task-failures", r#"{"case": "jitter"}"#).await;
    watch.until("task_ended", 20).await;
    let before = first_waits(&world, run).await;
    assert_eq!(before.len(), 20);
    assert!(before.iter().all(|(_, wait)| *wait <= 1000), "a wait is at most the computed one: {before:?}");
    let mut different: Vec<u64> = before.iter().map(|(_, wait)| *wait).collect();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 10, "tasks that failed together do not return together: {before:?}");
    world.crash();
    assert!(world.node().recovered().entries_replayed > 20);
    assert_eq!(first_waits(&world, run).await, before);
}

/// For each task its first wait, in milliseconds.
async fn first_waits(world: &World, run: RunId) -> Vec<(String, u64)> {
    let query = HistoryQuery { run, after: None, limit: 10_000 };
    let steps: Vec<StepView> = world.handle().history(query).await.expect("a history").steps;
    let facts = steps.iter().flat_map(|step| step.facts.iter().map(move |fact| (step.at, fact)));
    let firsts =
        facts.filter(|(_, fact)| fact.kind() == "task_ended" && fact.field("attempt") == Some(&1.into()));
    let wait = |(at, fact): (Timestamp, &tidegate_node::query::FactView)| {
        let due: Timestamp = fact.text("retry_at").parse().expect("there is another attempt");
        (fact.text("task").to_owned(), due.since(at).0)
    };
    firsts.map(wait).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_tolerates_as_many_failures_as_it_says() {
    let world = World::new();
    world.apply("tolerance.yaml").await;
    let cases = [
        ("count", 11, Ok(3)),
        ("count", 12, Err("4 of 12")),
        ("percent", 99, Ok(33)),
        ("percent", 3, Ok(1)),
        ("none", 2, Ok(0)),
        ("none", 3, Err("1 of 3 items failed: the function `fail` was asked to fail")),
    ];
    for (by, items, expected) in cases {
        let run = world.start("tolerance", &format!("{{\"by\": \"{by}\", \"items\": {items}}}")).await;
        match expected {
            Ok(failed) => {
                let result = json(&format!("{{\"failed\": {failed}, \"results\": {items}}}"));
                assert_eq!(world.result(run).await, result, "{by} {items}");
            }
            Err(message) => {
                let failure = world.failure(run).await;
                assert!(failure.message.contains(message), "{by} {items}: {failure}");
            }
        }
    }
}
