//! Diagnostics for people: the message, the line it is about, and a caret under the place.

use std::fmt::Write as _;

use super::{Diagnostic, Severity, printable};
use crate::source::{Lines, Place};

/// Whether to use the colours of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI escape sequences.
    Always,
}

/// Widest excerpt of a line, in characters; of longer lines only the part around the place is shown.
const EXCERPT_MAX: usize = 120;
/// Characters kept in front of the place in a line that is cut.
const EXCERPT_BEFORE: usize = 40;

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const BLUE: &str = "\u{1b}[1;34m";
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// The text that shows `diagnostic` about the file `text`, of several lines, with a line break at its end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, text: &str, colour: Colour) -> String {
    let paint = Paint { colour };
    let tone = match diagnostic.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
    };
    let title = format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code);
    let message: String = diagnostic.message.chars().map(printable).collect();
    let mut out = format!("{}{}\n", paint.with(tone, &title), paint.with(BOLD, &format!(": {message}")));
    let related = diagnostic.related.iter().map(|related| related.place.line);
    let line_max = diagnostic.place.map(|place| place.line).into_iter().chain(related).max().unwrap_or(0);
    let margin = Margin { paint, width: line_max.to_string().len() };
    let page = Page { text, lines: Lines::new(text), file: &diagnostic.file, margin };
    match diagnostic.place {
        Some(place) => page.excerpt(&mut out, "-->", place, &Mark { sign: '^', tone, label: "" }),
        None => {
            let _ = writeln!(out, "{} {}", paint.with(BLUE, "-->"), page.file());
        }
    }
    for related in &diagnostic.related {
        let mark = Mark { sign: '-', tone: BLUE, label: &related.message };
        page.excerpt(&mut out, ":::", related.place, &mark);
    }
    if let Some(help) = &diagnostic.help {
        let help: String = help.chars().map(printable).collect();
        let _ = writeln!(out, "{}", margin.bar(None, ""));
        let _ = writeln!(out, "{} {}: {help}", margin.note(), paint.with(BOLD, "help"));
    }
    out
}

/// The file that excerpts are taken from.
struct Page<'a> {
    text: &'a str,
    lines: Lines,
    file: &'a str,
    margin: Margin,
}

/// What stands under a place.
struct Mark<'a> {
    sign: char,
    tone: &'a str,
    label: &'a str,
}

impl Page<'_> {
    fn file(&self) -> String {
        self.file.chars().map(printable).collect()
    }

    /// The line of `place`, its number, and `mark` under the place.
    fn excerpt(&self, out: &mut String, arrow: &str, place: Place, mark: &Mark<'_>) {
        let margin = self.margin;
        let (pad, arrow) = (" ".repeat(margin.width), margin.paint.with(BLUE, arrow));
        let _ = writeln!(out, "{pad}{arrow} {}:{}:{}", self.file(), place.line, place.column);
        let (line, begin) = self.lines.line(self.text, place.line);
        let start = place.span.start().saturating_sub(begin).min(line.len());
        let end = place.span.end().saturating_sub(begin).clamp(start, line.trim_end().len().max(start));
        let (before, marked) =
            (line.get(..start).unwrap_or_default(), line.get(start..end).unwrap_or_default());
        let window = Window::around(line, before.chars().count());
        let shown = widened(line.chars().skip(window.first).take(EXCERPT_MAX));
        let cut_left = if window.first > 0 { "…" } else { "" };
        let cut_right = if window.is_cut { "…" } else { "" };
        let indent = widened(before.chars().skip(window.first)).chars().count() + cut_left.chars().count();
        let room = (EXCERPT_MAX + 1).saturating_sub(indent).max(1);
        let signs = widened(marked.chars().take(EXCERPT_MAX)).chars().count().clamp(1, room);
        let label: String = mark.label.chars().map(printable).collect();
        let marks = format!("{} {label}", mark.sign.to_string().repeat(signs));
        let marks = margin.paint.with(mark.tone, marks.trim_end());
        let _ = writeln!(out, "{}", margin.bar(None, ""));
        let _ = writeln!(out, "{}", margin.bar(Some(place.line), &format!("{cut_left}{shown}{cut_right}")));
        let _ = writeln!(out, "{}", margin.bar(None, &format!("{}{marks}", " ".repeat(indent))));
    }
}

/// Which characters of a line are shown.
struct Window {
    first: usize,
    /// Whether there is more on the right.
    is_cut: bool,
}

impl Window {
    /// The part of `line` that shows character `start`.
    fn around(line: &str, start: usize) -> Self {
        let is_long = line.chars().nth(EXCERPT_MAX).is_some();
        let first = if is_long && start + EXCERPT_BEFORE > EXCERPT_MAX { start - EXCERPT_BEFORE } else { 0 };
        Self { first, is_cut: line.chars().nth(first + EXCERPT_MAX).is_some() }
    }
}

/// Characters as a terminal shows them in one column each: a tab as four spaces.
fn widened(chars: impl Iterator<Item = char>) -> String {
    let mut shown = String::new();
    for c in chars {
        if c == '\t' { shown.push_str("    ") } else { shown.push(printable(c)) }
    }
    shown
}

#[derive(Clone, Copy)]
struct Paint {
    colour: Colour,
}

impl Paint {
    fn with(self, tone: &str, text: &str) -> String {
        match self.colour {
            Colour::Never => text.to_owned(),
            Colour::Always => format!("{tone}{text}{PLAIN}"),
        }
    }
}

/// What stands left of an excerpt.
#[derive(Clone, Copy)]
struct Margin {
    paint: Paint,
    width: usize,
}

impl Margin {
    fn bar(self, line: Option<u32>, text: &str) -> String {
        let number = line.map_or_else(String::new, |line| line.to_string());
        let bar = self.paint.with(BLUE, &format!("{number:>width$} |", width = self.width));
        if text.is_empty() { bar } else { format!("{bar} {text}") }
    }

    fn note(self) -> String {
        self.paint.with(BLUE, &format!("{:width$} =", "", width = self.width))
    }
}
