//! What is said of files that are wrong: where, why, and the way out.

use tidegate_languages::diagnostic::Reports;
use tidegate_languages::source::{Document, Source};
use tidegate_languages::sweep;

/// What is said of a workflow: place, code, message and way out.
fn said(text: &str) -> Vec<String> {
    let source = Source::new("workflow.json", text);
    let (document, _) = Document::read(&source);
    let mut reports = Reports::new(&source);
    let _ = sweep::read(&document.unwrap(), &mut reports);
    let found = reports.finish(None);
    let line = |found: &tidegate_languages::Diagnostic| {
        let place = found.place.unwrap();
        let help = found.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{}:{} {} {}{help}", place.line, place.column, found.code, found.message)
    };
    found.iter().filter(|found| found.code != "sweep::unknown_function").map(line).collect()
}

/// A workflow of tasks that stand on a line each, of which the first is on line 2.
fn workflow(tasks: &[&str]) -> String {
    let tasks: Vec<String> =
        tasks.iter().map(|task| format!("{{\"function_def_id\": \"f\", {task}}}")).collect();
    format!("{{\"workflow_id\": \"w\", \"tasks\": [\n{}\n]}}", tasks.join(",\n"))
}

fn check(tasks: &[&str], expected: &[&str]) {
    assert_eq!(said(&workflow(tasks)), expected);
}

const START: &str = r#""id": 1, "successors": [2], "properties": {"position": "start"}"#;

#[test]
fn names_that_lead_nowhere_are_all_told() {
    check(
        &[
            r#""id": "fetch", "successors": ["reed"], "properties": {"position": "start"}"#,
            r#""id": "read", "successors": ["7"], "properties": {"follow": "fetchh"}"#,
        ],
        &[
            "2:56 sweep::unknown_task no task has the id `reed` | did you mean `read`?",
            "3:55 sweep::unknown_task no task has the id `7` | there are `fetch`, `read`",
            "3:86 sweep::unknown_task no task has the id `fetchh` | did you mean `fetch`?",
        ],
    );
}

#[test]
fn a_workflow_starts_with_one_task_that_reaches_all_others() {
    check(
        &[r#""id": 1, "successors": [2]"#, r#""id": 2"#],
        &[
            "2:32 sweep::no_start no task is where the workflow starts | add `\"position\": \"start\"` to the properties of one; nothing comes before `1`",
        ],
    );
    check(
        &[START, r#""id": 2, "properties": {"position": "start"}"#],
        &[
            "3:62 sweep::second_start a workflow starts with one task, and `1` and `2` both are at its start | take `position` out of one; a task before both can start them",
        ],
    );
    check(
        &[START, r#""id": 2"#, r#""id": 3, "successors": [2]"#],
        &[
            "4:32 sweep::unreachable `3` is not reached from `1`, the start | name it in the `successors` of the task that it comes after, or remove it",
        ],
    );
    check(
        &[START, r#""id": 2"#, r#""id": 2"#],
        &[
            "4:32 sweep::duplicate_id two tasks have the id `2` | give one another id, and its predecessors another successor",
        ],
    );
}

#[test]
fn circles_are_told_with_their_path() {
    check(
        &[
            START,
            r#""id": 2, "successors": [3]"#,
            r#""id": 3, "successors": [4]"#,
            r#""id": 4, "successors": [2]"#,
        ],
        &[
            "3:32 sweep::cycle `2` comes after itself: `2` → `3` → `4` → `2` | take one of these out of the `successors` of the one before it",
        ],
    );
    check(
        &[
            START,
            r#""id": 2, "successors": [3], "properties": {"follow": 3}"#,
            r#""id": 3, "properties": {"follow": "2"}"#,
        ],
        &[
            "3:79 sweep::follow_cycle `2` follows itself: `2` → `3` → `2` | `follow` names a task that is replicated by itself",
        ],
    );
    check(
        &[
            START,
            r#""id": 2, "successors": [3], "properties": {"follow": 3}"#,
            r#""id": 3, "properties": {"scatter": "predecessor_outputs['1']['list']"}"#,
        ],
        &[
            "3:79 sweep::follows_later `2` is replicated like `3`, whose replicas are known only after `2` has ended | let it follow a task that does not come after it, or take `follow` out",
        ],
    );
}

#[test]
fn mistakes_in_expressions_are_told_where_they_are_written() {
    check(
        &[
            START,
            r#""id": 2, "properties": {"scatter": "predecessor_outputs['1']['tile'", "deploy_conditions": ["open('x')", "1 <"]}"#,
        ],
        &[
            "3:93 sweep::bad_expression this is not an expression: expected `]`, found the end",
            "3:119 sweep::bad_expression this is not an expression: there is no function `open` here | for the functions that there are, see docs/sweep.md",
            "3:135 sweep::bad_expression this is not an expression: expected a value, found the end",
        ],
    );
    check(
        &[
            START,
            r#""id": 2, "successors": [3], "properties": {"scatter": "predecessor_outputs['3']", "static_input": ["predecessor_outputs['9']"]}"#,
            r#""id": 3, "properties": {"static_output": "predecessor_outputs['2']['x']", "deploy_conditions": ["predecessor_outputs['2_A'] != {}"]}"#,
        ],
        &[
            "3:80 sweep::not_before `2` reads the output of `3`, which it does not come after | an expression sees the outputs of all tasks before its own, directly or not",
            "3:125 sweep::unknown_task no task has the id `9` | there are `1`, `2`, `3`",
            "4:67 sweep::gathered `3` sees all replicas of `2`, and none of them is called that | their outputs stand under `2_A`, `2_B`, and so on; `predecessor_outputs.values()` is all that it sees",
        ],
    );
}

#[test]
fn properties_are_told_by_their_types_and_names() {
    check(
        &[
            r#""id": 1, "properties": {"position": "end", "delay": "soon", "scater": "x", "multiplicity": 0, "ignore_error": 1,
"follow": [1], "environment": [{"name": 1}], "command": "ls -l", "scatter": 5, "note": "x"}"#,
        ],
        &[
            "2:62 file::wrong_type `position`: expected `start`, found the text `end`",
            "2:78 file::wrong_type `delay`: expected a number of seconds, found the text `soon`",
            "2:86 file::unknown_key `properties` has no key `scater` | did you mean `scatter`?",
            "2:101 file::conflict `scatter` and `multiplicity` both say how many replicas there are | remove one of them",
            "2:136 file::wrong_type `ignore_error`: expected true or false, found the number 1",
            "3:11 file::wrong_type `follow`: expected text or a whole number, found a list",
            "3:32 file::wrong_type a variable: expected an object with `name` and `value`, found a mapping",
            "3:57 sweep::bad_expression `command`: `ls -l` is neither a list nor an expression | write a command line as a list, as in `[\"sh\", \"-c\", \"sort names.txt\"]`",
            "3:80 file::unknown_key `properties` has no key `note`; it does nothing",
        ],
    );
}

#[test]
fn what_cannot_run_here_is_told_with_the_way_out() {
    let text = r#"{"workflow_id": "w", "container_defs": [{"id": "bwa", "image_name": "bwa", "image_tag": "1"},
{"id": "own", "image_name": "own"}],
"tasks": [
{"id": 1, "container_def_id": "bwa", "successors": [2, 3], "properties": {"position": "start"}},
{"id": 2, "container_def_id": "own", "properties": {"command": ["true"]}},
{"id": 3, "function_def_id": "own"},
{"id": 4}
]}"#;
    assert_eq!(
        said(text),
        [
            "1:48 sweep::nothing_to_run the container `bwa` has nothing that can run here: images are not run | add `command`, which runs as a local process, or take the definition out and register a function as `bwa`",
            "6:30 sweep::wrong_kind `own` is a container | write `container_def_id`",
            "7:1 sweep::no_executable this does not say what runs | add `function_def_id` or `container_def_id`",
        ]
    );
}
