//! Results of tasks that are kept: a list of them, and letting them go.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tidegate_model::{Digest, Input, RunId, Text, Timestamp, WorkflowName};
use utoipa::{IntoParams, ToSchema};

use crate::request::Query;
use crate::{App, Problem, schemas};

/// Results on a page where the client does not say.
const PAGE_DEFAULT: usize = 100;

/// Most results on a page.
const PAGE_MAX: usize = 1000;

/// Which results.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those of this workflow.
    #[param(value_type = Option<String>)]
    workflow: Option<WorkflowName>,
    /// Only those of this task.
    #[param(value_type = Option<String>)]
    task: Option<Text>,
    /// At most so many; 100 where it is not said, 1000 at most.
    limit: Option<usize>,
}

/// A result that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cached {
    /// Digest of the function and of what it got.
    #[schema(value_type = String)]
    key: Digest,
    /// The workflow whose task gave it.
    #[schema(value_type = String)]
    workflow: WorkflowName,
    /// The task.
    #[schema(value_type = String)]
    task: Text,
    /// The run in which it did.
    #[schema(value_type = String, example = "r12")]
    run: RunId,
    /// When (RFC 3339).
    #[schema(value_type = String)]
    at: Timestamp,
    /// Bytes of the result.
    size_bytes: u64,
}

/// How many were let go of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cleared {
    /// How many.
    cleared: usize,
}

/// Results of tasks that are kept, newest first
#[utoipa::path(
    get,
    path = "/v1/cache",
    tag = "cache",
    params(Which),
    responses((status = 200, description = "The newest of them.", body = schemas::Page<Cached>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Query(which): Query<Which>,
) -> Result<Json<schemas::Page<Cached>>, Problem> {
    let limit = which.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    Ok(Json(schemas::Page { items: find(&app, which, limit).await?, next: None }))
}

/// Let results of tasks go
///
/// Those of one workflow, or of one task of it; all, where the query says neither.
#[utoipa::path(
    delete,
    path = "/v1/cache",
    tag = "cache",
    params(Which),
    responses((status = 200, description = "They are gone.", body = Cleared))
)]
pub(crate) async fn clear(
    State(app): State<App>,
    Query(which): Query<Which>,
) -> Result<Json<Cleared>, Problem> {
    let cleared = find(&app, which.clone(), usize::MAX).await?.len();
    app.command(Input::ClearCache { workflow: which.workflow, task: which.task }).await?;
    Ok(Json(Cleared { cleared }))
}

async fn find(app: &App, which: Which, limit: usize) -> Result<Vec<Cached>, Problem> {
    let Which { workflow, task, .. } = which;
    let found = app.node.ask(move |partition| {
        let meant = partition.cached().filter(|(_, entry)| {
            workflow.as_ref().is_none_or(|workflow| *workflow == entry.workflow)
                && task.as_ref().is_none_or(|task| *task == entry.task)
        });
        let cached = meant.map(|(key, entry)| Cached {
            key: *key,
            workflow: entry.workflow.clone(),
            task: entry.task.clone(),
            run: entry.run,
            at: entry.at,
            size_bytes: entry.result.size_bytes(),
        });
        cached.take(limit).collect::<Vec<_>>()
    });
    Ok(found.await?)
}
