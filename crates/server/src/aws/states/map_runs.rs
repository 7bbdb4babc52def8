//! Runs of distributed Map states, as the history of their execution tells of them.
//!
//! The id in a map run's ARN says which run it is part of. An item is an execution of its own to those who look: its name
//! is the id of the map run and its number.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate_engine::Reply;
use tidegate_languages::asl::map_run;
use tidegate_model::{FanOutId, Input, RunId, ScopeId};
use tidegate_node::QueryError;

use super::execution::{self, Execution};
use super::machines::with_next;
use super::registry;
use crate::App;
use crate::aws::arn::{ExecutionArn, MachineArn};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};
use crate::aws::shelf::Shelf;

mod child;
mod count;

pub(super) use child::{ChildName, describe as describe_child, scopes_of};
use count::MapRun;

/// Bounds of map runs that were changed, by ARN.
const BOUNDS: Shelf = Shelf("asl.map-run-bounds");

/// How many items run at a time, and how many may fail; zero for no bound, and for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Bounds {
    max_concurrency: u32,
    tolerated_failure_count: u64,
    tolerated_failure_percentage: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    execution_arn: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Map runs of an execution, in the order in which they started.
pub(super) async fn list(call: Call) -> Answer {
    let List { execution_arn, page } = call.members()?;
    let app = &call.app;
    let found = execution::find_standard(app, &required(execution_arn, "executionArn")?).await?;
    let runs = count::of_execution(app, &found.runs).await?;
    let numbered = runs.into_iter().enumerate();
    let (runs, next) = page::cut(numbered, |(number, _)| format!("{number:010}"), &page)?;
    let items: Vec<Value> = runs.iter().map(|(_, run)| item(run, &found)).collect();
    Ok(with_next(json!({"mapRuns": items}), next))
}

fn item(run: &MapRun, of: &Execution) -> Value {
    let mut item = json!({
        "executionArn": of.arn.to_string(),
        "mapRunArn": run.arn,
        "stateMachineArn": of.arn.machine().to_string(),
        "startDate": seconds(run.started),
    });
    if let Some(ended) = run.ended {
        item["stopDate"] = seconds(ended);
    }
    item
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    map_run_arn: Option<String>,
}

/// A map run: its bounds, and how far it is.
pub(super) async fn describe(call: Call) -> Answer {
    let Which { map_run_arn } = call.members()?;
    let arn = required(map_run_arn, "mapRunArn")?;
    let app = &call.app;
    let (run, execution) = find(app, &arn).await?;
    let bounds = BOUNDS.get(app, &arn).await?.unwrap_or(run.bounds);
    let pending = run.items.saturating_sub(run.children.len() as u64);
    let counts = json!({
        "pending": pending,
        "running": run.count("RUNNING"),
        "succeeded": run.count("SUCCEEDED"),
        "failed": run.count("FAILED"),
        "timedOut": 0,
        "aborted": run.count("ABORTED"),
        "total": run.items,
        "resultsWritten": 0,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 0,
    });
    let mut answer = json!({
        "mapRunArn": run.arn,
        "executionArn": execution.arn.to_string(),
        "status": run.status,
        "startDate": seconds(run.started),
        "maxConcurrency": bounds.max_concurrency,
        "toleratedFailurePercentage": bounds.tolerated_failure_percentage,
        "toleratedFailureCount": bounds.tolerated_failure_count,
        "itemCounts": counts,
        "executionCounts": counts,
        "redriveCount": run.redriven.len(),
    });
    if let Some(at) = run.redriven.last() {
        answer["redriveDate"] = seconds(*at);
    }
    if let Some(ended) = run.ended {
        answer["stopDate"] = seconds(ended);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    map_run_arn: Option<String>,
    max_concurrency: Option<u32>,
    tolerated_failure_count: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
}

/// Changes the bounds of a map run that is under way.
pub(super) async fn update(call: Call) -> Answer {
    let Update { map_run_arn, max_concurrency, tolerated_failure_count, tolerated_failure_percentage } =
        call.members()?;
    let arn = required(map_run_arn, "mapRunArn")?;
    let app = &call.app;
    if tolerated_failure_percentage.is_some_and(|percentage| !(0.0..=100.0).contains(&percentage)) {
        return Err(Fault::validation("toleratedFailurePercentage must be from 0 to 100"));
    }
    let (run, execution) = find(app, &arn).await?;
    let known: Bounds = BOUNDS.get(app, &arn).await?.unwrap_or(run.bounds);
    let bounds = Bounds {
        max_concurrency: max_concurrency.unwrap_or(known.max_concurrency),
        tolerated_failure_count: tolerated_failure_count.unwrap_or(known.tolerated_failure_count),
        tolerated_failure_percentage: tolerated_failure_percentage
            .unwrap_or(known.tolerated_failure_percentage),
    };
    let ended = || Fault::validation(format!("a map run that is {} keeps its bounds: '{arn}'", run.status));
    let fan_out = run.fan_out.filter(|_| run.ended.is_none()).ok_or_else(ended)?;
    let input = Input::BoundMap {
        run: execution.run,
        fan_out: FanOutId(fan_out),
        concurrency: Some(if bounds.max_concurrency == 0 { u32::MAX } else { bounds.max_concurrency }),
        failures_max: Some(bounds.failures_max(run.items)),
    };
    match app.node.submit(input).await?.reply {
        Reply::Done => {}
        Reply::Refused(_) => return Err(ended()),
        Reply::Run { .. } | Reply::Duplicate { .. } | Reply::Applied { .. } => {
            return Err(Fault::internal("the engine gave an answer of another kind"));
        }
    }
    BOUNDS.put(app, &arn, &bounds).await?;
    Ok(json!({}))
}

impl Bounds {
    /// How many of `items` may fail, where either bound binds.
    fn failures_max(self, items: u64) -> u32 {
        let share = (self.tolerated_failure_percentage * items as f64 / 100.0).floor() as u64;
        let count = self.tolerated_failure_count;
        let allowed = match (count, share) {
            (0, share) => share,
            (count, 0) => count,
            (count, share) => count.min(share),
        };
        u32::try_from(allowed).unwrap_or(u32::MAX)
    }
}

/// Executions of the items of a map run, in their order.
pub(super) async fn children(call: &Call, arn: &str) -> Answer {
    let page: Page = call.members()?;
    let (run, _) = find(&call.app, arn).await?;
    let (children, next) = page::cut(run.children.iter(), |(index, _)| format!("{index:010}"), &page)?;
    let items: Vec<Value> =
        children.iter().filter_map(|(index, child)| child::item(&run, **index, child)).collect();
    Ok(with_next(json!({"executions": items}), next))
}

/// The map run of that ARN, and its execution.
async fn find(app: &App, arn: &str) -> Result<(MapRun, Execution), Fault> {
    let missing = || Fault::new("ResourceNotFound", format!("Resource not found: '{arn}'"));
    let (path, id) = arn.rsplit_once(':').ok_or_else(missing)?;
    let (machine, _) = path.split_once('/').ok_or_else(missing)?;
    let machine = MachineArn::parse(&machine.replacen(":mapRun:", ":stateMachine:", 1))?;
    let execution = execution_with(app, &machine, id).await?.ok_or_else(missing)?;
    let runs = count::of_execution(app, &execution.runs).await?;
    let found = runs.into_iter().find(|run| run.arn == arn).ok_or_else(missing)?;
    Ok((found, execution))
}

/// The execution of `machine` that the map run `id` is part of.
async fn execution_with(app: &App, machine: &MachineArn, id: &str) -> Result<Option<Execution>, Fault> {
    let Some(run) = map_run::run_of(id) else { return Ok(None) };
    let Some(known) = registry::find_ever(app, machine).await? else { return Ok(None) };
    let view = match app.node.run(run).await {
        Ok(view) if view.summary.workflow == known.workflow => view,
        Ok(_) | Err(QueryError::NotFound { .. }) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let of = ExecutionArn {
        place: machine.place.clone(),
        machine: machine.name.clone(),
        name: String::new(),
        express: None,
    };
    let arn = execution::arn_of(&view.summary, &of);
    Ok(Some(Box::pin(execution::find(app, &arn)).await?))
}

/// The execution that an item is.
pub(super) async fn execution_of(
    app: &App,
    arn: &ExecutionArn,
    child: ChildName,
) -> Result<Option<Execution>, Fault> {
    let machine = MachineArn::new(arn.place.clone(), &child.machine);
    let Some(around) = execution_with(app, &machine, &child.map_run).await? else { return Ok(None) };
    Ok(Some(Execution { arn: arn.clone(), child: Some(child), ..around }))
}

/// Scopes, for whose notes somebody asks.
pub(super) type Scopes = BTreeSet<(RunId, ScopeId)>;
