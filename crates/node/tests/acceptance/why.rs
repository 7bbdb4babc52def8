//! Why: told of what did, what did not, and what has not yet.

use expect_test::{Expect, expect};
use tidegate_model::{Input, RunId, TaskId};
use tidegate_node::QueryError;
use tidegate_runtimes::Position;

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
    check(
        &world,
        &run.to_string(),
        expect![[r#"
        run r1 has not ended
          trigger `request` waits for an event for which `event.data.amount > 0` holds, since TIME
          trigger `give-up` waits for an event of type `give-up`, since TIME
    "#]],
    )
    .await;
    check(
        &world,
        &format!("{run}/request"),
        expect![[r#"
        trigger `request` has not fired
          it listens to an event of type `request` about `o1`
            none has come yet
          its condition, `expression`, waits for an event for which `event.data.amount > 0` holds
    "#]],
    )
    .await;
    check(
        &world,
        &format!("{run}/paid"),
        expect![[r#"
        trigger `paid` has not fired
          it listens to an event of type `tidegate.task.succeeded` about `pay`
            none has come yet
    "#]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn did_not() {
    let (mut world, run) = approval().await;
    let filtered = request(&mut world, "o1", -1).await;
    let nobodys = request(&mut world, "o2", 1).await;
    check(
        &world,
        &filtered,
        expect![[r#"
        event 3 of type `request`: filtered
          at trigger `request` of run r1: filtered: `event.data.amount > 0` is false
    "#]],
    )
    .await;
    check(
        &world,
        &nobodys,
        expect![[r#"
        event 4 of type `request`: dead letter
          no enabled trigger listens to it; it is delivered as soon as one does
    "#]],
    )
    .await;
    check(
        &world,
        &format!("{run}/request"),
        expect![[r#"
        trigger `request` has not fired
          it listens to an event of type `request` about `o1`
            it met 1 of them, the last at TIME
          its condition, `expression`, waits for an event for which `event.data.amount > 0` holds
          TIME: entry 3, event 0: filtered: `event.data.amount > 0` is false
    "#]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn did() {
    let (mut world, run) = approval().await;
    let event = world.event("request", r#"{"amount": 1}"#).with_subject("o1");
    let fired = world.publish(event.clone()).await.offset.to_string();
    world.end(run).await;
    let again = world.publish(event).await.offset.to_string();
    check(
        &world,
        &fired,
        expect![[r#"
        event 3 of type `request`: taken
          at trigger `request` of run r1: fired
          task r1.t1 of function `pay` was asked for
    "#]],
    )
    .await;
    check(
        &world,
        &again,
        expect![[r#"
        event 5 of type `request`: duplicate
          it had arrived before, as event 3
    "#]],
    )
    .await;
    check(
        &world,
        &run.to_string(),
        expect![[r#"
        run r1 succeeded at TIME
    "#]],
    )
    .await;
    check(
        &world,
        &format!("{run}/request"),
        expect![[r#"
        trigger `request` fired once
          it listens to an event of type `request` about `o1`
            it met 1 of them, the last at TIME
          TIME: entry 3, event 0: fired
    "#]],
    )
    .await;
    check(
        &world,
        &format!("{run}.t1"),
        expect![[r#"
        task r1.t1 runs function `pay` as `pay`
          TIME: attempt 1 was asked for
          TIME: attempt 1 of task r1.t1 succeeded
    "#]],
    )
    .await;
    world.recover().await;
    check(
        &world,
        &format!("{run}/paid"),
        expect![[r#"
        trigger `paid` fired once
          it listens to an event of type `tidegate.task.succeeded` about `pay`
            it met 1 of them, the last at TIME
          TIME: entry 4, event 0: fired
    "#]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_waits() {
    let mut world = World::new();
    let run = world.apply("probes.yaml").await.expect("it stands");
    for _ in 0..7 {
        world.emit("part", "null").await;
    }
    check(
        &world,
        &format!("{run}/join"),
        expect![[r#"
        trigger `join` has not fired
          it listens to an event of type `part`
            it met 7 of them, the last at TIME
          its condition, `join`, waits for 3 more of 10 events
          it met 2 events before these:
          TIME: entry 4, event 0: counted, 3 of 10
          TIME: entry 5, event 0: counted, 4 of 10
          TIME: entry 6, event 0: counted, 5 of 10
          TIME: entry 7, event 0: counted, 6 of 10
          TIME: entry 8, event 0: counted, 7 of 10
    "#]],
    )
    .await;
    world.emit("early", "1").await;
    check(
        &world,
        &format!("{run}/late"),
        expect![[r#"
        trigger `late` has not fired
          it is disabled; events for it wait until it is enabled
          it listens to an event of type `early`
            it has met none of them
          TIME: entry 9, event 0: the trigger is disabled
    "#]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_has_not_ended() {
    let world = World::new();
    world.apply("slow.yaml").await;
    let run = world.start("slow", "null").await;
    for number in 1..=3 {
        let is_running = |position| matches!(position, Some(Position::Running { .. }));
        while !is_running(world.handle().runtimes().position(TaskId { run, number })) {
            tokio::task::yield_now().await;
        }
    }
    check(
        &world,
        &run.to_string(),
        expect![[r#"
        run r1 has not ended
          task `work` (r1.t1) waits for the end of attempt 1 of function `work`, since TIME
            it has been running for SPAN
          task `works`[0] (r1.t2) waits for the end of attempt 1 of function `work`, since TIME
            it has been running for SPAN
          task `works`[1] (r1.t3) waits for the end of attempt 1 of function `work`, since TIME
            it has been running for SPAN
          map `works` waits for 3 of 3 items; 2 under way, 1 not started, since TIME
    "#]],
    )
    .await;
    check(
        &world,
        &format!("{run}.t1"),
        expect![[r#"
        task r1.t1 runs function `work` as `work`
          TIME: attempt 1 was asked for
          it waits for the end of attempt 1 of function `work`, since TIME
            it has been running for SPAN
    "#]],
    )
    .await;
    world.submit(Input::Cancel { run, reason: "it takes an hour".into() }).await;
    check(
        &world,
        &run.to_string(),
        expect![[r#"
        run r1 failed at TIME
          Tidegate.Cancelled: it takes an hour
    "#]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stalled() {
    let world = World::new();
    world.apply("stalled.yaml").await;
    let run = world.start("stalled", "null").await;
    world.end(run).await;
    check(&world, &run.to_string(), expect![[r#"
        run r1 failed at TIME
          Tidegate.Stalled: nothing is left that could move the run, and no trigger has completed it; `end` waits for 1 more of 3 events
    "#]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_because_of_another() {
    let world = World::new();
    world.apply("failing-child.yaml").await;
    world.apply("failing-parent.yaml").await;
    let run = world.start("failing-parent", "null").await;
    world.end(run).await;
    check(
        &world,
        &run.to_string(),
        expect![[r#"
        run r1 failed at TIME
          Broken: `failing-child` failed: `break` failed: it broke
          run r2 failed at TIME
            Broken: `break` failed: it broke
            TIME: attempt 1 of task r2.t1 failed with Broken; the next follows at TIME
            TIME: attempt 2 of task r2.t1 failed with Broken, and no other follows
    "#]],
    )
    .await;
    check(
        &world,
        "r2.t1",
        expect![[r#"
        task r2.t1 runs function `break` as `break`
          TIME: attempt 1 was asked for
          TIME: attempt 1 of task r2.t1 failed with Broken; the next follows at TIME
          TIME: attempt 2 was asked for
          TIME: attempt 2 of task r2.t1 failed with Broken, and no other follows
    "#]],
    )
    .await;
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
