//! What the history of an execution tells of its distributed maps.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate_languages::asl::history::PREFIX;
use tidegate_model::{RunId, Timestamp};
use tidegate_node::query::FactView;
use tidegate_node::{HistoryQuery, StepView};

use super::super::execution;
use crate::App;
use crate::aws::fault::Fault;

/// Steps that are read at a time.
const STEPS_PER_READ: usize = 1000;

/// A run of a distributed Map state.
#[derive(Clone, Debug)]
pub(super) struct MapRun {
    pub(super) arn: String,
    /// The state.
    subject: String,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) status: &'static str,
    pub(super) children: Vec<Child>,
    /// How many items there are.
    pub(super) items: u64,
    fan_out: Option<u64>,
}

/// The execution of one item.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) index: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) status: &'static str,
}

/// The map runs of a run, in the order in which they started.
pub(super) async fn of_run(app: &App, run: RunId) -> Result<Vec<MapRun>, Fault> {
    let mut tally = Tally::default();
    let mut after = None;
    loop {
        let page = app.node.history(HistoryQuery { run, after, limit: STEPS_PER_READ }).await?;
        page.steps.iter().for_each(|step| tally.take(step));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // What the execution's end has cut short was aborted then.
    let ended = execution::view(app, run).await?.summary.ended_at;
    if let Some(at) = ended {
        tally.abort(at);
    }
    Ok(tally.runs)
}

#[derive(Default)]
struct Tally {
    runs: Vec<MapRun>,
    /// Scopes that are items: the map run and the child.
    scopes: BTreeMap<u64, (usize, usize)>,
}

impl Tally {
    fn take(&mut self, step: &StepView) {
        for fact in &step.facts {
            match fact.kind() {
                "raised" => self.raised(fact, step.at),
                "fan_out_started" => self.fanned_out(fact),
                "scope_started" => self.item_started(fact, step.at),
                "scope_ended" => self.item_ended(fact, step.at),
                _ => {}
            }
        }
    }

    fn raised(&mut self, fact: &FactView, at: Timestamp) {
        let Some(kind) = fact.text("kind").strip_prefix(PREFIX) else { return };
        let subject = fact.text("subject");
        let status = match kind {
            "MapRunStarted" => {
                let data = fact.field("data").and_then(|data| data.get("mapRunArn"));
                self.runs.push(MapRun {
                    arn: data.and_then(Value::as_str).unwrap_or_default().to_owned(),
                    subject: subject.to_owned(),
                    started: at,
                    ended: None,
                    status: "RUNNING",
                    children: Vec::new(),
                    items: 0,
                    fan_out: None,
                });
                return;
            }
            "MapRunSucceeded" => "SUCCEEDED",
            "MapRunFailed" => "FAILED",
            _ => return,
        };
        let open = self.runs.iter_mut().find(|run| run.ended.is_none() && run.subject == subject);
        if let Some(run) = open {
            (run.status, run.ended) = (status, Some(at));
        }
    }

    fn fanned_out(&mut self, fact: &FactView) {
        let subject = fact.text("subject");
        let open = self.runs.iter_mut().rfind(|run| run.fan_out.is_none() && run.subject == subject);
        if let Some(run) = open {
            run.fan_out = number(fact, "fan_out");
            run.items = number(fact, "items").unwrap_or_default();
        }
    }

    fn item_started(&mut self, fact: &FactView, at: Timestamp) {
        let (subject, index) = (fact.text("subject"), number(fact, "index"));
        let open = self.runs.iter().rposition(|run| run.ended.is_none() && run.subject == subject);
        let (Some(position), Some(index), Some(scope)) = (open, index, number(fact, "scope")) else { return };
        let run = &mut self.runs[position];
        self.scopes.insert(scope, (position, run.children.len()));
        run.children.push(Child { index, started: at, ended: None, status: "RUNNING" });
    }

    fn item_ended(&mut self, fact: &FactView, at: Timestamp) {
        let Some((run, child)) = number(fact, "scope").and_then(|scope| self.scopes.remove(&scope)) else {
            return;
        };
        let succeeded = fact.field("succeeded").and_then(Value::as_bool).unwrap_or_default();
        let child = &mut self.runs[run].children[child];
        child.ended = Some(at);
        child.status = if succeeded { "SUCCEEDED" } else { "FAILED" };
    }

    fn abort(&mut self, at: Timestamp) {
        for run in &mut self.runs {
            if run.ended.is_none() {
                (run.status, run.ended) = ("ABORTED", Some(at));
            }
            for child in run.children.iter_mut().filter(|child| child.ended.is_none()) {
                (child.status, child.ended) = ("ABORTED", run.ended);
            }
        }
    }
}

impl MapRun {
    /// How many children are in that state.
    pub(super) fn count(&self, status: &str) -> u64 {
        self.children.iter().filter(|child| child.status == status).count() as u64
    }
}

fn number(fact: &FactView, field: &str) -> Option<u64> {
    fact.field(field).and_then(Value::as_u64)
}
