//! Why: told of what did, what did not, and what has not yet.

use expect_test::{Expect, expect};
use tidegate_model::{Input, RunId};
use tidegate_node::QueryError;

use crate::world::World;

async fn check(world: &World, id: &str, expected: Expect) {
    let reason = world.handle().why(id).await.expect("there is a reason");
    expected.assert_eq(&timeless(&reason.to_tree()));
}

/// The text without points in time and lengths of time.
fn timeless(text: &str) -> String {
    let line = |line: &str| line.split(' ').map(timeless_word).collect::<Vec<_>>().join(" ") + "\n";
    text.lines().map(line).collect()
}

fn timeless_word(word: &str) -> String {
    let bare = word.trim_end_matches([',', ':', ';']);
    let rest = &word[bare.len()..];
    let is_digit = |c: char| c.is_ascii_digit();
    let is_point = bare.starts_with("20") && bare.ends_with('Z');
    let is_length = bare.starts_with(is_digit) && (bare.ends_with("ms") || bare.ends_with('s'));
    match (is_point, is_length) {
        (true, _) => format!("TIME{rest}"),
        (_, true) => format!("SPAN{rest}"),
        _ => word.to_owned(),
    }
}

async fn request(world: &mut World, subject: &str, amount: i32) -> String {
    let event = world.event("request", &format!("{{\"amount\": {amount}}}")).with_subject(subject);
    world.publish(event).await.offset.to_string()
}

async fn approval() -> (World, RunId) {
    let world = World::new();
    world.apply("approval.yaml").await;
    let run = world.start("approval", r#"{"order": "o1"}"#).await;
    (world, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn not_yet() {
    let (world, run) = approval().await;
    check(&world, &run.to_string(), expect![[""]]).await;
    check(&world, &format!("{run}/request"), expect![[""]]).await;
    check(&world, &format!("{run}/paid"), expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn did_not() {
    let (mut world, run) = approval().await;
    let filtered = request(&mut world, "o1", -1).await;
    let nobodys = request(&mut world, "o2", 1).await;
    check(&world, &filtered, expect![[""]]).await;
    check(&world, &nobodys, expect![[""]]).await;
    check(&world, &format!("{run}/request"), expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn did() {
    let (mut world, run) = approval().await;
    let event = world.event("request", r#"{"amount": 1}"#).with_subject("o1");
    let fired = world.publish(event.clone()).await.offset.to_string();
    let again = world.publish(event).await.offset.to_string();
    world.end(run).await;
    check(&world, &fired, expect![[""]]).await;
    check(&world, &again, expect![[""]]).await;
    check(&world, &run.to_string(), expect![[""]]).await;
    check(&world, &format!("{run}/request"), expect![[""]]).await;
    check(&world, &format!("{run}.t1"), expect![[""]]).await;
    world.crash();
    check(&world, &format!("{run}/paid"), expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_waits() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    for _ in 0..7 {
        world.emit("part", "null").await;
    }
    check(&world, &format!("{run}/join"), expect![[""]]).await;
    world.emit("early", "1").await;
    check(&world, &format!("{run}/late"), expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_has_not_ended() {
    let world = World::new();
    world.apply("slow.yaml").await;
    let run = world.start("slow", "null").await;
    check(&world, &run.to_string(), expect![[""]]).await;
    check(&world, &format!("{run}.t1"), expect![[""]]).await;
    world.submit(Input::Cancel { run, reason: "it takes an hour".into() }).await;
    check(&world, &run.to_string(), expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stalled() {
    let world = World::new();
    world.apply("stalled.yaml").await;
    let run = world.start("stalled", "null").await;
    world.end(run).await;
    check(&world, &run.to_string(), expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_because_of_another() {
    let world = World::new();
    world.apply("failing-child.yaml").await;
    world.apply("failing-parent.yaml").await;
    let run = world.start("failing-parent", "null").await;
    world.end(run).await;
    check(&world, &run.to_string(), expect![[""]]).await;
    check(&world, "r2.t1", expect![[""]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nothing() {
    let (world, run) = approval().await;
    for id in ["r99", "r99.t1", "99", &format!("{run}/nobody"), &format!("{run}.t7")] {
        let refused = world.handle().why(id).await;
        assert!(matches!(refused, Err(QueryError::NotFound { .. })), "{id}: {refused:?}");
    }
    let refused = world.handle().why("because").await;
    assert!(matches!(refused, Err(QueryError::Malformed { .. })), "{refused:?}");
}
