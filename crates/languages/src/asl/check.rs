//! Static checks of a definition: everything that is wrong with it, at once, before anything runs.
//!
//! What is wrong is one [`Finding`], told in two ways: to people, at a place of the file and with a way out, and in
//! the words of AWS, whose clients read codes, messages and locations. Invariant: a definition that AWS accepts has
//! no error here; where it is not known whether AWS accepts it, there is a warning at most.
//!
//! In reading order: `vocabulary` has the words of the language; `location` and `spot` say where a value is,
//! `problem` what can be wrong, `finding` collects it; `machine` checks a machine and `state` a state, of which
//! `states` has the types, `recovery` reads `Retry` and `Catch` and `resource` what a task asks for; `value`, `path`,
//! `template`, `expression` and `variables` check what fields hold; `transitions` walks the graph; [`aws`] answers
//! as the service does.

pub mod aws;
mod expression;
mod finding;
mod location;
mod machine;
mod path;
mod problem;
mod recovery;
mod resource;
mod spot;
mod state;
mod states;
mod template;
mod transitions;
mod value;
mod variables;
mod vocabulary;

use crate::diagnostic::Reports;
use crate::source::Document;

pub use finding::{FINDINGS_MAX, Finding, Told};
pub use problem::Code;
pub use vocabulary::{QueryLanguage, WorkflowType};

use finding::Checking;
use location::Location;
use machine::Role;
use spot::Spot;
use variables::Scope;

/// Reports everything that is wrong with `document`, the definition of a standard state machine.
pub fn check(document: &Document, reports: &mut Reports<'_>) {
    check_as(document, WorkflowType::Standard, reports);
}

/// Reports everything that is wrong with `document`, the definition of a state machine of the given type.
pub fn check_as(document: &Document, workflow: WorkflowType, reports: &mut Reports<'_>) {
    for finding in findings(document, workflow) {
        finding.report(reports);
    }
}

/// Everything that is wrong with `definition`, in AWS's order: what is wrong with values, then with transitions.
#[must_use]
pub fn findings(definition: &Document, workflow: WorkflowType) -> Vec<Finding> {
    let language = QueryLanguage::of(definition.root.get("QueryLanguage"), QueryLanguage::JsonPath);
    let mut to = Checking::new(&definition.source, workflow, language);
    let root = Spot::root(&definition.root);
    if value::is_object(&root, &mut to) {
        machine::check(&root, Role::Top, None, &mut to);
        transitions::check(&root, Role::Top, &mut to);
    }
    to.finish()
}

/// Everything that is wrong with `state`, the definition of a single state called `name`, in a machine whose
/// language is `language`. Where it leads to is not looked at, nor is where its variables come from.
#[must_use]
pub fn findings_of_state(
    state: &Document,
    name: &str,
    language: QueryLanguage,
    workflow: WorkflowType,
) -> Vec<Finding> {
    let mut to = Checking::new(&state.source, workflow, language);
    let states = Location::ROOT.field("States");
    let spot = Spot { at: states.field(name), ..Spot::root(&state.root) };
    state::check(&spot, &Scope::open(), &mut to);
    transitions::check_within(&spot, &mut to);
    to.finish()
}
