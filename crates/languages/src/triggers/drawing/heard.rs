//! What leads to a trigger: the start, the ends of steps, timers, events.

use tidegate_graph::{EdgeStyle, Kind, Node};
use tidegate_model::{Pattern, TextMatch, TriggerSpec};

use super::condition::text;
use super::{Drawing, Place, START};

impl Drawing<'_> {
    /// Draws what `trigger` listens to.
    pub(super) fn heard(&mut self, trigger: &TriggerSpec, at: &Place) {
        let to = at.id(trigger.name.as_str());
        let mut ended: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
        for pattern in &trigger.on {
            let Heard { from, how } = self.source(pattern, at);
            let filter = pattern.filter.as_ref().map(|filter| format!("if {filter}"));
            match ended.iter_mut().find(|(known, with, _)| *known == from && *with == filter) {
                Some((_, _, all)) => all.extend(how),
                None => ended.push((from, filter, how.into_iter().collect())),
            }
        }
        for (from, filter, how) in ended {
            let is_failure = !how.is_empty() && how.iter().all(|how| is_failure(how));
            let is_any_end =
                how.iter().any(|how| how == "succeeded") && how.iter().any(|how| how == "failed");
            let how = if is_any_end { vec!["ended".to_owned()] } else { how };
            let label: Vec<String> = how.into_iter().filter(|how| how != "succeeded").chain(filter).collect();
            let label = Some(label.join(", ")).filter(|label| !label.is_empty());
            let style = if is_failure { EdgeStyle::Error } else { EdgeStyle::Normal };
            self.link(&from, &to, label, style);
        }
    }

    /// The node that events of a pattern come from.
    fn source(&mut self, pattern: &Pattern, at: &Place) -> Heard {
        let TextMatch::Exact(kind) = &pattern.kind else { return self.event(pattern, at) };
        let Some((word, result)) = kind.strip_prefix("tidegate.").and_then(|kind| kind.split_once('.'))
        else {
            return self.event(pattern, at);
        };
        if result == "started" && matches!(word, "run" | "scope") {
            let from = self.node(at, Node::new(at.id(START), "start", Kind::Start));
            return Heard { from, how: None };
        }
        let Some(TextMatch::Exact(subject)) = &pattern.subject else { return self.event(pattern, at) };
        let name = match word {
            "trigger" => at.id(subject),
            _ => at.id(&format!("{word}:{subject}")),
        };
        let how = match (word, result) {
            ("timer", _) => None,
            (_, result) => Some(result.replace('_', " ")),
        };
        if self.known.contains(&name) {
            return Heard { from: name, how };
        }
        // The steps of a map are what the map is called.
        let map = at.id(&format!("map:{subject}"));
        match self.known.contains(&map) && matches!(word, "task" | "scope") {
            true => Heard { from: map, how: how.map(|how| format!("item {how}")) },
            false => self.event(pattern, at),
        }
    }

    fn event(&mut self, pattern: &Pattern, at: &Place) -> Heard {
        let kind = text(&pattern.kind);
        let about = pattern.subject.as_ref().map(text);
        let source = pattern.source.as_ref().map(text);
        let mut id = format!("event:{kind}");
        id.extend(about.iter().map(|about| format!(" about {about}")));
        id.extend(source.iter().map(|source| format!(" from {source}")));
        let detail = about.map(|about| format!("about {about}")).into_iter();
        let detail = detail.chain(source.map(|source| format!("from {source}")));
        let detail = detail.collect::<Vec<_>>().join(" ");
        let node = Node {
            detail: Some(detail).filter(|detail| !detail.is_empty()),
            ..Node::new(at.id(&id), kind, Kind::Event)
        };
        Heard { from: self.node(at, node), how: None }
    }
}

/// Where an event comes from.
struct Heard {
    /// Id of the node.
    from: String,
    /// What happened there.
    how: Option<String>,
}

fn is_failure(how: &str) -> bool {
    matches!(how, "failed" | "item failed" | "timed out")
}
