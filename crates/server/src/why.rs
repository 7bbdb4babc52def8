//! Why something did, did not, or has not yet happened.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};

use crate::request::{self, Path};
use crate::{App, Problem, schemas};

/// Why a run, a task, a trigger or an event is where it is
#[utoipa::path(
    get,
    path = "/v1/why/{id}",
    tag = "why",
    params(("id" = String, Path, description = "A run `r12`, a task `r12.t3`, a trigger `r12/name` (its slash as \
        `%2F`), or an event by its ledger id.")),
    responses((status = 200, description = "The reasons, as a tree.",
        content((schemas::Reason = "application/json"), (String = "text/plain"))))
)]
pub(crate) async fn why(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reason = app.node.why(&id).await?;
    if request::prefers(&headers, "text/plain") {
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], reason.to_tree()).into_response());
    }
    Ok(Json(reason).into_response())
}
