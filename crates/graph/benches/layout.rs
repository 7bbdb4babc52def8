//! Laying out graphs, and the pictures of them: chains of states with errors and loops, and boxes with edges at random.

use divan::{Bencher, black_box};
use tidegate_graph::{Edge, EdgeStyle, Graph, Kind, Node, layout, svg, text};

fn main() {
    divan::main();
}

/// States in a row, each with an error that leads to the last one, and a loop back at every fifth.
fn machine(states: usize) -> Graph {
    let mut graph = boxes(states);
    let name = |at: usize| at.to_string();
    for at in 0..states - 1 {
        graph.edges.push(Edge::new(name(at), name(at + 1)));
        let caught = Edge::new(name(at), name(states - 1)).labelled("States.ALL");
        graph.edges.push(caught.styled(EdgeStyle::Error));
        if at % 5 == 4 {
            graph.edges.push(Edge::new(name(at), name(at - 4)).labelled("again"));
        }
    }
    graph
}

/// Boxes in a row with some 1.7 edges each, a third of them labelled.
fn random(states: usize) -> Graph {
    let mut graph = boxes(states);
    let mut seed = 7_u64.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let mut draw = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let mut ends = Vec::new();
    for at in 0..states {
        ends.extend((at + 1 < states).then_some((at, at + 1)));
        if draw(4) == 0 {
            ends.push((at, draw(states)));
        }
        if draw(9) == 0 {
            ends.push((at, at.saturating_sub(draw(6))));
        }
        if draw(3) == 0 {
            ends.push((at, (at + 1 + draw(6)).min(states - 1)));
        }
    }
    for (number, (from, to)) in ends.into_iter().enumerate() {
        let edge = Edge::new(from.to_string(), to.to_string());
        graph.edges.push(if number % 3 == 0 { edge.labelled("$.x > 100") } else { edge });
    }
    graph
}

fn boxes(count: usize) -> Graph {
    let nodes = (0..count).map(|at| Node::new(at.to_string(), format!("State {at}"), Kind::Task)).collect();
    Graph { name: "bench".to_owned(), nodes, ..Graph::default() }
}

#[divan::bench(args = [50, 200, 500, 2000])]
fn layout_of_a_machine(bencher: Bencher<'_, '_>, states: usize) {
    let graph = machine(states);
    bencher.bench_local(|| layout::layout(black_box(&graph)));
}

#[divan::bench(args = [50, 200, 500], sample_count = 5)]
fn layout_at_random(bencher: Bencher<'_, '_>, states: usize) {
    let graph = random(states);
    bencher.bench_local(|| layout::layout(black_box(&graph)));
}

#[divan::bench(args = [500, 5000], sample_count = 5)]
fn svg_of_a_machine(bencher: Bencher<'_, '_>, states: usize) {
    let graph = machine(states);
    bencher.bench_local(|| svg::svg(black_box(&graph)));
}

#[divan::bench(args = [500, 5000])]
fn outline_of_a_machine(bencher: Bencher<'_, '_>, states: usize) {
    let graph = machine(states);
    let style = text::Style { width: 100, colour: text::Colour::Never };
    bencher.bench_local(|| text::text(black_box(&graph), style));
}
