//! `complete`, `fail` and `cancel`: end the scope, well or badly, or give up on something it started.

use tidegate_json::Value;
use tidegate_model::{Failure, outcome::errors};

use super::{optional, template};
use crate::action::{Action, Command, Plan};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CompleteParams {
    #[serde(default)]
    output: Option<Value>,
}

#[derive(Debug)]
struct Complete(Option<Template>);

pub(crate) fn make_complete(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let CompleteParams { output } = params(value)?;
    Ok(Box::new(Complete(optional("output", output.as_ref())?)))
}

impl Action for Complete {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let output = match &self.0 {
            Some(output) => plan.compute(output)?,
            None => plan.scene.event_data()?,
        };
        plan.commands.push(Command::Complete { output });
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FailParams {
    #[serde(default)]
    error: Option<Value>,
    message: Value,
}

#[derive(Debug)]
struct Fail {
    error: Option<Template>,
    message: Template,
}

pub(crate) fn make_fail(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let FailParams { error, message } = params(value)?;
    Ok(Box::new(Fail { error: optional("error", error.as_ref())?, message: template("message", &message)? }))
}

impl Action for Fail {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let error = match &self.error {
            Some(error) => plan.text("`error`", error)?,
            None => errors::TASK_FAILED.into(),
        };
        let message = plan.text("`message`", &self.message)?;
        plan.commands.push(Command::Fail(Failure::new(error, message)));
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelParams {
    step: Value,
}

#[derive(Debug)]
struct Cancel(Template);

pub(crate) fn make_cancel(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let CancelParams { step } = params(value)?;
    Ok(Box::new(Cancel(template("step", &step)?)))
}

impl Action for Cancel {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let subject = plan.text("`step`", &self.0)?;
        plan.commands.push(Command::Abandon { subject });
        Ok(())
    }
}
