//! `tidegate triggers`: the triggers of a run, and changes to them.

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, items};
use crate::output::{Format, Listing, print_record};
use crate::problem::{Exit, Problem, Result};
use crate::table::{self, Column};

/// Look at the triggers of a run
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List them: whether they listen, how often they met an event and fired, and what they wait for
    Ls(ListArguments),
    /// One trigger in full: patterns, condition, actions and context
    Get(OneArguments),
    /// Let it listen again, beginning with the events that waited for it
    Enable(OneArguments),
    /// Let it not listen; events for it wait
    Disable(OneArguments),
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
    /// The trigger, as r12/NAME
    #[arg(value_name = "RUN/NAME")]
    trigger: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

const COLUMNS: &[Column] = &[
    Column { title: "TRIGGER", cell: |trigger, _| table::text(trigger, "name") },
    Column { title: "SCOPE", cell: |trigger, _| table::text(trigger, "scope_name") },
    Column { title: "PHASE", cell: |trigger, _| table::state(trigger, "phase") },
    Column { title: "SEEN", cell: |trigger, _| table::text(trigger, "seen") },
    Column { title: "FIRED", cell: |trigger, _| table::text(trigger, "fired") },
    Column { title: "LAST", cell: |trigger, terminal| table::time(trigger, "last_at", terminal) },
    Column { title: "WAITS FOR", cell: |trigger, _| table::text(trigger, "waits_for") },
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        Command::Ls(arguments) => {
            let client = Client::new(&arguments.server)?;
            let triggers = block_on(of_run(&client, &arguments.run))?;
            let when_empty = "the run has no trigger";
            Listing { items: &triggers, columns: COLUMNS, name: "name", when_empty }
                .print(arguments.output)?;
        }
        Command::Get(arguments) => {
            let client = Client::new(&arguments.server)?;
            let (run, name) = parts(&arguments.trigger)?;
            let triggers = block_on(of_run(&client, run))?;
            let is_it = |trigger: &&Value| trigger.get("name").and_then(Value::as_str) == Some(name);
            let trigger = triggers.iter().find(is_it).ok_or_else(|| {
                Problem::not_found(format!("run {run} has no trigger `{name}`"))
                    .help(format!("`tidegate triggers ls {run}` lists those it has"))
            })?;
            print_record(trigger, "name", arguments.output)?;
        }
        Command::Enable(arguments) => change(arguments, "enable", "listens")?,
        Command::Disable(arguments) => change(arguments, "disable", "does not listen; events for it wait")?,
    }
    Ok(Exit::Done)
}

async fn of_run(client: &Client, run: &str) -> Result<Vec<Value>> {
    let answer = client.get(format!("/v1/runs/{}/triggers", encoded(run))).await?;
    Ok(items(&answer))
}

fn change(arguments: &OneArguments, verb: &str, done: &str) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let (run, name) = parts(&arguments.trigger)?;
    let path = format!("/v1/runs/{}/triggers/{}/{verb}", encoded(run), encoded(name));
    block_on(client.send(Request::new(Method::POST, path)))?;
    eprintln!("trigger `{name}` of run {run} {done}");
    Ok(())
}

fn parts(trigger: &str) -> Result<(&str, &str)> {
    trigger.split_once('/').ok_or_else(|| {
        Problem::invalid(format!("`{trigger}` names no trigger")).help("write RUN/NAME, as in r12/fan-out")
    })
}
