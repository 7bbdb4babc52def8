//! `tidegate tasks`: the tasks of a run, and what their functions wrote.

use crate::client::{Client, ServerArguments, block_on, encoded, items};
use crate::output::{self, Format, Listing, print_record};
use crate::problem::{Exit, Result};
use crate::table::{self, Column};

/// Look at the tasks of a run, and at their logs
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the tasks of a run
    Ls(ListArguments),
    /// One task in full
    Get(OneArguments),
    /// What the function of a task has written to its log
    Logs(LogsArguments),
}

#[derive(Debug, clap::Args)]
struct ListArguments {
    /// The run, as r12
    run: String,
    /// Form of the list
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct OneArguments {
    /// The task, as r12.t3
    task: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct LogsArguments {
    /// The task, as r12.t3
    task: String,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "TASK", cell: |task, _| table::text(task, "id") },
    Column { title: "STEP", cell: |task, _| table::text(task, "subject") },
    Column { title: "ITEM", cell: |task, _| table::text(task, "index") },
    Column { title: "FUNCTION", cell: |task, _| table::text(task, "function") },
    Column { title: "PHASE", cell: |task, _| table::state(task, "phase") },
    Column { title: "ATTEMPT", cell: |task, _| table::text(task, "attempt") },
    Column { title: "STARTED", cell: |task, terminal| table::time(task, "started_at", terminal) },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        Command::Ls(arguments) => {
            let client = Client::new(&arguments.server)?;
            let answer = block_on(client.get(format!("/v1/runs/{}/tasks", encoded(&arguments.run))))?;
            let tasks = items(&answer);
            let when_empty = "the run has no task under way; `tidegate runs history` tells what it had";
            Listing { items: &tasks, columns: COLUMNS, name: "id", when_empty }.print(arguments.output)?;
        }
        Command::Get(arguments) => {
            let client = Client::new(&arguments.server)?;
            let task = block_on(client.get(format!("/v1/tasks/{}", encoded(&arguments.task))))?;
            print_record(&task, "id", arguments.output)?;
        }
        Command::Logs(arguments) => {
            let client = Client::new(&arguments.server)?;
            let path = format!("/v1/tasks/{}/logs", encoded(&arguments.task));
            let request = crate::client::Request::new(http::Method::GET, path).header("accept", "text/plain");
            let log = block_on(client.text(request))?;
            output::print(&String::from_utf8_lossy(&log))?;
        }
    }
    Ok(Exit::Done)
}
