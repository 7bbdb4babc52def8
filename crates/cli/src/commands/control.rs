//! `tidegate cancel`, `pause` and `resume`: what one can do to a run from outside.

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, encoded};
use crate::problem::{Exit, Result};

/// Which run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The run, as r12
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    server: ServerArguments,
}

/// Which run, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct CancelArguments {
    #[command(flatten)]
    of: Arguments,
    /// Why, for those who look at the run later
    #[arg(long, value_name = "TEXT", default_value = "cancelled from the command line")]
    reason: String,
}

pub(crate) fn cancel(arguments: &CancelArguments) -> Result<Exit> {
    let body = Value::object([("reason", arguments.reason.as_str())]);
    post(&arguments.of, "cancel", "cancelled", Some(&body))
}

pub(crate) fn pause(arguments: &Arguments) -> Result<Exit> {
    post(arguments, "pause", "paused; `tidegate resume` lets it go on", None)
}

pub(crate) fn resume(arguments: &Arguments) -> Result<Exit> {
    post(arguments, "resume", "goes on", None)
}

fn post(arguments: &Arguments, verb: &str, done: &str, body: Option<&Value>) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let request = Request::new(Method::POST, format!("/v1/runs/{}/{verb}", encoded(&arguments.run)));
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    block_on(client.send(request))?;
    eprintln!("run {} {done}", arguments.run);
    Ok(Exit::Done)
}
