//! The protocols AWS query and EC2 query: a form in, XML out.

use tidegate_json::Value;

use super::{Request, json, scalar, xml};
use crate::aws::call::Call;
use crate::aws::encoding;
use crate::aws::table::{Member, Service, Shape, ShapeId, TimestampFormat, capitalised};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Query,
    Ec2,
}

pub(super) fn request(call: &Call, input: &Value, dialect: Dialect) -> Request {
    let (name, operation) = call.operation();
    let mut form = Form { service: &call.service, dialect, fields: Vec::new() };
    form.fields.push(("Action".to_owned(), name.to_owned()));
    form.fields.push(("Version".to_owned(), call.service.api_version.clone()));
    if let Some(shape) = operation.input {
        form.value(String::new(), shape, input);
    }
    let body = encoding::form(&form.fields);
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: Vec::new(),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        )],
        body: body.into_bytes(),
    }
}

struct Form<'a> {
    service: &'a Service,
    dialect: Dialect,
    fields: Vec<(String, String)>,
}

impl Form<'_> {
    fn value(&mut self, path: String, shape: ShapeId, value: &Value) {
        match self.service.shape(shape) {
            Shape::Structure(structure) => {
                for (own_name, member, value) in json::members(structure, value) {
                    let name = self.name(own_name, member);
                    self.value(joined(&path, &name), member.shape, value);
                }
            }
            Shape::List(list) => {
                let elements = value.as_array().map_or(&[][..], |elements| &elements[..]);
                // An empty list is said by its name alone, where lists have elements of their own.
                if elements.is_empty() && self.dialect == Dialect::Query {
                    self.fields.push((path, String::new()));
                    return;
                }
                let base = match (self.dialect, list.is_flat) {
                    (Dialect::Ec2, _) => path,
                    (Dialect::Query, false) => {
                        joined(&path, list.element_name.as_deref().unwrap_or("member"))
                    }
                    (Dialect::Query, true) => flat(&path, list.element_name.as_deref()),
                };
                for (index, element) in elements.iter().enumerate() {
                    self.value(joined(&base, &(index + 1).to_string()), list.element, element);
                }
            }
            Shape::Map(map) => {
                let base = if map.is_flat { path } else { joined(&path, "entry") };
                let (key_name, value_name) =
                    (map.key_name.as_deref().unwrap_or("key"), map.value_name.as_deref().unwrap_or("value"));
                let members = value.as_object().into_iter().flat_map(|members| members.iter());
                for (index, (key, value)) in members.enumerate() {
                    let entry = joined(&base, &(index + 1).to_string());
                    self.fields.push((joined(&entry, key_name), key.to_string()));
                    self.value(joined(&entry, value_name), map.value, value);
                }
            }
            Shape::Scalar(scalar) => {
                self.fields.push((path, scalar::written(*scalar, value, TimestampFormat::Iso)));
            }
        }
    }

    fn name(&self, own_name: &str, member: &Member) -> String {
        match self.dialect {
            Dialect::Query => match self.service.shape(member.shape) {
                // The name of a flat list is that of its elements; both are given where it has one of its own.
                Shape::List(list) if list.is_flat && list.element_name.is_some() => own_name.to_owned(),
                Shape::List(_) | Shape::Map(_) | Shape::Structure(_) | Shape::Scalar(_) => {
                    member.wire_name(own_name).to_owned()
                }
            },
            Dialect::Ec2 => {
                member.query_name.clone().unwrap_or_else(|| capitalised(member.wire_name(own_name)))
            }
        }
    }
}

/// A flat list's fields are called after its elements, in the place of the list's own name.
fn flat(path: &str, element_name: Option<&str>) -> String {
    match (element_name, path.rsplit_once('.')) {
        (None, _) => path.to_owned(),
        (Some(name), Some((parent, _))) => joined(parent, name),
        (Some(name), None) => name.to_owned(),
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

pub(super) fn result(call: &Call, body: &[u8]) -> Result<Value, String> {
    let (_, operation) = call.operation();
    let empty = || Value::object([] as [(&str, Value); 0]);
    let Some(output) = operation.output else { return Ok(empty()) };
    let text = String::from_utf8_lossy(body);
    let document = xml::document(&text)?;
    let root = document.root_element();
    let node = match &operation.result_wrapper {
        None => Some(root),
        Some(name) => root.children().find(|child| child.tag_name().name() == name),
    };
    Ok(node.map_or_else(empty, |node| xml::read(&call.service, output, node, call.timestamps())))
}
