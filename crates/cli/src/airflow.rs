//! Airflow's DAG files: Python, which Python reads. Each DAG in one comes back as a native DAG file.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, ffi::OsString};

use tidegate_json::Value;
use tidegate_languages::source::{Source, Span};
use tidegate_languages::{Diagnostic, Severity};

use crate::problem::{Problem, Result};
use crate::python_package;

/// What Python said of a file.
#[derive(Clone, Debug)]
pub(crate) struct Translated {
    /// The DAGs: the id of each, and the text of its native file.
    pub(crate) dags: Vec<(String, String)>,
    /// What is wrong with the file.
    pub(crate) found: Vec<Diagnostic>,
}

/// What of this process's environment tasks may see. It is kept with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Environment {
    /// Airflow's variables, connections and settings.
    Airflow,
    /// Nothing: the program goes elsewhere.
    Nothing,
}

/// Reads the file `path`, whose text is `text`; of its DAGs only `dag`, where one is named.
pub(crate) fn translate(
    path: &Path,
    text: &str,
    dag: Option<&str>,
    environment: Environment,
) -> Result<Translated> {
    let python = env::var_os("TIDEGATE_PYTHON").unwrap_or_else(|| OsString::from("python3"));
    let mut command = Command::new(&python);
    command.args(["-m", "tidegate.airflow", "compile"]).arg(path);
    if let Some(dag) = dag {
        command.args(["--dag", dag]);
    }
    if environment == Environment::Airflow {
        command.arg("--pass-environment");
    }
    let package = python_package::directory()?;
    let known = env::var_os("PYTHONPATH");
    let paths = [package].into_iter().chain(known.iter().flat_map(env::split_paths));
    let paths = env::join_paths(paths).map_err(|error| {
        Problem::invalid("PYTHONPATH cannot be added to")
            .because(&error)
            .help("take what has a `:` in its name out of it")
    })?;
    command.env("PYTHONPATH", paths).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| {
        let python = python.to_string_lossy();
        Problem::io(format!("`{}` is read by Python, and `{python}` does not start", path.display()), &error)
            .help("install python3, or set TIDEGATE_PYTHON to the interpreter")
    })?;
    if !output.status.success() {
        return Err(Problem::failed(format!(
            "Python could not read `{}`: {}",
            path.display(),
            output.status
        ))
        .help(
            "what it said is above; it needs the packages jinja2 and pendulum: `pip install jinja2 pendulum`",
        ));
    }
    let document = Value::parse_slice(&output.stdout).map_err(|error| {
        Problem::failed(format!("what Python made of `{}` cannot be read", path.display()))
            .because(&error)
            .help("does the file write to stdout in another way than `print`? Let it write to stderr")
    })?;
    let list =
        |key: &str| document.get(key).and_then(Value::as_array).map(|list| list.to_vec()).unwrap_or_default();
    let dags = list("dags").into_iter().filter_map(|dag| {
        let id = dag.get("dag")?.as_str()?.to_owned();
        Some((id, dag.to_text()))
    });
    let source = Source::new(&path.to_string_lossy(), text);
    let told = [("errors", Severity::Error), ("warnings", Severity::Warning)];
    let found = told.into_iter().flat_map(|(key, severity)| {
        list(key).iter().map(|told| diagnostic(told, severity, &source)).collect::<Vec<_>>()
    });
    Ok(Translated { dags: dags.collect(), found: found.collect() })
}

fn diagnostic(told: &Value, severity: Severity, source: &Source) -> Diagnostic {
    let text = |key: &str| told.get(key).and_then(Value::as_str);
    let is_own = text("file").is_none_or(|file| same_file(file, &source.name));
    let line = told.get("line").and_then(Value::as_u64).and_then(|line| u32::try_from(line).ok());
    let mut message = text("message").unwrap_or("something is wrong").to_owned();
    // Of a file that it imports, there is no excerpt.
    if let (false, Some(file)) = (is_own, text("file")) {
        message = format!("{file}, line {}: {message}", line.unwrap_or_default());
    }
    Diagnostic {
        severity,
        code: "airflow",
        message,
        help: text("hint").map(str::to_owned),
        file: source.name.clone(),
        place: line
            .filter(|_| is_own)
            .and_then(|line| of_line(&source.text, line))
            .map(|at| source.place(at)),
        pointer: None,
        related: Vec::new(),
    }
}

fn same_file(one: &str, other: &str) -> bool {
    let real = |path: &str| Path::new(path).canonicalize().ok();
    real(one).is_some() && real(one) == real(other)
}

/// What is written on a line.
fn of_line(text: &str, line: u32) -> Option<Span> {
    let mut offset = 0;
    for (number, content) in (1u32..).zip(text.split_inclusive('\n')) {
        if number == line {
            let indent = content.len() - content.trim_start().len();
            let bytes = |bytes: usize| u32::try_from(bytes).ok();
            return Some(Span { offset: bytes(offset + indent)?, length: bytes(content.trim().len())? });
        }
        offset += content.len();
    }
    None
}
