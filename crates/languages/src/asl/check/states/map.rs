//! Map states: the items, what is done with each, and how many may fail.

use super::super::expression::Moment;
use super::super::finding::Checking;
use super::super::machine::{self, Role};
use super::super::path::{self, Form, Null};
use super::super::problem::{BadName, BadResource, BadShape, BadValue, Doubt, Expected};
use super::super::spot::Spot;
use super::super::state::State;
use super::super::template;
use super::super::value::{self, COUNT, PERCENT};
use super::super::vocabulary::{QueryLanguage, WorkflowType};
use super::distributed;
use crate::source::Content;

/// Longest label, in characters.
const LABEL_CHARS_MAX: usize = 40;

/// Where the items are processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// In the execution itself.
    Inline,
    /// In executions of their own.
    Distributed,
}

/// Reports where there is not exactly one machine for the items, or a number beside the path to one.
pub(super) fn required(spot: &Spot<'_>, to: &mut Checking<'_>) {
    value::exactly_one(spot, &["ItemProcessor", "Iterator"], to);
    value::at_most_one(spot, &["MaxConcurrency", "MaxConcurrencyPath"], to);
    value::at_most_one(spot, &["ToleratedFailureCount", "ToleratedFailureCountPath"], to);
    value::at_most_one(spot, &["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"], to);
    value::at_most_one(spot, &["ItemSelector", "Parameters"], to);
}

/// Reports what is wrong with the items and with what is done with them.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    let spot = &state.spot;
    items(state, to);
    super::number(spot, "MaxConcurrency", "MaxConcurrencyPath", COUNT, state, to);
    super::number(spot, "ToleratedFailureCount", "ToleratedFailureCountPath", COUNT, state, to);
    super::number(spot, "ToleratedFailurePercentage", "ToleratedFailurePercentagePath", PERCENT, state, to);
    if let Some(field) = spot.field("Label") {
        label(&field, to);
    }
    let mode = ["ItemProcessor", "Iterator"]
        .iter()
        .find_map(|name| spot.field(name).map(|processor| processor_of(&processor, state, to)));
    distributed::check(state, to);
    if mode == Some(Mode::Inline) {
        for name in ["ItemReader", "ItemBatcher", "ResultWriter"] {
            if let Some(field) = spot.field(name) {
                to.add(Doubt::NotDistributed { field: name.to_owned() }, field.key_span, &spot.at);
            }
        }
    }
}

fn items(state: &State<'_>, to: &mut Checking<'_>) {
    let spot = &state.spot;
    if let Some(field) = spot.field("ItemsPath") {
        path::check(&field, Form::Reference, Null::Refused, state, to);
    }
    if let Some(field) = spot.field("ItemSelector") {
        match state.language {
            QueryLanguage::JsonPath => template::check_payload(&field, state, to),
            QueryLanguage::Jsonata => template::check(&field, Moment::Input, state, to),
        }
    }
    let Some(field) = spot.field("Items") else { return };
    if state.language == QueryLanguage::JsonPath {
        return;
    }
    match &field.node.content {
        Content::Sequence(_) | Content::Mapping(_) => {}
        Content::String(text, _) if value::is_expression(text) || value::is_placeholder(text) => {}
        _ => {
            let found = value::describe(field.node);
            to.add_at(BadValue::WrongType { expected: Expected::List, found }, &field);
        }
    }
    template::check(&field, Moment::Input, state, to);
}

/// The characters of a label are those of a name that other services can use.
/// Source: Step Functions developer guide, "Using Map state in Distributed mode", `Label`.
fn label(spot: &Spot<'_>, to: &mut Checking<'_>) {
    let Some(found) = value::text(spot, to) else { return };
    let is_wrong = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:".contains(c);
    if value::is_placeholder(found) {
        return;
    }
    if found.chars().count() > LABEL_CHARS_MAX {
        to.add_at(BadName::LongLabel { label: found.to_owned() }, spot);
    }
    if let Some(wrong) = found.chars().find(|&c| is_wrong(c)) {
        to.add_at(BadName::WrongLabel { label: found.to_owned(), wrong }, spot);
    }
    match to.labels.get(found).copied() {
        Some(first) => to.add_related(
            BadName::DuplicateLabel { label: found.to_owned() },
            spot.node.span,
            &spot.at,
            Some(("the first one is here", first)),
        ),
        None => _ = to.labels.insert(found.into(), spot.node.span),
    }
}

fn processor_of(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) -> Mode {
    let mode = spot.field("ProcessorConfig").map_or(Mode::Inline, |config| config_of(&config, to));
    match mode {
        Mode::Inline => machine::check(spot, Role::Processor, Some(state.scope), to),
        // Executions of their own do not see the variables of this one.
        Mode::Distributed => machine::check(spot, Role::Processor, None, to),
    }
    mode
}

fn config_of(spot: &Spot<'_>, to: &mut Checking<'_>) -> Mode {
    if !value::is_object(spot, to) {
        return Mode::Inline;
    }
    value::only(spot, &["Mode", "ExecutionType"], to);
    let mode = spot.field("Mode");
    if let Some(mode) = mode {
        value::among(&mode, &["INLINE", "DISTRIBUTED"], to);
    }
    let kind = spot.field("ExecutionType");
    if let Some(kind) = kind {
        value::among(&kind, &["STANDARD", "EXPRESS"], to);
    }
    let is_distributed = mode.is_some_and(|mode| mode.text() == Some("DISTRIBUTED"));
    if !is_distributed {
        if let Some(kind) = kind {
            let why = "items that are processed inline have no executions of their own";
            to.add(BadShape::NotHere { field: "ExecutionType", why }, kind.key_span, &spot.at);
        }
        return Mode::Inline;
    }
    value::required(spot, &["ExecutionType"], to);
    if let Some(mode) = mode.filter(|_| to.workflow == WorkflowType::Express) {
        to.add_at(BadResource::ExpressDistributed, &mode);
    }
    Mode::Distributed
}
