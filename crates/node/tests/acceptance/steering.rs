//! What people do to a run that is under way: intercept, pause, cancel, change.

use tidegate_engine::view::RunStatus;
use tidegate_engine::{Refusal, Reply};
use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::interceptor::{Decision, Interceptor};
use tidegate_model::outcome::errors;
use tidegate_model::{Address, HoldId, Input, RunId};

use crate::world::{World, json};

async fn waiting_approval() -> (World, RunId) {
    let world = World::new();
    world.apply("approval.yaml").await;
    let run = world.start("approval", r#"{"order": "o1"}"#).await;
    (world, run)
}

async fn request(world: &mut World, amount: u32) {
    let event = world.event("request", &format!("{{\"amount\": {amount}}}")).with_subject("o1");
    world.publish(event).await;
}

async fn intercept(world: &World, run: RunId, interceptor: &str) -> Reply {
    let interceptor: Interceptor = serde_json::from_str(interceptor).expect("the test's interceptor is one");
    world.submit(Input::Intercept { run, interceptor: Document(interceptor) }).await
}

const HOLD: &str = r#"{"name": "guard", "target": {"trigger": "request"}, "do": "hold"}"#;

async fn decided(decision: Decision) -> (World, RunId) {
    let (mut world, run) = waiting_approval().await;
    assert_eq!(intercept(&world, run, HOLD).await, Reply::Done);
    request(&mut world, 5).await;
    world.recover().await;
    let waits = world.view(run).await.waiting_for;
    assert!(
        waits.iter().any(|wait| wait.what.contains("request") && wait.for_what.contains("decision")),
        "{waits:?}"
    );
    let hold = HoldId { run, number: 1 };
    assert_eq!(world.submit(Input::Decide { hold, decision: Document(decision.clone()) }).await, Reply::Done);
    let again = world.submit(Input::Decide { hold, decision: Document(decision) }).await;
    assert!(matches!(again, Reply::Refused(Refusal::NotFound { .. })), "{again:?}");
    (world, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_firing_goes_on_when_it_is_released() {
    let (world, run) = decided(Decision::Release).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 5}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_firing_goes_on_with_other_data() {
    let (world, run) = decided(Decision::Change(json(r#"{"amount": 4}"#))).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 4}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_firing_is_dropped_and_the_next_one_held() {
    let (mut world, run) = decided(Decision::Skip).await;
    assert_eq!(world.fired(run, "request").await, 0);
    request(&mut world, 6).await;
    assert_eq!(world.fired(run, "request").await, 0);
    let name = "guard".parse().expect("a name");
    assert_eq!(world.submit(Input::RemoveInterceptor { run, name }).await, Reply::Done);
    request(&mut world, 7).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 7}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interceptor_changes_what_the_actions_see() {
    let (mut world, run) = waiting_approval().await;
    let double = r#"{"name": "double", "target": {"action": "invoke"}, "if": "event.data.amount < 10",
        "do": {"change": {"amount": "{% event.data.amount * 2 %}"}}}"#;
    intercept(&world, run, double).await;
    world.recover().await;
    request(&mut world, 9).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 18}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interceptor_skips_firings_that_its_guard_is_true_for() {
    let (mut world, run) = waiting_approval().await;
    let skip = r#"{"name": "skip", "target": {"condition": "expression"}, "if": "event.data.amount > 100", "do": "skip"}"#;
    intercept(&world, run, skip).await;
    request(&mut world, 101).await;
    assert_eq!(world.fired(run, "request").await, 0);
    request(&mut world, 100).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 100}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interceptor_acts_instead_or_as_well() {
    let (mut world, run) = waiting_approval().await;
    let instead = r#"{"name": "instead", "target": {"trigger": "request"}, "if": "event.data.amount = 1",
        "do": {"act": [{"name": "set", "params": {"vars": {"instead": true}}}]}}"#;
    let as_well = r#"{"name": "as-well", "target": {"trigger": "request"}, "moment": "after",
        "do": {"act": [{"name": "set", "params": {"vars": {"amount": "{% event.data.amount %}"}}}]}}"#;
    intercept(&world, run, instead).await;
    intercept(&world, run, as_well).await;
    request(&mut world, 1).await;
    assert_eq!(world.view(run).await.vars, json(r#"{"instead": true, "amount": 1}"#));
    request(&mut world, 2).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 2}"#));
    assert_eq!(world.view(run).await.vars, json(r#"{"instead": true, "amount": 2}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_takes_its_events_when_it_is_resumed() {
    let (mut world, run) = waiting_approval().await;
    world.submit(Input::Pause { run }).await;
    request(&mut world, 1).await;
    world.recover().await;
    assert_eq!(world.view(run).await.summary.status, RunStatus::Paused);
    assert_eq!(world.fired(run, "request").await, 0);
    world.submit(Input::Resume { run }).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 1}"#));
    assert_eq!(world.totals().await.dead, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_keeps_the_ends_of_its_tasks() {
    let world = World::new();
    world.apply("mixed.yaml").await;
    let mut watch = world.watch();
    let run = world.start("dag-mixed", "null").await;
    world.submit(Input::Pause { run }).await;
    watch.until("task_ended", 1).await;
    assert_eq!(
        world.told(run, "task_scheduled", "subject").await,
        ["first"],
        "nothing follows while it is paused"
    );
    world.submit(Input::Resume { run }).await;
    assert_eq!(world.result(run).await, json("[0, 1, 2, 3, 4]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_ends_with_what_it_started() {
    let mut world = World::new();
    world.apply("timeout.yaml").await;
    world.apply("slow.yaml").await;
    for (workflow, input) in [("timeout", r#"{"after": "1h"}"#), ("slow", "null")] {
        let run = world.start(workflow, input).await;
        assert_eq!(world.submit(Input::Cancel { run, reason: "enough".into() }).await, Reply::Done);
        let failure = world.failure(run).await;
        assert_eq!((&*failure.error, &*failure.message), (errors::CANCELLED, "enough"));
        assert_eq!(world.view(run).await.summary.status, RunStatus::Cancelled);
        assert!(world.view(run).await.tasks.is_empty());
        let again = world.submit(Input::Cancel { run, reason: "enough".into() }).await;
        assert!(matches!(again, Reply::Refused(Refusal::NotFound { .. })), "{again:?}");
    }
    world.recover().await;
    assert_eq!(world.node().recovered().unfinished_runs, 0);
    let outstanding = world.handle().ask(|partition| partition.outstanding().len()).await;
    assert_eq!(outstanding.ok(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_to_one_run_reaches_no_other() {
    let (mut world, run) = waiting_approval().await;
    let other = world.start("approval", r#"{"order": "o1"}"#).await;
    let event = world.event("request", r#"{"amount": 3}"#).with_subject("o1");
    world.handle().publish(vec![event], Address::Run(other)).await.expect("the node takes it");
    assert_eq!(world.result(other).await, json(r#"{"amount": 3}"#));
    assert_eq!(world.trigger(run, "request").await.seen, 0);

    let event = world.event("request", "null");
    let accepted = world.handle().publish(vec![event], Address::Run(other)).await.expect("the node takes it");
    assert!(matches!(accepted[0].refused, Some(Refusal::NotFound { .. })), "the run has ended");
    let unaddressed = world.event("request", r#"{"amount": 1}"#).with_subject("o2");
    world.publish(unaddressed).await;
    assert_eq!(world.totals().await.dead, 1, "its subject is nobody's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_keeps_its_version_when_another_is_applied() {
    let (mut world, run) = waiting_approval().await;
    let text = "workflow: approval\ntriggers:\n  request: {on: request, do: {complete: \"another\"}}\n";
    world.apply_text(text, "approval.yaml").await;
    let newer = world.start("approval", "{}").await;
    world.recover().await;
    request(&mut world, 8).await;
    assert_eq!(world.result(run).await, json(r#"{"amount": 8}"#));
    assert_eq!(world.result(newer).await, Value::from("another"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_over_a_scope_goes_on_after_a_pause() {
    let mut world = World::new();
    world.apply("nested-scopes.yaml").await;
    let mut watch = world.watch();
    let items: Vec<u32> = (1..=60).filter(|item| item % 5 != 0).collect();
    let run = world.start("nested-scopes", &format!("{{\"items\": {items:?}}}")).await;
    watch.until("task_ended", 5).await;
    world.submit(Input::Pause { run }).await;
    world.recover().await;
    assert_eq!(world.view(run).await.summary.status, RunStatus::Paused);
    world.submit(Input::Resume { run }).await;
    let expected: Vec<u32> = items.iter().map(|item| item * 2 + 1).collect();
    assert_eq!(world.result(run).await.get("results"), Some(&Value::array(expected)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_of_a_standing_workflow_takes_over() {
    let mut world = World::new();
    let older = world.apply("labels-relay.yaml").await.expect("it stands");
    world.emit("raw", "1").await;
    let text = "workflow: labels-relay\nstanding: true\ntriggers:\n  all: {on: raw, do: {set: {last: \"{% event.data %}\"}}}\n";
    let newer = world.apply_text(text, "newer.yaml").await.expect("it stands");
    world.recover().await;
    assert_eq!(world.failure(older).await.error, errors::SUPERSEDED);
    world.emit("raw", "2").await;
    assert_eq!(world.view(newer).await.vars, json(r#"{"last": 2}"#));
    assert_eq!(world.trigger(older, "join").await.seen, 1);

    let workflow = "labels-relay".parse().expect("a name");
    assert_eq!(world.submit(Input::RemoveWorkflow { workflow }).await, Reply::Done);
    world.recover().await;
    world.emit("raw", "3").await;
    assert_eq!(world.totals().await.dead, 1);
    assert!(matches!(world.end(newer).await, tidegate_model::Outcome::Failed(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_newest_first_page_by_page() {
    let mut world = World::new();
    world.apply("approval.yaml").await;
    world.apply("stalled.yaml").await;
    for number in 0..12 {
        world.start("approval", &format!("{{\"order\": \"o{}\"}}", number % 3)).await;
        world.start("stalled", "null").await;
    }
    let failed = world.start("stalled", "null").await;
    world.end(failed).await;
    request(&mut world, 1).await;
    world.recover().await;
    let workflow: tidegate_model::WorkflowName = "approval".parse().expect("a name");
    let (mut before, mut listed) = (None, Vec::new());
    loop {
        let query =
            tidegate_node::RunsQuery { before, limit: 5, workflow: Some(workflow.clone()), status: None };
        let page = world.handle().runs(query).await.expect("a list");
        assert!(page.runs.len() <= 5);
        listed.extend(page.runs.iter().map(|run| run.id.number()));
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(listed, (1..=23).rev().step_by(2).collect::<Vec<u64>>());
}
