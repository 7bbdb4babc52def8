//! A drawing as data: nodes, the edges between them, and the groups that nodes are in.
//!
//! Invariants, which [`Graph`]'s methods keep up: ids of nodes are unique; an edge joins two nodes of the same group; a
//! group belongs to a node that stands outside of it. So each group is a graph by itself, drawn inside of its owner.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::progress::Progress;

/// What is drawn of a workflow. Nodes, edges and groups are in the order of the definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Name of the workflow.
    pub name: String,
    /// What the workflow says about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Run whose progress is on the nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// States, triggers, events.
    pub nodes: Vec<Node>,
    /// What leads from one to another.
    pub edges: Vec<Edge>,
    /// What is inside of nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

/// A state, a trigger, an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What runs and history call it. Marks that nothing in a run is called, such as the start, have a name in
    /// parentheses.
    pub id: String,
    /// What people read.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// What it calls or waits for, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What else holds for it, in a few words each: that it is retried, how many items run at a time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<String>,
    /// The group that it is in; the drawing itself where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What a run has made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Where it begins.
    Start,
    /// Where it ends well.
    End,
    /// Work: a function, a service.
    Task,
    /// Decides which way it goes.
    Choice,
    /// Lets time pass.
    Wait,
    /// Passes data on.
    Pass,
    /// Ends it well.
    Succeed,
    /// Ends it badly.
    Fail,
    /// Runs its groups at the same time.
    Parallel,
    /// Runs its group, or a function, once for each item.
    Map,
    /// Runs its group once.
    Scope,
    /// A run of another workflow.
    Run,
    /// An event.
    Event,
    /// An event-condition-action rule.
    Trigger,
}

/// What leads from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Id of the node that it leaves.
    pub from: String,
    /// Id of the node that it leads to.
    pub to: String,
    /// When it is taken, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it means.
    #[serde(default)]
    pub style: EdgeStyle,
    /// How often a run took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<u64>,
}

/// What an edge means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeStyle {
    /// It goes on there.
    #[default]
    Normal,
    /// It goes on there after an error.
    Error,
    /// One changes the other, as a trigger that is enabled; nothing goes on there by itself.
    Control,
}

/// Nodes that stand inside of another one: a branch, what runs for each item, a nested scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its id, unique among groups.
    pub id: String,
    /// What people read; nothing where its owner says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Id of the node that it is inside of.
    pub owner: String,
    /// Id of the node that it begins with, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

impl Node {
    /// A node of the drawing itself.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            kind,
            detail: None,
            badges: Vec::new(),
            group: None,
            progress: None,
        }
    }
}

impl Edge {
    /// An edge without a label.
    #[must_use]
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into(), label: None, style: EdgeStyle::Normal, taken: None }
    }

    /// The same with `label`.
    #[must_use]
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// The same with `style`.
    #[must_use]
    pub fn styled(self, style: EdgeStyle) -> Self {
        Self { style, ..self }
    }
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Task => "task",
            Self::Choice => "choice",
            Self::Wait => "wait",
            Self::Pass => "pass",
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Parallel => "parallel",
            Self::Map => "map",
            Self::Scope => "scope",
            Self::Run => "run",
            Self::Event => "event",
            Self::Trigger => "trigger",
        }
    }

    /// Whether it is a mark rather than a part of the workflow.
    #[must_use]
    pub fn is_mark(self) -> bool {
        matches!(self, Self::Start | Self::End)
    }
}

/// A graph that can be asked what is where. Positions in [`Graph::nodes`] and [`Graph::edges`] stand for these.
#[derive(Debug)]
pub struct Index<'g> {
    graph: &'g Graph,
    node_of: BTreeMap<&'g str, usize>,
    nodes_in: BTreeMap<Option<&'g str>, Vec<usize>>,
    edges_in: BTreeMap<Option<&'g str>, Vec<Way>>,
    groups_of: BTreeMap<&'g str, Vec<&'g Group>>,
}

/// An edge by the positions of what it joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Position of the edge.
    pub edge: usize,
    /// Position of the node that it leaves.
    pub from: usize,
    /// Position of the node that it leads to.
    pub to: usize,
}

impl<'g> Index<'g> {
    /// An index of `graph`. What contradicts the invariants is left out: a second node of the same id, an edge between
    /// groups or from nowhere, a second group of the same id.
    #[must_use]
    pub fn new(graph: &'g Graph) -> Self {
        let mut index = Self {
            graph,
            node_of: BTreeMap::new(),
            nodes_in: BTreeMap::new(),
            edges_in: BTreeMap::new(),
            groups_of: BTreeMap::new(),
        };
        for (at, node) in graph.nodes.iter().enumerate() {
            if let std::collections::btree_map::Entry::Vacant(entry) = index.node_of.entry(&node.id) {
                entry.insert(at);
                index.nodes_in.entry(node.group.as_deref()).or_default().push(at);
            }
        }
        for (at, edge) in graph.edges.iter().enumerate() {
            let ends = index.node_of.get(edge.from.as_str()).zip(index.node_of.get(edge.to.as_str()));
            let Some((&from, &to)) = ends else { continue };
            let group = graph.nodes[from].group.as_deref();
            if group == graph.nodes[to].group.as_deref() {
                index.edges_in.entry(group).or_default().push(Way { edge: at, from, to });
            }
        }
        let mut groups = BTreeSet::new();
        for group in graph.groups.iter().filter(|group| groups.insert(group.id.as_str())) {
            index.groups_of.entry(&group.owner).or_default().push(group);
        }
        index
    }

    /// The graph.
    #[must_use]
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// The node at a position.
    #[must_use]
    pub fn node(&self, at: usize) -> &'g Node {
        &self.graph.nodes[at]
    }

    /// Position of the node `id`.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.node_of.get(id).copied()
    }

    /// Positions of the nodes of a group, or of the drawing itself.
    #[must_use]
    pub fn nodes_in<'i>(&'i self, group: Option<&'i str>) -> &'i [usize] {
        self.nodes_in.get(&group).map_or(&[], Vec::as_slice)
    }

    /// The edges within a group, or those of the drawing itself.
    #[must_use]
    pub fn edges_in<'i>(&'i self, group: Option<&'i str>) -> &'i [Way] {
        self.edges_in.get(&group).map_or(&[], Vec::as_slice)
    }

    /// The groups inside of a node.
    #[must_use]
    pub fn groups_of(&self, node: usize) -> &[&'g Group] {
        self.groups_of.get(self.graph.nodes[node].id.as_str()).map_or(&[], Vec::as_slice)
    }
}
