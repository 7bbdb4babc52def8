//! `call`: start one nested scope; its end is an event about it.

use tidegate_json::Value;
use tidegate_model::{Failure, Name};

use super::{optional, template};
use crate::action::{Action, Command, Plan, Started};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    scope: Name,
    #[serde(rename = "as", default)]
    subject: Option<Value>,
    #[serde(default)]
    input: Option<Value>,
}

#[derive(Debug)]
struct Call {
    subject: Template,
    scope: Name,
    input: Option<Template>,
}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { scope, subject, input } = params(value)?;
    let subject = template("as", &subject.unwrap_or_else(|| Value::from(scope.as_str())))?;
    Ok(Box::new(Call { subject, scope, input: optional("input", input.as_ref())? }))
}

impl Action for Call {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let subject = plan.text("`as`", &self.subject)?;
        let input = match &self.input {
            Some(input) => plan.compute(input)?,
            None => plan.scene.event_data()?,
        };
        plan.commands.push(Command::Call { subject, scope: self.scope.clone(), input });
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Scope(&self.scope)]
    }
}
