//! Expressions of SWEEP workflows: a safe subset of Python's, over `predecessor_outputs`.
//!
//! Literals, lists, dictionaries, subscripts and slices, comparison (also chained, and `in`), `and`, `or` and `not` with
//! Python's values, arithmetic, the conditional expression, comprehensions, and a fixed set of functions and methods.
//! There is no assignment, no attribute, no import and no way to call anything else. Invariant: parsing and evaluation
//! end within the [`limits`], whatever the text and the data, and never panic.
//!
//! In reading order: `token` cuts the text, `tree` is an expression as data, `parse` makes it, `evaluate` computes it
//! with `operators`, `convert`, `functions` and `methods`; `error` is what can go wrong; `place` finds the part of the
//! outputs that an expression names.

mod convert;
mod error;
mod evaluate;
mod functions;
pub mod limits;
mod methods;
mod operators;
mod parse;
mod place;
mod token;
mod tree;

use std::collections::BTreeSet;

use tidegate_json::Value;

pub use error::{ExpressionError, Kind};
pub use place::{Place, Step};

use tree::Tree;

/// The name of the outputs of tasks that came before, by their ids.
pub const OUTPUTS: &str = "predecessor_outputs";

/// An expression, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    tree: Tree,
}

/// The tasks whose outputs an expression reads, as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// These.
    Only(BTreeSet<String>),
    /// It uses `predecessor_outputs` as a whole, or with an id that it computes.
    All,
}

impl Expression {
    /// Parses `text`.
    ///
    /// # Errors
    /// An [`ExpressionError`] of the kind [`Kind::Syntax`], [`Kind::Name`] or [`Kind::Limit`], with its place in `text`.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        parse::parse(text).map(|tree| Self { tree })
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.tree.text
    }

    /// What it gives where `predecessor_outputs` is `outputs`.
    ///
    /// # Errors
    /// An [`ExpressionError`] with the place in the text of what could not be computed.
    pub fn evaluate(&self, outputs: &Value) -> Result<Value, ExpressionError> {
        evaluate::evaluate(&self.tree, outputs)
    }

    /// The tasks whose outputs it reads.
    #[must_use]
    pub fn reads(&self) -> Reads {
        let mut ids = BTreeSet::new();
        match tree::note_reads(&self.tree, &mut ids) {
            true => Reads::Only(ids),
            false => Reads::All,
        }
    }

    /// The place within the outputs that it names, where it is nothing but subscripts of `predecessor_outputs`, with
    /// slices at most at the end; `None` where it is anything else.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], where a subscript cannot be computed.
    pub fn place(&self, outputs: &Value) -> Result<Option<Place>, ExpressionError> {
        place::find(&self.tree, outputs)
    }
}

/// Whether a Python truth test of `value` holds: nothing, false, zero and what is empty do not.
#[must_use]
pub fn is_true(value: &Value) -> bool {
    operators::is_true(value)
}
