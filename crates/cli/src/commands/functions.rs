//! `tidegate functions`: functions that a server has for all workflows.

use http::Method;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, items};
use crate::input;
use crate::output::{Format, ListArguments, Listing, print_record};
use crate::problem::{Exit, Result};
use crate::table::{self, Column};

const EXAMPLES: &str = "\
Examples:
  tidegate functions put thumbnail '{\"runtime\": \"http\", \"url\": \"http://127.0.0.1:9001/\"}'
  tidegate functions put resize @resize.json";

/// Look at the functions that the server has for all workflows
///
/// A function that a workflow file states is its own, and is not listed here.
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
    /// List functions (what `tidegate functions` alone does)
    Ls(ListArguments),
    /// One function
    Get(OneArguments),
    /// Register a function, or replace one
    Put(PutArguments),
    /// Take a function away
    Rm(RemoveArguments),
}

#[derive(Debug, clap::Args)]
struct OneArguments {
    /// The function
    name: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct PutArguments {
    /// The function
    name: String,
    /// What it is: JSON, @FILE, or - for stdin
    #[arg(value_name = "JSON")]
    spec: String,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct RemoveArguments {
    /// The function
    name: String,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "FUNCTION", cell: |function, _| table::text(function, "function") },
    Column {
        title: "RUNTIME",
        cell: |function, _| table::text(function.get("spec").unwrap_or(function), "runtime"),
    },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        None => list(&arguments.list)?,
        Some(Command::Ls(arguments)) => list(arguments)?,
        Some(Command::Get(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let function = block_on(client.get(path(&arguments.name)))?;
            print_record(&function, "function", arguments.output)?;
        }
        Some(Command::Put(arguments)) => {
            let client = Client::new(&arguments.server)?;
            let spec = input::read("the function", &arguments.spec)?;
            block_on(client.send(Request::new(Method::PUT, path(&arguments.name)).json(&spec)))?;
            eprintln!("function `{}` is registered", arguments.name);
        }
        Some(Command::Rm(arguments)) => {
            let client = Client::new(&arguments.server)?;
            block_on(client.send(Request::new(Method::DELETE, path(&arguments.name))))?;
            eprintln!("function `{}` is gone", arguments.name);
        }
    }
    Ok(Exit::Done)
}

fn path(name: &str) -> String {
    format!("/v1/functions/{}", encoded(name))
}

fn list(arguments: &ListArguments) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let answer = block_on(client.get("/v1/functions"))?;
    let functions = items(&answer);
    let when_empty = "no function is registered for all; workflow files bring their own";
    Listing { items: &functions, columns: COLUMNS, name: "function", when_empty }.print(arguments.output)
}
