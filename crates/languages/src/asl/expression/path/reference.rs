//! Reference paths: paths that name one place, by names and single indexes alone.
//!
//! They are the paths that a value can also be put at (`ResultPath`). Source: Amazon States Language, "Reference
//! Paths".

use tidegate_json::{Map, Value};
use tidegate_model::Text;

use super::{NoResult, Path, PathError, Root, Step};
use crate::asl::expression::{Fault, Surroundings};

/// What AWS says before the reason that a text is not a reference path.
pub const NOT_A_REFERENCE_PATH: &str = "Value is not a Reference Path: ";

/// A path of names and single indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferencePath(Path);

impl ReferencePath {
    /// Reads a reference path.
    ///
    /// # Errors
    /// When the text is not a path, or has a step that could name several values.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let path = Path::parse(text)?;
        let wide = path.steps.iter().find(|step| !matches!(step, Step::Name(_) | Step::Index(_)));
        let message: Text = match (wide, path.function) {
            (Some(step), _) => {
                format!("a reference path names one value, and `{step}` may name several").into()
            }
            (None, Some(_)) => Text::const_new("a reference path ends with no function"),
            (None, None) => return Ok(Self(path)),
        };
        Err(PathError { message, at: 0 })
    }

    /// The path as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.source()
    }

    /// The same as a path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The value at the path.
    ///
    /// # Errors
    /// When the path leads nowhere.
    pub fn evaluate(&self, around: &Surroundings<'_>) -> Result<Value, NoResult> {
        self.0.evaluate(around)
    }

    /// `into` with `value` at the path, as `ResultPath` puts it: objects are made on the way, `$` replaces the whole.
    /// Only the levels on the way are copied.
    ///
    /// # Errors
    /// `States.ResultPathMatchFailure` when the path cannot be applied: it names a member of what is not an object,
    /// or an element that the array does not have.
    pub fn insert(&self, into: &Value, value: Value) -> Result<Value, Fault> {
        let in_input = self.0.root == Root::Input;
        put(&self.0.steps, into, value).filter(|_| in_input).ok_or_else(|| Fault {
            error: Text::const_new("States.ResultPathMatchFailure"),
            cause: format!("Unable to apply ReferencePath {} to input {into}", self.source()).into(),
            location: None,
        })
    }
}

/// `into` with `value` behind `steps`, unless it has no such place.
fn put(steps: &[Step], into: &Value, value: Value) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value);
    };
    match (step, into) {
        (Step::Name(name), Value::Object(members)) => {
            let inner = match members.get(name) {
                Some(existing) => put(rest, existing, value)?,
                None => made(rest, value)?,
            };
            let mut members = Map::clone(members);
            members.insert(name.clone(), inner);
            Some(members.into())
        }
        (Step::Index(index), Value::Array(elements)) => {
            let index = usize::try_from(*index).ok()?;
            let inner = put(rest, elements.get(index)?, value)?;
            let mut elements = elements.to_vec();
            elements[index] = inner;
            Some(elements.into())
        }
        _ => None,
    }
}

/// Objects around `value`, one for each step.
fn made(steps: &[Step], value: Value) -> Option<Value> {
    steps.iter().rev().try_fold(value, |inner, step| match step {
        Step::Name(name) => Some(Value::object([(name.clone(), inner)])),
        _ => None,
    })
}
