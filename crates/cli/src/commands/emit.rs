//! `tidegate emit`: an event for the server, in the JSON format of CloudEvents.

use std::hash::{BuildHasher, Hasher};

use http::Method;
use tidegate_json::Value;

use crate::client::{Client, Request, ServerArguments, block_on, query};
use crate::input;
use crate::output;
use crate::problem::{Exit, Problem, Result};
use crate::terminal::now;

const EXAMPLES: &str = "\
Examples:
  tidegate emit --type com.example.push --subject main
  tidegate emit --type com.example.decision --subject holiday-17 --data '{\"approved\": true}'
  tidegate emit --type com.example.upload --subject photo.jpg --data @metadata.json --id upload-4711

It prints the event's ledger id, which `tidegate why` takes. The event is on the server's disk by then.";

/// Send the server an event
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What happened, as com.example.push
    #[arg(long = "type", value_name = "TYPE")]
    kind: String,
    /// To what it happened
    #[arg(long)]
    subject: Option<String>,
    /// Where it happened: a URI reference
    #[arg(long, value_name = "URI", default_value = "tidegate-cli")]
    source: String,
    /// Identifies the event together with its source; a second one is absorbed. Default: a fresh one
    #[arg(long)]
    id: Option<String>,
    /// What it carries: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    data: Option<String>,
    /// Only for the triggers of this run, as r12
    #[arg(long)]
    run: Option<String>,
    /// An extension attribute, as labels=internal; may be given several times
    #[arg(long = "extension", short = 'e', value_name = "NAME=VALUE")]
    extensions: Vec<String>,
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let event = event(arguments)?;
    let path = format!("/v1/events{}", query(&[("run", arguments.run.clone())]));
    let request = Request::new(Method::POST, path).body("application/cloudevents+json", event.to_text());
    let answer = block_on(client.send(request))?;
    let list =
        |key: &str| answer.get(key).and_then(Value::as_array).map(|ids| ids.to_vec()).unwrap_or_default();
    for id in list("ids") {
        output::print(&format!("{}\n", id.to_text()))?;
    }
    if !list("duplicates").is_empty() {
        eprintln!("note: an event with this source and id had arrived before; nothing happened");
    }
    Ok(Exit::Done)
}

fn event(arguments: &Arguments) -> Result<Value> {
    let id = arguments.id.clone().unwrap_or_else(fresh_id);
    let mut event = Value::object([
        ("specversion", "1.0"),
        ("id", &id),
        ("source", &arguments.source),
        ("type", &arguments.kind),
        ("time", &now().to_string()),
    ]);
    if let Some(subject) = &arguments.subject {
        event.set("subject", subject.as_str());
    }
    for extension in &arguments.extensions {
        let (name, value) = extension.split_once('=').ok_or_else(|| {
            Problem::invalid(format!("`{extension}` is no extension attribute")).help("write NAME=VALUE")
        })?;
        event.set(name, value);
    }
    if let Some(data) = &arguments.data {
        event.set("datacontenttype", "application/json");
        event.set("data", input::read("--data", data)?);
    }
    Ok(event)
}

/// An id that no other event has: the time, and 64 bits that differ from process to process.
fn fresh_id() -> String {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:x}-{random:016x}", now().0)
}
