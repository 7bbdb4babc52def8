//! `tidegate pools`: how many slots tasks of all runs share.

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, items};
use crate::output::{ListArguments, Listing};
use crate::problem::{Exit, Result};
use crate::table::{self, Column};

const EXAMPLES: &str = "\
Examples:
  tidegate pools                                 all pools, what is taken and how many tasks wait
  tidegate pools set db 4                        make `db`, or give it 4 slots; this takes effect at once
  tidegate pools set db 0                        close it for a while: tasks that claim of it wait";

/// Look at the pools that tasks of all runs share, and change them
///
/// A pool that a workflow file states is each run's own, and is not listed here.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArguments,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List pools (what `tidegate pools` alone does)
    Ls(ListArguments),
    /// Make a pool, or give it another number of slots
    Set(SetArguments),
    /// Take a pool away
    Rm(RemoveArguments),
}

#[derive(Debug, clap::Args)]
struct SetArguments {
    /// The pool
    name: String,
    /// How many slots it has
    slots: u32,
    /// What it is for; without it, that stays what it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct RemoveArguments {
    /// The pool
    name: String,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "POOL", cell: |pool, _| table::text(pool, "name") },
    Column { title: "SLOTS", cell: |pool, _| table::text(pool, "slots") },
    Column { title: "USED", cell: |pool, _| table::text(pool, "used") },
    Column { title: "QUEUED", cell: |pool, _| table::text(pool, "queued") },
    Column { title: "DESCRIPTION", cell: |pool, _| table::text(pool, "description") },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        None => list(&arguments.list)?,
        Some(Command::Ls(arguments)) => list(arguments)?,
        Some(Command::Set(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let mut pool = Value::object([("slots", Value::from(arguments.slots))]);
            if let Some(description) = &arguments.description {
                pool.set("description", Value::from(description.as_str()));
            }
            block_on(client.send(Request::new(Method::PUT, path(&arguments.name)).json(&pool)))?;
            let slots = if arguments.slots == 1 { "slot" } else { "slots" };
            eprintln!("pool `{}` has {} {slots}", arguments.name, arguments.slots);
        }
        Some(Command::Rm(arguments)) => {
            let client = Client::new(&arguments.server)?;
            block_on(client.send(Request::new(Method::DELETE, path(&arguments.name))))?;
            eprintln!("pool `{}` is gone", arguments.name);
        }
    }
    Ok(Exit::Done)
}

fn path(name: &str) -> String {
    format!("/v1/pools/{}", encoded(name))
}

fn list(arguments: &ListArguments) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let answer = block_on(client.get("/v1/pools"))?;
    let pools = items(&answer);
    let when_empty = "there is no pool; `tidegate pools set NAME SLOTS` makes one";
    Listing { items: &pools, columns: COLUMNS, name: "name", when_empty }.print(arguments.output)
}
