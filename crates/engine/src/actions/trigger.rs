//! Reflection: `enable`, `disable`, `remove`, `add` and `change` the triggers of the scope while it runs.

use tidegate_json::Value;
use tidegate_model::{Failure, TriggerSpec};

use super::{template, unexpected};
use crate::action::{Action, Command, Plan};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    trigger: Value,
}

#[derive(Debug)]
struct OneTrigger {
    trigger: Template,
    change: Change,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Enable,
    Disable,
    Remove,
}

fn make_one(value: &Value, change: Change) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { trigger } = params(value)?;
    Ok(Box::new(OneTrigger { trigger: template("trigger", &trigger)?, change }))
}

pub(crate) fn make_enable(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    make_one(value, Change::Enable)
}

pub(crate) fn make_disable(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    make_one(value, Change::Disable)
}

pub(crate) fn make_remove(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    make_one(value, Change::Remove)
}

impl Action for OneTrigger {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let trigger = plan.name("`trigger`", &self.trigger)?;
        plan.commands.push(match self.change {
            Change::Enable => Command::Enable(trigger),
            Change::Disable => Command::Disable(trigger),
            Change::Remove => Command::Remove(trigger),
        });
        Ok(())
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AddParams {
    triggers: Vec<TriggerSpec>,
}

#[derive(Debug)]
struct Add(Vec<TriggerSpec>);

pub(crate) fn make_add(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let AddParams { triggers } = params(value)?;
    Ok(Box::new(Add(triggers)))
}

impl Action for Add {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        plan.commands.extend(self.0.iter().map(|spec| Command::Add(Box::new(spec.clone()))));
        Ok(())
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeParams {
    trigger: Value,
    context: Value,
}

#[derive(Debug)]
struct ChangeContext {
    trigger: Template,
    context: Template,
}

pub(crate) fn make_change(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let ChangeParams { trigger, context } = params(value)?;
    Ok(Box::new(ChangeContext {
        trigger: template("trigger", &trigger)?,
        context: template("context", &context)?,
    }))
}

impl Action for ChangeContext {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let trigger = plan.name("`trigger`", &self.trigger)?;
        let context = plan.compute(&self.context)?;
        if context.as_object().is_none() {
            return Err(unexpected("`context`", "an object", &context));
        }
        plan.commands.push(Command::SetContext { trigger, context });
        Ok(())
    }
}
