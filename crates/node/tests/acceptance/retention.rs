//! What a node answers about what it no longer keeps.

use std::time::Duration;

use tidegate_model::{Input, RunId, Span};
use tidegate_node::{HistoryQuery, QueryError};

use crate::world::World;

/// A node that lets go of runs as soon as they have ended.
fn forgetful() -> World {
    World::with(|settings| {
        settings.retain_runs = Some(Span(0));
        settings.checkpoint_interval = Duration::ZERO;
    })
}

/// Goes on recording, which leads to checkpoints, until the run is gone; returns what is answered then.
async fn until_gone(world: &mut World, run: RunId) -> QueryError {
    for _ in 0..100_000 {
        match world.handle().run(run).await {
            Err(error) => return error,
            Ok(_) => drop(world.emit("nobody-listens", "null").await),
        }
    }
    panic!("run {run} is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_run_that_is_no_longer_kept_is_told_until_when_it_was() {
    let mut world = forgetful();
    world.apply("payloads.yaml").await;
    world.apply("timeout.yaml").await;
    let waits = world.start("timeout", r#"{"after": "1h"}"#).await;
    let told = world.told(waits, "timer_set", "due").await;
    let run = world.start("payloads", r#"{"text": "short"}"#).await;
    let gone = until_gone(&mut world, run).await;
    assert!(matches!(gone, QueryError::Gone { run: of, until: Some(_), .. } if of == run), "{gone:?}");
    assert!(gone.to_string().starts_with(&format!("run {run} has ended and was kept until 20")), "{gone}");
    let history = world.handle().history(HistoryQuery { run, after: None, limit: 10 }).await;
    assert!(matches!(history, Err(QueryError::Gone { .. })), "{history:?}");
    assert!(matches!(world.handle().why(&run.to_string()).await, Err(QueryError::Gone { .. })));
    assert!(matches!(world.handle().wait_run(run).await, Err(QueryError::Gone { .. })));
    let never = world.handle().run(RunId(1000)).await;
    assert!(matches!(never, Err(QueryError::NotFound { .. })), "{never:?}");
    assert_eq!(world.handle().metrics().retention.pruned_runs, 1);

    for _ in 0..2 {
        assert_eq!(world.told(waits, "timer_set", "due").await, told, "one that waits keeps all of it");
        assert!(world.handle().why(&waits.to_string()).await.is_ok());
        world.recover().await;
        assert!(matches!(world.handle().run(run).await, Err(QueryError::Gone { until: Some(_), .. })));
    }
    world.submit(Input::Cancel { run: waits, reason: "enough".into() }).await;
    until_gone(&mut world, waits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_tells_what_it_is_for_as_long_as_it_is_one() {
    let mut world = forgetful();
    world.apply("payloads.yaml").await;
    let letter = world.emit("nobody-yet", "null").await.offset;
    let run = world.start("payloads", r#"{"text": "short"}"#).await;
    until_gone(&mut world, run).await;
    let view = world.handle().event(letter).await.expect("it waits");
    assert_eq!(view.disposition, "dead letter");
    let why = world.handle().why(&letter.to_string()).await.expect("it waits");
    assert!(why.because[0].text.contains("no enabled trigger listens"), "{why:?}");
}
