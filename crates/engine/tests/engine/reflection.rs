//! Patterns with filters, composite events, interceptors, dead letters, labels.

use tidegate_engine::Reply;
use tidegate_model::entry::{Document, TriggerChange};
use tidegate_model::interceptor::{Decision, Interceptor};
use tidegate_model::{Address, Disposition, Event, Fact, HoldId, Input, Labels, Text};

use crate::harness::{World, value};

fn standing(triggers: &str) -> String {
    format!(
        r#"{{"name": "desk", "language": "triggers", "standing": true,
            "functions": {{"f": {{"runtime": "builtin", "builtin": "echo"}}}},
            "scopes": [{{"name": "main", "triggers": [{triggers}]}}]}}"#
    )
}

fn dispositions(world: &World) -> Vec<Disposition> {
    let facts = world.facts.iter().filter_map(|fact| match fact {
        Fact::Disposed { disposition, .. } => Some(disposition.clone()),
        _ => None,
    });
    facts.collect()
}

fn desk() -> tidegate_model::RunId {
    "r1".parse().expect("an id")
}

#[test]
fn a_filter_says_which_part_of_it_was_false() {
    let mut world = World::with(&standing(
        r#"{"name": "big", "on": [{"type": {"exact": "paid"}, "reach": "world",
            "where": "event.data.amount > 100 and event.data.currency = 'EUR'"}],
            "actions": [{"name": "invoke", "params": {"function": "f"}}]}"#,
    ));
    world.publish("paid", "x", r#"{"amount": 500, "currency": "USD"}"#);
    let part = Text::from("`event.data.currency = 'EUR'` is false");
    assert_eq!(dispositions(&world), [Disposition::Filtered { part }]);
    world.publish("paid", "x", r#"{"amount": 500, "currency": "EUR"}"#);
    assert_eq!(world.subjects(), ["f"]);
    let totals = &world.partition.ledger().totals;
    assert_eq!((totals.published, totals.taken, totals.filtered), (2, 1, 1));
}

#[test]
fn a_composite_counts_an_event_only_for_the_patterns_whose_filters_hold() {
    let mut world = World::with(&standing(
        r#"{"name": "both", "on": [
                {"type": {"exact": "t"}, "reach": "world", "where": "event.data = 1"},
                {"type": {"exact": "t"}, "reach": "world", "where": "event.data = 2"}],
            "condition": {"name": "composite", "params": {"expr": {"all": [{"event": 0}, {"event": 1}]}}},
            "actions": [{"name": "invoke", "params": {"function": "f", "input": "{% $count(context.occurrences) %}"}}]}"#,
    ));
    world.publish("t", "x", "1");
    assert!(world.invoked.is_empty());
    world.restart();
    world.publish("t", "x", "2");
    assert_eq!(world.invoked[0].input, value("2"));
}

const LATER: &str = r#"{"name": "later", "enabled": false, "on": [{"type": {"exact": "early"}, "reach": "world"}],
    "actions": [{"name": "invoke", "params": {"function": "f"}}]}"#;

#[test]
fn an_early_event_waits_for_its_trigger_to_be_enabled() {
    let mut world = World::with(&standing(LATER));
    world.publish("early", "x", "7");
    assert_eq!(world.partition.dead_letters(10).len(), 1);
    world.restart();
    let change = TriggerChange::Enable("later".parse().expect("a name"));
    world.take(Input::ChangeTrigger { run: desk(), change: Document(change) });
    assert_eq!(world.invoked[0].input, value("7"));
    assert!(world.partition.dead_letters(10).is_empty());
    let totals = &world.partition.ledger().totals;
    assert_eq!((totals.published, totals.taken, totals.dead), (1, 1, 0));
}

#[test]
fn an_early_event_waits_for_a_workflow_to_be_applied() {
    let mut world = World::new();
    world.publish("early", "x", "7");
    world.apply(&standing(&LATER.replace(r#""enabled": false, "#, "")));
    assert_eq!(world.invoked[0].input, value("7"));
}

#[test]
fn an_interceptor_holds_a_firing_until_somebody_decides() {
    let mut world = World::with(&standing(&LATER.replace(r#""enabled": false, "#, "")));
    let interceptor: Interceptor = serde_json::from_str(
        r#"{"name": "look", "target": {"action": "invoke"}, "if": "event.data > 1000", "do": "hold"}"#,
    )
    .expect("an interceptor");
    let interceptor = Document(interceptor);
    assert_eq!(world.take(Input::Intercept { run: desk(), interceptor }), Reply::Done);
    world.publish("early", "x", "10");
    world.publish("early", "x", "5000");
    assert_eq!(world.invoked.len(), 1);
    world.restart();
    let waits = world.partition.run(desk()).expect("it stands").waiting_for;
    assert!(waits.iter().any(|wait| wait.for_what == "a decision, held by interceptor `look`"), "{waits:?}");
    let hold: HoldId = "r1.h1".parse().expect("an id");
    let decision = Document(Decision::Change(value("900")));
    assert_eq!(world.take(Input::Decide { hold, decision }), Reply::Done);
    assert_eq!(world.invoked[1].input, value("900"));
}

#[test]
fn labels_of_an_event_reach_what_follows_from_it() {
    let mut world = World::with(&standing(&LATER.replace(r#""enabled": false, "#, "")));
    let labels: Labels = ["patient", "eu"].into_iter().map(Text::new).collect();
    let event = Event { labels: labels.clone(), ..Event::new("1", "/s", "early") };
    world.take(Input::Publish { event, to: Address::World });
    assert!(world.invoked[0].labels.covers(&labels));
}

#[test]
fn transient_triggers_fire_once_each_and_stay_gone() {
    let one = |name: &str| {
        format!(
            r#"{{"name": "{name}", "once": true, "on": [{{"type": {{"exact": "go"}}, "reach": "world"}}],
                "actions": [{{"name": "invoke", "params": {{"function": "f", "as": "{name}"}}}}]}}"#
        )
    };
    let triggers = [one("a"), one("b"), one("c"), one("d")].join(",");
    let mut world = World::with(&standing(&triggers));
    world.publish("go", "x", "1");
    assert_eq!(world.subjects(), ["a", "b", "c", "d"]);
    world.restart();
    world.publish("go", "x", "2");
    assert_eq!(world.invoked.len(), 4);
    assert_eq!(world.partition.ledger().totals.dead, 1);
}

#[test]
fn an_action_sets_the_size_of_a_join_that_has_begun_to_count() {
    let mut world = World::with(&standing(
        r#"{"name": "all", "on": [{"type": {"exact": "done"}, "reach": "world"}],
            "condition": {"name": "join", "params": {"collect": true}},
            "actions": [{"name": "invoke", "params": {"function": "f", "input": "{% context.results %}"}}]},
           {"name": "size", "on": [{"type": {"exact": "size"}, "reach": "world"}],
            "actions": [{"name": "change", "params": {"trigger": "all", "context": {"size": "{% event.data %}"}}}]}"#,
    ));
    world.publish("done", "x", "1");
    world.publish("done", "x", "2");
    world.publish("size", "x", "3");
    assert!(world.invoked.is_empty());
    world.publish("done", "x", "3");
    assert_eq!(world.invoked[0].input, value("[1, 2, 3]"));
    let mut world = World::with(&standing(
        r#"{"name": "all", "on": [{"type": {"exact": "done"}, "reach": "world"}],
            "condition": {"name": "join", "params": {"size": "{% vars.n %}"}},
            "actions": [{"name": "invoke", "params": {"function": "f", "input": "fired"}}]},
           {"name": "size", "on": [{"type": {"exact": "size"}, "reach": "world"}],
            "actions": [{"name": "set", "params": {"vars": {"n": "{% event.data %}"}}}]}"#,
    ));
    world.publish("done", "x", "1");
    world.publish("done", "x", "2");
    world.publish("size", "x", "2");
    assert_eq!(world.invoked.len(), 1, "all were in when the size came to be known");
}

#[test]
fn a_failing_action_applies_nothing_of_its_firing() {
    let mut world = World::with(
        r#"{"name": "half", "language": "triggers", "functions": {"f": {"runtime": "builtin", "builtin": "echo"}},
            "scopes": [{"name": "main", "triggers": [{"name": "begin", "on": [{"type": {"exact": "tidegate.run.started"}}],
                "actions": [{"name": "invoke", "params": {"function": "f"}},
                            {"name": "timer", "params": {"name": "t", "after": "{% 'soon' %}"}}]}]}]}"#,
    );
    let run = world.start("half", "null");
    assert!(world.invoked.is_empty());
    let expected = "failed Tidegate.InvalidValue: trigger `begin` failed: `after` is \"soon\", expected a length of time such as `10s`, or seconds";
    assert_eq!(world.outcome(run), expected);
}

#[test]
fn a_run_whose_only_listener_is_disabled_waits_to_have_it_enabled() {
    let mut world = World::with(
        r#"{"name": "door", "language": "triggers", "scopes": [{"name": "main", "triggers": [
            {"name": "knock", "on": [{"type": {"exact": "knock"}, "reach": "world"}],
             "actions": [{"name": "complete"}]}]}]}"#,
    );
    let run = world.start("door", "null");
    let name = || "knock".parse().expect("a name");
    world.take(Input::ChangeTrigger { run, change: Document(TriggerChange::Disable(name())) });
    world.publish("knock", "x", "1");
    assert_eq!(world.outcome(run), "open");
    let waits = world.partition.run(run).expect("it has not ended").waiting_for;
    assert_eq!(waits[0].for_what, "somebody to enable it");
    world.take(Input::ChangeTrigger { run, change: Document(TriggerChange::Enable(name())) });
    assert_eq!(world.outcome(run), "succeeded 1");
}
