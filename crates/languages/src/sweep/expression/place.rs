//! Places within the outputs: what an expression such as `predecessor_outputs['1']['tile']` names.

use tidegate_json::Value;

use super::convert::key_of;
use super::error::{ExpressionError, Result};
use super::evaluate::Evaluator;
use super::tree::{Form, Node, Tree};

/// A place within the outputs of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The task.
    pub task: String,
    /// The way from its output to the place; empty for the output itself.
    pub steps: Vec<Step>,
}

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member.
    Key(String),
    /// To an item, from 0.
    Index(usize),
}

impl Place {
    /// `output`, the output of [`Place::task`], with `value` at this place. `None` where there is no such place.
    #[must_use]
    pub fn replaced(&self, output: &Value, value: Value) -> Option<Value> {
        let mut output = output.clone();
        let mut target = &mut output;
        for step in &self.steps {
            target = match step {
                Step::Key(key) => target.as_object_mut()?.get_mut(key)?,
                Step::Index(index) => target.as_array_mut()?.get_mut(*index)?,
            };
        }
        *target = value;
        Some(output)
    }
}

/// The place that `tree` names, where it is nothing but a way down, and slices of what is there.
pub(super) fn find(tree: &Tree, outputs: &Value) -> std::result::Result<Option<Place>, ExpressionError> {
    let mut node = &tree.root;
    while let Form::Slice(of, _) = &node.form {
        node = of;
    }
    let mut keys = Vec::new();
    while let Form::Subscript(of, key) = &node.form {
        keys.push((&**key, node.at));
        node = of;
    }
    if node.form != Form::Outputs || keys.is_empty() {
        return Ok(None);
    }
    keys.reverse();
    walk(outputs, &keys).map_err(|fault| fault.within(&tree.text))
}

fn walk(outputs: &Value, keys: &[(&Node, usize)]) -> Result<Option<Place>> {
    let mut evaluator = Evaluator::new(outputs);
    let mut here = outputs.clone();
    let mut steps = Vec::with_capacity(keys.len());
    for (node, at) in keys {
        let key = evaluator.value(node)?;
        let next = evaluator.subscript(&here, &key, *at)?;
        let step = match &here {
            Value::Object(_) => Step::Key(key_of(&key, *at)?.to_string()),
            Value::Array(items) => match key.as_i64() {
                Some(index) if index < 0 => {
                    Step::Index(items.len().saturating_sub(index.unsigned_abs() as usize))
                }
                Some(index) => Step::Index(usize::try_from(index).unwrap_or_default()),
                None => return Ok(None),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Ok(None),
        };
        steps.push(step);
        here = next;
    }
    match steps.remove(0) {
        Step::Key(task) => Ok(Some(Place { task, steps })),
        Step::Index(_) => Ok(None),
    }
}
