//! SWEEP workflows: expressions, replicas, what is said of files that are wrong, and runs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod documentation;
#[path = "../asl/execution.rs"]
#[expect(dead_code, reason = "state machines ask more of it")]
mod execution;

mod expressions;
mod mistakes;
mod replicas;
mod runs;

use proptest::prelude::{Strategy, prop};

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

/// Workflows in which each task comes after some before it, and follows one of these or is scattered over `items`, or both.
fn workflows(items: &'static str) -> impl Strategy<Value = String> {
    let task = (
        prop::collection::vec(0..100_usize, 1..3),
        prop::option::of(0..100_usize),
        proptest::bool::weighted(0.4),
    );
    prop::collection::vec(task, 1..8).prop_map(move |tasks| {
        let mut written = vec![(Vec::new(), None, false)];
        for (place, (before, follow, scatters)) in tasks.into_iter().enumerate() {
            let before: Vec<usize> = before.into_iter().map(|earlier| earlier % (place + 1)).collect();
            // What it follows comes before it, so that the numbers are known.
            written.push((before, follow.map(|earlier| earlier % (place + 1)), scatters));
        }
        let text = |place: usize| {
            let after: Vec<String> = (0..written.len())
                .filter(|&later| written[later].0.contains(&place))
                .map(|later| later.to_string())
                .collect();
            let (_, follow, scatters) = &written[place];
            let mut properties = Vec::new();
            properties.extend((place == 0).then(|| r#""position": "start""#.to_owned()));
            properties.extend(follow.map(|follow| format!(r#""follow": {follow}"#)));
            properties.extend(scatters.then(|| format!(r#""scatter": "{items}""#)));
            format!(
                r#"{{"id": {place}, "function_def_id": "f", "successors": [{}], "properties": {{{}}}}}"#,
                after.join(", "),
                properties.join(", ")
            )
        };
        let tasks: Vec<String> = (0..written.len()).map(text).collect();
        format!(r#"{{"workflow_id": "w", "tasks": [{}]}}"#, tasks.join(",\n"))
    })
}
