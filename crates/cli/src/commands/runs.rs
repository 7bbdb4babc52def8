//! `tidegate runs`: runs of all workflows.

use tidegate_json::Value;

use crate::client::{Client, ServerArguments, block_on, encoded, items, query};
use crate::history;
use crate::output::{Format, Listing, print_record};
use crate::problem::{Exit, Result};
use crate::table::{self, Column};

/// Look at runs
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArguments,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List runs, newest first (what `tidegate runs` alone does)
    Ls(ListArguments),
    /// One run in full: input, variables, result, and what it waits for
    Get(GetArguments),
    /// Everything that happened to a run, oldest first
    History(HistoryArguments),
    /// Runs as they start and end, until you stop it
    Tail(TailArguments),
}

/// Which runs.
#[derive(Debug, clap::Args)]
struct ListArguments {
    /// Only those of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only those that are running, standing, paused, succeeded, failed or cancelled
    #[arg(long)]
    status: Option<String>,
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
    /// The run, as r12
    run: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct HistoryArguments {
    /// The run, as r12
    run: String,
    #[command(flatten)]
    form: history::Arguments,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct TailArguments {
    /// Only those of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    #[command(flatten)]
    form: history::Arguments,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "RUN", cell: |run, _| table::text(run, "id") },
    Column { title: "WORKFLOW", cell: |run, _| table::text(run, "workflow") },
    Column { title: "STATUS", cell: |run, _| table::state(run, "status") },
    Column { title: "STARTED", cell: |run, terminal| table::time(run, "started_at", terminal) },
    Column { title: "ENDED", cell: |run, terminal| table::time(run, "ended_at", terminal) },
    Column { title: "ERROR", cell: |run, _| table::text(run, "error") },
];

/// Runs asked for in one request.
const PAGE_RUNS: usize = 200;

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        None => list(&arguments.list)?,
        Some(Command::Ls(arguments)) => list(arguments)?,
        Some(Command::Get(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let run = block_on(client.get(format!("/v1/runs/{}", encoded(&arguments.run))))
                .map_err(|problem| problem.help_if_not_found("`tidegate runs` lists those that are there"))?;
            print_record(&run, "id", arguments.output)?;
        }
        Some(Command::History(arguments)) => {
            let client = Client::new(&arguments.server)?;
            block_on(history::print(&client, &arguments.run, &arguments.form))?;
        }
        Some(Command::Tail(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let path = format!("/v1/stream{}", query(&[("workflow", arguments.workflow.clone())]));
            block_on(history::tail(&client, path, &arguments.form, history::is_of_a_run))?;
        }
    }
    Ok(Exit::Done)
}

fn list(arguments: &ListArguments) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let runs = block_on(all(&client, arguments))?;
    let when_empty = match (&arguments.workflow, &arguments.status) {
        (None, None) => "there is no run yet; `tidegate start WORKFLOW` starts one",
        _ => "there is no such run",
    };
    Listing { items: &runs, columns: COLUMNS, name: "id", when_empty }.print(arguments.output)
}

/// Pages of runs until there are enough.
async fn all(client: &Client, arguments: &ListArguments) -> Result<Vec<Value>> {
    let mut runs = Vec::new();
    let mut cursor = None;
    while runs.len() < arguments.limit {
        let limit = (arguments.limit - runs.len()).min(PAGE_RUNS);
        let parameters = [
            ("limit", Some(limit.to_string())),
            ("cursor", cursor),
            ("workflow", arguments.workflow.clone()),
            ("status", arguments.status.clone()),
        ];
        let page = client.get(format!("/v1/runs{}", query(&parameters))).await?;
        runs.extend(items(&page));
        cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    Ok(runs)
}
