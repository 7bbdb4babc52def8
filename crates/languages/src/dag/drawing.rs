//! A DAG as a drawing: its tasks, and which comes after which.

pub(crate) mod progress;

use std::collections::BTreeSet;

use tidegate_graph::{Edge, Graph, Kind, Node};
use tidegate_json::Value;
use tidegate_model::{Program, TriggerSpec};

use super::rule::TriggerRule;

/// Id of the mark where a run begins.
const START: &str = "(start)";
/// Id of the mark where it ends.
const END: &str = "(end)";

/// What is drawn of `program`, a DAG.
pub(crate) fn graph(program: &Program, description: Option<String>) -> Graph {
    let mut graph = Graph { name: program.name.to_string(), description, ..Graph::default() };
    graph.nodes.push(Node::new(START, "start", Kind::Start));
    let mut leaves = BTreeSet::new();
    let mut edges = Vec::new();
    for trigger in program.scopes.iter().flat_map(|scope| &scope.triggers) {
        let Some(params) = task(trigger) else { continue };
        let id = trigger.name.as_str();
        graph.nodes.push(node(id, trigger, params));
        leaves.insert(id);
        let after = trigger.condition.params.get("after").and_then(Value::as_array);
        let after = after.into_iter().flat_map(|after| after.iter()).filter_map(Value::as_str);
        let before = edges.len();
        edges.extend(after.map(|earlier| (earlier, id)));
        if edges.len() == before {
            edges.push((START, id));
        }
    }
    edges.iter().for_each(|(earlier, _)| {
        leaves.remove(earlier);
    });
    graph.edges = edges.iter().map(|(earlier, later)| Edge::new(*earlier, *later)).collect();
    graph.edges.extend(leaves.into_iter().map(|leaf| Edge::new(leaf, END)));
    graph.nodes.push(Node::new(END, "end", Kind::End));
    graph
}

/// The parameters of the task that a trigger starts, where it starts one.
fn task(trigger: &TriggerSpec) -> Option<&Value> {
    let action = trigger.actions.first().filter(|action| action.name == "dag.start")?;
    Some(&action.params)
}

fn node(id: &str, trigger: &TriggerSpec, params: &Value) -> Node {
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    let kind = match (params.get("workflow"), params.get("map")) {
        (Some(_), _) => Kind::Run,
        (None, Some(_)) => Kind::Map,
        (None, None) => Kind::Task,
    };
    let mut node = Node::new(id, id, kind);
    node.detail = text("function").or(text("workflow")).filter(|function| *function != id).map(str::to_owned);
    let rule = trigger.condition.params.get("rule").and_then(Value::as_str);
    node.badges.extend(rule.filter(|rule| *rule != TriggerRule::default().name()).map(str::to_owned));
    node.badges.extend(text("when").map(|when| format!("when {when}")));
    let attempts =
        params.pointer("/retry/max_attempts").and_then(Value::as_u64).filter(|attempts| *attempts > 1);
    node.badges.extend(attempts.map(|attempts| format!("retry {}\u{d7}", attempts - 1)));
    node.badges.extend(text("timeout").map(|timeout| format!("timeout {timeout}")));
    let concurrency = params.get("concurrency").and_then(Value::as_u64);
    node.badges.extend(concurrency.map(|count| format!("{count} at a time")));
    node
}
