//! Finding state machines: those that the door keeps, and workflows in the same language that came by another door.
//!
//! The latter are state machines of the default account and region, under the name of the workflow.

use std::sync::Arc;

use serde_json::json;
use tidegate_engine::partition::{Partition, Workflow};
use tidegate_model::{Name, Text, Timestamp, WorkflowName};

use super::machine::{Kind, Machine, Revision};
use super::name;
use crate::App;
use crate::aws::arn::{MachineArn, Place};
use crate::aws::caller::ACCOUNT;
use crate::aws::fault::Fault;
use crate::aws::shelf::Shelf;

/// State machines by ARN.
pub(super) const MACHINES: Shelf = Shelf("asl.state-machines");

/// ARN of the state machine that a workflow is, by the workflow's name.
const CLAIMS: Shelf = Shelf("asl.workflows");

/// The language of programs that are state machines.
pub(super) const LANGUAGE: &str = "asl";

/// The state machine of that ARN, whatever its qualifier. One that was deleted is not there.
pub(super) async fn find(app: &App, arn: &MachineArn) -> Result<Option<Machine>, Fault> {
    Ok(find_ever(app, arn).await?.filter(|machine| !machine.deleted))
}

/// The same; one that was deleted is still known.
pub(super) async fn find_ever(app: &App, arn: &MachineArn) -> Result<Option<Machine>, Fault> {
    let arn = arn.unqualified();
    Ok(app.node.ask(move |partition| look(partition, &arn)).await?)
}

/// The state machine of that ARN.
pub(super) async fn get(app: &App, arn: &MachineArn) -> Result<Machine, Fault> {
    find(app, arn).await?.ok_or_else(|| missing(arn))
}

pub(super) fn missing(arn: &MachineArn) -> Fault {
    Fault::new("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
}

/// Keeps a state machine.
pub(super) async fn put(app: &App, arn: &MachineArn, machine: &Machine) -> Result<(), Fault> {
    MACHINES.put(app, &arn.unqualified().to_string(), machine).await
}

/// Keeps that `workflow` is the state machine of that ARN.
pub(super) async fn claim(app: &App, arn: &MachineArn, workflow: &WorkflowName) -> Result<(), Fault> {
    CLAIMS.put(app, workflow.as_str(), &arn.unqualified().to_string()).await
}

fn look(partition: &Partition, arn: &MachineArn) -> Option<Machine> {
    let kept: Option<Machine> = MACHINES.look(partition, &arn.to_string());
    if let Some(machine) = kept.filter(|machine| !machine.deleted || !is_adopted(partition, arn)) {
        let workflow = workflow_of(partition, &machine.workflow);
        return Some(as_applied(partition, machine, workflow));
    }
    if !is_adopted(partition, arn) {
        return None;
    }
    let (workflow, known) = partition.workflows().find(|(known, _)| known.as_str() == arn.name)?;
    adopted(partition, workflow, known)
}

/// Whether a workflow of that name came by another door.
fn is_adopted(partition: &Partition, arn: &MachineArn) -> bool {
    arn.place.is_default()
        && Name::new(&arn.name).is_ok_and(|name| {
            let is_asl = workflow_of(partition, &name).is_some_and(|known| is_asl(partition, known));
            is_asl && claim_on(partition, &name).is_none()
        })
}

fn workflow_of<'a>(partition: &'a Partition, name: &WorkflowName) -> Option<&'a Workflow> {
    partition.workflows().find(|(known, _)| *known == name).map(|(_, workflow)| workflow)
}

fn is_asl(partition: &Partition, workflow: &Workflow) -> bool {
    let program = workflow.current.and_then(|current| partition.program(&current));
    program.is_some_and(|program| program.program.language == LANGUAGE)
}

/// ARN of the state machine that the door keeps and that is this workflow.
fn claim_on(partition: &Partition, workflow: &WorkflowName) -> Option<String> {
    CLAIMS.look(partition, workflow.as_str())
}

/// A state machine whose workflow another door has given a version since is of that version.
fn as_applied(partition: &Partition, mut machine: Machine, workflow: Option<&Workflow>) -> Machine {
    let Some(workflow) = workflow else { return machine };
    if let Some(current) = workflow.current
        && current != machine.current.program
        && is_asl(partition, workflow)
    {
        machine.current.program = current;
        machine.updated = applied_at(workflow).unwrap_or(machine.updated);
    }
    machine
}

fn applied_at(workflow: &Workflow) -> Option<Timestamp> {
    let current = workflow.versions.iter().rfind(|version| Some(version.program) == workflow.current);
    current.map(|version| version.applied_at)
}

fn adopted(partition: &Partition, name: &WorkflowName, workflow: &Workflow) -> Option<Machine> {
    let program = workflow.current.filter(|_| is_asl(partition, workflow))?;
    Some(Machine {
        name: name.to_string(),
        kind: Kind::Standard,
        workflow: name.clone(),
        created: workflow.versions.first()?.applied_at,
        updated: applied_at(workflow)?,
        current: Revision {
            id: None,
            program,
            role: format!("arn:aws:iam::{ACCOUNT}:role/tidegate"),
            logging: logging_off(),
            tracing: tracing_off(),
            encryption: None,
        },
        versions: Vec::new(),
        last_version: 0,
        aliases: Vec::new(),
        tags: Vec::new(),
        deleted: false,
    })
}

pub(super) fn logging_off() -> serde_json::Value {
    json!({"level": "OFF", "includeExecutionData": false})
}

pub(super) fn tracing_off() -> serde_json::Value {
    json!({"enabled": false})
}

/// All state machines at a place, by name.
pub(super) async fn all(app: &App, place: &Place) -> Result<Vec<Machine>, Fault> {
    let place = place.clone();
    Ok(app.node.ask(move |partition| look_all(partition, &place)).await?)
}

fn look_all(partition: &Partition, place: &Place) -> Vec<Machine> {
    let kept: Vec<Machine> = MACHINES.look_all(partition, &place.prefix("states", "stateMachine"));
    let mut machines: Vec<Machine> = kept.into_iter().filter(|machine| !machine.deleted).collect();
    if place.is_default() {
        let others = partition.workflows().filter(|(name, _)| claim_on(partition, name).is_none());
        machines.extend(others.filter_map(|(name, workflow)| adopted(partition, name, workflow)));
    }
    machines.sort_by(|one, other| one.name.cmp(&other.name));
    machines
}

/// The workflow that a new state machine is to be: of its own name where that is free, else with its place behind it.
pub(super) async fn free_workflow(app: &App, arn: &MachineArn) -> Result<WorkflowName, Fault> {
    let plain = name::of(&arn.name);
    let Place { region, account, .. } = &arn.place;
    let placed = name::of(&format!("{}.{region}.{account}", arn.name));
    let (wanted, claimant) = (plain.clone(), arn.to_string());
    let is_free = app.node.ask(move |partition| match claim_on(partition, &wanted) {
        Some(arn) => arn == claimant,
        None => workflow_of(partition, &wanted).is_none_or(|known| known.current.is_none()),
    });
    Ok(if is_free.await? { plain } else { placed })
}

/// The text that a revision was compiled from.
pub(super) async fn definition(app: &App, revision: &Revision) -> Result<Text, Fault> {
    let digest = revision.program;
    let program = app.node.ask(move |partition| partition.program(&digest).map(Arc::clone)).await?;
    let source = program.and_then(|program| program.program.source.clone());
    source.ok_or_else(|| Fault::internal("the definition is no longer kept"))
}
