//! The protocols REST JSON and REST XML: members are spread over path, query string, headers and body.
//!
//! Source: Smithy 2.0, "HTTP bindings".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidegate_json::Value;

use super::{Answer, Request, bytes_of, header, json, scalar, xml};
use crate::aws::call::Call;
use crate::aws::encoding;
use crate::aws::table::{
    Location, Member, Operation, Protocol, Scalar, Service, Shape, Structure, TimestampFormat, capitalised,
    pascal,
};

pub(super) fn request(call: &Call, input: &Value) -> Result<Request, String> {
    let (_, operation) = call.operation();
    let mut request = Request { method: operation.method.clone(), ..Request::default() };
    let (path, fixed) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    for pair in fixed.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request.query.push((name.to_owned(), value.to_owned()));
    }
    let mut path = path.to_owned();
    if let Some(structure) = call.service.structure(operation.input) {
        for (name, member, value) in json::members(structure, input) {
            place(call, name, member, value, &mut path, &mut request);
        }
    }
    if let Some((_, rest)) = path.split_once('{') {
        let label = rest.split(['}', '+']).next().unwrap_or(rest);
        return Err(format!("the parameter `{}` is missing", parameter_of(call, operation, label)));
    }
    request.path = path;
    body(call, operation, input, &mut request);
    if call.service.protocol == Protocol::RestJson {
        // Some services answer in another media type unless asked for this one.
        request.headers.push(("accept".to_owned(), "application/json".to_owned()));
    }
    Ok(request)
}

/// The parameter that goes to the place `label` of the path.
fn parameter_of(call: &Call, operation: &Operation, label: &str) -> String {
    let structure = call.service.structure(operation.input);
    let members = structure.into_iter().flat_map(|structure| &structure.members);
    let mut in_path = members.filter(|(_, member)| member.location == Location::Uri);
    let found = in_path.find(|(name, member)| member.wire_name(name) == label);
    found.map_or_else(|| capitalised(label), |(name, _)| pascal(name))
}

/// Puts a member where it belongs, if that is not the body.
fn place(
    call: &Call,
    own_name: &str,
    member: &Member,
    value: &Value,
    path: &mut String,
    request: &mut Request,
) {
    let (service, name) = (&call.service, member.wire_name(own_name));
    match member.location {
        Location::Body | Location::Status => {}
        Location::Uri => {
            let text = text_of(service, member, value, TimestampFormat::Iso);
            // An empty segment would be another operation's path.
            if !text.is_empty() {
                *path = path
                    .replace(&format!("{{{name}}}"), &encoding::encoded(&text))
                    .replace(&format!("{{{name}+}}"), &encoding::encoded_path(&text));
            }
        }
        Location::Query => query(service, service.shape(member.shape), name, value, &mut request.query),
        Location::Header => {
            let text = text_of(service, member, value, TimestampFormat::Http);
            request.headers.push((name.to_lowercase(), text));
        }
        Location::Headers => {
            for (key, value) in value.as_object().into_iter().flat_map(|members| members.iter()) {
                request.headers.push((format!("{name}{key}").to_lowercase(), scalar::plain(value)));
            }
        }
    }
}

/// A member in a header or a path: a list with commas, JSON as base64.
fn text_of(service: &Service, member: &Member, value: &Value, default: TimestampFormat) -> String {
    match service.shape(member.shape) {
        Shape::Scalar(_) if member.is_json_text => STANDARD.encode(bytes_of(value)),
        Shape::Scalar(scalar) => scalar::written(*scalar, value, default),
        Shape::List(list) => {
            let elements = value.as_array().into_iter().flat_map(|elements| elements.iter());
            let texts = elements.map(|element| match service.shape(list.element) {
                Shape::Scalar(scalar) => scalar::written(*scalar, element, default),
                Shape::List(_) | Shape::Map(_) | Shape::Structure(_) => scalar::plain(element),
            });
            texts.collect::<Vec<_>>().join(",")
        }
        Shape::Map(_) | Shape::Structure(_) => scalar::plain(value),
    }
}

fn query(service: &Service, shape: &Shape, name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match shape {
        Shape::List(list) => {
            for element in value.as_array().into_iter().flat_map(|elements| elements.iter()) {
                query(service, service.shape(list.element), name, element, pairs);
            }
        }
        Shape::Map(map) => {
            for (key, value) in value.as_object().into_iter().flat_map(|members| members.iter()) {
                query(service, service.shape(map.value), key, value, pairs);
            }
        }
        Shape::Scalar(scalar) => {
            pairs.push((name.to_owned(), scalar::written(*scalar, value, TimestampFormat::Iso)));
        }
        Shape::Structure(_) => pairs.push((name.to_owned(), scalar::plain(value))),
    }
}

fn body(call: &Call, operation: &Operation, input: &Value, request: &mut Request) {
    let service = &call.service;
    let (Some(shape), Some(structure)) = (operation.input, service.structure(operation.input)) else {
        return;
    };
    let is_json = service.protocol == Protocol::RestJson;
    let media_type = if is_json { "application/json" } else { "application/xml" };
    let (body, media_type) = if let Some((name, member)) = payload(structure) {
        let Some(value) = input.get(&pascal(name)).filter(|value| !value.is_null()) else { return };
        match (service.shape(member.shape), is_json) {
            (Shape::Scalar(Scalar::Blob), _) => (bytes_of(value), "application/octet-stream"),
            (Shape::Scalar(Scalar::String), _) => (bytes_of(value), "text/plain"),
            (Shape::Scalar(_) | Shape::Structure(_) | Shape::List(_) | Shape::Map(_), true) => {
                (json::written(service, member.shape, value).to_text().into_bytes(), media_type)
            }
            (Shape::Scalar(_) | Shape::Structure(_) | Shape::List(_) | Shape::Map(_), false) => {
                let namespace = member.xml_namespace.as_ref().map(|(uri, _)| uri.as_str());
                let name = member.wire_name(name);
                (xml::written(service, member.shape, name, namespace, value).into_bytes(), media_type)
            }
        }
    } else if structure.members.values().any(|member| member.location == Location::Body) {
        let body = if is_json {
            json::written(service, shape, input).to_text()
        } else {
            let name = operation.root_element.as_deref().unwrap_or("Request");
            let namespace = operation.root_namespace.as_deref().or(service.xml_namespace.as_deref());
            xml::written(service, shape, name, namespace, input)
        };
        (body.into_bytes(), media_type)
    } else {
        return;
    };
    request.body = body;
    if !request.headers.iter().any(|(name, _)| name == "content-type") {
        request.headers.push(("content-type".to_owned(), media_type.to_owned()));
    }
}

fn payload(structure: &Structure) -> Option<(&str, &Member)> {
    let name = structure.payload.as_deref()?;
    structure.members.get(name).map(|member| (name, member))
}

pub(super) fn result(call: &Call, answer: Answer<'_>) -> Result<Value, String> {
    let (_, operation) = call.operation();
    let empty = Value::object([] as [(&str, Value); 0]);
    let Some(structure) = call.service.structure(operation.output) else { return Ok(empty) };
    let mut result = match (operation.output, payload(structure)) {
        (_, Some((name, member))) => {
            let mut result = empty;
            if let Some(value) = payload_value(call, member, answer)? {
                result.set(pascal(name), value);
            }
            result
        }
        (Some(shape), None) if call.service.protocol == Protocol::RestJson => {
            json::read(&call.service, shape, &json::document(answer.body)?, call.timestamps())
        }
        (Some(_), None) if answer.body.iter().all(u8::is_ascii_whitespace) => empty,
        (Some(shape), None) => {
            let text = String::from_utf8_lossy(answer.body);
            xml::read(&call.service, shape, xml::document(&text)?.root_element(), call.timestamps())
        }
        (None, None) => empty,
    };
    for (name, member) in &structure.members {
        if let Some(value) = placed(call, name, member, answer) {
            result.set(pascal(name), value);
        }
    }
    Ok(result)
}

/// What the answer has of a member outside its body.
fn placed(call: &Call, own_name: &str, member: &Member, answer: Answer<'_>) -> Option<Value> {
    let name = member.wire_name(own_name);
    match member.location {
        Location::Body | Location::Uri | Location::Query => None,
        Location::Status => Some(Value::from(i64::from(answer.status.as_u16()))),
        Location::Header => Some(value_of(call, member, &header(answer.headers, name)?)),
        Location::Headers => {
            let prefix = name.to_lowercase();
            Some(Value::object(answer.headers.iter().filter_map(|(name, value)| {
                let key = name.as_str().strip_prefix(&prefix)?;
                Some((key.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            })))
        }
    }
}

/// What a header's text stands for.
fn value_of(call: &Call, member: &Member, text: &str) -> Value {
    let read = |scalar, text| scalar::read(scalar, text, TimestampFormat::Http, call.timestamps());
    match call.service.shape(member.shape) {
        Shape::Scalar(_) if member.is_json_text => json_of(text),
        Shape::Scalar(scalar) => read(*scalar, text),
        Shape::List(list) => {
            let element = match call.service.shape(list.element) {
                Shape::Scalar(scalar) => *scalar,
                Shape::List(_) | Shape::Map(_) | Shape::Structure(_) => Scalar::String,
            };
            Value::array(text.split(',').map(|part| read(element, part.trim())))
        }
        Shape::Map(_) | Shape::Structure(_) => Value::from(text),
    }
}

fn json_of(base64: &str) -> Value {
    let text = STANDARD.decode(base64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Value::from(text.unwrap_or_else(|| base64.to_owned()))
}

fn payload_value(call: &Call, member: &Member, answer: Answer<'_>) -> Result<Option<Value>, String> {
    let text = String::from_utf8_lossy(answer.body);
    match call.service.shape(member.shape) {
        Shape::Scalar(Scalar::Blob) if !member.is_stream => {
            let is_text = std::str::from_utf8(answer.body).is_ok();
            let text = if is_text { text.into_owned() } else { STANDARD.encode(answer.body) };
            return Ok(Some(Value::from(text)));
        }
        Shape::Scalar(Scalar::Blob | Scalar::String) => return Ok(Some(Value::from(text.into_owned()))),
        Shape::Scalar(_) | Shape::Structure(_) | Shape::List(_) | Shape::Map(_) => {}
    }
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let value = if call.service.protocol == Protocol::RestJson {
        json::read(&call.service, member.shape, &json::document(answer.body)?, call.timestamps())
    } else {
        let document = xml::document(&text)?;
        xml::read(&call.service, member.shape, document.root_element(), call.timestamps())
    };
    Ok(Some(value))
}
