//! Operations on executions.

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_engine::view::{RunStatus, RunSummary, RunView};
use tidegate_model::{Data, Input, RunId, Text};
use tidegate_node::RunsQuery;

use super::execution::{self, Qualified, Redrives};
use super::machine::Kind;
use super::machines::{now, with_next};
use super::map_runs;
use super::redrive;
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
    if let Some(child) = &found.child {
        return map_runs::describe_child(app, &found, child).await;
    }
    let view = execution::view(app, found.run).await?;
    let redrives = execution::redrives(app, vec![found.arn.to_string()]).await?.pop().flatten();
    let started_at = redrives.as_ref().map_or(view.summary.started_at, |redrives| redrives.started_at);
    let machine = found.arn.machine();
    let mut answer = json!({
        "executionArn": found.arn.to_string(),
        "stateMachineArn": machine.to_string(),
        "name": found.arn.name,
        "status": execution::status(&view.summary),
        "startDate": seconds(started_at),
        "input": redrive::input_of(&view).to_text(),
        "inputDetails": execution::whole(),
    });
    tell_redrives(&mut answer, &view.summary, redrives.as_ref());
    tell_redrivable(&mut answer, &view.summary);
    if let Some(ended) = view.summary.ended_at {
        answer["stopDate"] = seconds(ended);
    }
    tell_end(app, &mut answer, &view).await?;
    let how = execution::qualified(app, vec![found.run]).await?;
    tell_qualified(&mut answer, &machine, how.first());
    Ok(answer)
}

fn tell_redrives(answer: &mut Value, run: &RunSummary, redrives: Option<&Redrives>) {
    answer["redriveCount"] = json!(redrives.map_or(0, Redrives::count));
    if redrives.is_some() {
        answer["redriveDate"] = seconds(run.started_at);
    }
}

fn tell_redrivable(answer: &mut Value, run: &RunSummary) {
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
        (None, Some(map_run)) => return map_runs::children(&call, &map_run).await,
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
        is_redriven: request.redrive_filter.as_deref().map(|filter| filter == "REDRIVEN"),
    };
    let (runs, next) = filter.runs(&call.app, &machine.workflow, before, size).await?;
    let of =
        ExecutionArn { place: arn.place.clone(), machine: machine.name, name: String::new(), express: None };
    let items: Vec<Value> = runs.iter().map(|found| item(found, &of)).collect();
    Ok(with_next(json!({"executions": items}), next))
}

fn is_status(word: &str) -> bool {
    ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"].contains(&word)
}

fn item(Listed { run, how, redrives }: &Listed, of: &ExecutionArn) -> Value {
    let arn = execution::arn_of(run, of);
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    let mut item = json!({
        "executionArn": arn,
        "stateMachineArn": of.machine().to_string(),
        "name": name,
        "status": execution::status(run),
        "startDate": seconds(redrives.as_ref().map_or(run.started_at, |redrives| redrives.started_at)),
    });
    tell_redrives(&mut item, run, redrives.as_ref());
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
    /// Only those that were redriven, or only those that were not.
    is_redriven: Option<bool>,
}

/// An execution in the list.
struct Listed {
    run: RunSummary,
    how: Qualified,
    redrives: Option<Redrives>,
}

impl Filter {
    /// The runs that pass, newest first, and the token of the next page.
    async fn runs(
        &self,
        app: &App,
        workflow: &tidegate_model::WorkflowName,
        mut before: Option<RunId>,
        size: usize,
    ) -> Result<(Vec<Listed>, Option<String>), Fault> {
        let mut found = Vec::new();
        let mut looked_through = 0;
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
            for listed in self.listed(app, page.runs).await?.into_iter().filter(|listed| self.passes(listed))
            {
                if found.len() == size {
                    let next = found.last().map(|last: &Listed| page::token(&last.run.id));
                    return Ok((found, next));
                }
                found.push(listed);
            }
            if before.is_none() || looked_through >= LOOKED_THROUGH_MAX {
                break;
            }
        }
        let next = before.map(|before| page::token(&before));
        Ok((found, next))
    }

    /// What is kept of these runs.
    async fn listed(&self, app: &App, runs: Vec<RunSummary>) -> Result<Vec<Listed>, Fault> {
        let of = ExecutionArn {
            place: self.arn.place.clone(),
            machine: self.arn.name.clone(),
            name: String::new(),
            express: None,
        };
        let how = execution::qualified(app, runs.iter().map(|run| run.id).collect()).await?;
        let arns = runs.iter().map(|run| execution::arn_of(run, &of)).collect();
        let redrives = execution::redrives(app, arns).await?;
        let parts = runs.into_iter().zip(how).zip(redrives);
        Ok(parts.map(|((run, how), redrives)| Listed { run, how, redrives }).collect())
    }

    fn run_status(&self) -> Option<RunStatus> {
        match self.status.as_deref()? {
            "RUNNING" => Some(RunStatus::Running),
            "SUCCEEDED" => Some(RunStatus::Succeeded),
            "ABORTED" => Some(RunStatus::Cancelled),
            _ => Some(RunStatus::Failed),
        }
    }

    fn passes(&self, Listed { run, how, redrives }: &Listed) -> bool {
        // What an execution was before it was redriven is no execution of its own.
        if redrives.as_ref().is_some_and(|redrives| !redrives.is_current(run.id)) {
            return false;
        }
        if self.is_redriven.is_some_and(|wanted| wanted != redrives.is_some()) {
            return false;
        }
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
    if found.child.is_some() {
        return Err(Fault::validation(format!(
            "an item of a distributed Map state ends with its execution, which is to be stopped: '{}'",
            found.arn
        )));
    }
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
