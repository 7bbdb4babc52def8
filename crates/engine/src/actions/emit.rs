//! `emit`: raise an event, for the triggers of the same scope or for all that listen to the world.

use tidegate_json::Value;
use tidegate_model::{Failure, Text};

use super::{optional, template, unexpected};
use crate::action::{Action, Audience, Command, Emission, Plan};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(rename = "type")]
    kind: Value,
    #[serde(default)]
    subject: Option<Value>,
    #[serde(default)]
    source: Option<Value>,
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    extensions: Option<Value>,
    #[serde(default)]
    to: To,
}

#[derive(Clone, Copy, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum To {
    #[default]
    Run,
    World,
}

#[derive(Debug)]
struct Emit {
    kind: Template,
    subject: Option<Template>,
    source: Option<Template>,
    data: Option<Template>,
    extensions: Option<Template>,
    to: Audience,
}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let given: Params = params(value)?;
    Ok(Box::new(Emit {
        kind: template("type", &given.kind)?,
        subject: optional("subject", given.subject.as_ref())?,
        source: optional("source", given.source.as_ref())?,
        data: optional("data", given.data.as_ref())?,
        extensions: optional("extensions", given.extensions.as_ref())?,
        to: match given.to {
            To::Run => Audience::Scope,
            To::World => Audience::World,
        },
    }))
}

impl Action for Emit {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let kind = plan.text("`type`", &self.kind)?;
        let subject = self.subject.as_ref().map(|subject| plan.text("`subject`", subject)).transpose()?;
        let source = self.source.as_ref().map(|source| plan.text("`source`", source)).transpose()?;
        let data = match &self.data {
            Some(data) => plan.compute(data)?,
            None => plan.scene.event_data()?,
        };
        let extensions = match &self.extensions {
            Some(extensions) => attributes(&plan.compute(extensions)?)?,
            None => Vec::new(),
        };
        plan.commands.push(Command::Emit(Emission { kind, subject, source, data, extensions, to: self.to }));
        Ok(())
    }
}

/// Extension attributes: names of lower-case letters and digits, scalar values (CloudEvents 1.0, section 3).
fn attributes(value: &Value) -> Result<Vec<(Text, Value)>, Failure> {
    let members = value.as_object().ok_or_else(|| unexpected("`extensions`", "an object", value))?;
    let mut attributes = Vec::with_capacity(members.len());
    for (name, value) in members.iter() {
        let name = name.as_str();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !is_name {
            let expected = "names of lower-case letters and digits";
            return Err(unexpected("`extensions`", expected, &Value::from(name)));
        }
        match value {
            Value::String(_) | Value::Bool(_) | Value::Number(_) => {
                attributes.push((Text::new(name), value.clone()));
            }
            other => {
                return Err(unexpected(&format!("extension `{name}`"), "text, a number or a boolean", other));
            }
        }
    }
    Ok(attributes)
}
