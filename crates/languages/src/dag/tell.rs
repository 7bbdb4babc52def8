//! `dag.tell`: makes the end of a task known outside or inside of the scope in which it stands; and `dag.begin`, which does the
//! same with the run's input.
//!
//! What is made known inside is a variable of the scope in which the task stands, for instances of groups that start later, and
//! an event for those that are there. The event has no result: that stands in the variable, once for all of them.

use tidegate_engine::action::{Action, Audience, Command, Plan};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_engine::scene::Scene;
use tidegate_json::Value;
use tidegate_model::{Failure, Name, Text};

use super::ended::emission;
use super::{ITEM_ENDED, TOLD, instance};

/// The subject of a task's end that is made known inside of a scope at `level`.
pub(super) fn told(id: &Name, level: usize) -> Text {
    Text::from(format!("{id}:{level}"))
}

/// The task that such a subject names.
pub(super) fn task_told(subject: &str) -> &str {
    subject.rsplit_once(':').map_or(subject, |(id, _)| id)
}

/// The variable of the run that has its input.
const INPUT: &str = "input";

/// The end of the task `id`, where it was made known to what is in `scene`.
pub(super) fn find<'s>(scene: &'s Scene<'_>, id: &str) -> Option<&'s Value> {
    scene.find_var(&variable(id))
}

/// The input of the run.
pub(super) fn run_input<'s>(scene: &'s Scene<'_>) -> Option<&'s Value> {
    scene.run_vars.get(INPUT)
}

fn variable(id: &str) -> String {
    format!("task:{id}")
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Tell {
    task: Text,
    outwards: bool,
    /// The subject under which it is told inside, if it is.
    #[serde(default)]
    inwards: Option<Text>,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(Box::new(params::<Tell>(value)?))
}

impl Action for Tell {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut data = plan.scene.event_data()?;
        if let Some(data) = data.as_object_mut() {
            data.remove("aside");
            data.remove("gathered");
            data.remove(instance::INDEXES);
        }
        if let Some(subject) = &self.inwards {
            let vars = Value::object([(variable(&self.task), data.clone())]);
            plan.commands.push(Command::SetVars { vars });
            let mut told = data.clone();
            if let Some(told) = told.as_object_mut() {
                told.remove("result");
            }
            plan.commands.push(emission(TOLD, subject, told, Audience::Nested));
        }
        if self.outwards {
            data.set("index", plan.scene.input.get("index").cloned().unwrap_or_else(|| Value::from(0u32)));
            plan.commands.push(emission(ITEM_ENDED, &self.task, data, Audience::Parent));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Begin;

pub(super) fn make_begin(_: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(Box::new(Begin))
}

impl Action for Begin {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let vars = Value::object([(INPUT, plan.scene.input.clone())]);
        plan.commands.push(Command::SetRunVars { vars });
        Ok(())
    }
}
