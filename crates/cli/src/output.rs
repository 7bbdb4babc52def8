//! Output: the forms in which answers are printed on stdout.

use std::io::Write;

use tidegate_json::Value;

use crate::client::ServerArguments;
use crate::problem::{Exit, Problem, Result};
use crate::table::{self, Column};
use crate::terminal::Terminal;
use crate::yaml::to_yaml;

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// One JSON document
    Json,
    /// One JSON document on each line
    Jsonl,
    /// YAML
    Yaml,
    /// Only the name or id, one on each line
    Name,
}

/// What can be said of a list that is always whole.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArguments {
    /// Form of the list
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORM")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

/// A list and the ways to show it.
pub(crate) struct Listing<'a> {
    /// The items.
    pub(crate) items: &'a [Value],
    /// Columns of the table.
    pub(crate) columns: &'a [Column],
    /// The member that names an item.
    pub(crate) name: &'static str,
    /// What a person is told, on stderr, where there is nothing to list.
    pub(crate) when_empty: &'a str,
}

impl Listing<'_> {
    /// Prints the list.
    pub(crate) fn print(&self, format: Format) -> Result<()> {
        let lines = |line: &dyn Fn(&Value) -> String| {
            self.items.iter().map(|item| line(item) + "\n").collect::<String>()
        };
        let text = match format {
            Format::Table if self.items.is_empty() => {
                eprintln!("{}", self.when_empty);
                return Ok(());
            }
            Format::Table => table::render(self.columns, self.items, Terminal::stdout()),
            Format::Json => json(&Value::array(self.items.iter().cloned()), Terminal::stdout()),
            Format::Jsonl => lines(&Value::to_text),
            Format::Yaml => to_yaml(&Value::array(self.items.iter().cloned())),
            Format::Name => lines(&|item| name(item, self.name)),
        };
        print(&text)
    }
}

/// Prints one record, whose member `key` names it. As a table it is YAML: one line for each member.
pub(crate) fn print_record(record: &Value, key: &str, format: Format) -> Result<()> {
    print(&match format {
        Format::Table | Format::Yaml => to_yaml(record),
        Format::Json => json(record, Terminal::stdout()),
        Format::Jsonl => record.to_text() + "\n",
        Format::Name => name(record, key) + "\n",
    })
}

fn name(item: &Value, key: &str) -> String {
    table::text(item, key).text
}

/// How the result of a run is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ResultFormat {
    /// JSON: on several lines for a terminal, on one otherwise
    Json,
    /// A string as it is, without quotes; anything else as JSON
    Text,
}

/// Prints the result of a run.
pub(crate) fn print_result(result: &Value, format: ResultFormat) -> Result<()> {
    print(&match (format, result.as_str()) {
        (ResultFormat::Text, Some(text)) if text.ends_with('\n') => text.to_owned(),
        (ResultFormat::Text, Some(text)) => format!("{text}\n"),
        (ResultFormat::Text, None) | (ResultFormat::Json, _) => json(result, Terminal::stdout()),
    })
}

/// JSON with a line break at its end: on several lines for people.
fn json(value: &Value, terminal: Terminal) -> String {
    let mut text = if terminal.is_terminal { value.to_pretty() } else { value.to_text() };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Writes `text` to stdout.
///
/// # Errors
/// Silent where whoever read has gone, as `head` does when it has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Problem::silent(Exit::Done),
        _ => Problem::io("cannot write the result to stdout", &error),
    })
}
