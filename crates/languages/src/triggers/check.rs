//! The engine's own look at a program, told at places of the file.
//!
//! What the reading of the file has found fault with is not told twice: a part with an error of its own is
//! left out here.

use std::collections::BTreeMap;

use tidegate_engine::compile::{CompileError, Place};
use tidegate_engine::registry::Registry;
use tidegate_model::{Program, TriggerName};

use super::lowered::{Scope, Trigger};
use crate::diagnostic::Reports;
use crate::source::Span;

/// Reports everything that keeps `program`, made from `scopes`, from running.
pub(super) fn check(program: &Program, scopes: &[Scope], reports: &mut Reports<'_>) {
    let errors = tidegate_engine::compile::check(program, &Registry::native());
    if errors.is_empty() {
        return;
    }
    let triggers: Vec<BTreeMap<&TriggerName, &Trigger>> = scopes
        .iter()
        .map(|scope| scope.triggers.iter().map(|trigger| (&trigger.name, trigger)).collect())
        .collect();
    for error in errors {
        let trigger = error.trigger.as_ref().and_then(|name| triggers.get(error.scope)?.get(name));
        let Some(trigger) = trigger else {
            if reports.errors_count() == 0 {
                tell(&error, Span::default(), reports);
            }
            continue;
        };
        // Why it listens to nothing has been told where that was read.
        if trigger.on.is_empty() && error.place == Place::Trigger {
            continue;
        }
        let (part, place) = places(&error, trigger);
        if !reports.has_error_within(part) {
            tell(&error, place, reports);
        }
    }
}

/// The place of the part that `error` is about, and the place within it.
fn places(error: &CompileError, trigger: &Trigger) -> (Span, Span) {
    let whole = |span| (span, span);
    match error.place {
        Place::Trigger => whole(trigger.name_span),
        Place::Pattern(index) => whole(trigger.on.get(index).map_or(trigger.name_span, |heard| heard.span)),
        Place::Condition => (trigger.condition.span, trigger.condition.params.nearest_span(&error.pointer)),
        Place::Action(index) => match trigger.actions.get(index) {
            Some(action) => (action.span, action.params.nearest_span(&error.pointer)),
            None => whole(trigger.name_span),
        },
    }
}

fn tell(error: &CompileError, place: Span, reports: &mut Reports<'_>) {
    let told = reports.error("triggers::engine", place, error.message.as_str());
    if let Some(help) = &error.help {
        told.with_help(help.as_str());
    }
}
