//! Conditions: joins of every kind, counts, filters.

use tidegate_model::RunId;
use tidegate_model::outcome::errors;

use crate::world::{World, field, json};

async fn standing() -> (World, RunId) {
    let world = World::new();
    let run = world.apply("conditions.yaml").await.expect("it stands");
    (world, run)
}

async fn log(world: &World, run: RunId) -> String {
    world.view(run).await.vars.get("log").expect("a list").to_text()
}

/// What became of each event at a trigger, in a word and a reason.
async fn dispositions(world: &World, run: RunId, trigger: &str) -> Vec<String> {
    let facts = world.facts(run).await;
    let met = facts.iter().filter(|fact| fact.kind() == "disposed" && fact.text("trigger") == trigger);
    met.map(|fact| format!("{} {}", fact.text("disposition"), field(fact, "part")).trim_end().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_suffices_and_each_key_counts_once() {
    let (mut world, run) = standing().await;
    for by in ["ana", "bo", "ana", "cy", "di", "eva"] {
        world.emit("vote", &format!("{{\"by\": \"{by}\"}}")).await;
    }
    assert_eq!(log(&world, run).await, r#"["quorum of ana bo cy"]"#);
    assert_eq!(
        dispositions(&world, run, "quorum").await,
        [
            "counted",
            "counted",
            "filtered the join has counted this key",
            "fired",
            "filtered the join has ended",
            "filtered the join has ended",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_that_comes_to_be_known_late_fires_the_join() {
    let (mut world, run) = standing().await;
    for _ in 0..3 {
        world.emit("part", "null").await;
    }
    assert_eq!(log(&world, run).await, "[]");
    world.recover().await;
    world.emit("size", "3").await;
    assert_eq!(log(&world, run).await, r#"["all 3"]"#);

    let (mut world, run) = standing().await;
    world.emit("part", "null").await;
    world.emit("size", "2").await;
    assert_eq!(log(&world, run).await, "[]");
    world.emit("part", "null").await;
    assert_eq!(log(&world, run).await, r#"["all 2"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_repeats_begins_anew() {
    let (mut world, run) = standing().await;
    for lap in 1..=5 {
        world.emit("lap", &lap.to_string()).await;
        world.recover().await;
    }
    assert_eq!(log(&world, run).await, r#"["laps [1,2]","laps [3,4]"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_fires_at_every_nth_or_at_the_nth_only() {
    let (mut world, run) = standing().await;
    for tick in 1..=7 {
        world.emit("tick", &tick.to_string()).await;
    }
    assert_eq!(log(&world, run).await, r#"["third 3","the third","third 6"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_tells_which_part_of_it_was_false() {
    let (mut world, run) = standing().await;
    world.emit("order", r#"{"amount": 7, "country": "PT"}"#).await;
    world.emit("order", r#"{"amount": 700, "country": "FR"}"#).await;
    world.emit("order", r#"{"amount": 700, "country": "PT"}"#).await;
    assert_eq!(log(&world, run).await, r#"["order 700"]"#);
    assert_eq!(
        dispositions(&world, run, "filtered").await,
        [
            "filtered `event.data.amount > 100` is false",
            "filtered `event.data.country = \"PT\"` is false",
            "fired",
        ]
    );
    assert_eq!(world.totals().await.filtered, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_match_by_prefix_suffix_and_glob() {
    let (mut world, run) = standing().await;
    for (kind, subject) in
        [("com.example.put", "a.csv"), ("com.example.put", "b.txt"), ("org.example.put", "c.csv")]
    {
        let event = world.event(kind, "null").with_subject(subject);
        world.publish(event).await;
    }
    assert_eq!(log(&world, run).await, r#"["a.csv"]"#);
    assert_eq!(world.totals().await.dead, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_condition_fails_counts_for_nothing() {
    let (mut world, run) = standing().await;
    world.emit("fragile", r#"{"id": 1, "ok": false}"#).await;
    assert_eq!(dispositions(&world, run, "picky").await, ["failed"]);
    world.emit("fragile", r#"{"id": 1, "ok": true}"#).await;
    assert_eq!(log(&world, run).await, r#"["fine"]"#, "its key was not counted either");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_waits_too_long_gives_up_or_makes_do() {
    let world = World::new();
    let result = world.result_of("join-timeouts.yaml", "join-timeouts", "null").await;
    assert_eq!(result, json(r#"{"makes-do": [1, 2], "gives-up": "tidegate.trigger.timed_out"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_that_nobody_takes_fails_the_run() {
    let world = World::new();
    world.apply("join-timeout-unhandled.yaml").await;
    let run = world.start("join-timeout-unhandled", "null").await;
    let failure = world.failure(run).await;
    assert_eq!((&*failure.error, &*failure.message), (errors::TIMEOUT, "trigger `join` timed out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_come_is_noticed() {
    let world = World::new();
    let result = world.result_of("absence.yaml", "absence", "null").await;
    assert_eq!(result, json("\"nobody answered\""));
}
