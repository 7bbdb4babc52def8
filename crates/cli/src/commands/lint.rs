//! `tidegate lint`: what is wrong with workflow files, without running anything.

use std::path::PathBuf;

use tidegate_json::Value;

use crate::output;
use crate::problem::{Exit, Result};
use crate::terminal::{Style, Terminal};
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate lint workflow.yaml
  tidegate lint -o json examples/*/workflow.yaml      for editors and other tools

Exit codes: 0 no errors, 2 errors. Warnings do not count.";

/// Check workflow files and show what is wrong where
///
/// All mistakes are shown at once, each with its line, and the way out where there is one to name.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Workflow files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Form of the diagnostics
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORM")]
    output: Form,
}

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// With excerpts of the file, for people
    Text,
    /// A list of JSON objects with file, line, column, message, code and help
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut found: Vec<Value> = Vec::new();
    let mut exit = Exit::Done;
    for path in &arguments.files {
        let (mut errors, mut warnings) = (0, 0);
        let terminal = Terminal::stdout();
        for file in WorkflowFile::read_all(path, None)? {
            let checked = file.check()?;
            let (more_errors, more_warnings) = checked.counts();
            (errors, warnings) = (errors + more_errors, warnings + more_warnings);
            match arguments.output {
                Form::Json => found.extend(checked.to_json()),
                Form::Text => output::print(&checked.render(&file, terminal))?,
            }
        }
        if errors > 0 {
            exit = Exit::Invalid;
        }
        if arguments.output == Form::Text {
            output::print(&format!("{}: {}\n", path.display(), verdict(errors, warnings, terminal)))?;
        }
    }
    if arguments.output == Form::Json {
        output::print(&(Value::array(found).to_text() + "\n"))?;
    }
    Ok(exit)
}

fn verdict(errors: usize, warnings: usize, terminal: Terminal) -> String {
    let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => terminal.paint(Style::Good, "ok"),
        (0, _) => format!("{}, {}", terminal.paint(Style::Good, "ok"), count(warnings, "warning")),
        (_, 0) => terminal.paint(Style::Error, &count(errors, "error")),
        (_, _) => format!(
            "{}, {}",
            terminal.paint(Style::Error, &count(errors, "error")),
            count(warnings, "warning")
        ),
    }
}
