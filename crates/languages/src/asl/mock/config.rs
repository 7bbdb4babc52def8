//! `MockConfigFile.json`: test cases of state machines, and the responses that their states give in them.
//!
//! Source: Step Functions developer guide, "Using mocked service integrations for testing in Step Functions Local".
//! `read` reads a file; everything that is wrong with it is reported at once, at its place.

mod read;

use std::collections::BTreeMap;

use tidegate_json::Value;

use crate::diagnostic::{Diagnostic, Reports, Severity, quoted};
use crate::nearest::nearest;
use crate::source::{Document, Place, Source};
use read::Reading;

/// A mock configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    file: String,
    machines: BTreeMap<String, BTreeMap<String, TestCase>>,
}

/// One test case of a state machine: which of its states are mocked, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestCase {
    file: String,
    states: BTreeMap<String, Mocked>,
}

/// A state of a test case.
#[derive(Clone, Debug, PartialEq)]
struct Mocked {
    responses: Value,
    /// Where the file names the state.
    place: Place,
}

/// A test case that a configuration does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// It says nothing of the state machine.
    #[error("the mock configuration `{file}` has no state machine `{machine}`; it has {known}")]
    Machine {
        /// The file.
        file: String,
        /// The state machine.
        machine: String,
        /// Those that it has.
        known: String,
    },
    /// It has no such test case of the state machine.
    #[error(
        "the mock configuration `{file}` has no test case `{case}` of the state machine `{machine}`; it has {known}"
    )]
    TestCase {
        /// The file.
        file: String,
        /// The state machine.
        machine: String,
        /// The test case.
        case: String,
        /// Those that it has.
        known: String,
    },
}

impl Config {
    /// Reads `text`, which people call `name`. Without a configuration there is at least one error.
    #[must_use]
    pub fn read(text: &str, name: &str) -> (Option<Self>, Vec<Diagnostic>) {
        let source = Source::new(name, text);
        let (document, mut diagnostics) = Document::read(&source);
        let Some(document) = document else { return (None, diagnostics) };
        let mut reports = Reports::new(&source);
        let config = Reading { reports: &mut reports, source: &source }.config(&document.root);
        diagnostics.extend(reports.finish(Some(&document.root)));
        let is_sound = diagnostics.iter().all(|found| found.severity != Severity::Error);
        (Some(config).filter(|_| is_sound), diagnostics)
    }

    /// The test case `case` of the state machine `machine`.
    ///
    /// # Errors
    /// Where it has none.
    pub fn test_case(&self, machine: &str, case: &str) -> Result<&TestCase, Unknown> {
        let cases = self.machine(machine)?;
        cases.get(case).ok_or_else(|| Unknown::TestCase {
            file: self.file.clone(),
            machine: machine.to_owned(),
            case: case.to_owned(),
            known: listed(cases.keys()),
        })
    }

    fn machine(&self, name: &str) -> Result<&BTreeMap<String, TestCase>, Unknown> {
        self.machines.get(name).ok_or_else(|| Unknown::Machine {
            file: self.file.clone(),
            machine: name.to_owned(),
            known: listed(self.machines.keys()),
        })
    }

    /// The test cases of the state machine `machine`.
    ///
    /// # Errors
    /// Where it says nothing of that.
    pub fn test_cases(&self, machine: &str) -> Result<Vec<&str>, Unknown> {
        Ok(self.machine(machine)?.keys().map(String::as_str).collect())
    }

    /// The state machines that it has test cases of.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        self.machines.keys().map(String::as_str)
    }
}

impl TestCase {
    /// The responses of its states, by the name of the state.
    #[must_use]
    pub fn responses(&self) -> BTreeMap<String, Value> {
        self.states.iter().map(|(name, mocked)| (name.clone(), mocked.responses.clone())).collect()
    }

    /// States of the test case that `definition` has not, or that call nothing, as errors of the file.
    #[must_use]
    pub fn misfits(&self, definition: &Value) -> Vec<Diagnostic> {
        let mut known = Vec::new();
        super::calls::mockable(definition, &mut known);
        let strange = self.states.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let misfit = |(name, mocked): (&String, &Mocked)| {
            let help = match nearest(name, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("its states that call something are {}", listed(known.iter())),
            };
            Diagnostic {
                severity: Severity::Error,
                code: "mocks::unknown_state",
                message: format!("the state machine has no state {} that calls something", quoted(name)),
                help: Some(help),
                file: self.file.as_str().into(),
                place: Some(mocked.place),
                pointer: None,
                related: Vec::new(),
            }
        };
        strange.map(misfit).collect()
    }
}

/// `names` for a message.
fn listed<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    const SHOWN_MAX: usize = 10;
    let mut names: Vec<String> = names.map(|name| quoted(name.as_ref())).collect();
    let more = names.len().saturating_sub(SHOWN_MAX);
    names.truncate(SHOWN_MAX);
    match (names.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}
