//! Versions of functions: configurations that were published and never change.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::functions::{found, members, register};
use super::name::Named;
use super::record::{Configuration, FUNCTIONS, Function};
use super::{Answer, sent};
use crate::App;
use crate::aws::caller::Caller;
use crate::aws::fault::Fault;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Publish {
    description: Option<String>,
}

/// Publishes the latest configuration.
pub(super) async fn publish(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    sent(try_publish(&app, &name, request).await)
}

async fn try_publish(app: &App, name: &str, request: Request) -> Answer {
    let caller = Caller::of(request.headers());
    let named = Named::parse(name, None)?;
    let Publish { description } = members(request).await?;
    let _change = app.aws.change().await;
    let mut function = found(app, &named, &caller).await?;
    let told = published(app, &mut function, description).await?.told(&function.name, &caller);
    FUNCTIONS.put(app, &function.name, &function).await?;
    Ok((StatusCode::CREATED, told))
}

/// The version that the latest configuration is: the last one, where nothing changed since.
pub(super) async fn published(
    app: &App,
    function: &mut Function,
    description: Option<String>,
) -> Result<Configuration, Fault> {
    if let Some(last) = function.versions.last()
        && (Configuration { version: None, description: function.latest.description.clone(), ..last.clone() }
            == function.latest)
    {
        return Ok(last.clone());
    }
    function.last_version += 1;
    let number = function.last_version;
    let description = description.unwrap_or_else(|| function.latest.description.clone());
    let version = Configuration { version: Some(number), description, ..function.latest.clone() };
    let named = Named { name: function.name.clone(), version: Some(number.to_string()) };
    register(app, &named, &version).await?;
    function.versions.push(version.clone());
    Ok(version)
}

/// Versions of a function, the latest configuration first.
pub(super) async fn list(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    let caller = Caller::of(request.headers());
    let listed = async {
        let function = found(&app, &Named::parse(&name, None)?, &caller).await?;
        let all = std::iter::once(&function.latest).chain(&function.versions);
        let versions: Vec<Value> = all.map(|version| version.told(&function.name, &caller)).collect();
        Ok((StatusCode::OK, json!({"Versions": versions})))
    };
    sent(listed.await)
}
