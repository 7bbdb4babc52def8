//! JSON that a person hands to a command: written out, in a file (`@FILE`), or on stdin (`-`).

use std::io::Read;

use tidegate_json::Value;

use crate::problem::{Problem, Result};

/// The document that `argument`, the value of `option`, stands for.
pub(crate) fn read(option: &str, argument: &str) -> Result<Value> {
    let (text, origin) = match argument.strip_prefix('@') {
        _ if argument == "-" => (stdin()?, "stdin".to_owned()),
        Some(path) => (file(option, path)?, format!("`{path}`")),
        None => (argument.to_owned(), format!("the value of {option}")),
    };
    Value::parse(&text).map_err(|error| {
        let problem = Problem::invalid(format!("{origin} is not JSON")).note(error.to_string());
        let is_bare_word = argument != "-" && !argument.starts_with(['@', '{', '[', '"']);
        if !is_bare_word {
            return problem;
        }
        problem.help(format!(
            "text is quoted twice, for the shell and for JSON: {option} '\"{argument}\"'; a file is named by {option} @FILE, and `-` is stdin"
        ))
    })
}

fn stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| Problem::io("cannot read stdin", &error))?;
    Ok(text)
}

fn file(option: &str, path: &str) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Problem::io(format!("cannot read `{path}`, given as {option} @{path}"), &error))
}
