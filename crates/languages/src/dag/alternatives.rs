//! Tasks that can run more than one function, the next where the one before has failed for good, and whose results are objects.
//!
//! Owns, in the context of the trigger that hears of the end of the task's work, its input, how many functions have been tried,
//! and what is added to the result, which was known when the task began.

use std::sync::Arc;

use tidegate_engine::action::{Command, Plan, TaskPolicy};
use tidegate_engine::pools::Claim;
use tidegate_json::{Map, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, FunctionName, Name, Span, Text};

/// What else a task can run, and what its result has to be.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alternatives {
    /// Those after the first.
    functions: Vec<FunctionName>,
    result: Form,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default)]
    claims: Vec<Claim>,
    #[serde(default)]
    priority: i32,
}

#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Object,
    /// Everything else counts as nothing.
    ObjectOrNothing,
}

/// What the end of a task has to know of its beginning: its input, where there is something else to try, and what is added to
/// its result. `None` where it has to know nothing.
pub(super) fn context(input: Option<Value>, adds: Option<Value>) -> Option<Value> {
    let known = [("input", input), ("adds", adds)];
    let known: Vec<(&str, Value)> =
        known.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    (!known.is_empty()).then(|| Value::object(known))
}

impl Alternatives {
    /// How `task` has ended, one of whose functions has ended so; `None` where the next one is tried.
    pub(super) fn settle(
        &self,
        task: &Text,
        ended: Result<Value, Failure>,
        plan: &mut Plan<'_, '_>,
    ) -> Option<Result<Value, Failure>> {
        let ended = ended.and_then(|result| self.object(result, plan.context.get("adds")));
        let tried = plan.context.get("tried").and_then(Value::as_usize).unwrap_or(0);
        let (Err(_), Some(next)) = (&ended, self.functions.get(tried)) else { return Some(ended) };
        let (Some(input), Ok(trigger)) =
            (plan.context.get("input").cloned(), Name::new(&format!("{task}:ended")))
        else {
            return Some(ended);
        };
        plan.commands.push(Command::SetContext {
            trigger,
            context: Value::object([("tried", Value::from(tried + 1))]),
        });
        plan.commands.push(Command::Invoke {
            subject: task.clone(),
            function: next.clone(),
            input,
            policy: Arc::new(self.policy()),
        });
        None
    }

    fn policy(&self) -> TaskPolicy {
        let Self { timeout, claims, priority, .. } = self;
        TaskPolicy { timeout: *timeout, claims: claims.clone(), priority: *priority, ..TaskPolicy::default() }
    }

    /// The result as an object, with what is added to it.
    fn object(&self, result: Value, adds: Option<&Value>) -> Result<Value, Failure> {
        let mut object = match (result, self.result) {
            (object @ Value::Object(_), _) => object,
            (Value::Null, _) | (_, Form::ObjectOrNothing) => Value::from(Map::default()),
            (other, Form::Object) => {
                let message = format!(
                    "the output is {} {}; it has to be an object",
                    article(&other),
                    other.type_name()
                );
                return Err(Failure::new(errors::INVALID_VALUE, message));
            }
        };
        for (key, value) in adds.and_then(Value::as_object).into_iter().flat_map(|adds| adds.iter()) {
            object.set(key.clone(), value.clone());
        }
        Ok(object)
    }
}

fn article(value: &Value) -> &'static str {
    if matches!(value, Value::Array(_) | Value::Object(_)) { "an" } else { "a" }
}
