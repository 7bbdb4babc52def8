//! A state machine as a drawing: a node for each state, an edge for each way on.
//!
//! Made from the definition as it was written, so that it says what people wrote. Branches and processors are groups of
//! their Parallel and Map states. Start and end are marked for the machine as a whole only: a branch begins at its top and
//! ends where it ends.
//!
//! - this module: states, transitions, groups
//! - `rule`: the rules of a Choice state in short; `caption`: what else is said about a state
//! - [`progress`]: what the facts of a run make of the nodes

mod caption;
pub(crate) mod progress;
mod rule;

use tidegate_graph::{Edge, EdgeStyle, Graph, Group, Kind, Node};
use tidegate_json::Value;

use super::machine::Language;

/// Id of the mark where the machine begins.
const START: &str = "(start)";

/// Id of the mark where it ends.
const END: &str = "(end)";

/// What is drawn of `definition`.
pub(crate) fn graph(name: &str, definition: &Value) -> Graph {
    let mut graph = Graph {
        name: name.to_owned(),
        description: definition.get("Comment").and_then(Value::as_str).map(str::to_owned),
        ..Graph::default()
    };
    graph.nodes.push(Node::new(START, "start", Kind::Start));
    if let Some(first) = definition.get("StartAt").and_then(Value::as_str) {
        graph.edges.push(Edge::new(START, first));
    }
    let mut drawing = Drawing { graph, has_end: false };
    drawing.machine(definition, Language::of(definition, Language::JsonPath), None);
    let Drawing { mut graph, has_end } = drawing;
    if has_end {
        graph.nodes.push(Node::new(END, "end", Kind::End));
    }
    graph
}

struct Drawing {
    graph: Graph,
    /// Whether a state ends the machine by being its last.
    has_end: bool,
}

impl Drawing {
    fn machine(&mut self, machine: &Value, language: Language, group: Option<&str>) {
        let states = machine.get("States").and_then(Value::as_object);
        for (name, state) in states.into_iter().flat_map(|states| states.iter()) {
            self.state(name, state, Language::of(state, language), group);
        }
    }

    fn state(&mut self, name: &str, state: &Value, language: Language, group: Option<&str>) {
        let node = Node {
            detail: caption::detail(state),
            badges: caption::badges(state),
            group: group.map(str::to_owned),
            ..Node::new(name, name, kind(state))
        };
        self.graph.nodes.push(node);
        self.transitions(name, state, language, group);
        for (index, branch) in list(state, "Branches").iter().enumerate() {
            let label = format!("branch {}", index + 1);
            self.group(name, &format!("{name}/{index}"), Some(label), branch, language);
        }
        if let Some(processor) = state.get("ItemProcessor").or_else(|| state.get("Iterator")) {
            self.group(name, &format!("{name}/item"), None, processor, language);
        }
    }

    fn group(&mut self, owner: &str, id: &str, label: Option<String>, machine: &Value, language: Language) {
        let first = machine.get("StartAt").and_then(Value::as_str).map(str::to_owned);
        self.graph.groups.push(Group { id: id.to_owned(), label, owner: owner.to_owned(), first });
        self.machine(machine, Language::of(machine, language), Some(id));
    }

    fn transitions(&mut self, name: &str, state: &Value, language: Language, group: Option<&str>) {
        let target = |rule: &Value| rule.get("Next").and_then(Value::as_str).map(str::to_owned);
        for choice in list(state, "Choices") {
            if let Some(next) = target(choice) {
                self.graph.edges.push(Edge::new(name, next).labelled(rule::words(choice, language)));
            }
        }
        if let Some(default) = state.get("Default").and_then(Value::as_str) {
            self.graph.edges.push(Edge::new(name, default).labelled("default"));
        }
        if let Some(next) = target(state) {
            self.graph.edges.push(Edge::new(name, next));
        } else if group.is_none() && state.get("End").and_then(Value::as_bool) == Some(true) {
            self.graph.edges.push(Edge::new(name, END));
            self.has_end = true;
        }
        for catch in list(state, "Catch") {
            if let Some(next) = target(catch) {
                let errors = caption::errors(catch);
                self.graph.edges.push(Edge::new(name, next).labelled(errors).styled(EdgeStyle::Error));
            }
        }
    }
}

fn kind(state: &Value) -> Kind {
    match state.get("Type").and_then(Value::as_str).unwrap_or_default() {
        "Choice" => Kind::Choice,
        "Wait" => Kind::Wait,
        "Pass" => Kind::Pass,
        "Succeed" => Kind::Succeed,
        "Fail" => Kind::Fail,
        "Parallel" => Kind::Parallel,
        "Map" => Kind::Map,
        _ => Kind::Task,
    }
}

/// The elements of a list of `state`; none where there is no such list.
fn list<'s>(state: &'s Value, field: &str) -> &'s [Value] {
    state.get(field).and_then(Value::as_array).map_or(&[], |list| list)
}
