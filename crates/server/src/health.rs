//! For supervisors: whether the process lives, and whether it takes work.

use axum::extract::State;

use crate::problem::Kind;
use crate::{App, Problem};

/// Whether the process lives
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = 200, description = "It does.", content((String = "text/plain"))))
)]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether the server takes work
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses((status = 200, description = "It does.", content((String = "text/plain"))))
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    if app.is_stopping() {
        return Err(Problem::new(Kind::Stopping, "the server is stopping"));
    }
    // The engine's thread has to answer: a process that only listens is of no use.
    app.node.ask(|_| ()).await?;
    if app.node.metrics().failed {
        return Err(Problem::new(Kind::Storage, "the journal has failed; the log says why"));
    }
    Ok("ok\n")
}
