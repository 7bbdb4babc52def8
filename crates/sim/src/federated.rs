//! Federated learning, by hand: rounds of clients of which some are rejected and some are late.
//!
//! A round is over when enough clients of that round were accepted; then the aggregator runs, once. A round in which
//! too few are accepted begins anew when its time is over. After three rounds the run ends.

use tidegate_json::Value;
use tidegate_model::Program;

use crate::weave::functions;

/// Rounds that a run completes.
pub const ROUNDS: u64 = 3;

/// Name of the workflow.
pub const NAME: &str = "federated";

const TRIGGERS: &str = r#"[
    {"name": "begin-round",
     "on": [{"type": {"exact": "tidegate.run.started"}}, {"type": {"exact": "round"}}],
     "actions": [
        {"name": "cancel", "params": {"step": "clients"}},
        {"name": "set", "params": {"vars": {"round": "{% vars.round + 1 %}"}}},
        {"name": "change", "params": {"trigger": "aggregate", "context": {"count": 0}}},
        {"name": "timer", "params": {"name": "round-time", "after": "20s"}},
        {"name": "map", "params": {"function": "client", "as": "clients", "each": true,
            "items": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "input": {"round": "{% vars.round %}", "client": "{% item %}"},
            "tolerate": {"percent": 100}, "timeout": "60s"}}]},
    {"name": "aggregate",
     "on": [{"type": {"exact": "tidegate.task.succeeded"}, "subject": {"exact": "clients"},
             "where": "event.data.round = vars.round and event.data.verdict = 'Accept' and vars.closed < vars.round"}],
     "condition": {"name": "count", "params": {"n": 6}},
     "actions": [
        {"name": "cancel_timer", "params": {"name": "round-time"}},
        {"name": "set", "params": {"vars": {"closed": "{% vars.round %}"}}},
        {"name": "invoke", "params": {"function": "affine", "as": "aggregator", "input": "{% vars.round %}"}}]},
    {"name": "end-round",
     "on": [{"type": {"exact": "tidegate.task.succeeded"}, "subject": {"exact": "aggregator"}}],
     "actions": [
        {"name": "set", "params": {"vars": {"done": "{% vars.done + 1 %}"}}},
        {"name": "emit", "params": {"type": "round-over"}}]},
    {"name": "again", "on": [{"type": {"exact": "round-over"}}],
     "condition": {"name": "expression", "params": {"expr": "vars.done < 3"}},
     "actions": [{"name": "emit", "params": {"type": "round"}}]},
    {"name": "enough", "on": [{"type": {"exact": "round-over"}}],
     "condition": {"name": "expression", "params": {"expr": "vars.done >= 3"}},
     "actions": [{"name": "complete", "params": {"output": "{% vars.done %}"}}]},
    {"name": "too-slow",
     "on": [{"type": {"exact": "tidegate.timer.fired"}, "subject": {"exact": "round-time"}}],
     "actions": [{"name": "emit", "params": {"type": "round"}}]}
]"#;

/// The program.
///
/// # Panics
/// Never: it is the same each time.
#[must_use]
pub fn program() -> Program {
    let triggers = Value::parse(TRIGGERS).expect("the triggers are JSON");
    let vars = Value::object([("round", 0), ("closed", 0), ("done", 0)]);
    let scope = Value::object([("name", Value::from("main")), ("vars", vars), ("triggers", triggers)]);
    let document = Value::object([
        ("name", Value::from(NAME)),
        ("language", Value::from("triggers")),
        ("functions", functions()),
        ("scopes", Value::array([scope])),
    ]);
    Program::from_text(&document.to_text()).expect("the program is one")
}
