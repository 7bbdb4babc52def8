//! Transitions: that each leads to a state of its machine, that each state can be reached, and that there is an end.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Checking;
use super::machine::Role;
use super::problem::{BadGraph, Doubt};
use super::spot::Spot;
use super::vocabulary::StateType;
use crate::source::{Content, Member, Node};

/// The states of a machine by name.
type Names<'a> = BTreeMap<&'a str, &'a Member>;

/// Reports what is wrong with the transitions of the machine `spot` and of those within it.
pub(super) fn check(spot: &Spot<'_>, role: Role, to: &mut Checking<'_>) {
    let Some(states) = spot.field("States") else { return };
    if states.members().is_empty() {
        return;
    }
    let names: Names<'_> = states.members().iter().map(|member| (&*member.key, member)).collect();
    if let Some(start) = spot.field("StartAt") {
        target(&start, &names, to);
    }
    for (_, state) in states.fields() {
        each_target(&state, &mut |spot| target(spot, &names, to));
    }
    if names.values().any(|state| ends(&state.value)) {
        unreachable(spot, &states, &names, to);
    } else {
        match role {
            Role::Top => to.add_at_key(BadGraph::NoEnd, &states),
            // AWS looks for an end at the top alone.
            Role::Branch | Role::Processor => to.add_at_key(Doubt::Endless, spot),
        }
    }
    for (_, state) in states.fields() {
        check_within(&state, to);
    }
}

/// The same for the machines within the state `spot`.
pub(super) fn check_within(spot: &Spot<'_>, to: &mut Checking<'_>) {
    if let Some(branches) = spot.field("Branches") {
        branches.items().for_each(|branch| check(&branch, Role::Branch, to));
    }
    for name in ["ItemProcessor", "Iterator"] {
        if let Some(processor) = spot.field(name) {
            check(&processor, Role::Processor, to);
        }
    }
}

/// Calls `visit` with every field of `state` that names a state to go to.
fn each_target(state: &Spot<'_>, visit: &mut dyn FnMut(&Spot<'_>)) {
    for name in ["Next", "Default"] {
        if let Some(field) = state.field(name) {
            visit(&field);
        }
    }
    for list in ["Choices", "Catch"] {
        let Some(list) = state.field(list) else { continue };
        for entry in list.items() {
            if let Some(next) = entry.field("Next") {
                visit(&next);
            }
        }
    }
}

fn target(spot: &Spot<'_>, names: &Names<'_>, to: &mut Checking<'_>) {
    let Some(name) = spot.text().filter(|name| !names.contains_key(name)) else { return };
    let near = to.nearest(name, names.keys().copied());
    to.add_at(BadGraph::MissingTarget { target: name.to_owned(), near }, spot);
}

/// Whether `state` ends its machine. One that says nothing about what follows is at fault for that alone.
fn ends(state: &Node) -> bool {
    let kind = state.get("Type").and_then(Node::as_str).and_then(StateType::named);
    match kind {
        Some(StateType::Succeed | StateType::Fail) => true,
        Some(StateType::Choice) => false,
        Some(StateType::Task | StateType::Wait | StateType::Pass | StateType::Parallel | StateType::Map)
        | None => {
            let says_end = state.get("End").is_some_and(|end| !matches!(end.content, Content::Bool(false)));
            says_end || state.get("Next").is_none()
        }
    }
}

fn unreachable(machine: &Spot<'_>, states: &Spot<'_>, names: &Names<'_>, to: &mut Checking<'_>) {
    let Some(start) = machine.field("StartAt").and_then(|start| start.text().map(str::to_owned)) else {
        return;
    };
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut pending = vec![start];
    while let Some(name) = pending.pop() {
        let Some(state) = names.get(&*name) else { continue };
        if reached.insert(name) {
            each_target(&states.of_member(state), &mut |target| {
                pending.extend(target.text().map(str::to_owned));
            });
        }
    }
    for (name, state) in states.fields().filter(|(name, _)| !reached.contains(*name)) {
        to.add_at_key(BadGraph::Unreachable { name: name.to_owned() }, &state);
    }
}
