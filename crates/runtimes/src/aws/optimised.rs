//! What optimised integrations do beyond the call: parameters that may be JSON, and results with more or less in them.
//!
//! Source: AWS Step Functions Developer Guide, "Integrating optimized services", and recorded executions.

use http::{HeaderMap, StatusCode};
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};

use super::call::{Call, Manner};
use super::protocol::header;

/// Error of an event that EventBridge did not take.
const FAILED_ENTRY: &str = "EventBridge.FailedEntry";

/// The parameters as the service takes them: where an optimised integration takes JSON for text, it is made text.
pub(super) fn parameters(call: &Call, input: &Value) -> Value {
    let mut input = input.clone();
    if call.manner == Manner::Sdk {
        return input;
    }
    match (call.service_name.as_str(), &*call.action) {
        ("sqs", "sendMessage") => make_text(&mut input, "MessageBody"),
        ("sns", "publish") => make_text(&mut input, "Message"),
        ("sfn", _) => make_text(&mut input, "Input"),
        ("eventbridge", "putEvents") => {
            if let Some(entries) = input.get("Entries").and_then(Value::as_array) {
                let entries: Vec<Value> = entries
                    .iter()
                    .map(|entry| {
                        let mut entry = entry.clone();
                        make_text(&mut entry, "Detail");
                        entry
                    })
                    .collect();
                input.set("Entries", entries);
            }
        }
        (_, _) => {}
    }
    input
}

fn make_text(object: &mut Value, key: &str) {
    match object.get(key) {
        None | Some(Value::Null | Value::String(_)) => {}
        Some(json) => {
            let text = json.to_text();
            object.set(key, text);
        }
    }
}

/// The result as the integration gives it.
///
/// # Errors
/// Where an answer of success says that something has failed.
pub(super) fn result(
    call: &Call,
    mut result: Value,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Value, Failure> {
    match call.manner {
        Manner::Sdk => return Ok(result),
        Manner::Optimised { .. } => {}
        Manner::First { .. } => add_metadata(&mut result, status, headers),
    }
    match (call.service_name.as_str(), &*call.action) {
        ("eventbridge", "putEvents") => {
            if result.get("FailedEntryCount").and_then(Value::as_u64).unwrap_or(0) > 0 {
                return Err(Failure::new(FAILED_ENTRY, Text::from(result.to_text())));
            }
        }
        ("lambda", "invoke") => return payload(result),
        ("bedrockruntime", "invokeModel") => make_json(&mut result, "Body"),
        (_, _) => {}
    }
    Ok(result)
}

fn make_json(object: &mut Value, key: &str) {
    let json = object.get(key).and_then(Value::as_str).and_then(|text| Value::parse(text).ok());
    if let Some(json) = json {
        object.set(key, json);
    }
}

/// An invocation of a function: its answer is JSON, and its failure is the task's.
fn payload(mut result: Value) -> Result<Value, Failure> {
    if result.get("FunctionError").is_none_or(Value::is_null) {
        make_json(&mut result, "Payload");
        return Ok(result);
    }
    let text = result.get("Payload").and_then(Value::as_str).unwrap_or_default().to_owned();
    let payload = Value::parse(&text).unwrap_or_default();
    let error = payload.get("errorType").and_then(Value::as_str).unwrap_or(errors::TASK_FAILED);
    Err(Failure::new(Text::from(error), Text::from(text)))
}

/// What version 1 of the SDK knows about an answer.
fn add_metadata(result: &mut Value, status: StatusCode, headers: &HeaderMap) {
    let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let all = headers.keys().map(|name| {
        let values = headers.get_all(name).iter().map(shown);
        (java_case(name.as_str()), Value::array(values))
    });
    let first = headers.keys().filter_map(|name| Some((java_case(name.as_str()), shown(headers.get(name)?))));
    let http = Value::object([
        ("AllHttpHeaders", Value::object(all)),
        ("HttpHeaders", Value::object(first)),
        ("HttpStatusCode", Value::from(i64::from(status.as_u16()))),
    ]);
    result.set("SdkHttpMetadata", http);
    let id = header(headers, "x-amzn-requestid").unwrap_or_default();
    result.set("SdkResponseMetadata", Value::object([("RequestId", id)]));
}

/// A header's name as AWS writes it; on the way here it lost its capitals.
pub(super) fn java_case(name: &str) -> String {
    if name == "x-amzn-requestid" {
        return "x-amzn-RequestId".to_owned();
    }
    if name.starts_with("x-") {
        return name.to_owned();
    }
    let words: Vec<String> = name.split('-').map(super::table::capitalised).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::call;
    use super::*;

    fn json(text: &str) -> Value {
        Value::parse(text).unwrap()
    }

    #[test]
    fn json_for_text_is_made_text_by_optimised_integrations_only() {
        for (action, given, expected) in [
            ("sqs:sendMessage", r#"{"MessageBody":{"a":1}}"#, r#"{"MessageBody":"{\"a\":1}"}"#),
            ("sqs:sendMessage", r#"{"MessageBody":"{}"}"#, r#"{"MessageBody":"{}"}"#),
            ("aws-sdk:sqs:sendMessage", r#"{"MessageBody":{"a":1}}"#, r#"{"MessageBody":{"a":1}}"#),
            ("sns:publish", r#"{"Message":[1]}"#, r#"{"Message":"[1]"}"#),
            (
                "events:putEvents",
                r#"{"Entries":[{"Detail":{"a":1}},{"Detail":"{}"}]}"#,
                r#"{"Entries":[{"Detail":"{\"a\":1}"},{"Detail":"{}"}]}"#,
            ),
        ] {
            assert_eq!(parameters(&call(action), &json(given)), json(expected), "{action}");
        }
    }

    #[test]
    fn an_event_that_was_not_taken_fails_the_task() {
        let headers = HeaderMap::new();
        let call = call("events:putEvents");
        let taken = json(r#"{"Entries":[{"EventId":"1"}],"FailedEntryCount":0}"#);
        assert_eq!(result(&call, taken.clone(), StatusCode::OK, &headers).unwrap(), taken);
        let refused = r#"{"Entries":[{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}],"FailedEntryCount":1}"#;
        let failure = result(&call, json(refused), StatusCode::OK, &headers).unwrap_err();
        assert_eq!((&*failure.error, &*failure.message), (FAILED_ENTRY, refused));
    }

    #[test]
    fn results_of_the_first_generation_have_metadata() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-requestid", http::HeaderValue::from_static("R"));
        headers.insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
        let given = json(r#"{"MessageId":"m"}"#);
        let shown = result(&call("sqs:sendMessage"), given, StatusCode::OK, &headers).unwrap();
        assert_eq!(
            shown,
            json(
                r#"{"MessageId":"m","SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["R"],"Content-Type":
                ["application/x-amz-json-1.0"]},"HttpHeaders":{"x-amzn-RequestId":"R","Content-Type":
                "application/x-amz-json-1.0"},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"R"}}"#
            )
        );
    }
}
