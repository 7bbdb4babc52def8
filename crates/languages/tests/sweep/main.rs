//! SWEEP workflows: expressions, replicas, what is said of files that are wrong, and runs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../asl/execution.rs"]
#[expect(dead_code, reason = "state machines ask more of it")]
mod execution;

mod expressions;
mod mistakes;
mod replicas;
mod runs;

/// The text of an example workflow.
fn example(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/sweep")
        .join(name)
        .with_extension("json");
    std::fs::read_to_string(path).unwrap()
}

/// A workflow of the shape of the published one that calls variants in genomes: indexes, a branch for each sample whose
/// failures are passed over, and the autosomes.
fn gvcf() -> String {
    let mut tasks = Vec::new();
    let mut task = |id: u32, successors: &[u32], properties: &str| {
        tasks.push(format!(
            r#"{{"id": {id}, "function_def_id": "step", "successors": {successors:?}, "properties": {{{properties}}}}}"#
        ));
    };
    task(1, &[2, 3, 4, 5, 6], r#""position": "start", "static_input": {"task": 1}"#);
    for index in 2..7 {
        task(index, &[7], &format!(r#""static_input": {{"task": {index}}}"#));
    }
    task(7, &[8], r#""scatter": "predecessor_outputs['1']['individuals']", "static_input": {"task": 7}"#);
    for step in 8..13 {
        let properties = format!(r#""follow": 7, "ignore_error": true, "static_input": {{"task": {step}}}"#);
        task(step, &[step + 1], &properties);
    }
    task(13, &[14], r#""follow": 7, "static_input": {"task": 13}"#);
    task(14, &[15], r#""static_input": {"task": 14}"#);
    task(15, &[16], r#""scatter": "predecessor_outputs['14']['autosomes']", "static_input": {"task": 15}"#);
    task(16, &[17], r#""static_input": {"task": 16, "autosomes": "predecessor_outputs['14']['autosomes']"}"#);
    task(
        17,
        &[18],
        r#""deploy_conditions": ["len(predecessor_outputs['14']['autosomes']) == 22"], "static_input": {"task": 17}"#,
    );
    task(18, &[], r#""static_input": {"task": 18}"#);
    format!(
        r#"{{"workflow_id": "gvcf", "config": {{"max_task_concurrency": 512, "max_task_runtime": 90000}}, "tasks": [{}]}}"#,
        tasks.join(",\n")
    )
}
