//! Redriving executions: those that did not succeed go on where they stopped.

use serde::Deserialize;
use serde_json::json;
use tidegate_engine::Reply;
use tidegate_engine::view::{RunStatus, RunView};
use tidegate_json::Value;
use tidegate_languages::asl::redrive::{self, Redrive, Trace};
use tidegate_model::entry::StartRun;
use tidegate_model::{Data, Input, RunId, Text, Timestamp};
use tidegate_node::HistoryQuery;

use super::execution::{self, Execution, Redrives};
use crate::App;
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;

/// Steps that are read at a time.
const STEPS_PER_READ: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    execution_arn: Option<String>,
    client_token: Option<String>,
}

/// Lets an execution go on that did not succeed. What had ended well is not done again.
pub(super) async fn redrive(call: Call) -> Answer {
    let Which { execution_arn, client_token } = call.members()?;
    let app = &call.app;
    let arn = required(execution_arn, "executionArn")?;
    let found = execution::find_standard(app, &arn).await?;
    if found.child.is_some() {
        return Err(not_redrivable(
            "Child workflow executions are redriven with the map run they are of",
            &arn,
        ));
    }
    let view = execution::view(app, found.run).await?;
    let before = execution::redrives(app, vec![arn.clone()]).await?.pop().flatten();
    let is_repeated = |known: &Redrives| client_token.is_some() && known.token == client_token;
    if before.as_ref().is_some_and(is_repeated) {
        return Ok(json!({"redriveDate": seconds(view.summary.started_at)}));
    }
    match view.summary.status {
        RunStatus::Failed | RunStatus::Cancelled => {}
        RunStatus::Running | RunStatus::Standing | RunStatus::Paused | RunStatus::Succeeded => {
            let status = execution::status(&view.summary);
            return Err(not_redrivable(&format!("Execution is {status} and cannot be redriven"), &arn));
        }
    }
    let mut redrives = before.unwrap_or_else(|| Redrives {
        started_at: view.summary.started_at,
        runs: found.runs.clone(),
        token: None,
    });
    let (run, at) = start(app, &arn, &found, &view, &redrives).await?;
    redrives.runs.push(run);
    redrives.token = client_token;
    redrives.keep(app, &arn).await?;
    Ok(json!({"redriveDate": seconds(at)}))
}

fn not_redrivable(why: &str, arn: &str) -> Fault {
    Fault::new("ExecutionNotRedrivable", format!("{why}: '{arn}'"))
}

/// Starts the run that the execution goes on as. Where a crash came between this and the note of it, the same run is
/// found again, by its key.
async fn start(
    app: &App,
    arn: &str,
    found: &Execution,
    view: &RunView,
    known: &Redrives,
) -> Result<(RunId, Timestamp), Fault> {
    let earlier = of(view);
    let trace = trace(app, found.run, earlier.as_ref()).await?;
    let redrive = Redrive {
        input: earlier.map_or_else(|| view.input.clone(), |earlier| earlier.input),
        started_at: known.started_at,
        count: known.runs.len() as u64,
        events: trace.events(),
        progress: trace.progress(),
    };
    let request = StartRun {
        workflow: view.summary.workflow.clone(),
        program: Some(view.summary.program),
        input: Data::json(&redrive.to_value()),
        labels: view.labels.clone(),
        key: Some(Text::from(redrive::key(arn, redrive.count))),
    };
    match app.node.submit(Input::StartRun(request)).await?.reply {
        Reply::Run { run, .. } => {
            let at = execution::view(app, run).await?.summary.started_at;
            Ok((run, at))
        }
        Reply::Refused(refusal) => Err(not_redrivable(&refusal.to_string(), arn)),
        Reply::Done | Reply::Duplicate { .. } | Reply::Applied { .. } => {
            Err(Fault::internal("the engine gave an answer of another kind"))
        }
    }
}

/// What the run of an execution was redriven with, where it was.
fn of(view: &RunView) -> Option<Redrive> {
    redrive::parse_key(view.summary.key.as_deref()?)?;
    Redrive::of_value(&view.input)
}

/// What the execution was started with, whichever of its runs `view` is.
pub(super) fn input_of(view: &RunView) -> Value {
    of(view).map_or_else(|| view.input.clone(), |redrive| redrive.input)
}

/// How far the execution had come.
async fn trace(app: &App, run: RunId, earlier: Option<&Redrive>) -> Result<Trace, Fault> {
    let mut trace = Trace::new(earlier);
    let mut after = None;
    loop {
        let page = app.node.facts(HistoryQuery { run, after, limit: STEPS_PER_READ }).await?;
        for step in &page.steps {
            step.facts
                .iter()
                .filter(|fact| fact.run() == Some(run))
                .for_each(|fact| trace.take(step.at, fact));
        }
        after = page.next;
        if after.is_none() {
            return Ok(trace);
        }
    }
}
