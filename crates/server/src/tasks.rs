//! Tasks: where one stands, what it logged, and its end told by a worker from outside.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tidegate_engine::view::TaskView;
use tidegate_json::RawJson;
use tidegate_model::{Data, Failure, Input, Outcome, TaskId, Text};
use tidegate_runtimes::Position;
use utoipa::ToSchema;

use crate::problem::Kind;
use crate::request::{self, Path};
use crate::{App, Problem, schemas};

/// A task, and where its attempt stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct Standing {
    /// The task.
    #[serde(flatten)]
    #[schema(value_type = schemas::Task)]
    task: TaskView,
    /// Where its attempt stands with its function: `position` is `queued` or `running`, `for_ms` for how long. Absent
    /// where the attempt is not with a function of this server, or backs off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    standing: Option<Position>,
}

/// A task that has not ended
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path, description = "The task.", example = "r12.t3")),
    responses((status = 200, description = "The task.", body = Standing))
)]
pub(crate) async fn one(State(app): State<App>, Path(id): Path<TaskId>) -> Result<Json<Standing>, Problem> {
    let task = app.node.run(id.run).await?.tasks.into_iter().find(|task| task.id == id);
    let task = task.ok_or_else(|| {
        let detail = format!("run {} has no task `{id}` that has not ended", id.run);
        Problem::new(Kind::NotFound, detail).help("the run's history tells of those that have")
    })?;
    Ok(Json(Standing { task, standing: app.node.runtimes().position(id) }))
}

/// The end of what a task wrote to its log.
#[derive(Serialize, ToSchema)]
pub(crate) struct Logs {
    /// The lines that are kept.
    lines: Vec<Line>,
    /// Bytes of earlier lines that are not.
    dropped_bytes: u64,
}

/// A line of a log.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    /// Which attempt wrote it, from 1.
    attempt: u32,
    /// The line; what is not UTF-8 is replaced.
    text: String,
}

/// What a task wrote to its log
///
/// All attempts, in the order in which they wrote; kept in memory for a while after its end.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}/logs",
    tag = "tasks",
    params(("id" = String, Path, description = "The task.")),
    responses((status = 200, description = "The log.", content((Logs = "application/json"), (String = "text/plain"))))
)]
pub(crate) async fn logs(
    State(app): State<App>,
    Path(id): Path<TaskId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let log = app.node.runtimes().logs(id);
    if log.lines.is_empty() {
        // Nothing was written by a task of a run that is there; all else is not there.
        app.node.run(id.run).await?;
    }
    if request::prefers(&headers, "text/plain") {
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], log.text()).into_response());
    }
    let lines = log
        .lines
        .iter()
        .map(|line| Line { attempt: line.attempt, text: String::from_utf8_lossy(&line.text).into_owned() });
    Ok(Json(Logs { lines: lines.collect(), dropped_bytes: log.dropped_bytes }).into_response())
}

/// Which attempt is alive.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heartbeat {
    /// From 1.
    attempt: u32,
}

/// Say that an attempt is alive
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/heartbeat",
    tag = "tasks",
    params(("id" = String, Path, description = "The task.")),
    request_body(content((Heartbeat = "application/json"))),
    responses((status = 204, description = "It is recorded."))
)]
pub(crate) async fn heartbeat(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Heartbeat { attempt } = request::json(request).await?;
    app.command(Input::TaskHeartbeat { task, attempt }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The result of an attempt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Completion {
    /// From 1.
    attempt: u32,
    /// Its result; none is `null`.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    output: RawJson,
}

/// Complete a task
///
/// An attempt that is not the current one changes nothing.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/complete",
    tag = "tasks",
    params(("id" = String, Path, description = "The task.")),
    request_body(content((Completion = "application/json"))),
    responses((status = 204, description = "It is recorded."))
)]
pub(crate) async fn complete(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Completion { attempt, output } = request::json(request).await?;
    ended(&app, task, attempt, Outcome::succeeded(output)).await
}

/// Why an attempt failed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// From 1.
    attempt: u32,
    /// Name of the error, which retry rules and workflows can match.
    error: String,
    /// What happened, for people.
    #[serde(default)]
    message: String,
    /// Whatever else there is to say.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    detail: Option<RawJson>,
}

/// Fail a task
///
/// It is retried where its action says so. An attempt that is not the current one changes nothing.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/fail",
    tag = "tasks",
    params(("id" = String, Path, description = "The task.")),
    request_body(content((Fault = "application/json"))),
    responses((status = 204, description = "It is recorded."))
)]
pub(crate) async fn fail(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Fault { attempt, error, message, detail } = request::json(request).await?;
    let detail = detail.map_or(Data::None, Data::Json);
    let failure = Failure { error: Text::from(error), message: Text::from(message), detail };
    ended(&app, task, attempt, Outcome::Failed(failure)).await
}

async fn ended(app: &App, task: TaskId, attempt: u32, outcome: Outcome) -> Result<StatusCode, Problem> {
    app.command(Input::TaskEnded { task, attempt, outcome }).await?;
    // A function of this server may be at work on a task that has ended so. One that is still open stays with its
    // function: what was told was of another attempt, or there is a next one.
    let is_open = app.node.run(task.run).await.is_ok_and(|run| run.tasks.iter().any(|open| open.id == task));
    if !is_open {
        app.node.runtimes().abandon(task);
    }
    Ok(StatusCode::NO_CONTENT)
}
