//! A state: its type, its fields, and the fields that states of many types have.

use super::expression::Moment;
use super::finding::Checking;
use super::path::{self, Form, Null};
use super::problem::{BadShape, BadValue};
use super::spot::Spot;
use super::states;
use super::variables::{self, Scope};
use super::vocabulary::{QueryLanguage, StateType};
use super::{recovery, template, value};

/// A state and what its fields are checked with.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) spot: Spot<'a>,
    pub(super) kind: StateType,
    pub(super) language: QueryLanguage,
    pub(super) scope: &'a Scope<'a>,
}

impl State<'_> {
    /// What expressions see when the state has done its work.
    pub(super) fn afterwards(&self) -> Moment {
        if self.kind.has_result() { Moment::Result } else { Moment::Input }
    }
}

/// Reports what is wrong with the state `spot`.
pub(super) fn check(spot: &Spot<'_>, scope: &Scope<'_>, to: &mut Checking<'_>) {
    if !value::is_object(spot, to) {
        return;
    }
    let named = spot.field("QueryLanguage");
    let language = QueryLanguage::of(named.map(|field| field.node), to.language);
    let is_downgrade =
        to.language == QueryLanguage::Jsonata && named.is_some_and(|field| field.text() == Some("JSONPath"));
    if is_downgrade {
        to.add_at_key(BadShape::Downgrade, spot);
    }
    let Some(kind) = kind(spot, to) else { return };
    states::required(spot, kind, to);
    value::only(spot, kind.fields(), to);
    if !is_downgrade {
        value::only_of(spot, kind.fields(), language, to);
    }
    if kind.goes_on() {
        next_or_end(spot, to);
    }
    if let Some(named) = named {
        value::among(&named, QueryLanguage::NAMES, to);
    }
    let state = State { spot: *spot, kind, language, scope };
    common(&state, to);
    states::check(&state, to);
}

fn kind(spot: &Spot<'_>, to: &mut Checking<'_>) -> Option<StateType> {
    let Some(field) = spot.field("Type") else {
        to.add_at_key(BadShape::Required { fields: vec!["Type"] }, spot);
        return None;
    };
    let name = value::text(&field, to)?;
    let kind = StateType::named(name);
    if kind.is_none() {
        let near = to.nearest(name, StateType::NAMES.iter().copied());
        to.add_at(BadValue::UnknownType { near, found: name.to_owned() }, &field);
    }
    kind
}

fn next_or_end(spot: &Spot<'_>, to: &mut Checking<'_>) {
    let ends = match spot.field("End") {
        None => false,
        // Whatever else it is, it was meant to end.
        Some(end) => value::boolean(&end, to).unwrap_or(true),
    };
    if let Some(next) = spot.field("Next") {
        value::text(&next, to);
    }
    let fields = vec!["Next", "End"];
    match (spot.has("Next"), ends) {
        (true, true) => to.add_at_key(BadShape::Several { fields: fields.clone(), found: fields }, spot),
        (false, false) => to.add_at_key(BadShape::NoneOf { fields }, spot),
        (true, false) | (false, true) => {}
    }
}

/// The fields that many types have. Where a type does not have one, that has been told.
fn common(state: &State<'_>, to: &mut Checking<'_>) {
    let fields = state.kind.fields();
    for (name, field) in state.spot.fields().filter(|(name, _)| fields.contains(name)) {
        match name {
            "Comment" => _ = value::text(&field, to),
            "InputPath" | "OutputPath" => path::check(&field, Form::Path, Null::Allowed, state, to),
            "ResultPath" => path::check(&field, Form::Reference, Null::Allowed, state, to),
            "ResultSelector" => template::check_payload(&field, state, to),
            "Parameters" => template::check_payload(&field, state, to),
            "Arguments" => template::check(&field, Moment::Input, state, to),
            "Output" if state.language == QueryLanguage::Jsonata => {
                template::check(&field, state.afterwards(), state, to);
            }
            "Assign" => variables::check(&field, state.afterwards(), state, to),
            "Retry" => recovery::check_retry(&field, to),
            "Catch" => recovery::check_catch(&field, state, to),
            _ => {}
        }
    }
}
