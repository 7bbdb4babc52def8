//! A node: its shape, its icon, its words, and the mark of how far a run has come with it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{escaped, number};
use crate::graph::{Graph, Kind, Node};
use crate::layout::caption::{ICON, NAME_LINE, PADDING, POINT, SMALL_LINE};
use crate::layout::{Layout, NAME_BASE, Placement, SMALL_BASE};
use crate::progress::State;

/// Writes the nodes that are inside of so many others; `owners` have groups.
pub(super) fn write(out: &mut String, graph: &Graph, layout: &Layout, depth: usize, owners: &BTreeSet<&str>) {
    for (node, placement) in graph.nodes.iter().zip(&layout.nodes) {
        let Some(placement) = placement.as_ref().filter(|placement| placement.depth == depth) else {
            continue;
        };
        let is_owner = owners.contains(node.id.as_str());
        let state = node.progress.map(|progress| progress.state);
        let _ = writeln!(
            out,
            "<g class=\"node {}{}\" data-id=\"{}\">\n<title>{}</title>",
            node.kind.word(),
            state.map_or_else(String::new, |state| format!(" {}", class(state))),
            escaped(&node.id),
            escaped(&tooltip(node)),
        );
        shape(out, node.kind, placement, is_owner);
        match node.kind.is_mark() {
            true => mark(out, placement),
            false => words(out, node.kind, placement, is_owner),
        }
        if let Some(state) = state {
            write_state(out, state, placement);
        }
        out.push_str("</g>\n");
    }
}

fn tooltip(node: &Node) -> String {
    let mut text = format!("{}: {}", node.label, node.kind.word());
    for part in node.detail.iter().chain(&node.badges) {
        let _ = write!(text, ", {part}");
    }
    if let Some(progress) = node.progress {
        let _ = write!(text, "; {}", progress.state.words());
        if let Some(summary) = progress.summary() {
            let _ = write!(text, ", {summary}");
        }
    }
    text
}

fn shape(out: &mut String, kind: Kind, placement: &Placement, is_owner: bool) {
    let rect = &placement.rect;
    let (x, y, right, bottom) = (rect.at.x, rect.at.y, rect.right(), rect.bottom());
    if kind == Kind::Choice && !is_owner {
        let middle = f64::midpoint(y, bottom);
        let corners = [
            (x + POINT, y),
            (right - POINT, y),
            (right, middle),
            (right - POINT, bottom),
            (x + POINT, bottom),
            (x, middle),
        ];
        let corners: Vec<String> =
            corners.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        let _ = writeln!(out, "<polygon class=\"shape box\" points=\"{}\"/>", corners.join(" "));
        return;
    }
    let (class, radius) = match kind {
        Kind::Start | Kind::End => ("mark", rect.size.height / 2.0),
        Kind::Event => ("box", rect.size.height / 2.0),
        _ if is_owner => ("owner", 10.0),
        _ => ("box", 8.0),
    };
    let _ = writeln!(
        out,
        "<rect class=\"shape {class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        number(x),
        number(y),
        number(rect.size.width),
        number(rect.size.height),
        number(radius),
    );
}

fn mark(out: &mut String, placement: &Placement) {
    let rect = &placement.rect;
    let (x, y) = (rect.at.x + rect.size.width / 2.0, rect.at.y + rect.size.height / 2.0 + 5.0);
    let text = escaped(&placement.caption.name.concat());
    let _ = writeln!(
        out,
        "<text class=\"name\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{text}</text>",
        number(x),
        number(y)
    );
}

fn words(out: &mut String, kind: Kind, placement: &Placement, is_owner: bool) {
    let caption = &placement.caption;
    let point = if matches!(kind, Kind::Choice | Kind::Event) && !is_owner { POINT / 2.0 } else { 0.0 };
    let left = placement.rect.at.x + point;
    let middle = placement.rect.at.y + caption.size.height / 2.0;
    let _ = writeln!(
        out,
        "<g class=\"icon\" transform=\"translate({} {})\"><circle cx=\"7\" cy=\"7\" r=\"11\"/><path d=\"{}\"/></g>",
        number(left + 11.0),
        number(middle - 7.0),
        icon(kind),
    );
    let x = number(left + ICON);
    let mut y = placement.rect.at.y + PADDING;
    let mut line = |class: &str, text: &str, height: f64, base: f64| {
        let text = escaped(text);
        let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{text}</text>", number(y + base));
        y += height;
    };
    if let Some(above) = &caption.above {
        line("small", above, SMALL_LINE, SMALL_BASE);
    }
    caption.name.iter().for_each(|name| line("name", name, NAME_LINE, NAME_BASE));
    for small in [&caption.below, &caption.progress].into_iter().flatten() {
        line("small", small, SMALL_LINE, SMALL_BASE);
    }
}

fn write_state(out: &mut String, state: State, placement: &Placement) {
    let path = match state {
        State::NotReached => return,
        State::Waiting => "M-2 -3V3M2 -3V3",
        State::Running => "M-2 -3.5L3.5 0L-2 3.5z",
        State::Succeeded => "M-3.5 0L-1 3L3.5 -3",
        State::Caught => "M0 -4V1M0 3.6V4",
        State::Failed => "M-3 -3L3 3M3 -3L-3 3",
        State::Cancelled => "M-3.5 0H3.5",
        State::Skipped => "M-3 -3L0 0L-3 3M1 -3L4 0L1 3",
    };
    let _ = writeln!(
        out,
        "<g class=\"state {}\" transform=\"translate({} {})\"><circle r=\"8\"/><path d=\"{path}\"/></g>",
        class(state),
        number(placement.rect.right() - 6.0),
        number(placement.rect.at.y + 3.0),
    );
}

fn class(state: State) -> &'static str {
    match state {
        State::NotReached => "not_reached",
        State::Waiting => "waiting",
        State::Running => "running",
        State::Succeeded => "succeeded",
        State::Caught => "caught",
        State::Failed => "failed",
        State::Cancelled => "cancelled",
        State::Skipped => "skipped",
    }
}

/// The lines of an icon, in a square of 14.
fn icon(kind: Kind) -> &'static str {
    match kind {
        Kind::Start | Kind::Run => "M4 2.5L11 7L4 11.5z",
        Kind::End => "M3 3H11V11H3z",
        Kind::Task => "M4 3L8 7L4 11M8.5 11H11.5",
        Kind::Choice => "M7 2L12 7L7 12L2 7z",
        Kind::Wait => "M7 2A5 5 0 1 1 6.99 2M7 4.2V7L9.2 8.4",
        Kind::Pass => "M2 7H11.5M8 3.5L11.5 7L8 10.5",
        Kind::Succeed => "M2.5 7.5L5.7 10.5L11.5 4",
        Kind::Fail => "M3.5 3.5L10.5 10.5M10.5 3.5L3.5 10.5",
        Kind::Parallel => "M4 2.5V11.5M7 2.5V11.5M10 2.5V11.5",
        Kind::Map => "M2.5 5H9V11.5H2.5zM5 5V2.5H11.5V9H9",
        Kind::Scope => "M2.5 2.5H11.5V11.5H2.5zM5.5 5.5H8.5V8.5H5.5z",
        Kind::Event => "M2 3.5H12V10.5H2zM2 3.5L7 7.5L12 3.5",
        Kind::Trigger => "M8 1.5L3.5 8H7L6 12.5L10.5 6H7z",
    }
}
