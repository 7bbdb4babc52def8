//! Workflow files: read from disk, compiled, and what is wrong shown at its place.

use std::path::{Path, PathBuf};

use tidegate_json::Value;
use tidegate_languages::asl::mock::Mocks;
use tidegate_languages::{Diagnostic, Language, Severity};
use tidegate_model::Program;

use crate::airflow::{self, Environment, Translated};
use crate::problem::{Problem, Result};
use crate::terminal::Terminal;

/// A file as somebody wrote it.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowFile {
    /// Where it is, as it was named.
    pub(crate) path: PathBuf,
    /// Its content; of one that Python reads, the native file that it is.
    pub(crate) text: String,
    /// What people call it, for messages and for telling its language.
    name: String,
    /// Of a file that Python reads: its own text, and what is wrong with it.
    python: Option<Python>,
}

#[derive(Clone, Debug)]
struct Python {
    text: String,
    found: Vec<Diagnostic>,
}

/// A file after the compiler has seen it.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The program, where there is no error.
    pub(crate) program: Option<Program>,
    diagnostics: Vec<Diagnostic>,
}

impl WorkflowFile {
    /// The file at `path`; where it is Python with several DAGs, the one called `dag`.
    pub(crate) fn read(path: &Path, dag: Option<&str>) -> Result<Self> {
        Self::one_of(path, Self::read_with(path, dag, Environment::Nothing)?)
    }

    /// As [`Self::read`], to be run by this process.
    pub(crate) fn read_to_run(path: &Path, dag: Option<&str>) -> Result<Self> {
        Self::one_of(path, Self::read_with(path, dag, Environment::Airflow)?)
    }

    fn one_of(path: &Path, mut files: Vec<Self>) -> Result<Self> {
        if files.len() > 1 {
            let ids: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            let problem = Problem::invalid(format!("`{}` has {} DAGs", path.display(), files.len()));
            return Err(problem.help(format!("name one: --dag {}", ids.join(", --dag "))));
        }
        files.pop().ok_or_else(|| without_dag(path))
    }

    /// The workflows in the file at `path`: one, or each DAG of a file that Python reads, or of those the one called `dag`.
    pub(crate) fn read_all(path: &Path, dag: Option<&str>) -> Result<Vec<Self>> {
        Self::read_with(path, dag, Environment::Nothing)
    }

    fn read_with(path: &Path, dag: Option<&str>, environment: Environment) -> Result<Vec<Self>> {
        let file = Self::read_text(path)?;
        if tidegate_languages::detect::language(&file.name, &file.text) != Language::Airflow {
            return match dag {
                Some(_) => Err(Problem::invalid(format!("`{}` is one workflow", path.display()))
                    .help("--dag is for Python files, which may have several DAGs: leave it out")),
                None => Ok(vec![file]),
            };
        }
        let Translated { dags, found } = airflow::translate(path, &file.text, dag, environment)?;
        let mut found = Some(found);
        let mut one = |name: String, text: String| {
            // What was found is of the file, and told once.
            let python = Python { text: file.text.clone(), found: found.take().unwrap_or_default() };
            Self { path: path.to_owned(), text, name, python: Some(python) }
        };
        let mut files: Vec<Self> = dags.into_iter().map(|(id, text)| one(id, text)).collect();
        if files.is_empty() {
            let nothing = one(file.name.clone(), String::new());
            if nothing.python.as_ref().is_some_and(|python| python.found.is_empty()) {
                return Err(without_dag(path));
            }
            files.push(nothing);
        }
        Ok(files)
    }

    fn read_text(path: &Path) -> Result<Self> {
        let shown = path.display();
        if path.is_dir() {
            let likely = path.join("workflow.yaml");
            let help = match likely.is_file() {
                true => format!("did you mean {}?", likely.display()),
                false => "name a workflow file in it".to_owned(),
            };
            return Err(Problem::invalid(format!("`{shown}` is a directory")).help(help));
        }
        let bytes = std::fs::read(path).map_err(|error| {
            let problem = Problem::io(format!("cannot read the workflow file `{shown}`"), &error);
            match nearby(path) {
                Some(files) => problem.help(format!("there is {files}")),
                None => problem,
            }
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
            Problem::invalid(format!("`{shown}` is not text in UTF-8"))
                .note(format!("line {line} has a byte that is not"))
                .help("save it in UTF-8")
        })?;
        let name = path.to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), text, name, python: None })
    }

    /// What the compiler says about it. The program knows the directory that its functions are relative to.
    pub(crate) fn check(&self) -> Result<Checked> {
        self.check_with(&Mocks::default())
    }

    fn check_with(&self, mocks: &Mocks) -> Result<Checked> {
        let mut diagnostics = self.python.as_ref().map(|python| python.found.clone()).unwrap_or_default();
        let is_wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
        if is_wrong {
            return Ok(Checked { program: None, diagnostics });
        }
        let mut compiled = tidegate_languages::compile_with(&self.text, &self.name, mocks);
        if self.python.is_some() {
            // There is no such place in what people have written.
            compiled.diagnostics.iter_mut().for_each(|found| found.place = None);
        }
        let mut program = compiled.program;
        if let Some(program) = &mut program {
            program.directory = Some(self.directory()?);
        }
        diagnostics.extend(compiled.diagnostics);
        Ok(Checked { program, diagnostics })
    }

    /// Its program; warnings and errors are told on stderr.
    pub(crate) fn compile(&self) -> Result<Program> {
        self.compile_with(&Mocks::default())
    }

    /// Its program with `mocks`; warnings and errors are told on stderr.
    pub(crate) fn compile_with(&self, mocks: &Mocks) -> Result<Program> {
        let checked = self.check_with(mocks)?;
        eprint!("{}", checked.render(self, Terminal::stderr()));
        let (errors, _) = checked.counts();
        checked.program.ok_or_else(|| {
            let count = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
            Problem::invalid(format!("`{}` has {count}; nothing was done", self.path.display()))
        })
    }

    /// What people see when they open it.
    fn shown_text(&self) -> &str {
        self.python.as_ref().map_or(&self.text, |python| &python.text)
    }

    /// The directory that it is in, absolute.
    fn directory(&self) -> Result<String> {
        let unresolved = |error| Problem::io(format!("cannot resolve `{}`", self.path.display()), &error);
        let path = self.path.canonicalize().map_err(unresolved)?;
        let directory = path.parent().unwrap_or(&path);
        directory.to_str().map(str::to_owned).ok_or_else(|| {
            Problem::invalid(format!(
                "the name of the directory `{}` is not text in UTF-8",
                directory.display()
            ))
            .help("functions run in the directory of their workflow file: move it to one with another name")
        })
    }
}

impl Checked {
    /// Errors, and warnings.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// All diagnostics with excerpts of the file, a blank line after each.
    pub(crate) fn render(&self, file: &WorkflowFile, terminal: Terminal) -> String {
        let rendered = self
            .diagnostics
            .iter()
            .map(|found| tidegate_languages::render(found, file.shown_text(), terminal.colour()) + "\n");
        rendered.collect()
    }

    /// All diagnostics for tools.
    pub(crate) fn to_json(&self) -> Vec<Value> {
        self.diagnostics.iter().map(Diagnostic::to_json).collect()
    }
}

fn without_dag(path: &Path) -> Problem {
    Problem::invalid(format!("`{}` has no DAG", path.display())).help(
        "a DAG is made by `with DAG(…)`, by `DAG(…)` in a variable, or by calling a function that is `@dag`",
    )
}

/// Workflow files that are in the directory where `path` is not, for a hint.
fn nearby(path: &Path) -> Option<String> {
    const SHOWN_MAX: usize = 4;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_likely = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        path.is_file() && matches!(extension, Some("yaml" | "yml" | "json" | "py"))
    };
    let entries = std::fs::read_dir(directory).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<String> = entries
        .filter(is_likely)
        .map(|path| path.strip_prefix(".").unwrap_or(&path).display().to_string())
        .collect();
    files.sort();
    let more = files.len().saturating_sub(SHOWN_MAX);
    files.truncate(SHOWN_MAX);
    let list = files.join(", ");
    match (files.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(list),
        (false, more) => Some(format!("{list} and {more} more")),
    }
}
