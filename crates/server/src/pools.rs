//! Pools of the server: how many slots tasks of all runs share.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tidegate_engine::Partition;
use tidegate_engine::pools::{PoolView, SHELF};
use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::{Input, Name, Text};
use utoipa::ToSchema;

use crate::request::{self, Path};
use crate::{App, Problem, schemas};

/// A pool.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pool {
    /// Its name.
    name: String,
    /// How many slots it has.
    slots: u32,
    /// How many of them are taken. More than it has, where it was made smaller meanwhile.
    used: u64,
    /// Tasks that claim of it and wait, for this pool or for another that they claim of as well.
    queued: u64,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// What a pool is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolRequest {
    /// How many slots it has. With 0 it is closed: who claims of it waits.
    slots: u32,
    /// What it is for. Without it, it stays what it is.
    #[serde(default)]
    description: Option<String>,
}

impl From<PoolView> for Pool {
    fn from(view: PoolView) -> Self {
        let PoolView { name, slots, used, queued, description } = view;
        let description = description.map(|description| description.to_string());
        Self { name: name.to_string(), slots, used, queued, description }
    }
}

/// All pools
#[utoipa::path(
    get,
    path = "/v1/pools",
    tag = "pools",
    responses((status = 200, description = "By name.", body = schemas::Page<Pool>))
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<schemas::Page<Pool>>, Problem> {
    let pools = app.node.ask(Partition::pools).await?;
    Ok(Json(schemas::Page { items: pools.into_iter().map(Pool::from).collect(), next: None }))
}

/// A pool
#[utoipa::path(
    get,
    path = "/v1/pools/{name}",
    tag = "pools",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The pool.", body = Pool))
)]
pub(crate) async fn one(State(app): State<App>, Path(name): Path<Name>) -> Result<Json<Pool>, Problem> {
    find(&app, &name).await?.map(Json).ok_or_else(|| Problem::not_found("pool", &name))
}

/// Make a pool
///
/// Or give it another size, which takes effect at once. With fewer slots than are taken, nothing is stopped.
#[utoipa::path(
    put,
    path = "/v1/pools/{name}",
    tag = "pools",
    params(("name" = String, Path, description = "Its name.")),
    request_body = PoolRequest,
    responses((status = 200, description = "The pool as it is now.", body = Pool))
)]
pub(crate) async fn set(
    State(app): State<App>,
    Path(name): Path<Name>,
    request: Request,
) -> Result<Json<Pool>, Problem> {
    let PoolRequest { slots, description } = request::json(request).await?;
    let known = find(&app, &name).await?.and_then(|pool| pool.description);
    let mut record = Value::object([("slots", Value::from(slots))]);
    if let Some(description) = description.or(known) {
        record.set("description", Value::from(description));
    }
    keep(&app, &name, Some(record)).await?;
    find(&app, &name).await?.map(Json).ok_or_else(|| Problem::not_found("pool", &name))
}

/// Remove a pool
///
/// Refused while tasks wait for its slots. Those that hold some go on.
#[utoipa::path(
    delete,
    path = "/v1/pools/{name}",
    tag = "pools",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone; `default_pool` has the size again that it comes with."))
)]
pub(crate) async fn remove(State(app): State<App>, Path(name): Path<Name>) -> Result<StatusCode, Problem> {
    if find(&app, &name).await?.is_none() {
        return Err(Problem::not_found("pool", &name));
    }
    keep(&app, &name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, name: &Name) -> Result<Option<Pool>, Problem> {
    let name = Text::new(name.as_str());
    let pools = app.node.ask(Partition::pools).await?;
    Ok(pools.into_iter().find(|pool| pool.name == name).map(Pool::from))
}

async fn keep(app: &App, name: &Name, record: Option<Value>) -> Result<(), Problem> {
    let shelf = Name::new(SHELF).expect("the name of the shelf is sound");
    let input = Input::PutRecord { shelf, key: Text::new(name.as_str()), record: record.map(Document) };
    app.command(input).await?;
    Ok(())
}
