//! What is checked after each move, after each checkpoint, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_engine::partition::Totals;
use tidegate_journal::checkpoints::{ALL_KEYS, Order};
use tidegate_json::Value;
use tidegate_model::{Address, Digest, Input, Outcome, RunId};
use tidegate_node::driver::STATE;

use crate::account::RunRecord;
use crate::federated;
use crate::publisher::COUNTED;
use crate::reference::{Expected, expected};
use crate::violation::{Invariant, Violation, hold};
use crate::world::{COUNTER, COUNTER_EVERY, World};

/// What a run waits for that waits for nothing.
const NOTHING: &str = "the engine's next look at it";

impl World {
    /// What holds between any two moves.
    pub(crate) fn check_state(&mut self) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let partition = driver.partition();
        let totals = &partition.ledger().totals;
        check_totals(totals)?;
        let (next, known) = (partition.ledger().next.0, self.history.len() as u64);
        hold(next == known, Invariant::NothingElseIsKept, || {
            format!("the state is of {next} entries, {known} were acknowledged")
        })?;
        let letters = partition.dead_letters(usize::MAX);
        self.letters.check(letters.iter().map(|letter| letter.offset))?;
        let dead = letters.len() as u64;
        hold(dead == totals.dead, Invariant::DeadLettersAreKept, || {
            format!("{dead} dead letters are kept, the totals say {}", totals.dead)
        })?;
        let live = totals.runs_started - totals.runs_succeeded - totals.runs_failed;
        hold(live == partition.live_runs() as u64, Invariant::TotalsReconcile, || {
            format!("{} runs are live, the totals say {live}", partition.live_runs())
        })?;
        for run in self.live_runs() {
            if self.random.chance(20) {
                self.check_waiting(run)?;
            }
        }
        if self.random.chance(10) { self.check_record() } else { Ok(()) }
    }

    fn check_waiting(&self, run: RunId) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let partition = driver.partition();
        let (Some(state), Some(program)) = (partition.run_state(run), partition.program_of_run(run)) else {
            return Ok(());
        };
        let waits = state.waiting_for(program);
        let names_something = waits.iter().any(|wait| wait.for_what != NOTHING);
        // A standing run may listen to nothing for a while: it waits for a trigger that is enabled again.
        hold(names_something || state.standing, Invariant::WaitsForSomething, || {
            format!("{run} of {} waits for {waits:?}", state.workflow)
        })
    }

    /// After a checkpoint was written, the store has the state.
    pub(crate) fn check_checkpoint(&self) -> Result<(), Violation> {
        let saved = self.parts.checkpoints.scan(STATE, ALL_KEYS, Order::Ascending, usize::MAX);
        let saved =
            saved.map_err(|error| Violation::new(Invariant::CheckpointIsTheState, error.to_string()))?;
        let saved: Vec<(Vec<u8>, Vec<u8>)> =
            saved.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let state = driver.partition().dump();
        hold(saved == state, Invariant::CheckpointIsTheState, || {
            format!("saved (left) and state (right) differ: {}", difference(&saved, &state))
        })
    }

    /// What holds once everything has come to rest.
    pub(crate) fn check_end(&mut self) -> Result<(), Violation> {
        self.check_state()?;
        if self.random.chance(50) {
            self.write_checkpoint()?;
        }
        self.kill()?;
        self.check_replica()?;
        self.check_counter()?;
        let stopped = self.account.stopped_with(|run| self.is_plan(run));
        for (run, record) in &self.account.runs {
            if record.workflow.as_str() == federated::NAME {
                self.check_federated(*run, record)?;
            }
            if !self.cancelled.contains(run) && !stopped.contains(run) {
                self.check_prediction(*run, record)?;
            }
        }
        let unended = self.account.runs.iter();
        let unended = unended.filter(|(_, record)| record.outcome.is_none()).map(|(run, _)| *run);
        let unended: Vec<RunId> = unended.collect();
        hold(unended.len() <= 1, Invariant::EveryRunEnds, || format!("{unended:?} have not ended"))
    }

    fn check_prediction(&self, run: RunId, record: &RunRecord) -> Result<(), Violation> {
        let (Some(body), Some(outcome)) = (self.plans.get(&record.program), &record.outcome) else {
            return Ok(());
        };
        let input = self.value_of(&record.input).unwrap_or_default();
        let expected = expected(body, &input, &record.labels);
        let same = match (&expected, outcome) {
            (Expected::Result { value, labels, successes }, Outcome::Succeeded { data, labels: own }) => {
                hold(own.covers(labels), Invariant::LabelsNeverDrop, || {
                    format!("{run} ended with {own:?}, made from {labels:?}; plan {body:?}")
                })?;
                let counted = record.successes.values().sum::<u64>();
                self.value_of(data).as_ref() == Some(value)
                    && successes.is_none_or(|successes| successes == counted)
            }
            (Expected::Failure(failing), Outcome::Failed(failure)) => {
                failing.errors.contains(failure.error.as_str())
            }
            _ => false,
        };
        hold(same, Invariant::EndsAsPredicted, || {
            format!(
                "{run} with input {input} ended as {outcome:?} after {:?}; expected {expected:?}; plan {body:?}",
                record.successes
            )
        })
    }

    fn check_federated(&self, run: RunId, record: &RunRecord) -> Result<(), Violation> {
        let Some(Outcome::Succeeded { data, .. }) = &record.outcome else {
            let detail = format!("{run} ended as {:?}", record.outcome);
            return Err(Violation::new(Invariant::RoundsAggregateOnce, detail));
        };
        let aggregated = record.successes.get("aggregator").copied().unwrap_or(0);
        let done = self.value_of(data).and_then(|value| value.as_u64());
        let is_right = aggregated == federated::ROUNDS && done == Some(federated::ROUNDS);
        hold(is_right, Invariant::RoundsAggregateOnce, || {
            format!("{run}: {done:?} rounds, {aggregated} aggregations")
        })
    }

    /// The counter has counted what the journal has, each event once.
    fn check_counter(&self) -> Result<(), Violation> {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let partition = driver.partition();
        let counter = partition.workflows().find(|(name, _)| name.as_str() == COUNTER);
        let standing = counter.and_then(|(_, workflow)| workflow.standing);
        let Some(view) = standing.and_then(|run| partition.run(run)) else {
            return Err(Violation::new(Invariant::CountedOnce, "the counter does not stand"));
        };
        let mut seen = BTreeSet::new();
        for recorded in &self.history {
            if let Input::Publish { event, to } = &recorded.entry.input
                && event.kind == COUNTED
                && (*to == Address::World || Some(*to) == standing.map(Address::Run))
            {
                let original = event.extensions.iter().find(|(name, _)| name == "original");
                let id = original.and_then(|(_, id)| id.as_str()).unwrap_or(&event.id);
                seen.insert((event.source.clone(), id.to_owned()));
            }
        }
        let expected = Value::from(seen.len() as u64 / COUNTER_EVERY);
        hold(view.vars.get("fired") == Some(&expected), Invariant::CountedOnce, || {
            format!("the counter shows {}, {} events arrived", view.vars, seen.len())
        })
    }
}

fn check_totals(totals: &Totals) -> Result<(), Violation> {
    let Totals { published, duplicates, taken, filtered, dead, expired, refused, .. } = totals;
    let told = duplicates + taken + filtered + dead + expired + refused;
    hold(*published == told, Invariant::TotalsReconcile, || format!("{totals:?}"))?;
    hold(totals.attempts_ended <= totals.attempts, Invariant::AttemptsEndOnce, || format!("{totals:?}"))
}

/// The first few keys in which two dumps differ.
pub(crate) fn difference(left: &[(Vec<u8>, Vec<u8>)], right: &[(Vec<u8>, Vec<u8>)]) -> String {
    let (left, right): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (left.iter().cloned().collect(), right.iter().cloned().collect());
    let keys: BTreeSet<&Vec<u8>> = left.keys().chain(right.keys()).collect();
    let differing = keys.into_iter().filter(|key| left.get(*key) != right.get(*key));
    let shown = |value: Option<&Vec<u8>>| {
        value.map_or("nothing".to_owned(), |value| {
            format!("{} bytes {}", value.len(), Digest::of(value).short())
        })
    };
    let words = differing.take(4).map(|key| {
        let name: String =
            key.iter().flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from).collect();
        format!("{name}: {} and {}", shown(left.get(key)), shown(right.get(key)))
    });
    words.collect::<Vec<_>>().join("; ")
}
