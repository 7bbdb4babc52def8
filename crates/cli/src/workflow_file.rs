//! Workflow files: read from disk, compiled, and what is wrong shown at its place.

use std::path::{Path, PathBuf};

use tidegate_json::Value;
use tidegate_languages::asl::mock::Mocks;
use tidegate_languages::{Diagnostic, Severity};
use tidegate_model::Program;

use crate::problem::{Problem, Result};
use crate::terminal::Terminal;

/// A file as somebody wrote it.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowFile {
    /// Where it is, as it was named.
    pub(crate) path: PathBuf,
    /// Its content.
    pub(crate) text: String,
}

/// A file after the compiler has seen it.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The program, where there is no error.
    pub(crate) program: Option<Program>,
    diagnostics: Vec<Diagnostic>,
}

impl WorkflowFile {
    /// The file at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
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
        Ok(Self { path: path.to_owned(), text })
    }

    /// What the compiler says about it. The program knows the directory that its functions are relative to.
    pub(crate) fn check(&self) -> Result<Checked> {
        self.check_with(&Mocks::default())
    }

    fn check_with(&self, mocks: &Mocks) -> Result<Checked> {
        let name = self.path.to_string_lossy();
        let compiled = tidegate_languages::compile_with(&self.text, &name, mocks);
        let mut program = compiled.program;
        if let Some(program) = &mut program {
            program.directory = Some(self.directory()?);
        }
        Ok(Checked { program, diagnostics: compiled.diagnostics })
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
            .map(|found| tidegate_languages::render(found, &file.text, terminal.colour()) + "\n");
        rendered.collect()
    }

    /// All diagnostics for tools.
    pub(crate) fn to_json(&self) -> Vec<Value> {
        self.diagnostics.iter().map(Diagnostic::to_json).collect()
    }
}

/// Workflow files that are in the directory where `path` is not, for a hint.
fn nearby(path: &Path) -> Option<String> {
    const SHOWN_MAX: usize = 4;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_likely = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        path.is_file() && matches!(extension, Some("yaml" | "yml" | "json"))
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
