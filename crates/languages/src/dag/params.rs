//! `params` in a DAG file: a JSON Schema of the run's input, or a mapping of names to defaults or schemas, which becomes one.

use tidegate_json::{Map, Value};

use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{mapping, name};
use crate::schema::{SCHEDULE_MEMBER, Schema};
use crate::source::{Content, Member, Node};

/// Keys by which a mapping is the schema of a parameter.
const SCHEMA_KEYS: [&str; 22] = [
    "type",
    "default",
    "enum",
    "const",
    "description",
    "title",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "items",
    "properties",
    "anyOf",
    "oneOf",
    "allOf",
    "examples",
    "$ref",
];

/// The schema that `node` states; `null` after reporting why there is none.
pub(super) fn read(node: &Node, reports: &mut Reports<'_>) -> Value {
    let Some(members) = mapping(node, "`params`", reports) else { return Value::Null };
    if is_schema(node) {
        let schema = node.to_value();
        return if check(&schema, node, "", reports) { schema } else { Value::Null };
    }
    let mut properties = Map::with_capacity(members.len());
    let mut required = Vec::new();
    let mut is_sound = true;
    for member in members {
        match parameter(member, reports) {
            Some(schema) => {
                if schema.get("default").is_none() {
                    required.push(Value::from(&*member.key));
                }
                properties.insert(member.key.clone(), schema);
            }
            None => is_sound = false,
        }
    }
    if !is_sound {
        return Value::Null;
    }
    let mut schema = Value::object([
        ("type", Value::from("object")),
        ("properties", Value::from(properties)),
        ("additionalProperties", Value::from(false)),
    ]);
    if !required.is_empty() {
        schema.set("required", Value::from(required));
    }
    schema
}

/// Whether it is a schema of the whole input, and no mapping of parameters.
fn is_schema(node: &Node) -> bool {
    let is_text = |key: &str| node.get(key).is_some_and(|value| value.as_str().is_some());
    node.get("type").and_then(Node::as_str) == Some("object") || is_text("$schema")
}

/// The schema of one parameter.
fn parameter(member: &Member, reports: &mut Reports<'_>) -> Option<Value> {
    let parameter = &*member.key;
    name(parameter, member.key_span, "the name of a parameter", reports)?;
    if parameter == SCHEDULE_MEMBER {
        reports
            .error("dag::bad_params", member.key_span, "a parameter cannot be called `schedule`")
            .with_help("scheduled runs learn by that member when and why they start: rename the parameter");
        return None;
    }
    let Content::Mapping(keys) = &member.value.content else {
        // A default alone.
        return Some(Value::object([("default", member.value.to_value())]));
    };
    let is_known = |key: &Member| SCHEMA_KEYS.contains(&&*key.key);
    if !keys.iter().any(is_known) {
        let message =
            format!("the parameter {} says neither what it is nor what it is by default", quoted(parameter));
        reports
            .error("dag::bad_params", member.key_span, message)
            .with_help("add `type`, or put what is meant as its value under `default`");
        return None;
    }
    let schema = member.value.to_value();
    if !check(&schema, &member.value, "", reports) {
        return None;
    }
    Some(schema)
}

/// Reports where `schema`, written at `node`, is no schema, and defaults that it does not allow.
fn check(schema: &Value, node: &Node, pointer: &str, reports: &mut Reports<'_>) -> bool {
    let before = reports.errors_count();
    match Schema::new(schema) {
        Err(mistakes) => {
            for mistake in mistakes {
                let span = node.nearest_span(&mistake.pointer);
                let place = if mistake.pointer.is_empty() {
                    String::new()
                } else {
                    format!(" at `{}`", mistake.pointer)
                };
                reports
                    .error("dag::bad_params", span, format!("this is no JSON Schema{place}: {}", mistake.message))
                    .with_help("see json-schema.org, draft 2020-12; patterns are without look-around, and nothing is fetched");
            }
        }
        Ok(_) => check_defaults(schema, node, pointer, reports),
    }
    reports.errors_count() == before
}

/// Reports defaults that their own schema does not allow.
fn check_defaults(schema: &Value, node: &Node, pointer: &str, reports: &mut Reports<'_>) {
    if let Some(default) = schema.get("default")
        && let Ok(rule) = Schema::new(schema)
    {
        for mistake in rule.mistakes(default) {
            let span = node.nearest_span(&format!("{pointer}/default{}", mistake.pointer));
            reports
                .error(
                    "dag::bad_params",
                    span,
                    format!("the default is not what it may be: {}", mistake.message),
                )
                .with_help("change the default, or what the parameter may be");
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flat_map(|properties| properties.iter()) {
        let token = name.replace('~', "~0").replace('/', "~1");
        check_defaults(property, node, &format!("{pointer}/properties/{token}"), reports);
    }
}
