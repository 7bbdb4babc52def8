//! Schedules: when workflows start by themselves, pausing that, and backfills of the past.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidegate_engine::Reply;
use tidegate_engine::partition::Partition;
use tidegate_engine::view::RunStatus;
use tidegate_languages::schedule::backfill::{self, Backfill, CONCURRENCY_DEFAULT, INTERVALS_MAX};
use tidegate_languages::schedule::{Schedule, Tick};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Data, Input, Labels, Program, RunId, Timestamp, WorkflowName};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Kind;
use crate::request::{self, Path, Query};
use crate::workflows::{key, unexpected};
use crate::{App, Problem, schemas};

/// Ticks that are shown where the client does not say.
const TICKS_DEFAULT: usize = 5;

/// Most ticks that are shown.
const TICKS_MAX: usize = 1000;

/// Most runs of a backfill at one time.
const CONCURRENCY_MAX: u32 = 1000;

/// The schedule of a workflow, and how it is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduleView {
    /// The workflow that it starts.
    #[schema(value_type = String)]
    workflow: WorkflowName,
    /// `active` or `paused`.
    #[schema(value_type = String)]
    status: &'static str,
    /// The standing run that keeps it: what it waits for, and its history.
    #[schema(value_type = String)]
    run: RunId,
    /// Its times, policies and events, as compiled.
    schedule: Value,
    /// The next tick.
    next: Option<String>,
    /// The last tick that was decided on.
    last: Option<String>,
    /// Ticks and events whose runs have not ended.
    running: Value,
    /// What waits for these.
    waiting: Value,
    /// Runs that it has started.
    started: u64,
    /// Ticks that it has skipped.
    skipped: u64,
    /// The last of these, and why.
    last_skip: Value,
    /// The last run of it that failed or could not start, and why.
    last_failure: Value,
}

/// A tick.
#[derive(Serialize, ToSchema)]
pub(crate) struct TickView {
    /// When (UTC).
    time: String,
    /// The same in local time.
    local: String,
    /// Distance of local time from UTC.
    offset: String,
    /// The time zone.
    timezone: String,
    /// When its run starts: later than `time` by the jitter.
    due: String,
    /// The interval that ends with it.
    interval: IntervalView,
}

/// An interval between ticks.
#[derive(Serialize, ToSchema)]
pub(crate) struct IntervalView {
    /// The tick before.
    start: Option<String>,
    /// The tick.
    end: String,
}

/// A schedule and its next ticks.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduleWithTicks {
    #[serde(flatten)]
    view: ScheduleView,
    /// The next ticks.
    #[schema(value_type = Vec<TickView>)]
    ticks: Vec<Value>,
}

/// All schedules
#[utoipa::path(
    get,
    path = "/v1/schedules",
    tag = "schedules",
    responses((status = 200, description = "By the names of their workflows.", body = schemas::Page<ScheduleView>))
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Response, Problem> {
    let list = |partition: &Partition| {
        let names: Vec<WorkflowName> = partition.workflows().map(|(name, _)| name.clone()).collect();
        names.iter().filter_map(|name| view(partition, name)).map(|(view, _)| view).collect()
    };
    let items: Vec<ScheduleView> = app.node.ask(list).await?;
    Ok(Json(schemas::Page { items, next: None }).into_response())
}

/// How many ticks, and from when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Next ticks to show; 5 where it is not said, 1000 at most.
    count: Option<usize>,
    /// Ticks after this: a date or a local time in the schedule's zone, or RFC 3339. Now, where it is not said.
    from: Option<String>,
}

/// The schedule of a workflow and its next ticks
#[utoipa::path(
    get,
    path = "/v1/workflows/{name}/schedule",
    tag = "schedules",
    params(("name" = String, Path, description = "The workflow."), Which),
    responses((status = 200, description = "The schedule.", body = ScheduleWithTicks))
)]
pub(crate) async fn one(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let (view, schedule) = find(&app, &name).await?;
    let from = match &which.from {
        Some(text) => point(&schedule, text, "from")?,
        None => now(),
    };
    let count = which.count.unwrap_or(TICKS_DEFAULT).min(TICKS_MAX);
    let ticks = schedule.next_ticks(from, count).iter().map(tick_value).collect();
    Ok(Json(ScheduleWithTicks { view, ticks }).into_response())
}

/// Pause a schedule
///
/// No run starts by it until it is resumed. What is to become of the ticks until then is what its `catch_up` says.
#[utoipa::path(
    post,
    path = "/v1/workflows/{name}/schedule/pause",
    tag = "schedules",
    params(("name" = String, Path, description = "The workflow.")),
    responses((status = 200, description = "The schedule.", body = ScheduleView))
)]
pub(crate) async fn pause(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
) -> Result<Json<ScheduleView>, Problem> {
    let (view, _) = find(&app, &name).await?;
    told(&app, &name, Input::Pause { run: view.run }).await
}

/// Resume a paused schedule
#[utoipa::path(
    post,
    path = "/v1/workflows/{name}/schedule/resume",
    tag = "schedules",
    params(("name" = String, Path, description = "The workflow.")),
    responses((status = 200, description = "The schedule.", body = ScheduleView))
)]
pub(crate) async fn resume(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
) -> Result<Json<ScheduleView>, Problem> {
    let (view, _) = find(&app, &name).await?;
    told(&app, &name, Input::Resume { run: view.run }).await
}

async fn told(app: &App, name: &WorkflowName, input: Input) -> Result<Json<ScheduleView>, Problem> {
    app.command(input).await?;
    Ok(Json(find(app, name).await?.0))
}

/// Which intervals are to be run, and how.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackfillRequest {
    /// Intervals that begin from here on: a date or a local time in the schedule's zone, or RFC 3339.
    from: String,
    /// And before this.
    to: String,
    /// Runs at one time; 1 where it is not said.
    #[serde(default)]
    concurrency: Option<u32>,
    /// Only say which intervals these are.
    #[serde(default)]
    dry_run: bool,
    /// Input of each run, an object, beside `schedule`.
    #[serde(default)]
    input: Value,
    /// Run again what has been run.
    #[serde(default)]
    again: bool,
}

/// A backfill that was started, or would be.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackfillStarted {
    /// Its run; none of a dry run.
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    /// How many intervals there are.
    intervals: usize,
    /// The first thousand of them, by their ticks.
    #[schema(value_type = Vec<TickView>)]
    ticks: Vec<Value>,
}

/// Run a workflow for intervals of the past
///
/// A backfill is a run of the workflow `NAME:backfill`, which starts one run for each interval, a few at a time. What the
/// schedule or another backfill has run is not run again, as long as it is known.
#[utoipa::path(
    post,
    path = "/v1/workflows/{name}/backfills",
    tag = "schedules",
    params(
        ("name" = String, Path, description = "The workflow, which has a schedule."),
        ("Idempotency-Key" = Option<String>, Header,
            description = "A second request with the same key is answered with the backfill that the first one started.")
    ),
    request_body(content((BackfillRequest = "application/json"))),
    responses(
        (status = 201, description = "The backfill has started.", body = BackfillStarted),
        (status = 200, description = "What it would do, or an earlier request with this key started it.", body = BackfillStarted)
    )
)]
pub(crate) async fn backfill(
    State(app): State<App>,
    Path(name): Path<WorkflowName>,
    request: Request,
) -> Result<Response, Problem> {
    let key = key(request.headers())?;
    let asked: BackfillRequest = request::json(request).await?;
    let (_, schedule) = find(&app, &name).await?;
    let backfill = checked(schedule, &asked)?;
    let ticks = backfill.schedule.ticks_of(backfill.from, backfill.to, backfill.now, INTERVALS_MAX + 1);
    if ticks.is_empty() {
        let detail = "no interval of the schedule that is over begins in that time";
        return Err(Problem::new(Kind::Invalid, detail)
            .help("an interval lasts from one tick to the next: `tidegate schedule next` shows them"));
    }
    if ticks.len() > INTERVALS_MAX {
        let detail = format!("there are more than {INTERVALS_MAX} intervals in that time");
        return Err(Problem::new(Kind::Invalid, detail).help("take a part of them"));
    }
    let (intervals, shown) = (ticks.len(), ticks.iter().take(TICKS_MAX).map(tick_value).collect());
    if asked.dry_run {
        return Ok(Json(BackfillStarted { run: None, intervals, ticks: shown }).into_response());
    }
    let program = backfill::program(&name).ok_or_else(|| {
        Problem::new(Kind::Invalid, format!("the name `{name}` is too long for a backfill"))
    })?;
    let workflow = program.name.clone();
    app.command(Input::Apply { program: Document(program) }).await?;
    let input = Data::json(&backfill.to_value());
    let start = StartRun { workflow, program: None, input, labels: Labels::NONE, key };
    let answer = app.command(Input::StartRun(start)).await?;
    let Reply::Run { run, existing } = answer.reply else { return Err(unexpected()) };
    let status = if existing { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(BackfillStarted { run: Some(run), intervals, ticks: shown })).into_response())
}

fn checked(schedule: Schedule, asked: &BackfillRequest) -> Result<Backfill, Problem> {
    if !schedule.has_times() {
        let detail =
            format!("the schedule of `{}` waits for events, and has no intervals", schedule.workflow);
        return Err(Problem::new(Kind::Invalid, detail).help("start runs of it one by one: `tidegate start`"));
    }
    let (from, to) = (point(&schedule, &asked.from, "from")?, point(&schedule, &asked.to, "to")?);
    let malformed =
        |pointer: &str, detail: String| Problem::new(Kind::MalformedRequest, detail).with("pointer", pointer);
    if to <= from {
        return Err(malformed("/to", format!("`{}` is not after `{}`", asked.to, asked.from)));
    }
    let concurrency = asked.concurrency.unwrap_or(CONCURRENCY_DEFAULT);
    if !(1..=CONCURRENCY_MAX).contains(&concurrency) {
        let detail = format!("`concurrency` is 1 to {CONCURRENCY_MAX}, and this is {concurrency}");
        return Err(malformed("/concurrency", detail));
    }
    if !(asked.input.is_null() || asked.input.is_object()) {
        let detail = "the input is an object, as `schedule` is one of its members".to_owned();
        return Err(malformed("/input", detail));
    }
    let input = tidegate_json::Value::parse(&asked.input.to_string()).unwrap_or_default();
    Ok(Backfill { schedule, from, to, now: now(), concurrency, input, again: asked.again })
}

fn point(schedule: &Schedule, text: &str, what: &str) -> Result<Timestamp, Problem> {
    schedule.point(text).ok_or_else(|| {
        Problem::new(Kind::MalformedRequest, format!("`{what}`: `{text}` is no point in time"))
            .with("pointer", format!("/{what}"))
            .help(
                "it is a date or a local time, as in 2026-01-31 or 2026-01-31T09:00, or 2026-01-31T09:00:00Z",
            )
    })
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn tick_value(tick: &Tick) -> Value {
    serde_json::to_value(tick.to_value()).expect("a JSON value of ours is one of serde_json's")
}

async fn find(app: &App, name: &WorkflowName) -> Result<(ScheduleView, Schedule), Problem> {
    let wanted = name.clone();
    let look = move |partition: &Partition| {
        let mut workflows = partition.workflows();
        let is_known = workflows.any(|(known, workflow)| *known == wanted && workflow.current.is_some());
        (view(partition, &wanted), is_known)
    };
    let (found, is_known) = app.node.ask(look).await?;
    found.ok_or_else(|| match is_known {
        true => Problem::new(Kind::NotFound, format!("workflow `{name}` has no schedule"))
            .help("add one to its file, as in `schedule: \"@daily\"`: see docs/schedules.md"),
        false => Problem::not_found("workflow", name),
    })
}

/// The schedule of `name`, where it has one.
fn view(partition: &Partition, name: &WorkflowName) -> Option<(ScheduleView, Schedule)> {
    let own = Program::schedule_name(name)?;
    let (_, workflow) = partition.workflows().find(|(known, _)| **known == own)?;
    let schedule = Schedule::of(&partition.program(&workflow.current?)?.program)?;
    let run = workflow.standing?;
    let view = partition.run(run)?;
    let vars = serde_json::to_value(&view.vars).expect("a JSON value of ours is one of serde_json's");
    let text = |key: &str| vars[key].as_str().map(str::to_owned);
    let view = ScheduleView {
        workflow: name.clone(),
        status: if view.summary.status == RunStatus::Paused { "paused" } else { "active" },
        run,
        schedule: serde_json::to_value(&schedule).expect("a schedule has only string keys"),
        next: text("next"),
        last: text("last"),
        running: vars["running"].clone(),
        waiting: vars["waiting"].clone(),
        started: vars["started"].as_u64().unwrap_or_default(),
        skipped: vars["skipped"].as_u64().unwrap_or_default(),
        last_skip: vars["last_skip"].clone(),
        last_failure: vars["last_failure"].clone(),
    };
    Some((view, schedule))
}
