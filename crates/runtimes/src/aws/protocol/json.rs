//! JSON bodies, and the protocols AWS JSON 1.0 and 1.1 that consist of nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidegate_json::Value;

use super::timestamp::{self, Shown};
use super::{Answer, Request, ServiceError, bytes_of, header, scalar};
use crate::aws::call::Call;
use crate::aws::table::{
    Location, Member, Scalar, Service, Shape, ShapeId, Structure, TimestampFormat, pascal,
};

pub(super) fn request(call: &Call, input: &Value, media_type: &str) -> Request {
    let (name, operation) = call.operation();
    let body = operation.input.map_or_else(
        || Value::object([] as [(&str, Value); 0]),
        |shape| written(&call.service, shape, input),
    );
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: Vec::new(),
        headers: vec![
            ("content-type".to_owned(), media_type.to_owned()),
            ("x-amz-target".to_owned(), format!("{}.{name}", call.service.target_prefix)),
        ],
        body: body.to_text().into_bytes(),
    }
}

pub(super) fn result(call: &Call, body: &[u8]) -> Result<Value, String> {
    let (_, operation) = call.operation();
    let Some(output) = operation.output else { return Ok(Value::object([] as [(&str, Value); 0])) };
    Ok(read(&call.service, output, &document(body)?, call.timestamps()))
}

/// The JSON of a body; an empty one is an empty object.
pub(super) fn document(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::object([] as [(&str, Value); 0]));
    }
    Value::parse_slice(body).map_err(|error| format!("the answer is no JSON: {error}"))
}

/// The wire's form of a checked value.
pub(super) fn written(service: &Service, shape: ShapeId, value: &Value) -> Value {
    match service.shape(shape) {
        Shape::Structure(structure) => {
            Value::object(members(structure, value).filter_map(|(name, member, value)| {
                if member.location != Location::Body {
                    return None;
                }
                let written = match member.is_json_text && value.as_str().is_none() {
                    true => Value::from(value.to_text()),
                    false => written(service, member.shape, value),
                };
                Some((member.wire_name(name), written))
            }))
        }
        Shape::List(list) => match value.as_array() {
            Some(elements) => {
                Value::array(elements.iter().map(|element| written(service, list.element, element)))
            }
            None => Value::Null,
        },
        Shape::Map(map) => Value::object(
            value
                .as_object()
                .into_iter()
                .flat_map(|members| members.iter())
                .map(|(key, member)| (key.clone(), written(service, map.value, member))),
        ),
        Shape::Scalar(Scalar::Blob) => Value::from(STANDARD.encode(bytes_of(value))),
        Shape::Scalar(Scalar::Timestamp(None | Some(TimestampFormat::Unix))) => {
            timestamp::given(value).map_or(Value::Null, timestamp::seconds)
        }
        Shape::Scalar(Scalar::Timestamp(Some(format))) => Value::from(timestamp::written(value, *format)),
        Shape::Scalar(Scalar::String) => Value::from(scalar::plain(value)),
        Shape::Scalar(Scalar::Integer | Scalar::Float | Scalar::Boolean | Scalar::Document) => value.clone(),
    }
}

/// The members of `structure` that `value` has, with the members' own names.
pub(super) fn members<'a>(
    structure: &'a Structure,
    value: &'a Value,
) -> impl Iterator<Item = (&'a str, &'a Member, &'a Value)> {
    structure.members.iter().filter_map(move |(name, member)| {
        let given = value.get(&pascal(name)).filter(|given| !given.is_null())?;
        Some((name.as_str(), member, given))
    })
}

/// The result's form of what the wire has.
pub(super) fn read(service: &Service, shape: ShapeId, value: &Value, shown: Shown) -> Value {
    match (service.shape(shape), value) {
        (_, Value::Null) => Value::Null,
        (Shape::Structure(structure), Value::Object(_)) => {
            Value::object(structure.members.iter().filter_map(|(name, member)| {
                if member.location != Location::Body {
                    return None;
                }
                let found = value.get(member.wire_name(name)).filter(|found| !found.is_null())?;
                Some((pascal(name), read(service, member.shape, found, shown)))
            }))
        }
        (Shape::List(list), Value::Array(elements)) => {
            Value::array(elements.iter().map(|element| read(service, list.element, element, shown)))
        }
        (Shape::Map(map), Value::Object(members)) => Value::object(
            members.iter().map(|(key, member)| (key.clone(), read(service, map.value, member, shown))),
        ),
        (Shape::Scalar(Scalar::Timestamp(_)), time) => timestamp::shown_value(time, shown),
        (Shape::Scalar(Scalar::Blob), Value::String(base64)) => scalar::blob(base64),
        // What is not of the model's shape is shown as it came.
        (Shape::Structure(_) | Shape::List(_) | Shape::Map(_) | Shape::Scalar(_), other) => other.clone(),
    }
}

/// The error in an answer: its code in a header or in the body, with or without a namespace and a URI.
pub(super) fn error(answer: Answer<'_>) -> ServiceError {
    let body = Value::parse_slice(answer.body).unwrap_or_default();
    let text =
        |keys: &[&str]| keys.iter().find_map(|key| body.get(key).and_then(Value::as_str)).map(str::to_owned);
    let code = header(answer.headers, "x-amzn-errortype").or_else(|| text(&["__type", "code", "Code"]));
    let code = code.unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    ServiceError {
        code: code.to_owned(),
        message: text(&["message", "Message", "errorMessage", "error"]).unwrap_or_default(),
        request_id: None,
    }
}
