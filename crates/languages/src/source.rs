//! Documents: YAML or JSON text as a tree of values that know where they were written.
//!
//! Owns the reading of text and the arithmetic of places; knows no workflow language. Invariant: a document
//! is within the [`limits`], its keys are unique, and everything in it can be said in JSON.

mod json;
pub mod limits;
mod node;
mod place;
mod pointer;
mod scalar;
mod within;
mod yaml;

use tidegate_model::Text;

use crate::diagnostic::{Diagnostic, Reports};

pub use node::{Content, Member, Node, Style};
pub use place::{Lines, Place, Span};
pub use within::place_within;

/// A text and what people call it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name for messages, usually the path of a file.
    pub name: Text,
    /// The text.
    pub text: Text,
    /// Where its lines are.
    pub lines: Lines,
}

/// A source that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its text.
    pub source: Source,
    /// Its value.
    pub root: Node,
}

/// The two notations of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// YAML 1.2.
    Yaml,
    /// JSON (RFC 8259).
    Json,
}

impl Source {
    /// The source `text`, called `name`.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        // What is too long is refused by `Document::read` and has no places.
        let lines = Lines::new(if text.len() > limits::TEXT_BYTES_MAX { "" } else { text });
        Self { name: name.into(), text: text.into(), lines }
    }

    /// JSON by its name (`.json`), or, where the name says nothing, by its first character.
    #[must_use]
    pub fn notation(&self) -> Notation {
        let extension = self.name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "json" => Notation::Json,
            "yaml" | "yml" => Notation::Yaml,
            _ if self.text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => Notation::Json,
            _ => Notation::Yaml,
        }
    }

    /// Line and column of `span`.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        self.lines.place(&self.text, span)
    }
}

impl Document {
    /// Reads `source`. Without a document there is at least one error; with one there may be some as well.
    #[must_use]
    pub fn read(source: &Source) -> (Option<Self>, Vec<Diagnostic>) {
        let mut reports = Reports::new(source);
        let root = match source.notation() {
            _ if source.text.len() > limits::TEXT_BYTES_MAX => {
                too_long(&mut reports);
                None
            }
            Notation::Json => json::read(&mut reports),
            Notation::Yaml => yaml::read(&mut reports),
        };
        let diagnostics = reports.finish(root.as_ref());
        (root.map(|root| Self { source: source.clone(), root }), diagnostics)
    }
}

fn too_long(reports: &mut Reports<'_>) {
    let length = reports.source().text.len();
    let message = format!("the file is {length} bytes long; the limit is {} bytes", limits::TEXT_BYTES_MAX);
    reports.error("source::too_long", Span::default(), message);
}
