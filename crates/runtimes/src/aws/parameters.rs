//! The parameters of a call, checked against what the action takes before anything is sent.
//!
//! Parameters have the names of the SDK for Java with a capital, whatever the wire has. What a service would refuse by
//! its own rules (lengths, patterns, members that are required) is left to the service.

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};

use super::call::Call;
use super::derived;
use super::protocol::timestamp;
use super::table::{Scalar, Service, Shape, ShapeId, Structure, pascal};

/// `input` as the action takes it. Members that make a repeated call harmless are filled in, as the SDK does; from
/// `idempotency_key`, so that all attempts of a task have the same.
///
/// # Errors
/// Names every parameter that the action does not have, and every value of a wrong type.
pub(super) fn checked(call: &Call, input: &Value, idempotency_key: &str) -> Result<Value, Failure> {
    let (_, operation) = call.operation();
    let mut input = match input {
        Value::Null => Value::object([] as [(&str, Value); 0]),
        given => given.clone(),
    };
    let mut check = Check { service: &call.service, path: Vec::new(), problems: Vec::new() };
    match operation.input {
        Some(shape) => check.value(shape, &input),
        None => check.nothing(&input),
    }
    if !check.problems.is_empty() {
        let message = format!("`{}`: {}", call.shown(), check.problems.join("; "));
        return Err(Failure::new(errors::INVALID_VALUE, Text::from(message)));
    }
    if let Some(structure) = call.service.structure(operation.input) {
        for (name, member) in &structure.members {
            let name = pascal(name);
            if member.is_idempotency_token && input.get(&name).is_none_or(Value::is_null) {
                input.set(name, derived::uuid(&["token", idempotency_key]));
            }
        }
    }
    Ok(input)
}

struct Check<'a> {
    service: &'a Service,
    /// Where it is: names and numbers from the outside in.
    path: Vec<String>,
    problems: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, shape: ShapeId, value: &Value) {
        if value.is_null() {
            return;
        }
        match (self.service.shape(shape), value) {
            (Shape::Structure(structure), Value::Object(_)) => self.members(structure, value),
            (Shape::List(list), Value::Array(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.within(index.to_string(), |check| check.value(list.element, element));
                }
            }
            (Shape::Map(map), Value::Object(members)) => {
                for (key, member) in members.iter() {
                    self.within(key.to_string(), |check| check.value(map.value, member));
                }
            }
            (Shape::Scalar(scalar), value) if is_of(*scalar, value) => {}
            (wanted, _) => self.wrong(wanted.kind(), value),
        }
    }

    fn members(&mut self, structure: &Structure, value: &Value) {
        for (key, member) in value.as_object().into_iter().flat_map(|members| members.iter()) {
            let found = structure.members.iter().find(|(name, _)| pascal(name) == **key);
            match found {
                Some((_, known)) => self.within(key.to_string(), |check| check.value(known.shape, member)),
                None => self.unknown(key, structure),
            }
        }
    }

    fn nothing(&mut self, value: &Value) {
        for key in value.as_object().into_iter().flat_map(|members| members.keys()) {
            self.problems.push(format!("there is no parameter `{key}`, and none is taken here"));
        }
    }

    fn unknown(&mut self, key: &str, structure: &Structure) {
        const SHOWN: usize = 12;
        let mut names: Vec<String> = structure.members.keys().map(|name| pascal(name)).collect();
        let place = self.place(key);
        if let Some(near) = names.iter().find(|name| name.eq_ignore_ascii_case(key)) {
            self.problems.push(format!("there is no parameter `{place}`; did you mean `{near}`?"));
            return;
        }
        let more = if names.len() > SHOWN { ", …" } else { "" };
        names.truncate(SHOWN);
        let known = match &names[..] {
            [] => "and none is taken here".to_owned(),
            names => format!("there may be {}{more}", names.join(", ")),
        };
        self.problems.push(format!("there is no parameter `{place}`, {known}"));
    }

    fn wrong(&mut self, wanted: &str, value: &Value) {
        let problem = match self.path.split_last() {
            Some((last, path)) => {
                let place = path.iter().map(|part| format!("{part}.")).collect::<String>() + last;
                format!("`{place}` must be {wanted}, and is {}", kind_of(value))
            }
            None => format!("the parameters must be {wanted}, and are {}", kind_of(value)),
        };
        self.problems.push(problem);
    }

    fn within(&mut self, part: String, check: impl FnOnce(&mut Self)) {
        self.path.push(part);
        check(self);
        self.path.pop();
    }

    fn place(&self, key: &str) -> String {
        self.path.iter().map(|part| format!("{part}.")).collect::<String>() + key
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Whether a parameter can be sent as this.
fn is_of(scalar: Scalar, value: &Value) -> bool {
    match scalar {
        // What is no text is sent as its JSON, as AWS does where a service takes JSON in text.
        Scalar::String => matches!(value, Value::String(_) | Value::Object(_) | Value::Array(_)),
        Scalar::Integer => value.as_number().is_some_and(|number| number.is_whole()),
        Scalar::Float => value.as_number().is_some(),
        Scalar::Boolean => value.as_bool().is_some(),
        Scalar::Timestamp(_) => timestamp::given(value).is_some(),
        // Text is sent as its bytes, and JSON as its text.
        Scalar::Blob | Scalar::Document => true,
    }
}

impl Shape {
    /// What a value of it is, in words.
    fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(Scalar::String) => "a string",
            Self::Scalar(Scalar::Integer) => "a whole number",
            Self::Scalar(Scalar::Float) => "a number",
            Self::Scalar(Scalar::Boolean) => "true or false",
            Self::Scalar(Scalar::Blob | Scalar::Document) => "anything",
            Self::Scalar(Scalar::Timestamp(_)) => "a time such as \"2026-07-01T09:00:00Z\"",
            Self::Structure(_) | Self::Map(_) => "an object",
            Self::List(_) => "an array",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::call;
    use super::*;

    fn check(action: &str, input: &str, expected: &str) {
        let outcome = checked(&call(action), &Value::parse(input).unwrap(), "key");
        let shown = match outcome {
            Ok(value) => value.to_text(),
            Err(failure) => failure.message.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn parameters_have_the_sdks_names_with_a_capital() {
        check(
            "aws-sdk:sfn:startExecution",
            r#"{"StateMachineArn":"a","Input":"{}"}"#,
            r#"{"StateMachineArn":"a","Input":"{}"}"#,
        );
        check(
            "aws-sdk:sfn:startExecution",
            r#"{"stateMachineArn":"a"}"#,
            "`sfn:startExecution`: there is no parameter `stateMachineArn`; did you mean `StateMachineArn`?",
        );
    }

    #[test]
    fn what_an_action_does_not_take_is_named_with_what_it_does() {
        check(
            "aws-sdk:sts:getSessionToken",
            r#"{"Duration":1,"SerialNumber":7}"#,
            "`sts:getSessionToken`: there is no parameter `Duration`, there may be DurationSeconds, \
             MinimumSessionTokenSize, SerialNumber, TokenCode; `SerialNumber` must be a string, and is a number",
        );
        check(
            "aws-sdk:dynamodb:putItem",
            r#"{"TableName":"t","Item":{"id":{"N":5}}}"#,
            "`dynamodb:putItem`: `Item.id.N` must be a string, and is a number",
        );
        check(
            "aws-sdk:sts:getCallerIdentity",
            r#"{"X":1}"#,
            "`sts:getCallerIdentity`: there is no parameter `X`, and none is taken here",
        );
    }

    #[test]
    fn a_token_against_repeats_is_made_of_the_tasks_key() {
        let call = call("aws-sdk:dynamodb:transactWriteItems");
        let of = |key: &str| checked(&call, &Value::Null, key).unwrap();
        assert_eq!(of("key"), of("key"));
        assert_ne!(of("key").get("ClientRequestToken"), of("other").get("ClientRequestToken"));
        let own = Value::parse(r#"{"ClientRequestToken":"mine"}"#).unwrap();
        assert_eq!(checked(&call, &own, "key").unwrap(), own);
    }
}
