//! Metrics for scrapers, in Prometheus' text format 0.0.4.
//!
//! A few dozen series: the only label beside fixed words is the name of a function, and of those only so many.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;
use tidegate_node::Metrics;
use tidegate_runtimes::Status;

use crate::App;

/// Functions with series of their own; the others are counted together as `(other)`, which no function is called.
const FUNCTIONS_MAX: usize = 500;

/// Metrics for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses((status = 200, description = "Prometheus' text format 0.0.4.", content((String = "text/plain"))))
)]
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let text = render(&app.node.metrics());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn render(metrics: &Metrics) -> String {
    let mut page = Page::default();
    let totals = &metrics.ledger.totals;
    page.counter(
        "tidegate_events_total",
        "Events published, from outside or to the world.",
        totals.published,
    );
    page.family("tidegate_events_settled_total", "counter", "Events by what became of them.");
    let settled = [
        ("duplicate", totals.duplicates),
        ("taken", totals.taken),
        ("filtered", totals.filtered),
        ("expired", totals.expired),
        ("refused", totals.refused),
    ];
    for (outcome, count) in settled {
        page.sample("tidegate_events_settled_total", &[("outcome", outcome)], count);
    }
    page.gauge("tidegate_dead_letters", "Events that no enabled trigger took, kept.", totals.dead);
    page.counter("tidegate_trigger_firings_total", "Firings of triggers.", totals.fired);
    page.counter("tidegate_runs_started_total", "Runs started.", totals.runs_started);
    page.family("tidegate_runs_ended_total", "counter", "Runs ended, by how.");
    page.sample("tidegate_runs_ended_total", &[("status", "succeeded")], totals.runs_succeeded);
    page.sample("tidegate_runs_ended_total", &[("status", "failed")], totals.runs_failed);
    page.gauge("tidegate_runs_live", "Runs that have not ended.", metrics.live_runs);
    page.counter("tidegate_task_attempts_total", "Attempts of tasks asked for.", totals.attempts);
    page.counter("tidegate_task_attempts_ended_total", "Attempts of tasks ended.", totals.attempts_ended);
    page.counter("tidegate_journal_entries_total", "Entries in the journal.", metrics.ledger.next.0);
    page.counter("tidegate_journal_syncs_total", "Batches synced to disk since the start.", metrics.syncs);
    let refused = metrics.refused_batches;
    page.counter(
        "tidegate_journal_refused_batches_total",
        "Batches refused for want of disk space.",
        refused,
    );
    page.gauge(
        "tidegate_results_waiting",
        "Results of functions that wait for disk space.",
        metrics.results_waiting,
    );
    page.gauge(
        "tidegate_journal_failed",
        "1 once the journal takes nothing more.",
        u64::from(metrics.failed),
    );
    page.gauge(
        "tidegate_inbox_waiting",
        "Events and requests that wait for the engine.",
        metrics.inbox_waiting,
    );
    let behind = metrics.entries_since_checkpoint;
    page.gauge(
        "tidegate_checkpoint_lag_entries",
        "Entries that the last checkpoint does not reflect.",
        behind,
    );
    let failing = u64::from(metrics.checkpoint_failure.is_some());
    page.gauge("tidegate_checkpoint_failing", "1 while checkpoints cannot be written.", failing);
    retention(&mut page, metrics);
    functions(&mut page, &metrics.functions);
    page.0
}

fn retention(page: &mut Page, metrics: &Metrics) {
    let kept = &metrics.retention;
    page.counter("tidegate_pruned_runs_total", "Ended runs that are no longer kept.", kept.pruned_runs);
    page.counter(
        "tidegate_pruned_payloads_total",
        "Stored payloads that were removed.",
        kept.pruned_payloads,
    );
    page.family(
        "tidegate_pruned_bytes_total",
        "counter",
        "Bytes that are no longer kept, by what they were.",
    );
    let pruned = [("history", kept.pruned_history_bytes), ("payload", kept.pruned_payload_bytes)];
    for (what, bytes) in pruned {
        page.sample("tidegate_pruned_bytes_total", &[("what", what)], bytes);
    }
    page.gauge("tidegate_payloads", "Stored payloads that something refers to.", kept.payloads);
    page.gauge(
        "tidegate_payload_bytes",
        "Bytes of stored payloads that something refers to.",
        kept.payload_bytes,
    );
}

/// The numbers of one function, of all its versions.
#[derive(Default)]
struct Function {
    queued: usize,
    running: usize,
    instances: usize,
    succeeded: u64,
    failed: u64,
    abandoned: u64,
}

fn functions(page: &mut Page, status: &Status) {
    let mut functions: BTreeMap<&str, Function> = BTreeMap::new();
    for of in &status.functions {
        let is_one_too_many =
            functions.len() >= FUNCTIONS_MAX && !functions.contains_key(of.function.as_str());
        let name = if is_one_too_many { "(other)" } else { of.function.as_str() };
        let sum = functions.entry(name).or_default();
        sum.queued += of.queued;
        sum.running += of.running.len();
        sum.instances += of.instances.starting + of.instances.idle + of.instances.busy;
        sum.succeeded += of.totals.succeeded;
        sum.failed += of.totals.failed;
        sum.abandoned += of.totals.abandoned;
    }
    page.family("tidegate_function_attempts", "gauge", "Attempts that wait for a slot or run.");
    for (name, of) in &functions {
        page.sample("tidegate_function_attempts", &[("function", name), ("state", "queued")], of.queued);
        page.sample("tidegate_function_attempts", &[("function", name), ("state", "running")], of.running);
    }
    page.family("tidegate_function_instances", "gauge", "Warm instances.");
    for (name, of) in &functions {
        page.sample("tidegate_function_instances", &[("function", name)], of.instances);
    }
    page.family("tidegate_function_attempts_ended_total", "counter", "Attempts ended, by how.");
    for (name, of) in &functions {
        for (outcome, count) in
            [("succeeded", of.succeeded), ("failed", of.failed), ("abandoned", of.abandoned)]
        {
            let labels = [("function", *name), ("outcome", outcome)];
            page.sample("tidegate_function_attempts_ended_total", &labels, count);
        }
    }
}

/// Text in the format, growing.
#[derive(Default)]
struct Page(String);

impl Page {
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, word)) in labels.iter().enumerate() {
            // Names of functions are of a form that needs no escapes.
            let _ = write!(self.0, "{}{label}=\"{word}\"", if index == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_of_the_format() {
        let mut page = Page::default();
        page.counter("a_total", "Things.", 3);
        page.sample("b", &[("function", "x/y"), ("state", "queued")], 1);
        let expected = "# HELP a_total Things.\n# TYPE a_total counter\na_total 3\nb{function=\"x/y\",state=\"queued\"} 1\n";
        assert_eq!(page.0, expected);
    }
}
