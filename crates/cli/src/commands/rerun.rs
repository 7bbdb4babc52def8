//! `tidegate rerun`: a run of a DAG again, from a task on or from what failed.

use http::Method;
use tidegate_json::Value;
use tidegate_model::Span;

use super::start;
use crate::client::{Client, Request, ServerArguments, block_on, encoded};
use crate::input;
use crate::output::{self, ResultFormat};
use crate::problem::{Exit, Result};

const EXAMPLES: &str = "\
Examples:
  tidegate rerun r12                        what did not end well, and all that comes after it
  tidegate rerun r12 --from parse --wait    `parse` and all that comes after it; prints the result
  tidegate rerun r12 --from 'pages.fetch[3]'
                                            the task `fetch` of one instance of the group `pages`

Exit codes with --wait: 0 done, 3 the run failed, 4 timed out.";

/// Do a run of a DAG again from a task on, or from what failed; the rest is kept
///
/// Starts a new run in which tasks that had ended well end at once as they did. The run before stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The run to go on from, as r12
    #[arg(value_name = "RUN")]
    of: String,
    /// A task that runs again, with all that comes after it: TASK, or TASK[3] for one instance or item
    #[arg(long, value_name = "TASK")]
    from: Vec<String>,
    /// Another input: JSON, @FILE, or - for stdin. What is kept was made with the one before
    #[arg(short, long, value_name = "JSON", allow_hyphen_values = true)]
    input: Option<String>,
    /// Run the newest version of the workflow; tasks that have changed run again
    #[arg(long)]
    latest: bool,
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

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let mut body = Value::object([
        ("from", Value::array(arguments.from.iter().map(String::as_str))),
        ("latest", Value::from(arguments.latest)),
    ]);
    if let Some(input) = &arguments.input {
        body.set("input", input::read("--input", input)?);
    }
    let mut request =
        Request::new(Method::POST, format!("/v1/runs/{}/rerun", encoded(&arguments.of))).json(&body);
    if let Some(key) = &arguments.key {
        request = request.header("idempotency-key", key);
    }
    block_on(async {
        let started = client
            .send(request)
            .await
            .map_err(|problem| problem.help_if_not_found("`tidegate runs` lists those that are there"))?;
        let text = |name: &str| started.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text("id");
        if !arguments.wait {
            output::print(&format!("{id}\n"))?;
            return Ok(Exit::Done);
        }
        eprintln!("run {id} of `{}` started, a rerun of {}", text("workflow"), arguments.of);
        let ended = start::wait(&client, &id, started, arguments.timeout).await?;
        output::print_result(&start::result_of(&ended)?, arguments.output)?;
        Ok(Exit::Done)
    })
}
