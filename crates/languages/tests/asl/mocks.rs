//! Mocks: the file that they are written in, what a mocked machine does, and what answers for what is not there.

use expect_test::{Expect, expect};
use tidegate_languages::asl::mock::config::Config;
use tidegate_languages::asl::mock::{Absent, Mocks, calls};
use tidegate_languages::{Colour, render};
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Outcome, Runtime};

use crate::execution::{Execution, World, value};

/// What is said about the file `text`.
fn check_file(text: &str, expected: &Expect) {
    let (config, diagnostics) = Config::read(text, "mocks.json");
    let said: String = diagnostics.iter().map(|found| render(found, text, Colour::Never)).collect();
    assert_eq!(config.is_none(), said.contains("error["), "{said}");
    expected.assert_eq(&said);
}

/// Runs `definition` with the responses of the test case `case`, restarting in between.
fn run_case(definition: &str, text: &str, input: &str) -> Execution {
    let (config, diagnostics) = Config::read(text, "mocks.json");
    let config = config.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    let case = config.test_case("machine", "case").unwrap();
    assert_eq!(case.misfits(&value(definition)), []);
    run_with(definition, input, Mocks { responses: case.responses(), absent: Absent::Fails })
}

fn run_with(definition: &str, input: &str, mocks: Mocks) -> Execution {
    let mut world = World::new();
    world.mocked_machine("machine", &value(definition), mocks);
    let run = world.start("machine", &value(input));
    world.restart();
    world.work(&mut |invocation| panic!("{} is called", invocation.function));
    world.restart();
    world.execution(run)
}

fn told(execution: &Execution) -> String {
    let Execution { status, output, error, cause, .. } = execution;
    let end = match output {
        Some(output) => output.to_text(),
        None => format!("{error:?} {cause:?}"),
    };
    format!("{status} {end}\n{}", execution.kinds().join("\n"))
}

/// The configuration of one test case.
fn config(states: &str, responses: &str) -> String {
    format!(
        r#"{{"StateMachines": {{"machine": {{"TestCases": {{"case": {states}}}}}}}, "MockedResponses": {responses}}}"#
    )
}

#[test]
fn everything_that_is_wrong_with_a_file_is_told_at_once() {
    check_file(
        r#"{
  "StateMachines": {
    "order": {
      "TestCases": {"paid": {"Pay": "Payd", "Ship": 7}},
      "Comment": "no member of a machine"
    },
    "empty": {}
  },
  "MockedResponse": {},
  "MockedResponses": {
    "Paid": {"0": {"Return": 1}, "1-3": {"Throw": {"Cause": "why"}}, "3": {"Return": 2}, "5": {"Return": 3}},
    "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
    "Late": {"1": {"Return": 1}},
    "Never": {}
  }
}
"#,
        &expect![[r#"
            error[mocks::unknown_response]: `MockedResponses` has no `Payd`
             --> mocks.json:4:37
              |
            4 |       "TestCases": {"paid": {"Pay": "Payd", "Ship": 7}},
              |                                     ^^^^^^
              |
              = help: did you mean `Paid`?
            error[mocks::not_a_name]: the state `Ship` is mocked by the name of a response
             --> mocks.json:4:53
              |
            4 |       "TestCases": {"paid": {"Pay": "Payd", "Ship": 7}},
              |                                                     ^
              |
              = help: name a member of `MockedResponses`
            error[mocks::unknown_member]: a state machine has no member `Comment`
             --> mocks.json:5:7
              |
            5 |       "Comment": "no member of a machine"
              |       ^^^^^^^^^
              |
              = help: it has `TestCases`
            error[mocks::missing_member]: the state machine `empty` has no `TestCases`
             --> mocks.json:7:5
              |
            7 |     "empty": {}
              |     ^^^^^^^
            error[mocks::unknown_member]: a mock configuration has no member `MockedResponse`
             --> mocks.json:9:3
              |
            9 |   "MockedResponse": {},
              |   ^^^^^^^^^^^^^^^^
              |
              = help: did you mean `MockedResponses`?
            error[mocks::missing_member]: `Throw` has no `Error`, the error's name
              --> mocks.json:11:51
               |
            11 |     "Paid": {"0": {"Return": 1}, "1-3": {"Throw": {"Cause": "why"}}, "3": {"Return": 2}, "5": {"Return": 3}},
               |                                                   ^^^^^^^^^^^^^^^^
            error[mocks::overlapping_range]: `3` overlaps the numbers before it, which go up to 3
              --> mocks.json:11:70
               |
            11 |     "Paid": {"0": {"Return": 1}, "1-3": {"Throw": {"Cause": "why"}}, "3": {"Return": 2}, "5": {"Return": 3}},
               |                                                                      ^^^
            error[mocks::missing_number]: call 4 has no response before `5`
              --> mocks.json:11:90
               |
            11 |     "Paid": {"0": {"Return": 1}, "1-3": {"Throw": {"Cause": "why"}}, "3": {"Return": 2}, "5": {"Return": 3}},
               |                                                                                          ^^^
               |
               = help: calls are numbered from 0, without a gap
            error[mocks::bad_range]: `first` is no number of a call, and no range of them
              --> mocks.json:12:13
               |
            12 |     "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
               |             ^^^^^^^
               |
               = help: calls are numbered from 0: "0", or "1-3" for several
            error[mocks::bad_range]: `2-1` is no number of a call, and no range of them
              --> mocks.json:12:37
               |
            12 |     "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
               |                                     ^^^^^
               |
               = help: calls are numbered from 0: "0", or "1-3" for several
            error[mocks::two_answers]: a call has either a `Return` or a `Throw`, not both
              --> mocks.json:12:67
               |
            12 |     "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
               |                                                                   ^^^^^^^^^^^^
            error[mocks::no_answer]: the response to a call has neither `Return` nor `Throw`
              --> mocks.json:12:87
               |
            12 |     "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
               |                                                                                       ^^
               |
               = help: {"Return": RESULT}, or {"Throw": {"Error": NAME, "Cause": TEXT}}
            error[mocks::no_answer]: the response to a call has neither `Return` nor `Throw`
              --> mocks.json:12:96
               |
            12 |     "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
               |                                                                                                ^^^^^^^^^^^^^
               |
               = help: {"Return": RESULT}, or {"Throw": {"Error": NAME, "Cause": TEXT}}
            error[mocks::unknown_member]: the response to a call has no member `Retrun`
              --> mocks.json:12:97
               |
            12 |     "Odd": {"first": {"Return": 1}, "2-1": {"Return": 2, "Throw": {"Error": 1}}, "0": {}, "1": {"Retrun": 1}},
               |                                                                                                 ^^^^^^^^
               |
               = help: did you mean `Return`?
            error[mocks::missing_number]: call 0 has no response before `1`
              --> mocks.json:13:14
               |
            13 |     "Late": {"1": {"Return": 1}},
               |              ^^^
               |
               = help: calls are numbered from 0, without a gap
            warning[mocks::empty_response]: the response `Never` answers no call
              --> mocks.json:14:5
               |
            14 |     "Never": {}
               |     ^^^^^^^
               |
               = help: a state that has it fails when it is entered; add "0": {"Return": …}
        "#]],
    );
    check_file(r#"{"StateMachines": {"order": {"TestCases": {"paid": {}}}}}"#, &expect![""]);
    check_file(
        "[]",
        &expect![[r#"
        error[mocks::not_an_object]: a mock configuration is an object
         --> mocks.json:1:1
          |
        1 | []
          | ^^
    "#]],
    );
    check_file(
        "{}",
        &expect![[r#"
        error[mocks::missing_member]: a mock configuration has the member `StateMachines`
         --> mocks.json:1:1
          |
        1 | {}
          | ^^
          |
          = help: as in {"StateMachines": {"order": {"TestCases": {"paid": {"Pay": "Paid"}}}}}
    "#]],
    );
}

#[test]
fn a_test_case_is_found_or_named_with_those_that_there_are() {
    let text = config(r#"{"Pya": "Paid"}"#, r#"{"Paid": {"0": {"Return": 1}}}"#);
    let config = Config::read(&text, "mocks.json").0.unwrap();
    let unknown = |machine, case| config.test_case(machine, case).unwrap_err().to_string();
    expect![[r#"
        the mock configuration `mocks.json` has no state machine `other`; it has `machine`
        the mock configuration `mocks.json` has no test case `caes` of the state machine `machine`; it has `case`"#]].assert_eq(&format!("{}\n{}", unknown("other", "case"), unknown("machine", "caes")));
    let definition = r#"{"StartAt": "Pay", "States": {
        "Pay": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:pay", "End": true}}}"#;
    let misfits = config.test_case("machine", "case").unwrap().misfits(&value(definition));
    let said: String = misfits.iter().map(|found| render(found, &text, Colour::Never)).collect();
    expect![[r#"
        error[mocks::unknown_state]: the state machine has no state `Pya` that calls something
         --> mocks.json:1:55
          |
        1 | {"StateMachines": {"machine": {"TestCases": {"case": {"Pya": "Paid"}}}}, "MockedResponses": {"Paid": {"0": {"Return": 1}…
          |                                                       ^^^^^
          |
          = help: did you mean `Pay`?
    "#]].assert_eq(&said);
}

#[test]
fn a_retry_is_another_call() {
    let definition = r#"{"StartAt": "Pay", "States": {
        "Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "pay", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3}],
            "OutputPath": "$.Payload", "End": true}}}"#;
    let responses = r#"{"Third": {
        "0-1": {"Throw": {"Error": "Busy", "Cause": "not yet"}}, "2": {"Return": {"StatusCode": 200, "Payload": "paid"}}}}"#;
    let execution = run_case(definition, &config(r#"{"Pay": "Third"}"#, responses), "{}");
    expect![[r#"
        SUCCEEDED "paid"
        ExecutionStarted
        TaskStateEntered
        TaskScheduled
        TaskStarted
        TaskFailed
        TaskScheduled
        TaskStarted
        TaskFailed
        TaskScheduled
        TaskStarted
        TaskSucceeded
        TaskStateExited
        ExecutionSucceeded"#]]
    .assert_eq(&told(&execution));
}

#[test]
fn calls_are_counted_over_loops_and_items() {
    let definition = r#"{"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.first", "Next": "Again",
            "ItemProcessor": {"StartAt": "Ask", "States": {
                "Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:ask", "End": true,
                    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]}}}},
        "Again": {"Type": "Choice", "Default": "Done",
            "Choices": [{"Variable": "$.again", "IsPresent": true, "Next": "Round"}]},
        "Round": {"Type": "Pass", "Parameters": {"items.$": "$.items", "before.$": "$.first"}, "Next": "Each"},
        "Done": {"Type": "Succeed"}}}"#;
    let responses = r#"{"Numbered": {
        "0": {"Return": "zero"}, "1": {"Throw": {"Error": "Busy"}}, "2": {"Return": "two"}, "3": {"Return": "three"},
        "4": {"Return": {"StatusCode": 200, "Payload": "four"}}, "5": {"Return": "five"}, "6": {"Return": "six"}}}"#;
    let config = config(r#"{"Ask": "Numbered"}"#, responses);
    let execution = run_case(definition, &config, r#"{"items": [1, 2, 3], "again": true}"#);
    assert_eq!(
        execution.output.unwrap().to_text(),
        r#"{"items":[1,2,3],"before":["zero","three","two"],"first":["four","five","six"]}"#
    );
}

#[test]
fn a_call_beyond_the_last_number_fails_and_says_so() {
    let definition = r#"{"StartAt": "Ask", "States": {
        "Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:ask", "Next": "More",
            "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]},
        "More": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Ask"}], "Default": "Done"},
        "Done": {"Type": "Succeed"}}}"#;
    let config = config(r#"{"Ask": "Once"}"#, r#"{"Once": {"0": {"Return": 1}}}"#);
    let execution = run_case(definition, &config, "{}");
    assert_eq!(execution.error.as_deref(), Some("States.Runtime"));
    assert_eq!(
        execution.cause.as_deref(),
        Some(
            "An error occurred while executing the state 'Ask' (entered at the event id #9). No mocked response for \
             call 1 of the state 'Ask': it has one, 0."
        )
    );
}

/// A machine of one task.
fn task(resource: &str, parameters: &str) -> String {
    format!(
        r#"{{"StartAt": "Do", "States": {{
            "Do": {{"Type": "Task", "Resource": "{resource}", "Parameters": {parameters}, "End": true}}}}}}"#
    )
}

#[test]
fn history_tells_of_mocked_calls_as_of_others() {
    let activity = "arn:aws:states:us-east-1:000000000000:activity:approve";
    let token = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let job = "arn:aws:states:::glue:startJobRun.sync";
    for (resource, parameters, expected) in [
        (
            activity,
            r#"{"a": 1}"#,
            expect![[r#"
            SUCCEEDED "done"
            ExecutionStarted
            TaskStateEntered
            ActivityScheduled
            ActivityStarted
            ActivitySucceeded
            TaskStateExited
            ExecutionSucceeded

            FAILED Some("States.Timeout") None
            ExecutionStarted
            TaskStateEntered
            ActivityScheduled
            ActivityStarted
            ActivityTimedOut
            ExecutionFailed"#]],
        ),
        (
            token,
            r#"{"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}"#,
            expect![[r#"
                SUCCEEDED "done"
                ExecutionStarted
                TaskStateEntered
                TaskScheduled
                TaskStarted
                TaskSubmitted
                TaskSucceeded
                TaskStateExited
                ExecutionSucceeded

                FAILED Some("States.Timeout") None
                ExecutionStarted
                TaskStateEntered
                TaskScheduled
                TaskStarted
                TaskSubmitted
                TaskTimedOut
                ExecutionFailed"#]],
        ),
        (
            job,
            r#"{"JobName": "j"}"#,
            expect![[r#"
            SUCCEEDED "done"
            ExecutionStarted
            TaskStateEntered
            TaskScheduled
            TaskStarted
            TaskSubmitted
            TaskSucceeded
            TaskStateExited
            ExecutionSucceeded

            FAILED Some("States.Timeout") None
            ExecutionStarted
            TaskStateEntered
            TaskScheduled
            TaskStarted
            TaskSubmitted
            TaskTimedOut
            ExecutionFailed"#]],
        ),
    ] {
        let definition = task(resource, parameters);
        let returned = config(r#"{"Do": "Response"}"#, r#"{"Response": {"0": {"Return": "done"}}}"#);
        let thrown =
            config(r#"{"Do": "Response"}"#, r#"{"Response": {"0": {"Throw": {"Error": "States.Timeout"}}}}"#);
        let (well, badly) = (run_case(&definition, &returned, "{}"), run_case(&definition, &thrown, "{}"));
        expected.assert_eq(&format!("{}\n\n{}", told(&well), told(&badly)));
    }
}

#[test]
fn a_nested_execution_can_be_mocked() {
    let definition =
        task("arn:aws:states:::states:startExecution.sync:2", r#"{"StateMachineArn": "child", "Input": {}}"#);
    let description =
        r#"{"ExecutionArn": "arn:child", "StartDate": 1, "Status": "SUCCEEDED", "Output": {"a": 1}}"#;
    let responses = format!(r#"{{"Response": {{"0": {{"Return": {description}}}}}}}"#);
    let execution = run_case(&definition, &config(r#"{"Do": "Response"}"#, &responses), "{}");
    assert_eq!(execution.output, Some(value(description)));
    let submitted = execution.history.iter().find(|event| event.kind == "TaskSubmitted").unwrap();
    assert_eq!(
        submitted.details.get("output"),
        Some(&value(r#"{"ExecutionArn": "arn:child", "StartDate": 1}"#))
    );
}

#[test]
fn the_items_that_a_map_reads_can_be_mocked() {
    let definition = r#"{"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": true}}}}}}"#;
    let config =
        |response: &str| config(r#"{"Each": "Items"}"#, &format!(r#"{{"Items": {{"0": {response}}}}}"#));
    let execution = run_case(definition, &config(r#"{"Return": [1, 2]}"#), "{}");
    assert_eq!(execution.output, Some(value("[1, 2]")));
    let execution = run_case(definition, &config(r#"{"Return": {}}"#), "{}");
    assert_eq!(execution.error.as_deref(), Some("States.ItemReaderFailed"));
}

/// Runs `definition` where nothing is there that it calls, and something answers.
fn run_alone(definition: &str, input: &str) -> Execution {
    let mut world = World::new();
    let mocks = Mocks { absent: Absent::Answers, ..Mocks::default() };
    world.mocked_machine("machine", &value(definition), mocks);
    let run = world.start("machine", &value(input));
    world.work(&mut |invocation| {
        // What carries out integrations knows whether anybody is there.
        let is_service = matches!(invocation.spec.runtime, Runtime::Aws(_));
        assert!(is_service, "{} is called", invocation.function);
        Some(Outcome::Failed(Failure::new(errors::NO_ENDPOINT, "nobody is there")))
    });
    world.execution(run)
}

#[test]
fn something_answers_for_what_is_not_there() {
    let output = |resource: &str, parameters: &str| {
        let execution = run_alone(&task(resource, parameters), r#"{"name": "${Name}", "n": 1}"#);
        let mut output = execution.output.unwrap_or_else(|| panic!("{:?}", execution.cause));
        if let Some(members) = output.as_object_mut() {
            // Headers have ids and times in them.
            members.retain(|name, _| !name.starts_with("Sdk") && !name.ends_with("Date"));
        }
        output.to_text()
    };
    let said = [
        output("arn:aws:lambda:us-east-1:000000000000:function:pay", r#"{"n.$": "$.n"}"#),
        output("${PayFunctionArn}", r#"{"n.$": "$.n"}"#),
        output("arn:aws:states:::lambda:invoke", r#"{"FunctionName": "pay", "Payload.$": "$"}"#),
        output("arn:aws:states:::lambda:invoke", r#"{"FunctionName.$": "$.name", "Payload": "{\"a\": 1}"}"#),
        output(
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            r#"{"FunctionName": "pay", "Payload": {"token": "t"}}"#,
        ),
        output("arn:aws:states:us-east-1:000000000000:activity:approve", r#"{"n.$": "$.n"}"#),
        output("arn:aws:states:::sqs:sendMessage", r#"{"QueueUrl": "q", "MessageBody": "m"}"#),
        output("arn:aws:states:::aws-sdk:dynamodb:scan", r#"{"TableName": "t"}"#),
        output("arn:aws:states:::aws-sdk:ec2:describeVolumes", "{}"),
        output(
            "arn:aws:states:::states:startExecution",
            r#"{"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child", "Name": "x"}"#,
        ),
        output(
            "arn:aws:states:::states:startExecution.sync:2",
            r#"{"StateMachineArn": "${ChildArn}", "Name": "x", "Input": {"a": 1}}"#,
        ),
    ];
    expect![[r#"
        {"n":1}
        {"n":1}
        {"ExecutedVersion":"$LATEST","Payload":{"name":"${Name}","n":1},"StatusCode":200}
        {"ExecutedVersion":"$LATEST","Payload":{"a":1},"StatusCode":200}
        {"token":"t"}
        {"n":1}
        {"MD5OfMessageBody":"d41d8cd98f00b204e9800998ecf8427e","MessageId":"00000000-0000-0000-0000-000000000000"}
        {"Count":0,"Items":[],"ScannedCount":0}
        {}
        {"ExecutionArn":"arn:aws:states:us-east-1:000000000000:execution:child:x"}
        {"ExecutionArn":"${ChildArn}:x","Input":{"a":1},"Name":"x","StateMachineArn":"${ChildArn}","InputDetails":{"Included":true},"Status":"SUCCEEDED","Output":{"a":1},"OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE","RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven"}"#]].assert_eq(&said.join("\n"));
}

#[test]
fn what_is_there_is_called_all_the_same() {
    let mut world = World::new();
    world.function("pay");
    let mocks = Mocks { absent: Absent::Answers, ..Mocks::default() };
    let definition = task("arn:aws:lambda:us-east-1:000000000000:function:pay", r#"{"n": 1}"#);
    world.mocked_machine("machine", &value(&definition), mocks);
    let run = world.start("machine", &value("{}"));
    world.work(&mut |_| Some(tidegate_model::Outcome::succeeded(&value("\"called\""))));
    assert_eq!(world.execution(run).output, Some(value("\"called\"")));
}

#[test]
fn a_nested_execution_that_cannot_start_is_left_once() {
    let definition = r#"{"StartAt": "Start", "States": {
        "Start": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
            "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:nowhere"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Rest"}], "Next": "Wrong"},
        "Rest": {"Type": "Wait", "Seconds": 1, "End": true},
        "Wrong": {"Type": "Fail"}}}"#;
    let execution = run_with(definition, "{}", Mocks::default());
    expect![[r#"
        ExecutionStarted
        TaskStateEntered
        TaskScheduled
        TaskStarted
        TaskFailed
        TaskStateExited
        WaitStateEntered
        WaitStateExited
        ExecutionSucceeded"#]]
    .assert_eq(&execution.kinds().join("\n"));
}

#[test]
fn a_machine_says_what_it_calls() {
    let definition = r#"{"StartAt": "Pay", "States": {
        "Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:pay:live"}, "Next": "Any"},
        "Any": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName.$": "$.function"}, "Next": "Read"},
        "Read": {"Type": "Map", "Next": "Both", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"},
            "ItemProcessor": {"StartAt": "Child", "States": {"Child": {"Type": "Task", "QueryLanguage": "JSONata",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Arguments": {"StateMachineArn": "{% $machine %}"}, "End": true}}}},
        "Both": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "Queue", "States": {"Queue": {"Type": "Task", "End": true,
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}}},
            {"StartAt": "Tell", "States": {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}}]}}}"#;
    let said: Vec<String> = calls::calls(&value(definition)).iter().map(|call| format!("{call:?}")).collect();
    expect![[r#"
        Call { state: "Pay", kind: "Task", callee: Function("pay"), answer: "answers its payload" }
        Call { state: "Any", kind: "Task", callee: Computed("$.function"), answer: "answers its payload" }
        Call { state: "Read", kind: "Map", callee: Function("s3:getObject"), answer: "gives no items" }
        Call { state: "Child", kind: "Task", callee: Computed("{% $machine %}"), answer: "succeeds with its input for its output" }
        Call { state: "Queue", kind: "Task", callee: Outside("sqs:sendMessage.waitForTaskToken"), answer: "its token comes back at once, with its payload" }
        Call { state: "Tell", kind: "Task", callee: Function("sns:publish"), answer: "answers {\"MessageId\":\"00000000-0000-0000-0000-000000000000\"}" }"#]].assert_eq(&said.join("\n"));
}
