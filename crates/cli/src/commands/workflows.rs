//! `tidegate workflows`: what a server can run.

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, items};
use crate::output::{Format, ListArguments, Listing, print_record};
use crate::problem::{Exit, Result};
use crate::table::{self, Cell, Column};

/// Look at the workflows that the server has
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
    /// List workflows (what `tidegate workflows` alone does)
    Ls(ListArguments),
    /// One workflow: its versions, and its program with the text it came from
    Get(OneArguments),
    /// Take a workflow away: no run of it starts any more; those that have started go on
    Rm(RemoveArguments),
}

#[derive(Debug, clap::Args)]
struct OneArguments {
    /// The workflow
    name: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct RemoveArguments {
    /// The workflow
    name: String,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "WORKFLOW", cell: |workflow, _| table::text(workflow, "workflow") },
    Column { title: "VERSION", cell: |workflow, _| short_version(workflow) },
    Column { title: "VERSIONS", cell: |workflow, _| table::text(workflow, "versions") },
    Column { title: "APPLIED", cell: |workflow, terminal| table::time(workflow, "applied_at", terminal) },
    Column { title: "STANDING RUN", cell: |workflow, _| table::text(workflow, "standing_run") },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        None => list(&arguments.list)?,
        Some(Command::Ls(arguments)) => list(arguments)?,
        Some(Command::Get(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let workflow = block_on(client.get(format!("/v1/workflows/{}", encoded(&arguments.name))))
                .map_err(|problem| {
                    problem.help_if_not_found("`tidegate workflows` lists those that are there")
                })?;
            print_record(&workflow, "workflow", arguments.output)?;
        }
        Some(Command::Rm(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let path = format!("/v1/workflows/{}", encoded(&arguments.name));
            block_on(client.send(Request::new(Method::DELETE, path)))?;
            eprintln!("workflow `{}` is gone; runs that have started go on", arguments.name);
        }
    }
    Ok(Exit::Done)
}

fn list(arguments: &ListArguments) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let answer = block_on(client.get("/v1/workflows"))?;
    let workflows = items(&answer);
    let when_empty = "there is no workflow; `tidegate apply FILE` gives the server one";
    Listing { items: &workflows, columns: COLUMNS, name: "workflow", when_empty }.print(arguments.output)
}

fn short_version(workflow: &Value) -> Cell {
    let version = table::text(workflow, "version").text;
    version.trim_start_matches("sha256:").chars().take(8).collect::<String>().into()
}
