//! A program as a drawing of its triggers: events lead to triggers, and triggers to what their actions start and raise.
//!
//! Works for programs of every language, as all of them are triggers. A scope is a group of the first step that starts
//! it; steps that start it as well, and scopes that start themselves, say so in words. Ids of triggers are their names, after
//! those of the scopes that they are in; ids of what they start have a word before the name, as in `task:count`.
//!
//! - this module: scopes, triggers, and nodes that several of them share
//! - `heard`: what leads to a trigger; `done`: what its actions lead to; `condition`: its condition in words

mod condition;
mod done;
mod heard;
pub(crate) mod progress;

use std::collections::{BTreeMap, BTreeSet};

use tidegate_engine::Registry;
use tidegate_graph::{Edge, EdgeStyle, Graph, Group, Kind, Node};
use tidegate_model::{Program, ScopeSpec, TriggerSpec};

/// What is drawn of `program`, whose actions are in `registry`.
pub(crate) fn draw(program: &Program, description: Option<String>, registry: &Registry) -> Drawn {
    let graph = Graph { name: program.name.to_string(), description, ..Graph::default() };
    let mut drawing = Drawing {
        program,
        registry,
        graph,
        known: BTreeSet::new(),
        linked: BTreeSet::new(),
        places: BTreeMap::new(),
    };
    for (number, scope) in program.scopes.iter().enumerate() {
        let is_run = number == 0;
        if is_run {
            drawing.scope(scope, &Place::default());
        } else if !drawing.places.contains_key(scope.name.as_str()) {
            // Nothing starts it that can be told from the program.
            let id = format!("scope:{}", scope.name);
            let at = Place::default();
            drawing.node(&at, Node::new(id.as_str(), scope.name.as_str(), Kind::Scope));
            drawing.group(&id, scope, &at);
        }
    }
    let place = |scope: &ScopeSpec| drawing.places.get(scope.name.as_str()).cloned().unwrap_or_default();
    let places = program.scopes.iter().map(place).collect();
    Drawn { places, graph: drawing.graph, ids: drawing.known }
}

/// A program that was drawn.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) graph: Graph,
    /// Ids of its nodes.
    pub(crate) ids: BTreeSet<String>,
    /// Where each scope of the program was drawn.
    pub(crate) places: Vec<Place>,
}

/// Id of the mark where a scope begins, after that of the scope.
const START: &str = "(start)";

struct Drawing<'p> {
    program: &'p Program,
    registry: &'p Registry,
    graph: Graph,
    /// Ids of the nodes.
    known: BTreeSet<String>,
    /// The edges, without what a run makes of them.
    linked: BTreeSet<(String, String, Option<String>, EdgeStyle)>,
    /// Where the scopes are that have been drawn.
    places: BTreeMap<&'p str, Place>,
}

/// Which scope it is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// Its group; `None` is the run itself.
    group: Option<String>,
}

impl Place {
    /// The id of what is called `name` there.
    fn id(&self, name: &str) -> String {
        match &self.group {
            Some(group) => format!("{group}/{name}"),
            None => name.to_owned(),
        }
    }
}

impl<'p> Drawing<'p> {
    fn scope(&mut self, scope: &'p ScopeSpec, at: &Place) {
        self.places.insert(scope.name.as_str(), at.clone());
        for trigger in &scope.triggers {
            self.trigger(trigger, at);
        }
        // What triggers start has to be there before others listen to it.
        for trigger in &scope.triggers {
            self.steps(trigger, at);
        }
        for trigger in &scope.triggers {
            self.heard(trigger, at);
            self.done(trigger, at);
        }
    }

    fn trigger(&mut self, trigger: &TriggerSpec, at: &Place) {
        let mut node = Node::new(at.id(trigger.name.as_str()), trigger.name.as_str(), Kind::Trigger);
        node.detail = condition::words(&trigger.condition, &trigger.on);
        if trigger.once {
            node.badges.push("once".to_owned());
        }
        if !trigger.enabled {
            node.badges.push("disabled at first".to_owned());
        }
        self.node(at, node);
    }

    /// Adds `node`, unless there is one of its id.
    fn node(&mut self, at: &Place, node: Node) -> String {
        let id = node.id.clone();
        if self.known.insert(id.clone()) {
            self.graph.nodes.push(Node { group: at.group.clone(), ..node });
        }
        id
    }

    /// Adds an edge, unless there is one like it.
    fn link(&mut self, from: &str, to: &str, label: Option<String>, style: EdgeStyle) {
        if self.linked.insert((from.to_owned(), to.to_owned(), label.clone(), style)) {
            self.graph.edges.push(Edge { label, style, ..Edge::new(from, to) });
        }
    }

    /// Draws `scope` inside of the node `owner`.
    fn group(&mut self, owner: &str, scope: &'p ScopeSpec, at: &Place) {
        let id = at.id(scope.name.as_str());
        let inner = Place { group: Some(id.clone()) };
        self.graph.groups.push(Group {
            first: Some(inner.id(START)),
            id,
            label: None,
            owner: owner.to_owned(),
        });
        self.scope(scope, &inner);
    }
}
