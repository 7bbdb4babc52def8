//! What can go wrong, with JSONata's own codes.
//!
//! `S` codes are mistakes in the text, `T` wrong types, `D` wrong data. `U` codes are limits: `U1001` nesting,
//! `U1002` fuel, `U1003` the size of a value. They depend on the expression and its inputs only, never on the speed
//! of the machine.

use std::borrow::Cow;

use tidegate_json::Value;

use crate::item::Item;

/// What a mistake is about, for those who word it themselves. Which parts there are depends on the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The operator, the symbol that is not expected, or the function that was called, without `$`.
    pub token: Option<String>,
    /// The value that does not fit; or what was expected instead of `token`.
    pub value: Option<Value>,
    /// The value that it does not fit with.
    pub other: Option<Value>,
    /// Which argument, from 1.
    pub index: Option<usize>,
}

impl Details {
    pub(crate) fn token(token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..Self::default() }
    }

    pub(crate) fn value(value: impl Into<Value>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    pub(crate) fn item(item: &Item) -> Self {
        Self { value: item.to_value(), ..Self::default() }
    }

    pub(crate) fn items(item: &Item, other: &Item) -> Self {
        Self { other: other.to_value(), ..Self::item(item) }
    }

    pub(crate) fn of(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    pub(crate) fn argument(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }
}

/// A mistake in the text of an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code}) at line {line} column {column}")]
pub struct SyntaxError {
    /// JSONata's code, for example `S0201`.
    pub code: &'static str,
    /// Where the offending text starts, in characters from 0.
    pub position: usize,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What it is about.
    pub details: Box<Details>,
}

impl SyntaxError {
    pub(crate) fn at(
        code: &'static str,
        source: &str,
        offset_bytes: usize,
        message: impl Into<String>,
    ) -> Self {
        let before = &source[..offset_bytes.min(source.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            code,
            position: before.chars().count(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
            details: Box::default(),
        }
    }

    pub(crate) fn about(self, details: Details) -> Self {
        Self { details: Box::new(details), ..self }
    }
}

/// Why an evaluation gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct EvalError {
    /// JSONata's code, for example `T2001`; a host function may use its own.
    pub code: Cow<'static, str>,
    /// What is wrong.
    pub message: String,
    /// Where in the expression, in characters from 0, if the place is known.
    pub position: Option<usize>,
    /// What it is about.
    pub details: Box<Details>,
}

impl EvalError {
    /// An error without a place; the evaluator adds the place of the call.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), position: None, details: Box::default() }
    }
}

/// Boxed, so that the many calls that succeed move little.
pub(crate) type Result<T> = std::result::Result<T, Box<EvalError>>;

pub(crate) fn fail<T>(code: &'static str, message: impl Into<String>) -> Result<T> {
    Err(Box::new(EvalError::new(code, message)))
}

/// As [`fail`], with what the mistake is about.
pub(crate) fn fail_about<T>(code: &'static str, details: Details, message: impl Into<String>) -> Result<T> {
    Err(Box::new(EvalError { details: Box::new(details), ..EvalError::new(code, message) }))
}
