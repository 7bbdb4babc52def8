//! What one event costs in the engine alone: no journal, no disk.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use tidegate_engine::{Limits, NoPayloads, Output, Partition, Registry};
use tidegate_json::RawJson;
use tidegate_model::entry::Document;
use tidegate_model::{Address, Entry, Event, Input, Offset, PartitionId, Program, Timestamp};

fn main() {
    divan::main();
}

const EVENTS: u64 = 10_000;

fn program(condition: &str, filter: &str) -> Program {
    let triggers: Vec<String> = (0..100)
        .map(|number| {
            format!(
                r#"{{"name": "t{number}", "on": [{{"type": {{"exact": "bench"}}, "subject": {{"exact": "s{number}"}},
                    "reach": "world"{filter}}}], "condition": {condition}, "actions": []}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"name": "bench", "language": "triggers", "standing": true,
            "scopes": [{{"name": "main", "triggers": [{}]}}]}}"#,
        triggers.join(",")
    );
    Program::from_text(&text).expect("the benchmark's program is one")
}

fn event(number: u64) -> Event {
    let data = RawJson::from_text(format!(r#"{{"number":{number},"result":"ok"}}"#)).expect("it is JSON");
    Event::new(format!("e{number}"), "/bench", "bench")
        .with_subject(format!("s{}", number % 100))
        .with_data(data)
}

fn step(bencher: Bencher<'_, '_>, condition: &str, filter: &str) {
    let registry = Arc::new(Registry::native());
    let program = program(condition, filter);
    bencher
        .counter(ItemsCount::new(EVENTS))
        .with_inputs(|| {
            let mut partition = Partition::new(PartitionId(0), Arc::clone(&registry), Limits::default());
            let apply = Input::Apply { program: Document(program.clone()) };
            let entry = Entry { at: Timestamp(0), input: apply };
            partition.step(Offset(0), entry, &NoPayloads, &mut Output::default());
            let entries: Vec<Entry> = (0..EVENTS)
                .map(|number| Entry {
                    at: Timestamp(1),
                    input: Input::Publish { event: event(number), to: Address::World },
                })
                .collect();
            (partition, entries)
        })
        .bench_local_values(|(mut partition, entries)| {
            let mut output = Output::default();
            for (offset, entry) in (1..).zip(entries) {
                if output.facts.len() > 2_000 {
                    output.clear();
                }
                partition.step(Offset(offset), entry, &NoPayloads, &mut output);
            }
            partition
        });
}

#[divan::bench]
fn join(bencher: Bencher<'_, '_>) {
    step(bencher, r#"{"name": "join", "params": {"size": 1000000}}"#, "");
}

#[divan::bench]
fn always(bencher: Bencher<'_, '_>) {
    step(bencher, r#"{"name": "always"}"#, "");
}

#[divan::bench]
fn expression(bencher: Bencher<'_, '_>) {
    step(bencher, r#"{"name": "expression", "params": {"expr": "event.data.number >= 0"}}"#, "");
}

#[divan::bench]
fn filter(bencher: Bencher<'_, '_>) {
    step(bencher, r#"{"name": "always"}"#, r#", "where": "event.data.number < 0""#);
}

#[divan::bench]
fn entry_encode(bencher: Bencher<'_, '_>) {
    let entry = Entry { at: Timestamp(1), input: Input::Publish { event: event(7), to: Address::World } };
    let mut out = Vec::with_capacity(1 << 10);
    bencher.bench_local(|| {
        out.clear();
        entry.encode(&mut out);
        out.len()
    });
}

#[divan::bench]
fn entry_decode(bencher: Bencher<'_, '_>) {
    let entry = Entry { at: Timestamp(1), input: Input::Publish { event: event(7), to: Address::World } };
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bencher.bench(|| Entry::decode(&bytes).expect("it was just encoded"));
}
