//! The protocols of AWS: a call's parameters to a request, an answer to a result or an error.
//!
//! Parameters have been checked by then, so writing a request fails only where a part of the URL is missing. Results
//! have the members' names with a capital, whatever the wire has. Source: Smithy 2.0, "AWS Protocols".

mod json;
mod query;
mod rest;
mod scalar;
pub(super) mod timestamp;
mod xml;

use http::{HeaderMap, StatusCode};
use tidegate_json::Value;

use super::call::{Call, Manner};
use super::table::Protocol;
use timestamp::Shown;

/// A request before anybody knows where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// Percent-encoded; begins with a slash.
    pub(super) path: String,
    /// Names and values, not encoded.
    pub(super) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What an error of a service says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServiceError {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
}

/// An answer, read whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl Call {
    /// The request for `input`.
    ///
    /// # Errors
    /// Names the parameter without which there is no URL.
    pub(super) fn request(&self, input: &Value) -> Result<Request, String> {
        match self.service.protocol {
            Protocol::Json10 => Ok(json::request(self, input, "application/x-amz-json-1.0")),
            Protocol::Json11 => Ok(json::request(self, input, "application/x-amz-json-1.1")),
            Protocol::RestJson | Protocol::RestXml => rest::request(self, input),
            Protocol::Query => Ok(query::request(self, input, query::Dialect::Query)),
            Protocol::Ec2 => Ok(query::request(self, input, query::Dialect::Ec2)),
        }
    }

    /// The result in an answer of success.
    ///
    /// # Errors
    /// What is malformed about the answer.
    pub(super) fn result(&self, answer: Answer<'_>) -> Result<Value, String> {
        match self.service.protocol {
            Protocol::Json10 | Protocol::Json11 => json::result(self, answer.body),
            Protocol::RestJson | Protocol::RestXml => rest::result(self, answer),
            Protocol::Query | Protocol::Ec2 => query::result(self, answer.body),
        }
    }

    /// The error in an answer of failure.
    pub(super) fn error(&self, answer: Answer<'_>) -> ServiceError {
        let mut error = match self.service.protocol {
            Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => json::error(answer),
            Protocol::RestXml | Protocol::Query | Protocol::Ec2 => xml::error(answer.body),
        };
        if let Some(id) =
            header(answer.headers, "x-amzn-requestid").or_else(|| header(answer.headers, "x-amz-request-id"))
        {
            error.request_id = Some(id);
        }
        error
    }

    /// How results show timestamps.
    fn timestamps(&self) -> Shown {
        match self.manner {
            Manner::Sdk | Manner::Optimised { .. } => Shown::Iso,
            Manner::First { .. } => Shown::Millis,
        }
    }
}

/// The header `name` as text.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The bytes that a parameter stands for: text as it is, anything else as its JSON.
pub(super) fn bytes_of(value: &Value) -> Vec<u8> {
    match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => value.to_text().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::super::call::tests::call;
    use super::*;

    fn written(resource: &str, input: &str, expected: &str) {
        let shown = match call(resource).request(&Value::parse(input).unwrap()) {
            Err(problem) => problem,
            Ok(request) => {
                let query: Vec<String> = request.query.iter().map(|(a, b)| format!("{a}={b}")).collect();
                let headers: Vec<String> = request.headers.iter().map(|(a, b)| format!("{a}: {b}")).collect();
                let body = String::from_utf8(request.body).unwrap();
                format!(
                    "{} {}?{} [{}] {body}",
                    request.method,
                    request.path,
                    query.join("&"),
                    headers.join(", ")
                )
            }
        };
        assert_eq!(shown, expected, "{resource}");
    }

    fn read(resource: &str, headers: &[(&str, &str)], body: &str, expected: &str) {
        let headers: HeaderMap = headers
            .iter()
            .map(|&(name, value)| {
                (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
            })
            .collect();
        let answer = Answer { status: StatusCode::OK, headers: &headers, body: body.as_bytes() };
        let result = call(resource).result(answer).unwrap();
        assert_eq!(result, Value::parse(expected).unwrap(), "{resource}: {}", result.to_text());
    }

    #[test]
    fn json_has_the_wires_names_seconds_and_base64() {
        written(
            "aws-sdk:sfn:startExecution",
            r#"{"StateMachineArn":"arn","Input":"{}","Name":null}"#,
            "POST /? [content-type: application/x-amz-json-1.0, x-amz-target: AWSStepFunctions.StartExecution] \
             {\"input\":\"{}\",\"stateMachineArn\":\"arn\"}",
        );
        read(
            "aws-sdk:sfn:startExecution",
            &[],
            r#"{"executionArn":"e","startDate":1782896400.5,"news":1}"#,
            r#"{"ExecutionArn":"e","StartDate":"2026-07-01T09:00:00.500Z"}"#,
        );
        read(
            "states:startExecution",
            &[],
            r#"{"executionArn":"e","startDate":1782896400.5}"#,
            r#"{"ExecutionArn":"e","StartDate":1782896400500}"#,
        );
        written(
            "aws-sdk:kinesis:putRecord",
            r#"{"StreamName":"s","Data":{"a":1},"PartitionKey":"p"}"#,
            "POST /? [content-type: application/x-amz-json-1.1, x-amz-target: Kinesis_20131202.PutRecord] \
             {\"Data\":\"eyJhIjoxfQ==\",\"PartitionKey\":\"p\",\"StreamName\":\"s\"}",
        );
        written(
            "aws-sdk:cloudwatch:getMetricStatistics",
            r#"{"StartTime":"2026-07-01T09:00:00Z","Period":60}"#,
            "POST /? [content-type: application/x-amz-json-1.0, x-amz-target: \
             GraniteServiceVersion20100801.GetMetricStatistics] {\"Period\":60,\"StartTime\":1782896400}",
        );
        // Items of DynamoDB: maps of structures of maps, with names of the user's own.
        let item = r#"{"id":{"S":"1"},"deep":{"M":{"a":{"L":[{"N":"1"},{"BOOL":true},{"NULL":true}]}}},"set":{"SS":["x"]}}"#;
        written(
            "aws-sdk:dynamodb:putItem",
            &format!(r#"{{"TableName":"t","Item":{item}}}"#),
            &format!(
                "POST /? [content-type: application/x-amz-json-1.0, x-amz-target: DynamoDB_20120810.PutItem] \
                 {{\"Item\":{item},\"TableName\":\"t\"}}"
            ),
        );
        read(
            "aws-sdk:dynamodb:getItem",
            &[],
            &format!(r#"{{"Item":{item}}}"#),
            &format!(r#"{{"Item":{item}}}"#),
        );
        read("aws-sdk:dynamodb:putItem", &[], "", "{}");
    }

    #[test]
    fn rest_json_spreads_members_over_the_request() {
        written(
            "aws-sdk:lambda:listFunctions",
            r#"{"MaxItems":2,"Marker":"a b"}"#,
            "GET /2015-03-31/functions?Marker=a b&MaxItems=2 [accept: application/json] ",
        );
        written(
            "aws-sdk:lambda:invoke",
            r#"{"FunctionName":"a/b","InvocationType":"Event","Payload":{"x":1}}"#,
            "POST /2015-03-31/functions/a%2Fb/invocations? [x-amz-invocation-type: Event, content-type: \
             application/octet-stream, accept: application/json] {\"x\":1}",
        );
        written(
            "aws-sdk:batch:submitJob",
            r#"{"JobName":"j","JobQueue":"q","Tags":{"a":"b"}}"#,
            "POST /v1/submitjob? [content-type: application/json, accept: application/json] \
             {\"jobName\":\"j\",\"jobQueue\":\"q\",\"tags\":{\"a\":\"b\"}}",
        );
        written("aws-sdk:lambda:getFunction", "{}", "the parameter `FunctionName` is missing");
        read(
            "aws-sdk:lambda:invoke",
            &[("x-amz-executed-version", "$LATEST"), ("x-amz-function-error", "Unhandled")],
            "{\"x\":1}",
            r#"{"ExecutedVersion":"$LATEST","FunctionError":"Unhandled","Payload":"{\"x\":1}","StatusCode":200}"#,
        );
        read(
            "aws-sdk:batch:describeJobs",
            &[],
            r#"{"jobs":[{"jobId":"1","startedAt":1782896400500,"container":{"vcpus":1}}]}"#,
            r#"{"Jobs":[{"JobId":"1","StartedAt":1782896400500,"Container":{"Vcpus":1}}]}"#,
        );
    }

    #[test]
    fn rest_xml_does_so_with_elements() {
        written(
            "aws-sdk:s3:putObject",
            r#"{"Bucket":"b","Key":"a b/ü","Body":"text","Metadata":{"Team":"tide"}}"#,
            "PUT /b/a%20b/%C3%BC? [x-amz-meta-team: tide, content-type: application/octet-stream] text",
        );
        written(
            "aws-sdk:s3:listObjectsV2",
            r#"{"Bucket":"b","Prefix":"p/","MaxKeys":5}"#,
            "GET /b?list-type=2&max-keys=5&prefix=p/ [] ",
        );
        written(
            "aws-sdk:s3:deleteObjects",
            r#"{"Bucket":"b","Delete":{"Objects":[{"Key":"a&b"},{"Key":"c"}],"Quiet":true}}"#,
            "POST /b?delete= [content-type: application/xml] \
             <Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key></Object>\
             <Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>",
        );
        written(
            "aws-sdk:route53:createHostedZone",
            r#"{"Name":"tide.example","CallerReference":"1"}"#,
            "POST /2013-04-01/hostedzone? [content-type: application/xml] \
             <CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
             <CallerReference>1</CallerReference><Name>tide.example</Name></CreateHostedZoneRequest>",
        );
        read(
            "aws-sdk:s3:getObject",
            &[
                ("content-length", "9"),
                ("etag", "\"e\""),
                ("last-modified", "Wed, 01 Jul 2026 09:00:00 GMT"),
                ("x-amz-meta-team", "tide"),
            ],
            "text data",
            r#"{"Body":"text data","ContentLength":9,"ETag":"\"e\"","LastModified":"2026-07-01T09:00:00Z","Metadata":{"team":"tide"}}"#,
        );
        read(
            "aws-sdk:s3:listObjectsV2",
            &[],
            "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
             <IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>3</Size><LastModified>\
             2026-07-01T09:00:00.000Z</LastModified></Contents><Contents><Key>b &lt;</Key></Contents>\
             <CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>",
            r#"{"Name":"b","IsTruncated":false,"Contents":[{"Key":"a","Size":3,"LastModified":"2026-07-01T09:00:00Z"},
                {"Key":"b <"}],"CommonPrefixes":[{"Prefix":"p/"}]}"#,
        );
    }

    #[test]
    fn query_writes_forms_and_reads_elements() {
        const FORM: &str = "content-type: application/x-www-form-urlencoded; charset=utf-8";
        written(
            "aws-sdk:sns:publish",
            r#"{"TopicArn":"t","Message":"a&b","MessageAttributes":{"k":{"DataType":"String","StringValue":"v"}}}"#,
            &format!(
                "POST /? [{FORM}] Action=Publish&Version=2010-03-31&Message=a%26b&MessageAttributes.entry.1.Name=k\
                 &MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=v\
                 &TopicArn=t"
            ),
        );
        written(
            "aws-sdk:sts:assumeRole",
            r#"{"RoleArn":"r","RoleSessionName":"s","DurationSeconds":900,"TransitiveTagKeys":["a","b"]}"#,
            &format!(
                "POST /? [{FORM}] Action=AssumeRole&Version=2011-06-15&DurationSeconds=900&RoleArn=r&\
                 RoleSessionName=s&TransitiveTagKeys.member.1=a&TransitiveTagKeys.member.2=b"
            ),
        );
        read(
            "aws-sdk:sts:getCallerIdentity",
            &[],
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn</Arn><UserId>u</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
            r#"{"Account":"1","Arn":"arn","UserId":"u"}"#,
        );
        read(
            "aws-sdk:iam:listUsers",
            &[],
            "<ListUsersResponse><ListUsersResult><IsTruncated>false</IsTruncated><Users><member><UserName>a</UserName>\
             <CreateDate>2026-07-01T09:00:00Z</CreateDate></member></Users></ListUsersResult></ListUsersResponse>",
            r#"{"IsTruncated":false,"Users":[{"UserName":"a","CreateDate":"2026-07-01T09:00:00Z"}]}"#,
        );
    }

    #[test]
    fn ec2_has_a_dialect_of_its_own() {
        written(
            "aws-sdk:ec2:describeInstances",
            r#"{"Filters":[{"Name":"tag:a","Values":["x","y"]}],"InstanceIds":["i-1"],"MaxResults":5,"DryRun":false}"#,
            "POST /? [content-type: application/x-www-form-urlencoded; charset=utf-8] Action=DescribeInstances&\
             Version=2016-11-15&DryRun=false&Filter.1.Name=tag%3Aa&Filter.1.Value.1=x&Filter.1.Value.2=y&\
             InstanceId.1=i-1&MaxResults=5",
        );
        read(
            "aws-sdk:ec2:describeInstances",
            &[],
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>\
             <reservationSet><item><reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>\
             <launchTime>2026-07-01T09:00:00.000Z</launchTime><ebsOptimized>false</ebsOptimized></item></instancesSet>\
             </item></reservationSet></DescribeInstancesResponse>",
            r#"{"Reservations":[{"ReservationId":"r-1","Instances":[{"InstanceId":"i-1","LaunchTime":
                "2026-07-01T09:00:00Z","EbsOptimized":false}]}]}"#,
        );
    }

    #[test]
    fn answers_that_are_not_of_the_protocol_are_told_of() {
        let headers = HeaderMap::new();
        let answer = Answer { status: StatusCode::OK, headers: &headers, body: b"<html>" };
        let problem = call("aws-sdk:dynamodb:getItem").result(answer).unwrap_err();
        assert!(problem.starts_with("the answer is no JSON"), "{problem}");
        let problem = call("aws-sdk:sts:getCallerIdentity").result(answer).unwrap_err();
        assert!(problem.starts_with("the answer is no XML"), "{problem}");
        assert_eq!(call("aws-sdk:sts:getCallerIdentity").error(answer), ServiceError::default());
    }
}
