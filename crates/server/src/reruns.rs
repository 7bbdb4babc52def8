//! Reruns: a run that goes on from what another one left.
//!
//! What is kept is read from the facts of the run before, by its language; the new run is given it as data.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tidegate_engine::Reply;
use tidegate_engine::view::RunView;
use tidegate_json::{RawJson, Value};
use tidegate_languages::dag;
use tidegate_languages::dag::rerun::{Again, RerunError, Trace, keep};
use tidegate_model::entry::StartRun;
use tidegate_model::event::Form;
use tidegate_model::{Data, Digest, Fact, Input, Program, RunId};
use tidegate_node::HistoryQuery;
use utoipa::ToSchema;

use crate::problem::Kind;
use crate::request::{self, Path, Query};
use crate::workflows::{self, Start};
use crate::{App, Problem, runs, schemas};

/// Steps that are read at a time.
const STEPS_PER_READ: usize = 1000;

/// What is to be done again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Tasks that run again, with all that comes after them: `TASK`, or `TASK[3]` for that of one instance of a group, or
    /// one item of a map. Without any: from what did not end well.
    #[serde(default)]
    #[schema(example = json!(["parse", "each[3]"]))]
    from: Vec<String>,
    /// The new run's input, where it has another one.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    input: Option<Value>,
    /// Whether it is of the workflow's newest version, and not of that of the run before. Tasks that have changed run again.
    #[serde(default)]
    latest: bool,
}

/// Start a run that keeps what went well in another one
///
/// A run of a DAG that has ended is done again in part: tasks that had ended well end at once as they did; those that did not,
/// those that are named, and all that comes after these run. The run before stays as it is.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/rerun",
    tag = "runs",
    params(
        ("id" = String, Path, description = "The run to go on from."),
        ("Idempotency-Key" = Option<String>, Header,
            description = "A second request with the same key is answered with the run that the first one started."),
        Start
    ),
    request_body(content((Option<Wanted> = "application/json"))),
    responses(
        (status = 201, description = "The new run has started, and with `wait` ended.", body = schemas::Run),
        (status = 200, description = "An earlier request with this key started it.", body = schemas::Run),
        (status = 202, description = "It has not ended in the time to wait.", body = schemas::Run)
    )
)]
pub(crate) async fn rerun(
    State(app): State<App>,
    Path(run): Path<RunId>,
    Query(how): Query<Start>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let key = workflows::key(&headers)?;
    let wanted: Wanted = request::json(request).await?;
    let view = app.node.run(run).await?;
    if view.summary.ended_at.is_none() {
        let problem = Problem::new(Kind::Conflict, format!("run `{run}` has not ended"));
        return Err(problem.help("wait for its end, or cancel it"));
    }
    let before = app.node.program_of(run).await?;
    expect_dag(&before.program, &view)?;
    let version = match (how.version, wanted.latest) {
        (Some(version), _) => version,
        (None, true) => newest(&app, &view).await?,
        (None, false) => view.summary.program,
    };
    let after = app.node.ask(move |partition| partition.program(&version).cloned()).await?;
    let after = after.ok_or_else(|| Problem::not_found("version", version))?;
    expect_dag(&after.program, &view)?;
    let trace = trace(&app, run).await?;
    let again = Again { from: &wanted.from, has_other_input: wanted.input.is_some() };
    let kept = keep(run, &before.program, &after.program, &trace, &again).map_err(refused)?;
    let input = wanted.input.unwrap_or(view.input);
    let start = Value::object([("input", input), ("kept", kept)]);
    let request = StartRun {
        workflow: view.summary.workflow,
        program: Some(version),
        input: Data::json(&start),
        labels: view.labels,
        key,
    };
    let answer = app.command(Input::Rerun { request, of: run }).await?;
    let Reply::Run { run, existing } = answer.reply else { return Err(workflows::unexpected()) };
    let is_in_time = match how.wait {
        Some(wait) => runs::wait_at_most(&app, run, wait).await?,
        None => true,
    };
    let status = match (is_in_time, existing) {
        (false, _) => StatusCode::ACCEPTED,
        (true, true) => StatusCode::OK,
        (true, false) => StatusCode::CREATED,
    };
    let view = runs::view(&app, run).await?;
    Ok((status, [(header::LOCATION, format!("/v1/runs/{run}"))], Json(view)).into_response())
}

fn refused(error: RerunError) -> Problem {
    Problem::new(Kind::Invalid, error.message).help(&error.help)
}

fn expect_dag(program: &Program, view: &RunView) -> Result<(), Problem> {
    if program.language == dag::LANGUAGE {
        return Ok(());
    }
    let (run, workflow) = (view.summary.id, &view.summary.workflow);
    let message = format!(
        "only a run of a DAG is rerun from a task, and run `{run}` is of `{workflow}`, which is none"
    );
    let help = match program.language.as_str() {
        "asl" => "a state machine goes on where it stopped by `RedriveExecution` of AWS's API".to_owned(),
        _ => format!("start it again: `tidegate start {workflow}`"),
    };
    Err(Problem::new(Kind::Invalid, message).help(&help))
}

async fn newest(app: &App, view: &RunView) -> Result<Digest, Problem> {
    let workflow = view.summary.workflow.clone();
    let current = app.node.ask(move |partition| {
        let mut known = partition.workflows();
        known.find(|(name, _)| **name == workflow).and_then(|(_, workflow)| workflow.current)
    });
    current.await?.ok_or_else(|| Problem::not_found("workflow", &view.summary.workflow))
}

/// How the tasks of a run have ended.
async fn trace(app: &App, run: RunId) -> Result<Trace, Problem> {
    let mut trace = Trace::default();
    let mut after = None;
    loop {
        let page = app.node.facts(HistoryQuery { run, after, limit: STEPS_PER_READ }).await?;
        for step in page.steps {
            for fact in step.facts {
                take(app, run, &mut trace, fact).await?;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(trace);
        }
    }
}

/// Takes a fact, with large data at hand.
async fn take(app: &App, run: RunId, trace: &mut Trace, fact: Fact) -> Result<(), Problem> {
    match fact {
        fact if fact.run() != Some(run) => {}
        Fact::RerunStarted { start, .. } => {
            let start = at_hand(app, start).await?.inline_value().unwrap_or_default();
            trace.begin_with(start.get("kept").unwrap_or(&Value::Null));
        }
        Fact::FanOutLeft { run, fan_out, mut results } => {
            for (_, data) in &mut results {
                *data = at_hand(app, std::mem::take(data)).await?;
            }
            trace.take(&Fact::FanOutLeft { run, fan_out, results });
        }
        fact => trace.take(&fact),
    }
    Ok(())
}

/// The same data, wherever it is kept.
async fn at_hand(app: &App, data: Data) -> Result<Data, Problem> {
    let Data::Stored { form, .. } = data else { return Ok(data) };
    let content = app.node.payload(&data).await?;
    Ok(match (form, std::str::from_utf8(&content).ok().map(RawJson::parse)) {
        (Form::Json, Some(Ok(text))) => Data::Json(text),
        (Form::Json | Form::Binary, _) => Data::Binary(content.as_ref().into()),
    })
}
