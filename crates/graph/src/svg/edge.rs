//! An edge: its line, its head, its label.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{escaped, number};
use crate::graph::{Edge, EdgeStyle, Graph};
use crate::layout::caption::{self, SMALL_LINE};
use crate::layout::{Layout, Point, SMALL_BASE, Way};

/// Writes the edges between nodes that are inside of so many others.
pub(super) fn write(out: &mut String, graph: &Graph, layout: &Layout, depth: usize) {
    let depths: BTreeMap<&str, usize> = graph
        .nodes
        .iter()
        .zip(&layout.nodes)
        .filter_map(|(node, placement)| Some((node.id.as_str(), placement.as_ref()?.depth)))
        .collect();
    let here = graph.edges.iter().zip(&layout.edges).filter_map(|(edge, way)| Some((edge, way.as_ref()?)));
    let mut here: Vec<(&Edge, &Way)> =
        here.filter(|(edge, _)| depths.get(edge.from.as_str()) == Some(&depth)).collect();
    // Edges share their ways, and one that was taken is to be seen.
    here.sort_by_key(|(edge, _)| edge.taken.unwrap_or(0) > 0);
    let mut drawn = Drawn::new();
    for (edge, way) in &here {
        line(out, edge, way, &mut drawn);
    }
    for (edge, way) in here {
        label(out, edge, way, depth);
    }
}

/// Points that lines go through, by the looks of the line and where it leads.
type Drawn<'g> = BTreeSet<(&'static str, &'static str, &'g str, u64, u64)>;

/// Draws the line of `edge`, up to where it meets one of the same looks that leads to the same node: from there on they
/// are one, head included.
fn line<'g>(out: &mut String, edge: &'g Edge, way: &Way, drawn: &mut Drawn<'g>) {
    let (taken, head) = match (edge.taken, edge.style) {
        (Some(1..), _) => (" taken", "taken"),
        (Some(0), EdgeStyle::Error) => (" untaken", "error"),
        (Some(0), _) => (" untaken", "go"),
        (None, EdgeStyle::Normal) => ("", "go"),
        (None, EdgeStyle::Error) => ("", "error"),
        (None, EdgeStyle::Control) => ("", "control"),
    };
    let style = match edge.style {
        EdgeStyle::Normal => "",
        EdgeStyle::Error => " error",
        EdgeStyle::Control => " control",
    };
    let key = |point: &Point| (style, taken, edge.to.as_str(), point.x.to_bits(), point.y.to_bits());
    let meets = way.points.iter().skip(1).position(|point| drawn.contains(&key(point)));
    let points = match meets {
        Some(place) => &way.points[..place + 2],
        None => &way.points[..],
    };
    drawn.extend(points.iter().skip(1).map(key));
    let head = if meets.is_some() { String::new() } else { format!(" marker-end=\"url(#tidegate-{head})\"") };
    let _ = writeln!(out, "<path class=\"edge{style}{taken}\"{head} d=\"{}\"/>", path(points));
}

/// The way as SVG has it.
fn path(points: &[Point]) -> String {
    let at = |point: &Point| format!("{} {}", number(point.x), number(point.y));
    let Some(first) = points.first() else { return String::new() };
    let mut path = format!("M{}", at(first));
    if let [from, out, to] = points
        && from.x == to.x
        && out.x != from.x
    {
        let x = number(out.x + (out.x - from.x) / 3.0);
        let _ = write!(path, "C{x} {} {x} {} {}", number(from.y), number(to.y), at(to));
        return path;
    }
    for pair in points.windows(2) {
        let (from, to) = (&pair[0], &pair[1]);
        if (from.x - to.x).abs() < 0.05 {
            let _ = write!(path, "L{}", at(to));
        } else {
            let middle = number(f64::midpoint(from.y, to.y));
            let _ = write!(path, "C{} {middle} {} {middle} {}", number(from.x), number(to.x), at(to));
        }
    }
    path
}

fn label(out: &mut String, edge: &Edge, way: &Way, depth: usize) {
    let (Some(text), Some(rect)) = (&edge.label, &way.label) else { return };
    let (x, y) = (rect.at.x, rect.at.y);
    let _ = write!(
        out,
        "<g><title>{}</title><rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        escaped(text),
        if depth == 0 { "label" } else { "label within" },
        number(x),
        number(y),
        number(rect.size.width),
        number(rect.size.height),
    );
    let middle = number(x + rect.size.width / 2.0);
    for (line, text) in caption::label(text).iter().enumerate() {
        let base = number(y + SMALL_BASE + line as f64 * SMALL_LINE);
        let text = escaped(text);
        let _ = write!(
            out,
            "<text class=\"small\" x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\">{text}</text>"
        );
    }
    out.push_str("</g>\n");
}
