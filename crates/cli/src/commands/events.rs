//! `tidegate events`: events that nobody took, one event, or everything as it happens.

use tidegate_json::Value;

use crate::client::{Client, ServerArguments, block_on, encoded, items, query};
use crate::history;
use crate::output::{Format, Listing, print_record};
use crate::problem::{Exit, Result};
use crate::table::{self, Column};

/// Look at events: those that nobody took, one of them, or all as they come
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the events that no trigger has taken yet, newest first; they are delivered once one listens to them
    Ls(ListArguments),
    /// One event, and what became of it at every trigger
    Get(GetArguments),
    /// Everything that happens, as it happens, until you stop it
    Tail(TailArguments),
}

#[derive(Debug, clap::Args)]
struct ListArguments {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Form of the list
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct GetArguments {
    /// The ledger id that `tidegate emit` printed
    id: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct TailArguments {
    /// Only what is about this run, as r12
    #[arg(long)]
    run: Option<String>,
    /// Only what is about runs of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    #[command(flatten)]
    form: history::Arguments,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "EVENT", cell: |event, _| table::text(event, "offset") },
    Column { title: "TYPE", cell: |event, _| table::text(event, "type") },
    Column { title: "SUBJECT", cell: |event, _| table::text(event, "subject") },
    Column { title: "SOURCE", cell: |event, _| table::text(event, "source") },
    Column { title: "ID", cell: |event, _| table::text(event, "id") },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        Command::Ls(arguments) => {
            let client = Client::new(&arguments.server)?;
            let path = format!("/v1/dead-letters{}", query(&[("limit", Some(arguments.limit.to_string()))]));
            let answer = block_on(client.get(path))?;
            let items = items(&answer);
            let when_empty = "every event was taken by a trigger";
            Listing { items: &items, columns: COLUMNS, name: "offset", when_empty }
                .print(arguments.output)?;
        }
        Command::Get(arguments) => {
            let client = Client::new(&arguments.server)?;
            let event = block_on(client.get(format!("/v1/events/{}", encoded(&arguments.id))))?;
            print_record(&event, "offset", arguments.output)?;
        }
        Command::Tail(arguments) => {
            let client = Client::new(&arguments.server)?;
            let parameters = [("run", arguments.run.clone()), ("workflow", arguments.workflow.clone())];
            let path = format!("/v1/stream{}", query(&parameters));
            block_on(history::tail(&client, path, &arguments.form, |_: &Value| true))?;
        }
    }
    Ok(Exit::Done)
}
