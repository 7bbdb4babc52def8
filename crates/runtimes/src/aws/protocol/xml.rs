//! XML bodies.

use roxmltree::{Document, Node};
use tidegate_json::Value;

use super::timestamp::Shown;
use super::{ServiceError, json, scalar};
use crate::aws::table::{
    List, Location, Map, Member, Service, Shape, ShapeId, Structure, TimestampFormat, pascal,
};

/// Elements in a request deeper than this are cut off; no model is that deep.
const DEPTH_MAX: u32 = 64;

/// An element as text: `<name xmlns="…">…</name>`.
pub(super) fn written(
    service: &Service,
    shape: ShapeId,
    name: &str,
    namespace: Option<&str>,
    value: &Value,
) -> String {
    let mut out = String::new();
    let attribute = namespace.map(|uri| format!(" xmlns=\"{}\"", escaped(uri))).unwrap_or_default();
    element(service, shape, name, &attribute, value, &mut out, 0);
    out
}

fn element(
    service: &Service,
    shape: ShapeId,
    name: &str,
    attributes: &str,
    value: &Value,
    out: &mut String,
    depth: u32,
) {
    if depth > DEPTH_MAX {
        return;
    }
    let mut content = String::new();
    let mut attributes = attributes.to_owned();
    match service.shape(shape) {
        Shape::Structure(structure) => {
            for (own_name, member, value) in json::members(structure, value) {
                if member.location != Location::Body {
                    continue;
                }
                let name = member.wire_name(own_name);
                if member.is_attribute {
                    let text = scalar::plain(value);
                    attributes.push_str(&format!(" {name}=\"{}\"", escaped(&text)));
                } else {
                    child(service, member, name, value, &mut content, depth);
                }
            }
        }
        Shape::List(list) => elements(service, list, element_name(list), value, &mut content, depth),
        Shape::Map(map) => entries(service, map, "entry", value, &mut content, depth),
        Shape::Scalar(scalar) => {
            content = escaped(&scalar::written(*scalar, value, TimestampFormat::Iso));
        }
    }
    out.push_str(&format!("<{name}{attributes}>{content}</{name}>"));
}

fn child(service: &Service, member: &Member, name: &str, value: &Value, out: &mut String, depth: u32) {
    match service.shape(member.shape) {
        Shape::List(list) if list.is_flat => elements(service, list, name, value, out, depth),
        Shape::Map(map) if map.is_flat => entries(service, map, name, value, out, depth),
        Shape::List(_) | Shape::Map(_) | Shape::Structure(_) | Shape::Scalar(_) => {
            let space = member.xml_namespace.as_ref().map(|(uri, prefix)| {
                let colon = if prefix.is_empty() { "" } else { ":" };
                format!(" xmlns{colon}{prefix}=\"{}\"", escaped(uri))
            });
            element(service, member.shape, name, &space.unwrap_or_default(), value, out, depth + 1);
        }
    }
}

fn elements(service: &Service, list: &List, name: &str, value: &Value, out: &mut String, depth: u32) {
    for value in value.as_array().into_iter().flat_map(|values| values.iter()) {
        element(service, list.element, name, "", value, out, depth + 1);
    }
}

fn entries(service: &Service, map: &Map, name: &str, value: &Value, out: &mut String, depth: u32) {
    for (key, value) in value.as_object().into_iter().flat_map(|members| members.iter()) {
        out.push_str(&format!("<{name}><{0}>{1}</{0}>", key_name(map), escaped(key)));
        element(service, map.value, value_name(map), "", value, out, depth + 1);
        out.push_str(&format!("</{name}>"));
    }
}

fn element_name(list: &List) -> &str {
    list.element_name.as_deref().unwrap_or("member")
}

fn key_name(map: &Map) -> &str {
    map.key_name.as_deref().unwrap_or("key")
}

fn value_name(map: &Map) -> &str {
    map.value_name.as_deref().unwrap_or("value")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would turn these into spaces, or into nothing.
            '\r' => out.push_str("&#xD;"),
            '\n' => out.push_str("&#xA;"),
            '\t' => out.push_str("&#x9;"),
            other => out.push(other),
        }
    }
    out
}

/// The document in a body.
pub(super) fn document(body: &str) -> Result<Document<'_>, String> {
    Document::parse(body).map_err(|error| format!("the answer is no XML: {error}"))
}

/// The result's form of the element `node`.
pub(super) fn read(service: &Service, shape: ShapeId, node: Node<'_, '_>, shown: Shown) -> Value {
    match service.shape(shape) {
        Shape::Structure(structure) => structure_of(service, structure, node, shown),
        Shape::List(list) => {
            let name = element_name(list);
            let found = node.children().filter(|child| child.tag_name().name() == name);
            Value::array(found.map(|child| read(service, list.element, child, shown)))
        }
        Shape::Map(map) => map_of(service, map, node.children().filter(Node::is_element), shown),
        Shape::Scalar(scalar) => {
            scalar::read(*scalar, node.text().unwrap_or_default(), TimestampFormat::Iso, shown)
        }
    }
}

fn structure_of(service: &Service, structure: &Structure, node: Node<'_, '_>, shown: Shown) -> Value {
    Value::object(structure.members.iter().filter_map(|(own_name, member)| {
        if member.location != Location::Body {
            return None;
        }
        let name = member.wire_name(own_name);
        let value = if member.is_attribute {
            let local = name.rsplit(':').next().unwrap_or(name);
            let found = node.attributes().find(|attribute| attribute.name() == local)?;
            Value::from(found.value())
        } else {
            member_of(service, member, name, node, shown)?
        };
        Some((pascal(own_name), value))
    }))
}

fn member_of(
    service: &Service,
    member: &Member,
    name: &str,
    node: Node<'_, '_>,
    shown: Shown,
) -> Option<Value> {
    let mut found = node.children().filter(|child| child.tag_name().name() == name).peekable();
    found.peek()?;
    match service.shape(member.shape) {
        Shape::List(list) if list.is_flat => {
            Some(Value::array(found.map(|child| read(service, list.element, child, shown))))
        }
        Shape::Map(map) if map.is_flat => Some(map_of(service, map, found, shown)),
        Shape::List(_) | Shape::Map(_) | Shape::Structure(_) | Shape::Scalar(_) => {
            found.next().map(|child| read(service, member.shape, child, shown))
        }
    }
}

fn map_of<'a, 'b: 'a>(
    service: &Service,
    map: &Map,
    entries: impl Iterator<Item = Node<'a, 'b>>,
    shown: Shown,
) -> Value {
    let part = |entry: Node<'a, 'b>, name: &str| entry.children().find(|it| it.tag_name().name() == name);
    Value::object(entries.filter_map(|entry| {
        let key = part(entry, key_name(map))?.text().unwrap_or_default();
        let value = part(entry, value_name(map))?;
        Some((key, read(service, map.value, value, shown)))
    }))
}

/// The error in a body, wherever in its envelope the service puts it.
pub(super) fn error(body: &[u8]) -> ServiceError {
    let text = String::from_utf8_lossy(body);
    let Ok(document) = Document::parse(&text) else { return ServiceError::default() };
    let find = |names: &[&str]| {
        let named = |node: &Node<'_, '_>| names.contains(&node.tag_name().name());
        document.descendants().find(named).and_then(|node| node.text()).map(|it| it.trim().to_owned())
    };
    ServiceError {
        code: find(&["Code"]).unwrap_or_default(),
        message: find(&["Message", "message"]).unwrap_or_default(),
        request_id: find(&["RequestId", "RequestID"]),
    }
}
