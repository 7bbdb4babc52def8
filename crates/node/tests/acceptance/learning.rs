//! A14: federated learning.

use std::collections::BTreeSet;

use tidegate_json::Value;

use crate::joins::Random;
use crate::world::World;

/// What 50 clients will do at one start of a round: `rejects` of them decline, `slow` others deliver late.
fn clients(random: &mut Random, rejects: usize, slow: usize) -> Value {
    let mut order: Vec<usize> = (0..50).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, random.below(place as u64 + 1) as usize);
    }
    let client = |number: usize| {
        let place = order[number];
        let result = if place < rejects { "Reject" } else { "Accept" };
        let ms = if (rejects..rejects + slow).contains(&place) { 60 } else { place as u64 % 5 };
        Value::object([("result", Value::from(result)), ("ms", Value::from(ms))])
    };
    Value::array((0..50).map(client))
}

async fn learn(starts: Vec<Value>) -> (World, tidegate_model::RunId, Value) {
    let world = World::new();
    world.apply("federated-learning.yaml").await;
    let input = Value::object([("starts", Value::from(starts))]);
    let run = world.start_with("federated-learning", input, &[], None).await.expect("it starts");
    let result = world.result(run).await;
    (world, run, result)
}

/// Three rounds, each aggregated once, each of 33 clients that took part in its last start.
async fn check_models(world: &World, run: tidegate_model::RunId, result: &Value, starts: &[Value]) {
    let models = result.get("models").and_then(Value::as_array).expect("a list");
    let rounds: Vec<_> = models.iter().map(|model| model.get("round").and_then(Value::as_u64)).collect();
    assert_eq!(rounds, [Some(1), Some(2), Some(3)]);
    for model in models.iter() {
        let clients = model.get("clients").and_then(Value::as_array).expect("a list");
        let start = model.get("start").and_then(Value::as_usize).expect("a number").min(starts.len() - 1);
        let different: BTreeSet<usize> = clients.iter().filter_map(Value::as_usize).collect();
        assert_eq!((clients.len(), different.len()), (33, 33));
        let declined =
            |client: &usize| starts[start].pointer(&format!("/{client}/result")) == Some(&"Reject".into());
        assert!(!different.iter().any(declined), "who declines has no part in the model");
    }
    let subjects = world.told(run, "task_scheduled", "subject").await;
    assert_eq!(subjects.iter().filter(|subject| *subject == "aggregate").count(), 3);
    assert_eq!(world.fired(run, "aggregate").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a14_three_rounds_are_aggregated_and_late_results_ignored() {
    let mut random = Random(2020);
    let starts: Vec<Value> = (0..3).map(|_| clients(&mut random, 12, 5)).collect();
    let (world, run, result) = learn(starts.clone()).await;
    check_models(&world, run, &result, &starts).await;
    let facts = world.facts(run).await;
    let at_join =
        facts.iter().filter(|fact| fact.kind() == "disposed" && fact.text("trigger") == "aggregate");
    let ignored = at_join.filter(|fact| fact.text("disposition") == "filtered").count();
    // How many of the last round's come before the run ends is a matter of chance.
    assert!(ignored >= 12, "those who decline, and those who are late, do not count: {ignored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a14_a_round_in_which_too_many_decline_begins_again() {
    let mut random = Random(2021);
    let rejects = [17, 20, 17];
    let starts: Vec<Value> = rejects.iter().map(|rejects| clients(&mut random, *rejects, 0)).collect();
    let (world, run, result) = learn(starts.clone()).await;
    check_models(&world, run, &result, &starts).await;
    let restarts = result.get("restarts").and_then(Value::as_u64).expect("a number");
    assert!(restarts >= 1, "the round of 20 that decline cannot end");
    assert_eq!(world.fired(run, "again").await, restarts);
    assert_eq!(world.fired(run, "round").await, 3 + restarts);
}
