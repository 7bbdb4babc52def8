//! The picture for a terminal: an outline that is read from top to bottom.
//!
//! Each node has one line. What follows a node stands below it; where there are several ways on, each has its branch, with what
//! only that way leads to. What several ways lead to stands after the node that they all come from, and the ways to it say
//! so: `→ Refund ↓` is further down, `→ Check ↑` further up, which is a loop. So the lines follow the flow, loops and joins
//! cost one line each, and no line crosses another, however large the workflow is. (A node stands below the last one
//! that all ways to it go through: its immediate dominator.)
//!
//! - this module: lines, colours and widths
//! - `outline`: what stands below what

mod outline;

use crate::graph::{EdgeStyle, Graph, Index, Kind, Node};
use crate::layout::caption::is_wide;
use crate::progress::State;
use outline::Outline;

/// How the picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of a line; longer ones are cut.
    pub width: usize,
    /// Whether lines have colours.
    pub colour: Colour,
}

/// Whether lines have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// As ECMA-48 escape sequences.
    Always,
    /// None.
    Never,
}

/// The narrowest line that is drawn.
const WIDTH_MIN: usize = 40;

/// The picture of `graph`.
#[must_use]
pub fn text(graph: &Graph, style: Style) -> String {
    let index = Index::new(graph);
    let mut page = Page { index: &index, lines: Vec::new() };
    page.group(None, None, "");
    let mut out = head(graph, style);
    let width = style.width.max(WIDTH_MIN);
    let column = column(&page.lines, width);
    for line in &page.lines {
        line.write(&mut out, column, Style { width, ..style });
    }
    out
}

fn head(graph: &Graph, style: Style) -> String {
    let mut head = paint(Paint::Strong, &plain(&graph.name), style.colour);
    if let Some(run) = &graph.run {
        head.push_str(&format!("  run {}", plain(run)));
    }
    head.push('\n');
    if let Some(description) = &graph.description {
        let description = cut(&plain(description), style.width.max(WIDTH_MIN));
        head.push_str(&paint(Paint::Faint, &description, style.colour));
        head.push('\n');
    }
    head.push('\n');
    head
}

/// Where what is said about nodes begins: after most of the names, and before the middle of a wide line.
fn column(lines: &[Line], width: usize) -> usize {
    let longest = lines.iter().filter(|line| !line.aside.is_empty()).map(Line::width).max().unwrap_or(0);
    (longest + 2).min(width * 3 / 5)
}

/// A line of the picture.
#[derive(Debug, Default)]
struct Line {
    /// Branches that go past it on its left.
    stem: String,
    parts: Vec<(Paint, String)>,
    /// What else is said, in a column of its own.
    aside: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paint {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Active,
    Warning,
}

impl Line {
    fn width(&self) -> usize {
        columns(&self.stem) + self.parts.iter().map(|(_, text)| columns(text)).sum::<usize>()
    }

    fn write(&self, out: &mut String, column: usize, style: Style) {
        let mut line = paint(Paint::Faint, &self.stem, style.colour);
        let mut left = style.width.saturating_sub(columns(&self.stem));
        for (of, text) in &self.parts {
            let text = cut(text, left);
            left -= columns(&text).min(left);
            line.push_str(&paint(*of, &text, style.colour));
        }
        let used = style.width - left;
        let gap = column.saturating_sub(used).max(2);
        if !self.aside.is_empty() && left > gap + 4 {
            line.extend(std::iter::repeat_n(' ', gap));
            line.push_str(&paint(Paint::Faint, &cut(&self.aside, left - gap), style.colour));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

struct Page<'g> {
    index: &'g Index<'g>,
    lines: Vec<Line>,
}

impl Page<'_> {
    /// Draws a group, or the drawing itself.
    fn group(&mut self, group: Option<&str>, first: Option<&str>, stem: &str) {
        let outline = Outline::of(self.index, group, first);
        for (place, &root) in outline.roots.iter().enumerate() {
            if place > 0 {
                self.blank(stem);
            }
            self.flow(&outline, root, stem, stem);
        }
    }

    /// Draws a node, what follows it, and what stands below it. The first line has `lead` on its left, and the others
    /// `stem`.
    fn flow(&mut self, outline: &Outline, root: usize, lead: &str, stem: &str) {
        let mut lead = lead;
        let mut next = Some(root);
        let mut below: Vec<usize> = Vec::new();
        while let Some(node) = next.take() {
            self.node(outline, node, lead, stem);
            lead = stem;
            let ways = outline.ways(node);
            // What several ways lead to comes after everything that only one of them does.
            below.splice(0..0, outline.joins(node).iter().copied());
            let goes_on = |way: &outline::Way| outline.is_inside(way) || below.first() == Some(&way.to);
            // The first way on, where it says nothing, needs no branch: it is straight down.
            let straight = ways.first().copied().filter(|first| self.is_plain(first) && goes_on(first));
            let is_straight = |way: &outline::Way| straight.is_some_and(|straight| straight.edge == way.edge);
            let branches: Vec<outline::Way> = ways.iter().copied().filter(|way| !is_straight(way)).collect();
            for (place, way) in branches.iter().enumerate() {
                let is_last = place + 1 == branches.len() && straight.is_none();
                self.branch(outline, *way, stem, is_last);
            }
            if let Some(straight) = straight {
                below.retain(|&join| join != straight.to);
                self.push(stem, vec![(Paint::Faint, "\u{2502}".to_owned())], String::new());
                next = Some(straight.to);
            } else if !below.is_empty() {
                self.blank(stem);
                next = Some(below.remove(0));
            }
        }
    }

    /// Draws one of several ways on.
    fn branch(&mut self, outline: &Outline, way: outline::Way, stem: &str, is_last: bool) {
        let (fork, past) =
            if is_last { ("\u{2514}\u{2500} ", "   ") } else { ("\u{251c}\u{2500} ", "\u{2502}  ") };
        let inner = format!("{stem}{past}");
        let is_inside = outline.is_inside(&way);
        let edge = &self.index.graph().edges[way.edge];
        let of = match edge.style {
            EdgeStyle::Normal => Paint::Plain,
            EdgeStyle::Error => Paint::Bad,
            EdgeStyle::Control => Paint::Faint,
        };
        let taken = match edge.taken {
            Some(1) => " \u{2713}".to_owned(),
            Some(times @ 2..) => format!(" \u{2713} {times}\u{d7}"),
            Some(0) | None => String::new(),
        };
        let label = self.label(&way);
        if is_inside && label.is_none() && taken.is_empty() {
            self.flow(outline, way.to, &format!("{stem}{fork}"), &inner);
            return;
        }
        let mut parts = vec![(Paint::Faint, fork.to_owned())];
        if let Some(label) = label {
            let mark = if edge.style == EdgeStyle::Error { "\u{2717} " } else { "" };
            parts.push((of, format!("{mark}{label}")));
        }
        parts.push((Paint::Good, taken));
        if !is_inside {
            let space = if parts.iter().skip(1).any(|(_, text)| !text.is_empty()) { " " } else { "" };
            let turn = if outline.is_before(way.to, way.from) { "\u{2191}" } else { "\u{2193}" };
            let name = plain(&self.index.node(way.to).label);
            parts.push((Paint::Faint, format!("{space}\u{2192} {name} {turn}")));
        }
        self.push(stem, parts, String::new());
        if is_inside {
            self.flow(outline, way.to, &inner, &inner);
        }
    }

    fn node(&mut self, outline: &Outline, at: usize, lead: &str, stem: &str) {
        let node = self.index.node(at);
        let state = node.progress.map(|progress| progress.state);
        let of = state.map_or(Paint::Strong, colour_of);
        let sign = state.and_then(sign_of).unwrap_or_else(|| sign(node.kind));
        let parts = vec![(of, format!("{sign} ")), (of, plain(&node.label))];
        self.push(lead, parts, aside(node));
        let groups = self.index.groups_of(at);
        if groups.is_empty() {
            return;
        }
        let goes_on = !outline.ways(at).is_empty();
        let stem = format!("{stem}{}", if goes_on { "\u{2502} " } else { "  " });
        for group in groups {
            let label = group.label.as_deref().filter(|_| groups.len() > 1).map(plain);
            let label = label.map_or_else(String::new, |label| format!(" {label}"));
            self.push(&stem, vec![(Paint::Faint, format!("\u{2554}\u{2550}{label}"))], String::new());
            self.group(Some(&group.id), group.first.as_deref(), &format!("{stem}\u{2551} "));
        }
        self.push(&stem, vec![(Paint::Faint, "\u{255a}\u{2550}".to_owned())], String::new());
    }

    fn label(&self, way: &outline::Way) -> Option<String> {
        self.index.graph().edges[way.edge].label.as_deref().map(plain)
    }

    /// Whether a way has nothing to say.
    fn is_plain(&self, way: &outline::Way) -> bool {
        let edge = &self.index.graph().edges[way.edge];
        edge.label.is_none() && edge.style == EdgeStyle::Normal
    }

    fn push(&mut self, stem: &str, parts: Vec<(Paint, String)>, aside: String) {
        self.lines.push(Line { stem: stem.to_owned(), parts, aside });
    }

    fn blank(&mut self, stem: &str) {
        self.push(stem, Vec::new(), String::new());
    }
}

/// What is said about a node beside its name.
fn aside(node: &Node) -> String {
    let mut parts = Vec::new();
    if let Some(progress) = node.progress {
        parts.extend(
            progress
                .summary()
                .or_else(|| (progress.state != State::NotReached).then(|| progress.state.words().to_owned())),
        );
    }
    if !node.kind.is_mark() {
        let detail = node.detail.as_deref().map(plain);
        let kind = node.kind.word();
        parts.push(detail.map_or_else(|| kind.to_owned(), |detail| format!("{kind} {detail}")));
    }
    parts.extend(node.badges.iter().map(|badge| plain(badge)));
    parts.join(" \u{b7} ")
}

fn sign(kind: Kind) -> &'static str {
    match kind {
        Kind::Start | Kind::End => "\u{25cf}",
        Kind::Task => "\u{25a0}",
        Kind::Choice => "\u{25c6}",
        Kind::Wait => "\u{25f7}",
        Kind::Pass => "\u{25b7}",
        Kind::Succeed => "\u{2714}",
        Kind::Fail => "\u{2716}",
        Kind::Parallel => "\u{2261}",
        Kind::Map => "\u{2237}",
        Kind::Scope => "\u{25a1}",
        Kind::Run => "\u{25b6}",
        Kind::Event => "\u{25cc}",
        Kind::Trigger => "\u{25b8}",
    }
}

fn sign_of(state: State) -> Option<&'static str> {
    match state {
        State::NotReached => None,
        State::Waiting => Some("\u{2026}"),
        State::Running => Some("\u{25b6}"),
        State::Succeeded => Some("\u{2713}"),
        State::Caught => Some("!"),
        State::Failed => Some("\u{2717}"),
        State::Cancelled => Some("-"),
        State::Skipped => Some("\u{bb}"),
    }
}

fn colour_of(state: State) -> Paint {
    match state {
        State::NotReached | State::Cancelled | State::Skipped => Paint::Faint,
        State::Waiting | State::Caught => Paint::Warning,
        State::Running => Paint::Active,
        State::Succeeded => Paint::Good,
        State::Failed => Paint::Bad,
    }
}

fn paint(of: Paint, text: &str, colour: Colour) -> String {
    let code = match of {
        Paint::Plain => return text.to_owned(),
        Paint::Strong => "1",
        Paint::Faint => "2",
        Paint::Good => "32",
        Paint::Bad => "31",
        Paint::Active => "36",
        Paint::Warning => "33",
    };
    match colour {
        Colour::Always if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        Colour::Always | Colour::Never => text.to_owned(),
    }
}

/// `text` on one line, without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `text` cut to so many columns, with an ellipsis where something is missing.
fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += width_of(c);
        if used > width {
            break;
        }
        kept.push(c);
    }
    if width > 0 {
        kept.push('\u{2026}');
    }
    kept
}

fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(c: char) -> usize {
    if is_wide(c) { 2 } else { 1 }
}
