//! Redriving: what had ended well is not done again, and everything else goes on where it was.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_languages::asl::redrive::{self, Redrive, Trace};
use tidegate_model::{Failure, Invocation, Outcome, RunId};

use crate::execution::{Execution, World, value};

const ARN: &str = "arn:aws:states:us-east-1:000000000000:execution:machine:one";

/// Executions of one machine whose function `work` is mended between attempts.
struct Repair {
    world: World,
    runs: Vec<RunId>,
    input: Value,
    redrive: Option<Redrive>,
    calls: BTreeMap<String, u64>,
}

impl Repair {
    fn new(definition: &str, input: &str) -> Self {
        let mut world = World::new();
        world.function("work");
        world.machine("machine", &value(definition));
        Self { world, runs: Vec::new(), input: value(input), redrive: None, calls: BTreeMap::new() }
    }

    /// Runs, or redrives, while those calls fail whose input is among `broken`.
    fn attempt(&mut self, broken: &[&str]) -> Execution {
        let run = match &self.redrive {
            None => self.world.start_as("machine", &self.input, Some(ARN)),
            Some(redrive) => {
                let key = redrive::key(ARN, redrive.count);
                self.world.start_as("machine", &redrive.to_value(), Some(&key))
            }
        };
        let calls = &mut self.calls;
        self.world.work(&mut |invocation: &Invocation| {
            let input = invocation.input.to_text();
            *calls.entry(input.clone()).or_default() += 1;
            Some(match broken.contains(&input.as_str()) {
                true => Outcome::Failed(Failure::new("Broken", format!("{input} is broken"))),
                false => Outcome::succeeded(&Value::object([("done", invocation.input.clone())])),
            })
        });
        let mut trace = Trace::new(self.redrive.as_ref());
        for fact in self.world.facts.iter().filter(|fact| fact.run() == Some(run)) {
            trace.take(self.world.at, fact);
        }
        self.runs.push(run);
        self.redrive = Some(Redrive {
            input: self.input.clone(),
            started_at: self.world.at,
            count: self.runs.len() as u64,
            events: trace.events(),
            progress: trace.progress(),
        });
        self.world.execution(run)
    }

    fn calls(&self, input: &str) -> u64 {
        self.calls.get(input).copied().unwrap_or_default()
    }
}

const WORK: &str = "arn:aws:lambda:us-east-1:000000000000:function:work";

#[test]
fn a_task_that_failed_is_tried_again_with_what_the_states_before_it_left() {
    let definition = r#"{"StartAt": "Remember", "States": {
        "Remember": {"Type": "Pass", "Assign": {"who.$": "$$.Execution.Input.who"}, "Result": 7, "ResultPath": "$.n", "Next": "First"},
        "First": {"Type": "Task", "Resource": "WORK", "Parameters": 1, "ResultPath": null, "Next": "Second"},
        "Second": {"Type": "Task", "Resource": "WORK", "Parameters": 2, "ResultPath": "$.second", "Next": "Tell",
            "Retry": [{"ErrorEquals": ["Broken"], "MaxAttempts": 1, "IntervalSeconds": 1}]},
        "Tell": {"Type": "Pass", "End": true, "Parameters": {"who.$": "$who", "n.$": "$.n", "second.$": "$.second.done",
            "redriven.$": "$$.Execution.RedriveCount", "input.$": "$$.Execution.Input", "id.$": "$$.Execution.Id"}}
    }}"#;
    let mut repair = Repair::new(&definition.replace("WORK", WORK), r#"{"who": "you"}"#);
    let failed = repair.attempt(&["2"]);
    assert_eq!((failed.status, failed.error.as_deref()), ("FAILED", Some("Broken")));
    assert_eq!((repair.calls("1"), repair.calls("2")), (1, 2));
    // It fails once more, and has its retries back.
    let failed = repair.attempt(&["2"]);
    assert_eq!(failed.status, "FAILED");
    assert_eq!((repair.calls("1"), repair.calls("2")), (1, 4));
    let done = repair.attempt(&[]);
    assert_eq!((repair.calls("1"), repair.calls("2")), (1, 5));
    let told = done.output.unwrap().to_text();
    assert_eq!(
        told,
        format!(r#"{{"who":"you","n":7,"second":2,"redriven":2,"input":{{"who":"you"}},"id":"{ARN}"}}"#)
    );
    assert_eq!(
        done.history.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(),
        [
            "ExecutionRedriven",
            "LambdaFunctionScheduled",
            "LambdaFunctionStarted",
            "LambdaFunctionSucceeded",
            "TaskStateExited",
            "PassStateEntered",
            "PassStateExited",
            "ExecutionSucceeded"
        ]
    );
    // Ids go on where the history before has ended.
    let redriven = &repair.redrive.as_ref().unwrap().events;
    let last = done.history.last().unwrap().details.get("previousEventId").and_then(Value::as_u64);
    assert_eq!(last, Some(redriven - 1));
}

#[test]
fn branches_and_items_that_had_ended_are_not_begun_again() {
    let definition = r#"{"StartAt": "Both", "States": {
        "Both": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "WORK", "Parameters": "a", "End": true}}},
            {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "End": true,
                "ItemProcessor": {"StartAt": "Keep", "States": {
                    "Keep": {"Type": "Pass", "Assign": {"item.$": "$"}, "Next": "Item"},
                    "Item": {"Type": "Task", "Resource": "WORK", "Next": "Told"},
                    "Told": {"Type": "Pass", "Parameters": {"item.$": "$item", "done.$": "$.done"}, "End": true}
                }}}}}
        ]}
    }}"#;
    let mut repair = Repair::new(&definition.replace("WORK", WORK), r#"{"items": [1, 2, 3]}"#);
    assert_eq!(repair.attempt(&["2"]).status, "FAILED");
    assert_eq!([repair.calls("1"), repair.calls("2"), repair.calls("3")], [1, 1, 0]);
    let done = repair.attempt(&[]);
    let output = done.output.unwrap().to_text();
    assert_eq!(output, r#"[{"done":"a"},[{"item":1,"done":1},{"item":2,"done":2},{"item":3,"done":3}]]"#);
    assert_eq!([repair.calls("1"), repair.calls("2"), repair.calls("3")], [1, 2, 1]);
    assert_eq!(repair.calls("\"a\""), 1);
}

#[test]
fn a_map_run_is_redriven_under_its_arn() {
    let definition = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Item",
            "States": {"Item": {"Type": "Task", "Resource": "WORK", "End": true}}}}}}"#;
    let mut repair = Repair::new(&definition.replace("WORK", WORK), r#"{"items": [1, 2, 3]}"#);
    let failed = repair.attempt(&["2"]);
    assert_eq!(failed.error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
    let run = |execution: &Execution, kind: &str| {
        let event = execution.history.iter().find(|event| event.kind == kind).unwrap();
        event.details.get("mapRunArn").cloned()
    };
    let done = repair.attempt(&[]);
    assert_eq!(done.output.as_ref().unwrap().to_text(), r#"[{"done":1},{"done":2},{"done":3}]"#);
    assert_eq!(run(&failed, "MapRunStarted"), run(&done, "MapRunRedriven"));
    assert_eq!(repair.calls("1"), 1);
}

#[test]
fn one_that_came_nowhere_begins_at_its_first_state() {
    let redrive = Redrive {
        input: value("{}"),
        started_at: tidegate_model::Timestamp(0),
        count: 1,
        events: 2,
        progress: None,
    };
    let definition = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;
    let mut repair = Repair::new(definition, "{}");
    repair.redrive = Some(redrive);
    let done = repair.attempt(&[]);
    assert_eq!(
        done.kinds(),
        ["ExecutionRedriven", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    );
}
