//! Places: where nodes, groups and labels are, and which ways edges take.
//!
//! Each group is laid out by itself, as [`layered`] does it, and stands as one box in the layout around it. An edge never
//! leaves its group, so nothing else is needed for groups within groups.
//!
//! - this module: the result, and how groups nest
//! - [`caption`]: what is written on a node, and how much room that takes
//! - `layered`: boxes and arrows from top to bottom
//!
//! Invariants: boxes of nodes overlap only where one is inside of the other; a way begins and ends on the border of
//! its nodes, and goes through no other box.

pub mod caption;
mod layered;

use serde::Serialize;

use crate::graph::{Graph, Index};
use caption::Caption;
use layered::{Level, Link, Placed};

/// Nodes that a layout takes.
pub const NODES_MAX: usize = 5_000;

/// From the top of a line of small letters to what they stand on.
pub(crate) const SMALL_BASE: f64 = 11.0;

/// From the top of a line of a name to what its letters stand on.
pub(crate) const NAME_BASE: f64 = 14.0;

/// Room around the picture.
const MARGIN: f64 = 16.0;

/// Room between a group and what is around it.
const GROUP_PADDING: f64 = 14.0;

/// Room between groups of one owner.
const GROUP_GAP: f64 = 16.0;

/// Height of the line that a group's label stands on.
const GROUP_LABEL: f64 = 20.0;

/// Width from which the groups of one owner go on in another row.
const ROW_WIDTH: f64 = 1_600.0;

/// Where everything is, in pixels from the left and from the top.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layout {
    /// Size of the whole.
    pub size: Size,
    /// Boxes of the nodes, by their position in the graph; `None` for those that cannot be drawn.
    pub nodes: Vec<Option<Placement>>,
    /// Ways of the edges, by their position in the graph; `None` for those that cannot be drawn.
    pub edges: Vec<Option<Way>>,
    /// Groups, those within others after these.
    pub groups: Vec<Frame>,
}

/// A width and a height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Size {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rect {
    /// Its left upper corner.
    #[serde(flatten)]
    pub at: Point,
    /// Its size.
    #[serde(flatten)]
    pub size: Size,
}

/// A node's box, and what is written at its top.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placement {
    /// Its box.
    #[serde(flatten)]
    pub rect: Rect,
    /// Its words.
    #[serde(skip)]
    pub caption: Caption,
    /// How many boxes it is inside of.
    pub depth: usize,
}

/// The way of an edge, from the node that it leaves to the one that it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// Points on it. Between two points of the same `x` it is straight; between others it leaves the one and comes to the
    /// other vertically.
    pub points: Vec<Point>,
    /// Where its label stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Rect>,
}

/// A group's box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frame {
    /// Id of the group.
    pub group: String,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its box.
    #[serde(flatten)]
    pub rect: Rect,
}

/// A graph with more nodes than a picture can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// How many it has.
    pub nodes: usize,
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} nodes are too many for a picture, which has at most {NODES_MAX}", self.nodes)
    }
}

impl std::error::Error for TooLarge {}

/// Lays `graph` out.
///
/// # Errors
/// Where it has more than [`NODES_MAX`] nodes.
pub fn layout(graph: &Graph) -> Result<Layout, TooLarge> {
    if graph.nodes.len() > NODES_MAX {
        return Err(TooLarge { nodes: graph.nodes.len() });
    }
    let index = Index::new(graph);
    let whole = Nest::of(&index, None, None);
    let inner = whole.placed.size;
    let mut layout = Layout {
        size: Size { width: inner.width + 2.0 * MARGIN, height: inner.height + 2.0 * MARGIN },
        nodes: vec![None; graph.nodes.len()],
        edges: vec![None; graph.edges.len()],
        groups: Vec::new(),
    };
    whole.put(&index, Point { x: MARGIN, y: MARGIN }, 0, &mut layout);
    Ok(layout)
}

/// The nodes of a group, laid out, with what is nested in them.
struct Nest {
    nodes: Vec<Member>,
    edges: Vec<usize>,
    placed: Placed,
}

/// A node and what is inside of it.
struct Member {
    node: usize,
    caption: Caption,
    size: Size,
    groups: Vec<Inner>,
}

/// A group inside of a node.
struct Inner {
    id: String,
    label: Option<String>,
    /// Its box, from the corner of the node's.
    rect: Rect,
    nest: Nest,
}

impl Nest {
    fn of(index: &Index<'_>, group: Option<&str>, first: Option<&str>) -> Self {
        let nodes: Vec<Member> = index.nodes_in(group).iter().map(|&node| Member::of(index, node)).collect();
        let place = |node: usize| nodes.iter().position(|member| member.node == node);
        let place_of: std::collections::BTreeMap<usize, usize> =
            nodes.iter().enumerate().map(|(place, member)| (member.node, place)).collect();
        let mut links = Vec::new();
        let mut edges = Vec::new();
        for way in index.edges_in(group) {
            let (Some(&from), Some(&to)) = (place_of.get(&way.from), place_of.get(&way.to)) else { continue };
            let edge = &index.graph().edges[way.edge];
            let label = edge.label.as_deref().map(caption::label_size);
            links.push(Link { from, to, label, style: edge.style });
            edges.push(way.edge);
        }
        let first = first.and_then(|first| index.find(first)).and_then(place);
        let level = Level { boxes: nodes.iter().map(|member| member.size).collect(), links, first };
        Self { placed: level.place(), nodes, edges }
    }

    /// Puts what is here into `layout`, with its corner at `corner`.
    fn put(self, index: &Index<'_>, corner: Point, depth: usize, layout: &mut Layout) {
        let Placed { boxes, ways, labels, .. } = self.placed;
        for ((edge, points), label) in self.edges.into_iter().zip(ways).zip(labels) {
            let points = points.into_iter().map(|point| point.from(corner)).collect();
            let size = index.graph().edges[edge].label.as_deref().map(caption::label_size);
            let label = label.zip(size).map(|(at, size)| Rect { at: at.from(corner), size });
            layout.edges[edge] = Some(Way { points, label });
        }
        for (member, at) in self.nodes.into_iter().zip(boxes) {
            let at = at.from(corner);
            let Member { node, caption, size, groups } = member;
            layout.nodes[node] = Some(Placement { rect: Rect { at, size }, caption, depth });
            for Inner { id, label, rect, nest } in groups {
                let rect = Rect { at: rect.at.from(at), ..rect };
                let shift = if label.is_some() { GROUP_LABEL } else { 0.0 };
                let inner = Point { x: rect.at.x + GROUP_PADDING, y: rect.at.y + GROUP_PADDING + shift };
                layout.groups.push(Frame { group: id, label, rect });
                nest.put(index, inner, depth + 1, layout);
            }
        }
    }
}

impl Member {
    fn of(index: &Index<'_>, node: usize) -> Self {
        let groups = index.groups_of(node);
        let caption = Caption::of(index.node(node), !groups.is_empty());
        let (mut size, mut inner) = (caption.size, Vec::new());
        // Groups stand side by side below the caption, in as many rows as they need.
        let mut at = Point { x: GROUP_PADDING, y: caption.size.height };
        let mut row_height = 0.0_f64;
        let is_alone = groups.len() == 1;
        for group in groups {
            let nest = Nest::of(index, Some(&group.id), group.first.as_deref());
            let label = group.label.clone().filter(|_| !is_alone);
            let shift = if label.is_some() { GROUP_LABEL } else { 0.0 };
            let own = Size {
                width: (nest.placed.size.width + 2.0 * GROUP_PADDING)
                    .max(label.as_deref().map_or(0.0, |label| caption::label_size(label).width + 16.0)),
                height: nest.placed.size.height + 2.0 * GROUP_PADDING + shift,
            };
            if at.x > GROUP_PADDING && at.x + own.width > ROW_WIDTH {
                at = Point { x: GROUP_PADDING, y: at.y + row_height + GROUP_GAP };
                row_height = 0.0;
            }
            inner.push(Inner { id: group.id.clone(), label, rect: Rect { at, size: own }, nest });
            row_height = row_height.max(own.height);
            size.width = size.width.max(at.x + own.width + GROUP_PADDING);
            size.height = size.height.max(at.y + own.height + GROUP_PADDING);
            at.x += own.width + GROUP_GAP;
        }
        Self { node, caption, size, groups: inner }
    }
}

impl Point {
    /// The same place where `corner` was the origin.
    fn from(self, corner: Self) -> Self {
        Self { x: self.x + corner.x, y: self.y + corner.y }
    }
}

impl Rect {
    /// Where it ends on the right.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.at.x + self.size.width
    }

    /// Where it ends below.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.at.y + self.size.height
    }
}
