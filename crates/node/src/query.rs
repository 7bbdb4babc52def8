//! What doors ask: runs, their history, what became of an event, and why.
//!
//! A run that has not ended is in the engine, one that has is in the archive; facts are in the store, on their
//! way to it, or still with the engine. An answer looks at all of them and takes each thing once.

mod event;
mod history;
mod keys;
mod reasons;
mod step;

use std::sync::Arc;

use serde::Serialize;
use tidegate_engine::Compiled;
use tidegate_engine::run::RunState;
use tidegate_engine::view::{RunStatus, RunSummary, RunView, TriggerView};
use tidegate_journal::checkpoints::{CheckpointError, Order};
use tidegate_model::{Data, Outcome, RunId, Span, Timestamp, WorkflowName};

pub use event::EventView;
pub use history::{FactsPage, HistoryPage, HistoryQuery};
pub use step::{FactView, StepView};

use crate::handle::Handle;
use crate::keyspaces::{ARCHIVE, PRUNED, run_key};

/// A question that cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// There is no such thing, or it is no longer kept.
    #[error("there is no {kind} `{name}`, or it is no longer kept")]
    NotFound {
        /// What kind of thing.
        kind: &'static str,
        /// Which.
        name: String,
    },
    /// There was such a run, and it is no longer kept.
    #[error("run {run} has ended and was kept until {}", told_until(*until, *keep))]
    Gone {
        /// Which.
        run: RunId,
        /// Until when it was kept, where that is still known.
        until: Option<Timestamp>,
        /// How long runs are kept after their end.
        keep: Option<Span>,
    },
    /// It is not of the form of an id.
    #[error(
        "`{text}` is no id: expected a run `r12`, a task `r12.t3`, a trigger `r12/name` or an event's number"
    )]
    Malformed {
        /// What was given.
        text: String,
    },
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] CheckpointError),
    /// Something stored is not of its form.
    #[error("the store has a malformed {0}")]
    Damaged(&'static str),
    /// Nobody is there to answer.
    #[error("{0}")]
    Unavailable(String),
}

/// Which runs to list, newest first.
#[derive(Clone, Debug)]
pub struct RunsQuery {
    /// Only those older than this one.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: usize,
    /// Only those of this workflow.
    pub workflow: Option<WorkflowName>,
    /// Only those in this state.
    pub status: Option<RunStatus>,
}

/// Some runs, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct RunsPage {
    /// The runs.
    pub runs: Vec<RunSummary>,
    /// Where to go on, if there may be more.
    pub next: Option<RunId>,
}

/// A run and its program, wherever it is kept.
pub(crate) struct Found {
    pub(crate) state: Arc<RunState>,
    pub(crate) program: Arc<Compiled>,
}

impl Handle {
    /// Waits for the end of a run.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where there is no such run.
    pub async fn wait_run(&self, run: RunId) -> Result<Outcome, QueryError> {
        let (ended, end) = tokio::sync::oneshot::channel();
        let shared = Arc::downgrade(&self.shared);
        // On the engine's thread, so that the run cannot end between the look and the wait.
        let live = self.inspect(move |driver| {
            let live = driver.partition().run_state(run).is_some();
            if let (true, Some(shared)) = (live, shared.upgrade()) {
                shared.waiters.lock().entry(run).or_default().push(ended);
            }
            live
        });
        if live.await? {
            return end.await.map_err(|_| QueryError::Unavailable("the node is stopping".to_owned()));
        }
        let found = self.find_archived(run).await?;
        found.end().map(|(_, outcome)| outcome.clone()).ok_or(QueryError::Damaged("run"))
    }

    /// A run in full.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where there is no such run.
    pub async fn run(&self, run: RunId) -> Result<RunView, QueryError> {
        if let Some(view) = self.ask(move |partition| partition.run(run)).await? {
            return Ok(view);
        }
        let found = self.archived(run).await?;
        Ok(found.state.view(&found.program))
    }

    /// Triggers of a run.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where there is no such run.
    pub async fn run_triggers(&self, run: RunId) -> Result<Vec<TriggerView>, QueryError> {
        if let Some(triggers) = self.ask(move |partition| partition.run_triggers(run)).await? {
            return Ok(triggers);
        }
        let found = self.archived(run).await?;
        Ok(found.state.triggers(&found.program))
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn runs(&self, query: RunsQuery) -> Result<RunsPage, QueryError> {
        let mut runs: Vec<RunSummary> = Vec::new();
        let mut before = query.before;
        // Runs that do not pass the filter are skipped a page at a time.
        loop {
            let page = self.page_of_runs(before, query.limit.clamp(1, 1000)).await?;
            let full = page.len() >= query.limit.clamp(1, 1000);
            before = page.last().map(|run| run.id);
            let passes = |run: &RunSummary| {
                query.workflow.as_ref().is_none_or(|workflow| run.workflow == *workflow)
                    && query.status.is_none_or(|status| run.status == status)
            };
            runs.extend(page.into_iter().filter(passes));
            if !full || runs.len() >= query.limit {
                let more = full || runs.len() > query.limit;
                runs.truncate(query.limit);
                let next = runs.last().map(|run| run.id).filter(|_| more);
                return Ok(RunsPage { runs, next });
            }
        }
    }

    async fn page_of_runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunSummary>, QueryError> {
        let (live, unsaved) = self
            .inspect(move |driver| (driver.partition().run_summaries(before, limit), driver.unsaved().1))
            .await?;
        let in_flight = self.shared.checkpointer.lock().in_flight();
        let below = |run: &RunSummary| before.is_none_or(|before| run.id < before);
        let on_their_way = unsaved.iter().chain(in_flight.iter().flat_map(|(_, ended)| ended));
        let mut runs: std::collections::BTreeMap<RunId, RunSummary> =
            on_their_way.map(|run| run.summary()).filter(below).map(|run| (run.id, run)).collect();
        runs.extend(live.into_iter().map(|run| (run.id, run)));
        let end = before.map(|before| before.0.to_be_bytes());
        let range = match &end {
            Some(end) => (std::ops::Bound::Unbounded, std::ops::Bound::Excluded(&end[..])),
            None => tidegate_journal::checkpoints::ALL_KEYS,
        };
        for (_, value) in self.shared.checkpoints.scan(ARCHIVE, range, Order::Descending, limit)? {
            let run = RunState::decode(&value).map_err(|_| QueryError::Damaged("run"))?.summary();
            runs.entry(run.id).or_insert(run);
        }
        Ok(runs.into_values().rev().take(limit).collect())
    }

    /// The content of `data`, wherever it is kept.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where it is no longer kept.
    pub async fn payload(&self, data: &Data) -> Result<bytes::Bytes, QueryError> {
        let digest = match data {
            Data::None => return Ok(bytes::Bytes::new()),
            Data::Json(text) => return Ok(bytes::Bytes::copy_from_slice(text.as_str().as_bytes())),
            Data::Binary(content) => return Ok(bytes::Bytes::copy_from_slice(content)),
            Data::Stored { digest, .. } => *digest,
        };
        let payloads = self.shared.payloads.clone();
        let content = tokio::task::spawn_blocking(move || payloads.content(&digest)).await;
        let content = content.map_err(|error| QueryError::Unavailable(error.to_string()))?;
        let content = content.map_err(|error| QueryError::Unavailable(error.to_string()))?;
        let content = content.ok_or_else(|| not_found("payload", digest.to_string()))?;
        Ok(bytes::Bytes::from_owner(content))
    }

    /// A run that has ended, with its program.
    pub(crate) async fn archived(&self, run: RunId) -> Result<Found, QueryError> {
        let state = self.find_archived(run).await?;
        let digest = state.program;
        let program = self.ask(move |partition| partition.program(&digest).cloned()).await?;
        let program = program.ok_or_else(|| not_found("program", digest.to_string()))?;
        Ok(Found { state, program })
    }

    /// What to answer about a run that is neither live nor archived: numbers are given out in order, so there was one where
    /// the number is not above the last.
    async fn why_not_there(&self, run: RunId) -> Result<QueryError, QueryError> {
        let last = self.ask(|partition| partition.ledger().last_run).await?;
        if !(1..=last).contains(&run.0) {
            return Ok(not_found("run", run.to_string()));
        }
        let until = self.shared.checkpoints.get(PRUNED, &run_key(run))?;
        let until = until.and_then(|bytes| (&*bytes).try_into().ok()).map(i64::from_be_bytes).map(Timestamp);
        Ok(QueryError::Gone { run, until, keep: self.shared.settings.retain_runs })
    }

    async fn find_archived(&self, run: RunId) -> Result<Arc<RunState>, QueryError> {
        let unsaved = self.inspect(|driver| driver.unsaved().1).await?;
        let in_flight = self.shared.checkpointer.lock().in_flight();
        let mut on_their_way = unsaved.iter().chain(in_flight.iter().flat_map(|(_, ended)| ended));
        if let Some(state) = on_their_way.find(|state| state.id == run) {
            return Ok(Arc::clone(state));
        }
        let saved = self.shared.checkpoints.get(ARCHIVE, &run.0.to_be_bytes())?;
        let Some(saved) = saved else { return Err(self.why_not_there(run).await?) };
        RunState::decode(&saved).map(Arc::new).map_err(|_| QueryError::Damaged("run"))
    }
}

/// Until when a run was kept, in words.
fn told_until(until: Option<Timestamp>, keep: Option<Span>) -> String {
    match (until, keep) {
        (Some(until), _) => until.to_string(),
        (None, Some(keep)) => format!("{keep} after its end"),
        (None, None) => "some time ago".to_owned(),
    }
}

fn not_found(kind: &'static str, name: String) -> QueryError {
    QueryError::NotFound { kind, name }
}
