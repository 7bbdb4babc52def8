//! History in words: a line for each fact, from a page of it or as it happens.

use tidegate_json::Value;

use crate::client::{Client, encoded, items, query};
use crate::output;
use crate::problem::{Problem, Result};
use crate::terminal::{Style, Terminal};

/// How facts are printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Form of the facts
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORM")]
    output: Form,
}

/// How facts are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A line of words for each fact
    Text,
    /// A JSON document for each journal entry: its offset, its time and its facts
    Jsonl,
}

/// Prints what happened to `run`, oldest first.
pub(crate) async fn print(client: &Client, run: &str, arguments: &Arguments) -> Result<()> {
    let mut cursor = None;
    loop {
        let path = format!("/v1/runs/{}/history{}", encoded(run), query(&[("cursor", cursor)]));
        let page = client.get(path).await?;
        for step in items(&page) {
            print_step(&step, arguments.output, |_| true)?;
        }
        cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(());
        }
    }
}

/// Prints what happens from now on, as far as it is `wanted`, until the server stops or somebody interrupts.
pub(crate) async fn tail(
    client: &Client,
    path: String,
    arguments: &Arguments,
    wanted: fn(&Value) -> bool,
) -> Result<()> {
    let mut stream = client.stream(path).await?;
    if Terminal::stderr().is_terminal {
        eprintln!("listening; Ctrl-C ends it");
    }
    loop {
        let event =
            stream.next().await.map_err(|error| Problem::failed("the stream broke off").because(&error))?;
        let Some(event) = event else {
            return Err(Problem::failed("the server closed the stream")
                .help("did it stop? start it again, and this command"));
        };
        if event.kind == "lagged" {
            eprintln!(
                "note: the server sent faster than this end read; some facts are missing: {}",
                event.data
            );
            continue;
        }
        if let Ok(step) = Value::parse(&event.data) {
            print_step(&step, arguments.output, wanted)?;
        }
    }
}

/// Whether a fact is the start or the end of a run, or stops it in between.
pub(crate) fn is_of_a_run(fact: &Value) -> bool {
    fact.get("fact").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("run_"))
}

fn print_step(step: &Value, form: Form, wanted: impl Fn(&Value) -> bool) -> Result<()> {
    let Some(facts) = step.get("facts").and_then(Value::as_array) else { return Ok(()) };
    let facts: Vec<&Value> = facts.iter().filter(|fact| wanted(fact)).collect();
    if facts.is_empty() {
        return Ok(());
    }
    let mut out = String::new();
    match form {
        Form::Jsonl => {
            let mut step = step.clone();
            step.set("facts", Value::array(facts.into_iter().cloned()));
            out = step.to_text() + "\n";
        }
        Form::Text => {
            let terminal = Terminal::stdout();
            let at = step.get("at").and_then(Value::as_str).unwrap_or_default();
            let offset = step.get("offset").map(Value::to_text).unwrap_or_default();
            let margin = terminal.paint(Style::Faint, &format!("{at} {offset:>6}"));
            for fact in facts {
                out.push_str(&format!("{margin}  {}\n", told(fact)));
            }
        }
    }
    output::print(&out)
}

/// A fact as a line: its kind, then its particulars by name.
fn told(fact: &Value) -> String {
    let kind = fact.get("fact").and_then(Value::as_str).unwrap_or("fact");
    let mut line = kind.replace('_', " ");
    for (key, value) in fact.as_object().into_iter().flat_map(|fact| fact.iter()) {
        let is_empty = value.is_null() || value.as_array().is_some_and(|list| list.is_empty());
        if key.as_str() == "fact" || is_empty {
            continue;
        }
        let shown = if key.as_str() == "program" { version(value) } else { shortened(value) };
        line.push_str(&format!("  {}={shown}", key.as_str()));
    }
    line
}

/// A version of a workflow, as people tell it from others.
fn version(digest: &Value) -> String {
    digest.as_str().unwrap_or_default().chars().take(8).collect()
}

/// A value on a line: long ones are cut.
fn shortened(value: &Value) -> String {
    const LENGTH_MAX: usize = 72;
    let text = value.as_str().map_or_else(|| value.to_text(), str::to_owned);
    let mut shown: String =
        text.chars().take(LENGTH_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LENGTH_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_fact_is_a_line() {
        let fact = Value::parse(
            r#"{"fact": "task_ended", "task": "r1.t2", "attempt": 1, "error": null, "output": {"lines": "a\nb"}}"#,
        );
        expect![[r#"task ended  task=r1.t2  attempt=1  output={"lines":"a\nb"}"#]]
            .assert_eq(&told(&fact.unwrap()));
    }
}
