//! One state by itself.
//!
//! What a state computes is computed as in an execution. What it asks others for is played by the mock of the request;
//! without one, the function that a Task state names is called, and the state is told how that ended. Nothing of it is an
//! execution.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tidegate_json::Value;
use tidegate_languages::asl::check::{QueryLanguage, WorkflowType, aws};
use tidegate_languages::asl::rehearse::{self, Performance, Scene, Work};

use super::{mock_check, test_call};
use crate::aws::call::{Answer, Call, required};
use crate::aws::fault::Fault;

/// The name of a state that is given without one.
const NAMELESS: &str = "StateName";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    definition: Option<String>,
    role_arn: Option<String>,
    input: Option<String>,
    inspection_level: Option<String>,
    state_name: Option<String>,
    variables: Option<String>,
    context: Option<String>,
    mock: Option<Mock>,
    #[serde(default)]
    state_configuration: Configuration,
}

/// What plays the work of the state.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mock {
    result: Option<String>,
    error_output: Option<ErrorOutput>,
    field_validation_mode: Option<String>,
}

#[derive(Deserialize)]
struct ErrorOutput {
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    retrier_retry_count: Option<u64>,
    map_iteration_failure_count: Option<u64>,
    map_item_reader_data: Option<String>,
}

/// Runs one state.
pub(super) async fn test(call: Call) -> Answer {
    let request: Test = call.members()?;
    let text = required(request.definition.as_deref(), "definition")?;
    let definition = parsed(text, "definition")?;
    let state = match request.state_name.as_deref() {
        None => definition.clone(),
        Some(name) => {
            find(&definition, name).ok_or_else(|| Fault::validation("State not found in definition"))?
        }
    };
    see_to_the_kind(&state, &request)?;
    see_to_the_definition(text, &definition, &state, &request)?;
    if state.get("Type").and_then(Value::as_str) == Some("Task")
        && request.role_arn.is_none()
        && request.mock.is_none()
    {
        return Err(Fault::validation("RoleArn must be specified when testing a Task state"));
    }
    let work = request.mock.as_ref().map(|mock| work(mock, &state, &request)).transpose()?.flatten();
    if state.get("Type").and_then(Value::as_str) == Some("Task") && work.is_none() {
        test_call::see_to_the_resource(&state)?;
    }
    let context = request.context.as_deref().map(|context| parsed(context, "context")).transpose()?;
    if let Some(context) = &context {
        mock_check::context(context, &state)?;
    }
    let optional = |text: &Option<String>, name| text.as_deref().map(|text| parsed(text, name)).transpose();
    let mut scene = Scene {
        name: request.state_name.clone().unwrap_or_else(|| NAMELESS.to_owned()),
        query_language: definition.get("QueryLanguage").filter(|_| request.state_name.is_some()).cloned(),
        input: optional(&request.input, "input")?.unwrap_or_else(|| Value::object::<&str, Value>([])),
        context,
        variables: optional(&request.variables, "variables")?,
        role_arn: request.role_arn.clone(),
        work,
        retries: request.state_configuration.retrier_retry_count.unwrap_or(0),
        failed_items: request.state_configuration.map_iteration_failure_count,
        items: optional(
            &request.state_configuration.map_item_reader_data,
            "stateConfiguration.mapItemReaderData",
        )?,
        at: super::now(),
        state,
    };
    let mut performance = rehearsed(&scene)?;
    if let Some(asked) = performance.request.take().filter(|_| scene.work.is_none()) {
        scene.work = Some(test_call::carry_out(&call.app, asked).await?);
        performance = rehearsed(&scene)?;
    }
    Ok(answer(performance, request.inspection_level.as_deref()))
}

fn rehearsed(scene: &Scene) -> Result<Performance, Fault> {
    rehearse::rehearse(scene).map_err(|unplayable| {
        let message =
            unplayable.diagnostics.first().map_or("the state cannot be run", |found| &found.message);
        Fault::new("InvalidDefinition", format!("Invalid State Machine Definition: '{message}'"))
    })
}

fn parsed(text: &str, member: &str) -> Result<Value, Fault> {
    Value::parse(text)
        .map_err(|error| Fault::validation(format!("the value of `{member}` is no JSON: {error}")))
}

/// The state `name` of `machine`, or of a machine within it.
fn find(machine: &Value, name: &str) -> Option<Value> {
    let states = machine.get("States")?.as_object()?;
    if let Some(state) = states.get(name) {
        return Some(state.clone());
    }
    states.values().find_map(|state| {
        let branches = state.get("Branches").and_then(Value::as_array);
        let branches = branches.into_iter().flat_map(|branches| branches.iter());
        let processors = [state.get("ItemProcessor"), state.get("Iterator")].into_iter().flatten();
        branches.chain(processors).find_map(|machine| find(machine, name))
    })
}

/// Whether a state of this type can be tested as it is asked for.
fn see_to_the_kind(state: &Value, request: &Test) -> Result<(), Fault> {
    let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
    if request.mock.is_some() && matches!(kind, "Pass" | "Choice" | "Wait" | "Succeed" | "Fail") {
        return Err(Fault::validation(format!(
            "State type '{kind}' is not supported when a mock is specified"
        )));
    }
    if request.mock.is_none() && request.state_configuration.map_iteration_failure_count.is_some() {
        let message = "TestState does not support MapIterationFailureCount when a mock is not specified.";
        return Err(Fault::validation(message));
    }
    if request.mock.is_none() && matches!(kind, "Map" | "Parallel") {
        let message = "TestState API does not support Map or Parallel states. Supported state types include: [Task, \
                       Wait, Pass, Succeed, Fail, Choice]";
        return Err(Fault::new("InvalidDefinition", message));
    }
    Ok(())
}

/// Whether the definition is sound.
fn see_to_the_definition(text: &str, definition: &Value, state: &Value, request: &Test) -> Result<(), Fault> {
    let name = request.state_name.as_deref().unwrap_or(NAMELESS);
    let is_jsonata = definition.get("QueryLanguage").and_then(Value::as_str) == Some("JSONata");
    let language = if is_jsonata { QueryLanguage::Jsonata } else { QueryLanguage::JsonPath };
    let state = if request.state_name.is_some() { state.to_text() } else { text.to_owned() };
    match aws::validate_state(&state, name, language, WorkflowType::Standard).refusal() {
        Some(message) => Err(Fault::new("InvalidDefinition", message)),
        None => Ok(()),
    }
}

/// How the mock has the work end.
fn work(mock: &Mock, state: &Value, request: &Test) -> Result<Option<Work>, Fault> {
    match (&mock.result, &mock.error_output) {
        (Some(_), Some(_)) => {
            let message = "A test mock should have only one of the following fields: [result, errorOutput].";
            Err(Fault::validation(message))
        }
        (Some(result), None) => {
            let result = parsed(result, "mock.result")?;
            let failed = request.state_configuration.map_iteration_failure_count;
            mock_check::result(&result, state, failed, mock.field_validation_mode.as_deref())?;
            Ok(Some(Work::Result(result)))
        }
        (None, Some(ErrorOutput { error, cause })) => {
            let (error, cause) = (error.clone().unwrap_or_default(), cause.clone().unwrap_or_default());
            Ok(Some(Work::Error { error, cause }))
        }
        (None, None) => Ok(None),
    }
}

fn answer(performance: Performance, level: Option<&str>) -> Json {
    let Performance { status, output, error, cause, next, inspection, request: _ } = performance;
    let mut answer = json!({"status": status});
    let members = [
        ("output", output.map(|output| output.to_text())),
        ("error", error),
        ("cause", cause),
        ("nextState", next),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            answer[name] = Json::from(value);
        }
    }
    if matches!(level, Some("DEBUG" | "TRACE")) {
        let members = inspection.into_iter().map(|(name, value)| {
            // Counts and details are values of their own; data is text.
            let is_plain =
                matches!(name.as_str(), "errorDetails" | "maxConcurrency" | "toleratedFailureCount");
            let value = if is_plain {
                serde_json::from_str(&value.to_text()).unwrap_or_default()
            } else {
                Json::from(value.to_text())
            };
            (name, value)
        });
        answer["inspectionData"] = Json::Object(members.collect());
    }
    answer
}
