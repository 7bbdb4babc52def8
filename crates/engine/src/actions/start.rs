//! `start`: start a run of a workflow, and, where asked, wait for its end, which is then an event about it.

use tidegate_json::Value;
use tidegate_model::{Digest, Failure};

use super::{optional, template};
use crate::action::{Action, Command, Plan, Started};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    workflow: Value,
    #[serde(default)]
    version: Option<Digest>,
    #[serde(rename = "as", default)]
    subject: Option<Value>,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    key: Option<Value>,
    #[serde(default)]
    wait: bool,
}

#[derive(Debug)]
struct Start {
    workflow: Template,
    version: Option<Digest>,
    subject: Option<Template>,
    input: Option<Template>,
    key: Option<Template>,
}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { workflow, version, subject, input, key, wait } = params(value)?;
    if subject.is_some() && !wait {
        return Err(MalformedParams::at("as", "a run that is not waited for needs no name")
            .with_help("add `wait: true`, or remove `as`"));
    }
    let subject = wait.then(|| template("as", subject.as_ref().unwrap_or(&workflow))).transpose()?;
    Ok(Box::new(Start {
        workflow: template("workflow", &workflow)?,
        version,
        subject,
        input: optional("input", input.as_ref())?,
        key: optional("key", key.as_ref())?,
    }))
}

impl Action for Start {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let subject = self.subject.as_ref().map(|subject| plan.text("`as`", subject)).transpose()?;
        let workflow = plan.name("`workflow`", &self.workflow)?;
        let key = self.key.as_ref().map(|key| plan.text("`key`", key)).transpose()?;
        let input = match &self.input {
            Some(input) => plan.compute(input)?,
            None => plan.scene.event_data()?,
        };
        plan.commands.push(Command::Start { subject, workflow, program: self.version, input, key });
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Workflow]
    }
}
