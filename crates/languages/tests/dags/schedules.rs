//! Schedules on a partition without journal or clock: ticks, what becomes of them, and backfills.

use tidegate_engine::Reply;
use tidegate_json::Value;
use tidegate_languages::schedule::{SKIPPED, Schedule, backfill};
use tidegate_model::entry::Document;
use tidegate_model::{Address, Data, Event, Fact, Input, Invocation, Name, Outcome, RunId, Timestamp};

use crate::execution::{World, value};

/// A world in which it is `time`.
fn world_at(time: &str) -> World {
    let mut world = World::new();
    world.at = time.parse().unwrap();
    world.function("work");
    world
}

/// A DAG whose runs end when a test says so, with this schedule.
fn dag(schedule: &str) -> String {
    format!("dag: nightly\nschedule: {schedule}\ntasks: {{a: {{function: work}}}}\n")
}

fn apply(world: &mut World, text: &str) {
    world.apply(tidegate_languages::compile(text, "nightly.yaml"));
}

/// Lets the time be `time`; the shell gets round to it only then.
fn until(world: &mut World, time: &str) {
    world.at = time.parse().unwrap();
    world.take(Input::Tick);
}

/// Lets the time pass to `time`, with every timer at its own time.
fn through(world: &mut World, time: &str) {
    let end: Timestamp = time.parse().unwrap();
    while let Some(due) = world.partition.next_deadline().filter(|due| *due <= end) {
        world.at = world.at.max(due);
        world.take(Input::Tick);
    }
    until(world, time);
}

/// The ticks whose runs have started, in order.
fn started(world: &World) -> Vec<String> {
    let inputs = world.facts.iter().filter_map(|fact| match fact {
        Fact::RunStarted { workflow, input, .. } if workflow.as_str() == "nightly" => input.inline_value(),
        _ => None,
    });
    let time = |input: Value| input.pointer("/schedule/time").and_then(Value::as_str).map(short);
    inputs.filter_map(time).collect()
}

/// `2026-01-02T03:00:00Z` as `02T03:00`.
fn short(time: &str) -> String {
    time.strip_prefix("2026-01-").unwrap_or(time).trim_end_matches(":00Z").to_owned()
}

/// Ticks that were skipped, how many, and why.
fn skipped(world: &World) -> Vec<String> {
    let notes = world.facts.iter().filter_map(|fact| match fact {
        Fact::Raised { kind, data, .. } if kind == SKIPPED => data.as_ref().and_then(Data::inline_value),
        _ => None,
    });
    let said = |note: Value| {
        let text = |name: &str| note.get(name).and_then(Value::as_str).map(short).unwrap_or_default();
        let count = note.get("count").and_then(Value::as_u64).unwrap_or_default();
        format!("{} to {} ({count}): {}", text("time"), text("until"), text("reason"))
    };
    notes.map(said).collect()
}

/// Ends the oldest task.
fn end_one(world: &mut World) {
    let Invocation { task, attempt, .. } = world.invoked.remove(0);
    world.take(Input::TaskEnded { task, attempt, outcome: Outcome::succeeded(&Value::Null) });
}

fn end_all(world: &mut World) {
    while !world.invoked.is_empty() {
        end_one(world);
    }
}

fn standing(world: &World) -> RunId {
    let name = Name::new("nightly:schedule").unwrap();
    let mut workflows = world.partition.workflows();
    workflows.find(|(known, _)| **known == name).and_then(|(_, workflow)| workflow.standing).unwrap()
}

#[test]
fn each_tick_starts_a_run_that_learns_its_time_and_its_interval() {
    let mut world = world_at("2026-01-01T12:00:00Z");
    apply(&mut world, &dag("\"0 3 * * *\""));
    through(&mut world, "2026-01-02T12:00:00Z");
    let inputs: Vec<String> = world.invoked.iter().map(|invoked| invoked.input.to_text()).collect();
    let expected = r#"{"schedule":{"time":"2026-01-02T03:00:00Z","interval":{"start":"2026-01-01T03:00:00Z","end":"2026-01-02T03:00:00Z"}}}"#;
    assert_eq!(inputs, [expected]);
    end_all(&mut world);
    through(&mut world, "2026-01-03T12:00:00Z");
    assert_eq!(started(&world), ["02T03:00", "03T03:00"]);
    world.restart();
}

#[test]
fn what_the_run_of_an_earlier_tick_means_is_said_by_overlap() {
    let case = |overlap: &str| {
        let mut world = world_at("2026-01-01T00:30:00Z");
        apply(&mut world, &dag(&format!("{{every: 1h, overlap: {overlap}}}")));
        through(&mut world, "2026-01-01T03:30:00Z");
        let before = (started(&world), world.invoked.len());
        end_all(&mut world);
        through(&mut world, "2026-01-01T04:30:00Z");
        world.restart();
        (before, started(&world), skipped(&world))
    };
    let (before, after, skips) = case("skip");
    assert_eq!(before, (vec!["01T01:00".to_owned()], 1));
    assert_eq!(after, ["01T01:00", "01T04:00"]);
    assert_eq!(skips.len(), 2);
    let reason = "the run of 2026-01-01T01:00:00Z is still going; `overlap` is `skip`";
    assert_eq!(skips[0], format!("01T02:00 to 01T02:00 (1): {reason}"));

    let (before, after, skips) = case("allow");
    assert_eq!((before.0.len(), before.1, after.len(), skips.len()), (3, 3, 4, 0));

    let (before, after, skips) = case("queue");
    assert_eq!(before.0, ["01T01:00"]);
    assert_eq!(after, ["01T01:00", "01T02:00", "01T03:00", "01T04:00"]);
    assert_eq!(skips.len(), 0);

    let (before, after, _) = case("cancel");
    assert_eq!((before.0.len(), before.1), (3, 1), "the runs of the first two were cancelled");
    assert_eq!(after.len(), 4);
}

#[test]
fn what_was_missed_is_made_up_for_as_catch_up_says() {
    let case = |catch_up: &str| {
        let mut world = world_at("2026-01-01T00:30:00Z");
        apply(&mut world, &dag(&format!("{{every: 1h, overlap: allow, catch_up: {catch_up}}}")));
        through(&mut world, "2026-01-01T01:10:00Z");
        end_all(&mut world);
        // Nobody is there until the afternoon.
        until(&mut world, "2026-01-01T05:20:00Z");
        while !world.invoked.is_empty() {
            assert!(world.invoked.len() < 2, "what is made up for runs one after another");
            end_one(&mut world);
        }
        through(&mut world, "2026-01-01T06:10:00Z");
        world.restart();
        (started(&world), skipped(&world))
    };
    let reason = |word: &str| {
        format!("missed: the schedule was paused, or the server was not there; `catch_up` is `{word}`")
    };
    let (ran, skips) = case("none");
    assert_eq!(ran, ["01T01:00", "01T06:00"]);
    assert_eq!(skips, [format!("01T02:00 to 01T05:00 (4): {}", reason("none"))]);
    let (ran, skips) = case("last");
    assert_eq!(ran, ["01T01:00", "01T05:00", "01T06:00"]);
    assert_eq!(skips, [format!("01T02:00 to 01T04:00 (3): {}", reason("last"))]);
    let (ran, skips) = case("all");
    assert_eq!(ran, ["01T01:00", "01T02:00", "01T03:00", "01T04:00", "01T05:00", "01T06:00"]);
    assert!(skips.is_empty());
}

#[test]
fn runs_that_are_made_up_for_begin_when_they_begin() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &(dag("{every: 1h, catch_up: last}") + "timeout: 10m\n"));
    until(&mut world, "2026-01-01T05:20:00Z");
    // Had it begun at its tick, its time would be over already.
    assert_eq!(started(&world), ["01T05:00"]);
    assert_eq!(world.invoked.len(), 1);
}

#[test]
fn ticks_since_the_start_count_as_missed_when_the_file_is_applied() {
    let mut world = world_at("2026-01-04T12:00:00Z");
    apply(&mut world, &dag("{cron: \"@daily\", start: 2026-01-02, catch_up: all}"));
    while !world.invoked.is_empty() {
        end_one(&mut world);
    }
    assert_eq!(started(&world), ["02T00:00", "03T00:00", "04T00:00"]);
}

#[test]
fn a_new_version_takes_over_without_double_or_lost_ticks() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &dag("{every: 1h, overlap: queue}"));
    through(&mut world, "2026-01-01T02:30:00Z");
    // The run of one o'clock goes on, that of two waits. The tasks change, the times do not.
    let changed = dag("{every: 1h, overlap: queue}").replace("a:", "b:");
    apply(&mut world, &changed);
    through(&mut world, "2026-01-01T03:30:00Z");
    end_all(&mut world);
    assert_eq!(started(&world), ["01T01:00", "01T02:00", "01T03:00"]);
    // Other times, and one that waits of those before.
    through(&mut world, "2026-01-01T05:10:00Z");
    apply(&mut world, &dag("{cron: \"30 * * * *\", overlap: queue}"));
    through(&mut world, "2026-01-01T06:10:00Z");
    end_all(&mut world);
    assert_eq!(started(&world), ["01T01:00", "01T02:00", "01T03:00", "01T04:00", "01T05:00", "01T05:30"]);
    // Without a schedule there are no more.
    apply(&mut world, "dag: nightly\ntasks: {a: {function: work}}\n");
    through(&mut world, "2026-01-03T00:00:00Z");
    assert_eq!(started(&world).len(), 6);
    world.restart();
}

#[test]
fn a_schedule_stays_paused_across_versions() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &dag("{every: 1h, catch_up: all}"));
    let run = standing(&world);
    world.take(Input::Pause { run });
    through(&mut world, "2026-01-01T02:30:00Z");
    apply(&mut world, &dag("{every: 1h, catch_up: all, overlap: queue}"));
    apply(&mut world, &dag("{every: 1h, catch_up: all, overlap: skip}"));
    through(&mut world, "2026-01-01T03:30:00Z");
    assert!(started(&world).is_empty());
    let run = standing(&world);
    world.take(Input::Resume { run });
    while !world.invoked.is_empty() {
        end_one(&mut world);
    }
    assert_eq!(started(&world), ["01T01:00", "01T02:00", "01T03:00"]);
}

#[test]
fn removing_the_workflow_removes_its_schedule() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &dag("{every: 1h}"));
    world.take(Input::RemoveWorkflow { workflow: Name::new("nightly").unwrap() });
    assert_eq!(world.partition.next_deadline(), None);
}

#[test]
fn jitter_delays_the_start_and_not_the_tick() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &dag("{every: 1h, jitter: 10m}"));
    let due = world.partition.next_deadline().unwrap();
    let tick: Timestamp = "2026-01-01T01:00:00Z".parse().unwrap();
    assert!(due > tick && due.since(tick).0 < 600_000, "{due}");
    through(&mut world, "2026-01-01T01:10:00Z");
    assert_eq!(started(&world), ["01T01:00"]);
}

fn publish(world: &mut World, id: &str, kind: &str, subject: &str) {
    let event = Event::new(id, "/lake", kind).with_subject(subject).with_data(&value(r#"{"rows":3}"#));
    world.take(Input::Publish { event, to: Address::World });
}

#[test]
fn a_run_starts_when_all_events_have_come_since_the_last_start() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(
        &mut world,
        &dag("{events: [{type: updated, subject: orders}, {type: updated, subject: stock}], all: true}"),
    );
    publish(&mut world, "1", "updated", "orders");
    publish(&mut world, "2", "updated", "orders");
    publish(&mut world, "3", "updated", "other");
    assert!(world.invoked.is_empty());
    publish(&mut world, "4", "updated", "stock");
    let input = &world.invoked[0].input;
    let ids: Vec<&str> = input
        .pointer("/schedule/events")
        .and_then(Value::as_array)
        .map(|events| events.iter().filter_map(|event| event.get("id")?.as_str()).collect())
        .unwrap();
    assert_eq!(ids, ["2", "4"]);
    end_all(&mut world);
    publish(&mut world, "5", "updated", "stock");
    assert!(world.invoked.is_empty(), "orders have not come since");
    world.restart();
}

#[test]
fn any_event_starts_a_run_where_not_all_are_asked_for() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &dag("{events: [{type: \"file.*\"}, cleaned], overlap: queue}"));
    publish(&mut world, "1", "file.new", "a");
    publish(&mut world, "2", "cleaned", "b");
    assert_eq!(world.invoked.len(), 1);
    end_one(&mut world);
    assert_eq!(world.invoked.len(), 1, "what waited has its turn");
}

#[test]
fn a_run_whose_parameters_lack_is_told_of() {
    let mut world = world_at("2026-01-01T00:30:00Z");
    apply(&mut world, &dag("{every: 1h}\nparams: {city: {type: string}}"));
    through(&mut world, "2026-01-01T01:30:00Z");
    assert!(world.invoked.is_empty());
    let view = world.partition.run(standing(&world)).unwrap();
    let failure = view.vars.get("last_failure").unwrap().to_text();
    assert!(failure.contains("Tidegate.InvalidInput") && failure.contains("city"), "{failure}");
}

/// The input of a backfill of the DAG in `text`.
fn asked(text: &str, from: &str, to: &str, concurrency: u32, again: bool) -> Value {
    let program = tidegate_languages::compile(text, "nightly.yaml").program.unwrap();
    let schedule = Schedule::of(&program).unwrap();
    let now = "2026-01-10T12:00:00Z".parse().unwrap();
    let (from, to) = (schedule.point(from).unwrap(), schedule.point(to).unwrap());
    let input = value(r#"{"why": "fix"}"#);
    backfill::Backfill { schedule, from, to, now, concurrency, input, again }.to_value()
}

fn backfill(world: &mut World, input: &Value) -> RunId {
    let program = backfill::program(&Name::new("nightly").unwrap()).unwrap();
    let reply = world.take(Input::Apply { program: Document(program) });
    assert!(matches!(reply, Reply::Applied { .. }), "{reply:?}");
    world.start("nightly:backfill", input)
}

#[test]
fn a_backfill_runs_each_interval_once_a_few_at_a_time() {
    let text = dag("{cron: \"0 3 * * *\", timezone: Europe/Berlin}");
    let mut world = world_at("2026-01-10T12:00:00Z");
    apply(&mut world, &text);
    let run = backfill(&mut world, &asked(&text, "2026-01-02", "2026-01-06", 2, false));
    assert_eq!(world.invoked.len(), 2);
    assert_eq!(
        world.invoked[0].input.to_text(),
        format!(
            r#"{{"why":"fix","schedule":{{"time":"2026-01-03T02:00:00Z","interval":{{"start":"2026-01-02T02:00:00Z","end":"2026-01-03T02:00:00Z"}},"backfill":"{run}"}}}}"#
        )
    );
    world.restart();
    while !world.invoked.is_empty() {
        assert!(world.invoked.len() <= 2);
        end_one(&mut world);
    }
    assert_eq!(started(&world), ["03T02:00", "04T02:00", "05T02:00", "06T02:00"]);
    let output = |world: &World, run| world.execution(run).output.unwrap().to_text();
    assert_eq!(output(&world, run), r#"{"intervals":4,"succeeded":4,"failed":0,"skipped":0}"#);
    // A second one over some of the same intervals runs the others.
    let run = backfill(&mut world, &asked(&text, "2026-01-05", "2026-01-07", 1, false));
    end_all(&mut world);
    assert_eq!(output(&world, run), r#"{"intervals":2,"succeeded":1,"failed":0,"skipped":1}"#);
    // Unless it is to run them again.
    let run = backfill(&mut world, &asked(&text, "2026-01-05", "2026-01-07", 1, true));
    end_all(&mut world);
    assert_eq!(output(&world, run), r#"{"intervals":2,"succeeded":2,"failed":0,"skipped":0}"#);
    // What has not ended yet is no interval of the past.
    let run = backfill(&mut world, &asked(&text, "2026-01-09", "2026-02-01", 9, false));
    end_all(&mut world);
    assert_eq!(output(&world, run), r#"{"intervals":1,"succeeded":1,"failed":0,"skipped":0}"#);
}

#[test]
fn a_backfill_goes_on_after_failures_and_fails_at_its_end() {
    let text = dag("{every: 1d}");
    let mut world = world_at("2026-01-10T12:00:00Z");
    apply(&mut world, &text);
    let run = backfill(&mut world, &asked(&text, "2026-01-02", "2026-01-04", 1, false));
    let failure = tidegate_model::Failure::new("Broken", "no luck");
    while let Some(Invocation { task, attempt, .. }) = world.invoked.pop() {
        world.take(Input::TaskEnded { task, attempt, outcome: Outcome::Failed(failure.clone()) });
    }
    let ended = world.execution(run);
    assert_eq!(ended.error.as_deref(), Some(backfill::FAILED));
    let cause = ended.cause.unwrap();
    assert_eq!(
        cause,
        "2 of 2 runs failed, first that of 2026-01-03T00:00:00Z: Broken: task `a` failed: no luck"
    );
}
