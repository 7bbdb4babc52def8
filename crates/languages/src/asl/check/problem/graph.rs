//! Transitions that lead nowhere, and states that none leads to.

use super::{Code, Telling, did_you_mean};
use crate::diagnostic::quoted;

/// The states do not hang together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadGraph {
    /// No state of this machine has the name.
    MissingTarget { target: String, near: Option<String> },
    /// Nothing leads to the state.
    Unreachable { name: String },
    /// No state ends the workflow.
    NoEnd,
}

impl Telling for BadGraph {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingTarget { .. } => "asl::unknown_state",
            Self::Unreachable { .. } => "asl::unreachable",
            Self::NoEnd => "asl::no_end",
        }
    }

    fn message(&self, _: &str) -> String {
        match self {
            Self::MissingTarget { target, .. } => format!("no state here is called {}", quoted(target)),
            Self::Unreachable { name } => format!("nothing leads to the state {}", quoted(name)),
            Self::NoEnd => "no state ends the workflow".to_owned(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::MissingTarget { near, .. } => did_you_mean(near.as_ref()),
            Self::Unreachable { .. } => Some("name it in a `Next`, or remove it".to_owned()),
            Self::NoEnd => Some("add `\"End\": true` to the last one, or a Succeed state".to_owned()),
        }
    }

    fn aws(&self) -> Option<(Code, String)> {
        Some(match self {
            Self::MissingTarget { target, .. } => {
                (Code::MissingTransitionTarget, format!("Missing 'Next' target: {target}"))
            }
            Self::Unreachable { name } => {
                (Code::MissingTransitionTarget, format!("State \"{name}\" is not reachable."))
            }
            Self::NoEnd => (Code::MissingEndState, "Workflow has no terminal state".to_owned()),
        })
    }
}
