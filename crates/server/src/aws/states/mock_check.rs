//! Whether what a test of a state is given can be: mocked results and context objects.

use tidegate_json::Value;

use crate::aws::fault::Fault;

/// Looks at a mocked result.
pub(super) fn result(
    result: &Value,
    state: &Value,
    failed_items: Option<u64>,
    mode: Option<&str>,
) -> Result<(), Fault> {
    let items = result.as_array().map(|items| items.len());
    let not_an_array = || Fault::validation("Mocked result must be an array.");
    match state.get("Type").and_then(Value::as_str) {
        Some("Map") if state.get("ResultWriter").is_some() => match result.as_object() {
            Some(_) => Ok(()),
            None => Err(Fault::validation("Mocked result must be a JSON object.")),
        },
        Some("Map") => {
            let items = items.ok_or_else(not_an_array)? as u64;
            if failed_items.is_some_and(|failed| failed > items) {
                let message =
                    "Map iteration failure count must be less than or equal to the number of Map iterations";
                return Err(Fault::validation(message));
            }
            Ok(())
        }
        Some("Parallel") => {
            let items = items.ok_or_else(not_an_array)?;
            let branches =
                state.get("Branches").and_then(Value::as_array).map_or(0, |branches| branches.len());
            if items != branches {
                let message =
                    "Mocked result must contain the same number of items as number of Parallel branches.";
                return Err(Fault::validation(message));
            }
            Ok(())
        }
        _ if mode == Some("NONE") => Ok(()),
        _ => fields(result, state.get("Resource").and_then(Value::as_str).unwrap_or_default()),
    }
}

/// What a member of an answer is to be.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Number,
    Within(f64, f64),
    OneOf(&'static [&'static str]),
}

const STORAGE_CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "OUTPOSTS",
    "GLACIER_IR",
    "SNOW",
    "EXPRESS_ONEZONE",
];

const CAPACITY: &[(&str, Form)] = &[("/ConsumedCapacity/CapacityUnits", Form::Number)];
const EXECUTION: &[(&str, Form)] = &[("/ExecutionArn", Form::Text), ("/StartDate", Form::Text)];

/// Members of the answers of common integrations, by the end of the resource.
const ANSWERS: &[(&str, &[(&str, Form)])] = &[
    (":lambda:invoke", &[("/StatusCode", Form::Number), ("/ExecutedVersion", Form::Text)]),
    (
        ":lambda:getFunction",
        &[
            ("/Configuration/FunctionName", Form::Text),
            ("/Configuration/MemorySize", Form::Within(128.0, 10_240.0)),
            ("/Configuration/Timeout", Form::Within(1.0, f64::MAX)),
        ],
    ),
    (":states:startExecution", EXECUTION),
    (":sfn:startExecution", EXECUTION),
    (":dynamodb:getItem", CAPACITY),
    (":dynamodb:putItem", CAPACITY),
    (":dynamodb:updateItem", CAPACITY),
    (":dynamodb:deleteItem", CAPACITY),
    (
        ":s3:getObject",
        &[
            ("/ContentLength", Form::Number),
            ("/ETag", Form::Text),
            ("/StorageClass", Form::OneOf(STORAGE_CLASSES)),
        ],
    ),
    (":sqs:sendMessage", &[("/MessageId", Form::Text), ("/MD5OfMessageBody", Form::Text)]),
    (":sns:publish", &[("/MessageId", Form::Text), ("/SequenceNumber", Form::Text)]),
    (":events:putEvents", &[("/FailedEntryCount", Form::Number)]),
];

fn fields(result: &Value, resource: &str) -> Result<(), Fault> {
    let Some((_, members)) = ANSWERS.iter().find(|(end, _)| resource.ends_with(end)) else { return Ok(()) };
    for (pointer, form) in *members {
        let Some(what) = result.pointer(pointer).and_then(|value| misfit(value, *form)) else { continue };
        let field = pointer.rsplit('/').next().unwrap_or_default();
        let message = format!("Mock result schema validation error: Field '{field}' {what}");
        return Err(Fault::validation(message));
    }
    Ok(())
}

/// What is wrong with `value`, where something is.
fn misfit(value: &Value, form: Form) -> Option<&'static str> {
    match form {
        Form::Text => value.as_str().is_none().then_some("must be a string"),
        Form::Number => value.as_number().is_none().then_some("must be a number"),
        Form::Within(least, most) => match value.as_f64() {
            None => Some("must be a number"),
            Some(number) if number < least => Some("is less than the minimum value"),
            Some(number) if number > most => Some("exceeds the maximum value"),
            Some(_) => None,
        },
        Form::OneOf(words) => {
            let is_one = value.as_str().is_some_and(|word| words.contains(&word));
            (!is_one).then_some("is not an expected value")
        }
    }
}

/// Members of the context object, and those that are text in each.
const CONTEXT: [(&str, &[&str], &[&str]); 4] = [
    (
        "Execution",
        &["Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"],
        &["Id", "Name", "RoleArn", "StartTime", "RedriveTime"],
    ),
    ("State", &["EnteredTime", "Name", "RetryCount"], &["EnteredTime", "Name"]),
    ("StateMachine", &["Id", "Name"], &["Id", "Name"]),
    ("Task", &["Token"], &["Token"]),
];

/// Looks at a context object.
pub(super) fn context(context: &Value, state: &Value) -> Result<(), Fault> {
    let wrong = |what: String| Err(Fault::validation(format!("Invalid Context object provided: {what}")));
    let Some(members) = context.as_object() else { return wrong("it must be an object".to_owned()) };
    for (name, value) in members.iter() {
        if name == "Map" {
            return wrong("'Map' field is not supported when mocking a Context object".to_owned());
        }
        let Some((_, allowed, texts)) = CONTEXT.iter().find(|(known, _, _)| *known == name.as_str()) else {
            return wrong(format!("Field '{}' is not allowed", name.as_str()));
        };
        for (inner, value) in value.as_object().into_iter().flat_map(|members| members.iter()) {
            if !allowed.contains(&inner.as_str()) {
                return wrong(format!("Field '{}' is not allowed", inner.as_str()));
            }
            if texts.contains(&inner.as_str()) && value.as_str().is_none() {
                return wrong(format!("{}.{} must be a string", name.as_str(), inner.as_str()));
            }
        }
    }
    let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let waits = [".sync", ".sync:2", ".waitForTaskToken"].iter().any(|pattern| resource.ends_with(pattern));
    if members.contains_key("Task") && !waits {
        return wrong(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' \
             service integration pattern"
                .to_owned(),
        );
    }
    Ok(())
}
