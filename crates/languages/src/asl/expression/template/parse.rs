//! JSON to payload template.

use tidegate_json::{Map, Str, Value};
use tidegate_model::Text;

use super::{Member, Node, PayloadTemplate, TemplateError, ValueSource};

pub(super) fn template(template: &Value) -> Result<PayloadTemplate, Vec<TemplateError>> {
    let mut reading = Reading { pointer: String::new(), errors: Vec::new(), doubts: Vec::new() };
    let root = reading.node(template);
    if reading.errors.is_empty() {
        Ok(PayloadTemplate { root, doubts: reading.doubts })
    } else {
        Err(reading.errors)
    }
}

/// Where the reading stands, and what it found wrong.
struct Reading {
    pointer: String,
    errors: Vec<TemplateError>,
    doubts: Vec<TemplateError>,
}

impl Reading {
    fn node(&mut self, value: &Value) -> Node {
        match value {
            Value::Array(elements) => self.array(value, elements),
            Value::Object(members) => self.object(value, members),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Node::Literal(value.clone())
            }
        }
    }

    fn array(&mut self, whole: &Value, elements: &[Value]) -> Node {
        let nodes: Vec<Node> = elements
            .iter()
            .enumerate()
            .map(|(at, element)| self.within(&at.to_string(), |reading| reading.node(element)))
            .collect();
        let is_literal = nodes.iter().all(Node::is_literal);
        if is_literal { Node::Literal(whole.clone()) } else { Node::Array(nodes) }
    }

    fn object(&mut self, whole: &Value, members: &Map) -> Node {
        let mut read = Vec::with_capacity(members.len());
        for (field, value) in members {
            let member = self.within(&escaped(field), |reading| match field.strip_suffix(".$") {
                Some(name) => reading.computed(name, field, value, members),
                None => Some(Member::Plain { name: field.clone(), value: reading.node(value) }),
            });
            read.extend(member);
        }
        if read.iter().all(Member::is_literal) { Node::Literal(whole.clone()) } else { Node::Object(read) }
    }

    fn computed(&mut self, name: &str, field: &Str, value: &Value, members: &Map) -> Option<Member> {
        if members.contains_key(name) {
            let message = format!("the fields '{name}' and '{field}' are one: the later of them wins");
            let doubt =
                TemplateError { pointer: self.pointer.clone(), message: message.into(), detail: None };
            self.doubts.push(doubt);
        }
        let Some(text) = value.as_str() else {
            let kind = value.type_name().to_uppercase();
            let message = format!(
                "The value for the field '{field}' must be a STRING that contains a JSONPath but was an {kind}"
            );
            self.report(message, None);
            return None;
        };
        match ValueSource::parse(text) {
            Ok(source) => {
                Some(Member::Computed { name: name.into(), field: field.clone(), source: Box::new(source) })
            }
            Err(error) => {
                let message = format!(
                    "The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"
                );
                self.report(message, Some(error.message));
                None
            }
        }
    }

    fn within<T>(&mut self, token: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let outside = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(token);
        let result = read(self);
        self.pointer.truncate(outside);
        result
    }

    fn report(&mut self, message: String, detail: Option<Text>) {
        self.errors.push(TemplateError { pointer: self.pointer.clone(), message: message.into(), detail });
    }
}

impl Node {
    fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }
}

impl Member {
    fn is_literal(&self) -> bool {
        matches!(self, Self::Plain { value: Node::Literal(_), .. })
    }
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
