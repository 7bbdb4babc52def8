//! Functions: what stands under `functions`. Which runtime a function has is told by the key that is there.

use std::collections::BTreeMap;

use tidegate_json::{Map, Value};
use tidegate_model::{FunctionName, FunctionSpec};

use super::reading::{count, mapping, member, name, only_keys, text, time_span, wrong_type};
use super::retry;
use crate::diagnostic::{Reports, quoted};
use crate::nearest::nearest;
use crate::source::{Content, Member, Node};

/// A way to run, as a file and as a program say it.
struct Form {
    /// The key that tells it.
    key: &'static str,
    /// [`tidegate_model::Runtime`] in a program.
    runtime: &'static str,
    /// The key of the same value in a program.
    stored_key: &'static str,
    /// Further keys that it takes.
    keys: &'static [&'static str],
}

const FORMS: &[Form] = &[
    Form { key: "command", runtime: "command", stored_key: "command", keys: &["directory"] },
    Form { key: "url", runtime: "http", stored_key: "url", keys: &["format", "headers"] },
    Form { key: "python", runtime: "python", stored_key: "handler", keys: &["directory"] },
    Form { key: "node", runtime: "node", stored_key: "handler", keys: &["directory"] },
    Form { key: "bootstrap", runtime: "provided", stored_key: "bootstrap", keys: &["directory"] },
    Form { key: "service", runtime: "aws", stored_key: "service", keys: &["action"] },
    Form { key: "builtin", runtime: "builtin", stored_key: "builtin", keys: &[] },
];
const BUILTINS: &[&str] = &["noop", "echo", "sleep", "fail"];
const COMMON_KEYS: &[&str] = &["limits", "retry", "environment"];
const LIMITS: &[&str] = &["timeout", "memory_mib", "cpu_seconds", "concurrency", "idle"];

/// The functions that `functions` states, without those that are malformed.
pub(crate) fn read_all(functions: &Node, reports: &mut Reports<'_>) -> BTreeMap<FunctionName, FunctionSpec> {
    let members = mapping(functions, "`functions`", reports).unwrap_or_default();
    let read = members.iter().filter_map(|member| {
        let name = name(&member.key, member.key_span, "the name of a function", reports);
        let spec = read(member, reports);
        Some((name?, spec?))
    });
    read.collect()
}

/// The keys that tell how a function runs.
pub(crate) fn forms() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|form| form.key)
}

/// The other keys that a function has, whichever way it runs.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    FORMS.iter().flat_map(|form| form.keys.iter()).chain(COMMON_KEYS).copied()
}

/// Whether `key` is one of a function's.
pub(crate) fn is_key(key: &str) -> bool {
    forms().chain(keys()).any(|known| known == key)
}

/// The function that a member of `functions` states, or `None` after reporting what is wrong with it.
pub(crate) fn read(function: &Member, reports: &mut Reports<'_>) -> Option<FunctionSpec> {
    let errors_before = reports.errors_count();
    let members = mapping(&function.value, "a function", reports)?;
    let form = form(function, members, reports)?;
    let known: Vec<&str> = [form.key].iter().chain(form.keys).chain(COMMON_KEYS).copied().collect();
    only_keys(members, &known, &format!("a function with `{}`", form.key), reports);
    let mut spec = Map::new();
    spec.insert("runtime", Value::from(form.runtime));
    for Member { key, value, .. } in members {
        if !known.contains(&&**key) {
            continue;
        }
        let stored_key = if **key == *form.key { form.stored_key } else { key };
        spec.insert(stored_key, read_value(key, value, reports).unwrap_or_default());
    }
    if reports.errors_count() > errors_before {
        return None;
    }
    match FunctionSpec::from_value(&Value::from(spec)) {
        Ok(spec) => Some(spec),
        Err(message) => {
            reports.error("file::bad_function", function.key_span, message.as_str());
            None
        }
    }
}

/// How the function runs; `None` after reporting that it is not told, or told twice.
fn form(function: &Member, members: &[Member], reports: &mut Reports<'_>) -> Option<&'static Form> {
    let mut told = members.iter().filter_map(|member| {
        FORMS.iter().find(|form| *form.key == *member.key).map(|form| (form, member.key_span))
    });
    let keys = || FORMS.iter().map(|form| form.key);
    match (told.next(), told.next()) {
        (Some((form, _)), None) => Some(form),
        (Some((first, _)), Some((second, span))) => {
            let message =
                format!("a function runs in one way, and this has `{}` and `{}`", first.key, second.key);
            reports.error("file::conflict", span, message).with_help("remove one of them");
            None
        }
        (None, _) => {
            let message = format!("the function {} does not say how it runs", quoted(&function.key));
            let near = members
                .iter()
                .take(FORMS.len())
                .find_map(|member| Some((member, nearest(&member.key, keys())?)));
            let at = near.map_or(function.key_span, |(member, _)| member.key_span);
            let help = match near {
                Some((_, near)) => format!("did you mean `{near}`?"),
                None => "add one of `command`, `url`, `python`, `node`, `bootstrap`, `service` and `builtin`"
                    .to_owned(),
            };
            reports.error("file::bad_function", at, message).with_help(help);
            None
        }
    }
}

fn read_value(key: &str, node: &Node, reports: &mut Reports<'_>) -> Option<Value> {
    let what = format!("`{key}`");
    match key {
        "command" | "bootstrap" => command_line(node, &what, reports),
        "limits" => limits(node, reports),
        "retry" => retry::read(node, &what, reports),
        "environment" | "headers" => texts(node, &what, reports),
        "builtin" => word(node, &what, BUILTINS, reports),
        "format" => word(node, &what, &["json", "cloudevent"], reports),
        _ => text(node, &what, reports).map(Value::from),
    }
}

fn command_line(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<Value> {
    let is_line = node.as_str().is_some_and(|line| !line.trim().is_empty());
    let is_program = node
        .as_sequence()
        .is_some_and(|words| !words.is_empty() && words.iter().all(|word| word.as_str().is_some()));
    if !is_line && !is_program {
        wrong_type(node, what, "a command line, or a list of a program and its arguments as texts", reports);
        return None;
    }
    Some(node.to_value())
}

fn word(node: &Node, what: &str, words: &[&str], reports: &mut Reports<'_>) -> Option<Value> {
    let given = text(node, what, reports)?;
    if words.contains(&given) {
        return Some(Value::from(given));
    }
    let expected = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    wrong_type(node, what, &format!("one of {expected}"), reports);
    None
}

fn limits(node: &Node, reports: &mut Reports<'_>) -> Option<Value> {
    let members = mapping(node, "`limits`", reports)?;
    only_keys(members, LIMITS, "`limits`", reports);
    for limit in ["timeout", "idle"] {
        if let Some(node) = member(members, limit) {
            time_span(node, &format!("`{limit}`"), reports);
        }
    }
    for limit in ["memory_mib", "cpu_seconds", "concurrency"] {
        if let Some(node) = member(members, limit) {
            count(node, &format!("`{limit}`"), 1, reports);
        }
    }
    Some(node.to_value())
}

/// A mapping from text to text; numbers and truth values count as they are written.
fn texts(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<Value> {
    let mut texts = Map::new();
    for Member { key, value, .. } in mapping(node, what, reports)? {
        let text = match &value.content {
            Content::String(text, _) => Value::String(text.clone()),
            Content::Number(_) | Content::Bool(_) => {
                Value::from(&reports.source().text[value.span.start()..value.span.end()])
            }
            Content::Null | Content::Sequence(_) | Content::Mapping(_) => {
                wrong_type(value, &format!("{what}, {}", quoted(key)), "text", reports);
                continue;
            }
        };
        texts.insert(key.clone(), text);
    }
    Some(Value::from(texts))
}
