//! The description of the API (OpenAPI 3.1).
//!
//! A handler and its description are put on the router by one statement, so that there is no path without one.

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::MEDIA_TYPE;
use crate::{
    App, cache, events, functions, graphs, health, interceptors, metrics, pools, reruns, runs, schedules,
    schemas, stream, tasks, triggers, turns, why, workflows,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Events in; workflows, runs and their triggers; why. Every error is a problem (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(schemas::Problem, schemas::Diagnostic))
)]
struct Described;

/// All handlers that are described, each with its path.
pub(crate) fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(events::publish, events::find))
        .routes(routes!(events::one))
        .routes(routes!(events::dead_letters))
        .routes(routes!(workflows::list))
        .routes(routes!(workflows::apply, workflows::one, workflows::remove))
        .routes(routes!(workflows::start))
        .routes(routes!(graphs::of_workflow))
        .routes(routes!(schedules::list))
        .routes(routes!(schedules::one))
        .routes(routes!(schedules::pause))
        .routes(routes!(schedules::resume))
        .routes(routes!(schedules::backfill))
        .routes(routes!(functions::list))
        .routes(routes!(functions::register, functions::one, functions::remove))
        .routes(routes!(pools::list))
        .routes(routes!(pools::set, pools::one, pools::remove))
        .routes(routes!(runs::list))
        .routes(routes!(runs::one))
        .routes(routes!(runs::wait))
        .routes(routes!(runs::history))
        .routes(routes!(graphs::of_run))
        .routes(routes!(runs::tasks))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::pause))
        .routes(routes!(runs::resume))
        .routes(routes!(reruns::rerun))
        .routes(routes!(turns::next))
        .routes(routes!(turns::answer))
        .routes(routes!(cache::list, cache::clear))
        .routes(routes!(triggers::list, triggers::add))
        .routes(routes!(triggers::set))
        .routes(routes!(triggers::enable))
        .routes(routes!(triggers::disable))
        .routes(routes!(triggers::remove))
        .routes(routes!(interceptors::attach, interceptors::detach))
        .routes(routes!(interceptors::holds))
        .routes(routes!(interceptors::decide))
        .routes(routes!(tasks::one))
        .routes(routes!(tasks::logs))
        .routes(routes!(tasks::heartbeat))
        .routes(routes!(tasks::complete))
        .routes(routes!(tasks::fail))
        .routes(routes!(why::why))
        .routes(routes!(stream::stream))
        .routes(routes!(metrics::metrics))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
}

/// The description as it is sent.
#[derive(Clone)]
pub(crate) struct Description(Bytes);

impl Description {
    pub(crate) fn new(api: &utoipa::openapi::OpenApi) -> Self {
        let mut document = serde_json::to_value(api).expect("a description has only string keys");
        for operation in operations(&mut document) {
            name_by_tag(operation);
        }
        add_problems(&mut document);
        Self(Bytes::from(document.to_string()))
    }

    pub(crate) async fn answer(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// Says of every operation that whatever is not listed is a problem.
fn add_problems(document: &mut Value) {
    let problem = json!({
        "description": "A problem: docs/problems.md tells of each kind.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    document["components"]["responses"] = json!({"Problem": problem});
    for operation in operations(document) {
        if let Some(responses) = operation.get_mut("responses") {
            responses["default"] = json!({"$ref": "#/components/responses/Problem"});
        }
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    paths.flat_map(|path| path.as_object_mut().into_iter().flat_map(|path| path.values_mut()))
}

/// Handlers are named within their module, which is their tag; ids of operations are unique in the document
/// (OpenAPI 3.1, section 4.8.10), so the tag goes before.
fn name_by_tag(operation: &mut Value) {
    let tag = operation.pointer("/tags/0").and_then(Value::as_str).map(str::to_lowercase);
    let id = operation.get("operationId").and_then(Value::as_str);
    if let (Some(tag), Some(id)) = (tag, id) {
        operation["operationId"] = Value::String(format!("{tag}_{id}"));
    }
}
