//! Orchestrations: turns, their history, and what becomes of what they ask for.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../asl/execution.rs"]
#[expect(dead_code, reason = "state machines ask more of it")]
mod execution;

use execution::World;
use expect_test::{Expect, expect};
use tidegate_json::Value;
use tidegate_languages::orchestration::history::open;
use tidegate_model::{Address, Data, Event, Failure, Input, Invocation, Outcome, RunId, Text};

/// An orchestration whose turns a test answers, and the functions `f` and `g`, which it carries out as well.
struct Trial {
    world: World,
    run: RunId,
}

impl Trial {
    fn start(input: &str) -> Self {
        let mut world = World::new();
        ["f", "g", "program"].into_iter().for_each(|function| world.function(function));
        world.apply(tidegate_languages::compile("orchestration: o\nfunction: program\n", "o.yaml"));
        let run = world.start_as("o", &value(input), Some("instance"));
        Self { world, run }
    }

    /// The tasks that are under way: their subjects and inputs.
    fn under_way(&self) -> Vec<String> {
        let told = |task: &Invocation| match task.subject.as_str() {
            "turn" => format!("turn {}", task.input.get("turn").unwrap().to_text()),
            subject => format!("{subject} {} {}", task.function, task.input.to_text()),
        };
        self.world.invoked.iter().map(told).collect()
    }

    fn turn(&self) -> Value {
        self.world.invoked.iter().find(|task| task.subject == "turn").unwrap().input.clone()
    }

    /// What is new to the turn that is under way, without times.
    fn told(&self) -> String {
        entries(&self.turn(), "new")
    }

    fn past(&self) -> String {
        entries(&self.turn(), "past")
    }

    fn answer(&mut self, actions: &str) {
        self.end("turn", Outcome::succeeded(&Value::object([("actions", value(actions))])));
    }

    fn end(&mut self, subject: &str, outcome: Outcome) {
        let place = self.world.invoked.iter().position(|task| task.subject == *subject).unwrap();
        let Invocation { task, attempt, .. } = self.world.invoked.remove(place);
        self.world.take(Input::TaskEnded { task, attempt, outcome });
    }

    fn raise(&mut self, to: &str, name: &str, data: &str) {
        let data = Value::object([("name", Value::from(name)), ("data", value(data))]);
        let id = format!("event-{}", self.world.partition.ledger().next.0);
        let event = Event {
            subject: Some(Text::from(to)),
            data: Data::json(&data),
            ..Event::new(id, "test", "orchestration.event")
        };
        self.world.take(Input::Publish { event, to: Address::World });
    }

    fn check(&self, expected: &Expect) {
        let execution = self.world.execution(self.run);
        let told = match (&execution.output, &execution.error) {
            (Some(output), _) => output.to_text(),
            (None, Some(error)) => format!("{error}: {}", execution.cause.unwrap_or_default()),
            (None, None) => String::new(),
        };
        expected.assert_eq(&format!("{} {told}", execution.status));
    }
}

fn value(text: &str) -> Value {
    Value::parse(text).unwrap()
}

fn entries(turn: &Value, key: &str) -> String {
    let entries = turn.get(key).unwrap().as_array().unwrap().iter().map(|entry| {
        let mut entry = entry.clone();
        entry.as_object_mut().unwrap().remove("at");
        entry.to_text()
    });
    entries.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_turn_is_given_what_happened_and_asks_for_more() {
    let mut trial = Trial::start("5");
    let turn = trial.turn();
    assert_eq!(turn.get("input"), Some(&Value::from(5)));
    assert_eq!(turn.get("key").and_then(Value::as_str), Some("instance"));
    expect![[r#"{"turn":1} {"started":true}"#]].assert_eq(&trial.told());
    trial.answer(r#"[{"id": 0, "call": {"function": "f", "input": 1}, "note": "line 3"}, {"id": 1, "call": {"function": "g"}}]"#);
    assert_eq!(trial.under_way(), ["0 f 1", "1 g null"]);
    trial.end("1", Outcome::succeeded(&value("[2]")));
    expect![[r#"{"turn":2} {"ended":1,"result":[2]}"#]].assert_eq(&trial.told());
    expect![[r#"{"turn":1} {"started":true} {"call":{"function":"f","input":1},"note":"line 3","asked":0} {"call":{"function":"g"},"asked":1}"#]]
        .assert_eq(&trial.past());
    // What ends while a turn is under way is for the next one.
    trial.end("0", Outcome::Failed(Failure::new("Bad", "no")));
    assert_eq!(trial.under_way(), ["turn 2"]);
    trial.answer("[]");
    expect![[r#"{"turn":3} {"ended":0,"failed":{"error":"Bad","message":"no"}}"#]].assert_eq(&trial.told());
    trial.answer(r#"[{"complete": {"done": true}}]"#);
    trial.check(&expect![[r#"SUCCEEDED {"done":true}"#]]);
    assert!(trial.under_way().is_empty());
}

#[test]
fn maps_give_lists_or_tell_of_each_item() {
    let mut trial = Trial::start("null");
    trial.answer(
        r#"[{"id": 0, "map": {"function": "f", "inputs": [7, 8], "with": {"by": 2}}},
            {"id": 1, "map": {"function": "g", "inputs": ["a", "b"], "each": true}}]"#,
    );
    assert_eq!(
        trial.under_way(),
        [
            r#"0 f {"by":2,"item":7}"#,
            r#"0 f {"by":2,"item":8}"#,
            r#"1 g {"item":"a"}"#,
            r#"1 g {"item":"b"}"#
        ]
    );
    trial.end("0", Outcome::succeeded(&value("14")));
    trial.end("0", Outcome::succeeded(&value("16")));
    expect![[r#"{"turn":2} {"ended":0,"result":[14,16]}"#]].assert_eq(&trial.told());
    trial.end("1", Outcome::Failed(Failure::new("Bad", "no")));
    trial.end("1", Outcome::succeeded(&value("9")));
    trial.answer("[]");
    expect![[r#"{"turn":3} {"ended":1,"failed":{"error":"Bad","message":"no"},"index":0} {"ended":1,"result":9,"index":1} {"ended":1,"result":[null,9]}"#]]
        .assert_eq(&trial.told());
}

#[test]
fn timers_and_events_wake_it() {
    let mut trial = Trial::start("null");
    trial.answer(
        r#"[{"id": 0, "timer": {"after": "5m"}}, {"id": 1, "timer": {"at": "2023-11-14T22:14:00Z"}}]"#,
    );
    assert!(trial.under_way().is_empty());
    trial.raise("somebody else", "ready", "1");
    assert!(trial.under_way().is_empty());
    trial.raise("instance", "ready", "1");
    expect![[r#"{"turn":2} {"event":"ready","data":1}"#]].assert_eq(&trial.told());
    trial.answer("[]");
    trial.world.work(&mut |_| None);
    expect![[r#"{"turn":3} {"ended":1,"result":null}"#]].assert_eq(&trial.told());
    trial.answer("[]");
    trial.world.work(&mut |_| None);
    expect![[r#"{"turn":4} {"ended":0,"result":null}"#]].assert_eq(&trial.told());
}

#[test]
fn other_runs_are_started_and_sent_events() {
    let mut trial = Trial::start("null");
    trial.answer(
        r#"[{"id": 0, "run": {"workflow": "o", "input": 4, "key": "child"}},
            {"id": 1, "event": {"to": "child", "name": "go", "data": [1]}},
            {"id": 2, "run": {"workflow": "nothing"}}]"#,
    );
    // The parent hears at once that there is no such workflow.
    assert_eq!(trial.under_way(), ["turn 1", "turn 2"]);
    let child = trial.world.invoked.iter().find(|task| task.task.run != trial.run).unwrap().clone();
    assert_eq!(child.input.get("input"), Some(&Value::from(4)));
    let place = trial.world.invoked.iter().position(|task| task.task == child.task).unwrap();
    trial.world.invoked.remove(place);
    let outcome = Outcome::succeeded(&value(r#"{"actions": [{"complete": "c"}]}"#));
    let entry = trial.told();
    assert!(entry.contains(r#""ended":2,"failed":{"error":"Tidegate.UnknownWorkflow""#), "{entry}");
    trial.world.take(Input::TaskEnded { task: child.task, attempt: 1, outcome });
    trial.answer("[]");
    expect![[r#"{"turn":3} {"ended":0,"result":"c"}"#]].assert_eq(&trial.told());
    // What has ended can be done once more.
    trial.answer(r#"[{"id": 3, "run": {"workflow": "o", "input": 5, "key": "child"}}]"#);
    let again = trial.world.invoked[0].clone();
    assert!(again.task.run != child.task.run && again.task.run != trial.run);
    assert_eq!(again.input.get("input"), Some(&Value::from(5)));
}

#[test]
fn it_begins_anew_and_keeps_events_that_nobody_has_seen() {
    let mut trial = Trial::start("1");
    trial.answer(r#"[{"id": 0, "call": {"function": "f"}}, {"id": 1, "timer": {"after": "1h"}}]"#);
    trial.raise("instance", "first", "1");
    trial.raise("instance", "second", "2");
    trial.answer(r#"[{"continue": {"input": 2, "keep": [{"event": "kept", "data": 0}]}}]"#);
    expect![[
        r#"{"turn":3} {"started":true,"input":2} {"event":"kept","data":0} {"event":"second","data":2}"#
    ]]
    .assert_eq(&trial.told());
    assert_eq!((trial.past(), trial.turn().get("input")), (String::new(), Some(&Value::from(2))));
    // What the generation before asked for is not heard of any more, and its timers are gone.
    trial.end("0", Outcome::succeeded(&Value::Null));
    trial.answer(r#"[{"id": 0, "call": {"function": "g"}}]"#);
    assert_eq!(trial.under_way(), ["1.0 g null"]);
    trial.end("1.0", Outcome::succeeded(&Value::Null));
    expect![[r#"{"turn":4} {"ended":0,"result":null}"#]].assert_eq(&trial.told());
    trial.answer(r#"[{"complete": 1}]"#);
    trial.check(&expect!["SUCCEEDED 1"]);
}

#[test]
fn an_orchestration_fails_by_its_answer_or_where_there_is_none() {
    let mut trial = Trial::start("null");
    trial.answer(r#"[{"fail": {"error": "Mine", "message": "no", "detail": [1]}}]"#);
    trial.check(&expect!["FAILED Mine: no"]);
    let mut trial = Trial::start("null");
    trial.end("turn", Outcome::Failed(Failure::new("Runtime.Crash", "it died")));
    trial.check(&expect!["FAILED Runtime.Crash: it died"]);
    let mut trial = Trial::start("null");
    trial.end("turn", Outcome::succeeded(&value("[1]")));
    trial.check(&expect!["FAILED Tidegate.InvalidValue: trigger `turn` failed: the answer of a turn: expected an object with a list `actions`, found array"]);
    let mut trial = Trial::start("null");
    trial.answer(r#"[{"id": 0, "cal": {}}]"#);
    trial.check(&expect!["FAILED Tidegate.InvalidValue: trigger `turn` failed: the answer of a turn, at /actions/0: an action has one of `call`, `map`, `timer`, `run`, `event`, `entity`, `noted`, `complete`, `fail` or `continue`"]);
}

#[test]
fn what_it_waits_for_is_told() {
    let mut trial = Trial::start("null");
    let waits = |trial: &Trial| {
        let triggers = trial.world.partition.run_triggers(trial.run).unwrap();
        triggers[0].waits_for.clone().unwrap().to_string()
    };
    assert_eq!(waits(&trial), "the answer of turn 1");
    trial.answer(r#"[{"id": 0, "call": {"function": "f"}}, {"id": 1, "timer": {"after": "1h"}}]"#);
    assert_eq!(waits(&trial), "the end of `f` (0), a timer (1), or an event for it");
    let look = trial.world.partition.look(trial.run, "turn").unwrap();
    assert_eq!(open(&look.context.get("past").unwrap().as_array().unwrap()[..], &[]).len(), 2);
}

#[test]
fn files_that_are_wrong_are_shown_where() {
    let compiled = tidegate_languages::compile("orchestration: a b\nfunction: gone\ncolour: red\n", "o.yaml");
    let told: Vec<String> = compiled.diagnostics.iter().map(|found| found.message.to_string()).collect();
    expect![[r#"
        [
            "the name of the orchestration: `a b` is not a name",
            "the file has no function `gone`",
            "an orchestration file has no key `colour`",
        ]
    "#]]
    .assert_debug_eq(&told);
}

#[test]
fn a_run_is_drawn_as_what_it_has_asked_for() {
    let mut trial = Trial::start("null");
    trial.answer(
        r#"[{"id": 0, "call": {"function": "f"}}, {"id": 1, "call": {"function": "f"}}, {"id": 2, "timer": {"after": "1h"}}]"#,
    );
    trial.end("0", Outcome::succeeded(&Value::Null));
    trial.end("1", Outcome::Failed(Failure::new("Bad", "no")));
    trial.answer("[]");
    trial.answer(r#"[{"id": 3, "map": {"function": "g", "inputs": [1]}}]"#);
    let look = trial.world.partition.look(trial.run, "turn").unwrap();
    let graph = tidegate_languages::orchestration::drawing::graph("o", look.context, None);
    let nodes: Vec<String> = graph
        .nodes
        .iter()
        .map(|node| {
            format!("{} {} {:?} {:?}", node.id, node.label, node.badges, node.progress.map(|seen| seen.state))
        })
        .collect();
    expect![[r#"
        [
            "(start) start [] None",
            "0 f [] Some(Caught)",
            "2 timer [] Some(Running)",
            "3 g [] Some(Running)",
        ]
    "#]]
    .assert_debug_eq(&nodes);
    let edges: Vec<String> = graph.edges.iter().map(|edge| format!("{} → {}", edge.from, edge.to)).collect();
    assert_eq!(edges, ["(start) → 0", "(start) → 2", "0 → 3"]);
}
