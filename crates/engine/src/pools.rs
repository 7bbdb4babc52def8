//! Pools: how many tasks may be under way at one time, counted in slots.
//!
//! A task claims slots of pools. Until they are free in all of them it waits and holds none, so no task keeps another
//! waiting while it waits itself, and nothing can lock. `lines` is who holds and who waits; `stored` is the binary form
//! of a task's policy, `words` what a task that waits is told.
//!
//! A pool belongs to a run, and then whoever claims states its size; or to the server, and then an operator does, with a
//! record on the shelf [`SHELF`].

mod lines;
mod stored;
mod words;

use serde::{Deserialize, Serialize};
use tidegate_json::Value;
use tidegate_model::Text;

pub(crate) use lines::{Class, PoolId, Pools, Turn, class};
pub(crate) use stored::StoredPolicy;
pub(crate) use words::Lines;

use crate::partition::Partition;
use crate::registry::MalformedParams;

/// The shelf of records that say how many slots the server's pools have: `{"slots": 4, "description": "…"}`, under the
/// name of the pool.
pub const SHELF: &str = "pools";

/// The pool of the server that is there without anybody having made it.
pub const DEFAULT_POOL: &str = "default_pool";

/// Slots of [`DEFAULT_POOL`] where nobody has set them.
pub const DEFAULT_SLOTS: u32 = 128;

/// Slots of one pool that a task holds while an attempt of it is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Of which pool.
    pub pool: Text,
    /// How many.
    #[serde(default = "one")]
    pub slots: u32,
    /// Whose pool it is.
    #[serde(default)]
    pub of: PoolScope,
}

fn one() -> u32 {
    1
}

/// Whose pool it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolScope {
    /// The server's: all runs share it.
    #[default]
    Server,
    /// The run's: each run has its own.
    Run {
        /// How many slots it has.
        slots: u32,
    },
}

/// A pool of the server, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolView {
    /// Its name.
    pub name: Text,
    /// How many slots it has.
    pub slots: u32,
    /// How many of them are taken. More than it has, where it was made smaller meanwhile.
    pub used: u64,
    /// Tasks that claim of it and wait, for this pool or for another that they claim of as well.
    pub queued: u64,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
}

/// Checks what can be known of claims before a run.
///
/// # Errors
/// Where one is of no slots, or of more than the pool has.
pub fn check(claims: &[Claim]) -> Result<(), MalformedParams> {
    for (index, claim) in claims.iter().enumerate() {
        let at = |message| Err(MalformedParams::at(&format!("claims/{index}"), message));
        if claim.slots == 0 {
            return at(format!("a claim is of at least 1 slot, and this of pool `{}` is of 0", claim.pool));
        }
        if let PoolScope::Run { slots } = claim.of
            && claim.slots > slots
        {
            return at(format!(
                "it claims {} slots of pool `{}`, which has {slots}",
                claim.slots, claim.pool
            ));
        }
    }
    Ok(())
}

/// How many slots the record of a pool says it has.
pub(crate) fn slots_of(record: &Value) -> Option<u32> {
    record.get("slots").and_then(Value::as_u64).and_then(|slots| u32::try_from(slots).ok())
}

impl Partition {
    /// The pools of the server, by name.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolView> {
        let view = |(name, slots): (&Text, u32)| {
            let (used, queued) = self.pools.usage(&PoolId::Server(name.clone()));
            let shelf = tidegate_model::Name::new(SHELF).ok();
            let record = shelf.and_then(|shelf| self.record(&shelf, name));
            let description = record.and_then(|record| record.get("description")).and_then(Value::as_str);
            PoolView { name: name.clone(), slots, used, queued, description: description.map(Text::new) }
        };
        self.pools.sizes().map(view).collect()
    }
}
