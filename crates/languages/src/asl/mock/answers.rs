//! What services answer where nothing is there to ask: the least that they could say of having done as they were asked. What
//! they would have found cannot be known.

use tidegate_json::Value;

use crate::asl::resource::Service;

/// An id where a service would make one up.
const ID: &str = "00000000-0000-0000-0000-000000000000";

/// What services answer, by service, action and pattern; `ID` stands for an id.
const ANSWERS: &[(&str, &str)] = &[
    ("apigateway:invoke", r#"{"Headers":{},"ResponseBody":{},"StatusCode":200,"StatusText":"OK"}"#),
    (
        "athena:startQueryExecution.sync",
        r#"{"QueryExecution":{"QueryExecutionId":"ID","Status":{"State":"SUCCEEDED"}}}"#,
    ),
    ("athena:startQueryExecution", r#"{"QueryExecutionId":"ID"}"#),
    (
        "athena:getQueryExecution",
        r#"{"QueryExecution":{"QueryExecutionId":"ID","Status":{"State":"SUCCEEDED"}}}"#,
    ),
    ("athena:getQueryResults", r#"{"ResultSet":{"Rows":[]}}"#),
    ("batch:submitJob.sync", r#"{"JobId":"ID","Status":"SUCCEEDED"}"#),
    ("batch:submitJob", r#"{"JobId":"ID"}"#),
    ("bedrock:invokeModel", r#"{"Body":{},"ContentType":"application/json"}"#),
    ("codebuild:startBuild.sync", r#"{"Build":{"BuildStatus":"SUCCEEDED","Id":"ID"}}"#),
    ("dynamodb:query", r#"{"Count":0,"Items":[],"ScannedCount":0}"#),
    ("dynamodb:scan", r#"{"Count":0,"Items":[],"ScannedCount":0}"#),
    ("ecs:runTask", r#"{"Failures":[],"Tasks":[]}"#),
    ("events:putEvents", r#"{"Entries":[{"EventId":"ID"}],"FailedEntryCount":0}"#),
    ("eventbridge:putEvents", r#"{"Entries":[{"EventId":"ID"}],"FailedEntryCount":0}"#),
    ("glue:startJobRun.sync", r#"{"Id":"ID","JobRunState":"SUCCEEDED"}"#),
    ("glue:startJobRun", r#"{"JobRunId":"ID"}"#),
    ("http:invoke", r#"{"Headers":{},"ResponseBody":{},"StatusCode":200,"StatusText":"OK"}"#),
    ("s3:getObject", r#"{"Body":"","ContentLength":0}"#),
    ("s3:listObjectsV2", r#"{"Contents":[],"IsTruncated":false,"KeyCount":0}"#),
    ("sns:publish", r#"{"MessageId":"ID"}"#),
    ("sqs:sendMessage", r#"{"MD5OfMessageBody":"d41d8cd98f00b204e9800998ecf8427e","MessageId":"ID"}"#),
];

/// What `service` answers to a request that it has done.
pub(crate) fn of(service: &Service) -> Value {
    let name = service.service.strip_prefix("aws-sdk:").unwrap_or(&service.service);
    let full = format!("{name}:{}", service.resource);
    let found = ANSWERS.iter().find(|(known, _)| {
        // Whatever a pattern waits for, the answer to the request is the same where there is no other.
        *known == full || full.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'))
    });
    let text = found.map_or("{}", |(_, text)| *text);
    Value::parse(&text.replace("\"ID\"", &format!("\"{ID}\""))).unwrap_or_default()
}

/// What a service is asked to hand over, where it delivers something; all of its arguments otherwise.
pub(crate) fn delivered(service: &Service, arguments: &Value) -> Value {
    let field = match service.service.as_str() {
        "lambda" => "Payload",
        "sqs" => "MessageBody",
        "sns" => "Message",
        "states" => "Input",
        _ => return arguments.clone(),
    };
    arguments.get(field).cloned().unwrap_or_else(|| Value::object::<&str, Value>([]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asl::resource::Resource;

    #[test]
    fn all_answers_are_json_and_found() {
        for (name, text) in ANSWERS {
            let Ok(Resource::Service(service)) = Resource::parse(&format!("arn:aws:states:::{name}")) else {
                panic!("{name} is no service");
            };
            let expected = Value::parse(&text.replace("\"ID\"", &format!("\"{ID}\""))).unwrap();
            assert_eq!(of(&service), expected, "{name}");
        }
    }
}
