//! For which slots a task waits, and behind how many, in words.

use std::collections::BTreeMap;

use tidegate_model::TaskId;

use super::lines::{Obstacle, PoolId, Pools, Turn, class};
use crate::run::{RunState, Status, Task};

/// The lines of pools, each looked at once however many tasks of it are told.
pub(crate) struct Lines<'p> {
    pools: &'p Pools,
    turns: BTreeMap<PoolId, Vec<Turn>>,
}

impl<'p> Lines<'p> {
    pub(crate) fn new(pools: &'p Pools) -> Self {
        Self { pools, turns: BTreeMap::new() }
    }

    /// What `task` of `run` waits for.
    pub(crate) fn describe(&mut self, run: &RunState, id: TaskId, task: &Task) -> String {
        let claims = class(run.id, &task.policy.claims);
        let names: Vec<String> = claims.iter().map(|need| name(&need.pool)).collect();
        let names = names.join(" and ");
        if matches!(run.status, Status::Paused { .. }) {
            return format!("the run to be resumed, and then for slots of {names}");
        }
        let Some(turn) = task.turn(id) else { return format!("slots of {names}") };
        let Some(obstacle) = self.pools.obstacle(turn, &claims) else { return format!("slots of {names}") };
        let pools = self.pools;
        let turns = self.turns.entry(obstacle.pool.clone()).or_insert_with(|| pools.turns(&obstacle.pool));
        let before = turns.partition_point(|other| *other < turn);
        in_words(&obstacle, before)
    }
}

fn in_words(obstacle: &Obstacle, before: usize) -> String {
    let Obstacle { pool, wants, slots, used, kept_for } = obstacle;
    let named = name(pool);
    if let (PoolId::Server(name), 0) = (pool, slots) {
        return format!(
            "{named} to be opened: it has 0 slots; `tidegate pools set {name} SLOTS` gives it some"
        );
    }
    let wanted = match wants {
        1 => "1 slot".to_owned(),
        wants => format!("{wants} slots"),
    };
    let kept = kept_for.map(|task| format!(", the rest is kept for {task}")).unwrap_or_default();
    let before = match before {
        0 => "it is the next".to_owned(),
        1 => "1 is before it".to_owned(),
        before => format!("{before} are before it"),
    };
    format!("{wanted} of {named}: {used} of {slots} are taken{kept}; {before}")
}

fn name(pool: &PoolId) -> String {
    match pool {
        PoolId::Run(_, name) => format!("the run's pool `{name}`"),
        PoolId::Server(name) => format!("pool `{name}`"),
    }
}
