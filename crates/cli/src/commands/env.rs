//! `tidegate env`: what clients read from their environment.

use crate::client::{Client, ServerArguments};
use crate::output;
use crate::problem::{Exit, Result};

const EXAMPLES: &str = "\
Examples:
  eval \"$(tidegate env)\"                                    this shell talks to the default server
  eval \"$(tidegate env --server http://127.0.0.1:9000)\"     and to another one";

/// Print the environment variables that point clients to the server
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    Client::new(&arguments.server)?;
    output::print(&format!("export TIDEGATE_SERVER={}\n", quoted(&arguments.server.server)))?;
    Ok(Exit::Done)
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        assert_eq!(quoted("http://127.0.0.1:8433"), "http://127.0.0.1:8433");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted(""), "''");
    }
}
