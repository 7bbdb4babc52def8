//! A world for a rule: events at their times, and a clock that only the test moves.

use tidegate_json::Value;
use tidegate_model::{Span, Timestamp};

use super::notation::{Expr, pattern};
use crate::conditions::composite::consumption::Consumption;
use crate::conditions::composite::occurrence::Occurrence;
use crate::conditions::composite::open::Open;
use crate::conditions::composite::rule::Rule;
use crate::conditions::composite::tree::Tree;

pub(super) const POLICIES: [(&str, Consumption); 4] = [
    ("recent", Consumption::Recent),
    ("chronicle", Consumption::Chronicle),
    ("continuous", Consumption::Continuous),
    ("cumulative", Consumption::Cumulative),
];

/// An event: `ab3@20` is of patterns 0 and 1, at 20 ms.
#[derive(Clone, Debug)]
pub(super) struct Happens {
    pub(super) name: String,
    pub(super) patterns: Vec<usize>,
    pub(super) at: i64,
}

/// When timers come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timers {
    /// When they are due, as the engine does it.
    InTime,
    /// Not at all before the next event, as after a pause.
    Late,
}

/// What one instant completed: its time, the event where it was one, and the names of the events in each composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Firing {
    pub(super) at: i64,
    pub(super) by: Option<String>,
    pub(super) composites: Vec<Vec<String>>,
}

/// Reads `a1 b1@5 ab2 @20`: an event without a time happens at that of the one before it; `@20` is the end.
pub(super) fn read(trace: &str) -> (Vec<Happens>, i64) {
    let (mut events, mut now) = (Vec::new(), 0);
    for word in trace.split_whitespace() {
        let (name, time) = word.split_once('@').unwrap_or((word, ""));
        if !time.is_empty() {
            now = time.parse().unwrap();
        }
        if !name.is_empty() {
            let patterns = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).chars().map(pattern);
            events.push(Happens { name: name.to_owned(), patterns: patterns.collect(), at: now });
        }
    }
    (events, now)
}

pub(super) fn rule(expr: &Expr, consumption: Consumption, within_ms: Option<i64>) -> Rule {
    let tree = Tree::parse(&expr.params()).unwrap();
    Rule { tree, consumption, within: within_ms.map(|ms| Span(ms.unsigned_abs())) }
}

/// Runs the rule over the events until `end`: what it fired for, and the names of the events that still wait.
pub(super) fn run(rule: &Rule, events: &[Happens], end: i64, timers: Timers) -> (Vec<Firing>, Vec<String>) {
    let mut open = Open::new(&rule.tree);
    let mut firings = Vec::new();
    for event in events {
        pass_time(rule, &mut open, event.at, timers, &mut firings);
        let shown = Value::object([("id", event.name.as_str())]);
        let observed = rule.observe(&mut open, Timestamp(event.at), &event.patterns, shown).unwrap();
        note(&mut firings, Some(&event.name), &observed.composites);
        open = through_context(rule, &open);
    }
    pass_time(rule, &mut open, end, timers, &mut firings);
    let mut left: Vec<String> = open.all().flat_map(|occurrence| names(&occurrence.shown())).collect();
    left.sort_by_key(|name| events.iter().position(|event| event.name == *name));
    left.dedup();
    (firings, left)
}

fn pass_time(rule: &Rule, open: &mut Open, to: i64, timers: Timers, firings: &mut Vec<Firing>) {
    if timers == Timers::InTime {
        while let Some(due) = rule.wakes_at(open).filter(|due| due.0 <= to) {
            let composites = rule.advance(open, due).unwrap();
            assert!(rule.wakes_at(open).is_none_or(|next| next > due), "a timer that is due stays due");
            note(firings, None, &composites);
            *open = through_context(rule, open);
        }
    }
    let composites = rule.advance(open, Timestamp(to)).unwrap();
    note(firings, None, &composites);
}

/// What waits, once it has been text.
fn through_context(rule: &Rule, open: &Open) -> Open {
    let mut context = Value::object([("position", open.position)]);
    context.set("waiting", open.waiting(&rule.tree));
    let context = Value::parse(&context.to_text()).unwrap();
    let read = Open::read(&rule.tree, &context).unwrap();
    assert_eq!(read, *open);
    read
}

fn note(firings: &mut Vec<Firing>, by: Option<&str>, composites: &[Occurrence]) {
    for instant in composites.chunk_by(|one, other| one.last == other.last) {
        let composites = instant.iter().map(|composite| names(&composite.shown())).collect();
        firings.push(Firing { at: instant[0].at.0, by: by.map(str::to_owned), composites });
    }
}

fn names(events: &Value) -> Vec<String> {
    let name = |event: &Value| event.get("id").and_then(Value::as_str).unwrap().to_owned();
    events.as_array().unwrap().iter().map(name).collect()
}
