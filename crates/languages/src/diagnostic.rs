//! Diagnostics: what is wrong with somebody's file, where, and how to mend it.
//!
//! Invariant: a diagnostic that has a place has one that lies in the text it is about. Compilers collect
//! them in [`Reports`] and go on, so that one attempt shows all mistakes.

mod render;

use tidegate_json::Value;
use tidegate_model::Text;

use crate::source::{Node, Place, Source, Span};

pub use render::{Colour, render};

/// A mistake in a file, or a doubt about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether there can be a program in spite of it.
    pub severity: Severity,
    /// What kind of mistake: the part of the compiler and a word for it, as in `triggers::unknown_step`.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// The way out, where there is one to name.
    pub help: Option<String>,
    /// Name of the file.
    pub file: Text,
    /// Where; `None` where it is about the file as a whole.
    pub place: Option<Place>,
    /// JSON pointer (RFC 6901) to the innermost value at that place.
    pub pointer: Option<String>,
    /// Other places that play a part.
    pub related: Vec<Related>,
}

/// A place that helps to understand a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// There is no program.
    Error,
    /// There is one, but it may not be what was meant.
    Warning,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    /// Adds the way out.
    pub fn with_help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place.
    pub fn with_related(&mut self, message: impl Into<String>, place: Place) -> &mut Self {
        self.related.push(Related { message: message.into(), place });
        self
    }

    /// The diagnostic as JSON, for tools. `line` and `column` count from 1, `offset` and `length` are bytes.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = Value::object([
            ("severity", self.severity.as_str()),
            ("code", self.code),
            ("message", &self.message),
            ("file", &self.file),
        ]);
        if let Some(help) = &self.help {
            json.set("help", help);
        }
        if let Some(place) = self.place {
            set_place(&mut json, place);
        }
        if let Some(pointer) = &self.pointer {
            json.set("pointer", pointer);
        }
        if !self.related.is_empty() {
            let related = self.related.iter().map(|related| {
                let mut json = Value::object([("message", &related.message)]);
                set_place(&mut json, related.place);
                json
            });
            json.set("related", related.collect::<Vec<_>>());
        }
        json
    }
}

fn set_place(json: &mut Value, place: Place) {
    json.set("line", place.line);
    json.set("column", place.column);
    json.set("offset", place.span.offset);
    json.set("length", place.span.length);
}

/// Most errors, and most warnings, that are kept for one file; of the others only the number is told.
pub const DIAGNOSTICS_MAX: usize = 200;

/// The diagnostics of one source, being collected.
#[derive(Debug)]
pub struct Reports<'s> {
    source: &'s Source,
    kept: Vec<Diagnostic>,
    /// Takes what is said about a diagnostic beyond the limit.
    dropped: Option<Diagnostic>,
    dropped_count: usize,
    errors_count: usize,
    warnings_count: usize,
}

impl<'s> Reports<'s> {
    /// No diagnostics about `source` yet.
    #[must_use]
    pub fn new(source: &'s Source) -> Self {
        Self { source, kept: Vec::new(), dropped: None, dropped_count: 0, errors_count: 0, warnings_count: 0 }
    }

    /// What they are about.
    #[must_use]
    pub fn source(&self) -> &'s Source {
        self.source
    }

    /// Adds an error at `span`.
    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, code, span, message.into())
    }

    /// Adds a warning at `span`.
    pub fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, code, span, message.into())
    }

    /// Adds diagnostics that were finished elsewhere.
    pub fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        for found in diagnostics {
            self.count(found.severity);
            self.kept.push(found);
        }
    }

    /// Whether another diagnostic of this severity is kept. Where it is not, what it takes long to find out
    /// about it is not worth finding out.
    #[must_use]
    pub fn has_room(&self, severity: Severity) -> bool {
        match severity {
            Severity::Error => self.errors_count < DIAGNOSTICS_MAX,
            Severity::Warning => self.warnings_count < DIAGNOSTICS_MAX,
        }
    }

    fn count(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors_count += 1,
            Severity::Warning => self.warnings_count += 1,
        }
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors_count(&self) -> usize {
        self.errors_count
    }

    /// Whether an error is placed within `span`.
    #[must_use]
    pub fn has_error_within(&self, span: Span) -> bool {
        let within = |place: Place| span.start() <= place.span.start() && place.span.end() <= span.end();
        let mut errors = self.kept.iter().filter(|found| found.severity == Severity::Error);
        errors.any(|found| found.place.is_some_and(within))
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: String,
    ) -> &mut Diagnostic {
        let diagnostic = Diagnostic {
            severity,
            code,
            message,
            help: None,
            file: self.source.name.clone(),
            place: Some(self.source.place(span)),
            pointer: None,
            related: Vec::new(),
        };
        let has_room = self.has_room(severity);
        self.count(severity);
        if !has_room {
            self.dropped_count += 1;
            return self.dropped.insert(diagnostic);
        }
        self.kept.push(diagnostic);
        self.kept.last_mut().expect("one was pushed")
    }

    /// All of them in the order of their places, with pointers into `root`.
    #[must_use]
    pub fn finish(mut self, root: Option<&Node>) -> Vec<Diagnostic> {
        self.kept.sort_by_key(|found| (found.place.map(|place| place.span.offset), found.severity));
        for found in &mut self.kept {
            if let (None, Some(root), Some(place)) = (&found.pointer, root, found.place) {
                found.pointer = Some(root.pointer_at(place.span.start()));
            }
        }
        if self.dropped_count > 0 {
            let message = format!("{} more mistakes are not shown", self.dropped_count);
            let severity = if self.errors_count > 0 { Severity::Error } else { Severity::Warning };
            self.kept.push(Diagnostic {
                severity,
                code: "source::more",
                message,
                help: None,
                file: self.source.name.clone(),
                place: None,
                pointer: None,
                related: Vec::new(),
            });
        }
        self.kept
    }
}

/// `text` for a message: in backticks, cut to a length that fits, without control characters.
#[must_use]
pub fn quoted(text: &str) -> String {
    const LENGTH_MAX: usize = 60;
    let mut shown: String = text.chars().take(LENGTH_MAX).map(printable).collect();
    if text.chars().nth(LENGTH_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// `c`, or what stands for it where a terminal would obey it.
pub(crate) fn printable(c: char) -> char {
    // Marks that turn the direction of writing can make a line look like another.
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { '\u{FFFD}' } else { c }
}
