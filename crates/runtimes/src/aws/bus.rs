//! Messages to EventBridge, SQS and SNS where these have no endpoint: they become events of this Tidegate.
//!
//! Owns what such a message is as a CloudEvent, and what the service would have answered. Ids are derived from the task
//! and the message's place in the call, so that a repeated attempt publishes nothing a second time.

use md5::{Digest as _, Md5};
use tidegate_json::{RawJson, Value};
use tidegate_model::{Event, Invocation};

use super::call::Call;
use super::derived::{hex, uuid};

/// Events to publish, and what the call answers once they are durable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Delivery {
    pub(super) events: Vec<Event>,
    pub(super) result: Value,
}

/// Whether the call's message can be an event here.
pub(super) fn takes(call: &Call) -> bool {
    takes_action(&call.service_name, &call.action)
}

pub(super) fn takes_action(service: &str, action: &str) -> bool {
    matches!((service, action), ("eventbridge", "putEvents") | ("sqs", "sendMessage") | ("sns", "publish"))
}

/// What the call with the checked parameters `input` comes to.
///
/// # Errors
/// Names the parameter that is missing.
pub(super) fn delivery(call: &Call, input: &Value, invocation: &Invocation) -> Result<Delivery, String> {
    match call.service_name.as_str() {
        "sqs" => message(input, invocation, "MessageBody", &["QueueUrl"], "aws.sqs.message"),
        "sns" => {
            let targets = ["TopicArn", "TargetArn", "PhoneNumber"];
            message(input, invocation, "Message", &targets, "aws.sns.notification")
        }
        _ => entries(input, invocation),
    }
}

/// A message to a queue or a topic.
fn message(
    input: &Value,
    invocation: &Invocation,
    body: &str,
    targets: &[&str],
    kind: &str,
) -> Result<Delivery, String> {
    let text = |key: &str| input.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let target = targets.iter().find_map(|key| text(key));
    let target = target.ok_or_else(|| format!("the parameter `{}` is missing", targets[0]))?;
    let content = text(body).ok_or_else(|| format!("the parameter `{body}` is missing"))?;
    let id = message_id(invocation, 0);
    let name = target.rsplit(['/', ':']).next().unwrap_or(target);
    let mut event = event(&id, target, kind, invocation).with_subject(name).with_data(data(content));
    if let Some(subject) = text("Subject") {
        event.extensions.push(("messagesubject".into(), Value::from(subject)));
    }
    if let Some(attributes) = input.get("MessageAttributes").filter(|it| !it.is_null()) {
        event.extensions.push(("messageattributes".into(), Value::from(attributes.to_text())));
    }
    let mut result = Value::object([("MessageId", id)]);
    if body == "MessageBody" {
        result.set("MD5OfMessageBody", hex(&Md5::digest(content)));
    }
    Ok(Delivery { events: vec![event], result })
}

/// The entries of a call to EventBridge: those that are well-formed are published, and the others told of.
fn entries(input: &Value, invocation: &Invocation) -> Result<Delivery, String> {
    let entries = input.get("Entries").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| "the parameter `Entries` is missing".to_owned())?;
    let mut delivery = Delivery { events: Vec::new(), result: Value::Null };
    let mut answers = Vec::new();
    let mut failed: i64 = 0;
    for (index, entry) in entries.iter().enumerate() {
        match of_entry(entry, index, invocation) {
            Ok(event) => {
                answers.push(Value::object([("EventId", event.id.to_string())]));
                delivery.events.push(event);
            }
            Err((code, message)) => {
                failed += 1;
                answers.push(Value::object([("ErrorCode", code.to_owned()), ("ErrorMessage", message)]));
            }
        }
    }
    delivery.result =
        Value::object([("Entries", Value::from(answers)), ("FailedEntryCount", Value::from(failed))]);
    Ok(delivery)
}

/// An entry as an event, or the code and message that EventBridge answers.
fn of_entry(entry: &Value, index: usize, invocation: &Invocation) -> Result<Event, (&'static str, String)> {
    let required = |key: &str| {
        let text = entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| {
            let message = format!("Parameter {key} is not valid. Reason: {key} is a required argument.");
            ("InvalidArgument", message)
        })
    };
    let (source, kind, detail) = (required("Source")?, required("DetailType")?, required("Detail")?);
    let detail = Value::parse(detail).ok().filter(|detail| detail.as_object().is_some());
    let detail = detail.ok_or_else(|| ("MalformedDetail", "Detail is malformed.".to_owned()))?;
    let mut event = event(&message_id(invocation, index), source, kind, invocation)
        .with_data(RawJson::from_value(&detail));
    event.subject =
        entry.get("Resources").and_then(|it| it.get_index(0)).and_then(Value::as_str).map(Into::into);
    if let Some(time) = entry.get("Time").and_then(super::protocol::timestamp::given) {
        event.time = Some(time.to_string().into());
    }
    if let Some(bus) = entry.get("EventBusName").and_then(Value::as_str) {
        event.extensions.push(("eventbusname".into(), Value::from(bus)));
    }
    Ok(event)
}

fn event(id: &str, source: &str, kind: &str, invocation: &Invocation) -> Event {
    let mut event = Event::new(id, source, kind);
    event.labels = invocation.labels.clone();
    event
}

fn message_id(invocation: &Invocation, index: usize) -> String {
    uuid(&["message", &invocation.idempotency_key, &index.to_string()])
}

/// The body of a message: JSON where it is, and otherwise text.
fn data(content: &str) -> RawJson {
    RawJson::parse(content).unwrap_or_else(|_| RawJson::from_value(&Value::from(content)))
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::{call, invocation};
    use super::*;

    fn check(resource: &str, input: &str, expected: &[&str], result: &str) {
        let input = Value::parse(input).unwrap();
        let (_, invocation) = invocation(resource, input.clone());
        let delivery = delivery(&call(resource), &input, &invocation).unwrap();
        let shown: Vec<String> = delivery
            .events
            .iter()
            .map(|event| {
                let data = event.data.inline_value().unwrap();
                format!(
                    "{} {} {:?} {data}",
                    event.kind,
                    event.source,
                    event.subject.as_deref(),
                    data = data.to_text()
                )
            })
            .collect();
        assert_eq!(shown, expected);
        let mut text = delivery.result.to_text();
        for (index, event) in delivery.events.iter().enumerate() {
            text = text.replace(&*event.id, &format!("id{index}"));
        }
        assert_eq!(text, result);
    }

    #[test]
    fn a_message_to_a_queue_is_an_event_about_it() {
        check(
            "sqs:sendMessage",
            r#"{"QueueUrl":"https://sqs.us-east-1.amazonaws.com/111111111111/orders","MessageBody":"{\"a\":1}"}"#,
            &[
                r#"aws.sqs.message https://sqs.us-east-1.amazonaws.com/111111111111/orders Some("orders") {"a":1}"#,
            ],
            r#"{"MessageId":"id0","MD5OfMessageBody":"bb6cb5c68df4652941caf652a366f2d8"}"#,
        );
        check(
            "sns:publish",
            r#"{"TopicArn":"arn:aws:sns:us-east-1:111111111111:news","Message":"hello","Subject":"s"}"#,
            &[r#"aws.sns.notification arn:aws:sns:us-east-1:111111111111:news Some("news") "hello""#],
            r#"{"MessageId":"id0"}"#,
        );
    }

    #[test]
    fn entries_are_events_and_malformed_ones_are_told_of_as_eventbridge_does() {
        check(
            "events:putEvents",
            r#"{"Entries":[{"Source":"shop","DetailType":"Order placed","Detail":"{\"n\":1}","Resources":["order/1"]},
            {"Source":"shop","DetailType":"t","Detail":"\"text\""},{"DetailType":"t","Detail":"{}"}]}"#,
            &[r#"Order placed shop Some("order/1") {"n":1}"#],
            r#"{"Entries":[{"EventId":"id0"},{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."},{"ErrorCode":"InvalidArgument","ErrorMessage":"Parameter Source is not valid. Reason: Source is a required argument."}],"FailedEntryCount":2}"#,
        );
    }

    #[test]
    fn a_repeated_attempt_makes_the_same_events() {
        let input = Value::parse(r#"{"QueueUrl":"q","MessageBody":"b"}"#).unwrap();
        let (_, mut invocation) = invocation("sqs:sendMessage", input.clone());
        let once = delivery(&call("sqs:sendMessage"), &input, &invocation).unwrap();
        invocation.attempt = 2;
        assert_eq!(delivery(&call("sqs:sendMessage"), &input, &invocation).unwrap(), once);
        invocation.idempotency_key = "another".into();
        assert_ne!(delivery(&call("sqs:sendMessage"), &input, &invocation).unwrap(), once);
    }
}
