//! A standing workflow that adds up what events carry, so that a test can tell which of them counted.

use std::collections::BTreeSet;

use crate::http::{self, Answer};
use crate::place::{Place, Server};

pub(crate) const WORKFLOW: &str = "
workflow: tally
standing: true
vars: {total: 0}
triggers:
  count:
    on: {type: test.counted}
    do: {set: {total: '{% vars.total + event.data.number %}'}}
";

/// A client that remembers what was acknowledged.
#[derive(Default)]
pub(crate) struct Client {
    sent: u64,
    acknowledged: BTreeSet<u64>,
}

/// Events of a size, several at a time.
#[derive(Clone, Copy)]
pub(crate) struct Batch {
    pub(crate) events: u64,
    /// Bytes of data that each of them carries.
    pub(crate) bytes: usize,
}

impl Client {
    /// Serves the tally on the data in `data`.
    pub(crate) fn serve(place: &Place, data: &str) -> Server {
        place.file("tally.yaml", WORKFLOW);
        place.serve(&["tally.yaml", "--data", data])
    }

    /// Sends a batch of events that nobody has sent before; gives their numbers and the answer.
    pub(crate) fn send(&mut self, server: &Server, batch: Batch) -> (Vec<u64>, Answer) {
        let numbers: Vec<u64> = (self.sent + 1..=self.sent + batch.events).collect();
        self.sent += batch.events;
        let answer = self.send_again(server, &numbers, batch.bytes);
        (numbers, answer)
    }

    /// Sends the events with these numbers; a second arrival would be a duplicate.
    pub(crate) fn send_again(&mut self, server: &Server, numbers: &[u64], bytes: usize) -> Answer {
        let padding = "x".repeat(bytes);
        let event = |number: &u64| {
            format!(
                r#"{{"specversion": "1.0", "id": "{number}", "source": "/faults", "type": "test.counted", "data": {{"number": {number}, "padding": "{padding}"}}}}"#
            )
        };
        let body = format!("[{}]", numbers.iter().map(event).collect::<Vec<_>>().join(","));
        let answer = http::request(server, "POST", "/v1/events", "application/cloudevents-batch+json", &body);
        if answer.status == 202 {
            self.acknowledged.extend(numbers);
        }
        answer
    }

    /// Sends batches until one is refused; gives its numbers and the answer.
    pub(crate) fn send_until_refused(&mut self, server: &Server, batch: Batch) -> (Vec<u64>, Answer) {
        const BATCHES_MAX: usize = 10_000;
        (0..BATCHES_MAX)
            .map(|_| self.send(server, batch))
            .find(|(_, answer)| answer.status != 202)
            .expect("the disk is full at some time")
    }

    /// Everything that was acknowledged was counted once, and nothing else was.
    #[track_caller]
    pub(crate) fn check(&self, server: &Server) {
        let run = http::get(server, "/v1/workflows/tally").document();
        let run = run.get("standing_run").and_then(tidegate_json::Value::as_str).unwrap().to_owned();
        let total = http::get(server, &format!("/v1/runs/{run}")).document();
        let total = total.pointer("/vars/total").and_then(tidegate_json::Value::as_u64);
        assert_eq!(total, Some(self.acknowledged.iter().sum()), "of {} events", self.acknowledged.len());
    }
}
