//! Definitions of functions and containers that stand in the file.

use std::collections::BTreeMap;

use tidegate_json::{Map, Value};
use tidegate_model::{FunctionName, FunctionSpec};

use super::{id_text, known_keys, text_of};
use crate::diagnostic::{Reports, quoted};
use crate::file::function;
use crate::file::reading::{mapping, missing, name, wrong_type};
use crate::source::{Content, Member, Node, Span};

/// Keys of the file under which definitions stand: one, or a list of them.
pub(super) const KEYS: &[&str] = &[
    "function_defs",
    "function_def",
    "function_definitions",
    "functions",
    "container_defs",
    "container_def",
    "container_definitions",
    "containers",
];
const FUNCTION: &[&str] = &[
    "id",
    "function_def_id",
    "destination_id",
    "function_name",
    "environment_variables",
    "description",
    "memory",
    "timeout",
    "runtime",
    "entry_point",
    "handler",
    "directory",
];
const CONTAINER: &[&str] = &[
    "id",
    "container_def_id",
    "destination_id",
    "image_name",
    "image_tag",
    "cpu",
    "memory",
    "command",
    "description",
    "directory",
    "environment",
    "limits",
    "retry",
];

/// The definitions of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Definitions {
    /// Functions by id.
    pub(super) functions: BTreeMap<FunctionName, Definition>,
    /// Containers by id.
    pub(super) containers: BTreeMap<FunctionName, Definition>,
}

/// A definition.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Where its id is written.
    pub(super) span: Span,
    /// The function's name, or the container's image with its tag.
    pub(super) title: Option<String>,
    /// How it runs; `None` where the definition says nothing that could run here.
    pub(super) spec: Option<FunctionSpec>,
}

/// Reads the definitions of the file `root`.
pub(super) fn read(root: &Node, reports: &mut Reports<'_>) -> Definitions {
    let mut definitions = Definitions::default();
    for member in root.as_mapping().unwrap_or_default().iter().filter(|member| KEYS.contains(&&*member.key)) {
        let is_function = member.key.starts_with("function");
        for node in nodes(member, reports) {
            let Some((id, definition)) = definition(node, is_function, reports) else { continue };
            let span = definition.span;
            let (known, what) = match is_function {
                true => (&mut definitions.functions, "functions"),
                false => (&mut definitions.containers, "containers"),
            };
            if let Some(first) = known.insert(id.clone(), definition) {
                let related = reports.source().place(first.span);
                reports
                    .error(
                        "sweep::duplicate_id",
                        span,
                        format!("two {what} have the id {}", quoted(id.as_str())),
                    )
                    .with_help("rename one of the two")
                    .with_related("the first is here", related);
            }
        }
    }
    for (id, container) in &definitions.containers {
        if definitions.functions.contains_key(id) {
            let message = format!("a function and a container both have the id {}", quoted(id.as_str()));
            reports.error("sweep::duplicate_id", container.span, message).with_help("rename one of the two");
        }
    }
    definitions
}

/// The definitions that stand under a key.
fn nodes<'m>(member: &'m Member, reports: &mut Reports<'_>) -> Vec<&'m Node> {
    match &member.value.content {
        Content::Sequence(items) => items.iter().collect(),
        Content::Mapping(_) => vec![&member.value],
        Content::Null => Vec::new(),
        Content::Bool(_) | Content::Number(_) | Content::String(..) => {
            wrong_type(
                &member.value,
                &format!("`{}`", member.key),
                "a definition, or a list of them",
                reports,
            );
            Vec::new()
        }
    }
}

fn definition(
    node: &Node,
    is_function: bool,
    reports: &mut Reports<'_>,
) -> Option<(FunctionName, Definition)> {
    let (what, key) = match is_function {
        true => ("a function definition", "function_def_id"),
        false => ("a container definition", "container_def_id"),
    };
    let members = mapping(node, what, reports)?;
    let Some(given) = node.get("id").or_else(|| node.get(key)) else {
        let start = Span { length: 0, ..node.span };
        missing("id", "the definition", start, "add the id by which tasks name it", reports);
        return None;
    };
    let id = name(&id_text(given, "`id`", reports)?, given.span, "`id`", reports)?;
    let (title, spec) = match is_function {
        true => (
            text_of(node, "function_name", reports).map(|(name, _)| name.to_owned()),
            of_function(node, members, &id, reports),
        ),
        false => (image(node, reports), of_container(node, members, &id, reports)),
    };
    Some((id, Definition { span: given.span, title, spec }))
}

/// The image that `node` names, with its tag.
pub(super) fn image(node: &Node, reports: &mut Reports<'_>) -> Option<String> {
    let (image, _) = text_of(node, "image_name", reports)?;
    let tag = node
        .get("image_tag")
        .filter(|tag| !tag.is_null())
        .and_then(|tag| id_text(tag, "`image_tag`", reports));
    Some(format!("{image}:{}", tag.as_deref().unwrap_or("latest")))
}

/// How a function runs: as one of ours, or as a handler in Python or JavaScript whose place is stated.
fn of_function(
    node: &Node,
    members: &[Member],
    id: &FunctionName,
    reports: &mut Reports<'_>,
) -> Option<FunctionSpec> {
    let known: Vec<&str> =
        FUNCTION.iter().copied().chain(function::forms()).chain(function::keys()).collect();
    known_keys(members, &known, "a function definition", reports);
    let has_form = members.iter().any(|member| function::forms().any(|form| *member.key == *form));
    let own = |key: &str| function::forms().chain(function::keys()).any(|known| known == key);
    let mut stated: Vec<Member> = members.iter().filter(|member| own(&member.key)).cloned().collect();
    if let Some(member) = members.iter().find(|member| *member.key == *"environment_variables")
        && !member.value.is_null()
    {
        stated.push(Member::new("environment", member.key_span, member.value.clone()));
    }
    if !has_form {
        stated.push(handler(node, reports)?);
    }
    spec(stated, node, id, reports)
}

/// What a definition says of a handler, where it says where that is.
fn handler(node: &Node, reports: &mut Reports<'_>) -> Option<Member> {
    let (runtime, span) = text_of(node, "runtime", reports)?;
    let form = ["python", "node"].into_iter().find(|form| runtime.to_ascii_lowercase().starts_with(form))?;
    let handler = text_of(node, "handler", reports);
    let entry = text_of(node, "entry_point", reports);
    if handler.is_none() && node.get("directory").is_none() {
        return None;
    }
    // As for AWS, where the file `main.py` has `handler(event, context)`.
    let handler = match (handler, entry) {
        (Some((handler, _)), _) => handler.to_owned(),
        (None, Some((entry, _))) if entry.contains('.') => entry.to_owned(),
        (None, entry) => format!("{}.handler", entry.map_or("main", |(entry, _)| entry)),
    };
    Some(Member::new(form, span, Node::from_value(&Value::from(handler), span)))
}

/// How a container runs: as a local process with its command. What a task says in place of it comes with the input.
fn of_container(
    node: &Node,
    members: &[Member],
    id: &FunctionName,
    reports: &mut Reports<'_>,
) -> Option<FunctionSpec> {
    known_keys(members, CONTAINER, "a container definition", reports);
    let taken = ["command", "directory", "environment", "limits", "retry"];
    let stated: Vec<Member> = members
        .iter()
        .filter(|member| taken.contains(&&*member.key) && !member.value.is_null())
        .cloned()
        .collect();
    stated.iter().find(|member| *member.key == *"command")?;
    spec(stated, node, id, reports)
}

fn spec(
    stated: Vec<Member>,
    node: &Node,
    id: &FunctionName,
    reports: &mut Reports<'_>,
) -> Option<FunctionSpec> {
    let span = node.span;
    let stated = Member::new(id.as_str(), span, Node::mapping(stated, span));
    function::read(&stated, reports)
}

/// The command that takes all it runs from its input.
pub(super) fn bare_container() -> Option<FunctionSpec> {
    let mut spec = Map::new();
    spec.insert("runtime", Value::from("command"));
    spec.insert("command", Value::from(Vec::new()));
    FunctionSpec::from_value(&Value::from(spec)).ok()
}
