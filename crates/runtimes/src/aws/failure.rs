//! What goes wrong with a call, in the names and words that workflows written for AWS match.
//!
//! An error is `{service}.{exception}`, and its message what the exception of the SDK says. Which SDK depends on the
//! manner of the call.

use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};

use super::call::{Call, Manner};
use super::protocol::{Answer, ServiceError, header};

/// The failure that an answer of the service stands for.
pub(super) fn answered(call: &Call, answer: Answer<'_>) -> Failure {
    let mut error = call.error(answer);
    if error.code.is_empty() {
        error.code = code_without_body(call, answer);
    }
    if error.message.is_empty() {
        error.message = answer.status.canonical_reason().unwrap_or("no message").to_owned();
    }
    let extended = header(answer.headers, "x-amz-id-2");
    of_service(call, answer.status.as_u16(), &error, extended.as_deref())
}

/// The failure that `error` stands for, which came with the HTTP status `status`.
pub(super) fn of_service(
    call: &Call,
    status: u16,
    error: &ServiceError,
    extended_request_id: Option<&str>,
) -> Failure {
    let exception = call.service.exception(&error.code);
    let (message, request_id) = (&error.message, error.request_id.as_deref().unwrap_or("null"));
    let (exception, message) = match call.manner {
        Manner::Sdk | Manner::Optimised { .. } => {
            let service = &call.service.java_name;
            let exception = exception.map_or_else(|| format!("{service}Exception"), str::to_owned);
            let extended =
                extended_request_id.map(|id| format!(", Extended Request ID: {id}")).unwrap_or_default();
            let about =
                format!("Service: {service}, Status Code: {status}, Request ID: {request_id}{extended}");
            (exception, format!("{message} ({about})"))
        }
        Manner::First { service_id, base_exception, .. } => {
            let exception = exception.unwrap_or(base_exception).to_owned();
            let code = &error.code;
            let about = format!(
                "Service: {service_id}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; \
                 Proxy: null"
            );
            (exception, format!("{message} ({about})"))
        }
    };
    let name = Text::from(format!("{}.{exception}", call.error_prefix()));
    Failure::new(name, Text::from(message))
}

/// Answers to HEAD have no body; of S3's the SDK makes the exceptions of the action.
fn code_without_body(call: &Call, answer: Answer<'_>) -> String {
    match (call.service_name.as_str(), &*call.action, answer.status.as_u16()) {
        ("s3", "headBucket", 404) => "NoSuchBucket".to_owned(),
        ("s3", _, 404) => "NoSuchKey".to_owned(),
        (_, _, status) => status.to_string(),
    }
}

/// A call that no answer came to, because of `cause`.
pub(super) fn unanswered(call: &Call, cause: Failure) -> Failure {
    // What the machine of this process refuses is not the service's doing.
    if &*cause.error == errors::NOT_STARTED || &*cause.error == errors::LIMIT {
        return cause;
    }
    Failure {
        error: Text::from(format!("{}.SdkClientException", call.error_prefix())),
        message: Text::from(format!("Unable to execute HTTP request: {}", cause.message)),
        detail: cause.detail,
    }
}

/// An answer of success that cannot be read.
pub(super) fn malformed(call: &Call, problem: &str) -> Failure {
    Failure::new(
        Text::from(format!("{}.SdkClientException", call.error_prefix())),
        Text::from(format!("Unable to unmarshall response: {problem}")),
    )
}

/// Nobody has said where the service is.
pub(super) fn no_endpoint(service: &str) -> Failure {
    let example = match service {
        "apigateway" => "https://api.example.com".to_owned(),
        "s3" => "./buckets".to_owned(),
        "dynamodb" => "http://localhost:8000".to_owned(),
        _ => "http://localhost:5000".to_owned(),
    };
    let own = match service {
        "sfn" | "lambda" => " `tidegate dev` answers this service itself.",
        _ => "",
    };
    let message = format!(
        "no endpoint is set for the service `{service}`, and nothing is sent to AWS unless told so: give one, as in \
         `tidegate dev --aws-endpoint {service}={example}`, or `--aws-endpoint {service}=aws` for AWS itself.{own}"
    );
    Failure::new(errors::NO_ENDPOINT, Text::from(message))
}

/// Parameters that a call cannot be made with.
pub(super) fn invalid(call: &str, problem: &str) -> Failure {
    Failure::new(errors::INVALID_VALUE, Text::from(format!("`{call}`: {problem}")))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::super::call::tests::call;
    use super::*;

    fn check(action: &str, status: u16, headers: &[(&str, &str)], body: &str, expected: &str) {
        let headers: HeaderMap = headers
            .iter()
            .map(|&(name, value)| {
                (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
            })
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        let answer = Answer { status, headers: &headers, body: body.as_bytes() };
        assert_eq!(answered(&call(action), answer).to_string(), expected);
    }

    #[test]
    fn optimised_integrations_fail_as_version_1_of_the_sdk_says_it() {
        let id = [("x-amzn-requestid", "R1")];
        check(
            "dynamodb:putItem",
            400,
            &id,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#,
            "DynamoDB.ResourceNotFoundException: Requested resource not found (Service: AmazonDynamoDBv2; Status \
             Code: 400; Error Code: ResourceNotFoundException; Request ID: R1; Proxy: null)",
        );
        check(
            "dynamodb:putItem",
            400,
            &id,
            r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected"}"#,
            "DynamoDB.AmazonDynamoDBException: 1 validation error detected (Service: AmazonDynamoDBv2; Status \
             Code: 400; Error Code: ValidationException; Request ID: R1; Proxy: null)",
        );
        check(
            "states:startExecution",
            400,
            &id,
            r#"{"__type":"StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'x'"}"#,
            "StepFunctions.StateMachineDoesNotExistException: State Machine Does Not Exist: 'x' (Service: \
             AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: R1; Proxy: null)",
        );
    }

    #[test]
    fn others_fail_as_version_2_says_it() {
        check(
            "aws-sdk:dynamodb:putItem",
            400,
            &[("x-amzn-requestid", "R1")],
            r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected"}"#,
            "DynamoDb.DynamoDbException: 1 validation error detected (Service: DynamoDb, Status Code: 400, Request \
             ID: R1)",
        );
        check(
            "aws-sdk:s3:getObject",
            404,
            &[("x-amz-request-id", "R2"), ("x-amz-id-2", "E2")],
            "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>\
             </Error>",
            "S3.NoSuchKeyException: The specified key does not exist. (Service: S3, Status Code: 404, Request ID: R2, \
             Extended Request ID: E2)",
        );
        check(
            "aws-sdk:s3:headObject",
            404,
            &[],
            "",
            "S3.NoSuchKeyException: Not Found (Service: S3, Status Code: 404, Request ID: null)",
        );
        check(
            "aws-sdk:lambda:getFunction",
            404,
            &[("x-amzn-errortype", "ResourceNotFoundException:http://x")],
            r#"{"Message":"no such function"}"#,
            "Lambda.ResourceNotFoundException: no such function (Service: Lambda, Status Code: 404, Request ID: null)",
        );
        check(
            "aws-sdk:sns:publish",
            404,
            &[],
            "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no topic</Message></Error>\
             <RequestId>R3</RequestId></ErrorResponse>",
            "Sns.NotFoundException: no topic (Service: Sns, Status Code: 404, Request ID: R3)",
        );
        check(
            "aws-sdk:ec2:describeInstances",
            400,
            &[],
            "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>none</Message></Error></Errors>\
             <RequestID>R4</RequestID></Response>",
            "Ec2.Ec2Exception: none (Service: Ec2, Status Code: 400, Request ID: R4)",
        );
    }
}
