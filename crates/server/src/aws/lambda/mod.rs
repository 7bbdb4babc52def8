//! AWS Lambda (API version 2015-03-31): functions whose code comes in a zip archive, and invoking any function.
//!
//! - `name`: the forms in which a function is named
//! - `record`: what the door keeps of a function, and what it tells of it
//! - `archive`: reading zip archives; `code`: where their content goes
//! - `functions`, `versions`, `permissions`: operations on functions
//! - `invoke`: calling one

mod archive;
mod code;
mod functions;
pub(crate) mod invoke;
mod name;
mod permissions;
mod record;
mod versions;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use http::StatusCode;
use serde_json::Value;

use super::fault::{Fault, json_response, marked};
use crate::App;

pub(crate) use code::Code;

/// Paths of AWS Lambda.
pub(crate) fn routes() -> Router<App> {
    let root = "/2015-03-31/functions";
    let one = "/2015-03-31/functions/{name}";
    let at = |rest: &str| format!("{one}/{rest}");
    Router::new()
        .route(root, post(functions::create).get(functions::list))
        .route(&format!("{root}/"), get(functions::list))
        .route(one, get(functions::get).delete(functions::delete))
        .route(&at("code"), put(functions::update_code))
        .route(&at("configuration"), get(functions::configuration).put(functions::update_configuration))
        .route(&at("versions"), post(versions::publish).get(versions::list))
        .route(&at("policy"), post(permissions::add).get(permissions::policy))
        .route(&at("policy/{statement}"), delete(permissions::remove))
        .route(&at("invocations"), post(invoke::invoke))
        .route("/2020-06-30/functions/{name}/code-signing-config", get(functions::code_signing))
        .route(
            "/2017-03-31/tags/{arn}",
            get(functions::tags).post(functions::add_tags).delete(functions::remove_tags),
        )
}

/// What an operation answers: a status and members.
type Answer = Result<(StatusCode, Value), Fault>;

/// An answer as it is sent; without members there is no body.
fn sent(answer: Answer) -> Response {
    match answer {
        Ok((status, Value::Null)) => marked(status.into_response()),
        Ok((status, members)) => json_response(status, members.to_string(), "application/json"),
        Err(fault) => fault.into_rest(),
    }
}
