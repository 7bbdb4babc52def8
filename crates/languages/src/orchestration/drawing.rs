//! What an orchestration looks like: its code cannot be seen, so what is drawn is what a run of it has asked for.
//!
//! What one turn asks for under one name is one node, with counts. Edges say what a turn had heard of when it asked.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_graph::progress::{Counts, Progress, State};
use tidegate_graph::{Edge, Graph, Kind, Node};
use tidegate_json::Value;

const START: &str = "(start)";
const END: &str = "(end)";

/// The drawing of a run of the orchestration `name` whose trigger has `context`; `end` says how it ended, if it has.
#[must_use]
pub fn graph(name: &str, context: &Value, end: Option<State>) -> Graph {
    let mut drawing = Drawing::default();
    for key in ["past", "new"] {
        let entries = context.get(key).and_then(Value::as_array);
        entries.into_iter().flat_map(|entries| entries.iter()).for_each(|entry| drawing.read(entry));
    }
    drawing.finish(name, end)
}

#[derive(Default)]
struct Drawing {
    nodes: Vec<Node>,
    counts: BTreeMap<String, Counts>,
    edges: BTreeSet<(String, String)>,
    /// The node of each number that was asked for.
    of: BTreeMap<u64, String>,
    /// What the turn that is read has heard of, by node.
    heard: BTreeSet<String>,
    /// Nodes of the turn that is read, by what they are called.
    asked: BTreeMap<(&'static str, String), String>,
    turn: u64,
}

impl Drawing {
    fn read(&mut self, entry: &Value) {
        let number = |key: &str| entry.get(key).and_then(Value::as_u64);
        if let Some(turn) = number("turn") {
            self.turn = turn;
            self.heard.clear();
            self.asked.clear();
        } else if entry.get("started").is_some() {
            self.node(START.to_owned(), "start", Kind::Start);
            self.heard.insert(START.to_owned());
        } else if let Some(id) = number("asked") {
            self.ask(id, entry);
        } else if let Some(id) = number("ended").filter(|_| entry.get("index").is_none()) {
            let Some(node) = self.of.get(&id) else { return };
            let counts = self.counts.entry(node.clone()).or_default();
            counts.running = counts.running.saturating_sub(1);
            match entry.get("failed") {
                Some(_) => counts.caught += 1,
                None => counts.succeeded += 1,
            }
            self.heard.insert(node.clone());
        } else if let Some(event) = entry.get("event").and_then(Value::as_str) {
            let node = format!("event {event}");
            self.node(node.clone(), event, Kind::Event);
            self.counts.entry(node.clone()).or_default().succeeded += 1;
            self.heard.insert(node);
        }
    }

    fn ask(&mut self, id: u64, entry: &Value) {
        let text = |of: &str, key: &str| entry.get(of).and_then(|of| of.get(key)).and_then(Value::as_str);
        let (word, kind, name) = if let Some(function) = text("call", "function") {
            ("call", Kind::Task, function)
        } else if let Some(function) = text("map", "function") {
            ("map", Kind::Map, function)
        } else if entry.get("timer").is_some() {
            ("timer", Kind::Wait, "timer")
        } else if let Some(workflow) = text("run", "workflow") {
            ("run", Kind::Run, workflow)
        } else {
            return;
        };
        let name = name.strip_prefix("activity:").unwrap_or(name);
        let place = (word, name.to_owned());
        let node = match self.asked.get(&place) {
            Some(node) => node.clone(),
            None => {
                let node = format!("{id}");
                self.node(node.clone(), name, kind);
                self.asked.insert(place, node.clone());
                node
            }
        };
        for heard in &self.heard {
            self.edges.insert((heard.clone(), node.clone()));
        }
        let counts = self.counts.entry(node.clone()).or_default();
        counts.running += 1;
        counts.expected += 1;
        self.of.insert(id, node);
    }

    fn node(&mut self, id: String, label: &str, kind: Kind) {
        if !self.nodes.iter().rev().any(|node| node.id == id) {
            self.nodes.push(Node::new(id, label, kind));
        }
    }

    fn finish(mut self, name: &str, end: Option<State>) -> Graph {
        if let Some(end) = end {
            let mut mark = Node::new(END, "end", Kind::End);
            let mut counts = Counts::default();
            counts.end(end);
            mark.progress = Some(Progress { state: end, counts });
            self.nodes.push(mark);
            let heard = std::mem::take(&mut self.heard);
            self.edges.extend(heard.into_iter().map(|heard| (heard, END.to_owned())));
        }
        for node in &mut self.nodes {
            let Some(mut counts) = self.counts.get(&node.id).copied() else { continue };
            if end.is_some() {
                counts.cancelled += std::mem::take(&mut counts.running);
            }
            if counts.expected == 1 {
                counts.expected = 0;
            }
            node.progress = Some(Progress::of(counts));
        }
        let edges = self.edges.into_iter().map(|(from, to)| Edge::new(from, to)).collect();
        Graph { name: name.to_owned(), nodes: self.nodes, edges, ..Graph::default() }
    }
}
