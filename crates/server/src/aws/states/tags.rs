//! Tags of state machines and activities.

use serde::Deserialize;
use serde_json::json;

use super::machine::Tag;
use super::{activities, registry};
use crate::App;
use crate::aws::arn::{ActivityArn, MachineArn};
use crate::aws::call::{Answer, Call, required};
use crate::aws::fault::Fault;

/// Most tags of one thing.
const TAGS_MAX: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// Whether a thing may have these.
pub(super) fn check(tags: &[Tag]) -> Result<(), Fault> {
    if tags.len() > TAGS_MAX {
        return Err(Fault::new("TooManyTags", format!("Too many tags: '{}'", tags.len())));
    }
    Ok(())
}

/// Attaches tags; one of the same key is replaced.
pub(super) async fn add(call: Call) -> Answer {
    let request: Request = call.members()?;
    let new = request.tags;
    change(&call.app, &required(request.resource_arn, "resourceArn")?, |tags| {
        for tag in new {
            match tags.iter_mut().find(|known| known.key == tag.key) {
                Some(known) => known.value = tag.value,
                None => tags.push(tag),
            }
        }
    })
    .await
}

/// Takes tags off.
pub(super) async fn remove(call: Call) -> Answer {
    let request: Request = call.members()?;
    let keys = request.tag_keys;
    change(&call.app, &required(request.resource_arn, "resourceArn")?, |tags| {
        tags.retain(|tag| !keys.contains(&tag.key));
    })
    .await
}

/// Tags of a thing.
pub(super) async fn list(call: Call) -> Answer {
    let request: Request = call.members()?;
    let arn = required(request.resource_arn, "resourceArn")?;
    let tags = match Thing::parse(&arn)? {
        Thing::Machine(machine) => registry::find(&call.app, &machine).await?.map(|machine| machine.tags),
        Thing::Activity => activities::find(&call.app, &arn).await?.map(|activity| activity.tags),
    };
    Ok(json!({"tags": tags.ok_or_else(|| missing(&arn))?}))
}

/// What can have tags.
enum Thing {
    Machine(MachineArn),
    Activity,
}

impl Thing {
    fn parse(arn: &str) -> Result<Self, Fault> {
        match ActivityArn::parse(arn) {
            Ok(_) => Ok(Self::Activity),
            Err(_) => MachineArn::parse(arn).map(Self::Machine),
        }
    }
}

fn missing(arn: &str) -> Fault {
    Fault::new("ResourceNotFound", format!("Resource not found: '{arn}'"))
}

async fn change(app: &App, arn: &str, change: impl FnOnce(&mut Vec<Tag>)) -> Answer {
    let thing = Thing::parse(arn)?;
    let _change = app.aws.change().await;
    match thing {
        Thing::Machine(machine_arn) => {
            let mut machine = registry::find(app, &machine_arn).await?.ok_or_else(|| missing(arn))?;
            change(&mut machine.tags);
            check(&machine.tags)?;
            registry::put(app, &machine_arn, &machine).await?;
            registry::claim(app, &machine_arn, &machine.workflow).await?;
        }
        Thing::Activity => {
            let mut activity = activities::find(app, arn).await?.ok_or_else(|| missing(arn))?;
            change(&mut activity.tags);
            check(&activity.tags)?;
            activities::put(app, arn, &activity).await?;
        }
    }
    Ok(json!({}))
}
