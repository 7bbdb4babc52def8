//! `tidegate intercept` and `release`: logic put before or after a trigger of a live run, and the firings that it
//! holds.

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, encoded};
use crate::input;
use crate::problem::{Exit, Result};

const EXAMPLES: &str = "\
Examples:
  tidegate intercept r12 review --trigger publish --hold
                                         each firing of `publish` waits for a decision; `tidegate why r12` names it
  tidegate release r12.h1                let it fire
  tidegate release r12.h1 --skip         let it not
  tidegate intercept r12 quiet --action emit --if 'event.data.test = true' --skip
  tidegate intercept r12 review --remove";

/// Put logic before or after a trigger of a live run, without touching the workflow
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLES,
    group = clap::ArgGroup::new("target").args(["trigger", "condition", "action"]),
    group = clap::ArgGroup::new("verdict").args(["hold", "skip", "change", "act", "pass"]),
)]
pub(crate) struct Arguments {
    /// The run, as r12
    run: String,
    /// What to call the interceptor; another one of this name is replaced
    name: String,
    /// Intercept the trigger of this name
    #[arg(long, value_name = "NAME", required_unless_present_any = ["condition", "action", "remove"])]
    trigger: Option<String>,
    /// Intercept all triggers with the condition of this name, as `join`
    #[arg(long, value_name = "NAME")]
    condition: Option<String>,
    /// Intercept all triggers with the action of this name, as `invoke`
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// After the actions instead of before them
    #[arg(long)]
    after: bool,
    /// Only where this expression holds, over the event and the contexts
    #[arg(long = "if", value_name = "EXPRESSION")]
    guard: Option<String>,
    /// Hold the firing until somebody decides it with `tidegate release`
    #[arg(long, required_unless_present_any = ["skip", "change", "act", "pass", "remove"])]
    hold: bool,
    /// Let it not fire
    #[arg(long)]
    skip: bool,
    /// Let the actions see this as the event's data: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON")]
    change: Option<String>,
    /// Take these actions instead (with --after: as well): a JSON list of {"name", "params"}, @FILE, or - for stdin
    #[arg(long, value_name = "JSON")]
    act: Option<String>,
    /// Only leave a mark in the history
    #[arg(long)]
    pass: bool,
    /// Take the interceptor of this name away
    #[arg(long, conflicts_with_all = ["target", "verdict", "after", "guard"])]
    remove: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Decide a firing that an interceptor holds
#[derive(Debug, clap::Args)]
pub(crate) struct ReleaseArguments {
    /// The held firing, as r12.h1
    hold: String,
    /// Let it not fire
    #[arg(long, conflicts_with = "change")]
    skip: bool,
    /// Let it fire with the event's data replaced: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON")]
    change: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let path = format!("/v1/runs/{}/interceptors/{}", encoded(&arguments.run), encoded(&arguments.name));
    if arguments.remove {
        block_on(client.send(Request::new(Method::DELETE, path)))?;
        eprintln!("interceptor `{}` is gone from run {}", arguments.name, arguments.run);
        return Ok(Exit::Done);
    }
    let interceptor = interceptor(arguments)?;
    block_on(client.send(Request::new(Method::PUT, path).json(&interceptor)))?;
    eprintln!("interceptor `{}` is attached to run {}", arguments.name, arguments.run);
    Ok(Exit::Done)
}

/// The document that states it.
fn interceptor(arguments: &Arguments) -> Result<Value> {
    let targets =
        [("trigger", &arguments.trigger), ("condition", &arguments.condition), ("action", &arguments.action)];
    let target = targets.into_iter().find_map(|(kind, name)| Some(Value::object([(kind, name.as_deref()?)])));
    let verdict = match (&arguments.change, &arguments.act) {
        (Some(change), _) => Value::object([("change", input::read("--change", change)?)]),
        (None, Some(act)) => Value::object([("act", input::read("--act", act)?)]),
        (None, None) if arguments.skip => Value::from("skip"),
        (None, None) if arguments.pass => Value::from("pass"),
        (None, None) => Value::from("hold"),
    };
    let mut document = Value::object([
        ("name", Value::from(arguments.name.as_str())),
        ("target", target.unwrap_or_default()),
        ("moment", Value::from(if arguments.after { "after" } else { "before" })),
        ("do", verdict),
    ]);
    if let Some(guard) = &arguments.guard {
        document.set("if", guard.as_str());
    }
    Ok(document)
}

pub(crate) fn release(arguments: &ReleaseArguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let (decision, done) = match &arguments.change {
        Some(change) => {
            (Value::object([("change", input::read("--change", change)?)]), "fires, with other data")
        }
        None if arguments.skip => (Value::from("skip"), "does not fire"),
        None => (Value::from("release"), "fires"),
    };
    let body = Value::object([("decision", decision)]);
    block_on(
        client
            .send(Request::new(Method::POST, format!("/v1/holds/{}", encoded(&arguments.hold))).json(&body)),
    )?;
    eprintln!("{} {done}", arguments.hold);
    Ok(Exit::Done)
}
