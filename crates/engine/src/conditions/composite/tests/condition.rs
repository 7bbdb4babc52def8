//! The condition as the engine asks it: verdicts, the context, timers, limits, sentences.

use tidegate_json::Value;
use tidegate_jsonata::Functions;
use tidegate_model::{
    Data, Event, Failure, Labels, Pattern, RunId, Text, Timestamp, WorkflowName, outcome::errors,
};

use crate::condition::{Condition, Evaluation, TimerRequest, Verdict};
use crate::conditions::composite::consumption::HELD_MAX;
use crate::conditions::composite::make;
use crate::scene::{NoPayloads, Scene, Surroundings};

/// A trigger with the condition, over patterns of the types `a`, `b` and `c`.
struct Trigger {
    condition: Box<dyn Condition>,
    context: Value,
    timer: Option<Timestamp>,
}

impl Trigger {
    fn new(params: &str) -> Self {
        let condition = make(&Value::parse(params).unwrap()).unwrap();
        Self { condition, context: Value::object::<&str, Value>([]), timer: None }
    }

    /// An event of the type that its id begins with.
    fn event(&mut self, id: &str, at: i64) -> Result<Verdict, Failure> {
        let data = Value::object([("of", id)]);
        let event = Event::new(id, "test", &id[..1]).with_data(Data::json(&data));
        self.ask(Some(&event), at, |condition, now| condition.evaluate(now))
    }

    fn timer(&mut self) -> Result<Verdict, Failure> {
        let due = self.timer.take().expect("a timer is set");
        self.ask(None, due.0, |condition, now| condition.timer(now, "window"))
    }

    fn ask(
        &mut self,
        event: Option<&Event>,
        at: i64,
        question: impl Fn(&dyn Condition, &mut Evaluation<'_, '_>) -> Result<Verdict, Failure>,
    ) -> Result<Verdict, Failure> {
        let (functions, workflow) = (Functions::standard(), WorkflowName::new("test").unwrap());
        let surroundings = Surroundings {
            vars: Value::Null,
            input: &Value::Null,
            run: RunId(0),
            workflow: &workflow,
            at: Timestamp(at),
            entry_at: Timestamp(at),
            seed: 0,
            labels: Labels::NONE,
            run_started_at: Timestamp(at),
            run_key: None,
            outer: Value::Null,
            enclosing: Vec::new(),
            kept: Value::Null,
            run_vars: Value::Null,
            notes: 0,
            tasks: 0,
            payloads: &NoPayloads,
            functions: &functions,
        };
        let scene = Scene::new(surroundings, event, None);
        let patterns = ["a", "b", "c"].map(Pattern::exact);
        let matched =
            (0u32..).zip(&patterns).filter(|(_, pattern)| event.is_some_and(|event| pattern.matches(event)));
        let matched: Vec<u32> = matched.map(|(index, _)| index).collect();
        let mut timers = Vec::new();
        let mut now = Evaluation {
            scene: &scene,
            context: &mut self.context,
            patterns: &patterns,
            matched: &matched,
            timers: &mut timers,
        };
        let verdict = question(&*self.condition, &mut now);
        for request in timers {
            self.timer = match request {
                TimerRequest::Set { due, .. } => Some(due),
                TimerRequest::Cancel { .. } => None,
            };
        }
        verdict
    }

    fn waits_for(&self) -> Text {
        self.condition.waits_for(&self.context).unwrap()
    }

    fn at(&self, pointer: &str) -> &Value {
        self.context.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {}", self.context))
    }
}

fn counted(have: u32, want: u32) -> Result<Verdict, Failure> {
    Ok(Verdict::Counted { have, want })
}

#[test]
fn a_firing_shows_its_events_in_order() {
    let mut trigger = Trigger::new(r#"{"expr": {"all": [{"event": 0}, {"event": 1}]}}"#);
    assert_eq!(trigger.event("b1", 5), counted(1, 2));
    assert_eq!(trigger.event("a1", 7), Ok(Verdict::Fire));
    assert_eq!(trigger.at("/occurrences/0/id").as_str(), Some("b1"));
    assert_eq!(trigger.at("/occurrences/0/at").as_i64(), Some(5));
    assert_eq!(trigger.at("/occurrences/1/data/of").as_str(), Some("a1"));
    assert_eq!(trigger.at("/composites/0"), trigger.at("/occurrences"));
    assert_eq!(trigger.at("/waiting"), &Value::object::<&str, Value>([]));
}

#[test]
fn one_event_that_completes_several_composites_fires_once_and_shows_all() {
    let params = r#"{"expr": {"sequence": [{"event": 0}, {"event": 1}]}, "consumption": "continuous"}"#;
    let mut trigger = Trigger::new(params);
    assert_eq!(trigger.event("a1", 0), counted(1, 2));
    assert_eq!(trigger.event("a2", 0), counted(1, 2));
    assert_eq!(trigger.event("b1", 0), Ok(Verdict::Fire));
    assert_eq!(trigger.at("/composites/0/0/id").as_str(), Some("a1"));
    assert_eq!(trigger.at("/composites/1/0/id").as_str(), Some("a2"));
    assert_eq!(trigger.at("/composites/1/1/id").as_str(), Some("b1"));
}

#[test]
fn an_event_out_of_turn_is_filtered_and_told_why() {
    let mut trigger = Trigger::new(r#"{"expr": {"sequence": [{"event": 0}, {"event": 1}]}}"#);
    let part = "it is not its turn; it waits for event 0, then event 1 of `sequence`";
    assert_eq!(trigger.event("b1", 0), Ok(Verdict::Filtered { part: Text::new(part) }));
}

#[test]
fn without_collect_the_data_is_not_kept() {
    let mut trigger = Trigger::new(r#"{"expr": {"event": 0}, "collect": false}"#);
    assert_eq!(trigger.event("a1", 0), Ok(Verdict::Fire));
    assert_eq!(trigger.at("/occurrences/0/type").as_str(), Some("a"));
    assert_eq!(trigger.context.pointer("/occurrences/0/data"), None);
}

#[test]
fn an_absence_fires_when_its_window_ends_and_not_when_it_is_refuted() {
    let params = r#"{"expr": {"absence": {"event": 1}, "after": {"event": 0}, "within": "10ms"}}"#;
    let mut trigger = Trigger::new(params);
    assert_eq!(trigger.event("a1", 100), counted(1, 2));
    assert_eq!(trigger.timer, Some(Timestamp(110)));
    assert_eq!(trigger.event("b1", 105), counted(0, 2));
    assert_eq!(trigger.timer, None);
    assert_eq!(trigger.event("a2", 200), counted(1, 2));
    assert_eq!(trigger.timer(), Ok(Verdict::Fire));
    assert_eq!(trigger.at("/occurrences/0/id").as_str(), Some("a2"));
    assert_eq!(trigger.timer, None);
}

#[test]
fn a_window_that_ended_before_a_late_event_was_not_refuted_by_it() {
    let params = r#"{"expr": {"absence": {"event": 1}, "after": {"event": 0}, "within": 10}}"#;
    let mut trigger = Trigger::new(params);
    assert_eq!(trigger.event("a1", 0), counted(1, 2));
    assert_eq!(trigger.event("b1", 10), Ok(Verdict::Fire));
}

#[test]
fn what_is_too_old_is_let_go_of_in_time() {
    let params = r#"{"expr": {"all": [{"event": 0}, {"event": 1}]}, "within": "10ms"}"#;
    let mut trigger = Trigger::new(params);
    assert_eq!(trigger.event("a1", 0), counted(1, 2));
    assert_eq!(trigger.timer, Some(Timestamp(11)));
    assert_eq!(trigger.timer(), Ok(Verdict::Wait));
    assert_eq!(trigger.at("/waiting"), &Value::object::<&str, Value>([]));
    assert_eq!(trigger.event("b1", 11), counted(1, 2));
    assert_eq!(trigger.event("a2", 21), Ok(Verdict::Fire));
}

#[test]
fn a_timer_that_was_dropped_is_asked_for_again_on_beginning() {
    let params = r#"{"expr": {"absence": {"event": 1}, "after": {"event": 0}, "within": 10}}"#;
    let mut trigger = Trigger::new(params);
    assert_eq!(trigger.event("a1", 0), counted(1, 2));
    trigger.timer = None;
    assert!(trigger.condition.begins());
    let begun = trigger.ask(None, 5, |condition, now| {
        condition.begin(now);
        Ok(Verdict::Wait)
    });
    assert_eq!((begun, trigger.timer), (Ok(Verdict::Wait), Some(Timestamp(10))));
}

#[test]
fn a_pattern_that_the_trigger_does_not_have_is_a_failure() {
    let mut trigger = Trigger::new(r#"{"expr": {"any": {"n": 1, "of": [{"event": 0}, {"event": 3}]}}}"#);
    let failure = trigger.event("a1", 0).unwrap_err();
    assert_eq!(failure.message, "the expression names event 3, but the trigger has 3 patterns");
}

#[test]
fn a_context_that_somebody_spoilt_is_a_failure() {
    let mut trigger = Trigger::new(r#"{"expr": {"all": [{"event": 0}, {"event": 1}]}}"#);
    trigger.context = Value::parse(r#"{"position": 1, "waiting": {"/all/0": [{"last": 1}]}}"#).unwrap();
    let failure = trigger.event("b1", 0).unwrap_err();
    assert_eq!(failure.error, errors::INVALID_VALUE);
    assert!(failure.message.contains("/all/0"), "{failure}");
}

#[test]
fn above_the_limit_an_event_is_refused_and_nothing_else_is_lost() {
    let mut trigger =
        Trigger::new(r#"{"expr": {"sequence": [{"event": 0}, {"event": 1}]}, "collect": false}"#);
    let shown = |position: usize| {
        let event = Value::object([("position", position), ("at", 0)]);
        Value::object([
            ("last", Value::from(position)),
            ("at", Value::from(0)),
            ("events", Value::array([event])),
        ])
    };
    trigger.context.set("position", HELD_MAX);
    trigger.context.set("waiting", Value::object([("/sequence/0", Value::array((1..=HELD_MAX).map(shown)))]));
    let before = trigger.context.clone();
    assert_eq!(trigger.event("a1", 0).unwrap_err().error, errors::LIMIT);
    assert_eq!(trigger.context, before);
    assert_eq!(trigger.event("b1", 0), Ok(Verdict::Fire));
    assert_eq!(trigger.event("a2", 0), counted(1, 2));
}

#[test]
fn what_is_waited_for_is_told_in_a_sentence() {
    let cases: [(&str, &[&str], &str); 7] = [
        (r#"{"all": [{"event": 0}, {"event": 1}]}"#, &["a1"], "event 1 of `all`; event 0 is in"),
        (
            r#"{"any": {"n": 2, "of": [{"event": 0}, {"event": 1}, {"event": 2}]}}"#,
            &["c1"],
            "1 more of event 0, event 1 of `any`; event 2 is in",
        ),
        (
            r#"{"sequence": [{"event": 0}, {"event": 1}, {"event": 2}]}"#,
            &["a1"],
            "event 1, then event 2 of `sequence`; event 0 is in",
        ),
        (
            r#"{"all": [{"sequence": [{"event": 0}, {"event": 1}]}, {"event": 2}]}"#,
            &["c1", "a1"],
            "sequence(event 0, event 1) (which waits for event 1 of `sequence`; event 0 is in) of `all`; event 2 is in",
        ),
        (
            r#"{"not": {"event": 1}, "start": {"event": 0}, "end": {"event": 2}}"#,
            &[],
            "event 0, then event 2 without event 1",
        ),
        (
            r#"{"not": {"event": 1}, "start": {"event": 0}, "end": {"event": 2}}"#,
            &["a1"],
            "event 2 without event 1; event 0 is in",
        ),
        (
            r#"{"absence": {"event": 1}, "after": {"event": 0}, "within": "5s"}"#,
            &["a1"],
            "1970-01-01T00:00:05.000Z, if without event 1 until then; event 0 is in",
        ),
    ];
    for (expr, events, expected) in cases {
        let mut trigger = Trigger::new(&format!(r#"{{"expr": {expr}}}"#));
        for event in events {
            assert!(matches!(trigger.event(event, 0), Ok(Verdict::Counted { .. })), "{event} in {expr}");
        }
        assert_eq!(trigger.waits_for(), expected);
    }
}
