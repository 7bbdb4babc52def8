//! Interceptors of a run, and the firings that they hold.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tidegate_model::entry::Document;
use tidegate_model::interceptor::{Decision, Interceptor};
use tidegate_model::{HoldId, Input, Name, RunId, Text, Timestamp};
use utoipa::ToSchema;

use crate::problem::Kind;
use crate::request::{self, Path};
use crate::{App, Problem, schemas};

/// Attach an interceptor
///
/// Or replace the one of the same name: `target` (`{"trigger": …}`, `{"condition": …}` or `{"action": …}`), `moment`
/// (`before` or `after`), `if`, and `do` (`"hold"`, `"skip"`, `"pass"`, `{"act": […]}` or `{"change": …}`).
#[utoipa::path(
    put,
    path = "/v1/runs/{id}/interceptors/{name}",
    tag = "interceptors",
    params(("id" = String, Path, description = "The run."), ("name" = String, Path, description = "Its name.")),
    request_body(content((serde_json::Value = "application/json"))),
    responses((status = 204, description = "It is attached."))
)]
pub(crate) async fn attach(
    State(app): State<App>,
    Path((run, name)): Path<(RunId, Name)>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let mut document: serde_json::Map<String, serde_json::Value> = request::json(request).await?;
    let stated = document.entry("name").or_insert_with(|| name.as_str().into());
    if stated.as_str() != Some(name.as_str()) {
        let detail = format!("the interceptor is called {stated}, the path names `{name}`");
        return Err(Problem::new(Kind::Invalid, detail).with("pointer", "/name"));
    }
    let interceptor: Interceptor = serde_json::from_value(document.into())
        .map_err(|error| Problem::new(Kind::Invalid, format!("this is no interceptor: {error}")))?;
    app.command_run(run, Input::Intercept { run, interceptor: Document(interceptor) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Detach an interceptor
#[utoipa::path(
    delete,
    path = "/v1/runs/{id}/interceptors/{name}",
    tag = "interceptors",
    params(("id" = String, Path, description = "The run."), ("name" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone."))
)]
pub(crate) async fn detach(
    State(app): State<App>,
    Path((run, name)): Path<(RunId, Name)>,
) -> Result<StatusCode, Problem> {
    app.command_run(run, Input::RemoveInterceptor { run, name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A firing that waits for a decision.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hold {
    /// The hold.
    #[schema(value_type = String, example = "r12.h1")]
    id: HoldId,
    /// Which firing.
    #[schema(value_type = String)]
    what: Text,
    /// What it waits for, and which interceptor holds it.
    #[serde(rename = "for")]
    #[schema(value_type = String)]
    for_what: Text,
    /// Since when.
    #[schema(value_type = String)]
    since: Timestamp,
}

/// Firings of a run that wait for a decision
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/holds",
    tag = "interceptors",
    params(("id" = String, Path, description = "The run.")),
    responses((status = 200, description = "The holds.", body = schemas::Page<Hold>))
)]
pub(crate) async fn holds(State(app): State<App>, Path(run): Path<RunId>) -> Result<Response, Problem> {
    let waits = app.node.run(run).await?.waiting_for.into_iter();
    let items: Vec<Hold> = waits
        .filter_map(|wait| {
            let id = wait.id?.parse().ok()?;
            Some(Hold { id, what: wait.what, for_what: wait.for_what, since: wait.since })
        })
        .collect();
    Ok(Json(schemas::Page { items, next: None }).into_response())
}

/// What becomes of a held firing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    /// `"release"`, `"skip"`, or `{"change": …}`: go on, with this as the event's data.
    #[schema(value_type = serde_json::Value)]
    decision: Decision,
}

/// Decide a held firing
#[utoipa::path(
    post,
    path = "/v1/holds/{hold}",
    tag = "interceptors",
    params(("hold" = String, Path, description = "The hold.", example = "r12.h1")),
    request_body(content((Verdict = "application/json"))),
    responses((status = 204, description = "It is decided."))
)]
pub(crate) async fn decide(
    State(app): State<App>,
    Path(hold): Path<HoldId>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Verdict { decision } = request::json(request).await?;
    app.command_run(hold.run, Input::Decide { hold, decision: Document(decision) }).await?;
    Ok(StatusCode::NO_CONTENT)
}
