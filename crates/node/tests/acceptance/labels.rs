//! Labels: what is made of labelled data is labelled.

use tidegate_model::{Labels, Outcome, RunId};

use crate::world::{World, json, labels_of};

async fn labels_of_result(world: &World, run: RunId) -> Labels {
    match world.end(run).await {
        Outcome::Succeeded { labels, .. } => labels,
        Outcome::Failed(failure) => panic!("run {run} failed: {failure}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_go_from_event_to_task_to_result() {
    let mut world = World::new();
    world.apply("labels.yaml").await;
    let labelled = world.start("labels", r#"{"id": "a"}"#).await;
    let plain = world.start("labels", r#"{"id": "b"}"#).await;
    for (subject, labels) in [("a", &["pii", "medical"][..]), ("b", &[])] {
        let mut event = world.event("reading", "[1, 2]").with_subject(subject);
        event.labels = labels_of(labels);
        world.publish(event).await;
    }
    assert_eq!(labels_of_result(&world, labelled).await, labels_of(&["medical", "pii"]));
    assert_eq!(labels_of_result(&world, plain).await, Labels::NONE, "another run's labels are not its own");
    world.recover().await;
    assert_eq!(labels_of_result(&world, labelled).await, labels_of(&["medical", "pii"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_the_input_are_labels_of_the_result() {
    let mut world = World::new();
    world.apply("labels.yaml").await;
    let run =
        world.start_with("labels", json(r#"{"id": "a"}"#), &["tenant-7"], None).await.expect("it starts");
    assert_eq!(world.view(run).await.labels, labels_of(&["tenant-7"]));
    let mut event = world.event("reading", "[1]").with_subject("a");
    event.labels = labels_of(&["pii"]);
    world.publish(event).await;
    assert_eq!(labels_of_result(&world, run).await, labels_of(&["pii", "tenant-7"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_has_the_labels_of_all_its_events() {
    let mut world = World::new();
    world.apply("labels.yaml").await;
    world.apply("labels-relay.yaml").await;
    let run = world.start("labels", r#"{"id": "joined"}"#).await;
    for label in ["left", "right"] {
        let mut event = world.event("raw", "0");
        event.labels = labels_of(&[label]);
        world.publish(event).await;
        world.recover().await;
    }
    assert_eq!(labels_of_result(&world, run).await, labels_of(&["left", "right"]));
}
