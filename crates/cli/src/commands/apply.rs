//! `tidegate apply`: gives a server workflow files.

use std::path::PathBuf;

use http::Method;
use tidegate_json::Value;
use tidegate_model::Program;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, query};
use crate::problem::{Exit, Result};
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate apply workflow.yaml
  tidegate apply workflows/*.yaml --server http://127.0.0.1:9000";

/// Give a server workflow files: new workflows, or new versions of those it has
///
/// All files are checked before the first one is sent. Runs that have started keep their version.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Workflow files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Of a Python file with several DAGs, the one to apply. Default: all
    #[arg(long, value_name = "ID")]
    dag: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let client = Client::new(&arguments.server)?;
    let mut checked = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        for file in WorkflowFile::read_all(path, arguments.dag.as_deref())? {
            let program = file.compile()?;
            checked.push((file, program));
        }
    }
    for (file, program) in checked {
        send(&client, file, &program)?;
    }
    Ok(Exit::Done)
}

/// Gives the server the workflow in `file`, which is `program`, and tells what became of it.
pub(crate) fn send(client: &Client, file: WorkflowFile, program: &Program) -> Result<()> {
    let name = program.name.as_str();
    let media_type =
        if file.text.trim_start().starts_with('{') { "application/json" } else { "application/yaml" };
    // Elsewhere there is no such directory.
    let directory = program.directory.clone().filter(|_| client.is_local());
    let path = format!("/v1/workflows/{}{}", encoded(name), query(&[("directory", directory)]));
    let request = Request::new(Method::PUT, path).body(media_type, file.text);
    let answer = block_on(client.send(request))?;
    eprintln!("{}", told(name, &answer));
    Ok(())
}

fn told(name: &str, answer: &Value) -> String {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let version = text("version").map(|version| version.trim_start_matches("sha256:")).unwrap_or_default();
    let version: String = version.chars().take(8).collect();
    let is_unchanged = answer.get("unchanged").and_then(Value::as_bool) == Some(true);
    let verb = if is_unchanged { "has not changed" } else { "is applied" };
    let listens = text("standing_run").map(|run| format!("; run {run} listens")).unwrap_or_default();
    format!("workflow `{name}` {verb}, version {version}{listens}")
}
