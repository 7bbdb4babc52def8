//! What one event costs in the engine alone: no journal, no disk.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use tidegate_engine::pools::SHELF;
use tidegate_engine::{Limits, NoPayloads, Output, Partition, Registry};
use tidegate_json::{RawJson, Value};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    Address, Data, Effect, Entry, Event, Input, Labels, Name, Offset, Outcome, PartitionId, Program,
    Timestamp,
};

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

const CLAIMING: &str = r#"{"name": "bench", "language": "triggers",
    "functions": {"f": {"runtime": "builtin", "builtin": "echo"}},
    "scopes": [{"name": "main", "triggers": [{"name": "begin",
        "on": [{"type": {"exact": "tidegate.run.started"}}],
        "actions": [{"name": "map", "params": {"function": "f", "items": "{% input %}", "concurrency": 100000,
            "input": 1, "claims": [{"pool": "db"}, {"pool": "own", "of": {"run": {"slots": 64}}}]}}]}]}]}"#;

/// Ends of tasks, each of which gives its slots to the next of so many that wait.
#[divan::bench(args = [100, 10_000])]
fn grant(bencher: Bencher<'_, '_>, waiting: u64) {
    const GRANTS: u64 = 50;
    let registry = Arc::new(Registry::native());
    let program = Program::from_text(CLAIMING).expect("the benchmark's program is one");
    let entry = |input| Entry { at: Timestamp(1), input };
    bencher
        .counter(ItemsCount::new(GRANTS))
        .with_inputs(|| {
            let mut partition = Partition::new(PartitionId(0), Arc::clone(&registry), Limits::default());
            let shelf = Name::new(SHELF).expect("it is a name");
            let record = Some(Document(Value::object([("slots", 64)])));
            let items = Value::from((0..waiting + 64).map(Value::from).collect::<Vec<_>>());
            let request = StartRun {
                workflow: program.name.clone(),
                program: None,
                input: Data::json(&items),
                labels: Labels::NONE,
                key: None,
            };
            let inputs = [
                Input::PutRecord { shelf, key: "db".into(), record },
                Input::Apply { program: Document(program.clone()) },
                Input::StartRun(request),
            ];
            let mut output = Output::default();
            for (offset, input) in (0..).zip(inputs) {
                partition.step(Offset(offset), entry(input), &NoPayloads, &mut output);
            }
            let under_way = output.effects.iter().filter_map(|effect| match effect {
                Effect::Invoke(invocation) => Some(invocation.task),
                Effect::Abandon { .. } => None,
            });
            let ends = under_way.take(GRANTS as usize).map(|task| {
                let outcome = Outcome::succeeded(&Value::from(1));
                entry(Input::TaskEnded { task, attempt: 1, outcome })
            });
            (partition, ends.collect::<Vec<Entry>>())
        })
        .bench_local_values(|(mut partition, ends)| {
            let mut output = Output::default();
            for (offset, end) in (3..).zip(ends) {
                partition.step(Offset(offset), end, &NoPayloads, &mut output);
            }
            assert_eq!(output.effects.len() as u64, GRANTS);
            partition
        });
}
