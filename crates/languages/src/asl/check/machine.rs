//! A machine: `StartAt` and `States`, at the top of a definition and within Parallel and Map states.

use super::finding::Checking;
use super::problem::{BadName, BadShape, BadValue};
use super::spot::Spot;
use super::state;
use super::value::{self, UP_TO_99999999};
use super::variables::Scope;
use super::vocabulary::{BRANCH, MACHINE, PROCESSOR, QueryLanguage};

/// Longest name of a state, in characters.
const NAME_CHARS_MAX: usize = 80;

/// What a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The whole definition.
    Top,
    /// A branch of a Parallel state.
    Branch,
    /// What a Map state does with each item.
    Processor,
}

impl Role {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Top => MACHINE,
            Self::Branch => BRANCH,
            Self::Processor => PROCESSOR,
        }
    }
}

/// Reports what is wrong with the machine `spot`, which sees the variables of `outer`.
pub(super) fn check(spot: &Spot<'_>, role: Role, outer: Option<&Scope<'_>>, to: &mut Checking<'_>) {
    if !value::is_object(spot, to) {
        return;
    }
    value::required(spot, &["States", "StartAt"], to);
    if let Some(language) = spot.field("QueryLanguage").filter(|_| role != Role::Top) {
        let why = "states name their languages, or the whole definition does";
        to.add(BadShape::NotHere { field: "QueryLanguage", why }, language.key_span, &spot.at);
    }
    value::only(spot, role.fields(), to);
    for field in ["Comment", "StartAt"] {
        if let Some(field) = spot.field(field) {
            value::text(&field, to);
        }
    }
    if role == Role::Top {
        top(spot, to);
    }
    let Some(states) = spot.field("States") else { return };
    if !value::is_object(&states, to) {
        return;
    }
    if states.members().is_empty() {
        to.add_at_key(BadValue::Empty, &states);
    }
    let scope = Scope::of_machine(&states, outer, to.language);
    for member in states.members() {
        let spot = states.of_member(member);
        name(&member.key, &spot, to);
        state::check(&spot, &scope, to);
    }
}

fn top(spot: &Spot<'_>, to: &mut Checking<'_>) {
    if let Some(language) = spot.field("QueryLanguage") {
        value::among(&language, QueryLanguage::NAMES, to);
    }
    if let Some(version) = spot.field("Version") {
        value::among(&version, &["1.0"], to);
    }
    if let Some(timeout) = spot.field("TimeoutSeconds") {
        value::integer(&timeout, UP_TO_99999999, QueryLanguage::JsonPath, to);
    }
}

fn name(name: &tidegate_json::Str, spot: &Spot<'_>, to: &mut Checking<'_>) {
    if name.chars().count() > NAME_CHARS_MAX {
        to.add_at_key(BadName::LongState { name: name.to_string() }, spot);
    }
    match to.states.get(name).copied() {
        Some(first) => to.add_related(
            BadName::DuplicateState { name: name.to_string() },
            spot.key_span,
            &spot.at,
            Some(("the first one is here", first)),
        ),
        None => _ = to.states.insert(name.clone(), spot.key_span),
    }
}
