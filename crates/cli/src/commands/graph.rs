//! `tidegate graph`: a workflow file or a run as a picture.

use std::path::{Path, PathBuf};

use tidegate_graph::{Graph, mermaid, svg, text};
use tidegate_model::RunId;

use crate::client::{Client, Request, ServerArguments, block_on, encoded, query};
use crate::output;
use crate::problem::{Exit, Problem, Result};
use crate::terminal::Terminal;
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate graph workflow.yaml                    an outline for the terminal
  tidegate graph order.asl.json --svg > order.svg
  tidegate graph order.asl.json --mermaid         for Markdown pages
  tidegate graph r12                              how far a run has come
  tidegate graph r12 --at 41 --svg > r12.svg      how far it had come at a journal entry";

/// Draw a workflow, or how far a run of it has come
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A workflow file, or a run (r12)
    #[arg(value_name = "FILE|RUN")]
    what: PathBuf,
    /// Of a Python file with several DAGs, the one to draw
    #[arg(long, value_name = "ID")]
    dag: Option<String>,
    /// A picture
    #[arg(long, group = "form")]
    svg: bool,
    /// The text of a Mermaid flowchart
    #[arg(long, group = "form")]
    mermaid: bool,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORM", group = "form")]
    output: Form,
    /// The run as it was after this journal entry
    #[arg(long, value_name = "ENTRY")]
    at: Option<u64>,
    #[command(flatten)]
    server: ServerArguments,
}

/// How a drawing is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// An outline for the terminal
    Text,
    /// A picture
    Svg,
    /// The text of a Mermaid flowchart
    Mermaid,
    /// Nodes, edges and groups
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let form = match (arguments.svg, arguments.mermaid) {
        (true, _) => Form::Svg,
        (false, true) => Form::Mermaid,
        (false, false) => arguments.output,
    };
    let graph = graph(arguments)?;
    output::print(&match form {
        Form::Text => text::text(&graph, style(Terminal::stdout())),
        Form::Svg => picture(&graph)?,
        Form::Mermaid => mermaid::mermaid(&graph),
        Form::Json => json(&graph, Terminal::stdout())?,
    })?;
    Ok(Exit::Done)
}

fn graph(arguments: &Arguments) -> Result<Graph> {
    let what = &arguments.what;
    match run_id(what) {
        Some(run) => of_run(run, arguments),
        None if arguments.at.is_some() => {
            Err(Problem::invalid("`--at` is for runs: a workflow has no history")
                .help("name a run: `tidegate runs` lists them"))
        }
        None => of_file(what, arguments.dag.as_deref()),
    }
}

/// The run that is named, unless there is a file of that name.
fn run_id(what: &Path) -> Option<RunId> {
    let id = what.to_str()?.parse().ok()?;
    (!what.exists()).then_some(id)
}

fn of_file(path: &Path, dag: Option<&str>) -> Result<Graph> {
    let program = WorkflowFile::read(path, dag)?.compile()?;
    Ok(tidegate_languages::drawing::graph(&program))
}

fn of_run(run: RunId, arguments: &Arguments) -> Result<Graph> {
    let client = Client::new(&arguments.server)?;
    let at = query(&[("at", arguments.at.map(|at| at.to_string()))]);
    let path = format!("/v1/runs/{}/graph{at}", encoded(&run.to_string()));
    let document = block_on(client.text(Request::new(http::Method::GET, path)))
        .map_err(|problem| problem.help_if_not_found("`tidegate runs` lists runs"))?;
    serde_json::from_slice(&document).map_err(|error| {
        Problem::failed("the server's drawing cannot be read")
            .because(&error)
            .help("are server and client of the same version? `tidegate --version` tells")
    })
}

fn style(terminal: Terminal) -> text::Style {
    let colour = if terminal.has_colour() { text::Colour::Always } else { text::Colour::Never };
    text::Style { width: terminal.width.max(if terminal.is_terminal { 0 } else { WIDTH_PLAIN }), colour }
}

/// Columns of a line that no terminal limits.
const WIDTH_PLAIN: usize = 120;

fn picture(graph: &Graph) -> Result<String> {
    svg::svg(graph).map_err(|error| {
        Problem::invalid(error.to_string()).help("without --svg it is an outline, which has no such limit")
    })
}

fn json(graph: &Graph, terminal: Terminal) -> Result<String> {
    let made =
        if terminal.is_terminal { serde_json::to_string_pretty(graph) } else { serde_json::to_string(graph) };
    made.map(|text| text + "\n").map_err(|error| Problem::failed("the drawing has no JSON").because(&error))
}
