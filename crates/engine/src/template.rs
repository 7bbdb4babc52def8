//! Templates: JSON values in which `{% … %}` is computed.

use tidegate_json::{Map, Str, Value};
use tidegate_model::Failure;

use crate::scene::{Expr, Scene, unwrapped};

/// A JSON value with expressions in it, compiled.
#[derive(Clone, Debug)]
pub enum Template {
    /// Nothing to compute.
    Constant(Value),
    /// One expression; its value takes the place.
    Expression(Expr),
    /// Text with expressions in it; their values are put in as text.
    Text(Vec<Part>),
    /// An array of templates.
    Array(Vec<Template>),
    /// An object of templates; a member whose expression gives nothing is left out.
    Object(Vec<(Str, Template)>),
}

/// A piece of a text template.
#[derive(Clone, Debug)]
pub enum Part {
    /// As it is.
    Literal(Str),
    /// Computed.
    Expression(Expr),
}

/// A template that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedTemplate {
    /// JSON pointer to the place within the template.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl Template {
    /// Compiles `value`.
    ///
    /// # Errors
    /// The first expression that does not compile.
    pub fn parse(value: &Value) -> Result<Self, MalformedTemplate> {
        Self::parse_at(value, String::new())
    }

    fn parse_at(value: &Value, pointer: String) -> Result<Self, MalformedTemplate> {
        match value {
            Value::String(text) => {
                Self::parse_text(text).map_err(|message| MalformedTemplate { pointer, message })
            }
            Value::Array(items) => {
                let parse = |(index, item)| Self::parse_at(item, format!("{pointer}/{index}"));
                let items: Vec<Self> = items.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
                let constant = items.iter().all(|item| matches!(item, Self::Constant(_)));
                Ok(if constant { Self::Constant(value.clone()) } else { Self::Array(items) })
            }
            Value::Object(members) => {
                let parse = |(key, member): (&Str, &Value)| {
                    let escaped = key.as_str().replace('~', "~0").replace('/', "~1");
                    Ok((key.clone(), Self::parse_at(member, format!("{pointer}/{escaped}"))?))
                };
                let members: Vec<(Str, Self)> = members.iter().map(parse).collect::<Result<_, _>>()?;
                let constant = members.iter().all(|(_, member)| matches!(member, Self::Constant(_)));
                Ok(if constant { Self::Constant(value.clone()) } else { Self::Object(members) })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Self::Constant(value.clone())),
        }
    }

    fn parse_text(text: &str) -> Result<Self, String> {
        if unwrapped(text).is_some() {
            return Expr::parse(text).map(Self::Expression);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("{%") {
            let length = rest[start..].find("%}").ok_or("`{%` without `%}`")?;
            if start > 0 {
                parts.push(Part::Literal(rest[..start].into()));
            }
            parts.push(Part::Expression(Expr::parse(&rest[start + 2..start + length])?));
            rest = &rest[start + length + 2..];
        }
        if parts.is_empty() {
            return Ok(Self::Constant(Value::from(text)));
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.into()));
        }
        Ok(Self::Text(parts))
    }

    /// The value it computes to; `None` where it is one expression that gives nothing.
    ///
    /// # Errors
    /// The [`Failure`] of the first expression that fails.
    pub fn evaluate(
        &self,
        scene: &Scene<'_>,
        context: &Value,
        extra: &[(&str, Value)],
    ) -> Result<Option<Value>, Failure> {
        match self {
            Self::Constant(value) => Ok(Some(value.clone())),
            Self::Expression(expr) => scene.evaluate(expr, context, extra),
            Self::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Literal(literal) => text.push_str(literal),
                        Part::Expression(expr) => match scene.evaluate(expr, context, extra)? {
                            None => {}
                            Some(Value::String(value)) => text.push_str(&value),
                            Some(value) => text.push_str(&value.to_text()),
                        },
                    }
                }
                Ok(Some(Value::from(text)))
            }
            Self::Array(items) => {
                let compute = |item: &Self| Ok(item.evaluate(scene, context, extra)?.unwrap_or_default());
                items
                    .iter()
                    .map(compute)
                    .collect::<Result<Vec<Value>, Failure>>()
                    .map(|items| Some(items.into()))
            }
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (key, member) in members {
                    if let Some(value) = member.evaluate(scene, context, extra)? {
                        object.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::from(object)))
            }
        }
    }
}
