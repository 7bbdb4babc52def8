//! Mocks: what states answer in place of what they would call, so that a machine runs without the services it is made
//! for.
//!
//! - this module: what is mocked of a machine, as the compiler takes it
//! - [`config`]: Step Functions Local's `MockConfigFile.json`
//! - `response`: the answers of one state, as its actions have them
//! - [`calls`]: what a machine calls; `answers`: what services answer where there is nothing to call
//!
//! A machine with mocks is a program of its own: the answers are parameters of its actions.

pub(crate) mod answers;
pub mod calls;
pub mod config;
pub(crate) mod response;

use std::collections::BTreeMap;

use tidegate_json::Value;

/// The parameter of a state's actions that has its mocked responses.
pub(crate) const RESPONSES: &str = "mock";

/// The parameter of a state's actions that says what becomes of a call that nothing is there for.
pub(crate) const ABSENT: &str = "absent";

/// What is mocked of a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mocks {
    /// Responses by the name of the state, in the form of the file: `{"0": {"Return": …}, "1-2": {"Throw": …}}`.
    pub responses: BTreeMap<String, Value>,
    /// What becomes of calls that nothing is there for.
    pub absent: Absent,
}

/// What becomes of the call of a function or a machine that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// It fails.
    #[default]
    Fails,
    /// Something plausible answers; so it does for activities and task tokens, for which nobody is there to ask.
    Answers,
}

impl Mocks {
    /// What is mocked of the state `name`, as parameters of its actions.
    pub(crate) fn params(&self, name: &str) -> Vec<(&'static str, Value)> {
        let responses = self.responses.get(name).map(|responses| (RESPONSES, responses.clone()));
        let absent = match self.absent {
            Absent::Fails => None,
            Absent::Answers => Some((ABSENT, Value::from("answers"))),
        };
        responses.into_iter().chain(absent).collect()
    }
}

impl Absent {
    /// What the parameters of an action say.
    pub(crate) fn of(params: &Value) -> Self {
        match params.get(ABSENT).and_then(Value::as_str) {
            Some("answers") => Self::Answers,
            _ => Self::Fails,
        }
    }
}
