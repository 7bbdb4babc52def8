//! Journal and engine together, without sockets and functions: what an event costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_engine::{Limits, NoPayloads, Registry};
use tidegate_journal::{Checkpoints, RealDisk};
use tidegate_json::{RawJson, Value};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    ActionSpec, Address, ConditionSpec, Data, Event, Input, Labels, Name, Pattern, Program, ScopeSpec, Text,
    Timestamp, TriggerSpec,
};
use tidegate_node::driver::{Driver, Parts};

use super::measure::{Figures, Lap, Place, Stopwatch, rounded};
use crate::problem::{Problem, Result};

/// Events between two syncs.
pub(super) const BATCH: usize = 1_000;
/// Joins of the join scenarios.
pub(super) const JOINS: usize = 200;

/// Joins that together take `count` events.
pub(super) fn join(count: usize, place: &Place) -> Result<Figures> {
    let mut bench = Bench::open(place, "join")?;
    bench.take(vec![Input::Apply { program: Document(joins(JOINS, count / JOINS)) }])?;
    let events = (0..count).map(|number| event(number, &format!("join{}", number % JOINS)));
    let (lap, batches) = bench.publish_all(events.collect())?;
    let fired = bench.driver.partition().ledger().totals.fired;
    if fired != JOINS as u64 {
        return Err(Problem::failed(format!("{fired} of {JOINS} joins fired")));
    }
    let figures = Figures::new("join").rates(count, lap.wall, lap.thread_cpu).percentiles(batches);
    Ok(figures.with("joins", JOINS).with("syncs", bench.driver.syncs()).peak_rss())
}

/// A trigger that fires at every event.
pub(super) fn noop(count: usize, place: &Place) -> Result<Figures> {
    let mut bench = Bench::open(place, "noop")?;
    let every =
        trigger("every", Pattern::exact("bench.event").from_world(), ConditionSpec::default(), Vec::new());
    bench.take(vec![Input::Apply { program: Document(standing("noop", vec![every])) }])?;
    let events = (0..count).map(|number| event(number, "any"));
    let (lap, batches) = bench.publish_all(events.collect())?;
    let fired = bench.driver.partition().ledger().totals.fired;
    if fired != count as u64 {
        return Err(Problem::failed(format!("{fired} of {count} events fired")));
    }
    let figures = Figures::new("noop").rates(count, lap.wall, lap.thread_cpu).percentiles(batches);
    Ok(figures.with("syncs", bench.driver.syncs()).peak_rss())
}

/// Cost of an event that wakes one run, while up to `most` others wait.
pub(super) fn waiting(most: usize, place: &Place) -> Result<Vec<Figures>> {
    let mut bench = Bench::open(place, "waiting")?;
    let pattern = Pattern {
        subject: Some(tidegate_model::TextMatch::Expression(Text::const_new("input"))),
        ..Pattern::exact("bench.event").from_world()
    };
    let complete = ActionSpec { name: Text::const_new("complete"), params: Value::Null };
    let woken = trigger("woken", pattern, ConditionSpec::default(), vec![complete]);
    let program = Program { standing: false, ..standing("waiting", vec![woken]) };
    bench.take(vec![Input::Apply { program: Document(program) }])?;
    let mut figures = Vec::new();
    let mut started = 0;
    bench.checkpoint()?;
    for runs in steps(10, most) {
        let probes = 2_000;
        while started < runs + probes * (figures.len() + 1) {
            let some: Vec<Input> = (started..(started + BATCH).min(runs + probes * (figures.len() + 1)))
                .map(|number| start("waiting", &format!("run{number}")))
                .collect();
            started += some.len();
            bench.take(some)?;
        }
        // What came before is not what the probes cost.
        bench.checkpoint()?;
        // The probes wake the runs that were started last; those that were there before keep waiting.
        let events =
            (started - probes..started).map(|number| event(number, &format!("run{number}"))).collect();
        let (lap, _) = bench.publish_all(events)?;
        figures.push(
            Figures::new("waiting")
                .with("runs_waiting", bench.driver.partition().live_runs())
                .with("cpu_us_per_event", rounded(lap.thread_cpu.as_secs_f64() * 1e6 / probes as f64, 3))
                .with("rss_mib", rounded(super::measure::rss_mib(), 1)),
        );
    }
    Ok(figures)
}

/// Cost of an event that one trigger takes, while there are up to `most`.
pub(super) fn triggers(most: usize, place: &Place) -> Result<Vec<Figures>> {
    let mut figures = Vec::new();
    for triggers in steps(1, most) {
        let mut bench = Bench::open(place, &format!("triggers-{triggers}"))?;
        bench.take(vec![Input::Apply { program: Document(joins(triggers, 1_000_000)) }])?;
        let count = 50_000;
        let events = (0..count).map(|number| event(number, &format!("join{}", number % triggers))).collect();
        let (lap, _) = bench.publish_all(events)?;
        figures.push(
            Figures::new("triggers")
                .with("triggers", triggers)
                .with("cpu_us_per_event", rounded(lap.thread_cpu.as_secs_f64() * 1e6 / count as f64, 3))
                .peak_rss(),
        );
    }
    Ok(figures)
}

/// `from`, and ten times as many, and so on up to `most`.
fn steps(from: usize, most: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(from), |number| Some(number * 10)).take_while(move |number| *number <= most)
}

/// A standing workflow with `joins` triggers, each of which joins `size` events about its own name.
pub(super) fn joins(joins: usize, size: usize) -> Program {
    let join = |number: usize| {
        let name = format!("join{number}");
        let pattern = Pattern::exact("bench.event").about(name.as_str()).from_world();
        let params = Value::object([("size", Value::from(size))]);
        trigger(&name, pattern, ConditionSpec { name: Text::const_new("join"), params }, Vec::new())
    };
    standing("joins", (0..joins).map(join).collect())
}

fn standing(name: &str, triggers: Vec<TriggerSpec>) -> Program {
    Program {
        name: a_name(name),
        language: Text::const_new("triggers"),
        standing: true,
        input: Value::Null,
        schedule: None,
        scopes: vec![ScopeSpec { name: a_name("main"), vars: Value::Null, triggers }],
        functions: Default::default(),
        directory: None,
        source_map: Vec::new(),
        source: None,
    }
}

fn trigger(name: &str, on: Pattern, condition: ConditionSpec, actions: Vec<ActionSpec>) -> TriggerSpec {
    let name = a_name(name);
    TriggerSpec { name, on: vec![on], condition, actions, once: false, enabled: true, context: Value::Null }
}

fn a_name(text: &str) -> Name {
    Name::new(text).expect("the benchmark's names are names")
}

fn event(number: usize, subject: &str) -> Event {
    let data = format!(r#"{{"number":{number},"result":"ok","detail":"the result of one function call"}}"#);
    let data = RawJson::from_text(data).expect("the benchmark's data is JSON");
    Event::new(format!("event-{number}"), "/tidegate/bench", "bench.event")
        .with_subject(subject)
        .with_data(data)
}

fn start(workflow: &str, input: &str) -> Input {
    Input::StartRun(StartRun {
        workflow: a_name(workflow),
        program: None,
        input: Data::json(&Value::from(input)),
        labels: Labels::NONE,
        key: None,
    })
}

/// A driver on the real disk.
struct Bench {
    driver: Driver,
    store: Checkpoints,
    started: Instant,
    last_checkpoint: Instant,
}

impl Bench {
    fn open(place: &Place, name: &str) -> Result<Self> {
        let dir = place.join(name);
        let failed =
            |error: &dyn std::error::Error| Problem::failed(format!("cannot open the bench's data: {error}"));
        std::fs::create_dir_all(&dir).map_err(|error| failed(&error))?;
        let store =
            Checkpoints::open(&dir.join("state"), &Default::default()).map_err(|error| failed(&error))?;
        let parts = Parts {
            registry: Arc::new(Registry::native()),
            limits: Limits::default(),
            disk: Arc::new(RealDisk),
            checkpoints: store.clone(),
            identity: 1,
            segments: Default::default(),
        };
        let opened = Driver::open(parts, &dir.join("journal"), &NoPayloads, Timestamp(0));
        let (driver, _) = opened.map_err(|error| failed(&error))?;
        Ok(Self { driver, store, started: Instant::now(), last_checkpoint: Instant::now() })
    }

    fn take(&mut self, inputs: Vec<Input>) -> Result<()> {
        let now = Timestamp(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX));
        let processed = self.driver.process(now, inputs, &NoPayloads);
        let processed =
            processed.map_err(|error| Problem::failed(format!("the journal refused: {error}")))?;
        for reply in processed.replies {
            if let tidegate_engine::Reply::Refused(refusal) = reply {
                return Err(Problem::failed(format!("the engine refused: {refusal}")));
            }
        }
        // As often as a node does, and on this thread, so that it counts.
        if self.last_checkpoint.elapsed() > Duration::from_secs(1) {
            self.checkpoint()?;
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        let written = self.driver.checkpoint().commit(&self.store);
        written.map_err(|error| Problem::failed(format!("cannot write a checkpoint: {error}")))?;
        self.last_checkpoint = Instant::now();
        Ok(())
    }

    /// Publishes all, a batch at a time; how long it took, and each batch.
    fn publish_all(&mut self, events: Vec<Event>) -> Result<(Lap, Vec<Duration>)> {
        let mut batches: Vec<Vec<Input>> = Vec::with_capacity(events.len() / BATCH + 1);
        for event in events {
            if batches.last().is_none_or(|batch| batch.len() == BATCH) {
                batches.push(Vec::with_capacity(BATCH));
            }
            if let Some(batch) = batches.last_mut() {
                batch.push(Input::Publish { event, to: Address::World });
            }
        }
        let mut times = Vec::with_capacity(batches.len());
        let stopwatch = Stopwatch::start();
        for batch in batches {
            let started = Instant::now();
            self.take(batch)?;
            times.push(started.elapsed());
        }
        Ok((stopwatch.lap(), times))
    }
}
