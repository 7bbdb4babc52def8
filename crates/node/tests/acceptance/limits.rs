//! Runs that would keep the engine to themselves, and many that come at once.

use tidegate_model::Input;
use tidegate_model::outcome::errors;

use crate::world::{World, json};

/// A world in which fifty events may follow from one.
fn narrow() -> World {
    World::with(|settings| settings.limits.cascade_events_max = 50)
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_of_many_runs_are_due_at_once() {
    let mut world = narrow();
    world.apply("appointment.yaml").await;
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock that is set");
    let at = tidegate_model::Timestamp(now.as_millis() as i64 + 1500);
    let mut runs = Vec::new();
    for _ in 0..300 {
        runs.push(world.start("appointment", &format!("{{\"at\": \"{at}\"}}")).await);
    }
    world.recover().await;
    for run in runs {
        assert_eq!(world.result(run).await, json("\"met\""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_that_is_always_due_again_leaves_others_their_turn() {
    let mut world = narrow();
    world.apply("restless.yaml").await;
    world.apply("child.yaml").await;
    let restless = world.start("restless", "null").await;
    let other = world.start("child", r#"{"n": 1}"#).await;
    assert_eq!(world.result(other).await, json("2"));
    world.recover().await;
    world.submit(Input::Cancel { run: restless, reason: "give it a rest".into() }).await;
    assert_eq!(world.failure(restless).await.error, errors::CANCELLED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_keeps_raising_its_own_event_fails() {
    let world = narrow();
    world.apply("loop.yaml").await;
    let run = world.start("loop", "null").await;
    let failure = world.failure(run).await;
    assert_eq!(failure.error, errors::LIMIT);
    assert!(failure.message.contains("more than 50 events followed from one"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_to_the_world_without_end_are_stopped_and_accounted_for() {
    let mut world = narrow();
    let run = world.apply("echoes.yaml").await.expect("it stands");
    world.emit("ping", "null").await;
    assert_eq!(world.failure(run).await.error, errors::LIMIT);
    let totals = world.totals().await;
    let dispositions =
        [totals.duplicates, totals.taken, totals.filtered, totals.dead, totals.expired, totals.refused];
    assert_eq!(dispositions.iter().sum::<u64>(), totals.published, "every event has a disposition");
    assert!(totals.published < 60, "{totals:?}");
    world.recover().await;
    assert_eq!(world.totals().await, totals);
}
