//! What can go wrong with an expression, under the names that Python has for it.

use std::fmt;

/// Why an expression cannot be parsed, or gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message} (column {column})")]
pub struct ExpressionError {
    /// What kind of mistake.
    pub kind: Kind,
    /// What is wrong.
    pub message: String,
    /// The way out, where there is one to name.
    pub help: Option<&'static str>,
    /// Where in the text, in bytes from 0.
    pub offset: usize,
    /// The same in characters, from 1; of a text of several lines, in its line.
    pub column: usize,
}

/// The kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text is no expression of the subset.
    Syntax,
    /// There is nothing of that name.
    Name,
    /// An operation on values of types that it does not take.
    Type,
    /// A value of the right type that does not fit.
    Value,
    /// A dictionary has no such key.
    Key,
    /// A list is not that long.
    Index,
    /// Division by zero.
    ZeroDivision,
    /// A number beyond the range of numbers.
    Overflow,
    /// It took more than it may.
    Limit,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Syntax => "SyntaxError",
            Self::Name => "NameError",
            Self::Type => "TypeError",
            Self::Value => "ValueError",
            Self::Key => "KeyError",
            Self::Index => "IndexError",
            Self::ZeroDivision => "ZeroDivisionError",
            Self::Overflow => "OverflowError",
            Self::Limit => "LimitError",
        })
    }
}

/// A mistake whose place is known as an offset only.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
    pub(super) offset: usize,
}

/// Boxed, so that the many steps that succeed move little.
pub(super) type Result<T> = std::result::Result<T, Box<Fault>>;

impl Fault {
    pub(super) fn boxed(kind: Kind, offset: usize, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { kind, message: message.into(), help: None, offset })
    }

    pub(super) fn with_help(mut self: Box<Self>, help: &'static str) -> Box<Self> {
        self.help = Some(help);
        self
    }

    /// The error, placed in `text`.
    pub(super) fn within(self, text: &str) -> ExpressionError {
        let offset = text.floor_char_boundary(self.offset.min(text.len()));
        let before = &text[..offset];
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        ExpressionError {
            kind: self.kind,
            message: self.message,
            help: self.help,
            offset,
            column: before[line..].chars().count() + 1,
        }
    }
}

/// Fails with a mistake at `offset`.
pub(super) fn fail<T>(kind: Kind, offset: usize, message: impl Into<String>) -> Result<T> {
    Err(Fault::boxed(kind, offset, message))
}
