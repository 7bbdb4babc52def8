//! Everything that happens, as server-sent events (WHATWG HTML, section 9.2).
//!
//! A reader that is slower than what happens is told how many steps it missed; nothing waits for it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Deserialize;
use tidegate_model::{RunId, WorkflowName};
use tidegate_node::StepView;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use crate::request::Query;
use crate::{App, Problem, schemas};

/// A comment is sent at least so often, so that proxies keep the connection.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Runs whose workflow is remembered by one stream.
const RUNS_REMEMBERED_MAX: usize = 10_000;

/// What to tell of.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only what is about this run.
    #[param(value_type = Option<String>)]
    run: Option<RunId>,
    /// Only what is about runs of this workflow.
    #[param(value_type = Option<String>)]
    workflow: Option<WorkflowName>,
}

/// Everything that happens from now on
///
/// Server-sent events. `step` carries a step of history, and its id is the journal entry; `lagged` says how many steps
/// a slow reader missed (`{"missed": n}`).
#[utoipa::path(
    get,
    path = "/v1/stream",
    tag = "stream",
    params(Filter),
    responses((status = 200, description = "The stream; it ends when the server stops.",
        content((schemas::Step = "text/event-stream"))))
)]
pub(crate) async fn stream(
    State(app): State<App>,
    Query(filter): Query<Filter>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let steps = app.node.subscribe();
    let reader = Reader { app, steps, filter, workflows: BTreeMap::new() };
    let events = unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)))
}

struct Reader {
    app: App,
    steps: Receiver<Arc<StepView>>,
    filter: Filter,
    /// Whether a run is of the workflow that is asked for.
    workflows: BTreeMap<RunId, bool>,
}

impl Reader {
    /// The next event; `None` once the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let step = tokio::select! {
                biased;
                () = self.app.stopped() => return None,
                step = self.steps.recv() => step,
            };
            match step {
                Ok(step) => {
                    if let Some(event) = self.event(&step).await {
                        return Some(event);
                    }
                }
                Err(RecvError::Lagged(missed)) => {
                    return Some(Event::default().event("lagged").data(format!("{{\"missed\":{missed}}}")));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn event(&mut self, step: &Arc<StepView>) -> Option<Event> {
        let narrowed = if self.filter.run.is_none() && self.filter.workflow.is_none() {
            None
        } else {
            Some(self.narrow(step).await?)
        };
        let step = narrowed.as_ref().unwrap_or(step);
        let event = Event::default().event("step").id(step.offset.to_string());
        Some(event.json_data(step).expect("a step has only string keys"))
    }

    /// The step with only what passes the filter; `None` where nothing does.
    async fn narrow(&mut self, step: &StepView) -> Option<StepView> {
        let mut facts = Vec::new();
        for fact in &step.facts {
            let Some(run) = fact.run() else { continue };
            if self.filter.run.is_none_or(|wanted| wanted == run) && self.is_of_workflow(run).await {
                facts.push(fact.clone());
            }
        }
        (!facts.is_empty()).then(|| StepView { offset: step.offset, at: step.at, facts })
    }

    async fn is_of_workflow(&mut self, run: RunId) -> bool {
        let Some(workflow) = &self.filter.workflow else { return true };
        if let Some(known) = self.workflows.get(&run) {
            return *known;
        }
        // A run that cannot be looked at is not told of, as it may be of another workflow.
        let is_of_it = self.app.node.run(run).await.is_ok_and(|view| view.summary.workflow == *workflow);
        if self.workflows.len() >= RUNS_REMEMBERED_MAX {
            self.workflows.clear();
        }
        self.workflows.insert(run, is_of_it);
        is_of_it
    }
}
