//! `invoke`: run a function once; its end is an event about the task.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::{Failure, FunctionName, Retry, Span, Text};

use super::{optional, template};
use crate::action::{Action, Command, Plan, Started, TaskPolicy};
use crate::pools::{self, Claim};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    function: FunctionName,
    #[serde(rename = "as", default)]
    subject: Option<Value>,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    retry: Option<Retry>,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default)]
    heartbeat: Option<Span>,
    #[serde(default)]
    claims: Vec<Claim>,
    #[serde(default)]
    priority: i32,
}

#[derive(Debug)]
struct Invoke {
    subject: Template,
    function: FunctionName,
    input: Option<Template>,
    policy: Arc<TaskPolicy>,
}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { function, subject, input, retry, timeout, heartbeat, claims, priority } = params(value)?;
    pools::check(&claims)?;
    let subject = template("as", &subject.unwrap_or_else(|| Value::from(function.as_str())))?;
    let input = optional("input", input.as_ref())?;
    let policy = Arc::new(TaskPolicy { retry, timeout, heartbeat, claims, priority, cache: None });
    Ok(Box::new(Invoke { subject, function, input, policy }))
}

impl Action for Invoke {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let subject: Text = plan.text("`as`", &self.subject)?;
        let input = match &self.input {
            Some(input) => plan.compute(input)?,
            None => plan.scene.event_data()?,
        };
        let (function, policy) = (self.function.clone(), Arc::clone(&self.policy));
        plan.commands.push(Command::Invoke { subject, function, input, policy });
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Function(&self.function)]
    }
}
