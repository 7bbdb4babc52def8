//! From the text of a file to a program, whatever language it is in.

use tidegate_model::Program;

use crate::detect::{self, Language};
use crate::diagnostic::{Diagnostic, Reports, Severity};
use crate::source::{Document, Source, Span, limits};
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
        language @ (Language::Asl
        | Language::Dag
        | Language::Sweep
        | Language::Airflow
        | Language::Unknown) => {
            unsupported(language, &mut reports);
            None
        }
    };
    let diagnostics = reports.finish(Some(&document.root));
    let is_sound = diagnostics.iter().all(|found| found.severity != Severity::Error);
    Compiled { program: program.filter(|_| is_sound), diagnostics }
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
            .with_help("a trigger file has the keys `workflow` and `triggers`"),
        known => reports
            .error(
                "languages::unsupported",
                start,
                format!("this is {}, which cannot be compiled", known.title()),
            )
            .with_help("trigger files can: see docs/trigger-files.md"),
    };
}
