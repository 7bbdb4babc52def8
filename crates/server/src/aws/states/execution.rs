//! A run as an execution.
//!
//! An execution's ARN is the key that its run was started with. A run that another door has started is an execution too:
//! its name is its key, or else its id.

use serde_json::Value;
use tidegate_engine::view::{FailureView, RunStatus, RunSummary, RunView};
use tidegate_languages::asl::redrive;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, RunId, Timestamp, WorkflowName};
use tidegate_node::QueryError;

use super::machine::Machine;
use super::map_runs::{self, ChildName};
use super::registry;
use crate::App;
use crate::aws::arn::ExecutionArn;
use crate::aws::fault::Fault;
use crate::aws::shelf::Shelf;

/// The version and the alias that executions were started with, by run; of those that were started with one.
const QUALIFIED: Shelf = Shelf("asl.qualified-executions");

/// What an execution was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Qualified {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alias: Option<String>,
}

/// An execution that is there.
pub(super) struct Execution {
    pub(super) arn: ExecutionArn,
    /// The run that it is, or was last.
    pub(super) run: RunId,
    /// All runs that it was, oldest first.
    pub(super) runs: Vec<RunId>,
    pub(super) machine: Machine,
    /// Which item of a distributed Map state it is, where it is one.
    pub(super) child: Option<ChildName>,
}

/// Executions that were redriven, by their ARN.
const REDRIVES: Shelf = Shelf("asl.redrives");

/// What is kept of an execution that was redriven.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Redrives {
    /// When it was started.
    pub(super) started_at: Timestamp,
    /// Its runs, oldest first.
    pub(super) runs: Vec<RunId>,
    /// What the client called its last request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
}

impl Redrives {
    /// How often it was redriven.
    pub(super) fn count(&self) -> usize {
        self.runs.len() - 1
    }

    /// Whether `run` is what the execution is, and not what it was before.
    pub(super) fn is_current(&self, run: RunId) -> bool {
        self.runs.last() == Some(&run)
    }

    /// Remembers this of the execution `arn`.
    pub(super) async fn keep(&self, app: &App, arn: &str) -> Result<(), Fault> {
        REDRIVES.put(app, arn, self).await
    }
}

/// What is kept of these executions, of those that were redriven.
pub(super) async fn redrives(app: &App, arns: Vec<String>) -> Result<Vec<Option<Redrives>>, Fault> {
    let looked =
        app.node.ask(move |partition| arns.iter().map(|arn| REDRIVES.look(partition, arn)).collect());
    Ok(looked.await?)
}

/// The execution of that ARN.
pub(super) async fn find(app: &App, text: &str) -> Result<Execution, Fault> {
    let arn = ExecutionArn::parse(text)?;
    let missing = || Fault::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{text}'"));
    if let Some(child) = ChildName::parse(&arn) {
        return map_runs::execution_of(app, &arn, child).await?.ok_or_else(missing);
    }
    let machine = registry::find_ever(app, &arn.machine()).await?.ok_or_else(missing)?;
    if let Some(Redrives { runs, .. }) = REDRIVES.get(app, text).await?
        && let Some(run) = runs.last().copied()
    {
        return Ok(Execution { arn, run, runs, machine, child: None });
    }
    let run = run_of(app, &machine.workflow, &arn).await?.ok_or_else(missing)?;
    Ok(Execution { arn, run, runs: vec![run], machine, child: None })
}

/// The execution of that ARN, for what is done with those of standard state machines alone.
pub(super) async fn find_standard(app: &App, text: &str) -> Result<Execution, Fault> {
    let arn = ExecutionArn::parse(text)?;
    if arn.express.is_some() {
        return Err(crate::aws::arn::wrong_kind("express"));
    }
    find(app, text).await
}

/// The run that is the execution of that ARN.
async fn run_of(app: &App, workflow: &WorkflowName, arn: &ExecutionArn) -> Result<Option<RunId>, Fault> {
    for key in [&arn.to_string(), &arn.name] {
        if let Some(run) = app.node.run_of_key(workflow, key).await? {
            return Ok(Some(run));
        }
    }
    let Ok(run) = arn.name.parse::<RunId>() else { return Ok(None) };
    match app.node.run(run).await {
        Ok(view) if view.summary.workflow == *workflow && view.summary.key.is_none() => Ok(Some(run)),
        Ok(_) | Err(QueryError::NotFound { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The run of an execution in full.
pub(super) async fn view(app: &App, run: RunId) -> Result<RunView, Fault> {
    app.node.run(run).await.map_err(|error| match error {
        QueryError::NotFound { .. } => {
            Fault::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{run}'"))
        }
        other => other.into(),
    })
}

/// ARN of the execution that a run is.
pub(super) fn arn_of(run: &RunSummary, of: &ExecutionArn) -> String {
    let key = run.key.as_deref().map(|key| redrive::parse_key(key).map_or(key, |(arn, _)| arn));
    match key {
        Some(key) if key.starts_with("arn:") => key.to_owned(),
        Some(key) => ExecutionArn { name: key.to_owned(), express: None, ..of.clone() }.to_string(),
        None => ExecutionArn { name: run.id.to_string(), express: None, ..of.clone() }.to_string(),
    }
}

/// Remembers what an execution was started with.
pub(super) async fn qualify(app: &App, run: RunId, how: &Qualified) -> Result<(), Fault> {
    QUALIFIED.put(app, &run.to_string(), how).await
}

/// What executions were started with.
pub(super) async fn qualified(app: &App, runs: Vec<RunId>) -> Result<Vec<Qualified>, Fault> {
    let looked = app.node.ask(move |partition| {
        let look = |run: &RunId| QUALIFIED.look(partition, &run.to_string()).unwrap_or_default();
        runs.iter().map(look).collect()
    });
    Ok(looked.await?)
}

/// Where an execution is in its life, in AWS's word.
pub(super) fn status(run: &RunSummary) -> &'static str {
    match run.status {
        RunStatus::Running | RunStatus::Standing | RunStatus::Paused => "RUNNING",
        RunStatus::Succeeded => "SUCCEEDED",
        RunStatus::Cancelled => "ABORTED",
        RunStatus::Failed if run.error.as_deref() == Some(errors::TIMEOUT) => "TIMED_OUT",
        RunStatus::Failed => "FAILED",
    }
}

/// Error and cause of an execution that did not succeed, where there is something to say.
pub(super) fn failure(failure: &FailureView) -> (Option<String>, Option<String>) {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match failure.error.as_str() {
        // What the client who stopped it said.
        errors::CANCELLED => {
            let detail = failure.detail.inline_value().unwrap_or_default();
            let member = |name| detail.get(name).and_then(|text| text.as_str()).and_then(said);
            (member("error"), member("cause"))
        }
        errors::TIMEOUT => (None, said(&failure.message)),
        // The engine's own failures are the machine's.
        error if error.starts_with("Tidegate.") => {
            (Some("States.Runtime".to_owned()), said(&format!("{error}: {}", failure.message)))
        }
        error => (said(error), said(&failure.message)),
    }
}

/// The JSON text of some data, wherever it is kept.
pub(super) async fn text(app: &App, data: &Data) -> Result<String, Fault> {
    let content = app.node.payload(data).await?;
    String::from_utf8(content.to_vec()).map_err(|_| Fault::internal("the output is no text"))
}

/// Members of an answer that tell that a text is there in full.
pub(super) fn whole() -> Value {
    serde_json::json!({"included": true})
}
