//! From the text of a file to a program, whatever language it is in.

use tidegate_engine::Registry;
use tidegate_model::{Program, WorkflowName};

use crate::asl::{self, mock::Mocks};
use crate::dag;
use crate::detect::{self, Language};
use crate::diagnostic::{Diagnostic, Reports, Severity};
use crate::orchestration;
use crate::schedule;
use crate::schema;
use crate::source::{Document, Source, Span, limits};
use crate::sweep;
use crate::triggers;

/// What came of compiling a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The program; `None` where there is an error.
    pub program: Option<Program>,
    /// Everything that was found, in the order of the places it is about.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles `text`, a workflow file that people call `name`.
///
/// Whatever the text is, there is either a program or at least one error. The program is a function of the
/// text alone.
#[must_use]
pub fn compile(text: &str, name: &str) -> Compiled {
    compile_with(text, name, &Mocks::default())
}

/// As [`compile()`], with `mocks` in place of what a state machine would call. Other languages have none.
#[must_use]
pub fn compile_with(text: &str, name: &str, mocks: &Mocks) -> Compiled {
    let source = Source::new(name, text);
    if text.len() <= limits::TEXT_BYTES_MAX && detect::is_airflow(name, text) {
        return failed(&source, |reports| unsupported(Language::Airflow, reports));
    }
    let (document, found) = Document::read(&source);
    let Some(document) = document else { return Compiled { program: None, diagnostics: found } };
    let mut reports = Reports::new(&source);
    reports.extend(found);
    let program = match detect::of_document(&document.root) {
        Language::Triggers => triggers::compile(&document, &mut reports),
        Language::Asl => {
            let options = asl::Options { mocks: mocks.clone(), ..asl::Options::local(workflow_name(name)) };
            asl::compile_document(&document, &options, text, &mut reports)
        }
        Language::Dag => dag::compile(&document, &mut reports),
        Language::Sweep => sweep::compile(&document, &mut reports),
        Language::Orchestration => orchestration::compile(&document, &mut reports),
        language @ (Language::Airflow | Language::Unknown) => {
            unsupported(language, &mut reports);
            None
        }
    };
    let diagnostics = reports.finish(Some(&document.root));
    let is_sound = diagnostics.iter().all(|found| found.severity != Severity::Error);
    Compiled { program: program.filter(|_| is_sound), diagnostics }
}

/// The conditions and actions that programs of all languages need.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::native();
    asl::register(&mut registry);
    dag::register(&mut registry);
    orchestration::register(&mut registry);
    schedule::register(&mut registry);
    registry.set_input_rule(schema::make);
    registry
}

/// The name of a workflow whose text has none: that of its file, up to the first dot.
#[must_use]
pub fn workflow_name(file: &str) -> WorkflowName {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = base.split('.').next().unwrap_or(base);
    let plain: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect();
    let plain = plain.trim_start_matches('-');
    let name = WorkflowName::new(&plain[..plain.len().min(WorkflowName::LENGTH_MAX)]);
    name.unwrap_or_else(|_| WorkflowName::new("workflow").expect("it is a name"))
}

fn failed(source: &Source, report: impl FnOnce(&mut Reports<'_>)) -> Compiled {
    let mut reports = Reports::new(source);
    report(&mut reports);
    Compiled { program: None, diagnostics: reports.finish(None) }
}

fn unsupported(language: Language, reports: &mut Reports<'_>) {
    let start = Span::default();
    match language {
        Language::Unknown => reports
            .error("languages::unknown", start, "this is no workflow file of a language that is known here")
            .with_help("a trigger file has the keys `workflow` and `triggers`, a DAG file `dag` and `tasks`"),
        known => reports
            .error(
                "languages::unsupported",
                start,
                format!("this is {}, which cannot be compiled", known.title()),
            )
            .with_help(
                "trigger files, DAG files and state machines can: see docs/trigger-files.md, docs/dags.md and \
                 docs/state-machines.md",
            ),
    };
}
