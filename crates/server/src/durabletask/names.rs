//! What is called how: names of Durable Task are any text, and names of workflows and functions are not.

use tidegate_model::{FunctionName, Name, WorkflowName};
use tonic::Status;

pub(super) use tidegate_languages::orchestration::program::ORCHESTRATOR;

/// What an activity is called, before its name.
pub(super) const ACTIVITY: &str = "activity:";

/// What the function of entities is called, before their name.
pub(super) const ENTITY: &str = "entity:";

/// The workflow of orchestrations that are called `name`.
pub(super) fn workflow(name: &str) -> Result<WorkflowName, Status> {
    named("", name)
}

/// The function with this `prefix` for what is called `name`.
pub(super) fn function(prefix: &str, name: &str) -> Result<FunctionName, Status> {
    named(prefix, name)
}

fn named(prefix: &str, name: &str) -> Result<Name, Status> {
    Name::new(&format!("{prefix}{}", escaped(name))).map_err(|error| {
        Status::invalid_argument(format!("{name:?} cannot be the name of a workflow: {error}"))
    })
}

/// `name` with each byte that names do not have as a colon and two hexadecimal digits.
pub(super) fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match plain(byte) {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!(":{byte:02x}")),
        }
    }
    text
}

/// The name that [`escaped`] made `text` of.
pub(super) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, coded)) = rest.split_once(':') {
        bytes.extend_from_slice(plain.as_bytes());
        match coded.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &coded[2..];
            }
            None => {
                bytes.push(b':');
                rest = coded;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were() {
        for name in ["plain", "My.Flow", "say hello", "a:b", ":3a", "%20", "größer", "a::b:", ""] {
            assert_eq!(unescaped(&escaped(name)), name);
        }
        assert_eq!(workflow("say hello").map(|name| name.to_string()).ok().as_deref(), Some("say:20hello"));
        assert!(workflow("").is_err() && workflow(&"long".repeat(40)).is_err());
    }
}
