//! A DAG as a drawing: its tasks, which comes after which, and groups with theirs inside.
//!
//! What comes after a task in another group is drawn between the two things that stand beside each other: the groups, or a group
//! and the task.

pub(crate) mod progress;

use std::collections::{BTreeMap, BTreeSet};

use tidegate_graph::{Edge, Graph, Group, Kind, Node};
use tidegate_json::Value;
use tidegate_model::{Program, ScopeSpec, TriggerSpec};

use super::rule::TriggerRule;

/// Id of the mark where a run begins.
const START: &str = "(start)";
/// Id of the mark where it ends.
const END: &str = "(end)";

/// What the group that was made for a mapped task has behind the task's id.
const ITEMS: &str = ":items";

/// What is drawn of `program`, a DAG.
pub(crate) fn graph(program: &Program, description: Option<String>) -> Graph {
    let mut graph = Graph { name: program.name.to_string(), description, ..Graph::default() };
    graph.nodes.push(Node::new(START, "start", Kind::Start));
    let tasks = Tasks::of(program);
    for (id, task) in tasks.drawn() {
        graph.nodes.push(tasks.node(id, task));
        if task.params.get("group").is_some() && !is_single(task.params) {
            let own = tasks.by_id.iter().find(|(_, inner)| inner.inside.first() == Some(&id));
            let first = own.map(|(first, _)| (*first).to_owned());
            graph.groups.push(Group { id: id.to_owned(), label: None, owner: id.to_owned(), first });
        }
    }
    let edges = tasks.edges();
    let mut leaves: BTreeSet<&str> =
        tasks.drawn().filter(|(_, task)| task.inside.is_empty()).map(|(id, _)| id).collect();
    for (earlier, later) in &edges {
        leaves.remove(earlier);
        graph.edges.push(Edge::new(*earlier, *later));
    }
    let followed: BTreeSet<&str> = edges.iter().map(|(_, later)| *later).collect();
    let first = tasks.drawn().filter(|(id, task)| task.inside.is_empty() && !followed.contains(id));
    let first: Vec<Edge> = first.map(|(id, _)| Edge::new(START, id)).collect();
    graph.edges.splice(0..0, first);
    graph.edges.extend(leaves.into_iter().map(|leaf| Edge::new(leaf, END)));
    graph.nodes.push(Node::new(END, "end", Kind::End));
    graph
}

/// The tasks of a program as they are drawn.
struct Tasks<'p> {
    by_id: BTreeMap<&'p str, Task<'p>>,
    /// In the order in which they are written.
    written: Vec<&'p str>,
}

struct Task<'p> {
    trigger: &'p TriggerSpec,
    params: &'p Value,
    /// The groups that it is in, the nearest first.
    inside: Vec<&'p str>,
    is_drawn: bool,
}

impl<'p> Tasks<'p> {
    fn of(program: &'p Program) -> Self {
        let mut tasks = Self { by_id: BTreeMap::new(), written: Vec::new() };
        if let Some(run) = program.scopes.first() {
            tasks.add(program, run, &[], true);
        }
        tasks
    }

    fn add(&mut self, program: &'p Program, scope: &'p ScopeSpec, inside: &[&'p str], is_drawn: bool) {
        for trigger in &scope.triggers {
            let Some(params) = task(trigger) else { continue };
            let id = shown(trigger.name.as_str());
            let group = params.get("group").and_then(Value::as_str);
            let own = Task { trigger, params, inside: inside.to_vec(), is_drawn };
            if is_drawn {
                self.written.push(id);
                self.by_id.insert(id, own);
            }
            let inner =
                group.and_then(|group| program.scopes.iter().find(|scope| scope.name.as_str() == group));
            if let Some(inner) = inner {
                let around: Vec<&str> = [id].into_iter().chain(inside.iter().copied()).collect();
                self.add(program, inner, &around, is_drawn && !is_single(params));
            }
        }
    }

    fn drawn(&self) -> impl Iterator<Item = (&'p str, &Task<'p>)> {
        self.written.iter().map(|id| (*id, &self.by_id[id])).filter(|(_, task)| task.is_drawn)
    }

    /// What comes after what, drawn where the two stand beside each other, each once.
    fn edges(&self) -> Vec<(&'p str, &'p str)> {
        let mut seen = BTreeSet::new();
        let mut edges = Vec::new();
        for (id, task) in self.drawn() {
            let after = task.trigger.condition.params.get("after").and_then(Value::as_array);
            for earlier in after.into_iter().flat_map(|after| after.iter()).filter_map(Value::as_str) {
                let Some((&earlier, before)) = self.by_id.get_key_value(earlier) else { continue };
                let chain = |id: &'p str, inside: &[&'p str]| -> Vec<&'p str> {
                    let chain = inside.iter().rev().copied().chain([id]);
                    chain.collect()
                };
                let (one, other) = (chain(earlier, &before.inside), chain(id, &task.inside));
                let lifted = one.into_iter().zip(other).find(|(one, other)| one != other);
                edges.extend(lifted.filter(|edge| seen.insert(*edge)));
            }
        }
        edges
    }

    fn node(&self, id: &'p str, task: &Task<'p>) -> Node {
        let params = task.params;
        let text = |key: &str| params.get(key).and_then(Value::as_str);
        let is_mapped = params.get("map").is_some();
        let kind = match (text("workflow"), text("group"), is_mapped) {
            (Some(_), _, _) => Kind::Run,
            (None, _, true) => Kind::Map,
            (None, Some(_), false) => Kind::Scope,
            (None, None, false) => Kind::Task,
        };
        let label = task.inside.first().and_then(|group| id.strip_prefix(*group)?.strip_prefix('.'));
        let mut node = Node::new(id, label.unwrap_or(id), kind);
        node.group = task.inside.first().map(|group| (*group).to_owned());
        node.detail =
            text("function").or(text("workflow")).filter(|function| *function != id).map(str::to_owned);
        node.badges = badges(task.trigger, params);
        node
    }
}

/// The id under which a task is drawn.
fn shown(id: &str) -> &str {
    id.strip_suffix(ITEMS).unwrap_or(id)
}

/// Whether a group was made for one mapped task, and is drawn as that.
fn is_single(params: &Value) -> bool {
    params.get("single").is_some()
}

/// The parameters of the task that a trigger starts, where it starts one.
fn task(trigger: &TriggerSpec) -> Option<&Value> {
    let action = trigger.actions.first().filter(|action| action.name == "dag.start")?;
    Some(&action.params)
}

fn badges(trigger: &TriggerSpec, params: &Value) -> Vec<String> {
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    let mut badges = Vec::new();
    let rule = trigger.condition.params.get("rule").and_then(Value::as_str);
    badges.extend(rule.filter(|rule| *rule != TriggerRule::default().name()).map(str::to_owned));
    badges.extend(text("when").map(|when| format!("when {when}")));
    let attempts =
        params.pointer("/retry/max_attempts").and_then(Value::as_u64).filter(|attempts| *attempts > 1);
    badges.extend(attempts.map(|attempts| format!("retry {}\u{d7}", attempts - 1)));
    badges.extend(text("timeout").map(|timeout| format!("timeout {timeout}")));
    let concurrency =
        params.get("concurrency").and_then(Value::as_u64).filter(|most| *most < u64::from(u32::MAX));
    badges.extend(concurrency.map(|count| format!("{count} at a time")));
    badges
}
