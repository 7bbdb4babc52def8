//! `ResultWriter`, and functions that service integrations are.

use tidegate_json::Value;
use tidegate_model::{Failure, Invocation, Outcome, Runtime};

use crate::execution::{World, value};

const MAP: &str = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
    "ToleratedFailureCount": 1, "Label": "Each",
    "ItemSelector": {"n.$": "$$.Map.Item.Value"},
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Item", "States": {
        "Item": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:work", "End": true}}},
    "ResultWriter": WRITER}}}"#;

/// Runs the map with that writer; the item 2 fails.
fn run(writer: &str, is_put: impl Fn(&Invocation) -> bool) -> (crate::execution::Execution, Vec<Value>) {
    let mut world = World::new();
    world.function("work");
    world.machine("machine", &value(&MAP.replace("WRITER", writer)));
    let run = world.start("machine", &value(r#"{"items": [1, 2, 3]}"#));
    let mut puts = Vec::new();
    world.work(&mut |invocation| {
        if matches!(invocation.spec.runtime, Runtime::Aws(_)) {
            assert_eq!(invocation.function.as_str(), "s3:putObject");
            puts.push(invocation.input.clone());
            return Some(match is_put(invocation) {
                true => Outcome::succeeded(&Value::object::<&str, Value>([])),
                false => Outcome::Failed(Failure::new("S3.AccessDeniedException", "Access Denied")),
            });
        }
        let n = invocation.input.get("n").cloned().unwrap_or_default();
        Some(match n.as_u64() {
            Some(2) => Outcome::Failed(Failure::new("Two", "I am two")),
            _ => Outcome::succeeded(&Value::array([n.clone(), n])),
        })
    });
    (world.execution(run), puts)
}

#[test]
fn results_are_written_where_they_are_to_be_kept_and_the_manifest_last() {
    let writer =
        r#"{"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}"#;
    let (execution, puts) = run(writer, |_| true);
    let output = execution.output.unwrap();
    let key = |put: &Value| put.get("Key").and_then(Value::as_str).unwrap_or_default().to_owned();
    let map_run = output.get("MapRunArn").and_then(Value::as_str).unwrap().to_owned();
    let id = map_run.rsplit(':').next().unwrap();
    let names = ["SUCCEEDED_0.json", "FAILED_0.json", "manifest.json"];
    assert_eq!(puts.iter().map(key).collect::<Vec<_>>(), names.map(|name| format!("out/{id}/{name}")));
    let details = output.get("ResultWriterDetails").unwrap().to_text();
    assert_eq!(details, format!(r#"{{"Bucket":"b","Key":"out/{id}/manifest.json"}}"#));
    let body = |put: &Value| Value::parse(put.get("Body").and_then(Value::as_str).unwrap()).unwrap();
    let succeeded = body(&puts[0]);
    let told = |index: usize, name: &str| {
        let entry = &succeeded.as_array().unwrap()[index];
        entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    assert_eq!((told(0, "Input"), told(0, "Output")), (r#"{"n":1}"#.to_owned(), "[1,1]".to_owned()));
    assert_eq!((told(1, "Input"), told(1, "Name")), (r#"{"n":3}"#.to_owned(), format!("{id}-2")));
    let failed = body(&puts[1]);
    assert_eq!(failed.pointer("/0/Error").and_then(Value::as_str), Some("Two"));
    assert_eq!(failed.pointer("/0/Cause").and_then(Value::as_str), Some("I am two"));
    let manifest = body(&puts[2]);
    assert_eq!(manifest.pointer("/DestinationBucket").and_then(Value::as_str), Some("b"));
    let size = manifest.pointer("/ResultFiles/SUCCEEDED/0/Size").and_then(Value::as_u64);
    assert_eq!(size, Some(puts[0].get("Body").and_then(Value::as_str).unwrap().len() as u64));
    assert_eq!(manifest.pointer("/ResultFiles/PENDING"), Some(&Value::array::<Value>([])));
}

#[test]
fn results_that_cannot_be_written_fail_the_state() {
    let writer = r#"{"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}"#;
    let (execution, puts) = run(writer, |put| !put.input.to_text().contains("manifest.json"));
    assert_eq!(puts.len(), 3);
    assert_eq!(execution.error.as_deref(), Some("States.ResultWriterFailed"));
    assert!(execution.cause.unwrap().contains("Access Denied"));
}

#[test]
fn results_come_in_the_form_that_the_writer_says() {
    for (config, expected) in [
        (r#"{"Transformation": "COMPACT"}"#, "[[1,1],[3,3]]"),
        (r#"{"Transformation": "FLATTEN"}"#, "[1,1,3,3]"),
    ] {
        let (execution, puts) = run(&format!(r#"{{"WriterConfig": {config}}}"#), |_| true);
        assert!(puts.is_empty());
        assert_eq!(execution.output.unwrap().to_text(), expected, "{config}");
    }
    let (execution, _) = run(r#"{"WriterConfig": {"Transformation": "NONE"}}"#, |_| true);
    let output = execution.output.unwrap();
    assert_eq!(output.pointer("/1/Output").and_then(Value::as_str), Some("[3,3]"));
    let lines = r#"{"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"},
        "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}}"#;
    let (_, puts) = run(lines, |_| true);
    assert_eq!(puts[0].get("Body").and_then(Value::as_str), Some("[1,1]\n[3,3]\n"));
}

#[test]
fn an_integration_is_a_function_unless_one_of_its_name_is_registered() {
    let definition = r#"{"StartAt": "Put", "States": {"Put": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "t", "Item": {}}}}}"#;
    for is_registered in [false, true] {
        let mut world = World::new();
        if is_registered {
            world.function("dynamodb:putItem");
        }
        world.machine("machine", &value(definition));
        let run = world.start("machine", &value("{}"));
        world.restart();
        world.work(&mut |invocation| {
            assert_eq!(matches!(invocation.spec.runtime, Runtime::Aws(_)), !is_registered);
            Some(Outcome::succeeded(&invocation.input))
        });
        let output = world.execution(run).output.unwrap();
        assert_eq!(output.to_text(), r#"{"TableName":"t","Item":{}}"#);
    }
}

#[test]
fn a_job_that_is_waited_for_is_another_function_than_its_start() {
    let definition = r#"{"StartAt": "Run", "States": {"Run": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::glue:startJobRunPATTERN", "Parameters": {"JobName": "j"}}}}"#;
    let run = |pattern: &str, registered: &str| {
        let mut world = World::new();
        world.function(registered);
        world.machine("machine", &value(&definition.replace("PATTERN", pattern)));
        let run = world.start("machine", &value("{}"));
        let called: Vec<String> = world.invoked.iter().map(|task| task.function.to_string()).collect();
        (called.join(" "), world.execution(run).cause.unwrap_or_default())
    };
    assert_eq!(run("", "any").0, "glue:startJobRun");
    assert_eq!(run(".sync", "glue:startJobRun.sync").0, "glue:startJobRun.sync");
    let (called, cause) = run(".sync", "any");
    assert_eq!(called, "");
    assert!(cause.contains("register a function `glue:startJobRun.sync`"), "{cause}");
}
