//! Definitions that AWS refuses, with the code, the sentence and the location that it answers with.

use tidegate_json::Value;
use tidegate_languages::asl::check::aws::{Outcome, validate, validate_state};
use tidegate_languages::asl::check::{QueryLanguage, WorkflowType};

/// What is said about `definition`, without what stands around it in the message of a refusal.
fn said(definition: &str, workflow: WorkflowType) -> String {
    let validation = validate(definition, workflow);
    let refusal = validation.refusal();
    assert_eq!(refusal.is_some(), validation.outcome == Outcome::Fail, "{definition}");
    let Some(refusal) = refusal else { return "accepted".to_owned() };
    let inner =
        refusal.strip_prefix("Invalid State Machine Definition: '").and_then(|rest| rest.strip_suffix('\''));
    inner.unwrap_or(&refusal).to_owned()
}

fn check(definition: &str, expected: &str) {
    assert_eq!(said(definition, WorkflowType::Standard), expected, "{definition}");
}

/// The same of a machine whose only state is `X`, with these fields; schema errors are given without their code.
fn check_state(fields: &str, expected: &str) {
    check_state_in("JSONPath", fields, expected);
}

fn check_state_in(language: &str, fields: &str, expected: &str) {
    let definition =
        format!(r#"{{"QueryLanguage":"{language}","StartAt":"X","States":{{"X":{{{fields}}}}}}}"#);
    let said = said(&definition, WorkflowType::Standard);
    assert_eq!(said.replace("SCHEMA_VALIDATION_FAILED: ", ""), expected, "{fields}");
}

#[test]
fn machines_have_a_start_and_states() {
    check(
        r#"{"States":{"X":{"Type":"Pass","End":true}}}"#,
        "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /",
    );
    check(
        r#"{"Fn::Sub": "x"}"#,
        "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /, \
         SCHEMA_VALIDATION_FAILED: Field 'Fn::Sub' is not supported at /",
    );
    check(
        r#"{"StartAt":"X","Version":"2.0","States":{"X":{"Type":"Pass","End":true}}}"#,
        "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version",
    );
    check(r#"{"StartAt":"X","TimeoutSeconds":0,"States":{"X":{"Type":"Pass","End":true}}}"#, "accepted");
}

#[test]
fn transitions_lead_to_states_and_to_an_end() {
    for (states, expected) in [
        (
            r#""X":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"X"}"#,
            "MISSING_END_STATE: Workflow has no terminal state at null",
        ),
        (
            r#""X":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"X"},"Unused":{"Type":"Pass","Next":"X"}"#,
            "MISSING_END_STATE: Workflow has no terminal state at null",
        ),
        (
            r#""X":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"X"},"C":{"Type":"Pass","End":true}"#,
            "MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C",
        ),
        (
            r#""X":{"Type":"Pass","Next":"NOPE"}"#,
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/X/Next, \
             MISSING_END_STATE: Workflow has no terminal state at null",
        ),
        (
            r#""X":{"Type":"Pass","Next":"pass3"},"pass2":{"Type":"Pass","End":true}"#,
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/X/Next, \
             MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2",
        ),
        (
            r#""X":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"Ghost"}],"Default":"Z"},"Z":{"Type":"Succeed"}"#,
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Ghost at /States/X/Choices[0]/Next",
        ),
        (
            r#""X":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"Z"}],"Default":"Ghost"},"Z":{"Type":"Succeed"}"#,
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Ghost at /States/X/Default",
        ),
        (
            r#""X":{"Type":"Pass","End":true},"a/b":{"Type":"Pass","End":true}"#,
            "MISSING_TRANSITION_TARGET: State \"a/b\" is not reachable. at /States/a/b",
        ),
    ] {
        check(&format!(r#"{{"StartAt":"X","States":{{{states}}}}}"#), expected);
    }
    check(
        r#"{"StartAt":"Nope","States":{"A":{"Type":"Pass","End":true}}}"#,
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope at /StartAt, \
         MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A",
    );
}

#[test]
fn machines_within_states_are_looked_at_alike_but_for_their_end() {
    let map = |states: &str| {
        format!(
            r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","ItemProcessor":{{"StartAt":"A","States":{{{states}}}}},"End":true}}}}}}"#
        )
    };
    check(&map(r#""A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}"#), "accepted");
    check(
        &map(r#""A":{"Type":"Pass","End":true},"Ghost":{"Type":"Pass","End":true}"#),
        "MISSING_TRANSITION_TARGET: State \"Ghost\" is not reachable. at /States/M/ItemProcessor/States/Ghost",
    );
    check(
        &map(r#""M":{"Type":"Pass","End":true}"#),
        "DUPLICATE_STATE_NAME: Duplicate State name: M at /States/M/ItemProcessor/States/M, \
         MISSING_TRANSITION_TARGET: Missing 'Next' target: A at /States/M/ItemProcessor/StartAt, \
         MISSING_TRANSITION_TARGET: State \"M\" is not reachable. at /States/M/ItemProcessor/States/M",
    );
    check_state(
        r#""Type":"Parallel","Branches":[{"StartAt":"W","States":{"W":{"Type":"Pass","Next":"X"}}}],"End":true"#,
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/X/Branches[0]/States/W/Next",
    );
}

#[test]
fn fields_belong_to_types_of_states() {
    for (fields, expected) in [
        (r#""End":true"#, "These fields are required: [Type] at /States/X"),
        (
            r#""Type":"TypeThatDoesNotExist","End":true"#,
            "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Type",
        ),
        (
            r#""Type":"Pass","TimeoutSeconds":5,"End":true"#,
            "Field 'TimeoutSeconds' is not supported at /States/X",
        ),
        (
            r#""Type":"Pass","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"X"}]"#,
            "Field 'Catch' is not supported at /States/X",
        ),
        (
            r#""Type":"Wait","Seconds":1,"ResultPath":null,"End":true"#,
            "Field 'ResultPath' is not supported at /States/X",
        ),
        (
            r#""Type":"Succeed","Next":"X"}"#.trim_end_matches('}'),
            "Field 'Next' is not supported at /States/X",
        ),
        (r#""Type":"Fail","End":true"#, "Field 'End' is not supported at /States/X"),
        (
            r#""Type":"Pass"}"#.trim_end_matches('}'),
            "This object should have only one of the following fields: [Next, End] at /States/X",
        ),
        (
            r#""Type":"Pass","Next":"X","End":true"#,
            "There should only be one of the following fields: [Next, End] at /States/X",
        ),
        (r#""Type":"Pass","End":"True""#, "Expected value of type Boolean at /States/X/End"),
        (r#""Type":"Task","End":true"#, "These fields are required: [Resource] at /States/X"),
        (r#""Type":"Parallel","Branches":[],"End":true"#, "Value cannot be empty at /States/X/Branches"),
        (
            r#""Type":"Parallel","Branches":[{"StartAt":"P"}],"End":true"#,
            "These fields are required: [States] at /States/X/Branches[0]",
        ),
    ] {
        check_state(fields, expected);
    }
}

#[test]
fn fields_belong_to_query_languages() {
    let task = r#""Type":"Task","Resource":"arn:aws:lambda:us-east-1:111111111111:function:f","End":true"#;
    let only_jsonata = |field: &str| {
        format!(
            "The QueryLanguage is set to 'JSONPath', but field '{field}' is only supported for the 'JSONata' QueryLanguage at /States/X"
        )
    };
    let only_jsonpath = |field: &str| {
        format!(
            "The QueryLanguage is set to 'JSONata', but field '{field}' is only supported for the 'JSONPath' QueryLanguage at /States/X"
        )
    };
    check_state(&format!(r#"{task},"Arguments":{{}}"#), &only_jsonata("Arguments"));
    check_state(r#""Type":"Pass","Output":1,"End":true"#, &only_jsonata("Output"));
    for field in ["InputPath", "OutputPath", "ResultPath", "Result", "Parameters"] {
        check_state_in(
            "JSONata",
            &format!(r#""Type":"Pass","{field}":"$.a","End":true"#),
            &only_jsonpath(field),
        );
    }
    check_state(r#""Type":"Pass","Assign":{"counter":1},"End":true"#, "accepted");
    check_state_in(
        "JSONata",
        r#""Type":"Pass","QueryLanguage":"JSONPath","Output":{"v":"{% 1 %}"},"End":true"#,
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/X",
    );
    let spelt = "Value should be one of the following: [JSONPath, JSONata] at /States/X/QueryLanguage";
    check_state(
        r#""Type":"Pass","QueryLanguage":"jsonata","Output":1,"InputPath":"$.a","End":true"#,
        &format!("{}, {spelt}", only_jsonpath("InputPath")),
    );
    check_state_in("JSONata", r#""Type":"Pass","QueryLanguage":"jsonpath","End":true"#, spelt);
    check_state(
        r#""Type":"Pass","QueryLanguage":5,"InputPath":"$.a","End":true"#,
        &format!(
            "{}, Expected value of type [STRING] at /States/X/QueryLanguage",
            only_jsonpath("InputPath")
        ),
    );
    check_state_in(
        "jsonpath",
        r#""Type":"Pass","InputPath":"$.a","End":true"#,
        &format!(
            "Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage, {}",
            only_jsonpath("InputPath")
        ),
    );
}

#[test]
fn the_language_of_a_map_is_not_that_of_its_items() {
    let map = |map: &str, state: &str| {
        format!(
            r#""Type":"Map",{map}"ItemProcessor":{{"StartAt":"P","States":{{"P":{{"Type":"Pass",{state}"End":true}}}}}},"End":true"#
        )
    };
    check_state(
        &map(r#""QueryLanguage":"JSONata","Items":"{% [1, 2] %}","#, r#""Output":1,"#),
        "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/X/ItemProcessor/States/P",
    );
    check_state(
        &map(r#""QueryLanguage":"JSONata","#, r#""QueryLanguage":"JSONata","Output":1,"#),
        "accepted",
    );
    check_state_in("JSONata", &map("", r#""Output":{"n":"{% $states.input.n * 2 %}"},"#), "accepted");
    check_state(
        r#""Type":"Map","Iterator":{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true"#,
        "Field 'QueryLanguage' is not supported at /States/X/Iterator",
    );
    check_state(
        r#""Type":"Parallel","Branches":[{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}],"End":true"#,
        "Field 'QueryLanguage' is not supported at /States/X/Branches[0]",
    );
}

#[test]
fn numbers_have_ranges() {
    let task = r#""Type":"Task","Resource":"arn:aws:lambda:us-east-1:111111111111:function:f","End":true"#;
    for (field, expected) in [
        (r#""TimeoutSeconds":0"#, "Minimum value is 1 at /States/X/TimeoutSeconds"),
        (r#""TimeoutSeconds":100000000"#, "Maximum value is 99999999 at /States/X/TimeoutSeconds"),
        (r#""TimeoutSeconds":1.5"#, "Expected value of type Integer at /States/X/TimeoutSeconds"),
        (r#""TimeoutSeconds":"{% 5 %}""#, "Expected value of type Integer at /States/X/TimeoutSeconds"),
        (
            r#""TimeoutSeconds":5,"TimeoutSecondsPath":"$.t""#,
            "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at /States/X",
        ),
        (r#""HeartbeatSeconds":60,"TimeoutSeconds":30"#, "accepted"),
        (r#""Retry":[{"ErrorEquals":["a"],"IntervalSeconds":0,"MaxAttempts":0}]"#, "accepted"),
        (
            r#""Retry":[{"ErrorEquals":["a"],"MaxAttempts":-1}]"#,
            "Minimum value is 0 at /States/X/Retry[0]/MaxAttempts",
        ),
        (
            r#""Retry":[{"ErrorEquals":["a"],"MaxAttempts":100000000}]"#,
            "Maximum value is 99999999 at /States/X/Retry[0]/MaxAttempts",
        ),
        (
            r#""Retry":[{"ErrorEquals":["a"],"BackoffRate":0.5}]"#,
            "Minimum value is 1.0 at /States/X/Retry[0]/BackoffRate",
        ),
        (
            r#""Retry":[{"ErrorEquals":["a"],"MaxDelaySeconds":31622401}]"#,
            "Maximum value is 31622400 at /States/X/Retry[0]/MaxDelaySeconds",
        ),
        (
            r#""Retry":[{"ErrorEquals":["a"],"JitterStrategy":"SOME"}]"#,
            "Value should be one of the following: [NONE, FULL] at /States/X/Retry[0]/JitterStrategy",
        ),
    ] {
        check_state(&format!("{task},{field}"), expected);
    }
    check_state_in("JSONata", &format!(r#"{task},"TimeoutSeconds":"{{% 5 %}}""#), "accepted");
}

#[test]
fn errors_are_named_and_all_of_them_last() {
    let task = r#""Type":"Task","Resource":"arn:aws:lambda:us-east-1:111111111111:function:f","End":true"#;
    let all = "States.ALL must appear alone and at end of list at /States/X";
    for (field, expected) in [
        (r#""Retry":[]"#, "accepted".to_owned()),
        (r#""Retry":[{}]"#, "These fields are required: [ErrorEquals] at /States/X/Retry[0]".to_owned()),
        (
            r#""Retry":[{"ErrorEquals":[]}]"#,
            "Value cannot be empty at /States/X/Retry[0]/ErrorEquals".to_owned(),
        ),
        (
            r#""Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["a"]}]"#,
            format!("{all}/Retry[0]/ErrorEquals[0]"),
        ),
        (r#""Retry":[{"ErrorEquals":["a","States.ALL"]}]"#, format!("{all}/Retry[0]/ErrorEquals[1]")),
        (
            r#""Catch":[{"ErrorEquals":["a"]}]"#,
            "These fields are required: [Next] at /States/X/Catch[0]".to_owned(),
        ),
    ] {
        check_state(&format!("{task},{field}"), &expected);
    }
}

#[test]
fn waits_say_once_how_long() {
    for (field, expected) in [
        (
            r#""Seconds":1,"Timestamp":"2026-03-14T01:59:00Z""#,
            "There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/X",
        ),
        (
            r#""Comment":"none""#,
            "This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/X",
        ),
        (r#""Seconds":-1"#, "Minimum value is 0 at /States/X/Seconds"),
        (r#""Timestamp":"2026-03-14T01:59:00+01:00""#, "accepted"),
        (
            r#""Timestamp":"2026-03-14 01:59:00Z""#,
            "String does not match RFC3339 timestamp at /States/X/Timestamp",
        ),
        (r#""Timestamp":"{% 'x' %}""#, "String does not match RFC3339 timestamp at /States/X/Timestamp"),
        (r#""SecondsPath":"seconds""#, "Value must be a valid JSONPath. at /States/X/SecondsPath"),
    ] {
        check_state(&format!(r#""Type":"Wait","End":true,{field}"#), expected);
    }
}

#[test]
fn choice_rules_test_one_thing_and_lead_somewhere() {
    let rule = |rule: &str| format!(r#""Type":"Choice","Choices":[{rule}]"#);
    let at = "at /States/X/Choices[0]";
    check_state(
        &rule(""),
        "Value cannot be empty at /States/X/Choices, MISSING_END_STATE: Workflow has no terminal state at null",
    );
    for (test, expected) in [
        (r#""Variable":"$","StringMatches":"Test""#, format!("These fields are required: [Next] {at}")),
        (
            r#""Next":"E","And":[{"Variable":"$.a","IsNull":true,"Next":"E"}]"#,
            format!("Field 'Next' is not supported {at}/And[0]"),
        ),
        (
            r#""Next":"E","Not":{"Variable":"$.a","IsNull":true},"Variable":"$.b","IsNull":true"#,
            format!(
                "The object must have only one of the following fields, [And, Or, Not, Variable, Condition] {at}"
            ),
        ),
        (
            r#""Next":"E","Variable":"States.ArrayLength($.a)","NumericEquals":0"#,
            format!("Value is not a Reference Path: Reference path didn't start with '$' {at}/Variable"),
        ),
        (
            r#""Next":"E","Variable":"$.a","TimestampEquals":"yesterday""#,
            format!("String does not match RFC3339 timestamp {at}/TimestampEquals"),
        ),
        (
            r#""Next":"E","Variable":"$.a","StringEqual":"b""#,
            format!("Field 'StringEqual' is not supported {at}"),
        ),
        (
            r#""Next":"E","Condition":"{% true %}""#,
            format!(
                "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage {at}"
            ),
        ),
    ] {
        let definition = format!(
            r#"{{"StartAt":"X","States":{{"X":{{{},"Default":"E"}},"E":{{"Type":"Succeed"}}}}}}"#,
            rule(&format!("{{{test}}}"))
        );
        let said = said(&definition, WorkflowType::Standard).replace("SCHEMA_VALIDATION_FAILED: ", "");
        assert!(said.starts_with(&expected), "{test}\n{said}\n{expected}");
    }
}

#[test]
fn paths_and_templates_are_read() {
    for (field, expected) in [
        (r#""InputPath":"Test""#, "Value must be a valid JSONPath. at /States/X/InputPath"),
        (r#""ResultPath":"Test""#, "Value must be a valid JSONPath. at /States/X/ResultPath"),
        (r#""InputPath":"$.a[?(@.b==c)]""#, "accepted"),
        (r#""InputPath":null,"OutputPath":null,"ResultPath":null"#, "accepted"),
        (
            r#""Assign":{"Variable.$":"Test"}"#,
            "The value for the field 'Variable.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Assign",
        ),
        (
            r#""Parameters":{"a":{"b.$":"States.Nothing()"}}"#,
            "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters/a",
        ),
        (
            r#""Parameters":{"a.$":["$.b"]}"#,
            "The value for the field 'a.$' must be a STRING that contains a JSONPath but was an ARRAY at /States/X/Parameters",
        ),
        (r#""Result":{"a.$":"anything"}"#, "accepted"),
        (
            r#""Assign":{"states":1}"#,
            "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/X/Assign",
        ),
        (
            r#""Assign":{"a-b":1}"#,
            "INVALID_VARIABLE_NAME: Invalid variable name 'a-b': the variable name contains invalid characters. at /States/X/Assign",
        ),
    ] {
        check_state(&format!(r#""Type":"Pass","End":true,{field}"#), expected);
    }
    let said = |path: &str| {
        let definition = format!(
            r#"{{"StartAt":"X","States":{{"X":{{"Type":"Pass","ResultPath":"{path}","End":true}}}}}}"#
        );
        self::said(&definition, WorkflowType::Standard)
    };
    assert!(said("$.a[*]").starts_with("SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: "));
}

#[test]
fn expressions_are_parsed_with_the_definition() {
    for (expression, expected) in [
        ("a[1,2)", r#"INVALID_JSONATA_EXPRESSION: Expected "]", got ",""#),
        (
            r#"\"unterminated"#,
            "INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote",
        ),
        ("1 +", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        (r#"{\"a\":}"#, r#"INVALID_JSONATA_EXPRESSION: The symbol "}" cannot be used as a unary operator"#),
        ("$x :=", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        (r#"$match(\"a\", /abc"#, "INVALID_JSONATA_EXPRESSION: No terminating / in regular expression"),
        ("phone %.other", r#"INVALID_JSONATA_EXPRESSION: The symbol "." cannot be used as a unary operator"#),
        ("", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        ("$$", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported."),
        ("$.phone", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported."),
        (
            "phone[0]",
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported.",
        ),
        (
            "$map($states.input.a, function($x){ b })",
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'b' at the top level is not supported.",
        ),
        (
            "$states.errorOutput",
            "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist.",
        ),
        ("$states.result", "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist."),
    ] {
        let fields = format!(r#""Type":"Pass","Output":{{"v":"{{% {expression} %}}"}},"End":true"#);
        check_state_in("JSONata", &fields, &format!("{expected} at /States/X/Output/v"));
    }
    for expression in [
        "$states.input.items[phone > 3]",
        "$map($states.input.a, function($x){ $x.phone })",
        "$phone",
        "$states",
    ] {
        check_state_in(
            "JSONata",
            &format!(r#""Type":"Pass","Output":"{{% {expression} %}}","End":true"#),
            "accepted",
        );
    }
    check_state_in(
        "JSONata",
        r#""Type":"Pass","Output":{"a":{"b":["{% phone %}"]}},"End":true"#,
        "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/X/Output/a/b[0]",
    );
    check_state_in(
        "JSONata",
        r#""Type":"Pass","Output":"{% 1 ","End":true"#,
        "JSONata string must start with {% and end with %} at /States/X/Output",
    );
    check_state_in(
        "JSONata",
        r#""Type":"Pass","Output":" {% nothing %} ","Comment":"{% x %}","End":true"#,
        "accepted",
    );
}

#[test]
fn catchers_see_the_error_and_states_with_a_result_see_that() {
    let task = |field: &str| {
        format!(
            r#"{{"QueryLanguage":"JSONata","StartAt":"X","States":{{
                "X":{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{{"FunctionName":"f"}},{field},"Next":"E"}},
                "E":{{"Type":"Succeed"}}}}}}"#
        )
    };
    check(&task(r#""Output":"{% $states.result %}","Assign":{"r":"{% $states.result %}"}"#), "accepted");
    for field in ["Output", "Assign"] {
        let catcher = format!(
            r#""Catch":[{{"ErrorEquals":["States.ALL"],"Next":"E","{field}":{{"e":"{{% $states.errorOutput %}}"}}}}]"#
        );
        check(&task(&catcher), "accepted");
    }
    check(
        &task(r#""TimeoutSeconds":"{% $states.result.n %}""#),
        "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/X/TimeoutSeconds",
    );
}

#[test]
fn resources_are_known() {
    let resource = |arn: &str, rest: &str| format!(r#""Type":"Task","Resource":"{arn}","End":true{rest}"#);
    let unknown = |arn: &str| {
        format!(
            "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource"
        )
    };
    check_state(&resource("my-function", ""), "Value is not a valid resource ARN at /States/X/Resource");
    check_state(&resource("${FunctionArn}", ""), "accepted");
    for arn in [
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::sqs:sendMessage.sync:2",
        "arn:aws:states:::batch:submitJob.waitForTaskToken",
        "arn:aws:states:::aws-sdk:s3:getObject.sync",
        "arn:aws:states:::aws-sdk:s3",
        "arn:aws:states:::nosuch:thing",
    ] {
        check_state(&resource(arn, r#","Parameters":{}"#), &unknown(arn));
    }
    for arn in [
        "arn:aws:states:::aws-sdk:s3:listBuckets.waitForTaskToken",
        "arn:aws-cn:states:::states:startExecution.sync:2",
        "arn:aws:states:::glue:someNewThing.sync",
    ] {
        check_state(&resource(arn, r#","Parameters":{"StateMachineArn.$":"$.arn"}"#), "accepted");
    }
    check_state(
        &resource("arn:aws:states:::lambda:invoke", ""),
        "Parameters field is required for resource ARN: arn:aws:states:::lambda:invoke at /States/X/Resource",
    );
    check_state(
        &resource("arn:aws:states:::sqs:sendMessage", r#","Parameters":{"MessageBody.$":"$"}"#),
        "The field 'QueueUrl' is required but was missing at /States/X/Parameters",
    );
    check_state(
        &resource("arn:aws:lambda:us-east-1:111111111111:function:f", r#","Credentials":{"Role":"x"}"#),
        "The field 'RoleArn' is required but was missing at /States/X/Credentials",
    );
}

#[test]
fn express_machines_do_not_wait() {
    for (resource, expected) in [
        (
            "arn:aws:states:us-east-1:111111111111:activity:a",
            "Express state machine does not support Activity ARN at",
        ),
        (
            "arn:aws:states:::states:startExecution.sync",
            "Express state machine does not support '.sync' service integration at",
        ),
        (
            "arn:aws:states:::sns:publish.waitForTaskToken",
            "Express state machine does not support '.waitForTaskToken' service integration  at",
        ),
    ] {
        let definition = format!(
            r#"{{"StartAt":"X","States":{{"X":{{"Type":"Task","Resource":"{resource}","Parameters":{{"Message":"m","StateMachineArn":"a"}},"End":true}}}}}}"#
        );
        assert_eq!(
            said(&definition, WorkflowType::Express),
            format!("SCHEMA_VALIDATION_FAILED: {expected} /States/X/Resource")
        );
        check(&definition, "accepted");
    }
}

#[test]
fn maps_say_what_is_done_with_items_and_where() {
    let processor = r#""StartAt":"P","States":{"P":{"Type":"Pass","End":true}}"#;
    let map = |config: &str, rest: &str| {
        format!(r#""Type":"Map","ItemProcessor":{{"ProcessorConfig":{config},{processor}}},"End":true{rest}"#)
    };
    let distributed = r#"{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}"#;
    let reader = |config: &str| {
        format!(
            r#","ItemReader":{{"Resource":"arn:aws:states:::s3:getObject","Parameters":{{"Bucket":"b","Key":"k"}},"ReaderConfig":{config}}}"#
        )
    };
    check_state(
        r#""Type":"Map","End":true"#,
        "This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/X",
    );
    for (fields, expected) in [
        (map(distributed, ""), "accepted"),
        (
            map(r#"{"Mode":"DISTRIBUTED"}"#, ""),
            "These fields are required: [ExecutionType] at /States/X/ItemProcessor/ProcessorConfig",
        ),
        (
            map(r#"{"Mode":"INLINE","ExecutionType":"STANDARD"}"#, ""),
            "Field 'ExecutionType' is not supported at /States/X/ItemProcessor/ProcessorConfig",
        ),
        (
            map(r#"{"Mode":"DISTRIBUTED","ExecutionType":"FAST"}"#, ""),
            "Value should be one of the following: [STANDARD, EXPRESS] at /States/X/ItemProcessor/ProcessorConfig/ExecutionType",
        ),
        (map("{}", r#","MaxConcurrency":-1"#), "Minimum value is 0 at /States/X/MaxConcurrency"),
        (map("{}", r#","MaxConcurrency":9223372036854775807"#), "accepted"),
        (
            map(distributed, r#","ToleratedFailurePercentage":101"#),
            "Maximum value is 100 at /States/X/ToleratedFailurePercentage",
        ),
        (
            map(distributed, r#","ItemReader":{"Resource":"arn:aws:states:::s3:putObject"}"#),
            "The field 'Resource' does not match any of the allowed values at /States/X/ItemReader/Resource",
        ),
        (
            map(distributed, &reader(r#"{"InputType":"CSV"}"#)),
            "The field 'CSVHeaderLocation' is required at /States/X/ItemReader/ReaderConfig",
        ),
        (
            map(distributed, &reader(r#"{"InputType":"CSV","CSVHeaderLocation":"GIVEN"}"#)),
            "These fields are required: [CSVHeaders] at /States/X/ItemReader/ReaderConfig",
        ),
        (
            map(distributed, &reader(r#"{"InputType":"JSON","CSVHeaderLocation":"FIRST_ROW"}"#)),
            "Field 'CSVHeaderLocation' is not supported at /States/X/ItemReader/ReaderConfig",
        ),
        (map("{}", &reader(r#"{"InputType":"JSON"}"#)), "accepted"),
    ] {
        check_state(&fields, expected);
    }
}

#[test]
fn names_and_labels_have_limits() {
    let long = "n".repeat(81);
    check(
        &format!(r#"{{"StartAt":"{long}","States":{{"{long}":{{"Type":"Pass","End":true}}}}}}"#),
        &format!(
            "INVALID_STATE_NAME: Invalid State name: {long} exceeds the 80-character limit allowed by the service at /States/{long}"
        ),
    );
    let label = |label: &str| {
        format!(
            r#""Type":"Map","Label":"{label}","ItemProcessor":{{"StartAt":"P","States":{{"P":{{"Type":"Pass","End":true}}}}}},"End":true"#
        )
    };
    check_state(&label("label_1-ü"), "accepted");
    check_state(&label(&"l".repeat(40)), "accepted");
    let long = "l".repeat(41);
    check_state(
        &label(&long),
        &format!(
            "INVALID_LABEL_NAME: Invalid Label name: {long} exceeds the 40-character limit allowed by the service at /States/X/Label"
        ),
    );
    for wrong in [
        " ", "?", "*", "<", "}", "[", ":", ";", ",", "|", "^", "~", "$", "#", "%", "&", "`", r#"\""#, r"\\",
        r"\u0001", r"\u0085",
    ] {
        let text = Value::parse(&format!(r#""label_{wrong}""#)).unwrap();
        let expected = format!(
            "INVALID_LABEL_NAME: Invalid Label name: {} contains characters that are not allowed at /States/X/Label",
            text.as_str().unwrap()
        );
        check_state(&label(&format!("label_{wrong}")), &expected);
    }
}

#[test]
fn text_that_is_no_json_is_told_without_a_location() {
    let validation = validate("{not json", WorkflowType::Standard);
    let [diagnostic] = &validation.diagnostics[..] else { panic!("one mistake") };
    assert_eq!((diagnostic.code.as_str(), &diagnostic.location), ("INVALID_JSON_DESCRIPTION", &None));
    check("[1]", "SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /");
}

#[test]
fn doubts_are_warnings_that_refuse_nothing() {
    let validation = validate(
        r#"{"StartAt":"X","States":{"X":{"Type":"Pass","Parameters":{"a":"$.b"},"Result":{"c.$":"$.d"},"End":true}}}"#,
        WorkflowType::Standard,
    );
    let told: Vec<_> =
        validation.diagnostics.iter().map(|found| (found.severity(), found.code.as_str())).collect();
    assert_eq!(validation.outcome.as_str(), "OK");
    assert_eq!(told, [("WARNING", "NO_DOLLAR"), ("WARNING", "PASS_RESULT_IS_STATIC")]);
}

#[test]
fn a_state_by_itself_leads_wherever_it_says() {
    let said = |state: &str| {
        validate_state(state, "StateName", QueryLanguage::JsonPath, WorkflowType::Standard).refusal()
    };
    assert_eq!(said(r#"{"Type":"Pass","InputPath":"$variable","Next":"Anywhere"}"#), None);
    assert_eq!(
        said(r#"{"Type":"Parallel","Branches":[],"End":true}"#).as_deref(),
        Some(
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches'"
        )
    );
}
