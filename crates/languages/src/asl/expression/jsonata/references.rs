//! What expressions read: variables of the machine, and parts of `$states`.

use std::collections::BTreeSet;

use tidegate_json::Str;

use super::{ExpressionError, STATES, functions};

/// What expressions read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Variables, without `$`; neither `$states` nor functions are among them.
    pub variables: BTreeSet<Str>,
    /// Members of `$states`: `input`, `result`, `errorOutput`, `context`, or something that is not there.
    pub states: BTreeSet<Str>,
    /// `$states` is read, whether a member of it or all.
    pub reads_states: bool,
}

impl References {
    pub(super) fn of(read: &tidegate_jsonata::References) -> Self {
        let is_variable = |name: &&Str| name.as_str() != STATES && !functions::aws().contains(name);
        Self {
            variables: read.variables.iter().filter(is_variable).cloned().collect(),
            states: read.members.get(STATES).cloned().unwrap_or_default(),
            reads_states: read.variables.contains(STATES),
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.variables.extend(other.variables);
        self.states.extend(other.states);
        self.reads_states |= other.reads_states;
    }
}

/// One refusal for each name that starts a path outside of `$states` and the variables.
pub(super) fn unsupported(read: &tidegate_jsonata::References) -> Vec<ExpressionError> {
    let refusal = |root: &Str| ExpressionError {
        pointer: String::new(),
        code: "UNSUPPORTED_JSONATA_EXPRESSION",
        message: format!("Reference to '{root}' at the top level is not supported."),
    };
    read.roots.iter().map(refusal).collect()
}
