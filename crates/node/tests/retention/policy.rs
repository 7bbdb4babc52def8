//! What is let go of, and when.

use tidegate_model::{Address, Digest, Fact, Input, RunId};
use tidegate_node::keyspaces::{ARCHIVE, CHUNKS, ENDED, FACTS, PAYLOADS, PRUNED, RUN_FACTS};
use tidegate_node::retention::Slice;

use crate::house::{DAY, House, KEEP, LATER, text};

#[test]
fn an_ended_run_is_kept_for_its_time_and_not_longer() {
    let mut house = House::new();
    let run = house.start("quick", "short");
    house.checkpoint();
    house.pass(KEEP);
    house.tidy();
    assert!(house.is_archived(run), "its time is just over, and not before");
    assert!(!house.history(run).is_empty());
    house.pass(tidegate_model::Span(1));
    house.tidy();
    assert!(!house.is_archived(run));
    assert_eq!(house.history(run), []);
    for keyspace in [ARCHIVE, ENDED, RUN_FACTS, FACTS, CHUNKS] {
        assert_eq!(house.count(keyspace), 0, "{keyspace:?}");
    }
    assert_eq!(house.count(PRUNED), 1, "until when it was kept is known");
}

#[test]
fn a_run_that_has_not_ended_keeps_everything() {
    let mut house = House::new();
    let quick = house.start("quick", &text("quick"));
    let patient = house.start("patient", &text("patient"));
    let other = house.start("quick", &text("other"));
    house.checkpoint();
    let told = house.history(patient);
    assert!(matches!(told[0].1[0], Fact::RunStarted { .. }), "{told:?}");
    for _ in 0..12 {
        house.pass(LATER);
        house.turn_the_page();
        house.tidy();
        house.check();
        assert_eq!(house.history(patient), told);
    }
    assert!(!house.is_archived(quick) && !house.is_archived(other));
    let kept = Digest::of(format!("{{\"text\":\"{}\"}}", text("patient")).as_bytes());
    assert!(house.files().contains(&kept), "its input");

    house.publish("go", "", Address::World);
    house.checkpoint();
    house.pass(DAY);
    house.tidy();
    assert!(house.is_archived(patient), "its time begins with its end");
    assert_eq!(house.history(patient)[0], told[0]);
    house.pass(LATER);
    house.turn_the_page();
    house.tidy();
    assert!(!house.is_archived(patient));
    assert!(!house.files().contains(&kept));
}

#[test]
fn a_chunk_that_tells_of_many_runs_shrinks_with_them() {
    let mut house = House::with(Some(KEEP), Slice { runs: 100, chunks: 100, payloads: 100 });
    let runs: Vec<RunId> = (0..64).map(|_| house.start("patient", "short")).collect();
    house.checkpoint();
    let chunk_bytes = |house: &House| -> usize {
        let all = tidegate_journal::checkpoints::ALL_KEYS;
        let order = tidegate_journal::checkpoints::Order::Ascending;
        house.store.scan(FACTS, all, order, 1).unwrap().first().map_or(0, |(_, value)| value.len())
    };
    let whole = chunk_bytes(&house);
    house.pass(LATER);
    house.tidy();
    let told: Vec<_> = runs.iter().map(|run| house.history(*run)).collect();
    let mut sizes = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for (later, told) in runs.iter().zip(&told).skip(index) {
            assert_eq!(house.history(*later), *told, "{later} has not ended");
        }
        house.publish("go", "", Address::Run(*run));
        house.checkpoint();
        house.pass(LATER);
        house.tidy();
        assert_eq!(house.history(*run), []);
        sizes.push(chunk_bytes(&house));
    }
    let different = sizes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((4..=8).contains(&different), "each time they are half: {sizes:?}");
    assert!(sizes[32] < whole * 2 / 3, "{whole}: {sizes:?}");
    assert_eq!(house.count(FACTS), 0);
}

#[test]
fn what_a_standing_run_did_is_kept_as_long_as_an_ended_run() {
    let mut house = House::new();
    let standing =
        house.driver().partition().workflows().find_map(|(_, workflow)| workflow.standing).unwrap();
    house.publish("word", "", Address::World);
    house.checkpoint();
    house.pass(KEEP);
    house.tidy();
    assert!(!house.history(standing).is_empty());
    house.pass(DAY);
    house.publish("word", "", Address::World);
    house.checkpoint();
    house.tidy();
    let told = house.history(standing);
    assert_eq!(told.len(), 1, "the one of today: {told:?}");
    let seen = house.driver().partition().run_triggers(standing).unwrap()[0].seen;
    assert_eq!(seen, 2, "its state is whole");
}

#[test]
fn a_dead_letter_keeps_its_data_until_it_is_delivered() {
    let mut house = House::new();
    let offset = house.publish("nobody-yet", &text("letter"), Address::World);
    house.checkpoint();
    for _ in 0..3 {
        house.pass(LATER);
        house.turn_the_page();
        house.tidy();
    }
    assert!(house.driver().partition().is_dead_letter(offset));
    let data = Digest::of(format!("\"{}\"", text("letter")).as_bytes());
    assert!(house.files().contains(&data));
    let listener = "workflow: late\nstanding: true\ntriggers:\n  take: {on: nobody-yet, do: {complete: '{% $length(event.data) %}'}}\n";
    let program = tidegate_languages::compile(listener, "late").program.unwrap();
    house.process(Input::Apply { program: tidegate_model::entry::Document(program) });
    house.checkpoint();
    assert!(!house.driver().partition().is_dead_letter(offset));
    house.pass(LATER);
    house.turn_the_page();
    house.pass(LATER);
    house.turn_the_page();
    house.tidy();
    assert!(!house.files().contains(&data));
    assert!(house.files().len() <= 1, "what the last segment refers to: {:?}", house.files());
    house.check();
}

#[test]
fn for_ever_keeps_runs_and_still_removes_what_nothing_refers_to() {
    let mut house = House::with(None, Slice::default());
    let run = house.start("quick", &text("quick"));
    house.publish("word", &text("word"), Address::World);
    house.checkpoint();
    house.pass(LATER);
    house.turn_the_page();
    house.tidy();
    assert!(house.is_archived(run));
    let started = Digest::of(format!("{{\"text\":\"{}\"}}", text("quick")).as_bytes());
    assert!(house.files().contains(&started), "history refers to it");
    let word = Digest::of(format!("\"{}\"", text("word")).as_bytes());
    assert!(!house.files().contains(&word), "only the journal did");
}

#[test]
fn a_payload_that_comes_again_while_it_is_garbage_stays() {
    let mut house = House::new();
    house.start("quick", &text("quick"));
    house.checkpoint();
    house.pass(LATER);
    house.turn_the_page();
    // The counts come to nothing, and the files wait for the next slices.
    let run = house.start("patient", &text("quick"));
    house.tidy();
    house.checkpoint();
    house.tidy();
    house.publish("go", "", Address::Run(run));
    house.checkpoint();
    assert!(house.count(PAYLOADS) > 0);
    house.check();
}

#[test]
fn a_put_that_is_given_up_leaves_nothing() {
    let mut house = House::new();
    house.checkpoint();
    let digest = house.blobs.put(text("given up").as_bytes()).unwrap();
    house.tidy();
    assert_eq!(house.files(), [Digest(digest)], "it may be recorded yet");
    house.blobs.abandon([&digest]);
    house.tidy();
    house.assert_no_payloads();
}

#[test]
fn a_put_that_a_crash_took_the_record_of_leaves_nothing() {
    let mut house = House::new();
    house.checkpoint();
    let kept = house.start("patient", &text("kept"));
    let digest = house.blobs.put(text("lost").as_bytes()).unwrap();
    house.crash();
    house.tidy();
    assert!(house.files().contains(&Digest(digest)), "before a checkpoint nobody knows who refers to what");
    house.checkpoint();
    house.tidy();
    assert_eq!(house.files().len(), 1);
    assert!(house.driver().partition().run(kept).is_some());
    house.check();
}
