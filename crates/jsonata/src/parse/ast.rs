//! The shape of an expression's text, before paths and parents are resolved.

use std::sync::Arc;

use tidegate_json::{Str, Value};

use crate::signature::Signature;

/// A piece of an expression and where it starts.
#[derive(Debug)]
pub(crate) struct Ast {
    pub(crate) kind: AstKind,
    /// In bytes from the start of the source.
    pub(crate) position: usize,
    /// Followed by `[]`: a single result stays an array.
    pub(crate) keep_array: bool,
    /// Levels below this one, itself included.
    pub(crate) height: u32,
}

/// Members of an object constructor: key and value expressions.
pub(crate) type Pairs = Vec<(Ast, Ast)>;

#[derive(Debug)]
pub(crate) enum AstKind {
    String(Str),
    /// A number, `true`, `false` or `null`.
    Constant(Value),
    Regex(Arc<regex::Regex>),
    Name(Str),
    /// Without its `$`; empty for the context, `$` for the root.
    Variable(Str),
    Wildcard,
    Descendants,
    Parent,
    /// A `?` among the arguments of a call.
    Placeholder,
    Binary(Operator, Box<Ast>, Box<Ast>),
    Negate(Box<Ast>),
    Dot(Box<Ast>, Box<Ast>),
    Predicate(Box<Ast>, Box<Ast>),
    Group(Box<Ast>, Pairs),
    Sort(Box<Ast>, Vec<SortTerm>),
    Focus(Box<Ast>, Str),
    Index(Box<Ast>, Str),
    Bind(Str, Box<Ast>),
    Apply(Box<Ast>, Box<Ast>),
    Array(Vec<Ast>),
    Object(Pairs),
    /// A call; a partial application if any argument is a placeholder.
    Call(Box<Ast>, Vec<Ast>),
    Lambda(Vec<Str>, Option<Arc<Signature>>, Box<Ast>),
    Condition(Box<Ast>, Box<Ast>, Option<Box<Ast>>),
    /// `a ?: b`: `a` if it is truthy.
    Default(Box<Ast>, Box<Ast>),
    /// `a ?? b`: `a` if it is anything.
    Coalesce(Box<Ast>, Box<Ast>),
    /// Pattern, update, and fields to delete.
    Transform(Box<Ast>, Box<Ast>, Option<Box<Ast>>),
    Block(Vec<Ast>),
}

#[derive(Debug)]
pub(crate) struct SortTerm {
    pub(crate) descending: bool,
    pub(crate) by: Ast,
}

/// Operators whose operands are both evaluated in the same context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    Range,
    In,
    And,
    Or,
}

impl Operator {
    /// As written.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Concatenate => "&",
            Self::Range => "..",
            Self::In => "in",
            Self::And => "and",
            Self::Or => "or",
        }
    }
}
