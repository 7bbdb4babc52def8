//! `tidegate backfill`: runs for intervals of a schedule that are past.

use std::path::Path;

use http::Method;
use tidegate_json::Value;

use super::apply;
use super::start::result_of;
use crate::client::{Client, Request, ServerArguments, block_on, encoded};
use crate::input;
use crate::output::{self, ResultFormat};
use crate::problem::{Exit, Result};
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate backfill nightly --from 2026-01-01 --to 2026-02-01 --dry-run
  tidegate backfill nightly --from 2026-01-01 --to 2026-02-01 --concurrency 4
  tidegate backfill nightly.yaml --from 2026-01-01 --to 2026-02-01    applies the file first

Exit codes: 0 done, 2 not valid, 3 a run failed, 5 no such workflow or no schedule.";

/// Run a workflow for intervals of its schedule that are past
///
/// There is one run for each interval that begins from FROM on and before TO and is over. What has been run is not run
/// again, as long as it is known. A backfill is a run itself, on the server: it goes on when this command is stopped, and
/// when the server starts again.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A workflow that the server has, or a file that it is given first
    #[arg(value_name = "NAME|FILE")]
    of: String,
    /// Of a Python file with several DAGs, the one that is meant
    #[arg(long, value_name = "ID")]
    dag: Option<String>,
    /// Intervals that begin from here on: a date or a local time in the schedule's zone, or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: String,
    /// And before this
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Runs at one time
    #[arg(long, default_value_t = 1, value_name = "N")]
    concurrency: u32,
    /// Only say which intervals these are
    #[arg(long)]
    dry_run: bool,
    /// Input of each run, an object: JSON, @FILE, or - for stdin
    #[arg(short, long, value_name = "JSON", allow_hyphen_values = true)]
    input: Option<String>,
    /// Run again what has been run
    #[arg(long)]
    again: bool,
    /// Print the id of the backfill's run, and do not wait
    #[arg(long, conflicts_with = "dry_run")]
    detach: bool,
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let body = body(arguments)?;
    let path = Path::new(&arguments.of);
    let name = if path.is_file() {
        let file = WorkflowFile::read(path, arguments.dag.as_deref())?;
        let program = file.compile()?;
        apply::send(&client, file, &program)?;
        program.name.to_string()
    } else {
        arguments.of.clone()
    };
    let path = format!("/v1/workflows/{}/backfills", encoded(&name));
    let request = Request::new(Method::POST, path).json(&body);
    block_on(async {
        let started = client.send(request).await.map_err(|problem| {
            problem.help_if_not_found("`tidegate schedule ls` lists the workflows that have a schedule")
        })?;
        let intervals = started.get("intervals").and_then(Value::as_u64).unwrap_or_default();
        let told = if intervals == 1 { "1 interval".to_owned() } else { format!("{intervals} intervals") };
        if arguments.dry_run {
            eprintln!("{told}, of which none was started");
            output::print(&listed(&started))?;
            return Ok(Exit::Done);
        }
        let run = started.get("run").and_then(Value::as_str).unwrap_or_default().to_owned();
        if arguments.detach {
            output::print(&format!("{run}\n"))?;
            return Ok(Exit::Done);
        }
        eprintln!("backfill {run} of `{name}` has started: {told}");
        let ended = follow(&client, &run).await?;
        output::print_result(&result_of(&ended)?, ResultFormat::Json)?;
        Ok(Exit::Done)
    })
}

fn body(arguments: &Arguments) -> Result<Value> {
    let mut body = Value::object([
        ("from", Value::from(arguments.from.as_str())),
        ("to", Value::from(arguments.to.as_str())),
        ("concurrency", Value::from(arguments.concurrency)),
        ("dry_run", Value::from(arguments.dry_run)),
        ("again", Value::from(arguments.again)),
    ]);
    if let Some(input) = &arguments.input {
        body.set("input", input::read("--input", input)?);
    }
    Ok(body)
}

/// The intervals, one on a line.
fn listed(started: &Value) -> String {
    let ticks = started.get("ticks").and_then(Value::as_array).map(|ticks| ticks.to_vec());
    let line = |tick: &Value| {
        let text = |pointer: &str| tick.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
        format!("{} {}\n", text("/interval/start"), text("/interval/end"))
    };
    ticks.unwrap_or_default().iter().map(line).collect()
}

/// The run of a backfill at its end; how far it comes is told on stderr.
async fn follow(client: &Client, run: &str) -> Result<Value> {
    let mut shown = String::new();
    loop {
        let view = client.get(format!("/v1/runs/{run}/wait?timeout=1s")).await?;
        let progress = progress(&view);
        if progress != shown {
            eprintln!("{progress}");
            shown = progress;
        }
        if view.get("ended_at").is_some_and(|at| !at.is_null()) {
            return Ok(view);
        }
    }
}

fn progress(view: &Value) -> String {
    let vars = view.get("vars").cloned().unwrap_or_default();
    let number = |key: &str| vars.get(key).and_then(Value::as_u64).unwrap_or_default();
    let running = vars.get("running").and_then(Value::as_array).map_or(0, |running| running.len());
    let (succeeded, failed, skipped) = (number("succeeded"), number("failed"), number("skipped"));
    let done = succeeded + failed + skipped;
    let mut text = format!("{done} of {} done, {running} under way", number("total"));
    if failed > 0 {
        text.push_str(&format!(", {failed} failed"));
    }
    if skipped > 0 {
        text.push_str(&format!(", {skipped} had been run before"));
    }
    text
}
