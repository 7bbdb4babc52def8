//! Pictures of whatever graph: nothing overlaps, nothing is lost, and the same graph gives the same picture.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use tidegate_graph::layout::{self, Layout, Point, Rect, Way};
use tidegate_graph::{Counts, Edge, EdgeStyle, Graph, Group, Kind, Node, Progress, mermaid, svg, text};

/// What a node may be called: also what would end a label, a tag or a line.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z ]{1,40}",
        "[\\PC\\x00-\\x1f]{1,12}",
        Just("\"]|end --> <b>&amp; `x` #35; \u{1b}[31m".to_owned()),
    ]
}

/// A graph with loops, several edges between two nodes, and groups within groups.
fn graph() -> impl Strategy<Value = Graph> {
    let kind = prop_oneof![
        Just(Kind::Task),
        Just(Kind::Choice),
        Just(Kind::Event),
        Just(Kind::Start),
        Just(Kind::Fail)
    ];
    let style = prop_oneof![Just(EdgeStyle::Normal), Just(EdgeStyle::Error), Just(EdgeStyle::Control)];
    let nodes = prop::collection::vec((label(), kind, any::<prop::sample::Index>()), 1..24);
    let ends = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let edges = prop::collection::vec((ends, prop::option::of(label()), style), 0..48);
    (nodes, edges, 0..4_usize).prop_map(|(nodes, edges, groups)| {
        let mut graph = Graph { name: "any".to_owned(), ..Graph::default() };
        for (at, (label, kind, pick)) in nodes.into_iter().enumerate() {
            // A group belongs to a node that comes before what is in it, so that none is inside of itself.
            let group = pick.index(groups + 1).checked_sub(1).filter(|group| *group < at);
            let node = Node {
                group: group.map(|group| group.to_string()),
                ..Node::new(at.to_string(), label, kind)
            };
            graph.nodes.push(node);
        }
        for group in 0..groups.min(graph.nodes.len()) {
            let (id, owner) = (group.to_string(), group.to_string());
            graph.groups.push(Group { id, label: Some(format!("group {group}")), owner, first: None });
        }
        for ((from, to), label, style) in edges {
            let (from, to) = (from.get(&graph.nodes), to.get(&graph.nodes));
            if from.group == to.group {
                let edge = Edge::new(from.id.as_str(), to.id.as_str()).styled(style);
                graph.edges.push(Edge { label, ..edge });
            }
        }
        graph
    })
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.at.x < b.right() && b.at.x < a.right() && a.at.y < b.bottom() && b.at.y < a.bottom()
}

fn is_inside(inner: &Rect, outer: &Rect) -> bool {
    inner.at.x >= outer.at.x
        && inner.at.y >= outer.at.y
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom()
}

/// Points along a way, as it is drawn.
fn along(way: &Way) -> Vec<Point> {
    let mut points = Vec::new();
    for pair in way.points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        for step in 0..=16 {
            let t = f64::from(step) / 16.0;
            // Bézier's curve that leaves and arrives vertically, its inner points half way.
            let ease = t * t * (3.0 - 2.0 * t);
            let middle = f64::midpoint(from.y, to.y);
            let u = 1.0 - t;
            let y = u * u * u * from.y + 3.0 * u * t * middle + t * t * t * to.y;
            points.push(Point { x: from.x + (to.x - from.x) * ease, y });
        }
    }
    points
}

fn is_on_border(point: Point, rect: &Rect) -> bool {
    const NEAR: f64 = 0.6;
    let is_across = point.x >= rect.at.x - NEAR && point.x <= rect.right() + NEAR;
    let is_along = point.y >= rect.at.y - NEAR && point.y <= rect.bottom() + NEAR;
    let on_end = (point.y - rect.at.y).abs() < NEAR || (point.y - rect.bottom()).abs() < NEAR;
    is_across && is_along && (on_end || (point.x - rect.right()).abs() < NEAR)
}

fn check_layout(graph: &Graph, layout: &Layout) {
    let rect = |id: &str| {
        let at = graph.nodes.iter().position(|node| node.id == id).unwrap();
        &layout.nodes[at].as_ref().expect("every node has a place").rect
    };
    let owners = |node: &Node| {
        let mut owners = Vec::new();
        let mut group = node.group.clone();
        while let Some(found) = group.and_then(|id| graph.groups.iter().find(|group| group.id == id)) {
            owners.push(found.owner.clone());
            group = graph.nodes.iter().find(|node| node.id == found.owner).unwrap().group.clone();
        }
        owners
    };
    for a in &graph.nodes {
        for b in graph.nodes.iter().filter(|b| b.id != a.id) {
            let is_nested = owners(a).contains(&b.id);
            if is_nested {
                assert!(is_inside(rect(&a.id), rect(&b.id)), "{} is not inside of {}", a.id, b.id);
            } else if !owners(b).contains(&a.id) {
                assert!(!overlap(rect(&a.id), rect(&b.id)), "{} and {} overlap", a.id, b.id);
            }
        }
    }
    for (edge, way) in graph.edges.iter().zip(&layout.edges) {
        let way = way.as_ref().expect("every edge has a way");
        let (first, last) = (*way.points.first().unwrap(), *way.points.last().unwrap());
        assert!(is_on_border(first, rect(&edge.from)), "{edge:?} does not begin at its node: {way:?}");
        assert!(is_on_border(last, rect(&edge.to)), "{edge:?} does not end at its node: {way:?}");
        assert_eq!(way.label.is_some(), edge.label.is_some());
        if edge.from == edge.to {
            continue;
        }
        let group = &graph.nodes.iter().find(|node| node.id == edge.from).unwrap().group;
        for other in graph.nodes.iter().filter(|node| node.group == *group) {
            let rect = rect(&other.id);
            let inner = Rect {
                at: Point { x: rect.at.x + 0.6, y: rect.at.y + 0.6 },
                size: layout::Size { width: rect.size.width - 1.2, height: rect.size.height - 1.2 },
            };
            let hit = along(way).into_iter().find(|point| {
                point.x > inner.at.x
                    && point.x < inner.right()
                    && point.y > inner.at.y
                    && point.y < inner.bottom()
            });
            assert!(hit.is_none(), "{edge:?} goes through {} at {hit:?}", other.id);
        }
    }
    let labels: Vec<&Rect> = layout.edges.iter().flatten().filter_map(|way| way.label.as_ref()).collect();
    for (at, label) in labels.iter().enumerate() {
        assert!(label.at.x >= 0.0 && label.right() <= layout.size.width, "{label:?} is outside");
        for other in &labels[at + 1..] {
            assert!(!overlap(label, other), "labels {label:?} and {other:?} overlap");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_overlaps_and_edges_end_at_their_nodes(graph in graph()) {
        check_layout(&graph, &layout::layout(&graph).unwrap());
    }

    #[test]
    fn all_forms_have_everything_and_are_the_same_each_time(graph in graph()) {
        let style = text::Style { width: 200, colour: text::Colour::Never };
        let (outline, chart, picture) = (text::text(&graph, style), mermaid::mermaid(&graph), svg::svg(&graph).unwrap());
        prop_assert_eq!(&outline, &text::text(&graph, style));
        prop_assert_eq!(&picture, &svg::svg(&graph.clone()).unwrap());
        let names = picture.matches("data-id=").count();
        prop_assert_eq!(names, graph.nodes.len());
        prop_assert_eq!(picture.matches("<path class=\"edge").count(), graph.edges.len());
        // Edges that come together have one head.
        let led_to: BTreeSet<&str> = graph.edges.iter().map(|edge| edge.to.as_str()).collect();
        prop_assert!(picture.matches("marker-end=").count() >= led_to.len());
        let arrows = chart.lines().filter(|line| line.contains(" --> n") || line.contains("-->|") || line.contains("-.->"));
        prop_assert_eq!(arrows.count(), graph.edges.len());
        // No name can be obeyed by a terminal, nor end a line, a label or a tag.
        prop_assert!(outline.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert_eq!(picture.matches("<g").count(), picture.matches("</g>").count());
        prop_assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
        prop_assert!(chart.lines().all(|line| line.matches('"').count() % 2 == 0), "{}", chart);
    }

    #[test]
    fn a_drawing_survives_being_sent(graph in graph()) {
        let sent = serde_json::to_string(&graph).unwrap();
        prop_assert_eq!(serde_json::from_str::<Graph>(&sent).unwrap(), graph);
    }

    #[test]
    fn an_outline_has_every_node_once(graph in graph()) {
        let numbered = graph.nodes.iter().map(|node| Node { label: format!("<{}>", node.id), ..node.clone() });
        let graph = Graph { nodes: numbered.collect(), edges: graph.edges.into_iter().map(|edge| Edge { label: None, ..edge }).collect(), ..graph };
        let outline = text::text(&graph, text::Style { width: 200, colour: text::Colour::Never });
        for node in &graph.nodes {
            let lines = outline.lines().filter(|line| {
                let is_own = line.contains(&node.label);
                // Where a way leads elsewhere, the line has an arrow before the name.
                is_own && !line.contains(&format!("\u{2192} {}", node.label))
            });
            prop_assert_eq!(lines.count(), 1, "{} in\n{}", node.label, outline);
        }
    }
}

#[test]
fn a_group_inside_of_itself_and_edges_from_nowhere_are_left_out() {
    let mut graph = Graph { name: "odd".to_owned(), ..Graph::default() };
    graph.nodes.push(Node { group: Some("g".to_owned()), ..Node::new("a", "a", Kind::Map) });
    graph.nodes.push(Node::new("b", "b", Kind::Task));
    graph.nodes.push(Node::new("b", "again", Kind::Task));
    graph.groups.push(Group { id: "g".to_owned(), label: None, owner: "a".to_owned(), first: None });
    graph.groups.push(Group { id: "g".to_owned(), label: None, owner: "b".to_owned(), first: None });
    graph.edges.push(Edge::new("a", "b"));
    graph.edges.push(Edge::new("b", "nowhere"));
    let layout = layout::layout(&graph).unwrap();
    let placed: Vec<bool> = layout.nodes.iter().map(Option::is_some).collect();
    assert_eq!(placed, [false, true, false]);
    assert!(layout.edges.iter().all(Option::is_none));
    assert!(svg::svg(&graph).unwrap().contains(">b</text>"));
}

#[test]
fn a_graph_that_is_too_large_for_a_picture_says_so() {
    let nodes = (0..=layout::NODES_MAX).map(|at| Node::new(at.to_string(), "n", Kind::Task)).collect();
    let graph = Graph { name: "large".to_owned(), nodes, ..Graph::default() };
    let error = svg::svg(&graph).unwrap_err().to_string();
    assert_eq!(error, "5001 nodes are too many for a picture, which has at most 5000");
    assert_eq!(
        text::text(&graph, text::Style { width: 80, colour: text::Colour::Never }).lines().count(),
        2 * 5001 + 1
    );
}

#[test]
fn colours_are_for_those_who_want_them() {
    let mut graph = Graph { name: "n".to_owned(), ..Graph::default() };
    let counts = Counts { failed: 1, succeeded: 2, ..Counts::default() };
    graph.nodes.push(Node { progress: Some(Progress::of(counts)), ..Node::new("a", "a", Kind::Task) });
    let shown = |colour| text::text(&graph, text::Style { width: 80, colour });
    assert_eq!(shown(text::Colour::Never), "n\n\n\u{2717} a  3\u{d7}, 1 failed \u{b7} task\n");
    assert!(shown(text::Colour::Always).contains("\u{1b}[31ma\u{1b}[0m"));
}
