//! What the actions of a trigger lead to: steps, events, timers, ends, and other triggers.

use tidegate_engine::action::Started;
use tidegate_graph::{EdgeStyle, Kind, Node};
use tidegate_json::Value;
use tidegate_model::{ActionSpec, TriggerSpec};

use super::condition::value;
use super::{Drawing, Place};
use crate::template::is_template;

/// The badge of a run that is waited for.
pub(super) const AWAITED: &str = "waits for end";

impl<'p> Drawing<'p> {
    /// Adds the steps and timers of `trigger`, which others may listen to.
    pub(super) fn steps(&mut self, trigger: &'p TriggerSpec, at: &Place) {
        for action in &trigger.actions {
            self.step(action, at);
        }
    }

    /// Draws what `trigger` does.
    pub(super) fn done(&mut self, trigger: &'p TriggerSpec, at: &Place) {
        let from = at.id(trigger.name.as_str());
        for action in &trigger.actions {
            if let Some(to) = self.step(action, at) {
                self.link(&from, &to, None, EdgeStyle::Normal);
            }
            self.effect(&from, action, at);
        }
    }

    /// The node of the step or timer that `action` starts.
    fn step(&mut self, action: &'p ActionSpec, at: &Place) -> Option<String> {
        let params = &action.params;
        let text = |key: &str| params.get(key).map(value);
        if action.name == "timer" {
            let name = text("name")?;
            let after = text("after").or_else(|| text("at").map(|at| format!("until {at}")));
            let node = Node { detail: after, ..Node::new(at.id(&format!("timer:{name}")), name, Kind::Wait) };
            return Some(self.node(at, node));
        }
        let program = self.program;
        let made = self.registry.action(&action.name, params).ok()?;
        // Of an action that starts several scopes, each is inside of the one node.
        let started = made.starts();
        let (word, kind) = match (action.name.as_str(), started.first()?) {
            ("map", _) => ("map", Kind::Map),
            (_, Started::Function(_)) => ("task", Kind::Task),
            (_, Started::Scope(_)) => ("scope", Kind::Scope),
            (_, Started::Workflow) => ("run", Kind::Run),
        };
        let runs: Vec<String> = started
            .iter()
            .map(|started| match started {
                Started::Function(function) => function.to_string(),
                Started::Scope(scope) => scope.to_string(),
                Started::Workflow => text("workflow").unwrap_or_else(|| "a workflow".to_owned()),
            })
            .collect();
        let own = params.get("as").or_else(|| params.get("state")).and_then(Value::as_str);
        let name = own.filter(|name| !is_template(name)).unwrap_or(runs.first()?).to_owned();
        let id = at.id(&format!("{word}:{name}"));
        let is_new = !self.known.contains(&id);
        let mut node = Node::new(id.as_str(), name.as_str(), kind);
        node.detail = Some(runs.join(", ")).filter(|runs| *runs != name);
        if let Some(concurrency) = params.get("concurrency").and_then(Value::as_u64) {
            node.badges.push(format!("{concurrency} at a time"));
        }
        if kind == Kind::Run && params.get("wait").and_then(Value::as_bool) == Some(true) {
            node.badges.push(AWAITED.to_owned());
        }
        if let Some(retries) =
            params.pointer("/retry/max_attempts").and_then(Value::as_u64).filter(|&n| n > 1)
        {
            node.badges.push(format!("retry {}\u{d7}", retries - 1));
        }
        self.node(at, node);
        for scope in started.iter().filter(|_| is_new) {
            let Started::Scope(scope) = scope else { continue };
            let spec = program.scopes.iter().find(|spec| spec.name == **scope);
            if let Some(spec) = spec.filter(|spec| !self.places.contains_key(spec.name.as_str())) {
                self.group(&id, spec, at);
            }
        }
        Some(id)
    }

    /// Draws what `action` raises, ends or changes.
    fn effect(&mut self, from: &str, action: &ActionSpec, at: &Place) {
        let params = &action.params;
        let text = |key: &str| params.get(key).map(value);
        match action.name.as_str() {
            "emit" => {
                let Some(kind) = text("type") else { return };
                let about = text("subject");
                let mut id = format!("event:{kind}");
                id.extend(about.iter().map(|about| format!(" about {about}")));
                let node = Node {
                    detail: about.map(|about| format!("about {about}")),
                    ..Node::new(at.id(&id), kind, Kind::Event)
                };
                let to = self.node(at, node);
                self.link(from, &to, None, EdgeStyle::Normal);
            }
            "complete" => {
                let to = self.node(at, Node::new(at.id("(complete)"), "complete", Kind::End));
                self.link(from, &to, None, EdgeStyle::Normal);
            }
            "fail" => {
                let error = text("error").unwrap_or_else(|| "fail".to_owned());
                let node = Node {
                    detail: text("message"),
                    ..Node::new(at.id(&format!("(fail {error})")), error, Kind::Fail)
                };
                let to = self.node(at, node);
                self.link(from, &to, None, EdgeStyle::Normal);
            }
            "cancel" => {
                let words = ["task", "map", "scope", "run"];
                self.control(from, text("step"), &words, "cancels", at);
            }
            "cancel_timer" => self.control(from, text("name"), &["timer"], "cancels", at),
            name @ ("enable" | "disable" | "remove" | "change") => {
                self.control(from, text("trigger"), &[""], &format!("{name}s"), at);
            }
            "add" => {
                let triggers = params.get("triggers").and_then(Value::as_array);
                for added in triggers.into_iter().flat_map(|triggers| triggers.iter()) {
                    let Some(name) = added.get("name").and_then(Value::as_str) else { continue };
                    let mut node = Node::new(at.id(name), name, Kind::Trigger);
                    node.badges.push("added".to_owned());
                    let to = self.node(at, node);
                    self.link(from, &to, Some("adds".to_owned()), EdgeStyle::Control);
                }
            }
            _ => {}
        }
    }

    /// Draws that one thing changes another, which is called `name` and is one of `words`.
    fn control(&mut self, from: &str, name: Option<String>, words: &[&str], how: &str, at: &Place) {
        let Some(name) = name else { return };
        let id = |word: &&str| at.id(&if word.is_empty() { name.clone() } else { format!("{word}:{name}") });
        if let Some(to) = words.iter().map(id).find(|id| self.known.contains(id)) {
            self.link(from, &to, Some(how.to_owned()), EdgeStyle::Control);
        }
    }
}
