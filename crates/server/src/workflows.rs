//! Workflows: applying them, looking at them, starting runs.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tidegate_engine::partition::{Partition, Workflow};
use tidegate_engine::{Compiled, Reply};
use tidegate_languages::{Diagnostic, Severity};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Digest, Input, Labels, Program, RunId, Span, Text, WorkflowName};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Kind, diagnostics_json};
use crate::request::{self, Path, Query};
use crate::{App, Directories, Problem, runs, schemas};

/// Longest `Idempotency-Key`, in bytes.
const KEY_BYTES_MAX: usize = 256;

/// Where the functions of a workflow are.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Place {
    /// Directory on the server's machine that relative paths of functions start from. Only in development, and only
    /// from the same machine.
    directory: Option<String>,
}

/// What became of a workflow that was applied.
#[derive(Serialize, ToSchema)]
pub(crate) struct Applied {
    /// Its name.
    #[schema(value_type = String)]
    workflow: WorkflowName,
    /// Digest of the version.
    #[schema(value_type = String)]
    version: Digest,
    /// Whether this was its version before.
    unchanged: bool,
    /// Its standing run, where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    standing_run: Option<RunId>,
    /// What may not be meant as it is written.
    #[schema(value_type = Vec<schemas::Diagnostic>)]
    warnings: serde_json::Value,
}

/// Apply a workflow
///
/// Compiles a workflow file and makes it the version that new runs get. Runs under way keep theirs; a standing run is
/// replaced.
#[utoipa::path(
    put,
    path = "/v1/workflows/{name}",
    tag = "workflows",
    params(("name" = String, Path, description = "Its name, which must be the one in the file."), Place),
    request_body(
        description = "The workflow file.",
        content((String = "application/yaml"), (serde_json::Value = "application/json"))
    ),
    responses(
        (status = 201, description = "The workflow has a new version.", body = Applied),
        (status = 200, description = "It had this version already.", body = Applied)
    )
)]
pub(crate) async fn apply(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
    Query(place): Query<Place>,
    request: Request,
) -> Result<Response, Problem> {
    let directory = directory(&app, place.directory, &request)?;
    let (text, notation) = request::document_text(request).await?;
    let file_name = notation.file_name(name.as_str());
    let compiled = tokio::task::spawn_blocking(move || tidegate_languages::compile(&text, &file_name));
    let compiled = compiled
        .await
        .map_err(|error| Problem::new(Kind::Internal, format!("the compiler stopped: {error}")))?;
    let Some(mut program) = compiled.program else {
        return Err(Problem::of_diagnostics(Kind::InvalidWorkflow, &errors(&compiled.diagnostics)));
    };
    if program.name != name {
        let detail = format!("the file is of workflow `{}`, the path names `{name}`", program.name);
        return Err(Problem::new(Kind::InvalidWorkflow, detail).with("pointer", "/workflow"));
    }
    program.directory = directory;
    let program = tokio::task::spawn_blocking(move || with_content(program))
        .await
        .map_err(|error| Problem::new(Kind::Internal, format!("reading the functions stopped: {error}")))?;
    let answer = app.command(Input::Apply { program: Document(program) }).await?;
    let Reply::Applied { program: version, unchanged, standing } = answer.reply else {
        return Err(unexpected());
    };
    let warnings = diagnostics_json(&compiled.diagnostics);
    let status = if unchanged { StatusCode::OK } else { StatusCode::CREATED };
    let applied = Applied { workflow: name, version, unchanged, standing_run: standing, warnings };
    Ok((status, Json(applied)).into_response())
}

/// `program` with what the functions are made of whose results are kept.
#[must_use]
pub fn with_content(mut program: Program) -> Program {
    let Some(directory) = program.directory.clone() else { return program };
    let cached = tidegate_languages::dag::cached_functions(&program);
    for (_, spec) in program.functions.iter_mut().filter(|(name, _)| cached.contains(*name)) {
        let content = tidegate_runtimes::content::digest(spec, &directory);
        spec.content = content.map(|digest| Text::from(digest.to_string()));
    }
    program
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    // The first one is the problem's own; warnings come after all errors.
    let (errors, warnings): (Vec<_>, Vec<_>) =
        diagnostics.iter().cloned().partition(|found| found.severity == Severity::Error);
    errors.into_iter().chain(warnings).collect()
}

fn directory(app: &App, stated: Option<String>, request: &Request) -> Result<Option<String>, Problem> {
    let Some(directory) = stated else { return Ok(None) };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_local = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    if app.settings.directories != Directories::FromLoopback || !is_local {
        let detail = "only a client on the same machine may name a directory, and only in development";
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    if !std::path::Path::new(&directory).is_absolute() {
        return Err(Problem::new(Kind::MalformedRequest, format!("`{directory}` is not an absolute path")));
    }
    Ok(Some(directory))
}

pub(crate) fn unexpected() -> Problem {
    Problem::new(Kind::Internal, "the engine gave an answer of another kind")
}

/// A workflow in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowSummary {
    /// Its name.
    #[schema(value_type = String)]
    workflow: WorkflowName,
    /// Digest of the version that new runs get.
    #[schema(value_type = String)]
    version: Digest,
    /// When that version was applied.
    #[schema(value_type = String)]
    applied_at: tidegate_model::Timestamp,
    /// How many versions there are.
    versions: usize,
    /// Its standing run, where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    standing_run: Option<RunId>,
}

fn summary(name: &WorkflowName, workflow: &Workflow) -> Option<WorkflowSummary> {
    let version = workflow.current?;
    let applied = workflow.versions.iter().rfind(|known| known.program == version)?;
    Some(WorkflowSummary {
        workflow: name.clone(),
        version,
        applied_at: applied.applied_at,
        versions: workflow.versions.len(),
        standing_run: workflow.standing,
    })
}

/// All workflows
#[utoipa::path(
    get,
    path = "/v1/workflows",
    tag = "workflows",
    responses((status = 200, description = "By name.", body = schemas::Page<WorkflowSummary>))
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Response, Problem> {
    let list = |partition: &Partition| {
        partition.workflows().filter_map(|(name, workflow)| summary(name, workflow)).collect()
    };
    let items: Vec<WorkflowSummary> = app.node.ask(list).await?;
    Ok(Json(schemas::Page { items, next: None }).into_response())
}

/// A workflow in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowView {
    /// Its name.
    #[schema(value_type = String)]
    workflow: WorkflowName,
    /// Digest of the version that new runs get.
    #[schema(value_type = String)]
    version: Digest,
    /// All versions, oldest first.
    #[schema(value_type = Vec<Version>)]
    versions: Vec<Version>,
    /// Its standing run, where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    standing_run: Option<RunId>,
    /// The language it is written in.
    #[schema(value_type = String)]
    language: Text,
    /// The file it was compiled from.
    #[schema(value_type = String)]
    source: Text,
    /// The compiled triggers.
    #[schema(value_type = serde_json::Value)]
    program: Program,
}

/// A version of a workflow.
#[derive(Serialize, ToSchema)]
pub(crate) struct Version {
    /// Its digest.
    #[schema(value_type = String)]
    version: Digest,
    /// When it was applied.
    #[schema(value_type = String)]
    applied_at: tidegate_model::Timestamp,
}

/// A workflow: its versions, its source, its triggers
#[utoipa::path(
    get,
    path = "/v1/workflows/{name}",
    tag = "workflows",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The workflow.", body = WorkflowView))
)]
pub(crate) async fn one(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
) -> Result<Json<WorkflowView>, Problem> {
    let wanted = name.clone();
    let found = app.node.ask(move |partition| find(partition, &wanted)).await?;
    let (workflow, version, compiled) = found.ok_or_else(|| Problem::not_found("workflow", &name))?;
    let mut program = compiled.program.clone();
    let source = program.source.take().unwrap_or_default();
    let versions = workflow.versions.iter();
    Ok(Json(WorkflowView {
        workflow: name,
        version,
        versions: versions
            .map(|known| Version { version: known.program, applied_at: known.applied_at })
            .collect(),
        standing_run: workflow.standing,
        language: program.language.clone(),
        source,
        program,
    }))
}

/// The newest version of the workflow `name`.
pub(crate) async fn newest(app: &App, name: &WorkflowName) -> Result<Arc<Compiled>, Problem> {
    let wanted = name.clone();
    let found = app.node.ask(move |partition| find(partition, &wanted)).await?;
    let (_, _, compiled) = found.ok_or_else(|| Problem::not_found("workflow", name))?;
    Ok(compiled)
}

fn find(partition: &Partition, name: &WorkflowName) -> Option<(Workflow, Digest, Arc<Compiled>)> {
    let (_, workflow) = partition.workflows().find(|(known, _)| *known == name)?;
    let version = workflow.current?;
    Some((workflow.clone(), version, Arc::clone(partition.program(&version)?)))
}

/// Remove a workflow
///
/// There are no new runs of it, and a standing run ends. Other runs go on.
#[utoipa::path(
    delete,
    path = "/v1/workflows/{name}",
    tag = "workflows",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone."))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Path(workflow): Path<WorkflowName>,
) -> Result<StatusCode, Problem> {
    app.command(Input::RemoveWorkflow { workflow }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How to start a run.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Start {
    /// Wait for its end, for so long at most: `30s`, `2m`; up to `10m`.
    #[param(value_type = Option<String>, example = "30s")]
    pub(crate) wait: Option<Span>,
    /// Digest of the version to run, instead of the newest.
    #[param(value_type = Option<String>)]
    pub(crate) version: Option<Digest>,
}

/// Start a run
///
/// The body is the input. With `wait`, the answer is the run at its end, or with status 202 as it is when the time is
/// over.
#[utoipa::path(
    post,
    path = "/v1/workflows/{name}/runs",
    tag = "runs",
    params(
        ("name" = String, Path, description = "The workflow."),
        ("Idempotency-Key" = Option<String>, Header,
            description = "A second request with the same key is answered with the run that the first one started."),
        Start
    ),
    request_body(description = "The input, JSON; none is `null`.", content((Option<serde_json::Value> = "application/json"))),
    responses(
        (status = 201, description = "The run has started, and with `wait` ended.", body = schemas::Run),
        (status = 200, description = "An earlier request with this key started it.", body = schemas::Run),
        (status = 202, description = "It has not ended in the time to wait.", body = schemas::Run)
    )
)]
pub(crate) async fn start(
    State(app): State<App>,
    Path(workflow): Path<WorkflowName>,
    Query(how): Query<Start>,
    request: Request,
) -> Result<Response, Problem> {
    let key = key(request.headers())?;
    let input = request::json_data(request, app.node.limits().max_bytes).await?;
    let start = StartRun { workflow, program: how.version, input, labels: Labels::NONE, key };
    let answer = app.command(Input::StartRun(start)).await?;
    let Reply::Run { run, existing } = answer.reply else { return Err(unexpected()) };
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

/// The key that a request for a run states.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<Text>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=KEY_BYTES_MAX).contains(&key.len()) => Ok(Some(Text::new(key))),
        Ok(_) | Err(_) => {
            let detail = format!("an `Idempotency-Key` is 1 to {KEY_BYTES_MAX} characters of ASCII");
            Err(Problem::new(Kind::MalformedRequest, detail).with("header", "idempotency-key"))
        }
    }
}
