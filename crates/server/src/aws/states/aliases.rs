//! Operations on aliases: names that lead to one version, or to two by weight.

use serde::Deserialize;
use serde_json::{Value, json};

use super::machine::{Alias, Machine, Route};
use super::machines::{now, with_next};
use super::registry;
use crate::aws::arn::{MachineArn, Qualifier};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};

/// Longest name of an alias, in characters.
const NAME_CHARS_MAX: usize = 80;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RouteMembers {
    state_machine_version_arn: String,
    weight: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: Option<String>,
    description: Option<String>,
    routing_configuration: Option<Vec<RouteMembers>>,
}

/// Creates an alias. The same request again changes nothing.
pub(super) async fn create(call: Call) -> Answer {
    let request: Create = call.members()?;
    let name = required(request.name, "name")?;
    check_name(&name)?;
    let (arn, routes) = routes(&required(request.routing_configuration, "routingConfiguration")?)?;
    let app = &call.app;
    let _change = app.aws.change().await;
    let mut machine = registry::get(app, &arn).await.map_err(|_| no_resource())?;
    check_versions(&machine, &arn, &routes)?;
    let made = |alias: &Alias| json!({"stateMachineAliasArn": arn.alias(&name).to_string(), "creationDate": seconds(alias.created)});
    if let Some(known) = machine.alias(&name) {
        if known.routes == routes && known.description == request.description {
            return Ok(made(known));
        }
        return Err(Fault::new(
            "ConflictException",
            "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
        ));
    }
    let at = now();
    let alias =
        Alias { name: name.clone(), description: request.description, routes, created: at, updated: at };
    let answer = made(&alias);
    machine.aliases.push(alias);
    registry::put(app, &arn, &machine).await?;
    Ok(answer)
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Fault::constraint(name, "name", "Member must have length less than or equal to 80"));
    }
    let is_letter = |c: char| c.is_ascii_alphabetic() || "_-.".contains(c);
    let is_sound = name.chars().all(|c| is_letter(c) || c.is_ascii_digit()) && name.chars().any(is_letter);
    if is_sound {
        return Ok(());
    }
    Err(Fault::constraint(
        name,
        "name",
        r"Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$",
    ))
}

/// The state machine that the routes are of, and the routes.
fn routes(members: &[RouteMembers]) -> Result<(MachineArn, Vec<Route>), Fault> {
    let arns = || members.iter().map(|route| route.state_machine_version_arn.as_str()).collect::<Vec<_>>();
    if !(1..=2).contains(&members.len()) {
        let shown: Vec<String> = members
            .iter()
            .map(|route| {
                format!(
                    "RoutingConfigurationListItem(stateMachineVersionArn={}, weight={})",
                    route.state_machine_version_arn, route.weight
                )
            })
            .collect();
        let constraint = match members.len() {
            0 => "Member must have length greater than or equal to 1",
            _ => "Member must have length less than or equal to 2",
        };
        return Err(Fault::constraint(
            &format!("[{}]", shown.join(", ")),
            "routingConfiguration",
            constraint,
        ));
    }
    if let [one, other] = members
        && one.state_machine_version_arn == other.state_machine_version_arn
    {
        let received = arns().join(", ");
        return Err(Fault::validation(format!(
            "Routing configuration must contain distinct state machine version ARNs. Received: [{received}]"
        )));
    }
    for (index, route) in members.iter().enumerate() {
        if route.weight > 100 || route.weight < 0 {
            let constraint = match route.weight {
                101.. => "Member must have value less than or equal to 100",
                _ => "Member must have value greater than or equal to 0",
            };
            let member = format!("routingConfiguration.{}.member.weight", index + 1);
            return Err(Fault::constraint(&route.weight.to_string(), &member, constraint));
        }
    }
    let weights: Vec<i64> = members.iter().map(|route| route.weight).collect();
    if weights.iter().sum::<i64>() != 100 {
        let received: Vec<String> = weights.iter().map(ToString::to_string).collect();
        return Err(Fault::validation(format!(
            "Sum of routing configuration weights must equal 100. Received: [{}]",
            received.join(", ")
        )));
    }
    let mut found = Vec::new();
    let mut machine: Option<MachineArn> = None;
    for route in members {
        let arn = MachineArn::parse(&route.state_machine_version_arn)?;
        let Some(Qualifier::Version(version)) = arn.qualifier else { return Err(no_versions(&arns())) };
        if machine.as_ref().is_some_and(|machine| *machine != arn.unqualified()) {
            return Err(Fault::validation(
                "Routing configuration must contain versions of the same state machine.",
            ));
        }
        machine = Some(arn.unqualified());
        found.push(Route { version, weight: u64::try_from(route.weight).unwrap_or_default() });
    }
    Ok((machine.ok_or_else(|| no_versions(&arns()))?, found))
}

fn no_versions(received: &[&str]) -> Fault {
    let received = received.join(", ");
    Fault::validation(format!(
        "Routing configuration must contain state machine version ARNs. Received: [{received}]"
    ))
}

fn check_versions(machine: &Machine, arn: &MachineArn, routes: &[Route]) -> Result<(), Fault> {
    if routes.iter().all(|route| machine.version(route.version).is_some()) {
        return Ok(());
    }
    let arns: Vec<String> = routes.iter().map(|route| arn.version(route.version).to_string()).collect();
    Err(no_versions(&arns.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn no_resource() -> Fault {
    Fault::new("ResourceNotFound", "Request references a resource that does not exist.")
}

/// The state machine and the name in the ARN of an alias.
fn parsed(text: Option<String>) -> Result<(MachineArn, String), Fault> {
    let text = required(text, "stateMachineAliasArn")?;
    let arn = MachineArn::parse(&text)?;
    match &arn.qualifier {
        Some(Qualifier::Alias(name)) => Ok((arn.unqualified(), name.clone())),
        Some(Qualifier::Version(_)) | None => Err(Fault::new("InvalidArn", format!("Invalid Arn: '{text}'"))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    state_machine_alias_arn: Option<String>,
    description: Option<String>,
    routing_configuration: Option<Vec<RouteMembers>>,
}

/// Leads an alias elsewhere, or describes it anew.
pub(super) async fn update(call: Call) -> Answer {
    let request: Update = call.members()?;
    let (arn, name) = parsed(request.state_machine_alias_arn)?;
    if request.description.is_none() && request.routing_configuration.is_none() {
        return Err(Fault::validation(
            "Either the description or the RoutingConfiguration must be specified",
        ));
    }
    let app = &call.app;
    let _change = app.aws.change().await;
    let mut machine = registry::get(app, &arn).await.map_err(|_| no_resource())?;
    let new_routes = match &request.routing_configuration {
        Some(members) => {
            let (of, routes) = routes(members)?;
            if of != arn {
                return Err(Fault::validation(
                    "Routing configuration must contain versions of the same state machine.",
                ));
            }
            check_versions(&machine, &arn, &routes)?;
            Some(routes)
        }
        None => None,
    };
    let alias = machine.aliases.iter_mut().find(|alias| alias.name == name).ok_or_else(no_resource)?;
    if let Some(routes) = new_routes {
        alias.routes = routes;
    }
    if request.description.is_some() {
        alias.description = request.description;
    }
    alias.updated = now();
    let answer = json!({"updateDate": seconds(alias.updated)});
    registry::put(app, &arn, &machine).await?;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    state_machine_alias_arn: Option<String>,
}

/// An alias in full.
pub(super) async fn describe(call: Call) -> Answer {
    let Which { state_machine_alias_arn } = call.members()?;
    let (arn, name) = parsed(state_machine_alias_arn)?;
    let machine = registry::get(&call.app, &arn).await.map_err(|_| no_resource())?;
    let alias = machine.alias(&name).ok_or_else(no_resource)?;
    let mut answer = json!({
        "stateMachineAliasArn": arn.alias(&name).to_string(),
        "name": alias.name,
        "routingConfiguration": alias.routing(&arn),
        "creationDate": seconds(alias.created),
        "updateDate": seconds(alias.updated),
    });
    if let Some(description) = &alias.description {
        answer["description"] = json!(description);
    }
    Ok(answer)
}

/// Deletes an alias.
pub(super) async fn delete(call: Call) -> Answer {
    let Which { state_machine_alias_arn } = call.members()?;
    let (arn, name) = parsed(state_machine_alias_arn)?;
    let app = &call.app;
    let _change = app.aws.change().await;
    let mut machine = registry::get(app, &arn).await.map_err(|_| no_resource())?;
    let known = machine.aliases.len();
    machine.aliases.retain(|alias| alias.name != name);
    if machine.aliases.len() == known {
        return Err(no_resource());
    }
    registry::put(app, &arn, &machine).await?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    state_machine_arn: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Aliases of a state machine, or those that lead to one version of it, by name.
pub(super) async fn list(call: Call) -> Answer {
    let List { state_machine_arn, page } = call.members()?;
    let arn = MachineArn::parse(&required(state_machine_arn, "stateMachineArn")?)?;
    let machine = registry::get(&call.app, &arn).await?;
    let leads_there = |alias: &&Alias| match &arn.qualifier {
        Some(Qualifier::Version(number)) => alias.routes.iter().any(|route| route.version == *number),
        Some(Qualifier::Alias(_)) | None => true,
    };
    let mut aliases: Vec<&Alias> = machine.aliases.iter().filter(leads_there).collect();
    aliases.sort_by(|one, other| one.name.cmp(&other.name));
    let (aliases, next) = page::cut(aliases, |alias| alias.name.clone(), &page)?;
    let of = arn.unqualified();
    let items: Vec<Value> = aliases
        .iter()
        .map(|alias| {
            json!({
                "stateMachineAliasArn": of.alias(&alias.name).to_string(),
                "creationDate": seconds(alias.created),
            })
        })
        .collect();
    Ok(with_next(json!({"stateMachineAliases": items}), next))
}
