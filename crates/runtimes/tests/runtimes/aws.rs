//! Actions of services: where they go, and what they become where they go nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{FunctionSpec, Outcome};
use tidegate_runtimes::Settings;
use tidegate_runtimes::settings::AwsSettings;

use super::http::Server;
use super::stage::{Stage, function, json, value};

fn action(name: &str) -> Arc<FunctionSpec> {
    let (service, action) = name.rsplit_once(':').unwrap();
    let service = service.strip_prefix("aws-sdk:").unwrap_or(service);
    function(&format!(r#"{{"runtime":"aws","service":"{service}","action":"{action}"}}"#))
}

fn stage(endpoints: &[String]) -> Stage {
    let mut aws = AwsSettings::default();
    for endpoint in endpoints {
        aws.add(endpoint.parse().unwrap());
    }
    Stage::with(Settings { aws, ..Settings::default() })
}

async fn failure(stage: &Stage, name: &str, input: &str) -> String {
    stage.failure(name, &action(name), json(input)).await.to_string()
}

#[tokio::test]
async fn a_call_goes_signed_to_its_services_endpoint() {
    let server = Server::start().await;
    let stage = stage(&[format!("dynamodb={}/dynamodb", server.url)]);
    let name = "aws-sdk:dynamodb:getItem";
    let input = json(r#"{"TableName":"t","Key":{"id":{"S":"1"}}}"#);
    let result = stage.result(name, &action(name), input).await;
    let told = |name: &str| result.pointer(&format!("/Item/{name}/S")).and_then(Value::as_str).unwrap();
    assert_eq!(told("target"), "DynamoDB_20120810.GetItem");
    assert_eq!(told("body"), r#"{"Key":{"id":{"S":"1"}},"TableName":"t"}"#);
    let authorization = told("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential="), "{authorization}");
    assert!(authorization.contains("/us-east-1/dynamodb/aws4_request"), "{authorization}");
    // The optimised integration tells of the answer as well.
    let result =
        stage.result("dynamodb:getItem", &action("dynamodb:getItem"), json(r#"{"TableName":"t"}"#)).await;
    assert_eq!(result.pointer("/SdkHttpMetadata/HttpStatusCode"), Some(&Value::from(200)));
}

#[tokio::test]
async fn what_cannot_be_called_says_so_and_what_to_do() {
    let gone = {
        let server = Server::start().await;
        server.url.clone()
    };
    let stage = stage(&[format!("sqs={gone}")]);
    let told = failure(&stage, "aws-sdk:dynamodb:getItem", "{}").await;
    let way_out = "`tidegate dev --aws-endpoint dynamodb=http://localhost:8000`";
    assert!(told.starts_with(errors::NO_ENDPOINT) && told.contains(way_out), "{told}");
    let told = failure(&stage, "sfn:listActivities", "{}").await;
    assert!(told.contains("`tidegate dev` answers this service itself"), "{told}");
    let told = failure(&stage, "sqs:listQueues", "{}").await;
    assert!(told.starts_with("SQS.SdkClientException: Unable to execute HTTP request: "), "{told}");
    let told = failure(&stage, "aws-sdk:sqs:listQueues", "{}").await;
    assert!(told.starts_with("Sqs.SdkClientException: "), "{told}");
    let told = failure(&stage, "aws-sdk:sqs:listQueue", "{}").await;
    assert!(
        told.starts_with(errors::NOT_STARTED) && told.contains("it has listDeadLetterSourceQueues"),
        "{told}"
    );
    let told = failure(&stage, "sqs:sendMessage", r#"{"QueueUrl":"q","Body":"b"}"#).await;
    assert!(told.starts_with(errors::INVALID_VALUE) && told.contains("no parameter `Body`"), "{told}");
}

#[tokio::test]
async fn calls_of_step_functions_wait_until_this_process_serves() {
    let aws = AwsSettings { serves: true, ..AwsSettings::default() };
    let stage = Stage::with(Settings { aws, ..Settings::default() });
    let server = Server::start().await;
    let name = "aws-sdk:sfn:listActivities";
    let task = stage.invoke(name, &action(name), Value::Null);
    stage.until_function(name, |function| !function.running.is_empty()).await;
    // The path is that of a server that echoes what it is sent: an object without anything.
    stage.runtimes.serves_at(&format!("{}/dynamodb/", server.url));
    let (reported, _, outcome) = stage.report().await;
    assert_eq!((reported, value(outcome)), (task, json("{}")));
}

#[tokio::test]
async fn a_message_without_a_queue_elsewhere_is_an_event_here() {
    let stage = stage(&[]);
    let spec = action("sqs:sendMessage");
    let input = json(r#"{"QueueUrl":"http://queues/1/orders","MessageBody":{"n":1}}"#);
    let invocation = stage.invocation("sqs:sendMessage", &spec, input);
    let mut ids = BTreeMap::new();
    for attempt in [1, 2] {
        let mut invocation = invocation.clone();
        invocation.attempt = attempt;
        stage.runtimes.invoke(invocation);
        let (_, _, outcome) = stage.report().await;
        let result = value(outcome);
        ids.insert(result.get("MessageId").unwrap().to_text(), attempt);
        assert_eq!(result.pointer("/SdkHttpMetadata/HttpStatusCode"), Some(&Value::from(200)));
    }
    assert_eq!(ids.len(), 1, "a repeated attempt sends the same message");
    let events = stage.events.lock();
    assert_eq!(events[0], events[1]);
    assert_eq!((&*events[0].kind, &*events[0].source), ("aws.sqs.message", "http://queues/1/orders"));
    assert_eq!(events[0].data.inline_value(), Some(json(r#"{"n":1}"#)));
}

#[tokio::test]
async fn an_http_task_gives_the_answer_or_fails_with_it() {
    let (server, stage) = (Server::start().await, stage(&[]));
    let spec = action("http:invoke");
    let call = |path: &str| {
        let endpoint = format!("{}/{path}", server.url);
        Value::object([
            ("ApiEndpoint", Value::from(endpoint)),
            ("Method", Value::from("POST")),
            ("RequestBody", json(r#"{"a":1}"#)),
        ])
    };
    let result = stage.result("http:invoke", &spec, call("echo")).await;
    assert_eq!(result.get("ResponseBody"), Some(&json(r#"{"a":1}"#)));
    assert_eq!(result.get("StatusCode"), Some(&Value::from(200)));
    assert_eq!(result.get("StatusText"), Some(&Value::from("OK")));
    assert_eq!(result.pointer("/Headers/Content-Type"), Some(&json(r#"["application/json"]"#)));
    for (path, error, body) in [
        ("fail", "States.Http.StatusCode.422", "no such order\nreally"),
        ("moved", "States.Http.StatusCode.302", "elsewhere"),
    ] {
        let failure = stage.failure("http:invoke", &spec, call(path)).await;
        assert_eq!(&*failure.error, error);
        assert_eq!(json(&failure.message).get("ResponseBody"), Some(&Value::from(body)));
    }
    let mut unknown = call("echo");
    unknown.set("Authentication", json(r#"{"ConnectionArn":"arn:aws:events:r:1:connection/stripe/1"}"#));
    let failure = stage.failure("http:invoke", &spec, unknown).await;
    assert!(failure.message.contains("--aws-connections FILE"), "{failure}");
    drop(server);
}

#[tokio::test]
async fn a_connection_is_added_to_an_http_task() {
    let server = Server::start().await;
    let files = tempfile::TempDir::new().unwrap();
    let path = files.path().join("connections.json");
    std::fs::write(&path, r#"{"stripe":{"headers":{"Authorization":"Bearer tide"}}}"#).unwrap();
    tidegate_runtimes::settings::check_connections(&path).unwrap();
    let aws = AwsSettings { connections: Some(path), ..AwsSettings::default() };
    let stage = Stage::with(Settings { aws, ..Settings::default() });
    let input = json(&format!(
        r#"{{"ApiEndpoint":"{}/headers","Method":"GET","Authentication":{{"ConnectionArn":"stripe"}}}}"#,
        server.url
    ));
    let result = stage.result("http:invoke", &action("http:invoke"), input).await;
    assert_eq!(result.pointer("/ResponseBody/authorization"), Some(&Value::from("Bearer tide")));
}

#[tokio::test]
async fn an_api_is_called_by_stage_and_path() {
    let server = Server::start().await;
    let spec = action("apigateway:invoke");
    let input = json(
        r#"{"ApiEndpoint":"a1.execute-api.x","Method":"POST","Stage":"echo","RequestBody":{"a":null,"b":1}}"#,
    );
    let called = stage(&[format!("apigateway={}", server.url)]);
    let result = called.result("apigateway:invoke", &spec, input.clone()).await;
    assert_eq!(result.get("ResponseBody"), Some(&json(r#"{"b":1}"#)));
    let mut refused = input.clone();
    refused.set("Stage", "fail");
    let failure = called.failure("apigateway:invoke", &spec, refused).await;
    assert_eq!((&*failure.error, &*failure.message), ("ApiGateway.422", "no such order\nreally"));
    let failure = stage(&[]).failure("apigateway:invoke", &spec, input).await;
    assert!(failure.message.contains("no endpoint is set for the service `apigateway`"), "{failure}");
}

#[tokio::test]
async fn buckets_are_directories() {
    let files = tempfile::TempDir::new().unwrap();
    let stage = stage(&[format!("s3={}", files.path().display())]);
    let call = async |name: &str, input: &str| stage.call(name, &action(name), json(input)).await;
    value(call("aws-sdk:s3:createBucket", r#"{"Bucket":"box"}"#).await);
    value(call("s3:putObject", r#"{"Bucket":"box","Key":"a/b.txt","Body":"tide"}"#).await);
    assert_eq!(std::fs::read_to_string(files.path().join("box/a/b.txt")).unwrap(), "tide");
    let got = value(call("s3:getObject", r#"{"Bucket":"box","Key":"a/b.txt"}"#).await);
    assert_eq!(got.get("Body"), Some(&Value::from("tide")));
    let Outcome::Failed(failure) = call("aws-sdk:s3:getObject", r#"{"Bucket":"box","Key":"no"}"#).await
    else {
        panic!("found what is not there")
    };
    assert_eq!(&*failure.error, "S3.NoSuchKeyException");
}

#[tokio::test]
async fn an_http_task_can_run_out_of_time_and_be_abandoned() {
    let (server, stage) = (Server::start().await, stage(&[]));
    let input = json(&format!(r#"{{"ApiEndpoint":"{}/hang","Method":"POST"}}"#, server.url));
    let spec = r#"{"runtime":"aws","service":"http","action":"invoke","limits":{"timeout":"100ms"}}"#;
    let failure = stage.failure("late", &function(spec), input.clone()).await;
    assert_eq!((&*failure.error, &*failure.message), (errors::TIMEOUT, "took longer than 100ms"));
    let abandoned = stage.invoke("hang", &action("http:invoke"), input);
    stage.until_function("hang", |hang| !hang.running.is_empty()).await;
    stage.runtimes.abandon(abandoned);
    stage.until_function("hang", |hang| hang.running.is_empty() && hang.totals.abandoned == 1).await;
}
