//! A1 and A2: joins of events from outside.

use tidegate_model::Event;

use crate::world::{World, json};

#[tokio::test(flavor = "multi_thread")]
async fn a1_hello_join_fires_at_exactly_the_tenth() {
    let world = World::new();
    let run = world.apply("hello.yaml").await.expect("it stands");
    for number in 1..=9 {
        let event = Event::new(format!("{number}"), "/test", "test.event.type").with_subject("Test");
        world.publish(event).await;
        let trigger = world.trigger(run, "greet").await;
        assert_eq!((trigger.fired, trigger.context.get("count")), (0, Some(&number.into())));
        assert_eq!(trigger.context.get("message"), Some(&"Hello ".into()));
    }
    let other = Event::new("other", "/test", "test.event.type").with_subject("Another");
    world.publish(other).await;
    assert_eq!(world.fired(run, "greet").await, 0, "an event about something else does not count");

    world.publish(Event::new("10", "/test", "test.event.type").with_subject("Test")).await;
    let trigger = world.trigger(run, "greet").await;
    assert_eq!(trigger.fired, 1);
    assert_eq!(trigger.context.get("message"), Some(&"Hello World!".into()));

    world.publish(Event::new("11", "/test", "test.event.type").with_subject("Test")).await;
    assert_eq!(world.fired(run, "greet").await, 1, "it does not fire again");
}

const JOINS: u64 = 200;
const SIZE: u64 = 1000;

/// Two hundred joins of a thousand events each.
fn ingestion() -> String {
    let join = |number| {
        let (name, set) = (format!("join{number}"), "{set: {fired: \"{% vars.fired + 1 %}\"}}");
        format!("  {name}: {{on: {{type: done, subject: {name}}}, when: {{join: {SIZE}}}, do: {set}}}\n")
    };
    let joins: String = (0..JOINS).map(join).collect();
    format!("workflow: ingestion\nstanding: true\nvars: {{fired: 0}}\ntriggers:\n{joins}")
}

fn ingestion_event(number: u64) -> Event {
    Event::new(format!("{number}"), "/test", "done").with_subject(format!("join{}", number % JOINS))
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_two_hundred_joins_of_a_thousand_events_in_turn() {
    let world = World::new();
    let run = world.apply_text(&ingestion(), "ingestion.yaml").await.expect("it stands");
    let events: Vec<Event> = (0..JOINS * SIZE).map(ingestion_event).collect();
    let (most, last) = events.split_at((JOINS * (SIZE - 1)) as usize);
    let started = std::time::Instant::now();
    for batch in most.chunks(5000) {
        world.publish_all(batch.to_vec()).await;
    }
    assert_eq!(world.totals().await.fired, 0, "each join waits for its last event");
    world.publish_all(last.to_vec()).await;
    println!("{} events in {:?}", events.len(), started.elapsed());
    check_ingested(&world, run, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_two_hundred_joins_of_a_thousand_events_shuffled_with_duplicates() {
    let world = World::new();
    let run = world.apply_text(&ingestion(), "ingestion.yaml").await.expect("it stands");
    let mut random = Random(4711);
    let mut numbers: Vec<u64> = (0..JOINS * SIZE).collect();
    let duplicates = JOINS * SIZE / 100;
    numbers.extend((0..duplicates).map(|_| random.below(JOINS * SIZE)));
    for place in (1..numbers.len()).rev() {
        numbers.swap(place, random.below(place as u64 + 1) as usize);
    }
    let mut seen_again = 0;
    for batch in numbers.chunks(5000) {
        let accepted = world.publish_all(batch.iter().map(|number| ingestion_event(*number)).collect()).await;
        seen_again += accepted.iter().filter(|accepted| accepted.duplicate_of.is_some()).count();
    }
    assert_eq!(seen_again as u64, duplicates);
    check_ingested(&world, run, duplicates).await;
}

async fn check_ingested(world: &World, run: tidegate_model::RunId, duplicates: u64) {
    let triggers = world.handle().run_triggers(run).await.expect("the run is there");
    assert_eq!(triggers.len() as u64, JOINS);
    for trigger in triggers {
        let counts = (trigger.fired, trigger.seen, trigger.context.get("count").cloned());
        assert_eq!(counts, (1, SIZE, Some(SIZE.into())), "{}", trigger.name);
    }
    let totals = world.totals().await;
    assert_eq!(totals.published, JOINS * SIZE + duplicates);
    assert_eq!(totals.duplicates, duplicates);
    assert_eq!(totals.fired, JOINS);
    let dispositions =
        [totals.duplicates, totals.taken, totals.filtered, totals.dead, totals.expired, totals.refused];
    assert_eq!(dispositions.iter().sum::<u64>(), totals.published, "every event has a disposition");
    assert_eq!(world.view(run).await.vars, json(&format!("{{\"fired\": {JOINS}}}")));
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }
}
