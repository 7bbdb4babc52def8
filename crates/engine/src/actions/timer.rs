//! `timer` and `cancel_timer`: have an event raised later, or not after all.

use tidegate_json::Value;
use tidegate_model::Failure;

use super::{optional, template};
use crate::action::{Action, Command, Plan};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: Value,
    #[serde(default)]
    after: Option<Value>,
    #[serde(default)]
    at: Option<Value>,
    #[serde(default)]
    data: Option<Value>,
}

#[derive(Debug)]
struct Timer {
    name: Template,
    due: Due,
    data: Option<Template>,
}

#[derive(Debug)]
enum Due {
    After(Template),
    At(Template),
}

pub(crate) fn make_timer(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { name, after, at, data } = params(value)?;
    let due = match (after, at) {
        (Some(after), None) => Due::After(template("after", &after)?),
        (None, Some(at)) => Due::At(template("at", &at)?),
        _ => return Err(MalformedParams::new("a timer has one of `after` and `at`")),
    };
    Ok(Box::new(Timer { name: template("name", &name)?, due, data: optional("data", data.as_ref())? }))
}

impl Action for Timer {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let name = plan.text("`name`", &self.name)?;
        let due = match &self.due {
            Due::After(after) => plan.scene.at.after(plan.span("`after`", after)?),
            Due::At(at) => plan.timestamp("`at`", at)?,
        };
        let data = match &self.data {
            Some(data) => plan.compute(data)?,
            None => Value::Null,
        };
        plan.commands.push(Command::SetTimer { name, due, data });
        Ok(())
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelParams {
    name: Value,
}

#[derive(Debug)]
struct CancelTimer(Template);

pub(crate) fn make_cancel_timer(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let CancelParams { name } = params(value)?;
    Ok(Box::new(CancelTimer(template("name", &name)?)))
}

impl Action for CancelTimer {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let name = plan.text("`name`", &self.0)?;
        plan.commands.push(Command::CancelTimer { name });
        Ok(())
    }
}
