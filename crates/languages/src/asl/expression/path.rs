//! JSONPath as AWS Step Functions reads it: the dialect of Jayway JsonPath, rooted at the input (`$`), the context
//! object (`$$`) or a variable (`$name`).
//!
//! A path is *definite* when it can name at most one value. Evaluating a definite path gives that value or says why
//! there is none; an indefinite path gives an array of whatever matched, which may be empty.
//!
//! In reading order: [`step`] is what a path is made of, `parse` reads it, `evaluate` walks it, [`filter`] are the
//! predicates of `[?(…)]`, [`function`] what may end a path (`.length()`), [`reference`] the paths that also say
//! where to put a value, [`failure`] why there was no value, [`cause`] what AWS says about that.

pub mod cause;
mod evaluate;
pub mod failure;
pub mod filter;
pub mod function;
mod parse;
pub mod reference;
pub mod step;

use std::fmt;

use tidegate_json::Value;

pub use evaluate::VISITS_MAX;
pub use failure::{NoResult, PathError};
pub use reference::ReferencePath;
pub use step::{Root, Step};

use super::Surroundings;
use filter::Filter;
use function::Function;

/// A compiled path.
#[derive(Clone, Debug)]
pub struct Path {
    source: Box<str>,
    root: Root,
    steps: Vec<Step>,
    function: Option<Function>,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// When the text is not a path: what is wrong, and at which byte.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        parse::path(text)
    }

    /// The path as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The path as AWS shows it where it has already chosen the document: `$$.Execution.Id` is `$.Execution.Id` of
    /// the context object.
    #[must_use]
    pub fn source_in_document(&self) -> &str {
        match self.root {
            Root::Context => &self.source[1..],
            Root::Input | Root::Variable(_) => &self.source,
        }
    }

    /// What the path starts from.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The steps from the root, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the path names at most one value.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.function.is_some() || step::are_definite(&self.steps)
    }

    /// The variable that the path reads, without its `$`.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match &self.root {
            Root::Variable(name) => Some(name),
            Root::Input | Root::Context => None,
        }
    }

    /// The document that the path looks into, if it exists: only a variable may not.
    #[must_use]
    pub fn document<'a>(&self, around: &Surroundings<'a>) -> Option<&'a Value> {
        match &self.root {
            Root::Input => Some(around.input),
            Root::Context => Some(around.context),
            Root::Variable(name) => around.variables.get(name),
        }
    }

    /// The value at the path, or the array of the values that match it.
    ///
    /// # Errors
    /// When a definite path leads nowhere, or a path would visit more than [`VISITS_MAX`] values.
    pub fn evaluate(&self, around: &Surroundings<'_>) -> Result<Value, NoResult> {
        let Some(document) = self.document(around) else {
            return Err(NoResult::absent(format!("No results for path: {self}")));
        };
        evaluate::in_document(self, document)
    }
}

/// Two paths are equal when they were written alike.
impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Path {}

/// The canonical form, `$['a'][0]`, which AWS shows in its sentences.
impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        step::write_canonical(&self.steps, out)
    }
}
