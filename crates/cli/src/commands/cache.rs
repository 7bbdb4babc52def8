//! `tidegate cache`: results of tasks that the server keeps for when they are asked for again.

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, items, query};
use crate::output::{Format, Listing};
use crate::problem::{Exit, Result};
use crate::table::{self, Column};

/// Look at results of tasks that are kept, or let them go
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List results that are kept, newest first
    Ls(ListArguments),
    /// Let go of results: of all, of a workflow, or of one task of it
    Clear(Which),
}

#[derive(Debug, clap::Args)]
struct ListArguments {
    #[command(flatten)]
    which: Which,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Form of the list
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORM")]
    output: Format,
}

/// Which results.
#[derive(Debug, clap::Args)]
struct Which {
    /// Only those of this workflow
    #[arg(value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Only those of this task of it
    #[arg(value_name = "TASK")]
    task: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "WORKFLOW", cell: |entry, _| table::text(entry, "workflow") },
    Column { title: "TASK", cell: |entry, _| table::text(entry, "task") },
    Column { title: "RUN", cell: |entry, _| table::text(entry, "run") },
    Column { title: "SINCE", cell: |entry, terminal| table::time(entry, "at", terminal) },
    Column { title: "BYTES", cell: |entry, _| table::text(entry, "size_bytes") },
    Column { title: "KEY", cell: |entry, _| table::text(entry, "key") },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        Command::Ls(arguments) => list(arguments)?,
        Command::Clear(which) => clear(which)?,
    }
    Ok(Exit::Done)
}

fn list(arguments: &ListArguments) -> Result<()> {
    let which = &arguments.which;
    let client = Client::new(&which.server)?;
    let parameters = [
        ("workflow", which.workflow.clone()),
        ("task", which.task.clone()),
        ("limit", Some(arguments.limit.to_string())),
    ];
    let page = block_on(client.get(format!("/v1/cache{}", query(&parameters))))?;
    let when_empty = "no result is kept; those of tasks that say `cache` are";
    let found: Vec<Value> = items(&page);
    Listing { items: &found, columns: COLUMNS, name: "key", when_empty }.print(arguments.output)
}

fn clear(which: &Which) -> Result<()> {
    let client = Client::new(&which.server)?;
    let parameters = [("workflow", which.workflow.clone()), ("task", which.task.clone())];
    let request = Request::new(Method::DELETE, format!("/v1/cache{}", query(&parameters)));
    let answer = block_on(client.send(request))?;
    let cleared = answer.get("cleared").map(Value::to_text).unwrap_or_default();
    eprintln!("{cleared} results are no longer kept");
    Ok(())
}
