//! The picture as SVG: one file that needs no other, in light and dark, with words for those who cannot see it.
//!
//! Nodes have a shape and an icon by their kind, and a colour by what a run has made of them; a mark in the corner says the
//! same to those who cannot tell the colours apart. What did not fit is in tooltips.
//!
//! - this module: the document
//! - `sheet`: colours and letters; `node`: a node; `edge`: an edge
//!
//! The ids in the document begin with `tidegate-`, so that a page can take it in as it is.

mod edge;
mod node;
mod sheet;

use std::fmt::Write as _;

use crate::graph::Graph;
use crate::layout::{self, Frame, Layout, SMALL_BASE, TooLarge, caption};

/// The picture of `graph`.
///
/// # Errors
/// Where the graph is larger than [`layout::NODES_MAX`].
pub fn svg(graph: &Graph) -> Result<String, TooLarge> {
    Ok(of_layout(graph, &layout::layout(graph)?))
}

/// The picture of `graph` that was laid out as `layout`.
#[must_use]
pub fn of_layout(graph: &Graph, layout: &Layout) -> String {
    let mut out = String::new();
    let (width, height) = (number(layout.size.width), number(layout.size.height));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"tidegate-title tidegate-description\" \
         class=\"tidegate\">\n<title id=\"tidegate-title\">{}</title>\n<desc id=\"tidegate-description\">{}</desc>\n",
        escaped(&title(graph)),
        escaped(&description(graph)),
    );
    sheet::write(&mut out);
    let _ = writeln!(out, "<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>");
    // What is inside of something is drawn over it, and nodes over the edges that end at them.
    let mut depths: Vec<usize> = layout.nodes.iter().flatten().map(|placement| placement.depth).collect();
    depths.sort_unstable();
    depths.dedup();
    let owners = graph.groups.iter().map(|group| group.owner.as_str()).collect();
    for depth in depths {
        edge::write(&mut out, graph, layout, depth);
        node::write(&mut out, graph, layout, depth, &owners);
        let frames = layout.groups.iter().filter(|frame| depth_of(graph, layout, frame) == Some(depth));
        frames.for_each(|frame| write_frame(&mut out, frame));
    }
    out.push_str("</svg>\n");
    out
}

fn title(graph: &Graph) -> String {
    match &graph.run {
        Some(run) => format!("{}, run {run}", graph.name),
        None => graph.name.clone(),
    }
}

fn description(graph: &Graph) -> String {
    let nodes = graph.nodes.iter().filter(|node| !node.kind.is_mark());
    let list: Vec<String> = nodes.map(|node| format!("{} ({})", node.label, node.kind.word())).collect();
    let list = format!("{}.", list.join(", "));
    match &graph.description {
        Some(description) => format!("{description} {list}"),
        None => list,
    }
}

/// The depth of the node that a group is inside of.
fn depth_of(graph: &Graph, layout: &Layout, frame: &Frame) -> Option<usize> {
    let group = graph.groups.iter().find(|group| group.id == frame.group)?;
    let owner = graph.nodes.iter().position(|node| node.id == group.owner)?;
    layout.nodes[owner].as_ref().map(|placement| placement.depth)
}

fn write_frame(out: &mut String, frame: &Frame) {
    let rect = &frame.rect;
    let _ = writeln!(
        out,
        "<rect class=\"group\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
        number(rect.at.x),
        number(rect.at.y),
        number(rect.size.width),
        number(rect.size.height),
    );
    if let Some(label) = &frame.label {
        let (x, y) = (rect.at.x + 10.0, rect.at.y + SMALL_BASE + 4.0);
        let label = escaped(&caption::label(label).join(" "));
        let _ = writeln!(out, "<text class=\"small\" x=\"{}\" y=\"{}\">{label}</text>", number(x), number(y));
    }
}

/// A number with one digit after the point, where it needs one.
fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // Minus zero is zero.
    format!("{}", tenths + 0.0)
}

/// `text` as XML has it; what XML cannot have is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
