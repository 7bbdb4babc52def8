//! Rewinding: an orchestration that has failed goes on from where it was, as a new run with the past of the old one.
//!
//! What had ended well stays in the past. What failed, or had not ended, is forgotten, so that the program asks for it again.
//! Runs that it had started are waited for again: whoever rewinds has those that failed rewound as well.

use std::collections::BTreeMap;

use tidegate_json::Value;

/// What is known of a run that an orchestration had started and that had not ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Started {
    /// It has a result after all.
    Ended(Value),
    /// It is there, will be there again, or is to be started.
    Open,
}

/// The runs whose ends a context does not know, or as failures: their numbers and what was asked.
#[must_use]
pub fn started(context: &Value) -> BTreeMap<u64, Value> {
    let mut open = super::history::open(&list(context, "past"), &[]);
    for entry in list(context, "past").iter().chain(&list(context, "new")) {
        if entry.get("failed").is_some() && entry.get("index").is_none() {
            let id = entry.get("ended").and_then(Value::as_u64);
            let asked = id.and_then(|id| Some((id, asked(context, id)?)));
            open.extend(asked);
        } else if let Some(id) = entry.get("ended").and_then(Value::as_u64) {
            open.remove(&id);
        }
    }
    open.retain(|_, asked| asked.get("run").is_some());
    open
}

fn asked(context: &Value, id: u64) -> Option<Value> {
    list(context, "past").into_iter().find(|entry| entry.get("asked").and_then(Value::as_u64) == Some(id))
}

fn list(context: &Value, key: &str) -> Vec<Value> {
    context.get(key).and_then(Value::as_array).map(|list| list.to_vec()).unwrap_or_default()
}

/// What a run is to keep of the one whose trigger had `context`, where `runs` is what is known of those that [`started`] tells.
#[must_use]
pub fn kept(
    context: &Value,
    input: Option<&Value>,
    reason: Option<&str>,
    runs: &BTreeMap<u64, Started>,
) -> Value {
    let entries: Vec<Value> = list(context, "past").into_iter().chain(list(context, "new")).collect();
    let number = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_u64);
    let is_well = |entry: &Value| entry.get("result").is_some() && entry.get("index").is_none();
    let well: Vec<u64> =
        entries.iter().filter(|entry| is_well(entry)).filter_map(|entry| number(entry, "ended")).collect();
    let mut past = Vec::with_capacity(entries.len());
    let mut again = Vec::new();
    for entry in entries {
        if let Some(id) = number(&entry, "asked") {
            let is_waited_for = ["call", "map", "timer", "run"].iter().any(|key| entry.get(key).is_some());
            if is_waited_for && !well.contains(&id) && !runs.contains_key(&id) {
                continue;
            }
            if runs.get(&id) == Some(&Started::Open) {
                let mut action = Value::object([("id", id)]);
                action.set("run", entry.get("run").cloned().unwrap_or_default());
                again.push(action);
            }
        } else if number(&entry, "ended").is_some_and(|id| !well.contains(&id)) {
            continue;
        }
        past.push(entry);
    }
    for (id, known) in runs {
        if let Started::Ended(result) = known {
            let mut entry = Value::object([("ended", *id)]);
            entry.set("result", result.clone());
            past.push(entry);
        }
    }
    let mut kept = Value::object([
        ("past", Value::from(past)),
        ("generation", context.get("generation").cloned().unwrap_or_else(|| Value::from(0))),
        ("reason", reason.map_or(Value::Null, Value::from)),
        ("again", Value::from(again)),
    ]);
    if let Some(input) = input {
        kept.set("input", input.clone());
    }
    kept
}
