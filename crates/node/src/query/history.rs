//! The history of a run, and the facts of a step.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde::Serialize;
use tidegate_engine::Compiled;
use tidegate_journal::checkpoints::Order;
use tidegate_model::{Fact, Offset, RunId};

use super::step::StepView;
use super::{QueryError, not_found};
use crate::handle::Handle;
use crate::keyspaces::{FACTS, RUN_FACTS, run_facts_key};
use crate::ledger::{Chunk, StepFacts, steps};

/// Which part of a run's history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryQuery {
    /// Of which run.
    pub run: RunId,
    /// Only what happened after this entry.
    pub after: Option<Offset>,
    /// At most so many steps.
    pub limit: usize,
}

/// Some steps of a run's history, oldest first.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryPage {
    /// The steps, each with only what is about the run.
    pub steps: Vec<StepView>,
    /// Where to go on, if there may be more.
    pub next: Option<Offset>,
}

/// The facts of some steps of a run, oldest first.
#[derive(Clone, Debug)]
pub struct FactsPage {
    /// The steps, each with only what is about the run.
    pub steps: Vec<StepFacts>,
    /// Where to go on, if there may be more.
    pub next: Option<Offset>,
}

/// Chunks of a run that are looked at for one page at most, before it is returned short.
const CHUNKS_PER_READ: usize = 64;

impl Handle {
    /// What happened to a run, oldest first, as people and programs read it.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where there is no such run.
    pub async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, QueryError> {
        let program = self.program_of(query.run).await?;
        let FactsPage { steps, next } = self.facts(query).await?;
        let view = |step: &StepFacts| {
            StepView::new(step.offset, step.at, &step.facts, |of| (of == query.run).then_some(&program))
        };
        Ok(HistoryPage { steps: steps.iter().map(view).collect(), next })
    }

    /// What happened to a run, oldest first; nothing where there is no such run.
    ///
    /// # Errors
    /// Where the store cannot be read, or the engine has stopped.
    pub async fn facts(&self, query: HistoryQuery) -> Result<FactsPage, QueryError> {
        let limit = query.limit.clamp(1, 10_000);
        let unsaved = self.unsaved_chunks(Some(query.run)).await?;
        let mut found: BTreeMap<Offset, StepFacts> = BTreeMap::new();
        let mut complete_to = query.after;
        loop {
            let chunks = self.saved_chunks(query.run, complete_to, CHUNKS_PER_READ)?;
            let read = chunks.len();
            let last = chunks.last().map(|(_, steps)| steps.last().map_or(Offset(0), |step| step.offset));
            let steps = chunks.into_iter().flat_map(|(_, steps)| steps);
            keep(&mut found, steps, &query);
            if read < CHUNKS_PER_READ {
                break;
            }
            if found.len() > limit {
                return Ok(page(found, limit));
            }
            complete_to = last.or(complete_to);
        }
        for chunk in unsaved {
            let steps = steps(&chunk.bytes).map_err(|_| QueryError::Damaged("history"))?;
            keep(&mut found, steps.into_iter(), &query);
        }
        Ok(page(found, limit))
    }

    /// Chunks that tell of `run` (or all) and are not in the store yet. To be asked for before the store is read, so
    /// that one that moves from here to there meanwhile is seen twice rather than not at all.
    async fn unsaved_chunks(&self, run: Option<RunId>) -> Result<Vec<Arc<Chunk>>, QueryError> {
        let mut chunks = Vec::new();
        let unsaved = self.inspect(|driver| driver.unsaved().0).await?;
        let in_flight = self.shared.checkpointer.lock().in_flight();
        let all = in_flight.into_iter().flat_map(|(chunks, _)| chunks).chain(unsaved);
        chunks.extend(all.filter(|chunk| run.is_none_or(|run| chunk.runs.contains(&run))));
        Ok(chunks)
    }

    /// Chunks in the store that tell of `run` and may have steps after `after`.
    fn saved_chunks(
        &self,
        run: RunId,
        after: Option<Offset>,
        limit: usize,
    ) -> Result<Vec<(Offset, Vec<StepFacts>)>, QueryError> {
        let store = &self.shared.checkpoints;
        // The chunk that has `after` in its middle begins before it.
        let from = match after {
            None => run_facts_key(run.0, Offset(0)),
            Some(after) => {
                let (first, after) = (run_facts_key(run.0, Offset(0)), run_facts_key(run.0, after));
                let range = (Bound::Included(&first[..]), Bound::Included(&after[..]));
                let before = store.scan(RUN_FACTS, range, Order::Descending, 1)?;
                before.first().map_or(after, |(key, _)| key.to_vec())
            }
        };
        let end = run_facts_key(run.0, Offset(u64::MAX));
        let range = (Bound::Included(&from[..]), Bound::Included(&end[..]));
        let mut chunks = Vec::new();
        for (key, _) in store.scan(RUN_FACTS, range, Order::Ascending, limit)? {
            let first = key.get(8..).and_then(|first| first.try_into().ok()).map(u64::from_be_bytes);
            let first = Offset(first.ok_or(QueryError::Damaged("history"))?);
            let Some(bytes) = store.get(FACTS, &first.0.to_be_bytes())? else { continue };
            chunks.push((first, steps(&bytes).map_err(|_| QueryError::Damaged("history"))?));
        }
        Ok(chunks)
    }

    /// The facts of the step at `offset`.
    pub(crate) async fn step(&self, offset: Offset) -> Result<StepFacts, QueryError> {
        let unsaved = self.unsaved_chunks(None).await?;
        if let Some(chunk) = unsaved.iter().find(|chunk| (chunk.first..=chunk.last).contains(&offset)) {
            return find_step(&chunk.bytes, offset);
        }
        let end = offset.0.to_be_bytes();
        let range = (Bound::Unbounded, Bound::Included(&end[..]));
        let found = self.shared.checkpoints.scan(FACTS, range, Order::Descending, 1)?;
        let (_, bytes) = found.first().ok_or_else(|| not_found("entry", offset.to_string()))?;
        find_step(bytes, offset)
    }

    /// The program of a run, live or archived.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where there is no such run.
    pub async fn program_of(&self, run: RunId) -> Result<Arc<Compiled>, QueryError> {
        match self.ask(move |partition| partition.program_of_run(run).cloned()).await? {
            Some(program) => Ok(program),
            None => Ok(self.archived(run).await?.program),
        }
    }
}

fn find_step(bytes: &[u8], offset: Offset) -> Result<StepFacts, QueryError> {
    let steps = steps(bytes).map_err(|_| QueryError::Damaged("history"))?;
    steps.into_iter().find(|step| step.offset == offset).ok_or_else(|| not_found("entry", offset.to_string()))
}

/// Keeps the steps after `query.after` that tell of the run, with only what is about it.
fn keep(
    found: &mut BTreeMap<Offset, StepFacts>,
    steps: impl Iterator<Item = StepFacts>,
    query: &HistoryQuery,
) {
    for mut step in steps {
        if query.after.is_some_and(|after| step.offset <= after) {
            continue;
        }
        step.facts.retain(|fact| is_about(fact, query.run));
        if !step.facts.is_empty() {
            found.insert(step.offset, step);
        }
    }
}

fn is_about(fact: &Fact, run: RunId) -> bool {
    let parent = match fact {
        Fact::RunStarted { parent, .. } => *parent,
        _ => None,
    };
    fact.run() == Some(run) || parent == Some(run)
}

fn page(found: BTreeMap<Offset, StepFacts>, limit: usize) -> FactsPage {
    let more = found.len() > limit;
    let steps: Vec<StepFacts> = found.into_values().take(limit).collect();
    let next = steps.last().map(|step| step.offset).filter(|_| more);
    FactsPage { steps, next }
}
