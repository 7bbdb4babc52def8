//! `tidegate schedule`: when workflows start by themselves.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use http::Method;
use tidegate_json::Value;
use tidegate_languages::schedule::{Schedule, Tick};
use tidegate_model::Timestamp;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, items, query};
use crate::output::{Format, ListArguments, Listing};
use crate::problem::{Exit, Problem, Result};
use crate::table::{self, Column};
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate schedule next nightly.yaml --count 10        of a file, without a server
  tidegate schedule next nightly --from 2026-03-28      of a workflow that the server has
  tidegate schedule ls
  tidegate schedule pause nightly";

/// When workflows start by themselves: next times, and pausing them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The next times of a schedule: of a file, or of a workflow that the server has
    Next(NextArguments),
    /// The schedules of the server, and how they are doing
    Ls(ListArguments),
    /// Let no run start by a schedule until it is resumed
    Pause(OneArguments),
    /// Let a paused schedule go on; what becomes of the times meanwhile is what its `catch_up` says
    Resume(OneArguments),
}

#[derive(Debug, clap::Args)]
struct NextArguments {
    /// A workflow file, or the name of a workflow
    #[arg(value_name = "FILE|NAME")]
    of: String,
    /// Of a Python file with several DAGs, the one that is meant
    #[arg(long, value_name = "ID")]
    dag: Option<String>,
    /// How many times
    #[arg(short = 'n', long, default_value_t = 5, value_name = "N")]
    count: usize,
    /// Times after this, not after now: a date or a local time in the schedule's zone, or RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Form of the list
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORM")]
    output: Format,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, clap::Args)]
struct OneArguments {
    /// The workflow
    name: String,
    #[command(flatten)]
    server: ServerArguments,
}

const TICKS: &[Column] = &[
    Column { title: "LOCAL TIME", cell: |tick, _| table::text(tick, "local") },
    Column { title: "OFFSET", cell: |tick, _| table::text(tick, "offset") },
    Column { title: "UTC", cell: |tick, _| table::text(tick, "time") },
    Column { title: "INTERVAL FROM", cell: |tick, _| interval_start(tick) },
    Column { title: "TIME ZONE", cell: |tick, _| table::text(tick, "timezone") },
];

const SCHEDULES: &[Column] = &[
    Column { title: "WORKFLOW", cell: |schedule, _| table::text(schedule, "workflow") },
    Column { title: "STATUS", cell: |schedule, _| table::state(schedule, "status") },
    Column { title: "NEXT", cell: |schedule, terminal| table::time(schedule, "next", terminal) },
    Column { title: "LAST", cell: |schedule, terminal| table::time(schedule, "last", terminal) },
    Column { title: "RUNNING", cell: |schedule, _| count(schedule, "running") },
    Column { title: "STARTED", cell: |schedule, _| table::text(schedule, "started") },
    Column { title: "SKIPPED", cell: |schedule, _| table::text(schedule, "skipped") },
    Column { title: "RUN", cell: |schedule, _| table::text(schedule, "run") },
];

fn interval_start(tick: &Value) -> table::Cell {
    let text = tick.pointer("/interval/start").and_then(Value::as_str).unwrap_or("-");
    text.to_owned().into()
}

fn count(item: &Value, key: &str) -> table::Cell {
    item.get(key).and_then(Value::as_array).map_or(0, |list| list.len()).to_string().into()
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        Command::Next(arguments) => next(arguments)?,
        Command::Ls(arguments) => list(arguments)?,
        Command::Pause(arguments) => {
            told(arguments, "pause", "is paused; `tidegate schedule resume` lets it go on")?;
        }
        Command::Resume(arguments) => told(arguments, "resume", "goes on")?,
    }
    Ok(Exit::Done)
}

fn next(arguments: &NextArguments) -> Result<()> {
    let path = Path::new(&arguments.of);
    let ticks = if path.is_file() { of_file(path, arguments)? } else { of_workflow(arguments)? };
    let when_empty = "there are no further times: it has come to its end, or waits for events";
    Listing { items: &ticks, columns: TICKS, name: "time", when_empty }.print(arguments.output)
}

fn of_file(path: &Path, arguments: &NextArguments) -> Result<Vec<Value>> {
    let program = WorkflowFile::read(path, arguments.dag.as_deref())?.compile()?;
    let schedule = Schedule::of(&program).ok_or_else(|| {
        Problem::not_found(format!("`{}` has no schedule", arguments.of))
            .help("add one to it, as in `schedule: \"@daily\"`: see docs/schedules.md")
    })?;
    let from = match &arguments.from {
        Some(text) => schedule.point(text).ok_or_else(|| {
            let form = "2026-01-31 or 2026-01-31T09:00, or 2026-01-31T09:00:00Z";
            Problem::invalid(format!("--from: `{text}` is no point in time"))
                .help(format!("it is a date or a local time, as in {form}"))
        })?,
        None => now(),
    };
    Ok(schedule.next_ticks(from, arguments.count).iter().map(Tick::to_value).collect())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn of_workflow(arguments: &NextArguments) -> Result<Vec<Value>> {
    let client = Client::new(&arguments.server)?;
    let query = query(&[("count", Some(arguments.count.to_string())), ("from", arguments.from.clone())]);
    let path = format!("/v1/workflows/{}/schedule{query}", encoded(&arguments.of));
    let answer = block_on(client.get(path)).map_err(|problem| {
        let help = "there is no file of that name either; `tidegate schedule ls` lists schedules";
        problem.help_if_not_found(help)
    })?;
    Ok(answer.get("ticks").and_then(Value::as_array).map(|ticks| ticks.to_vec()).unwrap_or_default())
}

fn list(arguments: &ListArguments) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let schedules = items(&block_on(client.get("/v1/schedules"))?);
    let when_empty = "there is no schedule; a DAG file has one under `schedule`";
    Listing { items: &schedules, columns: SCHEDULES, name: "workflow", when_empty }.print(arguments.output)
}

fn told(arguments: &OneArguments, verb: &str, done: &str) -> Result<()> {
    let client = Client::new(&arguments.server)?;
    let path = format!("/v1/workflows/{}/schedule/{verb}", encoded(&arguments.name));
    block_on(client.send(Request::new(Method::POST, path)))
        .map_err(|problem| problem.help_if_not_found("`tidegate schedule ls` lists schedules"))?;
    eprintln!("the schedule of `{}` {done}", arguments.name);
    Ok(())
}
