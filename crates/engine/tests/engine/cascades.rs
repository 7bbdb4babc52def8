//! What follows from one entry comes to an end, also where runs start one another.

use tidegate_engine::Limits;
use tidegate_model::{PartitionId, RunId};

use crate::harness::World;

const EVENTS_MAX: u32 = 50;

const WATCH: &str = r#"{"name": "watch", "language": "triggers", "standing": true, "scopes": [{"name": "main",
    "triggers": [{"name": "more", "on": [{"type": {"exact": "more"}, "reach": "world"}],
        "actions": [{"name": "start", "params": {"workflow": "worker"}}]}]}]}"#;

const WORKER: &str = r#"{"name": "worker", "language": "triggers", "scopes": [{"name": "main",
    "triggers": [{"name": "begin", "on": [{"type": {"exact": "tidegate.run.started"}}],
        "actions": [{"name": "emit", "params": {"type": "more", "to": "world"}}]}]}]}"#;

const ITSELF: &str = r#"{"name": "itself", "language": "triggers", "scopes": [{"name": "main",
    "triggers": [{"name": "begin", "on": [{"type": {"exact": "tidegate.run.started"}}],
        "actions": [{"name": "start", "params": {"workflow": "itself"}}]}]}]}"#;

fn world() -> World {
    World::limited(Limits { cascade_events_max: EVENTS_MAX, ..Limits::default() })
}

fn runs_started(world: &World) -> u64 {
    world.partition.ledger().totals.runs_started
}

#[test]
fn a_workflow_that_starts_itself_is_stopped() {
    let mut world = world();
    world.apply(ITSELF);
    let first = world.start("itself", "1");
    assert!(runs_started(&world) <= u64::from(EVENTS_MAX) + 2, "{}", runs_started(&world));
    assert_eq!(world.partition.ledger().totals.runs_failed, 2, "the last, and the one that it descends from");
    assert!(world.outcome(first).contains("Tidegate.LimitExceeded"), "{}", world.outcome(first));
}

#[test]
fn a_listener_whose_runs_raise_what_it_listens_to_is_stopped() {
    let mut world = world();
    world.apply(WORKER);
    world.apply(WATCH);
    let watch = RunId::new(PartitionId(0), 1);
    world.publish("more", "", "1");
    assert!(runs_started(&world) <= u64::from(EVENTS_MAX) + 2, "{}", runs_started(&world));
    assert!(world.outcome(watch).contains("Tidegate.LimitExceeded"), "{}", world.outcome(watch));
}

#[test]
fn the_allowance_is_for_what_follows_from_one_entry() {
    let mut world = world();
    world.apply(WORKER);
    for _ in 0..EVENTS_MAX {
        let run = world.start("worker", "1");
        assert!(!world.outcome(run).contains("Tidegate.LimitExceeded"), "{}", world.outcome(run));
    }
}
