//! Turns of orchestrations whose program executes them itself, beside the engine.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use tidegate_json::{RawJson, Value};
use tidegate_languages::orchestration::input_proper;
use tidegate_languages::orchestration::program::TURN;
use tidegate_model::{Input, Outcome, RunId, Span, TaskId};
use utoipa::IntoParams;

use crate::problem::Kind;
use crate::request::{self, Path};
use crate::{App, Problem};

/// Longest time that a request waits for a turn.
const WAIT_MAX: Span = Span::seconds(60);

/// Which turn.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only one whose number is above this.
    #[serde(default)]
    after: u64,
    /// How long to wait for it, as `20s`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "20s")]
    wait: Option<Span>,
    /// Whether to tell the past as well; yes by default.
    #[serde(default)]
    past: Option<bool>,
}

/// A turn that is under way, of a run that has not ended.
pub(crate) struct Turn {
    /// The task whose result is the answer.
    pub(crate) task: TaskId,
    /// Which attempt of it.
    pub(crate) attempt: u32,
    /// Its number in the run.
    pub(crate) number: u64,
}

/// Where a run is with its turns.
pub(crate) enum Standing {
    /// There is no such run, or it has ended.
    Over,
    /// No turn is under way.
    Between,
    /// One is.
    Under(Box<(Turn, Value)>),
}

/// The next turn of a run
///
/// What the program of an orchestration has to know to go on. Answers `204` where no such turn was under way in time, and `410`
/// where the run has ended.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/turn",
    tag = "runs",
    params(("id" = String, Path, description = "The run.", example = "r12"), Which),
    responses(
        (status = 200, description = "The turn, with its history.", body = serde_json::Value),
        (status = 204, description = "There was none in time."),
        (status = 410, description = "The run has ended.")
    )
)]
pub(crate) async fn next(
    State(app): State<App>,
    Path(run): Path<RunId>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let patience = Duration::from_millis(which.wait.unwrap_or_default().min(WAIT_MAX).0);
    let end = tokio::time::Instant::now() + patience;
    let mut offers = app.node.runtimes().watch_external();
    loop {
        offers.mark_unchanged();
        match standing(&app, run).await? {
            Standing::Over => {
                app.node.run(run).await?;
                return Ok(Problem::new(Kind::Gone, format!("run `{run}` has ended")).into_response());
            }
            Standing::Under(found) if found.0.number > which.after => {
                let mut turn = found.1;
                if which.past == Some(false) {
                    turn.as_object_mut().map(|turn| turn.remove("past"));
                }
                return Ok(Json(turn).into_response());
            }
            Standing::Under(_) | Standing::Between => {}
        }
        // The run may also end while a client waits; it asks again then.
        let ended = app.node.wait_run(run);
        let changed = async {
            tokio::select! {
                _ = offers.changed() => {}
                _ = ended => {}
            }
        };
        if app.unless_stopping(tokio::time::timeout_at(end, changed)).await?.is_err() {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
}

/// Answer a turn
///
/// `409` where that turn is not under way: it was answered before.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/turns/{turn}",
    tag = "runs",
    params(
        ("id" = String, Path, description = "The run.", example = "r12"),
        ("turn" = u64, Path, description = "The number of the turn.")
    ),
    request_body(content((serde_json::Value = "application/json"))),
    responses(
        (status = 204, description = "It is recorded."),
        (status = 409, description = "That turn is not under way.")
    )
)]
pub(crate) async fn answer(
    State(app): State<App>,
    Path((run, number)): Path<(RunId, u64)>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let answer: RawJson = request::json(request).await?;
    match standing(&app, run).await? {
        Standing::Under(found) if found.0.number == number => {
            let Turn { task, attempt, .. } = found.0;
            app.command(Input::TaskEnded { task, attempt, outcome: Outcome::succeeded(answer) }).await?;
            app.node.runtimes().abandon(task);
            Ok(StatusCode::NO_CONTENT)
        }
        Standing::Over | Standing::Between | Standing::Under(_) => {
            app.node.run(run).await?;
            let detail = format!("turn {number} of run `{run}` is not under way");
            Err(Problem::new(Kind::Conflict, detail)
                .help("ask for the turn that is: it has the history so far"))
        }
    }
}

/// Where `run` is with its turns, and what the one under way is given.
pub(crate) async fn standing(app: &App, run: RunId) -> Result<Standing, Problem> {
    let standing = app.node.ask(move |partition| {
        let Some(look) = partition.look(run, TURN) else { return Standing::Over };
        let number = look.context.get("turn").and_then(Value::as_u64).unwrap_or(0);
        let Some((task, attempt)) = look.task(TURN) else { return Standing::Between };
        let part = |key: &str| look.context.get(key).cloned();
        let list = |key: &str| part(key).unwrap_or_else(|| Value::array::<Value>([]));
        // What came after the turn had begun is for the next one.
        let mut new = list("new");
        let seen = part("seen").as_ref().and_then(Value::as_usize).unwrap_or(0);
        if let Some(new) = new.as_array_mut() {
            new.truncate(seen);
        }
        let turn = Value::object([
            ("orchestration", Value::from(look.state().workflow.as_str())),
            ("run", Value::from(run.to_string())),
            ("key", look.state().key.as_deref().map_or(Value::Null, Value::from)),
            ("generation", part("generation").unwrap_or_else(|| Value::from(0))),
            ("turn", Value::from(number)),
            ("input", look.vars().get("input").unwrap_or(input_proper(look.input())).clone()),
            ("past", list("past")),
            ("new", new),
        ]);
        Standing::Under(Box::new((Turn { task, attempt, number }, turn)))
    });
    Ok(standing.await?)
}
