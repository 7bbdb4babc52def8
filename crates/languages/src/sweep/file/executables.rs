//! What tasks run: definitions of the file, or functions that are registered under their ids.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::function::Runtime;
use tidegate_model::{FunctionName, FunctionSpec, Name};

use super::definitions::{Definitions, bare_container, image};
use super::properties::Properties;
use super::{id_text, known_keys, text_of};
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{mapping, name, wrong_type};
use crate::nearest::nearest;
use crate::source::{Content, Node, Span};
use crate::sweep::model::{Executable, ExecutableKind, Task};

const CONFIGURATION: &[&str] =
    &["function_def_id", "container_def_id", "function_name", "image_name", "image_tag", "priority"];

/// The functions of a workflow, as tasks come to need them.
pub(super) struct Executables {
    definitions: Definitions,
    functions: BTreeMap<FunctionName, FunctionSpec>,
}

impl Executables {
    pub(super) fn new(definitions: Definitions) -> Self {
        Self { definitions, functions: BTreeMap::new() }
    }

    /// The functions that tasks need and the file states.
    pub(super) fn into_functions(self) -> BTreeMap<FunctionName, FunctionSpec> {
        self.functions
    }

    /// What the task `node` can run, the best first; `None` after reporting that there is nothing.
    pub(super) fn of_task(
        &mut self,
        node: &Node,
        id: &Name,
        span: Span,
        properties: &Option<Properties>,
        reports: &mut Reports<'_>,
    ) -> Option<Vec<Executable>> {
        let has_command = properties.as_ref().is_some_and(|properties| properties.command.is_some());
        let found = match node.get("execution_configurations").filter(|given| !given.is_null()) {
            None => self.named(node, has_command, reports).map(|found| vec![found])?,
            Some(given) => self.configured(given, has_command, reports)?,
        };
        if found.is_empty() {
            let message = format!("the task {} does not say what it runs", quoted(id.as_str()));
            reports.error("sweep::no_executable", span, message).with_help(
                "add `execution_configurations`, as in `[{\"function_def_id\": \"resize\", \"priority\": 1}]`",
            );
            return None;
        }
        let is_function = found.iter().all(|found| found.kind == ExecutableKind::Function);
        if let (Some(properties), true) = (properties, is_function)
            && (properties.environment.is_some() || properties.command.is_some())
        {
            let message = format!(
                "`environment` and `command` are for containers, and {} runs a function",
                quoted(id.as_str())
            );
            reports
                .warning("sweep::ignored", span, message)
                .with_help("functions get `static_input`; variables of theirs stand in their definition");
        }
        Some(found)
    }

    /// The executables of `execution_configurations`, the best first.
    fn configured(
        &mut self,
        given: &Node,
        has_command: bool,
        reports: &mut Reports<'_>,
    ) -> Option<Vec<Executable>> {
        let Some(items) = given.as_sequence() else {
            wrong_type(given, "`execution_configurations`", "a list", reports);
            return None;
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let members = mapping(item, "an execution configuration", reports)?;
            known_keys(members, CONFIGURATION, "an execution configuration", reports);
            let priority = match item.get("priority") {
                None => 0.0,
                Some(Node { content: Content::Number(number), .. }) => number.as_f64(),
                Some(other) => {
                    wrong_type(other, "`priority`", "a number", reports);
                    return None;
                }
            };
            found.push((priority, self.named(item, has_command, reports)?));
        }
        // Of equals the first that is written.
        found.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Some(found.into_iter().map(|(_, found)| found).collect())
    }

    /// The executable that `node`, a task or a configuration, names.
    fn named(&mut self, node: &Node, has_command: bool, reports: &mut Reports<'_>) -> Option<Executable> {
        let mut ids =
            ["function_def_id", "container_def_id"].into_iter().filter_map(|key| Some((key, node.get(key)?)));
        if let Some((key, given)) = ids.next() {
            if let Some((second, other)) = ids.next() {
                let message = format!("a task runs one thing at a time, and this has `{key}` and `{second}`");
                reports.error("file::conflict", other.span, message).with_help("write two configurations");
                return None;
            }
            let id = name(
                &id_text(given, &format!("`{key}`"), reports)?,
                given.span,
                &format!("`{key}`"),
                reports,
            )?;
            return self.by_id(id, given.span, key, has_command, reports);
        }
        if let Some((title, span)) = text_of(node, "function_name", reports) {
            let known =
                self.definitions.functions.iter().find(|(_, known)| known.title.as_deref() == Some(title));
            let id = match known {
                Some((id, _)) => id.clone(),
                None => name(title, span, "`function_name`", reports)?,
            };
            return self.by_id(id, span, "function_def_id", has_command, reports);
        }
        let Some(given) = node.get("image_name") else {
            let start = Span { length: 0, ..node.span };
            reports
                .error("sweep::no_executable", start, "this does not say what runs")
                .with_help("add `function_def_id` or `container_def_id`");
            return None;
        };
        let title = image(node, reports)?;
        let known =
            self.definitions.containers.iter().find(|(_, known)| known.title.as_deref() == Some(&title));
        let id = match known {
            Some((id, _)) => id.clone(),
            None => name(&title, given.span, "the image", reports)?,
        };
        self.by_id(id, given.span, "container_def_id", has_command, reports)
    }

    fn by_id(
        &mut self,
        id: FunctionName,
        span: Span,
        key: &str,
        has_command: bool,
        reports: &mut Reports<'_>,
    ) -> Option<Executable> {
        if key == "function_def_id" {
            if let Some(spec) = self.definitions.functions.get(&id).and_then(|known| known.spec.clone()) {
                self.functions.insert(id.clone(), spec);
            } else if !self.definitions.functions.contains_key(&id)
                && self.definitions.containers.contains_key(&id)
            {
                let message = format!("{} is a container", quoted(id.as_str()));
                reports.error("sweep::wrong_kind", span, message).with_help("write `container_def_id`");
                return None;
            }
            return Some(Executable { function: id, span, kind: ExecutableKind::Function });
        }
        let kind = ExecutableKind::Container;
        let Some(definition) = self.definitions.containers.get(&id) else {
            if self.definitions.functions.contains_key(&id) {
                let message = format!("{} is a function", quoted(id.as_str()));
                reports.error("sweep::wrong_kind", span, message).with_help("write `function_def_id`");
                return None;
            }
            return Some(Executable { function: id, span, kind });
        };
        let own = definition.spec.clone().or_else(|| bare_container().filter(|_| has_command));
        let Some(mut spec) = own else {
            if !reports.has_error_within(definition.span) {
                let id = quoted(id.as_str());
                reports
                    .error("sweep::nothing_to_run", definition.span, format!("the container {id} has nothing that can run here: images are not run"))
                    .with_help(format!("add `command`, which runs as a local process, or take the definition out and register a function as {id}"));
            }
            return None;
        };
        if let Runtime::Command(command) = &mut spec.runtime {
            command.takes_overrides = true;
        }
        self.functions.insert(id.clone(), spec);
        Some(Executable { function: id, span, kind })
    }

    /// Doubts what the file does not state: it may be registered for all.
    pub(super) fn doubt(&self, tasks: &[Task], reports: &mut Reports<'_>) {
        let mut told = BTreeSet::new();
        for executable in tasks.iter().flat_map(|task| &task.executables) {
            let id = executable.function.as_str();
            if self.functions.contains_key(&executable.function) || !told.insert(id) {
                continue;
            }
            let what = match executable.kind {
                ExecutableKind::Function => "function",
                ExecutableKind::Container => "container",
            };
            let message = format!(
                "this file does not say how the {what} {} runs; a function of that name is to be registered before a run",
                quoted(id)
            );
            let warning = reports.warning("sweep::unknown_function", executable.span, message);
            if let Some(near) = nearest(id, self.functions.keys().map(FunctionName::as_str)) {
                warning.with_help(format!("did you mean `{near}`?"));
            }
        }
    }
}
