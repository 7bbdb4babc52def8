//! Functions that are registered for all workflows.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use tidegate_engine::Partition;
use tidegate_model::entry::Document;
use tidegate_model::{FunctionName, FunctionSpec, Input};
use utoipa::ToSchema;

use crate::problem::Kind;
use crate::request::{self, Path};
use crate::{App, Problem, schemas};

/// A function: its name and its specification.
#[derive(Serialize, ToSchema)]
pub(crate) struct FunctionView {
    /// Its name.
    #[schema(value_type = String)]
    function: FunctionName,
    /// How it runs, and within which limits.
    #[schema(value_type = serde_json::Value)]
    spec: Arc<FunctionSpec>,
}

/// Register a function
///
/// Or replace it. The functions of a workflow's own file shadow it.
#[utoipa::path(
    put,
    path = "/v1/functions/{name}",
    tag = "functions",
    params(("name" = String, Path, description = "Its name.")),
    request_body(
        description = "Its specification: `runtime`, and what that runtime needs; see docs/functions.md.",
        content((String = "application/yaml"), (serde_json::Value = "application/json"))
    ),
    responses((status = 200, description = "It is registered.", body = FunctionView))
)]
pub(crate) async fn register(
    State(app): State<App>,
    Path(name): Path<FunctionName>,
    request: Request,
) -> Result<Json<FunctionView>, Problem> {
    let document = request::document(request, name.as_str()).await?;
    let spec = FunctionSpec::from_value(&document)
        .map_err(|message| Problem::new(Kind::Invalid, format!("this is no function: {message}")))?;
    let input = Input::RegisterFunction { name: name.clone(), spec: Document(spec.clone()) };
    app.command(input).await?;
    Ok(Json(FunctionView { function: name, spec: Arc::new(spec) }))
}

/// All functions that are registered
#[utoipa::path(
    get,
    path = "/v1/functions",
    tag = "functions",
    responses((status = 200, description = "By name.", body = schemas::Page<FunctionView>))
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Response, Problem> {
    let items: Vec<FunctionView> = app.node.ask(|partition| views(partition).collect()).await?;
    Ok(Json(schemas::Page { items, next: None }).into_response())
}

fn views(partition: &Partition) -> impl Iterator<Item = FunctionView> {
    partition.functions().map(|(name, spec)| FunctionView { function: name.clone(), spec: Arc::clone(spec) })
}

/// A function
#[utoipa::path(
    get,
    path = "/v1/functions/{name}",
    tag = "functions",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The function.", body = FunctionView))
)]
pub(crate) async fn one(
    State(app): State<App>,
    Path(name): Path<FunctionName>,
) -> Result<Json<FunctionView>, Problem> {
    let wanted = name.clone();
    let found = app.node.ask(move |partition| views(partition).find(|view| view.function == wanted)).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("function", &name))
}

/// Remove a function
#[utoipa::path(
    delete,
    path = "/v1/functions/{name}",
    tag = "functions",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone."))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Path(name): Path<FunctionName>,
) -> Result<StatusCode, Problem> {
    app.command(Input::RemoveFunction { name }).await?;
    Ok(StatusCode::NO_CONTENT)
}
