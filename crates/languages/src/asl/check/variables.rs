//! Variables: who assigns them, who sees them, and what they may be called.
//!
//! A variable belongs to the machine whose state assigns it, and the machines within that one see it, but for those
//! of distributed maps, which run elsewhere. Source: Step Functions developer guide, "Passing data between states
//! with variables".

use std::collections::BTreeSet;

use tidegate_json::Str;

use super::expression::Moment;
use super::finding::Checking;
use super::problem::{BadName, Doubt, Problem};
use super::spot::Spot;
use super::state::State;
use super::vocabulary::QueryLanguage;
use super::{template, value};

/// Longest name of a variable, in characters.
const NAME_CHARS_MAX: usize = 80;

/// The variables of a machine.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    names: BTreeSet<Str>,
    outer: Option<&'a Scope<'a>>,
    /// Whether all that is assigned can be seen here; where it cannot, no variable is unknown.
    is_whole: bool,
}

impl<'a> Scope<'a> {
    /// The scope of a state whose machine is not known.
    pub(super) fn open() -> Self {
        Self { names: BTreeSet::new(), outer: None, is_whole: false }
    }

    /// The variables that `states`, the states of a machine, assign.
    pub(super) fn of_machine(
        states: &Spot<'_>,
        outer: Option<&'a Scope<'a>>,
        language: QueryLanguage,
    ) -> Self {
        let mut names = BTreeSet::new();
        for (_, state) in states.fields() {
            let language = QueryLanguage::of(state.field("QueryLanguage").map(|field| field.node), language);
            let mut take = |spot: &Spot<'_>| names.extend(assigned(spot, language));
            take(&state);
            for list in ["Choices", "Catch"] {
                if let Some(list) = state.field(list) {
                    list.items().for_each(|entry| take(&entry));
                }
            }
        }
        Self { names, outer, is_whole: outer.is_none_or(|outer| outer.is_whole) }
    }

    fn knows(&self, name: &str) -> bool {
        self.names.contains(name) || self.outer.is_some_and(|outer| outer.knows(name))
    }

    /// Reports `name`, which `spot` reads, where nothing assigns it.
    pub(super) fn read(&self, name: &str, spot: &Spot<'_>, to: &mut Checking<'_>) {
        if self.is_whole && !self.knows(name) {
            let near = to.nearest(name, self.names.iter().map(Str::as_str));
            to.add_at(Doubt::UnknownVariable { name: name.to_owned(), near }, spot);
        }
    }
}

/// The names that `Assign` of `owner` gives.
fn assigned(owner: &Spot<'_>, language: QueryLanguage) -> Vec<Str> {
    let Some(assign) = owner.field("Assign") else { return Vec::new() };
    assign.members().iter().map(|member| variable(&member.key, language).into()).collect()
}

/// The variable that the field `name` of an `Assign` assigns.
fn variable(name: &str, language: QueryLanguage) -> &str {
    match language {
        QueryLanguage::JsonPath => name.strip_suffix(".$").unwrap_or(name),
        QueryLanguage::Jsonata => name,
    }
}

/// Reports what is wrong with the `Assign` that is `spot`.
pub(super) fn check(spot: &Spot<'_>, moment: Moment, state: &State<'_>, to: &mut Checking<'_>) {
    if !value::is_object(spot, to) {
        return;
    }
    for (field_name, field) in spot.fields() {
        let name = variable(field_name, state.language);
        let is_letter = |c: char| c.is_alphabetic() || !c.is_ascii();
        let is_inner = |c: char| is_letter(c) || c.is_ascii_digit() || c == '_';
        let problem = if name == "states" {
            BadName::ReservedVariable { name: name.to_owned() }.into()
        } else if name.chars().count() > NAME_CHARS_MAX {
            BadName::LongVariable { name: name.to_owned() }.into()
        } else if !name.starts_with(is_letter) || !name.chars().all(is_inner) {
            BadName::WrongVariable { name: name.to_owned() }.into()
        } else if state.scope.outer.is_some_and(|outer| outer.knows(name)) {
            Problem::from(Doubt::ShadowedVariable { name: name.to_owned() })
        } else {
            continue;
        };
        to.add(problem, field.key_span, &spot.at);
    }
    template::check(spot, moment, state, to);
}
