//! Runs of distributed Map states, as the history of their execution tells of them.

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_node::RunsQuery;

use super::execution::{self, Execution};
use super::machines::with_next;
use super::registry;
use crate::App;
use crate::aws::arn::{ExecutionArn, MachineArn};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};

mod count;

use count::MapRun;

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
    let runs = count::of_run(app, found.run).await?;
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
    let (run, execution) = find(&call.app, &arn).await?;
    let counts = |pending: u64| {
        json!({
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
        })
    };
    let pending = run.items.saturating_sub(run.children.len() as u64);
    let mut answer = json!({
        "mapRunArn": run.arn,
        "executionArn": execution,
        "status": run.status,
        "startDate": seconds(run.started),
        "maxConcurrency": 0,
        "toleratedFailurePercentage": 0.0,
        "toleratedFailureCount": 0,
        "itemCounts": counts(pending),
        "executionCounts": counts(pending),
        "redriveCount": 0,
    });
    if let Some(ended) = run.ended {
        answer["stopDate"] = seconds(ended);
    }
    Ok(answer)
}

/// Changes the bounds of a map run, which is not done here.
pub(super) async fn update(call: Call) -> Answer {
    let Which { map_run_arn } = call.members()?;
    let arn = required(map_run_arn, "mapRunArn")?;
    let (run, _) = find(&call.app, &arn).await?;
    Err(Fault::validation(format!(
        "the bounds of a map run cannot be changed here; this one is {}: '{arn}'",
        run.status
    )))
}

/// Executions of the items of a map run, in their order.
pub(super) async fn children(call: &Call, arn: &str) -> Answer {
    let page: Page = call.members()?;
    let (run, execution) = find(&call.app, arn).await?;
    let machine = arn.replacen(":mapRun:", ":stateMachine:", 1);
    let machine = machine.rsplit_once(':').map_or(machine.as_str(), |(machine, _)| machine);
    let prefix = machine.replacen(":stateMachine:", ":execution:", 1);
    let name = execution.rsplit(':').next().unwrap_or_default();
    let mut sorted = run.children.clone();
    sorted.sort_by_key(|child| child.index);
    let (children, next) = page::cut(sorted, |child| format!("{:010}", child.index), &page)?;
    let items: Vec<Value> = children
        .iter()
        .map(|child| {
            let child_name = format!("{name}-{}", child.index);
            let mut item = json!({
                "executionArn": format!("{prefix}:{child_name}"),
                "stateMachineArn": machine,
                "name": child_name,
                "status": child.status,
                "startDate": seconds(child.started),
                "mapRunArn": run.arn,
                "itemCount": 1,
                "redriveCount": 0,
            });
            if let Some(ended) = child.ended {
                item["stopDate"] = seconds(ended);
            }
            item
        })
        .collect();
    Ok(with_next(json!({"executions": items}), next))
}

/// Runs that are looked through for the one that a map run is of.
const LOOKED_THROUGH_MAX: usize = 1000;

/// The map run of that ARN, and the ARN of its execution: among the latest executions of its state machine.
async fn find(app: &App, arn: &str) -> Result<(MapRun, String), Fault> {
    let missing = || Fault::new("ResourceNotFound", format!("Resource not found: '{arn}'"));
    let (machine, _) = arn.split_once('/').ok_or_else(missing)?;
    let machine = MachineArn::parse(&machine.replacen(":mapRun:", ":stateMachine:", 1))?;
    let known = registry::find_ever(app, &machine).await?.ok_or_else(missing)?;
    let of = ExecutionArn { place: machine.place, machine: machine.name, name: String::new(), express: None };
    let query =
        RunsQuery { before: None, limit: LOOKED_THROUGH_MAX, workflow: Some(known.workflow), status: None };
    for run in app.node.runs(query).await?.runs {
        let runs = count::of_run(app, run.id).await?;
        if let Some(found) = runs.into_iter().find(|map_run| map_run.arn == arn) {
            return Ok((found, execution::arn_of(&run, &of)));
        }
    }
    Err(missing())
}
