//! What is said about a state beside its name: what it calls or waits for, and how errors and items are dealt with.

use tidegate_json::Value;

use super::list;
use super::rule::bare;
use crate::asl::resource::{Pattern, Resource, Service, function_name};

/// What the state calls, waits for, or fails with.
pub(super) fn detail(state: &Value) -> Option<String> {
    match state.get("Type").and_then(Value::as_str)? {
        "Task" => state.get("Resource").and_then(Value::as_str).map(|resource| called(resource, state)),
        "Wait" => wait(state),
        "Fail" => computed(state, "Error", "ErrorPath"),
        "Map" => reader(state),
        _ => None,
    }
}

/// How the state deals with errors, time and items.
pub(super) fn badges(state: &Value) -> Vec<String> {
    let mut badges = Vec::new();
    let number = |field: &str| state.get(field).and_then(Value::as_u64);
    match state.get("Resource").and_then(Value::as_str).map(Resource::parse) {
        Some(Ok(Resource::Service(Service { pattern: Pattern::TaskToken, .. }))) => {
            badges.push("waits for token".to_owned());
        }
        Some(Ok(Resource::Service(Service { pattern: Pattern::Sync | Pattern::Sync2, .. }))) => {
            badges.push("waits for end".to_owned());
        }
        Some(Ok(Resource::Activity { .. })) => badges.push("activity".to_owned()),
        Some(_) | None => {}
    }
    let processor = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
    let mode = processor.and_then(|processor| processor.pointer("/ProcessorConfig/Mode"));
    if mode.and_then(Value::as_str) == Some("DISTRIBUTED") {
        badges.push("distributed".to_owned());
    }
    if let Some(concurrency) = number("MaxConcurrency").filter(|&concurrency| concurrency > 0) {
        badges.push(format!("{concurrency} at a time"));
    }
    let attempts = |rule: &Value| rule.get("MaxAttempts").and_then(Value::as_u64).unwrap_or(3);
    if let Some(retries) = list(state, "Retry").iter().map(attempts).max().filter(|&retries| retries > 0) {
        badges.push(format!("retry {retries}\u{d7}"));
    }
    if let Some(seconds) = number("TimeoutSeconds") {
        badges.push(format!("timeout {}", duration(seconds)));
    }
    badges
}

/// The errors that a catcher takes.
pub(super) fn errors(catch: &Value) -> String {
    let names: Vec<&str> = list(catch, "ErrorEquals").iter().filter_map(Value::as_str).collect();
    match names[..] {
        ["States.ALL"] => "any error".to_owned(),
        _ => names.join(", "),
    }
}

/// What a task calls: a function by its name, a service by its action.
fn called(resource: &str, state: &Value) -> String {
    match Resource::parse(resource) {
        Ok(Resource::Lambda { function, .. }) => function.to_string(),
        Ok(Resource::Activity { name, .. }) => name.to_string(),
        Ok(Resource::Service(service)) => {
            let what = format!("{}:{}", service.service, service.action);
            match object_of(&what, state) {
                Some(object) => format!("{what} {object}"),
                None => what,
            }
        }
        Err(_) => resource.to_owned(),
    }
}

/// Which function or machine the service is asked about, where the definition names one.
fn object_of(what: &str, state: &Value) -> Option<String> {
    let field = match what {
        "lambda:invoke" => "FunctionName",
        "states:startExecution" => "StateMachineArn",
        _ => return None,
    };
    let arguments = state.get("Arguments").or_else(|| state.get("Parameters"))?;
    let name = arguments.get(field)?.as_str().filter(|name| !name.starts_with("{%"))?;
    match what {
        "lambda:invoke" => Some(function_name(name).to_owned()),
        _ => Some(name.rsplit(':').next().unwrap_or(name).to_owned()),
    }
}

fn wait(state: &Value) -> Option<String> {
    if let Some(seconds) = state.get("Seconds").and_then(Value::as_u64) {
        return Some(duration(seconds));
    }
    if let Some(seconds) = computed(state, "Seconds", "SecondsPath") {
        return Some(format!("{seconds} s"));
    }
    computed(state, "Timestamp", "TimestampPath").map(|until| format!("until {until}"))
}

fn reader(state: &Value) -> Option<String> {
    let resource = state.pointer("/ItemReader/Resource").and_then(Value::as_str);
    if let Some(Ok(Resource::Service(service))) = resource.map(Resource::parse) {
        return Some(format!("items of {}:{}", service.service, service.action));
    }
    computed(state, "Items", "ItemsPath").map(|items| format!("items of {items}"))
}

/// What `field` says, or the path that says where it is to be found.
fn computed(state: &Value, field: &str, path: &str) -> Option<String> {
    let said = state.get(field).or_else(|| state.get(path))?;
    Some(said.as_str().map_or_else(|| said.to_text(), bare))
}

/// Seconds in the unit in which people would say it.
fn duration(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        _ if seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
