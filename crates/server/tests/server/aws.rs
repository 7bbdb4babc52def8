//! The AWS doors: shapes, headers and statuses that clients look at. What they do is tested with AWS's own clients.

use serde_json::{Value, json};

use crate::{Answer, Server};

/// Calls an operation of AWS Step Functions, signed for an account and a region.
async fn states(server: &Server, operation: &str, members: Value) -> Answer {
    let target = format!("x-amz-target: AWSStepFunctions.{operation}");
    let signature = "authorization: AWS4-HMAC-SHA256 Credential=123456789012/20260102/eu-west-1/states/aws4_request, \
                     SignedHeaders=host, Signature=00";
    let headers = ["content-type: application/x-amz-json-1.0", &target, signature];
    server.call("POST", "/", &headers, members.to_string()).await
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_default()
}

const PASS: &str = r#"{"StartAt":"S","States":{"S":{"Type":"Pass","End":true}}}"#;

async fn machine(server: &Server, name: &str, definition: &str) -> String {
    let members =
        json!({"name": name, "definition": definition, "roleArn": "arn:aws:iam::123456789012:role/any"});
    let created = states(server, "CreateStateMachine", members).await.expect(200);
    text(&created, "stateMachineArn").to_owned()
}

#[tokio::test]
async fn an_execution_goes_from_creation_to_history() {
    let server = Server::start();
    let arn = machine(&server, "pass", PASS).await;
    assert_eq!(arn, "arn:aws:states:eu-west-1:123456789012:stateMachine:pass");
    let start = json!({"stateMachineArn": arn, "name": "one", "input": "{\"a\": 1}"});
    let started = states(&server, "StartExecution", start).await.expect(200);
    let execution = text(&started, "executionArn").to_owned();
    assert_eq!(execution, "arn:aws:states:eu-west-1:123456789012:execution:pass:one");
    assert!(started["startDate"].is_f64(), "{started}");

    let which = json!({"executionArn": execution});
    let described = states(&server, "DescribeExecution", which.clone()).await.expect(200);
    assert_eq!(described["status"], "SUCCEEDED");
    assert_eq!(described["output"], "{\"a\":1}");
    let history = states(&server, "GetExecutionHistory", which).await.expect(200);
    let kinds: Vec<&str> =
        history["events"].as_array().unwrap().iter().map(|event| text(event, "type")).collect();
    assert_eq!(kinds, ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
    server.stop().await;
}

#[tokio::test]
async fn errors_have_the_shape_of_aws() {
    let server = Server::start();
    for (operation, members, code) in [
        ("Nothing", json!({}), "UnknownOperationException"),
        ("DescribeStateMachine", json!({}), "ValidationException"),
        ("DescribeStateMachine", json!({"stateMachineArn": 1}), "SerializationException"),
        ("DescribeStateMachine", json!({"stateMachineArn": "nothing"}), "InvalidArn"),
    ] {
        let answer = states(&server, operation, members).await;
        let document = answer.expect(400);
        assert_eq!(document["__type"], code, "{operation}");
        assert!(document["message"].is_string(), "{document}");
        assert_eq!(answer.headers["content-type"], "application/x-amz-json-1.0");
        assert_eq!(answer.headers["x-amzn-errortype"], code);
        assert_eq!(answer.headers["x-amzn-requestid"].len(), 36);
    }
    let answer = server.get("/2015-03-31/functions/nowhere").await;
    assert_eq!(answer.headers["x-amzn-errortype"], "ResourceNotFoundException");
    let document = answer.expect(404);
    assert_eq!(
        document["Message"],
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_answer_in_xml_names_its_operation() {
    let server = Server::start();
    let headers = ["content-type: application/x-www-form-urlencoded; charset=utf-8"];
    let answer = server.call("POST", "/", &headers, "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().starts_with("<GetCallerIdentityResponse xmlns="), "{}", answer.text());
    assert!(answer.text().contains("<Account>000000000000</Account>"));
    let answer = server.call("POST", "/", &headers, "Action=GetRole&RoleName=%3Ca%26b%3E").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("<Code>NoSuchEntity</Code>"), "{}", answer.text());
    assert!(answer.text().contains("&lt;a&amp;b&gt;"), "{}", answer.text());
    server.stop().await;
}

#[tokio::test]
async fn what_names_no_operation_is_a_problem() {
    let server = Server::start();
    server.json("POST", "/", "{}").await.problem(400, "malformed-request");
    server.stop().await;
}

#[tokio::test]
async fn a_workflow_of_another_door_is_a_state_machine() {
    let server = Server::start();
    let headers = ["content-type: application/json"];
    server.call("PUT", "/v1/workflows/adopted", &headers, PASS).await.expect(201);
    let target = "x-amz-target: AWSStepFunctions.ListStateMachines";
    let listed = server.call("POST", "/", &[target], "{}").await.expect(200);
    let machine = &listed["stateMachines"][0];
    assert_eq!(machine["stateMachineArn"], "arn:aws:states:us-east-1:000000000000:stateMachine:adopted");
    let run = server.run_of("adopted").await;
    server.ended(&run).await;
    let execution = format!("arn:aws:states:us-east-1:000000000000:execution:adopted:{run}");
    let target = "x-amz-target: AWSStepFunctions.DescribeExecution";
    let described = server.call("POST", "/", &[target], json!({"executionArn": execution}).to_string()).await;
    assert_eq!(described.expect(200)["status"], "SUCCEEDED");
    server.stop().await;
}

const PAY: &str = r#"{"StartAt":"Pay","States":{"Pay":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
    "Parameters":{"FunctionName":"pay","Payload.$":"$"},"OutputPath":"$.Payload","End":true}}}"#;

const MOCKS: &str = r#"{"StateMachines": {"pay": {"TestCases": {
        "paid": {"Pay": "Paid"}, "refused": {"Pay": "Refused"}, "odd": {"Payy": "Paid"}}}},
    "MockedResponses": {"Paid": {"0": {"Return": {"StatusCode": 200, "Payload": "paid"}}},
        "Refused": {"0": {"Throw": {"Error": "Refused", "Cause": "no money"}}}}}"#;

#[tokio::test]
async fn a_test_case_behind_the_arn_is_run_with_its_mocks() {
    let (mocks, _) = tidegate_languages::asl::mock::config::Config::read(MOCKS, "mocks.json");
    let server = Server::with_doors(tidegate_server::Settings { mocks, ..Default::default() });
    let arn = machine(&server, "pay", PAY).await;
    let ended = async |case: &str, name: &str| {
        let start = json!({"stateMachineArn": format!("{arn}{case}"), "name": name});
        let started = states(&server, "StartExecution", start).await.expect(200);
        let which = json!({"executionArn": started["executionArn"]});
        states(&server, "DescribeExecution", which).await.expect(200)
    };
    let paid = ended("#paid", "one").await;
    assert_eq!((text(&paid, "status"), text(&paid, "output")), ("SUCCEEDED", "\"paid\""));
    assert_eq!(paid["stateMachineArn"], arn);
    let refused = ended("#refused", "two").await;
    assert_eq!((text(&refused, "status"), text(&refused, "error")), ("FAILED", "Refused"));
    // Nothing is mocked but where it is asked for.
    for (case, name) in [("", "three"), ("#", "four")] {
        assert_eq!(text(&ended(case, name).await, "error"), "Lambda.ResourceNotFoundException");
    }
    for (case, code, message) in [
        (
            "#piad",
            "InvalidName",
            "the mock configuration `mocks.json` has no test case `piad` of the state machine `pay`; it has `odd`, \
             `paid`, `refused`",
        ),
        (
            "#odd",
            "ValidationException",
            "mocks.json:2:73: the state machine has no state `Payy` that calls something",
        ),
    ] {
        let start = json!({"stateMachineArn": format!("{arn}{case}")});
        let refused = states(&server, "StartExecution", start).await.expect(400);
        assert!(text(&refused, "__type").ends_with(code), "{refused}");
        assert_eq!(text(&refused, "message"), message);
    }
    let described =
        states(&server, "DescribeStateMachine", json!({"stateMachineArn": arn})).await.expect(200);
    assert_eq!(described["definition"], PAY);
    server.stop().await;
}

#[tokio::test]
async fn there_is_no_test_case_without_a_mock_configuration() {
    let server = Server::start();
    let arn = machine(&server, "pay", PAY).await;
    let start = json!({"stateMachineArn": format!("{arn}#paid")});
    let refused = states(&server, "StartExecution", start).await.expect(400);
    assert_eq!(
        text(&refused, "message"),
        "There is no test case 'paid': this server has no mock configuration; start it with --mock-config FILE"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_task_that_is_tested_without_a_mock_calls_what_it_names() {
    let server = Server::start();
    for (name, spec) in [
        ("pay", r#"{"runtime": "builtin", "builtin": "echo"}"#),
        ("broken", r#"{"runtime": "builtin", "builtin": "fail"}"#),
    ] {
        server.json("PUT", &format!("/v1/functions/{name}"), spec).await.expect(200);
    }
    let role = "arn:aws:iam::123456789012:role/any";
    let test = async |function: &str, input: &str| {
        let definition = json!({
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "After",
            "Parameters": {"FunctionName": function, "Payload.$": "$"}, "ResultSelector": {"got.$": "$.Payload"},
            "Retry": [{"ErrorEquals": ["Again"]}],
            "Catch": [{"ErrorEquals": ["Lambda.ResourceNotFoundException"], "Next": "Mend"}],
        });
        let members = json!({"definition": definition.to_string(), "roleArn": role, "input": input,
            "inspectionLevel": "DEBUG"});
        states(&server, "TestState", members).await.expect(200)
    };
    let well = test("pay", "{\"a\":1}").await;
    assert_eq!((text(&well, "status"), text(&well, "nextState")), ("SUCCEEDED", "After"));
    assert_eq!(text(&well, "output"), "{\"got\":{\"a\":1}}");
    let result: Value = serde_json::from_str(text(&well["inspectionData"], "result")).unwrap();
    assert_eq!((&result["StatusCode"], &result["Payload"]), (&json!(200), &json!({"a": 1})));
    let retried = test("broken", r#"{"error": "Again", "message": "not yet"}"#).await;
    assert_eq!((text(&retried, "status"), text(&retried, "error")), ("RETRIABLE", "Again"));
    let caught = test("nowhere", "{}").await;
    assert_eq!((text(&caught, "status"), text(&caught, "nextState")), ("CAUGHT_ERROR", "Mend"));
    assert_eq!(text(&caught, "error"), "Lambda.ResourceNotFoundException");
    assert!(text(&caught, "cause").contains("function:nowhere:$LATEST"), "{caught}");

    let waits = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "Parameters": {"QueueUrl": "q", "MessageBody": "m"}});
    let members = json!({"definition": waits.to_string(), "roleArn": role});
    let refused = states(&server, "TestState", members).await.expect(400);
    assert!(text(&refused, "message").contains("when a mock is not specified"), "{refused}");
    let listed = states(&server, "ListStateMachines", json!({})).await.expect(200);
    assert_eq!(listed["stateMachines"], json!([]));
    server.stop().await;
}
