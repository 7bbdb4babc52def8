//! An orchestration file: its keys.

use std::collections::BTreeMap;

use tidegate_model::{FunctionName, Program};

use super::program::{Executor, ORCHESTRATOR, own_function, program};
use crate::diagnostic::Reports;
use crate::file::function;
use crate::file::reading::{mapping, name, only_keys, text};
use crate::source::Node;

const KEYS: &[&str] = &["orchestration", "description", "function", "functions"];

/// The program of the file `root`; `None` after reporting what is wrong with it.
pub(super) fn read(root: &Node, reports: &mut Reports<'_>) -> Option<Program> {
    let members = mapping(root, "an orchestration file", reports)?;
    only_keys(members, KEYS, "an orchestration file", reports);
    let given = root.get("orchestration")?;
    let what = "the name of the orchestration";
    let own_name = name(text(given, "`orchestration`", reports)?, given.span, what, reports);
    if let Some(description) = root.get("description") {
        text(description, "`description`", reports);
    }
    let functions = match root.get("functions") {
        Some(functions) => function::read_all(functions, reports),
        None => BTreeMap::new(),
    };
    let executor = match root.get("function") {
        None => Executor::Outside(own_function()),
        Some(node) => {
            let function: FunctionName =
                name(text(node, "`function`", reports)?, node.span, "the name of a function", reports)?;
            if function.as_str().starts_with(ORCHESTRATOR) {
                return Some(program(own_name?, &Executor::Outside(function), functions));
            }
            if !functions.contains_key(&function) {
                let message = format!("the file has no function `{function}`");
                reports
                    .warning("orchestration::unknown_function", node.span, message)
                    .with_help("state it under `functions`, or register it before a run starts");
            }
            Executor::Function(function)
        }
    };
    Some(program(own_name?, &executor, functions))
}
