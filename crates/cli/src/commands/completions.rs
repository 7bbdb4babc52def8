//! `tidegate completions`: scripts that complete commands and options in a shell.

use clap::CommandFactory;

use crate::output;
use crate::problem::{Exit, Result};

/// Print a completion script for a shell
///
/// Have your shell read it, for example:
///   bash   tidegate completions bash > ~/.local/share/bash-completion/completions/tidegate
///   zsh    tidegate completions zsh > "${fpath[1]}/_tidegate"
///   fish   tidegate completions fish > ~/.config/fish/completions/tidegate.fish
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut command = crate::arguments::Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "tidegate", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
