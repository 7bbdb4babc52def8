//! A field that may hold expressions at any depth: `Arguments`, `Output`, `Assign`, `Items`, or a single value.
//!
//! Parts without an expression are kept as they were written and are shared by all evaluations.

use tidegate_json::{Map, Str, Value};

use super::{Expected, ExpressionError, JsonataExpr, References, expression_in};
use crate::asl::expression::{Fault, Surroundings};

/// A value with expressions in it.
#[derive(Clone, Debug)]
pub struct Template(Node);

#[derive(Clone, Debug)]
enum Node {
    Constant(Value),
    Expression(Box<JsonataExpr>),
    Array(Vec<Node>),
    Object(Vec<(Str, Node)>),
}

impl Template {
    /// Reads the value of `field`, which is named as AWS does in its causes: `Output`, `Catch[0]/Assign`.
    ///
    /// # Errors
    /// Every expression that is refused.
    pub fn parse(value: &Value, field: &str) -> Result<Self, Vec<ExpressionError>> {
        let mut reading = Reading { pointer: String::new(), field: field.to_owned(), mistakes: Vec::new() };
        let node = reading.node(value);
        if reading.mistakes.is_empty() { Ok(Self(node)) } else { Err(reading.mistakes) }
    }

    /// The value, if there is no expression in it.
    #[must_use]
    pub fn constant(&self) -> Option<&Value> {
        match &self.0 {
            Node::Constant(value) => Some(value),
            Node::Expression(_) | Node::Array(_) | Node::Object(_) => None,
        }
    }

    /// The expression, if the whole value is one.
    #[must_use]
    pub fn expression(&self) -> Option<&JsonataExpr> {
        match &self.0 {
            Node::Expression(expression) => Some(expression),
            Node::Constant(_) | Node::Array(_) | Node::Object(_) => None,
        }
    }

    /// All expressions in it, from first to last.
    pub fn expressions(&self) -> impl Iterator<Item = &JsonataExpr> {
        let mut found = Vec::new();
        self.0.collect(&mut found);
        found.into_iter()
    }

    /// What its expressions read.
    #[must_use]
    pub fn references(&self) -> References {
        let mut all = References::default();
        self.expressions().for_each(|expression| all.merge(expression.references()));
        all
    }

    /// The value with every expression replaced by what it gives; `states` is bound as `$states`.
    ///
    /// # Errors
    /// That of the first expression that fails.
    pub fn evaluate(&self, around: &Surroundings<'_>, states: &Value) -> Result<Value, Fault> {
        self.0.evaluate(around, states)
    }

    /// As [`Template::evaluate`]; where the whole value is one expression, it must give what the field takes. What a
    /// definition spells out is for the static checks.
    ///
    /// # Errors
    /// Those of [`Template::evaluate`] and [`JsonataExpr::evaluate_as`].
    pub fn evaluate_as(
        &self,
        expected: Expected,
        around: &Surroundings<'_>,
        states: &Value,
    ) -> Result<Value, Fault> {
        match self.expression() {
            Some(expression) => expression.evaluate_as(expected, around, states),
            None => self.evaluate(around, states),
        }
    }
}

impl Node {
    fn evaluate(&self, around: &Surroundings<'_>, states: &Value) -> Result<Value, Fault> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.evaluate(around, states),
            Self::Array(elements) => {
                let values = elements.iter().map(|element| element.evaluate(around, states));
                values.collect::<Result<Vec<_>, _>>().map(Value::from)
            }
            Self::Object(members) => {
                let members =
                    members.iter().map(|(key, member)| Ok((key.clone(), member.evaluate(around, states)?)));
                members.collect::<Result<Map, _>>().map(Value::from)
            }
        }
    }

    fn collect<'n>(&'n self, found: &mut Vec<&'n JsonataExpr>) {
        match self {
            Self::Constant(_) => {}
            Self::Expression(expression) => found.push(expression),
            Self::Array(elements) => elements.iter().for_each(|element| element.collect(found)),
            Self::Object(members) => members.iter().for_each(|(_, member)| member.collect(found)),
        }
    }

    fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }
}

/// Where the reading is, and what it came across.
struct Reading {
    pointer: String,
    field: String,
    mistakes: Vec<ExpressionError>,
}

impl Reading {
    fn node(&mut self, value: &Value) -> Node {
        match value {
            Value::String(text) => match expression_in(text) {
                Some(expression) => self.expression(expression, value),
                None => Node::Constant(value.clone()),
            },
            Value::Array(elements) => {
                let read = |(index, element): (usize, &Value)| {
                    self.within(&index.to_string(), &format!("[{index}]"), |reading| reading.node(element))
                };
                let nodes: Vec<Node> = elements.iter().enumerate().map(read).collect();
                if nodes.iter().all(Node::is_constant) {
                    Node::Constant(value.clone())
                } else {
                    Node::Array(nodes)
                }
            }
            Value::Object(members) => {
                let read = |(key, member): (&Str, &Value)| {
                    let node = self.within(key, &format!("/{key}"), |reading| reading.node(member));
                    (key.clone(), node)
                };
                let nodes: Vec<(Str, Node)> = members.iter().map(read).collect();
                let constant = nodes.iter().all(|(_, node)| node.is_constant());
                if constant { Node::Constant(value.clone()) } else { Node::Object(nodes) }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Node::Constant(value.clone()),
        }
    }

    fn expression(&mut self, text: &str, value: &Value) -> Node {
        match JsonataExpr::parse(text, &self.field) {
            Ok(expression) => Node::Expression(Box::new(expression)),
            Err(errors) => {
                let placed = |error| ExpressionError { pointer: self.pointer.clone(), ..error };
                self.mistakes.extend(errors.into_iter().map(placed));
                Node::Constant(value.clone())
            }
        }
    }

    /// Reads with one more step in the pointer and in the name of the field.
    fn within<T>(&mut self, key: &str, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let (pointer_end, field_end) = (self.pointer.len(), self.field.len());
        self.pointer.push('/');
        self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        self.field.push_str(step);
        let result = read(self);
        self.pointer.truncate(pointer_end);
        self.field.truncate(field_end);
        result
    }
}
