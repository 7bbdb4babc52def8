//! `tidegate run` of state machines without the functions that they call.

use expect_test::expect;

use crate::place::Place;

const ORDER: &str = r#"{"StartAt": "Pay", "States": {
  "Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "payment", "Payload.$": "$"}, "OutputPath": "$.Payload", "Next": "Ship",
    "Catch": [{"ErrorEquals": ["Declined"], "Next": "Refused"}]},
  "Ship": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:shipping", "End": true},
  "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "payment was declined"}}}"#;

const MOCKS: &str = r#"{
  "StateMachines": {"order": {"TestCases": {"declined": {"Pay": "Declined"}, "typo": {"Pya": "Declined"}}}},
  "MockedResponses": {"Declined": {"0": {"Throw": {"Error": "Declined", "Cause": "no money"}}}}
}"#;

fn place() -> Place {
    let place = Place::new();
    place.file("order.asl.json", ORDER).file("MockConfigFile.json", MOCKS);
    place
}

#[test]
fn what_a_state_machine_calls_and_is_not_there_is_mocked_and_listed() {
    place().tidegate(&["run", "order.asl.json", "--input", r#"{"order": 7}"#]).check(expect![[r#"
        exit 0
        stdout: {"order":7}
        stderr: mocked: payment (Task "Pay"): answers its payload
        stderr: mocked: shipping (Task "Ship"): answers its input
        stderr: run r1 of `order` started
        stderr: Pay: mocked
        stderr: Ship: mocked
    "#]]);
}

#[test]
fn nothing_is_mocked_where_that_is_strictly_unwanted() {
    let ended = place().tidegate(&["run", "order.asl.json", "--strict", "--quiet"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("Lambda.ResourceNotFoundException"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("mocked"), "{}", ended.stderr);
}

#[test]
fn a_test_case_decides_what_calls_come_to() {
    place()
        .tidegate(&[
            "run",
            "order.asl.json",
            "--mock-config",
            "MockConfigFile.json",
            "--test-case",
            "declined",
        ])
        .check(expect![[r#"
            exit 3
            stderr: mocked: shipping (Task "Ship"): answers its input
            stderr: run r1 of `order` started
            stderr: error: run r1 of `order` failed: Refused: payment was declined
            stderr: help: `tidegate dev`, and then `tidegate why r1`, tells step by step
        "#]]);
}

#[test]
fn a_mock_configuration_that_does_not_fit_is_refused_with_a_way_out() {
    let place = place();
    let run = |more: &[&str]| {
        let arguments = [&["run", "order.asl.json", "--mock-config"], more].concat();
        place.tidegate(&arguments)
    };
    run(&["MockConfigFile.json", "--test-case", "typo"]).check(expect![[r#"
        exit 2
        stderr: error[mocks::unknown_state]: the state machine has no state `Pya` that calls something
        stderr:  --> MockConfigFile.json:2:87
        stderr:   |
        stderr: 2 |   "StateMachines": {"order": {"TestCases": {"declined": {"Pay": "Declined"}, "typo": {"Pya": "Declined"}}}},
        stderr:   |                                                                                       ^^^^^
        stderr:   |
        stderr:   = help: did you mean `Pay`?
        stderr:
        stderr: error: `MockConfigFile.json` is not for `order.asl.json`
    "#]]);
    run(&["MockConfigFile.json", "--test-case", "delcined"]).check(expect![[r#"
        exit 5
        stderr: error: the mock configuration `MockConfigFile.json` has no test case `delcined` of the state machine `order`; it has `declined`, `typo`
    "#]]);
    run(&["MockConfigFile.json"]).check(expect![[r#"
        exit 2
        stderr: error: which test case of `MockConfigFile.json`?
        stderr: help: --test-case CASE; there are declined, typo
    "#]]);
    place.file("bad.json", r#"{"StateMachines": {"order": {"TestCases": {"a": {"Pay": "Payd"}}}}}"#);
    run(&["bad.json", "--test-case", "a"]).check(expect![[r#"
        exit 2
        stderr: error[mocks::unknown_response]: `MockedResponses` has no `Payd`
        stderr:  --> bad.json:1:57
        stderr:   |
        stderr: 1 | {"StateMachines": {"order": {"TestCases": {"a": {"Pay": "Payd"}}}}}
        stderr:   |                                                         ^^^^^^
        stderr:   |
        stderr:   = help: there are none
        stderr:
        stderr: error: `bad.json` is no mock configuration; nothing was done
    "#]]);
    place.file("greet.yaml", "workflow: greet\ntriggers: {a: {on: start, do: {complete: 1}}}\n");
    let refused = place.tidegate(&[
        "run",
        "greet.yaml",
        "--mock-config",
        "MockConfigFile.json",
        "--test-case",
        "declined",
    ]);
    refused.check(expect![[r#"
        exit 2
        stderr: error: `greet.yaml` is no state machine
        stderr: help: --mock-config is for definitions in Amazon States Language
    "#]]);
}

#[test]
fn a_function_can_be_given_to_one_run() {
    let place = place();
    let shipping = r#"shipping={"runtime": "command", "command": "echo \\\"shipped\\\""}"#;
    let ended = place.tidegate(&["run", "order.asl.json", "--function", shipping]);
    ended.check(expect![[r#"
        exit 0
        stdout: "shipped"
        stderr: mocked: payment (Task "Pay"): answers its payload
        stderr: run r1 of `order` started
        stderr: Pay: mocked
        stderr: Ship: done in SPAN
    "#]]);
    let refused = place.tidegate(&["run", "order.asl.json", "--function", "payment=pay.rb:handler"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("cannot find `pay.rb`"), "{}", refused.stderr);
}
