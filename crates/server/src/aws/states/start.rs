//! Starting executions.
//!
//! Where a test case of the mock configuration follows the state machine's ARN behind a `#`, the execution is of a version
//! of its own, in which that is mocked.

use serde::Deserialize;
use serde_json::json;
use tidegate_engine::Reply;
use tidegate_json::RawJson;
use tidegate_languages::asl::mock::{Absent, Mocks};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Data, Digest, Input, Labels, RunId, Text, Timestamp};

use super::compiler::{self, Purpose};
use super::execution::{self, Qualified};
use super::machine::{Kind, Machine, Revision};
use super::{name, registry};
use crate::App;
use crate::aws::arn::{ExecutionArn, MachineArn, Qualifier, split_case};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::draw;
use crate::aws::fault::Fault;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    state_machine_arn: Option<String>,
    name: Option<String>,
    input: Option<String>,
}

/// What is to be started.
struct Request {
    machine_arn: MachineArn,
    machine: Machine,
    arn: ExecutionArn,
    input: RawJson,
    /// The test case of the mock configuration.
    case: Option<String>,
}

/// Starts an execution. A second request with the same name and input, while it runs, is answered like the first.
pub(super) async fn start(call: Call) -> Answer {
    let request = read(&call).await?;
    let (run, is_known) = run(&call.app, &request).await?;
    let view = started_at(&call.app, run).await?;
    if is_known && !(request.machine.kind == Kind::Standard && is_same(&call.app, run, &request).await?) {
        return Err(Fault::new(
            "ExecutionAlreadyExists",
            format!("Execution Already Exists: '{}'", request.arn),
        ));
    }
    Ok(json!({"executionArn": request.arn.to_string(), "startDate": seconds(view)}))
}

/// Runs an execution of an express state machine to its end.
pub(super) async fn start_sync(call: Call) -> Answer {
    let request = read(&call).await?;
    if request.machine.kind == Kind::Standard {
        return Err(Fault::new(
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type of state machine",
        ));
    }
    let app = &call.app;
    let (run, _) = run(app, &request).await?;
    app.unless_stopping(app.node.wait_run(run)).await??;
    let view = execution::view(app, run).await?;
    let ended = view.summary.ended_at.unwrap_or(view.summary.started_at);
    let took_ms = ended.0.saturating_sub(view.summary.started_at.0);
    let mut answer = json!({
        "executionArn": request.arn.to_string(),
        "stateMachineArn": request.machine_arn.unqualified().to_string(),
        "name": request.arn.name,
        "startDate": seconds(view.summary.started_at),
        "stopDate": seconds(ended),
        "status": execution::status(&view.summary),
        "input": request.input.as_str(),
        "inputDetails": execution::whole(),
        "billingDetails": {
            // Begun tenths of a second, and begun 64 MB.
            "billedDurationInMilliseconds": (took_ms.max(1) + 99) / 100 * 100,
            "billedMemoryUsedInMB": 64,
        },
    });
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
    Ok(answer)
}

async fn read(call: &Call) -> Result<Request, Fault> {
    let Start { state_machine_arn, name: stated, input } = call.members()?;
    let stated_arn = required(state_machine_arn, "stateMachineArn")?;
    let machine_arn = MachineArn::parse(&stated_arn)?;
    let machine = registry::get(&call.app, &machine_arn).await?;
    if let Some(stated) = &stated {
        name::check(stated)?;
    }
    let input = parsed(input.as_deref().unwrap_or("{}"))?;
    let arn = ExecutionArn {
        place: machine_arn.place.clone(),
        machine: machine.name.clone(),
        name: stated.unwrap_or_else(draw::uuid),
        express: (machine.kind == Kind::Express).then(draw::uuid),
    };
    let case = split_case(&stated_arn).1.map(str::to_owned);
    Ok(Request { machine_arn, machine, arn, input, case })
}

/// Has the run started, and says whether an earlier request had.
async fn run(app: &App, request: &Request) -> Result<(RunId, bool), Fault> {
    let Request { machine_arn, machine, arn, input, case } = request;
    let qualifier = machine_arn.qualifier.as_ref();
    let (revision, version) =
        machine.revision(qualifier, &arn.name).ok_or_else(|| registry::missing(machine_arn))?;
    let program = match case {
        None => revision.program,
        Some(case) => mocked(app, request, revision, case).await?,
    };
    let start = StartRun {
        workflow: machine.workflow.clone(),
        program: Some(program),
        input: Data::Json(input.clone()),
        labels: Labels::NONE,
        key: Some(Text::from(arn.to_string())),
    };
    let answer = app.node.submit(Input::StartRun(start)).await?;
    let (run, is_known) = match answer.reply {
        Reply::Run { run, existing } => (run, existing),
        Reply::Refused(tidegate_engine::Refusal::NotFound { .. }) => {
            return Err(registry::missing(machine_arn));
        }
        Reply::Refused(refusal) => return Err(Fault::validation(refusal.to_string())),
        Reply::Done | Reply::Duplicate { .. } | Reply::Applied { .. } => {
            return Err(Fault::internal("the engine gave an answer of another kind"));
        }
    };
    if !is_known && version.is_some() {
        let alias = match qualifier {
            Some(Qualifier::Alias(alias)) => Some(alias.clone()),
            Some(Qualifier::Version(_)) | None => None,
        };
        execution::qualify(app, run, &Qualified { version, alias }).await?;
    }
    Ok((run, is_known))
}

/// The version of `revision` in which the test case `case` mocks what it mocks.
async fn mocked(app: &App, request: &Request, revision: &Revision, case: &str) -> Result<Digest, Fault> {
    let Request { machine_arn, machine, .. } = request;
    let Some(config) = &app.settings.mocks else {
        let message = format!(
            "There is no test case '{case}': this server has no mock configuration; start it with --mock-config FILE"
        );
        return Err(Fault::new("InvalidName", message));
    };
    let case = config
        .test_case(&machine.name, case)
        .map_err(|unknown| Fault::new("InvalidName", unknown.to_string()))?;
    let definition = registry::definition(app, revision).await?;
    let states = tidegate_languages::asl::definition(&definition, machine.workflow.as_str());
    if let Some(misfit) = states.and_then(|states| case.misfits(&states).into_iter().next()) {
        let place =
            misfit.place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
        return Err(Fault::validation(format!("{}{place}: {}", misfit.file, misfit.message)));
    }
    let purpose = Purpose {
        workflow: &machine.workflow,
        arn: &machine_arn.unqualified().to_string(),
        role: &revision.role,
        kind: machine.kind,
        is_limited: app.settings.aws_limits,
        mocks: Mocks { responses: case.responses(), absent: Absent::Fails },
    };
    let program = compiler::compile(&definition, &purpose)?;
    match app.node.submit(Input::AddVersion { program: Document(program) }).await?.reply {
        Reply::Applied { program, .. } => Ok(program),
        Reply::Refused(tidegate_engine::Refusal::NotFound { .. }) => Err(registry::missing(machine_arn)),
        Reply::Refused(refusal) => Err(Fault::validation(refusal.to_string())),
        Reply::Done | Reply::Duplicate { .. } | Reply::Run { .. } => {
            Err(Fault::internal("the engine gave an answer of another kind"))
        }
    }
}

/// Whether the execution that is there under the name is the one that is asked for: it runs, with the same input.
async fn is_same(app: &App, run: RunId, request: &Request) -> Result<bool, Fault> {
    let view = execution::view(app, run).await?;
    Ok(view.summary.ended_at.is_none() && view.input == request.input.value())
}

async fn started_at(app: &App, run: RunId) -> Result<Timestamp, Fault> {
    let live = app.node.ask(move |partition| partition.run_state(run).map(|state| state.started_at));
    match live.await? {
        Some(at) => Ok(at),
        None => Ok(execution::view(app, run).await?.summary.started_at),
    }
}

fn parsed(input: &str) -> Result<RawJson, Fault> {
    RawJson::parse(input).map_err(|error| {
        let told = in_their_words(input).unwrap_or_else(|| error.message.clone());
        Fault::new("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{told}'"))
    })
}

/// What AWS says of the commonest texts that are no JSON.
fn in_their_words(input: &str) -> Option<String> {
    let text = input.trim_start();
    let first = match text.chars().next() {
        None => return Some("Invalid execution input.".to_owned()),
        Some(first) => first,
    };
    if first.is_alphabetic() {
        let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        return Some(format!(
            "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        ));
    }
    let next = text.strip_prefix('{')?.trim_start().chars().next()?;
    (next != '"' && next != '}').then(|| {
        let code = u32::from(next);
        format!(
            "Unexpected character ('{next}' (code {code})): was expecting double-quote to start field name"
        )
    })
}

#[cfg(test)]
mod tests {
    use tidegate_json::Value;

    use super::*;

    #[test]
    fn an_input_that_is_no_json_is_refused_in_the_words_of_aws() {
        for (input, told) in [
            ("", "Invalid execution input."),
            (
                "not some test",
                "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            ),
            (
                "{'not': 'json'}",
                "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            ),
        ] {
            let fault = parsed(input).unwrap_err();
            assert_eq!(fault.code, "InvalidExecutionInput");
            assert_eq!(fault.message, format!("Invalid State Machine Execution Input: '{told}'"));
        }
        for input in ["2", "\"text\"", "null", "{}"] {
            assert_eq!(parsed(input).unwrap().value(), Value::parse(input).unwrap());
        }
    }
}
