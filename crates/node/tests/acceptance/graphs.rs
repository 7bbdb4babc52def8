//! A3 to A5, A7 and A8: graphs of tasks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tidegate_json::Value;
use tidegate_model::RunId;

use crate::world::{World, field, json};

#[tokio::test(flavor = "multi_thread")]
async fn a3_forty_tasks_run_in_sequence() {
    let world = World::new();
    world.apply("sequence.yaml").await;
    let started = Instant::now();
    let run = world.start("sequence", "null").await;
    assert_eq!(world.result(run).await, json("\"done\""));
    let took = started.elapsed();
    let tasks = 40 * Duration::from_millis(5);
    println!("overhead of 40 tasks in sequence: {:?}", took - tasks);

    let facts = world.facts(run).await;
    let life = facts.iter().filter(|fact| ["task_scheduled", "task_ended"].contains(&fact.kind()));
    let life: Vec<String> = life.map(|fact| format!("{} {}", fact.kind(), fact.text("task"))).collect();
    let expected =
        (1..=40).flat_map(|n| [format!("task_scheduled {run}.t{n}"), format!("task_ended {run}.t{n}")]);
    assert_eq!(life, expected.collect::<Vec<_>>(), "each starts when the one before it has ended");
    let subjects = world.told(run, "task_scheduled", "subject").await;
    assert_eq!(subjects, (0..40).map(|number| number.to_string()).collect::<Vec<_>>());
    let triggers = world.handle().run_triggers(run).await.expect("the run is there");
    assert_eq!(triggers.len(), 41);
    assert!(triggers.iter().all(|trigger| trigger.fired == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a4_a_map_of_320_gives_320_results_in_order() {
    let world = World::new();
    world.apply("map.yaml").await;
    let run = world.start("map", "{\"items\": 320}").await;
    let expected: Vec<u64> = (1..=320).map(|item| item * 2).collect();
    assert_eq!(world.result(run).await, Value::array(expected));
    assert_eq!(world.told(run, "task_ended", "task").await.len(), 320);
    assert_eq!(world.told(run, "fan_out_started", "items").await, ["320"]);
    assert_eq!(world.fired(run, "end").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_of_ten_thousand_is_joined() {
    let world = World::new();
    let started = Instant::now();
    let result = world.result_of("large-map.yaml", "large-map", "{\"items\": 10000}").await;
    println!("a map of 10000: {:?}", started.elapsed());
    assert_eq!(result, json("10000"));
    let totals = world.totals().await;
    assert_eq!((totals.attempts, totals.attempts_ended), (10_000, 10_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_over_nothing_gives_no_results() {
    let world = World::new();
    world.apply("map.yaml").await;
    let run = world.start("map", "{\"items\": 0}").await;
    assert_eq!(world.result(run).await, json("[]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_calls_and_maps_in_two_branches_come_together() {
    let world = World::new();
    world.apply("mixed.yaml").await;
    let run = world.start("dag-mixed", "null").await;
    assert_eq!(world.result(run).await, json("[0, 1, 2, 3, 4]"));

    let names = names_of_tasks(&world, run).await;
    let (mut ended, mut ended_before_final) = (Vec::new(), None);
    for fact in world.facts(run).await {
        match fact.kind() {
            "task_ended" => ended.push(names[fact.text("task")].clone()),
            "task_scheduled" if fact.text("subject") == "final" => {
                ended_before_final.get_or_insert(ended.len());
            }
            _ => {}
        }
    }
    assert_eq!(ended.len(), 28, "completions in all");
    assert_eq!(ended_before_final, Some(23), "the last step starts after both branches");
    assert!(ended[23..].iter().all(|name| name == "final"));
    assert_eq!(world.fired(run, "final").await, 1);
    assert_eq!(world.fired(run, "end").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a7_the_words_of_three_texts_are_counted() {
    let world = World::new();
    world.apply("count-words.yaml").await;
    let texts = [
        "it is a truth that a single man in want of a wife is in want of a fortune",
        "alice was beginning to get very tired of sitting by her sister on the bank",
        "to be or not to be that is the question whether it is nobler in the mind to be",
    ];
    let run = world.start("count-words", &format!("{texts:?}")).await;
    let result = world.result(run).await;

    let result = result.as_array().expect("a list");
    assert_eq!(result.len(), 3);
    for merged in result.iter() {
        let step = merged.get("step").and_then(Value::as_str).expect("the step's name");
        let text = texts[step.strip_prefix("merge-").and_then(|n| n.parse::<usize>().ok()).expect("merge-N")];
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        text.split(' ').for_each(|word| *expected.entry(word).or_default() += 1);
        let words = merged.get("words").and_then(Value::as_object).expect("counts by word");
        let found: BTreeMap<&str, u64> =
            words.iter().map(|(word, count)| (word.as_str(), count.as_u64().expect("a count"))).collect();
        assert_eq!(found, expected, "{step}");
    }
    let subjects = world.told(run, "task_scheduled", "subject").await;
    assert_eq!(subjects.len(), 27);
    let facts = world.facts(run).await;
    for number in 0..3 {
        // What the map raised is what its merge was given: the input defaults to the event's data.
        let count = format!("count-{number}");
        let raised = facts
            .iter()
            .find(|fact| fact.text("kind") == "tidegate.map.succeeded" && fact.text("subject") == count);
        let dicts = raised
            .and_then(|fact| fact.field("data"))
            .and_then(|data| data.as_array())
            .expect("the map's results");
        assert_eq!(dicts.len(), 8);
        assert!(dicts.iter().all(serde_json::Value::is_object), "{dicts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a8_thirteen_steps_over_chunks_of_a_map() {
    let world = World::new();
    world.apply("geospatial.yaml").await;
    let run = world.start("geospatial", "null").await;
    let result = world.result(run).await;
    let kinds: Vec<&str> =
        result.as_object().expect("the merged results").keys().map(tidegate_json::Str::as_str).collect();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    assert!(result.as_object().is_some_and(|merged| {
        merged.values().all(|chunks| chunks.as_array().is_some_and(|c| c.len() == 25))
    }));

    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for subject in world.told(run, "task_scheduled", "subject").await {
        *calls.entry(subject).or_default() += 1;
    }
    assert_eq!(calls.len(), 12);
    assert_eq!(calls.values().sum::<usize>(), 108);
    let facts = world.facts(run).await;
    let dummy: Vec<_> = facts.iter().filter(|fact| fact.text("kind") == "dag.dummy").collect();
    assert_eq!(dummy.len(), 1, "the step without a function passes through once");
    let passed = field(dummy[0], "data");
    assert!(
        passed.contains("stations") && passed.contains("[0]"),
        "it passes on what it waited for: {passed}"
    );
}

async fn names_of_tasks(world: &World, run: RunId) -> BTreeMap<String, String> {
    let facts = world.facts(run).await;
    let scheduled = facts.iter().filter(|fact| fact.kind() == "task_scheduled");
    scheduled.map(|fact| (field(fact, "task"), field(fact, "subject"))).collect()
}
