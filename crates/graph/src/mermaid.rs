//! The text of a Mermaid flowchart, as forges and documentation tools show it.
//!
//! Nodes are `n0`, `n1` and so on, so that no name of a state is a word of Mermaid's; labels are in quotes, and what
//! Mermaid would take for its own in them is written as an entity.

use std::fmt::Write as _;

use crate::graph::{EdgeStyle, Graph, Index, Kind, Node};
use crate::progress::State;

/// The flowchart of `graph`.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let index = Index::new(graph);
    let mut chart = Chart { index: &index, out: String::new(), groups: 0 };
    let title = match &graph.run {
        Some(run) => format!("{}, run {run}", graph.name),
        None => graph.name.clone(),
    };
    // The title is YAML, where text in double quotes is as in JSON.
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    let title = title.replace('\\', "\\\\").replace('"', "\\\"");
    let _ = writeln!(chart.out, "---\ntitle: \"{title}\"\n---\nflowchart TD");
    chart.group(None, 1);
    chart.classes();
    chart.out
}

struct Chart<'g> {
    index: &'g Index<'g>,
    out: String,
    /// How many groups have been written.
    groups: usize,
}

impl Chart<'_> {
    fn group(&mut self, group: Option<&str>, depth: usize) {
        for &at in self.index.nodes_in(group) {
            self.node(at, depth);
        }
        for way in self.index.edges_in(group) {
            let edge = &self.index.graph().edges[way.edge];
            let arrow = match edge.style {
                EdgeStyle::Normal => "-->",
                EdgeStyle::Error | EdgeStyle::Control => "-.->",
            };
            let label = edge.label.as_deref().map(|label| format!("|\"{}\"|", escaped(label)));
            self.line(depth, &format!("n{} {arrow}{} n{}", way.from, label.unwrap_or_default(), way.to));
        }
    }

    fn node(&mut self, at: usize, depth: usize) {
        let node = self.index.node(at);
        let groups = self.index.groups_of(at);
        if groups.is_empty() {
            let (open, close) = shape(node.kind);
            self.line(depth, &format!("n{at}{open}\"{}\"{close}", caption(node)));
            return;
        }
        self.line(depth, &format!("subgraph n{at}[\"{}\"]", caption(node)));
        for group in groups {
            let is_alone = groups.len() == 1;
            let inner = if is_alone { depth + 1 } else { depth + 2 };
            if !is_alone {
                let label = group.label.as_deref().unwrap_or(" ");
                self.line(depth + 1, &format!("subgraph g{}[\"{}\"]", self.groups, escaped(label)));
                self.groups += 1;
            }
            self.line(inner, "direction TB");
            self.group(Some(&group.id), inner);
            if !is_alone {
                self.line(depth + 1, "end");
            }
        }
        self.line(depth, "end");
    }

    /// Colours of what a run has come to.
    fn classes(&mut self) {
        let states = [
            State::Waiting,
            State::Running,
            State::Succeeded,
            State::Caught,
            State::Failed,
            State::Cancelled,
            State::Skipped,
        ];
        for state in states {
            let is_in =
                |at: &usize| self.index.node(*at).progress.is_some_and(|progress| progress.state == state);
            let nodes = 0..self.index.graph().nodes.len();
            let nodes: Vec<String> = nodes.filter(is_in).map(|at| format!("n{at}")).collect();
            if nodes.is_empty() {
                continue;
            }
            let (name, colours) = class(state);
            self.line(1, &format!("classDef {name} {colours}"));
            self.line(1, &format!("class {} {name}", nodes.join(",")));
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }
}

fn shape(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Start | Kind::End => ("([", "])"),
        Kind::Choice => ("{{", "}}"),
        Kind::Wait => ("(", ")"),
        Kind::Succeed | Kind::Fail => ("[[", "]]"),
        Kind::Event => (">", "]"),
        Kind::Task | Kind::Pass | Kind::Parallel | Kind::Map | Kind::Scope | Kind::Run | Kind::Trigger => {
            ("[", "]")
        }
    }
}

fn caption(node: &Node) -> String {
    let mut caption = escaped(&node.label);
    if node.kind.is_mark() {
        return caption;
    }
    let mut small = vec![node.kind.word().to_owned()];
    small.extend(node.detail.iter().chain(&node.badges).map(|part| escaped(part)));
    let _ = write!(caption, "<br/><small>{}</small>", small.join(" \u{b7} "));
    if let Some(summary) = node.progress.and_then(|progress| progress.summary()) {
        let _ = write!(caption, "<br/><small>{summary}</small>");
    }
    caption
}

fn class(state: State) -> (&'static str, &'static str) {
    match state {
        State::NotReached => ("not_reached", "opacity:0.6"),
        State::Waiting => ("waiting", "fill:#fdf6d8,stroke:#7a6200,color:#16191f"),
        State::Running => ("running", "fill:#e8f2fc,stroke:#0972d3,color:#16191f,stroke-width:2px"),
        State::Succeeded => ("succeeded", "fill:#ecf7e8,stroke:#1d8102,color:#16191f"),
        State::Caught => ("caught", "fill:#fdf1e6,stroke:#c4500c,color:#16191f"),
        State::Failed => ("failed", "fill:#fdeeea,stroke:#d13212,color:#16191f,stroke-width:2px"),
        State::Cancelled => ("cancelled", "fill:#eef0f3,stroke:#6b7482,color:#16191f"),
        State::Skipped => ("skipped", "fill:#eef0f3,stroke:#6b7482,color:#16191f,stroke-dasharray:4 3"),
    }
}

/// `text` as the label of something: quotes end a label, `#` and `&` begin entities, angle brackets tags, and `` ` `` and
/// `*` and `_` Markdown; a number and a full stop at the start would make a list of it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            c if c.is_alphanumeric() || " -,:/()[]{}=+!?%@.'\u{b7}\u{d7}\u{2026}".contains(c) => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
