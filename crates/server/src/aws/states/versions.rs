//! Operations on versions: revisions of a state machine that were published and never change.

use serde::Deserialize;
use serde_json::{Value, json};

use super::machines::{now, with_next};
use super::registry;
use crate::aws::arn::{MachineArn, Qualifier};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Publish {
    state_machine_arn: Option<String>,
    revision_id: Option<String>,
    description: Option<String>,
}

/// What the revision is called that a state machine was created with.
const INITIAL: &str = "INITIAL";

/// Publishes the current revision. One that was published last keeps its version.
pub(super) async fn publish(call: Call) -> Answer {
    let request: Publish = call.members()?;
    let arn = MachineArn::parse(&required(request.state_machine_arn, "stateMachineArn")?)?.unqualified();
    let app = &call.app;
    let _change = app.aws.change().await;
    let mut machine = registry::get(app, &arn).await?;
    let current = machine.current.id.as_deref().unwrap_or(INITIAL);
    if let Some(wanted) = request.revision_id.as_deref().filter(|wanted| *wanted != current) {
        return Err(Fault::new(
            "ConflictException",
            format!(
                "Failed to publish the State Machine version for revision {wanted}. \
                 The current State Machine revision is {current}."
            ),
        ));
    }
    let version = machine.publish(request.description, now());
    let answer = json!({
        "creationDate": seconds(version.created),
        "stateMachineVersionArn": arn.version(version.number).to_string(),
    });
    registry::put(app, &arn, &machine).await?;
    registry::claim(app, &arn, &machine.workflow).await?;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    state_machine_arn: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Versions, newest first.
pub(super) async fn list(call: Call) -> Answer {
    let List { state_machine_arn, page } = call.members()?;
    let arn = MachineArn::parse(&required(state_machine_arn, "stateMachineArn")?)?.unqualified();
    page.size()?;
    let Some(machine) = registry::find(&call.app, &arn).await? else {
        return Err(Fault::new("InvalidArn", format!("Invalid Arn: '{arn}'")));
    };
    let newest_first = machine.versions.iter().rev();
    // Keys of a page ascend: the newest one has the smallest.
    let key = |number: u64| format!("{:020}", u64::MAX - number);
    let (versions, next) = page::cut(newest_first, |version| key(version.number), &page)?;
    let items: Vec<Value> = versions
        .iter()
        .map(|version| {
            json!({
                "stateMachineVersionArn": arn.version(version.number).to_string(),
                "creationDate": seconds(version.created),
            })
        })
        .collect();
    Ok(with_next(json!({"stateMachineVersions": items}), next))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    state_machine_version_arn: Option<String>,
}

/// Deletes a version that no alias leads to. One that is not there is as good as deleted.
pub(super) async fn delete(call: Call) -> Answer {
    let Delete { state_machine_version_arn } = call.members()?;
    let arn = MachineArn::parse(&required(state_machine_version_arn, "stateMachineVersionArn")?)?;
    let Some(Qualifier::Version(number)) = arn.qualifier else {
        return Err(Fault::validation("The ARN must be one of a state machine version"));
    };
    let app = &call.app;
    let _change = app.aws.change().await;
    let Some(mut machine) = registry::find(app, &arn).await? else { return Ok(json!({})) };
    let leading: Vec<&str> = machine
        .aliases
        .iter()
        .filter(|alias| alias.routes.iter().any(|route| route.version == number))
        .map(|alias| alias.name.as_str())
        .collect();
    if !leading.is_empty() {
        return Err(Fault::new(
            "ConflictException",
            format!(
                "Version to be deleted must not be referenced by an alias. \
                 Current list of aliases referencing this version: [{}]",
                leading.join(", ")
            ),
        ));
    }
    let known = machine.versions.len();
    machine.versions.retain(|version| version.number != number);
    if machine.versions.len() < known {
        registry::put(app, &arn, &machine).await?;
    }
    Ok(json!({}))
}
