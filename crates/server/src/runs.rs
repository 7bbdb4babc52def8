//! Runs: lists, one in full, its history, and telling it to end, pause or go on.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tidegate_engine::view::{RunStatus, RunView};
use tidegate_json::RawJson;
use tidegate_model::event::Form;
use tidegate_model::{Data, Input, Offset, RunId, Span, Text, WorkflowName};
use tidegate_node::{HistoryQuery, RunsQuery};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Kind;
use crate::request::{self, Path, Query};
use crate::{App, Problem, schemas};

/// Things on a page where the client does not say.
const PAGE_DEFAULT: usize = 100;

/// Most things on a page.
const PAGE_MAX: usize = 1000;

/// Longest time that a request waits for the end of a run.
const WAIT_MAX: Span = Span::seconds(600);

/// How long a request waits where the client does not say.
const WAIT_DEFAULT: Span = Span::seconds(30);

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// At most so many; 100 where it is not said, 1000 at most.
    limit: Option<usize>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<RunId>,
    /// Only those of this workflow.
    #[param(value_type = Option<String>)]
    workflow: Option<WorkflowName>,
    /// Only those in this state: `running`, `standing`, `paused`, `succeeded`, `failed`, `cancelled`.
    status: Option<String>,
}

/// Runs, newest first
#[utoipa::path(
    get,
    path = "/v1/runs",
    tag = "runs",
    params(Which),
    responses((status = 200, description = "A page of them.", body = schemas::Page<schemas::RunSummary>))
)]
pub(crate) async fn list(State(app): State<App>, Query(which): Query<Which>) -> Result<Response, Problem> {
    let query = RunsQuery {
        before: which.cursor,
        limit: page_size(which.limit),
        workflow: which.workflow,
        status: which.status.as_deref().map(status).transpose()?,
    };
    let page = app.node.runs(query).await?;
    let next = page.next.map(|run| run.to_string());
    Ok(Json(schemas::Page { items: page.runs, next }).into_response())
}

fn page_size(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX)
}

fn status(word: &str) -> Result<RunStatus, Problem> {
    Ok(match word {
        "running" => RunStatus::Running,
        "standing" => RunStatus::Standing,
        "paused" => RunStatus::Paused,
        "succeeded" => RunStatus::Succeeded,
        "failed" => RunStatus::Failed,
        "cancelled" => RunStatus::Cancelled,
        other => {
            let help = "it is one of running, standing, paused, succeeded, failed, cancelled";
            return Err(
                Problem::new(Kind::MalformedRequest, format!("no run has the status `{other}`")).help(help)
            );
        }
    })
}

/// A run in full
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    tag = "runs",
    params(("id" = String, Path, description = "The run.", example = "r12")),
    responses((status = 200, description = "The run.", body = schemas::Run))
)]
pub(crate) async fn one(State(app): State<App>, Path(run): Path<RunId>) -> Result<Json<RunView>, Problem> {
    view(&app, run).await.map(Json)
}

/// A run with its output at hand, wherever that is kept.
pub(crate) async fn view(app: &App, run: RunId) -> Result<RunView, Problem> {
    let mut view = app.node.run(run).await?;
    if let Some(output @ Data::Stored { form, .. }) = &view.output {
        let content = app.node.payload(output).await?;
        view.output = Some(match (form, std::str::from_utf8(&content).ok().map(RawJson::parse)) {
            (Form::Json, Some(Ok(text))) => Data::Json(text),
            (Form::Json | Form::Binary, _) => Data::Binary(content.as_ref().into()),
        });
    }
    Ok(view)
}

/// How long to wait.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Patience {
    /// For how long at most: `30s` where it is not said, up to `10m`.
    #[param(value_type = Option<String>, example = "30s")]
    timeout: Option<Span>,
}

/// Wait for the end of a run
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/wait",
    tag = "runs",
    params(("id" = String, Path, description = "The run."), Patience),
    responses(
        (status = 200, description = "The run at its end.", body = schemas::Run),
        (status = 202, description = "The run as it is when the time is over.", body = schemas::Run)
    )
)]
pub(crate) async fn wait(
    State(app): State<App>,
    Path(run): Path<RunId>,
    Query(patience): Query<Patience>,
) -> Result<Response, Problem> {
    let is_in_time = wait_at_most(&app, run, patience.timeout.unwrap_or(WAIT_DEFAULT)).await?;
    let status = if is_in_time { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(view(&app, run).await?)).into_response())
}

/// Whether the run has ended within `patience`.
pub(crate) async fn wait_at_most(app: &App, run: RunId, patience: Span) -> Result<bool, Problem> {
    let patience = std::time::Duration::from_millis(patience.min(WAIT_MAX).0);
    let ended = tokio::time::timeout(patience, app.node.wait_run(run));
    match app.unless_stopping(ended).await? {
        Ok(ended) => ended.map(|_| true).map_err(Problem::from),
        Err(_) => Ok(false),
    }
}

/// Which part of a history.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// At most so many steps; 100 where it is not said, 1000 at most.
    limit: Option<usize>,
    /// The `next` of the page before: only what happened after that entry.
    #[param(value_type = Option<u64>)]
    cursor: Option<u64>,
}

/// What happened to a run, oldest first
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/history",
    tag = "runs",
    params(("id" = String, Path, description = "The run."), Part),
    responses((status = 200, description = "A page of steps.", body = schemas::Page<schemas::Step>))
)]
pub(crate) async fn history(
    State(app): State<App>,
    Path(run): Path<RunId>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let query = HistoryQuery { run, after: part.cursor.map(Offset), limit: page_size(part.limit) };
    let page = app.node.history(query).await?;
    let next = page.next.map(|offset| offset.to_string());
    Ok(Json(schemas::Page { items: page.steps, next }).into_response())
}

/// Tasks of a run that have not ended
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/tasks",
    tag = "runs",
    params(("id" = String, Path, description = "The run.")),
    responses((status = 200, description = "The tasks.", body = schemas::Page<schemas::Task>))
)]
pub(crate) async fn tasks(State(app): State<App>, Path(run): Path<RunId>) -> Result<Response, Problem> {
    let items = app.node.run(run).await?.tasks;
    Ok(Json(schemas::Page { items, next: None }).into_response())
}

/// Why a run is cancelled.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancellation {
    /// For people.
    #[serde(default)]
    reason: Option<String>,
}

/// Cancel a run
///
/// It ends at once as cancelled; what its functions are doing is stopped.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/cancel",
    tag = "runs",
    params(("id" = String, Path, description = "The run.")),
    request_body(content((Option<Cancellation> = "application/json"))),
    responses((status = 200, description = "The run.", body = schemas::Run))
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    Path(run): Path<RunId>,
    request: Request,
) -> Result<Json<RunView>, Problem> {
    let Cancellation { reason } = request::json(request).await?;
    let reason = reason.map_or(Text::const_new("cancelled over HTTP"), Text::from);
    told(&app, run, Input::Cancel { run, reason }).await
}

/// Pause a run
///
/// It takes no events until it is resumed; they wait.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/pause",
    tag = "runs",
    params(("id" = String, Path, description = "The run.")),
    responses((status = 200, description = "The run.", body = schemas::Run))
)]
pub(crate) async fn pause(State(app): State<App>, Path(run): Path<RunId>) -> Result<Json<RunView>, Problem> {
    told(&app, run, Input::Pause { run }).await
}

/// Resume a paused run
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/resume",
    tag = "runs",
    params(("id" = String, Path, description = "The run.")),
    responses((status = 200, description = "The run.", body = schemas::Run))
)]
pub(crate) async fn resume(State(app): State<App>, Path(run): Path<RunId>) -> Result<Json<RunView>, Problem> {
    told(&app, run, Input::Resume { run }).await
}

/// The run after it was told something.
async fn told(app: &App, run: RunId, input: Input) -> Result<Json<RunView>, Problem> {
    app.command_run(run, input).await?;
    view(app, run).await.map(Json)
}
