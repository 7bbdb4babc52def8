//! `tidegate why`: the reason for what is, or is not.

use std::fmt::Write as _;

use tidegate_json::Value;

use crate::client::{Client, ServerArguments, block_on, encoded};
use crate::output::{self, Format};
use crate::problem::{Exit, Result};

const EXAMPLES: &str = "\
Examples:
  tidegate why r12              a run: how it ended, or what it waits for and since when
  tidegate why r12.t3           a task
  tidegate why r12/fan-out      a trigger: whether it fired, and which part of it does not hold
  tidegate why 4711             an event, by the id that `tidegate emit` printed: what became of it";

/// Say why a run, task, trigger or event did, did not, or has not yet
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A run (r12), a task (r12.t3), a trigger (r12/NAME) or an event (4711)
    id: String,
    /// Form of the answer; as a table it is a tree in words
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let reason = block_on(client.get(format!("/v1/why/{}", encoded(&arguments.id)))).map_err(|problem| {
        problem
            .help_if_not_found("`tidegate runs` lists runs, `tidegate triggers ls RUN` the triggers of one")
    })?;
    match arguments.output {
        Format::Table => output::print(&tree(&reason))?,
        other => output::print_record(&reason, "text", other)?,
    }
    Ok(Exit::Done)
}

/// A statement, and below it what explains it.
fn tree(reason: &Value) -> String {
    let mut out = String::new();
    write(&mut out, reason, 0);
    out
}

fn write(out: &mut String, reason: &Value, depth: usize) {
    let text = reason.get("text").and_then(Value::as_str).unwrap_or_default();
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
    let because = reason.get("because").and_then(Value::as_array);
    because.into_iter().flat_map(|reasons| reasons.iter()).for_each(|reason| write(out, reason, depth + 1));
}
