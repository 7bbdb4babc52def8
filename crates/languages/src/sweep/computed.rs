//! Values that may have expressions in them: `static_input`, `static_output`, `environment` and `command`.
//!
//! A text is an expression where it begins with `predecessor_outputs`; every other text is itself.

use std::collections::BTreeSet;

use tidegate_json::{Map, Str, Value};

use super::expression::{Expression, ExpressionError, OUTPUTS, Reads};

/// A value, parts of which may have to be computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Computed {
    /// It is there.
    Constant(Value),
    /// What an expression gives.
    Expression(Expression),
    /// A list of such values.
    List(Vec<Self>),
    /// Such values by name.
    Object(Vec<(Str, Self)>),
}

/// Which texts are expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// Those that begin with `predecessor_outputs`.
    ThatReadOutputs,
    /// The value itself, where it is a text that can be read as one; within lists and objects, as above.
    AsAWhole,
}

impl Default for Computed {
    fn default() -> Self {
        Self::Constant(Value::Null)
    }
}

impl Computed {
    /// Reads `value`.
    ///
    /// # Errors
    /// The first text that is to be an expression and is none.
    pub fn parse(value: &Value, texts: Texts) -> Result<Self, ExpressionError> {
        match value {
            Value::String(text) => match (Expression::parse(text), texts) {
                (Ok(expression), Texts::AsAWhole) => Ok(Self::Expression(expression)),
                (read, _) if is_expression(text) => read.map(Self::Expression),
                _ => Ok(Self::Constant(value.clone())),
            },
            Value::Array(items) => {
                let read = |item| Self::parse(item, Texts::ThatReadOutputs);
                let items = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                let is_constant = items.iter().all(|item| matches!(item, Self::Constant(_)));
                Ok(if is_constant { Self::Constant(value.clone()) } else { Self::List(items) })
            }
            Value::Object(members) => {
                let read = |(key, member): (&Str, &Value)| {
                    Ok((key.clone(), Self::parse(member, Texts::ThatReadOutputs)?))
                };
                let members = members.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                let is_constant = members.iter().all(|(_, member)| matches!(member, Self::Constant(_)));
                Ok(if is_constant { Self::Constant(value.clone()) } else { Self::Object(members) })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Self::Constant(value.clone())),
        }
    }

    /// The value, where `predecessor_outputs` is `outputs`.
    ///
    /// # Errors
    /// What is wrong with the first expression that gives nothing.
    pub fn evaluate(&self, outputs: &Value) -> Result<Value, ExpressionError> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.evaluate(outputs),
            Self::List(items) => {
                let items: Result<Vec<Value>, _> = items.iter().map(|item| item.evaluate(outputs)).collect();
                items.map(Value::from)
            }
            Self::Object(members) => {
                let mut map = Map::with_capacity(members.len());
                for (key, member) in members {
                    map.insert(key.clone(), member.evaluate(outputs)?);
                }
                Ok(Value::from(map))
            }
        }
    }

    /// Whether there is nothing to compute.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// The value that it was read from.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Expression(expression) => Value::from(expression.text()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => {
                Value::object(members.iter().map(|(key, member)| (key.clone(), member.to_value())))
            }
        }
    }
}

/// No reads at all.
pub(super) fn nothing() -> Reads {
    Reads::Only(BTreeSet::new())
}

/// Adds `more` to `reads`.
pub(super) fn add(reads: &mut Reads, more: Reads) {
    match (&mut *reads, more) {
        (Reads::Only(ids), Reads::Only(more)) => ids.extend(more),
        (Reads::All, _) => {}
        (Reads::Only(_), Reads::All) => *reads = Reads::All,
    }
}

/// Whether a text is to be an expression.
pub(super) fn is_expression(text: &str) -> bool {
    text.trim_start().strip_prefix(OUTPUTS).is_some_and(|rest| rest.trim_start().starts_with(['[', '.']))
}
