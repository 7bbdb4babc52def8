//! What a function's process finds in its environment: little, and always the same.
//!
//! Only the variables that the settings name are inherited, so that a function neither depends by accident on
//! how this program was started nor sees its secrets.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use tidegate_json::Value;
use tidegate_model::Invocation;

use crate::Settings;

/// Longest JSON text of an input that is also put in the environment, in bytes. Linux takes at most 128 KiB
/// in one variable.
const INPUT_MAX_BYTES: usize = 64 << 10;

/// Variables of a process, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// What `settings` let through of this program's own environment.
    pub(crate) fn inherited(settings: &Settings) -> Self {
        let is_inherited = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            settings.inherited_environment.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start.as_bytes()),
                None => name == pattern.as_bytes(),
            })
        };
        Self(std::env::vars_os().filter(|(name, _)| is_inherited(name)).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Sets a variable, unless the system could not take it: a name with `=`, a NUL anywhere.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        let value = value.as_ref();
        let is_possible =
            !name.is_empty() && !name.contains(['=', '\0']) && !value.as_encoded_bytes().contains(&0);
        if is_possible {
            self.0.insert(name.into(), value.to_owned());
        }
    }

    pub(crate) fn set_all(&mut self, variables: &BTreeMap<String, String>) {
        for (name, value) in variables {
            self.set(name, value);
        }
    }

    /// Adds what a command is told of its invocation: `TIDEGATE_RUN`, `TIDEGATE_TASK`, `TIDEGATE_ATTEMPT`,
    /// `TIDEGATE_IDEMPOTENCY_KEY`, `TIDEGATE_WORKFLOW`; and, where the input is no longer than 64 KiB of
    /// JSON, `TIDEGATE_INPUT` and a `TIDEGATE_INPUT_<NAME>` for each text, number or truth value among its
    /// members.
    pub(crate) fn describe(&mut self, invocation: &Invocation, input: &str) {
        self.set("TIDEGATE_RUN", invocation.task.run.to_string());
        self.set("TIDEGATE_TASK", invocation.task.to_string());
        self.set("TIDEGATE_ATTEMPT", invocation.attempt.to_string());
        self.set("TIDEGATE_IDEMPOTENCY_KEY", &*invocation.idempotency_key);
        self.set("TIDEGATE_WORKFLOW", invocation.workflow.as_str());
        if input.len() > INPUT_MAX_BYTES {
            return;
        }
        self.set("TIDEGATE_INPUT", input);
        for (name, value) in invocation.input.as_object().into_iter().flat_map(|members| members.iter()) {
            let name = format!("TIDEGATE_INPUT_{}", variable_name(name));
            match value {
                Value::String(text) => self.set(&name, text.as_str()),
                Value::Number(_) | Value::Bool(_) => self.set(&name, value.to_text()),
                Value::Null | Value::Array(_) | Value::Object(_) => {}
            }
        }
    }

    pub(crate) fn into_variables(self) -> BTreeMap<OsString, OsString> {
        self.0
    }
}

/// In capitals, with `_` for whatever a shell could not read in a name.
fn variable_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_that_a_shell_can_read() {
        assert_eq!(variable_name("orderId"), "ORDERID");
        assert_eq!(variable_name("customer-name.2"), "CUSTOMER_NAME_2");
        assert_eq!(variable_name("größe"), "GR__E");
    }

    #[test]
    fn a_variable_that_the_system_cannot_take_is_left_out() {
        let mut environment = Environment::default();
        environment.set("A=B", "x");
        environment.set("NUL", "a\0b");
        environment.set("GOOD", "x");
        assert_eq!(environment.into_variables().len(), 1);
    }
}
