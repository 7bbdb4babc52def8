//! Findings: problems and where they are.

use std::collections::BTreeMap;

use tidegate_json::Str;

use super::location::Location;
use super::problem::{BadGraph, Code, Problem};
use super::spot::Spot;
use super::vocabulary::{QueryLanguage, WorkflowType};
use crate::diagnostic::{DIAGNOSTICS_MAX, Reports, Severity};
use crate::nearest::nearest;
use crate::source::{Content, Source, Span, place_within};

/// Most findings that are kept of one definition. Who has so many mends some of them and looks again.
pub const FINDINGS_MAX: usize = 1000;

/// A problem of a definition and where it is.
#[derive(Clone, Debug)]
pub struct Finding {
    problem: Problem,
    /// What people call the value that it is about.
    subject: String,
    span: Span,
    location: Option<String>,
    /// Another place that plays a part, and what is there.
    related: Option<(&'static str, Span)>,
}

/// A finding as AWS tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The code.
    pub code: Code,
    /// The sentence.
    pub message: String,
    /// Where in the definition, for example `/States/Fetch/Next`; `None` where it is about the whole.
    pub location: Option<String>,
}

impl Finding {
    /// Whether AWS refuses a definition for it.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.problem.severity()
    }

    /// The finding in the words of AWS; `None` where AWS has nothing to say about it.
    #[must_use]
    pub fn told(&self) -> Option<Told> {
        let (code, message) = self.problem.telling().aws()?;
        Some(Told { code, message, location: self.location.clone() })
    }

    /// Adds the finding to `reports`, for people.
    pub fn report(&self, reports: &mut Reports<'_>) {
        let related = self.related.map(|(what, span)| (what, reports.source().place(span)));
        let telling = self.problem.telling();
        let message = telling.message(&self.subject);
        let told = match self.severity() {
            Severity::Error => reports.error(telling.code(), self.span, message),
            Severity::Warning => reports.warning(telling.code(), self.span, message),
        };
        if let Some(help) = telling.help() {
            told.with_help(help);
        }
        if let Some((what, place)) = related {
            told.with_related(what, place);
        }
    }
}

/// A check that is under way: what it has found, and what counts for the definition as a whole.
pub(super) struct Checking<'d> {
    source: &'d Source,
    pub(super) workflow: WorkflowType,
    /// The language of states that do not name theirs.
    pub(super) language: QueryLanguage,
    /// Names of states so far, in all machines of the definition.
    pub(super) states: BTreeMap<Str, Span>,
    /// Labels of maps so far.
    pub(super) labels: BTreeMap<Str, Span>,
    findings: Vec<Finding>,
}

impl<'d> Checking<'d> {
    pub(super) fn new(source: &'d Source, workflow: WorkflowType, language: QueryLanguage) -> Self {
        Self {
            source,
            workflow,
            language,
            states: BTreeMap::new(),
            labels: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Everything that was found, in the order in which it was.
    pub(super) fn finish(self) -> Vec<Finding> {
        self.findings
    }

    /// Adds `problem`, which AWS places `at` and people find at `span`.
    pub(super) fn add(&mut self, problem: impl Into<Problem>, span: Span, at: &Location<'_>) {
        self.add_related(problem, span, at, None);
    }

    /// Adds `problem` of the value of `spot`.
    pub(super) fn add_at(&mut self, problem: impl Into<Problem>, spot: &Spot<'_>) {
        self.add(problem, spot.value_span(), &spot.at);
    }

    /// Adds `problem` of `spot` as a whole, which is told at its key.
    pub(super) fn add_at_key(&mut self, problem: impl Into<Problem>, spot: &Spot<'_>) {
        self.add(problem, spot.key_span, &spot.at);
    }

    /// The candidate that `name` was probably meant to be. People are shown no more findings than
    /// [`DIAGNOSTICS_MAX`]; for those beyond, it is not worth the time.
    pub(super) fn nearest<'c>(
        &self,
        name: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<String> {
        let is_shown = self.findings.len() < DIAGNOSTICS_MAX;
        is_shown.then(|| nearest(name, candidates)).flatten().map(str::to_owned)
    }

    /// The place of the character at byte `at` of the text that `spot` holds.
    pub(super) fn place_within(&self, spot: &Spot<'_>, at: usize) -> Span {
        match &spot.node.content {
            // What is wrong from the start is wrong as a whole.
            Content::String(text, style) if at > 0 => {
                place_within(&self.source.text, spot.node.span, *style, text, at)
            }
            Content::String(..) | Content::Null | Content::Bool(_) | Content::Number(_) => spot.node.span,
            Content::Sequence(_) | Content::Mapping(_) => spot.key_span,
        }
    }

    pub(super) fn add_related(
        &mut self,
        problem: impl Into<Problem>,
        span: Span,
        at: &Location<'_>,
        related: Option<(&'static str, Span)>,
    ) {
        if self.findings.len() >= FINDINGS_MAX {
            return;
        }
        let problem = problem.into();
        let is_placed = problem != Problem::Graph(BadGraph::NoEnd);
        let location = is_placed.then(|| at.to_string());
        self.findings.push(Finding { problem, subject: at.subject(), span, location, related });
    }
}
