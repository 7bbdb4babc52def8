//! An expression: parsed once, evaluated any number of times, from any thread.

use std::ops::Range;

use tidegate_json::Value;

use crate::env::Env;
use crate::error::{EvalError, SyntaxError};
use crate::evaluate::{Evaluator, FrameId};
use crate::item::Item;
use crate::node::{Node, NodeKind};
use crate::parse::ast::{Ast, AstKind, Operator};
use crate::parse::{NESTING_MAX, parse};
use crate::references::References;
use crate::resolve::resolve;

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    source: Box<str>,
    node: Node,
    /// Where the parts joined by `and` at the top stand in the source.
    conjuncts: Vec<Range<usize>>,
}

/// The first part of a condition that did not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure<'e> {
    /// Which part, from 0.
    pub index: usize,
    /// Its text in the source.
    pub text: &'e str,
    /// What it gave; `None` for nothing.
    pub value: Option<Value>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// With JSONata's code and the place of the first mistake.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let ast = parse(source, NESTING_MAX)?;
        let conjuncts = conjuncts(&ast, source);
        let node = resolve(ast, source)?;
        Ok(Self { source: source.into(), node, conjuncts })
    }

    /// The text it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The value for `input`; `None` is JSONata's "nothing", on either side.
    ///
    /// # Errors
    /// `T` and `D` codes for mistakes in types and data, `U` codes when a limit of `env` is reached, and whatever
    /// functions of the caller return.
    pub fn evaluate<'v>(
        &self,
        input: impl Into<Option<&'v Value>>,
        env: &Env<'_>,
    ) -> Result<Option<Value>, EvalError> {
        let input = context(input.into());
        let mut evaluator = Evaluator::new(env, input.clone());
        let result = evaluator.eval(&self.node, &input, FrameId::ROOT);
        result.and_then(|item| evaluator.conclude(&item)).map_err(|error| self.placed(*error))
    }

    /// The texts of the parts that are joined by `and` at the top; the whole text if there is one part.
    pub fn conjuncts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.conjuncts.iter().map(|part| &self.source[part.clone()])
    }

    /// Evaluates the parts joined by `and` from left to right and stops at the first that does not hold: `None` if
    /// all hold. The answer is `None` exactly when [`Expression::evaluate`] gives something true.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_conjuncts<'v>(
        &self,
        input: impl Into<Option<&'v Value>>,
        env: &Env<'_>,
    ) -> Result<Option<Failure<'_>>, EvalError> {
        let input = context(input.into());
        let mut evaluator = Evaluator::new(env, input.clone());
        for (index, part) in conjunct_nodes(&self.node).into_iter().enumerate() {
            let item = evaluator.eval(part, &input, FrameId::ROOT).map_err(|error| self.placed(*error))?;
            if !evaluator.truth(&item).map_err(|error| self.placed(*error))? {
                let value = evaluator.conclude(&item).map_err(|error| self.placed(*error))?;
                let text = &self.source[self.conjuncts[index].clone()];
                return Ok(Some(Failure { index, text, value }));
            }
        }
        Ok(None)
    }

    /// What the expression reads of its input, and which variables it uses without binding them.
    #[must_use]
    pub fn references(&self) -> References {
        References::of(&self.node)
    }

    /// From bytes to characters.
    fn placed(&self, mut error: EvalError) -> EvalError {
        error.position =
            error.position.map(|at| self.source.get(..at).map_or(0, |before| before.chars().count()));
        error
    }
}

/// The first step of a path maps over an array that is the input, but `$` is the array itself.
fn context(input: Option<&Value>) -> Item {
    let item = Item::from(input.cloned());
    if item.is_array() { Item::input(item) } else { item }
}

fn conjuncts(ast: &Ast, source: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut ast, mut end) = (ast, source.len());
    while let AstKind::Binary(Operator::And, left, _) = &ast.kind {
        parts.push(trimmed(source, ast.position + "and".len()..end));
        end = ast.position;
        ast = left;
    }
    parts.push(trimmed(source, 0..end));
    parts.reverse();
    parts
}

fn trimmed(source: &str, part: Range<usize>) -> Range<usize> {
    let text = &source[part.clone()];
    let start = part.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

fn conjunct_nodes(node: &Node) -> Vec<&Node> {
    let mut parts = Vec::new();
    let mut node = node;
    while let NodeKind::Binary(Operator::And, left, right) = &node.kind
        && node.is_bare()
    {
        parts.push(&**right);
        node = left;
    }
    parts.push(node);
    parts.reverse();
    parts
}
