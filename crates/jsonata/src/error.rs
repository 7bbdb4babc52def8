//! What can go wrong, with JSONata's own codes.
//!
//! `S` codes are mistakes in the text, `T` wrong types, `D` wrong data. `U` codes are limits: `U1001` nesting,
//! `U1002` fuel, `U1003` the size of a value. They depend on the expression and its inputs only, never on the speed
//! of the machine.

use std::borrow::Cow;

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
        }
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
}

impl EvalError {
    /// An error without a place; the evaluator adds the place of the call.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), position: None }
    }
}

/// Boxed, so that the many calls that succeed move little.
pub(crate) type Result<T> = std::result::Result<T, Box<EvalError>>;

pub(crate) fn fail<T>(code: &'static str, message: impl Into<String>) -> Result<T> {
    Err(Box::new(EvalError::new(code, message)))
}
