//! What stands below what in an outline: each node below the last one that all ways to it go through, its immediate
//! dominator (after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", 2001).

pub(super) use crate::graph::Way;

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{EdgeStyle, Index};

/// The outline of a group. Nodes are named by their positions in the graph.
#[derive(Debug)]
pub(super) struct Outline {
    /// Nodes that stand below no other, in their order.
    pub(super) roots: Vec<usize>,
    ways: BTreeMap<usize, Vec<Way>>,
    /// Edges by which one node changes another, and nothing goes on.
    controls: BTreeSet<usize>,
    /// The node right above.
    above: BTreeMap<usize, usize>,
    /// Nodes that several ways lead to, below the node that these come from.
    joins: BTreeMap<usize, Vec<usize>>,
    /// Places in an order in which ways that are no loops lead forwards.
    place: BTreeMap<usize, usize>,
}

impl Outline {
    pub(super) fn of(index: &Index<'_>, group: Option<&str>, first: Option<&str>) -> Self {
        let nodes = index.nodes_in(group);
        let mut ways: BTreeMap<usize, Vec<Way>> = BTreeMap::new();
        let mut leads_to: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut controls = BTreeSet::new();
        for way in index.edges_in(group) {
            ways.entry(way.from).or_default().push(*way);
            if index.graph().edges[way.edge].style == EdgeStyle::Control {
                controls.insert(way.edge);
            } else if way.from != way.to {
                leads_to.entry(way.to).or_default().push(way.from);
            }
        }
        let is_reached = |node: &usize| leads_to.contains_key(node);
        let first = first.and_then(|first| index.find(first));
        let sources = nodes.iter().copied().filter(|node| !is_reached(node));
        let starts: Vec<usize> = first.into_iter().chain(sources).chain(nodes.iter().copied()).collect();
        let (order, roots) = forwards(&starts, &ways, &controls);
        let place: BTreeMap<usize, usize> =
            order.iter().enumerate().map(|(place, &node)| (node, place)).collect();
        let (above, joins) = (BTreeMap::new(), BTreeMap::new());
        let mut outline = Self { roots, ways, controls, above, joins, place };
        outline.dominate(&order, &leads_to);
        outline
    }

    /// The ways on from a node, in their order.
    pub(super) fn ways(&self, node: usize) -> &[Way] {
        self.ways.get(&node).map_or(&[], Vec::as_slice)
    }

    /// What several ways lead to that all come from `node`.
    pub(super) fn joins(&self, node: usize) -> &[usize] {
        self.joins.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Whether what a way leads to stands below the way itself: nothing else leads there.
    pub(super) fn is_inside(&self, way: &Way) -> bool {
        let is_join = self.joins(way.from).contains(&way.to);
        way.from != way.to
            && !self.controls.contains(&way.edge)
            && self.above.get(&way.to) == Some(&way.from)
            && !is_join
    }

    /// Whether `a` stands before `b`, or is `b`.
    pub(super) fn is_before(&self, a: usize, b: usize) -> bool {
        self.place.get(&a) <= self.place.get(&b)
    }

    /// Finds what stands below what. What several roots lead to is a root itself.
    fn dominate(&mut self, order: &[usize], leads_to: &BTreeMap<usize, Vec<usize>>) {
        // By rank: 0 is above all roots, and the node at place n has rank n + 1.
        let rank = |node: usize| self.place[&node] + 1;
        let from = |node: &usize| leads_to.get(node).into_iter().flatten().map(|&from| rank(from));
        let leads_to: Vec<Vec<usize>> = order.iter().map(|node| from(node).collect()).collect();
        let mut above: Vec<Option<usize>> = vec![None; order.len() + 1];
        above[0] = Some(0);
        let roots: BTreeSet<usize> = self.roots.iter().map(|&root| rank(root)).collect();
        roots.iter().for_each(|&root| above[root] = Some(0));
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            for node in (1..above.len()).filter(|node| !roots.contains(node)) {
                let known = leads_to[node - 1].iter().copied().filter(|&from| above[from].is_some());
                let common = known.reduce(|a, b| common(a, b, &above));
                is_settled &= above[node] == common;
                above[node] = common;
            }
        }
        for (node, &name) in (1..).zip(order).filter(|(node, _)| !roots.contains(node)) {
            let Some(over) = above[node].filter(|&over| over > 0) else {
                self.roots.push(name);
                continue;
            };
            self.above.insert(name, order[over - 1]);
            // A loop with two ways into it can have the only way forwards come from elsewhere.
            let mut forwards = leads_to[node - 1].iter().filter(|&&from| from < node);
            if (forwards.next(), forwards.next()) != (Some(&over), None) {
                self.joins.entry(order[over - 1]).or_default().push(name);
            }
        }
        let place = &self.place;
        self.roots.sort_by_key(|root| place[root]);
    }
}

/// The lowest rank that is above both or one of them.
fn common(mut a: usize, mut b: usize, above: &[Option<usize>]) -> usize {
    while a != b {
        let low = if a > b { &mut a } else { &mut b };
        *low = above[*low].expect("only what has something above it is looked at");
    }
    a
}

/// All nodes, each before what its ways lead to unless these are loops, and those that a walk has to begin at.
fn forwards(
    starts: &[usize],
    ways: &BTreeMap<usize, Vec<Way>>,
    controls: &BTreeSet<usize>,
) -> (Vec<usize>, Vec<usize>) {
    let mut is_met = BTreeSet::new();
    let mut roots = Vec::new();
    for &start in starts {
        if !is_met.contains(&start) {
            roots.push(start);
            walk(start, ways, controls, &mut is_met);
        }
    }
    // Ways are walked from the last to the first, so that what is finished last is what comes first.
    let mut is_met = BTreeSet::new();
    let finished = roots.iter().rev().flat_map(|&root| walk(root, ways, controls, &mut is_met));
    let mut order: Vec<usize> = finished.collect();
    order.reverse();
    (order, roots)
}

/// What can be reached from `start` and has not been met, in the order in which a walk is done with it.
fn walk(
    start: usize,
    ways: &BTreeMap<usize, Vec<Way>>,
    controls: &BTreeSet<usize>,
    is_met: &mut BTreeSet<usize>,
) -> Vec<usize> {
    let mut finished = Vec::new();
    if !is_met.insert(start) {
        return finished;
    }
    let count = |node: usize| ways.get(&node).map_or(0, Vec::len);
    let mut open = vec![(start, count(start))];
    while let Some((node, left)) = open.last_mut() {
        let Some(next) = left.checked_sub(1) else {
            finished.push(*node);
            open.pop();
            continue;
        };
        *left = next;
        let way = ways[node][next];
        if !controls.contains(&way.edge) && is_met.insert(way.to) {
            open.push((way.to, count(way.to)));
        }
    }
    finished
}
