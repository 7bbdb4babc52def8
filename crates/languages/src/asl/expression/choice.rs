//! Choice rules: the conditions of a Choice state in JSONPath.
//!
//! - this module: a rule, whether it holds, and why not
//! - `parse`: JSON to rule, with every mistake at once
//! - `comparison`: one comparison of a variable, and the table of operators
//! - `string`, `numeric`, `boolean`, `timestamp`: how the values of a family compare
//! - `pattern`: `StringMatches`
//! - `kind`: the operators that ask what a value is
//! - `why`: a text for people
//!
//! A value of another type than the operator's compares as false. A path that leads nowhere is a fault of the machine,
//! but for `IsPresent`, which asks just that. `And` and `Or` look at their parts from left to right and no further than
//! they need to, so that `IsPresent` can stand guard.

mod boolean;
mod comparison;
mod kind;
mod numeric;
mod parse;
mod pattern;
mod string;
mod timestamp;
mod why;

use tidegate_json::Value;

use super::path::Path;
use super::{Fault, Surroundings};
use comparison::Comparison;

/// A rule, compiled.
#[derive(Clone, Debug)]
pub struct Rule(Node);

#[derive(Clone, Debug)]
enum Node {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Comparison(Box<Comparison>),
}

/// A mistake in a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Where, as a JSON pointer from the rule.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl Rule {
    /// Reads a rule: an element of `Choices`. What such an element says besides its condition (`Next`, `Assign`,
    /// `Output`, `Comment`) is passed over.
    ///
    /// # Errors
    /// Every mistake in it and in the rules inside it.
    pub fn parse(rule: &Value) -> Result<Self, Vec<RuleError>> {
        parse::rule(rule)
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// `States.Runtime` where a path of it leads nowhere.
    pub fn holds(&self, around: &Surroundings<'_>) -> Result<bool, Fault> {
        match &self.0 {
            Node::Comparison(comparison) => comparison.holds(around),
            Node::Not(rule) => rule.holds(around).map(|holds| !holds),
            Node::And(rules) => Ok(!any(rules, around, false)?),
            Node::Or(rules) => any(rules, around, true),
        }
    }

    /// Which comparison made it false, and what that saw; `None` if the rule holds.
    #[must_use]
    pub fn why(&self, around: &Surroundings<'_>) -> Option<String> {
        why::not(self, true, around)
    }

    /// All paths that it may look at, from first to last.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.into_iter()
    }

    fn collect<'r>(&'r self, found: &mut Vec<&'r Path>) {
        match &self.0 {
            Node::Comparison(comparison) => found.extend(comparison.paths()),
            Node::Not(rule) => rule.collect(found),
            Node::And(rules) | Node::Or(rules) => rules.iter().for_each(|rule| rule.collect(found)),
        }
    }
}

/// Whether one of `rules` is `wanted`; the first decides.
fn any(rules: &[Rule], around: &Surroundings<'_>, wanted: bool) -> Result<bool, Fault> {
    for rule in rules {
        if rule.holds(around)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}
