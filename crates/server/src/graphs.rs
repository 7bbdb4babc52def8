//! Drawings of workflows and of runs: as data, as SVG, as Mermaid's text, and as text for a terminal.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;
use serde::Deserialize;
use tidegate_engine::view::RunStatus;
use tidegate_graph::progress::State as Progress;
use tidegate_graph::{Graph, mermaid, svg, text};
use tidegate_languages::drawing::{self, Watcher};
use tidegate_languages::orchestration;
use tidegate_languages::orchestration::program::TURN;
use tidegate_model::{Offset, RunId, WorkflowName};
use tidegate_node::HistoryQuery;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Kind;
use crate::request::{Path, Query};
use crate::{App, Problem, schemas, workflows};

/// Steps of a run's history that are read at a time.
const STEPS_PER_READ: usize = 1000;

/// Columns of a line of text where the client does not say.
const WIDTH_DEFAULT: usize = 100;

/// How it is drawn.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// Nodes, edges and groups.
    #[default]
    Json,
    /// A picture.
    Svg,
    /// The text of a Mermaid flowchart.
    Mermaid,
    /// An outline for a terminal.
    Text,
}

/// In which form.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// `json` where it is not said.
    #[serde(default)]
    #[param(inline)]
    format: Form,
    /// Columns of a line of `text`; 100 where it is not said.
    width: Option<usize>,
}

/// In which form, and as of when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct When {
    /// `json` where it is not said.
    #[serde(default)]
    #[param(inline)]
    format: Form,
    /// Columns of a line of `text`; 100 where it is not said.
    width: Option<usize>,
    /// As it was after this journal entry, as history numbers them; as it is where it is not said.
    at: Option<u64>,
}

/// A workflow as a drawing
///
/// A state machine as its states, a DAG as its tasks, everything else as its triggers.
#[utoipa::path(
    get,
    path = "/v1/workflows/{name}/graph",
    tag = "workflows",
    params(("name" = String, Path, description = "Its name."), How),
    responses((status = 200, description = "The drawing.", content(
        (schemas::Graph = "application/json"), (String = "image/svg+xml"), (String = "text/plain")
    )))
)]
pub(crate) async fn of_workflow(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
    Query(How { format, width }): Query<How>,
) -> Result<Response, Problem> {
    let compiled = workflows::newest(&app, &name).await?;
    drawn(move || drawing::graph(&compiled.program), format, width).await
}

/// A run as a drawing
///
/// The drawing of the version of the workflow that it is pinned to, with how far the run has come on each node.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/graph",
    tag = "runs",
    params(("id" = String, Path, description = "The run."), When),
    responses((status = 200, description = "The drawing.", content(
        (schemas::Graph = "application/json"), (String = "image/svg+xml"), (String = "text/plain")
    )))
)]
pub(crate) async fn of_run(
    State(app): State<App>,
    Path(run): Path<RunId>,
    Query(When { format, width, at }): Query<When>,
) -> Result<Response, Problem> {
    let compiled = app.node.program_of(run).await?;
    if compiled.program.language == orchestration::LANGUAGE {
        if at.is_some() {
            let detail = "orchestrations are drawn as they are: of earlier, the history tells";
            return Err(Problem::new(Kind::Invalid, detail).help("leave out `at`"));
        }
        let graph = observed(&app, run).await?;
        return drawn(move || graph, format, width).await;
    }
    let mut watcher = Watcher::new(run, &compiled.program);
    let mut after = None;
    loop {
        let page = app.node.facts(HistoryQuery { run, after, limit: STEPS_PER_READ }).await?;
        let is_in_time = |offset: Offset| at.is_none_or(|at| offset.0 <= at);
        let steps = page.steps.iter().take_while(|step| is_in_time(step.offset));
        steps.flat_map(|step| &step.facts).for_each(|fact| watcher.see(fact));
        after = page.next.filter(|next| is_in_time(*next));
        if after.is_none() {
            break;
        }
    }
    let graph = watcher.into_graph();
    drawn(move || graph, format, width).await
}

/// What a run of an orchestration has asked for so far.
async fn observed(app: &App, run: RunId) -> Result<Graph, Problem> {
    let view = app.node.run(run).await?;
    let triggers = app.node.run_triggers(run).await?;
    let turn = triggers.into_iter().find(|trigger| trigger.name.as_str() == TURN);
    let context = turn.map(|turn| turn.context).unwrap_or_default();
    let end = match view.summary.status {
        RunStatus::Running | RunStatus::Standing | RunStatus::Paused => None,
        RunStatus::Succeeded => Some(Progress::Succeeded),
        RunStatus::Failed => Some(Progress::Failed),
        RunStatus::Cancelled => Some(Progress::Cancelled),
    };
    let graph = orchestration::drawing::graph(view.summary.workflow.as_str(), &context, end);
    Ok(Graph { run: Some(run.to_string()), ..graph })
}

/// The drawing in the form that was asked for. A large one takes a while, so it is made aside.
async fn drawn(
    draw: impl FnOnce() -> Graph + Send + 'static,
    format: Form,
    width: Option<usize>,
) -> Result<Response, Problem> {
    let made = tokio::task::spawn_blocking(move || answer(&draw(), format, width)).await;
    made.map_err(|error| Problem::new(Kind::Internal, format!("the drawing could not be made: {error}")))?
}

fn answer(graph: &Graph, format: Form, width: Option<usize>) -> Result<Response, Problem> {
    let plain = |text: String| ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    match format {
        Form::Json => Ok(Json(graph).into_response()),
        Form::Svg => match svg::svg(graph) {
            Ok(picture) => Ok(([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response()),
            Err(error) => {
                let help = "ask for `format=text`, which has no such limit";
                Err(Problem::new(Kind::MalformedRequest, error.to_string()).help(help))
            }
        },
        Form::Mermaid => Ok(plain(mermaid::mermaid(graph))),
        Form::Text => {
            let style = text::Style { width: width.unwrap_or(WIDTH_DEFAULT), colour: text::Colour::Never };
            Ok(plain(text::text(graph, style)))
        }
    }
}
