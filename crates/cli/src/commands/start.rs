//! `tidegate start`: a run on a server, and its result where somebody waits for it.

use std::time::{Duration, Instant};

use http::Method;
use tidegate_json::Value;
use tidegate_model::Span;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, query};
use crate::input;
use crate::output::{self, ResultFormat};
use crate::problem::{Exit, Problem, Result};

const EXAMPLES: &str = "\
Examples:
  tidegate start survey                              prints the id of the run
  tidegate start survey --input '{\"root\": \"/srv\"}' --wait
                                                     waits, prints the result
  tidegate start billing --key 2026-11               once per month, however often it is asked for

Exit codes with --wait: 0 done, 3 the run failed, 4 timed out.";

/// Start a run of a workflow that the server has
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The workflow
    #[arg(value_name = "WORKFLOW")]
    name: String,
    /// Input of the run: JSON, @FILE, or - for stdin
    #[arg(short, long, value_name = "JSON", allow_hyphen_values = true)]
    input: Option<String>,
    /// A second request with the same key starts nothing and answers with the first one's run
    #[arg(long)]
    key: Option<String>,
    /// Wait for the end of the run and print its result
    #[arg(short, long)]
    wait: bool,
    /// Wait at most this long, as 90s or 1h30m; the run goes on
    #[arg(long, value_name = "SPAN", requires = "wait")]
    timeout: Option<Span>,
    /// Form of the result
    #[arg(short, long, value_enum, default_value = "json", value_name = "FORM")]
    output: ResultFormat,
    #[command(flatten)]
    server: ServerArguments,
}

/// Longest wait within one request: proxies give up on longer ones.
const POLL: Duration = Duration::from_secs(20);

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let mut request = Request::new(Method::POST, format!("/v1/workflows/{}/runs", encoded(&arguments.name)));
    if let Some(input) = &arguments.input {
        request = request.json(&input::read("--input", input)?);
    }
    if let Some(key) = &arguments.key {
        request = request.header("idempotency-key", key);
    }
    block_on(async {
        let started = client.send(request).await.map_err(|problem| {
            problem.help_if_not_found(
                "`tidegate workflows` lists those that are there; `tidegate apply FILE` adds one",
            )
        })?;
        let id = started.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !arguments.wait {
            output::print(&format!("{id}\n"))?;
            return Ok(Exit::Done);
        }
        eprintln!("run {id} of `{}` started", arguments.name);
        let ended = wait(&client, &id, started, arguments.timeout).await?;
        output::print_result(&result_of(&ended)?, arguments.output)?;
        Ok(Exit::Done)
    })
}

/// The run once it has ended.
pub(super) async fn wait(client: &Client, id: &str, mut run: Value, timeout: Option<Span>) -> Result<Value> {
    let deadline = timeout.map(|limit| Instant::now() + Duration::from_millis(limit.0));
    loop {
        if run.get("ended_at").is_some_and(|at| !at.is_null()) {
            return Ok(run);
        }
        let left =
            deadline.map_or(POLL, |deadline| deadline.saturating_duration_since(Instant::now()).min(POLL));
        if left.is_zero() {
            let limit = timeout.unwrap_or_default();
            return Err(Problem::new(
                Exit::TimedOut,
                format!("run {id} has not ended within {limit}; it goes on"),
            )
            .help(format!("`tidegate why {id}` says what it waits for")));
        }
        let wait = Span(u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1));
        run = client
            .get(format!("/v1/runs/{id}/wait{}", query(&[("timeout", Some(wait.to_string()))])))
            .await?;
    }
}

/// The result of a run that has ended, or why it has none.
pub(crate) fn result_of(run: &Value) -> Result<Value> {
    let text = |pointer: &str| run.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match text("/status") {
        "succeeded" => Ok(run.get("output").cloned().unwrap_or_default()),
        status => {
            let (id, error) = (text("/id"), text("/failure/error"));
            let verb = if status == "cancelled" { "was cancelled" } else { "failed" };
            let message =
                format!("run {id} of `{}` {verb}: {error}: {}", text("/workflow"), text("/failure/message"));
            let mut problem = Problem::new(Exit::RunFailed, message);
            for line in text("/failure/detail/stderr").lines() {
                problem = problem.note(format!("| {line}"));
            }
            Err(problem.help(format!("`tidegate why {id}` tells more")))
        }
    }
}
