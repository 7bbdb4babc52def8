//! `set`: set variables of the scope. Actions after it in the same firing see them.

use tidegate_json::{Map, Str, Value};
use tidegate_model::Failure;

use super::template;
use crate::action::{Action, Command, Plan};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    vars: Value,
}

#[derive(Debug)]
struct Set(Vec<(Str, Template)>);

pub(crate) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { vars } = params(value)?;
    let Some(members) = vars.as_object() else {
        let message = format!("expected an object, found {}", vars.type_name());
        return Err(MalformedParams::at("vars", message));
    };
    let compile =
        |(key, value): (&Str, &Value)| Ok((key.clone(), template(&format!("vars/{}", key.as_str()), value)?));
    Ok(Box::new(Set(members.iter().map(compile).collect::<Result<_, MalformedParams>>()?)))
}

impl Action for Set {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut vars = Map::with_capacity(self.0.len());
        for (key, value) in &self.0 {
            vars.insert(key.clone(), plan.compute(value)?);
        }
        // All are computed from what was there before, so their order does not matter.
        for (key, value) in &vars {
            plan.scene.vars.set(key.clone(), value.clone());
        }
        plan.commands.push(Command::SetVars { vars: Value::from(vars) });
        Ok(())
    }
}
