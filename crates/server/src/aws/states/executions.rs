//! Operations on executions.

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_engine::view::{RunStatus, RunSummary, RunView};
use tidegate_model::{Data, Input, RunId, Text};
use tidegate_node::RunsQuery;

use super::execution::{self, Qualified};
use super::machine::Kind;
use super::machines::{now, with_next};
use super::registry;
use crate::App;
use crate::aws::arn::{ExecutionArn, MachineArn, Qualifier};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};
use crate::problem::Kind as ProblemKind;

/// Longest token of the list of executions, in characters.
const TOKEN_CHARS_MAX: usize = 3096;

/// Runs that are looked through for one page at most, where few of them pass a filter.
const LOOKED_THROUGH_MAX: usize = 100_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    execution_arn: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

/// An execution in full.
pub(super) async fn describe(call: Call) -> Answer {
    let Which { execution_arn, .. } = call.members()?;
    let app = &call.app;
    let found = execution::find_standard(app, &required(execution_arn, "executionArn")?).await?;
    let view = execution::view(app, found.run).await?;
    let machine = found.arn.machine();
    let mut answer = json!({
        "executionArn": found.arn.to_string(),
        "stateMachineArn": machine.to_string(),
        "name": found.arn.name,
        "status": execution::status(&view.summary),
        "startDate": seconds(view.summary.started_at),
        "input": view.input.to_text(),
        "inputDetails": execution::whole(),
        "redriveCount": 0,
    });
    tell_redrive(&mut answer, &view.summary);
    if let Some(ended) = view.summary.ended_at {
        answer["stopDate"] = seconds(ended);
    }
    tell_end(app, &mut answer, &view).await?;
    let how = execution::qualified(app, vec![found.run]).await?;
    tell_qualified(&mut answer, &machine, how.first());
    Ok(answer)
}

fn tell_redrive(answer: &mut Value, run: &RunSummary) {
    let (status, reason) = match run.status {
        RunStatus::Running | RunStatus::Standing | RunStatus::Paused => {
            ("NOT_REDRIVABLE", Some("Execution is RUNNING and cannot be redriven"))
        }
        RunStatus::Succeeded => ("NOT_REDRIVABLE", Some("Execution is SUCCEEDED and cannot be redriven")),
        RunStatus::Failed | RunStatus::Cancelled => ("REDRIVABLE", None),
    };
    answer["redriveStatus"] = json!(status);
    if let Some(reason) = reason {
        answer["redriveStatusReason"] = json!(reason);
    }
}

async fn tell_end(app: &App, answer: &mut Value, view: &RunView) -> Result<(), Fault> {
    if let Some(output) = &view.output {
        answer["output"] = json!(execution::text(app, output).await?);
        answer["outputDetails"] = execution::whole();
    }
    if let Some(failure) = &view.failure {
        let (error, cause) = execution::failure(failure);
        for (name, text) in [("error", error), ("cause", cause)] {
            if let Some(text) = text {
                answer[name] = json!(text);
            }
        }
    }
    Ok(())
}

fn tell_qualified(answer: &mut Value, machine: &MachineArn, how: Option<&Qualified>) {
    let Some(Qualified { version, alias }) = how else { return };
    if let Some(version) = version {
        answer["stateMachineVersionArn"] = json!(machine.version(*version).to_string());
    }
    if let Some(alias) = alias {
        answer["stateMachineAliasArn"] = json!(machine.alias(alias).to_string());
    }
}

/// The state machine as it was when an execution started.
pub(super) async fn describe_machine(call: Call) -> Answer {
    let Which { execution_arn, .. } = call.members()?;
    let app = &call.app;
    let found = execution::find_standard(app, &required(execution_arn, "executionArn")?).await?;
    let view = execution::view(app, found.run).await?;
    let program = view.summary.program;
    let versions = found.machine.versions.iter().map(|version| &version.revision);
    let known = versions.chain([&found.machine.current]).find(|revision| revision.program == program);
    let mut revision = known.unwrap_or(&found.machine.current).clone();
    revision.program = program;
    let mut answer = json!({
        "stateMachineArn": found.arn.machine().to_string(),
        "name": found.machine.name,
        "definition": registry::definition(app, &revision).await?.as_str(),
        "roleArn": revision.role,
        "updateDate": seconds(found.machine.updated),
        "loggingConfiguration": revision.logging,
        "tracingConfiguration": revision.tracing,
    });
    if let Some(id) = &revision.id {
        answer["revisionId"] = json!(id);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    state_machine_arn: Option<String>,
    map_run_arn: Option<String>,
    status_filter: Option<String>,
    redrive_filter: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Executions of a state machine, of one version or of one alias; newest first.
pub(super) async fn list(call: Call) -> Answer {
    let request: List = call.members()?;
    let size = request.page.size()?;
    let before: Option<RunId> = request.page.start(TOKEN_CHARS_MAX)?;
    let statuses = "[RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]";
    if let Some(status) = request.status_filter.as_deref().filter(|status| !is_status(status)) {
        let constraint = format!("Member must satisfy enum value set: {statuses}");
        return Err(Fault::constraint(status, "statusFilter", &constraint));
    }
    let text = match (request.state_machine_arn, request.map_run_arn) {
        (Some(text), None) => text,
        (None, Some(map_run)) => return super::map_runs::children(&call, &map_run).await,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Fault::validation(
                "1 validation error detected: Must provide a StateMachine ARN or MapRun ARN",
            ));
        }
    };
    let arn = MachineArn::parse(&text)?;
    let machine = registry::get(&call.app, &arn).await?;
    if machine.kind == Kind::Express {
        return Err(Fault::new(
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type of state machine",
        ));
    }
    let filter = Filter {
        arn: arn.clone(),
        status: request.status_filter,
        is_redriven: request.redrive_filter.as_deref() == Some("REDRIVEN"),
    };
    let (runs, next) = filter.runs(&call.app, &machine.workflow, before, size).await?;
    let of =
        ExecutionArn { place: arn.place.clone(), machine: machine.name, name: String::new(), express: None };
    let items: Vec<Value> = runs.iter().map(|(run, how)| item(run, how, &of)).collect();
    Ok(with_next(json!({"executions": items}), next))
}

fn is_status(word: &str) -> bool {
    ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"].contains(&word)
}

fn item(run: &RunSummary, how: &Qualified, of: &ExecutionArn) -> Value {
    let arn = execution::arn_of(run, of);
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    let mut item = json!({
        "executionArn": arn,
        "stateMachineArn": of.machine().to_string(),
        "name": name,
        "status": execution::status(run),
        "startDate": seconds(run.started_at),
        "redriveCount": 0,
    });
    if let Some(ended) = run.ended_at {
        item["stopDate"] = seconds(ended);
    }
    tell_qualified(&mut item, &of.machine(), Some(how));
    item
}

/// Which executions are listed.
struct Filter {
    arn: MachineArn,
    status: Option<String>,
    is_redriven: bool,
}

impl Filter {
    /// The runs that pass, newest first, and the token of the next page.
    async fn runs(
        &self,
        app: &App,
        workflow: &tidegate_model::WorkflowName,
        mut before: Option<RunId>,
        size: usize,
    ) -> Result<(Vec<(RunSummary, Qualified)>, Option<String>), Fault> {
        let mut found = Vec::new();
        let mut looked_through = 0;
        // Nothing was ever redriven.
        if self.is_redriven {
            return Ok((found, None));
        }
        loop {
            let query = RunsQuery {
                before,
                limit: size,
                workflow: Some(workflow.clone()),
                status: self.run_status(),
            };
            let page = app.node.runs(query).await?;
            looked_through += page.runs.len();
            before = page.next;
            let ids = page.runs.iter().map(|run| run.id).collect();
            let how = execution::qualified(app, ids).await?;
            let passing = page.runs.into_iter().zip(how).filter(|(run, how)| self.passes(run, how));
            for (run, how) in passing {
                if found.len() == size {
                    let last: Option<&(RunSummary, Qualified)> = found.last();
                    let next = last.map(|(last, _)| page::token(&last.id));
                    return Ok((found, next));
                }
                found.push((run, how));
            }
            if before.is_none() || looked_through >= LOOKED_THROUGH_MAX {
                break;
            }
        }
        let next = before.map(|before| page::token(&before));
        Ok((found, next))
    }

    fn run_status(&self) -> Option<RunStatus> {
        match self.status.as_deref()? {
            "RUNNING" => Some(RunStatus::Running),
            "SUCCEEDED" => Some(RunStatus::Succeeded),
            "ABORTED" => Some(RunStatus::Cancelled),
            _ => Some(RunStatus::Failed),
        }
    }

    fn passes(&self, run: &RunSummary, how: &Qualified) -> bool {
        let is_of = match &self.arn.qualifier {
            None => true,
            Some(Qualifier::Version(version)) => how.version == Some(*version),
            Some(Qualifier::Alias(alias)) => how.alias.as_ref() == Some(alias),
        };
        is_of && self.status.as_deref().is_none_or(|status| status == execution::status(run))
    }
}

/// Ends an execution. One that has ended stays as it is.
pub(super) async fn stop(call: Call) -> Answer {
    let Which { execution_arn, error, cause } = call.members()?;
    let app = &call.app;
    let found = execution::find_standard(app, &required(execution_arn, "executionArn")?).await?;
    let run = found.run;
    let said =
        [("error", error), ("cause", cause)].into_iter().filter_map(|(name, text)| Some((name, text?)));
    let detail = Data::json(&tidegate_json::Value::object(said));
    let input = Input::CancelWith { run, reason: Text::const_new("stopped by StopExecution"), detail };
    match app.command_run(run, input).await {
        Ok(_) => {}
        Err(problem) if problem.kind() == ProblemKind::Conflict => {}
        Err(problem) => return Err(problem.into()),
    }
    let ended = execution::view(app, run).await?.summary.ended_at;
    Ok(json!({"stopDate": seconds(ended.unwrap_or_else(now))}))
}

/// Runs an execution again from where it failed, which is not done here.
pub(super) async fn redrive(call: Call) -> Answer {
    let Which { execution_arn, .. } = call.members()?;
    let app = &call.app;
    let arn = required(execution_arn, "executionArn")?;
    let found = execution::find_standard(app, &arn).await?;
    let status = execution::status(&execution::view(app, found.run).await?.summary);
    Err(Fault::new(
        "ExecutionNotRedrivable",
        format!("Execution is {status} and cannot be redriven: '{arn}'"),
    ))
}
