//! `cache`: whether a task takes a result that is kept for the same.

use tidegate_json::Value;

use super::reads;
use crate::diagnostic::Reports;
use crate::file::reading::{only_keys, text, time_span, wrong_type};
use crate::source::{Content, Node, Span};

const KEYS: &[&str] = &["ttl", "key", "version"];

/// How the task `node` uses results that are kept; `None` where it does not.
pub(super) fn read(node: &Node, names: &mut Vec<(String, Span)>, reports: &mut Reports<'_>) -> Option<Value> {
    let given = node.get("cache")?;
    let mut cache = Value::object::<&str, Value>([]);
    match &given.content {
        Content::Bool(false) => return None,
        Content::Bool(true) => {}
        Content::Mapping(members) => {
            only_keys(members, KEYS, "`cache`", reports);
            if let Some(ttl) = given.get("ttl").and_then(|ttl| time_span(ttl, "`ttl`", reports)) {
                cache.set("ttl", ttl.to_string());
            }
            if let Some(version) = given.get("version") {
                // `version: 2` is meant as it looks.
                let version = match &version.content {
                    Content::Number(_) => version.to_value().to_text(),
                    _ => text(version, "`version`", reports)?.to_owned(),
                };
                cache.set("version", version);
            }
            if let Some(key) = given.get("key") {
                if node.get("map").is_some() {
                    let message = "items of a map have no `key`: it is not known which of them it is of";
                    reports
                        .error("dag::cache_key", key.span, message)
                        .with_help("put the task into a mapped group: there `key` is of each instance");
                    return None;
                }
                cache.set("key", reads::shape(key, names, reports));
            }
        }
        Content::Null | Content::Number(_) | Content::String(..) | Content::Sequence(_) => {
            wrong_type(given, "`cache`", "`true`, or a mapping as in `{ttl: 7d}`", reports);
            return None;
        }
    }
    let is_control = node.get("control").is_some_and(|flag| matches!(flag.content, Content::Bool(true)));
    for (stranger, why) in [
        (is_control, "its results are envelopes, which may say that there is more to do"),
        (node.get("workflow").is_some(), "a run of a workflow does more than give a result"),
    ] {
        if stranger {
            reports
                .error("dag::cache", given.span, format!("results of this task cannot be kept: {why}"))
                .with_help("remove `cache`, or let a task of its own compute what is to be kept");
            return None;
        }
    }
    Some(cache)
}
