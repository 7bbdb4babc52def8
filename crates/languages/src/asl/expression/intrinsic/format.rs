//! `States.Format`.

use tidegate_json::Value;

use super::Function;
use super::call::{Failure, Result};
use super::java;

/// The first argument with each `{}` replaced by the next of the others, as Java shows it.
pub(super) fn format(arguments: &[Value]) -> Result<Value> {
    let (template, mut values) = match arguments {
        [template, values @ ..] => (java::text_of(template), values.iter()),
        [] => return Err(miscounted()),
    };
    let mut out = String::with_capacity(template.len());
    let mut characters = template.chars();
    while let Some(character) = characters.next() {
        match character {
            // Backslashes are checked in a definition; in data one may stand at the end.
            '\\' => out.push(characters.next().unwrap_or('\\')),
            '{' if characters.next() == Some('}') => {
                out.push_str(&java::text_of(values.next().ok_or_else(miscounted)?));
            }
            '{' => return Err(unmatched('}', '{')),
            '}' => return Err(unmatched('{', '}')),
            _ => out.push(character),
        }
    }
    if values.next().is_some() { Err(miscounted()) } else { Ok(out.into()) }
}

fn miscounted() -> Failure {
    let function = Function::Format;
    Failure(format!(
        "Invalid arguments in {function}: number of arguments do not match the occurrences of {{}}."
    ))
}

fn unmatched(missing: char, found: char) -> Failure {
    let function = Function::Format;
    Failure(format!("Invalid template in {function}: matching '{missing}' not found for '{found}'."))
}
