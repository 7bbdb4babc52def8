//! References: names of functions, scopes, steps, timers and triggers, and whether they lead anywhere.

use super::Scoped;
use super::definitions::StepKind;
use super::shape::Kind;
use crate::diagnostic::{Severity, quoted};
use crate::file::reading::{name, unknown_name};
use crate::nearest::nearest;
use crate::source::Span;

/// Reports `given`, a name of this kind, where it leads nowhere.
pub(super) fn check(given: &str, span: Span, kind: Kind, scoped: &mut Scoped<'_, '_, '_>) {
    let (file, defined) = (scoped.file, scoped.defined);
    match kind {
        Kind::Function => scoped.check_function(given, span),
        Kind::Scope if !file.scopes.contains(given) => {
            let message = format!("no scope of this file is called {}", quoted(given));
            let known = file.scopes.iter().map(|name| &**name);
            unknown_name("triggers::unknown_scope", (given, span), message, known, scoped.reports);
        }
        Kind::Step if !defined.steps.contains_key(given) && defined.computed_steps.is_empty() => {
            scoped.unknown_step(given, span);
        }
        Kind::Timer => scoped.check_timer(given, span),
        Kind::Trigger => scoped.check_trigger(given, span),
        _ => {}
    }
}

impl Scoped<'_, '_, '_> {
    /// Doubts a function that the file does not define: it may be registered for all.
    pub(super) fn check_function(&mut self, given: &str, span: Span) {
        let file = self.file;
        if file.functions.contains(given) || name(given, span, "`function`", self.reports).is_none() {
            return;
        }
        let has_room = self.reports.has_room(Severity::Warning);
        let near = has_room.then(|| nearest(given, file.functions.iter().map(|name| &**name))).flatten();
        let message =
            format!("this file has no function {}; it is to be registered before a run", quoted(given));
        let warning = self.reports.warning("triggers::unknown_function", span, message);
        if let Some(near) = near {
            warning.with_help(format!("did you mean `{near}`?"));
        }
    }

    /// Reports a step that no action defines.
    pub(super) fn unknown_step(&mut self, given: &str, span: Span) {
        let defined = self.defined;
        if defined.unawaited.contains(given) {
            let message =
                format!("nothing tells of the end of {}, which is started and not waited for", quoted(given));
            self.reports
                .error("triggers::unknown_step", span, message)
                .with_help("add `wait: true` to the action `start`");
            return;
        }
        let message = format!("no action of this scope is the step {}", quoted(given));
        let known = defined.steps.keys().map(|name| &**name);
        unknown_name("triggers::unknown_step", (given, span), message, known, self.reports);
    }

    /// Reports a timer that no action sets.
    pub(super) fn check_timer(&mut self, given: &str, span: Span) {
        let defined = self.defined;
        if defined.timers.contains(given) || defined.has_computed_timers {
            return;
        }
        let message = format!("no action of this scope sets a timer {}", quoted(given));
        let known = defined.timers.iter().map(|name| &**name);
        unknown_name("triggers::unknown_timer", (given, span), message, known, self.reports);
    }

    /// Reports a trigger that the scope does not have.
    pub(super) fn check_trigger(&mut self, given: &str, span: Span) {
        let defined = self.defined;
        if defined.triggers.contains(given) {
            return;
        }
        let message = format!("this scope has no trigger {}", quoted(given));
        let known = defined.triggers.iter().map(|name| &**name);
        unknown_name("triggers::unknown_trigger", (given, span), message, known, self.reports);
    }

    /// The kinds of action that define the step `given`; none after reporting that none does.
    pub(super) fn step(&mut self, given: &str, span: Span) -> Vec<StepKind> {
        let defined = self.defined;
        match defined.steps.get(given) {
            Some(kinds) => kinds.iter().copied().collect(),
            None if !defined.computed_steps.is_empty() => defined.computed_steps.iter().copied().collect(),
            None => {
                self.unknown_step(given, span);
                Vec::new()
            }
        }
    }
}
