//! Predicates: what stands between `[?(` and `)]`.
//!
//! Comparison follows Jayway JsonPath: a path on its own asks whether it leads anywhere, numbers equal texts that
//! spell them, and anything compared with what is not there is false, except for `!=`.

mod compare;

use regex::Regex;
use tidegate_json::Value;

use super::evaluate::{self, Visits};
use super::step::{Step, are_definite};

/// A predicate over the elements that a `[?(…)]` looks at.
#[derive(Clone, Debug)]
pub enum Filter {
    /// `a && b`; any number of them.
    All(Vec<Filter>),
    /// `a || b`; any number of them.
    Any(Vec<Filter>),
    /// `!a`.
    Not(Box<Filter>),
    /// A path on its own: whether it leads to a value, whichever.
    Exists(Operand),
    /// `left operator right`.
    Compare(Operand, Operator, Operand),
    /// `left =~ /pattern/`: whether the whole of a text matches.
    Matches(Operand, Box<Regex>),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub enum Operand {
    /// `@…`: into the element under test.
    Element(Vec<Step>),
    /// `$…`: into the document that the path began with.
    Document(Vec<Step>),
    /// A literal.
    Literal(Value),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `===`: equal, and of one kind.
    Same,
    /// `!==`
    NotSame,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`: the left is an element of the right.
    In,
    /// `nin`
    NotIn,
    /// `contains`: the right is an element or a part of the left.
    Contains,
    /// `subsetof`: every element of the left is in the right.
    SubsetOf,
    /// `anyof`: some element of the left is in the right.
    AnyOf,
    /// `noneof`: no element of the left is in the right.
    NoneOf,
    /// `all`: every element of the right is in the left.
    AllIn,
    /// `size`: the left has as many elements or characters as the right says.
    Size,
    /// `empty`: whether the left has none, as the right says.
    Empty,
}

impl Filter {
    /// Whether `element` passes. `document` is what `$` means. Nothing passes once the visits are used up.
    pub(super) fn accepts(&self, element: &Value, document: &Value, visits: &Visits) -> bool {
        if !visits.take(1) {
            return false;
        }
        match self {
            Self::All(parts) => parts.iter().all(|part| part.accepts(element, document, visits)),
            Self::Any(parts) => parts.iter().any(|part| part.accepts(element, document, visits)),
            Self::Not(inner) => !inner.accepts(element, document, visits),
            Self::Exists(operand) => operand.exists(element, document, visits),
            Self::Compare(left, operator, right) => {
                let (left, right) =
                    (left.value(element, document, visits), right.value(element, document, visits));
                let (left, right) = (left.as_ref(), right.as_ref());
                visits.take(compare::cost(left, right)) && compare::holds(left, *operator, right)
            }
            Self::Matches(operand, pattern) => {
                let value = operand.value(element, document, visits);
                value.as_ref().and_then(Value::as_str).is_some_and(|text| pattern.is_match(text))
            }
        }
    }
}

impl Operand {
    fn value(&self, element: &Value, document: &Value, visits: &Visits) -> Option<Value> {
        match self {
            Self::Element(steps) => evaluate::of_steps(steps, element, document, visits).ok(),
            Self::Document(steps) => evaluate::of_steps(steps, document, document, visits).ok(),
            Self::Literal(value) => Some(value.clone()),
        }
    }

    fn exists(&self, element: &Value, document: &Value, visits: &Visits) -> bool {
        match (self, self.value(element, document, visits)) {
            (_, None) => false,
            (Self::Element(steps) | Self::Document(steps), Some(Value::Array(matches))) => {
                are_definite(steps) || !matches.is_empty()
            }
            (Self::Literal(literal), Some(_)) => literal.as_bool().unwrap_or(true),
            (Self::Element(_) | Self::Document(_), Some(_)) => true,
        }
    }
}
