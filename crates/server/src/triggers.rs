//! Triggers of a run: looking at them, and changing them while it runs.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use tidegate_engine::view::TriggerView;
use tidegate_json::Value;
use tidegate_model::entry::{Document, TriggerChange};
use tidegate_model::{Input, RunId, ScopeId, TriggerName, TriggerSpec};
use utoipa::ToSchema;

use crate::request::{self, Path};
use crate::{App, Problem, schemas};

/// Triggers of a run, in all its scopes
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/triggers",
    tag = "triggers",
    params(("id" = String, Path, description = "The run.")),
    responses((status = 200, description = "The triggers, removed ones as well.", body = schemas::Page<schemas::Trigger>))
)]
pub(crate) async fn list(State(app): State<App>, Path(run): Path<RunId>) -> Result<Response, Problem> {
    let items = app.node.run_triggers(run).await?;
    Ok(Json(schemas::Page { items, next: None }).into_response())
}

/// Add a trigger to a run
///
/// In the compiled form that `GET /v1/workflows/{name}` shows: `name`, `on`, `condition`, `actions`.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/triggers",
    tag = "triggers",
    params(("id" = String, Path, description = "The run.")),
    request_body(content((serde_json::Value = "application/json"))),
    responses((status = 201, description = "The trigger.", body = schemas::Trigger))
)]
pub(crate) async fn add(
    State(app): State<App>,
    Path(run): Path<RunId>,
    request: Request,
) -> Result<Response, Problem> {
    let spec: TriggerSpec = request::json(request).await?;
    let name = spec.name.clone();
    let trigger = change(&app, run, name, TriggerChange::Add(spec)).await?;
    Ok((StatusCode::CREATED, trigger).into_response())
}

/// Have a trigger listen
///
/// It gets the events that waited for it.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/triggers/{trigger}/enable",
    tag = "triggers",
    params(("id" = String, Path, description = "The run."), ("trigger" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The trigger.", body = schemas::Trigger))
)]
pub(crate) async fn enable(
    State(app): State<App>,
    Path((run, trigger)): Path<(RunId, TriggerName)>,
) -> Result<Json<TriggerView>, Problem> {
    change(&app, run, trigger.clone(), TriggerChange::Enable(trigger)).await
}

/// Have a trigger not listen
///
/// Events for it wait until it is enabled.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/triggers/{trigger}/disable",
    tag = "triggers",
    params(("id" = String, Path, description = "The run."), ("trigger" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The trigger.", body = schemas::Trigger))
)]
pub(crate) async fn disable(
    State(app): State<App>,
    Path((run, trigger)): Path<(RunId, TriggerName)>,
) -> Result<Json<TriggerView>, Problem> {
    change(&app, run, trigger.clone(), TriggerChange::Disable(trigger)).await
}

/// Remove a trigger from a run
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/triggers/{trigger}/remove",
    tag = "triggers",
    params(("id" = String, Path, description = "The run."), ("trigger" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The trigger as it was left.", body = schemas::Trigger))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Path((run, trigger)): Path<(RunId, TriggerName)>,
) -> Result<Json<TriggerView>, Problem> {
    change(&app, run, trigger.clone(), TriggerChange::Remove(trigger)).await
}

/// What to set of a trigger.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Keys of its context and their new values; others stay.
    #[schema(value_type = serde_json::Value)]
    context: Value,
}

/// Set keys of a trigger's context
#[utoipa::path(
    patch,
    path = "/v1/runs/{id}/triggers/{trigger}",
    tag = "triggers",
    params(("id" = String, Path, description = "The run."), ("trigger" = String, Path, description = "Its name.")),
    request_body(content((Settings = "application/json"))),
    responses((status = 200, description = "The trigger.", body = schemas::Trigger))
)]
pub(crate) async fn set(
    State(app): State<App>,
    Path((run, trigger)): Path<(RunId, TriggerName)>,
    request: Request,
) -> Result<Json<TriggerView>, Problem> {
    let Settings { context } = request::json(request).await?;
    change(&app, run, trigger.clone(), TriggerChange::Set { trigger, context }).await
}

/// The trigger after it was changed.
async fn change(
    app: &App,
    run: RunId,
    trigger: TriggerName,
    change: TriggerChange,
) -> Result<Json<TriggerView>, Problem> {
    app.command_run(run, Input::ChangeTrigger { run, change: Document(change) }).await?;
    let triggers = app.node.run_triggers(run).await?;
    let changed = triggers.into_iter().rfind(|view| view.scope == ScopeId::ROOT && view.name == trigger);
    changed.map(Json).ok_or_else(|| Problem::not_found("trigger", &trigger))
}
