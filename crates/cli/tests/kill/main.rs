//! `kill -9` of the real binary, at random moments, with runs in flight and events arriving.
//!
//! Every acknowledged request is remembered and every unanswered one sent again, as a careful client would. In the
//! end every run must have ended once and right, and every event must have been counted once.

mod process;

use std::collections::BTreeMap;
use std::time::Duration;

use process::{Answer, Server};
use tidegate_json::Value;

/// How often the server is killed.
const KILLS: usize = 50;
/// Longest life of a server, in microseconds after it is ready.
const LIFE_MAX_US: u64 = 150_000;
/// Items of each run's map.
const ITEMS: u64 = 6;

const RUNS: &str = "
workflow: work
functions:
  wait: {builtin: sleep}
  mark: {command: 'cat', retry: {max_attempts: 3, interval: 10ms}}
triggers:
  begin:
    on: start
    do: {map: {function: wait, as: fan, items: '{% [1..input.items] %}', concurrency: 3,
               input: {ms: 5, echo: '{% item * input.factor %}'}}}
  add:
    on: {succeeded: fan}
    do: {invoke: {function: mark, input: {sum: '{% $sum(event.data) %}'}}}
  pause:
    on: {succeeded: mark}
    do: [{set: {sum: '{% event.data.sum %}'}}, {timer: {name: breath, after: 10ms}}]
  end:
    on: {timer: breath}
    do: {complete: '{% vars.sum %}'}
";

const EVENTS: &str = "
workflow: tally
standing: true
vars: {total: 0}
triggers:
  count:
    on: {type: test.counted}
    do: {set: {total: '{% vars.total + event.data %}'}}
";

#[test]
fn fifty_kills_lose_nothing_and_repeat_nothing() {
    let seed = std::env::var("TIDEGATE_KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut random = Random(seed.unwrap_or_else(|| u64::from(std::process::id())));
    println!("rerun with TIDEGATE_KILL_SEED={}", random.0);
    let place = tempfile::tempdir().expect("a directory");
    let mut client = Client::default();
    for life in 0..KILLS {
        let server = Server::start(place.path());
        let address = server.address();
        let killer = server.kill_after(Duration::from_micros(random.below(LIFE_MAX_US)));
        client.live(&address, life as u64, &mut random);
        killer.join().expect("the server was killed");
    }
    let server = Server::start(place.path());
    client.finish(&server.address());
    client.check(&server.address());
    server.stop();
}

/// What a careful client remembers.
#[derive(Default)]
struct Client {
    applied: bool,
    /// Runs asked for, by key: the factor, and the run once that was answered.
    runs: BTreeMap<String, (u64, Option<String>)>,
    /// Events sent, by id: the number each carries, and whether that was answered.
    events: BTreeMap<String, (u64, bool)>,
}

impl Client {
    /// Uses a server until it dies.
    fn live(&mut self, address: &str, life: u64, random: &mut Random) {
        if self.settle(address).is_none() {
            return;
        }
        for number in 0.. {
            let factor = 1 + random.below(9);
            self.runs.insert(format!("run-{life}-{number}"), (factor, None));
            for event in 0..3 {
                self.events.insert(format!("event-{life}-{number}-{event}"), (random.below(100), false));
            }
            if self.settle(address).is_none() {
                return;
            }
        }
    }

    /// Sends everything that was not answered; `None` where the server died.
    fn settle(&mut self, address: &str) -> Option<()> {
        if !self.applied {
            for (name, text) in [("work", RUNS), ("tally", EVENTS)] {
                let path = format!("/v1/workflows/{name}");
                process::request(address, "PUT", &path, &["content-type: application/yaml"], text)?
                    .expect_success();
            }
            self.applied = true;
        }
        for (key, (factor, run)) in self.runs.iter_mut().filter(|(_, (_, run))| run.is_none()) {
            let key = format!("idempotency-key: {key}");
            let input = format!(r#"{{"items": {ITEMS}, "factor": {factor}}}"#);
            let headers = ["content-type: application/json", &key];
            let answer = process::request(address, "POST", "/v1/workflows/work/runs", &headers, &input)?;
            *run = Some(text(&answer.expect_success(), "id"));
        }
        for (id, (number, answered)) in self.events.iter_mut().filter(|(_, (_, answered))| !answered) {
            let event = format!(
                r#"{{"specversion": "1.0", "id": "{id}", "source": "/kill", "type": "test.counted", "data": {number}}}"#
            );
            let headers = ["content-type: application/cloudevents+json"];
            process::request(address, "POST", "/v1/events", &headers, &event)?.expect_success();
            *answered = true;
        }
        Some(())
    }

    /// Sends the rest to a server that lives, and waits for every run to end.
    fn finish(&mut self, address: &str) {
        self.settle(address).expect("nobody kills this server");
        for (_, run) in self.runs.values() {
            let run = run.as_deref().expect("every run was answered");
            let path = format!("/v1/runs/{run}/wait?timeout=60s");
            let answer = process::request(address, "GET", &path, &[], "").expect("nobody kills this server");
            assert_eq!(answer.status, 200, "run {run} has not ended: {}", answer.body);
        }
    }

    fn check(&self, address: &str) {
        let get = |path: &str| -> Value {
            let answer: Answer =
                process::request(address, "GET", path, &[], "").expect("nobody kills this server");
            answer.expect_success()
        };
        let mut seen = BTreeMap::new();
        for (key, (factor, run)) in &self.runs {
            let run = run.as_deref().expect("every run was answered");
            assert_eq!(seen.insert(run, key), None, "two keys led to run {run}");
            let view = get(&format!("/v1/runs/{run}"));
            let expected = factor * ITEMS * (ITEMS + 1) / 2;
            assert_eq!(view.get("status").and_then(Value::as_str), Some("succeeded"), "{run}: {view}");
            assert_eq!(view.get("output").and_then(Value::as_u64), Some(expected), "{run}: {view}");
            let ends = ends_of_tasks(&get(&format!("/v1/runs/{run}/history?limit=1000")));
            assert_eq!(ends.len() as u64, ITEMS + 1, "tasks of {run} that ended");
            assert!(ends.values().all(|ends| *ends == 1), "each end counts once: {ends:?}");
        }
        let standing = get("/v1/workflows/tally");
        let standing = text(&standing, "standing_run");
        let total = get(&format!("/v1/runs/{standing}")).pointer("/vars/total").and_then(Value::as_u64);
        let sent: u64 = self.events.values().map(|(number, _)| number).sum();
        assert_eq!(total, Some(sent), "every event counts once");
        println!("{KILLS} kills, {} runs, {} events", self.runs.len(), self.events.len());
        assert!(self.runs.len() > KILLS / 2, "the servers lived too short a life to show anything");
    }
}

/// How often each task of a history ended well.
fn ends_of_tasks(history: &Value) -> BTreeMap<String, usize> {
    let mut ends = BTreeMap::new();
    let steps = history.get("items").and_then(Value::as_array).expect("a history has steps");
    let facts = steps.iter().filter_map(|step| step.get("facts")?.as_array()).flat_map(|facts| facts.iter());
    for fact in facts {
        let word = fact.get("fact").and_then(Value::as_str);
        if word == Some("task_ended") && fact.get("error").is_none_or(Value::is_null) {
            *ends.entry(text(fact, "task")).or_insert(0) += 1;
        }
    }
    ends
}

fn text(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("no text `{key}` in {value}")).to_owned()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }
}
