//! Whole machines: what each type of state does, in which order history tells of it, and that a restart at any moment
//! changes nothing.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_model::{Failure, Input, Invocation, Outcome};

use crate::execution::{Execution, World, execute, value};

/// Nothing that a test calls exists.
fn no_functions(_: &Invocation) -> Option<Outcome> {
    None
}

fn run(definition: &str, input: &str) -> Execution {
    execute(&value(definition), &value(input), &mut no_functions)
}

fn output(execution: &Execution) -> String {
    let Execution { status, output, error, cause, .. } = execution;
    match output {
        Some(output) => output.to_text(),
        None => format!("{status} {error:?} {cause:?}"),
    }
}

/// The machine's arithmetic: doubles, adds, takes its time, fails as often as it is told to.
struct Arithmetic {
    attempts: BTreeMap<String, u64>,
}

impl Arithmetic {
    fn new() -> Self {
        Self { attempts: BTreeMap::new() }
    }

    fn call(&mut self, invocation: &Invocation) -> Option<Outcome> {
        let input = &invocation.input;
        let number = |name: &str| input.get(name).and_then(Value::as_i64).unwrap_or_default();
        let outcome = match invocation.function.as_str() {
            "double" => Outcome::succeeded(&Value::from(2 * number("n"))),
            "add" => Outcome::succeeded(&Value::from(number("n") + number("by"))),
            "flaky" => {
                let attempts = self.attempts.entry(invocation.input.to_text()).or_default();
                *attempts += 1;
                match *attempts > input.get("failures").and_then(Value::as_u64).unwrap_or_default() {
                    true => Outcome::succeeded(&Value::from(*attempts)),
                    false => Outcome::Failed(Failure::new("Flaky", "not yet")),
                }
            }
            _ => return None,
        };
        Some(outcome)
    }
}

const FUNCTIONS: [&str; 4] = ["double", "add", "flaky", "forever"];

fn arithmetic(definition: &str, input: &str) -> (Execution, World) {
    let mut world = World::new();
    FUNCTIONS.iter().for_each(|name| world.function(name));
    world.machine("machine", &value(definition));
    let run = world.start("machine", &value(input));
    let mut functions = Arithmetic::new();
    world.work(&mut |invocation| functions.call(invocation));
    (world.execution(run), world)
}

#[test]
fn data_flows_through_a_state_in_the_documented_order() {
    let definition = r#"{
        "StartAt": "Shape",
        "States": {
            "Shape": {
                "Type": "Pass",
                "InputPath": "$.order",
                "Parameters": {"id.$": "$.id", "note": "new"},
                "ResultPath": "$.shaped",
                "OutputPath": "$['order', 'shaped']",
                "End": true
            }
        }
    }"#;
    let execution = run(definition, r#"{"order": {"id": 7}, "rest": true}"#);
    assert_eq!(output(&execution), r#"{"order":{"id":7},"shaped":{"id":7,"note":"new"}}"#);
    assert_eq!(
        execution.kinds(),
        ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    );
}

#[test]
fn variables_are_seen_from_the_next_state_on_and_within() {
    let definition = r#"{
        "QueryLanguage": "JSONata",
        "StartAt": "Set",
        "States": {
            "Set": {"Type": "Pass", "Assign": {"x": 1, "y": "{% $states.input.y %}"}, "Next": "Again"},
            "Again": {
                "Type": "Pass", "Assign": {"x": "{% $x + 1 %}", "old": "{% $x %}"},
                "Output": "{% $x %}", "Next": "Each"
            },
            "Each": {
                "Type": "Map", "Items": [10, 20],
                "ItemProcessor": {
                    "StartAt": "Sum",
                    "States": {"Sum": {
                        "Type": "Pass", "Assign": {"inner": "{% $x %}"},
                        "Output": "{% $states.input + $x + $y %}", "End": true
                    }}
                },
                "Output": {"items": "{% $states.result %}", "x": "{% $x %}", "old": "{% $old %}"},
                "End": true
            }
        }
    }"#;
    let execution = run(definition, r#"{"y": 100}"#);
    assert_eq!(output(&execution), r#"{"items":[112,122],"x":2,"old":1}"#);
}

#[test]
fn retries_wait_longer_each_time_and_then_the_catcher_takes_over() {
    let definition = r#"{
        "StartAt": "Try",
        "States": {
            "Try": {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:flaky",
                "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Sorry"}],
                "End": true
            },
            "Sorry": {"Type": "Pass", "End": true}
        }
    }"#;
    let (execution, world) = arithmetic(definition, r#"{"failures": 2}"#);
    assert_eq!(output(&execution), "3");
    assert_eq!(world.at.0, 1_700_000_000_000 + 2_000 + 6_000);
    let (execution, _) = arithmetic(definition, r#"{"failures": 3}"#);
    assert_eq!(output(&execution), r#"{"failures":3,"error":{"Error":"Flaky","Cause":"not yet"}}"#);
    let kinds = execution.kinds();
    assert_eq!(kinds.iter().filter(|kind| **kind == "LambdaFunctionScheduled").count(), 3);
    assert_eq!(
        kinds[kinds.len() - 5..],
        [
            "LambdaFunctionFailed",
            "TaskStateExited",
            "PassStateEntered",
            "PassStateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[test]
fn a_failed_branch_ends_its_siblings_and_its_error_is_the_state_s() {
    let definition = r#"{
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Long", "States": {"Long": {
                        "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:forever",
                        "End": true
                    }}},
                    {"StartAt": "Short", "States": {"Short": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
                ],
                "Catch": [{"ErrorEquals": ["E"], "Next": "Caught"}],
                "End": true
            },
            "Caught": {"Type": "Succeed"}
        }
    }"#;
    let (execution, world) = arithmetic(definition, "{}");
    assert_eq!(output(&execution), r#"{"Error":"E","Cause":"C"}"#);
    assert!(world.invoked.is_empty(), "the sibling's task was abandoned");
}

#[test]
fn items_run_so_many_at_a_time_and_stay_in_order() {
    let definition = r#"{
        "StartAt": "Each",
        "States": {"Each": {
            "Type": "Map", "ItemsPath": "$.numbers", "MaxConcurrency": 2,
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "by.$": "$.by"},
            "ItemProcessor": {"StartAt": "Add", "States": {"Add": {
                "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:add", "End": true
            }}},
            "End": true
        }}
    }"#;
    let mut world = World::new();
    world.function("add");
    world.machine("machine", &value(definition));
    let run = world.start("machine", &value(r#"{"numbers": [1, 2, 3, 4, 5], "by": 10}"#));
    let (mut most, mut functions) = (0, Arithmetic::new());
    while !world.invoked.is_empty() {
        most = most.max(world.invoked.len());
        // The youngest first, so that ends come out of order.
        let invocation = world.invoked.pop().unwrap();
        let outcome = functions.call(&invocation).unwrap();
        world.take(Input::TaskEnded { task: invocation.task, attempt: 1, outcome });
    }
    assert_eq!(most, 2);
    assert_eq!(output(&world.execution(run)), "[11,12,13,14,15]");
}

#[test]
fn an_execution_that_takes_too_long_is_ended() {
    let definition = r#"{
        "StartAt": "Long", "TimeoutSeconds": 5,
        "States": {"Long": {"Type": "Wait", "Seconds": 60, "End": true}}
    }"#;
    let execution = run(definition, "{}");
    assert_eq!(execution.status, "TIMED_OUT");
    assert_eq!(execution.kinds(), ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"]);
}

#[test]
fn a_loop_that_wraps_its_data_is_stopped() {
    let definition = r#"{"StartAt": "Wrap", "States": {
        "Wrap": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "Wrap2"},
        "Wrap2": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "Wrap"}], "Default": "End"},
        "End": {"Type": "Succeed"}
    }}"#;
    let execution = run(definition, "{}");
    assert_eq!(execution.error.as_deref(), Some("States.Runtime"));
    assert!(execution.cause.unwrap().ends_with("nests deeper than 100 levels."));
}

/// A state by itself, with its work played.
#[test]
fn a_state_can_be_rehearsed() {
    use tidegate_languages::asl::rehearse::{Scene, Work, rehearse};
    let state = r#"{
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "QueryLanguage": "JSONata",
        "Arguments": {"FunctionName": "pay", "Payload": "{% $states.input %}"},
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
        "Output": "{% $states.result.Payload %}", "Next": "Done"
    }"#;
    let scene = |work, retries| Scene {
        name: "StateName".to_owned(),
        state: value(state),
        query_language: None,
        input: value("7"),
        context: None,
        variables: None,
        role_arn: None,
        work: Some(work),
        retries,
        failed_items: None,
        items: None,
        at: tidegate_model::Timestamp(0),
    };
    let done = rehearse(&scene(Work::Result(value(r#"{"Payload": "paid"}"#)), 0)).unwrap();
    assert_eq!((done.status, done.next.as_deref()), ("SUCCEEDED", Some("Done")));
    assert_eq!(done.output, Some(Value::from("paid")));
    assert_eq!(done.inspection["afterArguments"].to_text(), r#"{"FunctionName":"pay","Payload":7}"#);
    let busy = || Work::Error { error: "Busy".to_owned(), cause: "later".to_owned() };
    let again = rehearse(&scene(busy(), 2)).unwrap();
    assert_eq!((again.status, again.error.as_deref()), ("RETRIABLE", Some("Busy")));
    assert_eq!(
        again.inspection["errorDetails"].to_text(),
        r#"{"retryBackoffIntervalSeconds":8,"retryIndex":0}"#
    );
    let caught = rehearse(&scene(busy(), 3)).unwrap();
    assert_eq!((caught.status, caught.next.as_deref()), ("CAUGHT_ERROR", Some("Sorry")));
}

#[test]
fn a_nested_execution_is_waited_for_or_not_as_the_pattern_says() {
    let child = r#"{"StartAt": "Double", "States": {"Double": {
        "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:double", "End": true
    }}}"#;
    for (pattern, expected) in
        [("", r#"["ExecutionArn","StartDate"]"#), (".sync", r#""84""#), (".sync:2", "84")]
    {
        let parent = format!(
            r#"{{"StartAt": "Call", "States": {{"Call": {{
                "Type": "Task", "Resource": "arn:aws:states:::states:startExecution{pattern}",
                "Parameters": {{
                    "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child",
                    "Name": "one", "Input": {{"n": 42}}
                }},
                "End": true
            }}}}}}"#
        );
        let mut world = World::new();
        world.function("double");
        world.machine("child", &value(child));
        world.machine("parent", &value(&parent));
        let run = world.start("parent", &value("{}"));
        let mut functions = Arithmetic::new();
        world.work(&mut |invocation| functions.call(invocation));
        let execution = world.execution(run);
        let found = execution.output.clone().unwrap_or_else(|| panic!("{execution:?}"));
        let found = match found.get("Output") {
            Some(output) => output.to_text(),
            None => {
                Value::array(found.as_object().unwrap().keys().map(|key| Value::from(key.as_str()))).to_text()
            }
        };
        assert_eq!(found, expected, "{pattern}");
    }
}

#[test]
fn a_task_with_a_token_waits_for_whoever_has_it() {
    let definition = r#"{"StartAt": "Ask", "States": {"Ask": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "double", "Payload": {"n": 1, "token.$": "$$.Task.Token"}},
        "HeartbeatSeconds": 30, "TimeoutSeconds": 600,
        "End": true
    }}}"#;
    let mut world = World::new();
    world.function("double");
    world.machine("machine", &value(definition));
    let run = world.start("machine", &value("{}"));
    let asked = world.invoked.iter().find(|invocation| invocation.function.as_str() == "double").unwrap();
    let token = asked.input.get("token").and_then(Value::as_str).unwrap().to_owned();
    let request = asked.task;
    world.take(Input::TaskEnded { task: request, attempt: 1, outcome: Outcome::succeeded(&Value::from(2)) });
    assert_eq!(world.execution(run).kinds().last(), Some(&"TaskSubmitted"));
    let task = tidegate_languages::asl::token::decode(&token).unwrap();
    world.restart();
    world.take(Input::TaskEnded { task, attempt: 1, outcome: Outcome::succeeded(&Value::from("done")) });
    let execution = world.execution(run);
    assert_eq!(output(&execution), r#""done""#);
    assert_eq!(
        execution.kinds()[2..],
        [
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[test]
fn a_worker_that_gives_no_sign_of_life_loses_the_task() {
    let definition = r#"{"StartAt": "Work", "States": {"Work": {
        "Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:work",
        "HeartbeatSeconds": 10, "TimeoutSeconds": 100, "End": true
    }}}"#;
    let mut world = World::new();
    world.function("activity:work");
    world.machine("machine", &value(definition));
    let run = world.start("machine", &value("{}"));
    let task = world.invoked[0].task;
    world.take(Input::TaskTaken { task, attempt: 1, by: Some("worker-7".into()) });
    world.work(&mut no_functions);
    let execution = world.execution(run);
    assert_eq!(output(&execution), r#"FAILED Some("States.Timeout") None"#);
    assert_eq!(
        execution.kinds()[2..],
        ["ActivityScheduled", "ActivityStarted", "ActivityTimedOut", "ExecutionFailed"]
    );
    assert_eq!(execution.history[3].details.get("workerName"), Some(&Value::from("worker-7")));
    assert_eq!(world.at.0, 1_700_000_000_000 + 10_000);
}

/// A list made by one state is mapped by the next: the published original could not.
#[test]
fn a_map_over_what_a_pass_state_made() {
    let definition = r#"{"StartAt": "List", "States": {
        "List": {"Type": "Pass", "Result": {"array": [1, 2, 3]}, "Next": "Each"},
        "Each": {
            "Type": "Map", "ItemsPath": "$.array", "Next": "World",
            "Iterator": {"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "End": true}}}
        },
        "World": {"Type": "Pass", "End": true}
    }}"#;
    let execution = run(definition, "{}");
    assert_eq!(output(&execution), "[1,2,3]");
    assert_eq!(execution.kinds().iter().filter(|kind| **kind == "MapIterationSucceeded").count(), 3);
}

const MIXED: &str = r#"{"StartAt": "Random", "States": {
    "Random": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:random", "Next": "Sign"},
    "Sign": {"Type": "Choice", "Choices": [
        {"Variable": "$.random", "NumericLessThan": 0, "Next": "Negative"},
        {"Variable": "$.random", "NumericGreaterThan": 0, "Next": "Positive"}
    ]},
    "Negative": {
        "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:abs",
        "Parameters": {"number.$": "$.random"}, "ResultPath": "$.number", "Next": "Make"
    },
    "Positive": {"Type": "Pass", "InputPath": "$.random", "ResultPath": "$.number", "Next": "Make"},
    "Make": {
        "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:list",
        "Parameters": {"size.$": "$.number"}, "Next": "Both"
    },
    "Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Up", "States": {"Up": {
            "Type": "Map", "ItemsPath": "$.list", "End": true,
            "Parameters": {"n.$": "$$.Map.Item.Value", "by": 100},
            "Iterator": {"StartAt": "Add", "States": {"Add": {
                "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:add", "End": true
            }}}
        }}},
        {"StartAt": "Down", "States": {"Down": {
            "Type": "Map", "ItemsPath": "$.list", "End": true,
            "Parameters": {"n.$": "$$.Map.Item.Value", "by": -100},
            "Iterator": {"StartAt": "Less", "States": {"Less": {
                "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:add", "End": true
            }}}
        }}}
    ]}
}}"#;

#[test]
fn tasks_choices_and_maps_in_parallel() {
    for random in [-3_i64, 4] {
        let mut world = World::new();
        ["random", "abs", "list", "add"].iter().for_each(|name| world.function(name));
        world.machine("machine", &value(MIXED));
        let run = world.start("machine", &value("{}"));
        let (mut calls, mut functions) = (0, Arithmetic::new());
        world.work(&mut |invocation| {
            calls += 1;
            let number = |name: &str| invocation.input.get(name).and_then(Value::as_i64).unwrap_or_default();
            let result = match invocation.function.as_str() {
                "random" => Value::object([("random", Value::from(random))]),
                "abs" => Value::from(number("number").abs()),
                "list" => Value::object([("list", Value::array((0..number("size")).map(Value::from)))]),
                _ => return functions.call(invocation),
            };
            Some(Outcome::succeeded(&result))
        });
        let size = random.abs();
        let list = |by: i64| Value::array((0..size).map(|n| Value::from(n + by)));
        let expected = Value::array([list(100), list(-100)]);
        assert_eq!(world.execution(run).output, Some(expected));
        assert_eq!(calls, 2 + i64::from(random < 0) + 2 * size);
    }
}

/// The shape of the Montage workflow: three bands in parallel, maps of 25, 300 and 25 each, then one merge.
#[test]
fn a_mosaic_of_a_thousand_tasks_joins_once() {
    let lambda = |name: &str| {
        format!(r#""Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:{name}""#)
    };
    let map = |name: &str, task: &str, next: &str| {
        format!(
            r#""{name}": {{"Type": "Map", "ItemsPath": "$.items", "Next": "{next}", "ItemProcessor": {{
                "StartAt": "{task}", "States": {{"{task}": {{{}, "End": true}}}}
            }}}}"#,
            lambda("work")
        )
    };
    let fan = |name: &str, size: u32, next: &str| {
        format!(r#""{name}": {{{}, "Parameters": {{"size": {size}}}, "Next": "{next}"}}"#, lambda("fanout"))
    };
    let step = |name: &str, next: &str| format!(r#""{name}": {{{}, "Next": "{next}"}}"#, lambda("work"));
    let band = |band: &str| {
        let s = |name: &str| format!("{name}-{band}");
        let states = [
            step(&s("Download"), &s("Fan1")),
            fan(&s("Fan1"), 25, &s("Project")),
            map(&s("Project"), &s("mProject"), &s("Fan2")),
            fan(&s("Fan2"), 300, &s("Diff")),
            map(&s("Diff"), &s("mDiffFit"), &s("Concat")),
            step(&s("Concat"), &s("Model")),
            step(&s("Model"), &s("Fan3")),
            fan(&s("Fan3"), 25, &s("Background")),
            map(&s("Background"), &s("mBackground"), &s("Table")),
            step(&s("Table"), &s("Add")),
            step(&s("Add"), &s("View")),
            format!(r#""{}": {{{}, "End": true}}"#, s("View"), lambda("work")),
        ];
        format!(r#"{{"StartAt": "{}", "States": {{{}}}}}"#, s("Download"), states.join(","))
    };
    let bands = ["blue", "red", "ir"].map(band).join(",");
    let definition = format!(
        r#"{{"StartAt": "Bands", "States": {{
            "Bands": {{"Type": "Parallel", "Branches": [{bands}], "Next": "Merge"}},
            "Merge": {{{}, "End": true}}
        }}}}"#,
        lambda("merge")
    );
    let mut world = World::new();
    ["work", "fanout", "merge"].iter().for_each(|name| world.function(name));
    world.machine("machine", &value(&definition));
    let run = world.start("machine", &value("{}"));
    let (mut calls, mut merges) = (0, 0);
    world.work(&mut |invocation| {
        calls += 1;
        merges += u32::from(invocation.function.as_str() == "merge");
        let size = invocation.input.get("size").and_then(Value::as_i64).unwrap_or_default();
        let result = match invocation.function.as_str() {
            "fanout" => Value::object([("items", Value::array((0..size).map(Value::from)))]),
            "merge" => Value::from(invocation.input.as_array().map_or(0, |bands| bands.len())),
            _ => Value::object([("done", Value::from(true))]),
        };
        Some(Outcome::succeeded(&result))
    });
    let execution = world.execution(run);
    assert_eq!(output(&execution), "3");
    assert_eq!((calls, merges), (1_078, 1));
}

/// Every machine of this file that calls functions, with a restart after each entry: same result, same history.
#[test]
fn a_restart_at_any_moment_changes_nothing() {
    let mut world = World::new();
    ["random", "abs", "list", "add"].iter().for_each(|name| world.function(name));
    world.machine("machine", &value(MIXED));
    let run = world.start("machine", &value("{}"));
    let mut functions = Arithmetic::new();
    while let Some(invocation) = world.invoked.first().cloned() {
        world.restart();
        world.invoked.remove(0);
        let number = |name: &str| invocation.input.get(name).and_then(Value::as_i64).unwrap_or_default();
        let outcome = match invocation.function.as_str() {
            "random" => Outcome::succeeded(&value(r#"{"random": -2}"#)),
            "abs" => Outcome::succeeded(&Value::from(number("number").abs())),
            "list" => Outcome::succeeded(&value(r#"{"list": [0, 1]}"#)),
            _ => functions.call(&invocation).unwrap(),
        };
        world.take(Input::TaskEnded { task: invocation.task, attempt: 1, outcome });
    }
    assert_eq!(output(&world.execution(run)), "[[100,101],[-100,-99]]");
}

/// Who has the token of a task that waits for an execution may end it before that does.
#[test]
fn a_job_is_ended_by_whoever_has_its_token() {
    let parent = r#"{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync",
        "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child",
            "Input": {"token.$": "$$.Task.Token"}}, "End": true}}}"#;
    let child = r#"{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": true}}}"#;
    for (by_token, expected) in [(true, r#"{"ended":"by token"}"#), (false, "SUCCEEDED")] {
        let mut world = World::new();
        world.machine("child", &value(child));
        world.machine("machine", &value(parent));
        let run = world.start("machine", &value("{}"));
        let ended = value(r#"{"ended": "by token"}"#);
        world.work(&mut |invocation| {
            (by_token && invocation.subject == "Ask:token").then(|| Outcome::succeeded(&ended))
        });
        let output = world.execution(run).output.unwrap();
        let told =
            output.get("Status").and_then(Value::as_str).map_or_else(|| output.to_text(), str::to_owned);
        assert_eq!(told, expected);
        assert!(world.invoked.is_empty(), "nobody waits for the other");
    }
}
