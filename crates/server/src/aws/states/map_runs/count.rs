//! What the history of an execution tells of its distributed maps.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_languages::asl::history::{CHILD, PREFIX};
use tidegate_model::{Data, Fact, RunId, ScopeId, Timestamp};
use tidegate_node::{HistoryQuery, StepFacts};

use super::super::execution;
use super::{Bounds, Scopes};
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
    /// Executions of its items, by number.
    pub(super) children: BTreeMap<u64, Child>,
    /// How many items there are.
    pub(super) items: u64,
    /// The fan-out that it is in the run, or in the last of the runs, that it is part of.
    pub(super) fan_out: Option<u32>,
    /// When it was redriven.
    pub(super) redriven: Vec<Timestamp>,
    pub(super) bounds: Bounds,
}

/// The execution of one item.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) status: &'static str,
    pub(super) redriven: u64,
    pub(super) input: Value,
    pub(super) output: Option<Value>,
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
    /// The scope that it is.
    item: ScopeId,
    /// That scope, those within it, and those that it was before it was redriven, in an earlier run.
    pub(super) scopes: Scopes,
}

/// The map runs of an execution, which was these runs, in the order in which they started.
pub(super) async fn of_execution(app: &App, runs: &[RunId]) -> Result<Vec<MapRun>, Fault> {
    let mut tally = Tally::default();
    for run in runs.iter().copied() {
        tally.scopes.clear();
        let mut after = None;
        loop {
            let page = app.node.facts(HistoryQuery { run, after, limit: STEPS_PER_READ }).await?;
            page.steps.iter().for_each(|step| tally.take(run, step));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        // What the run's end has cut short was aborted then.
        if let Some(at) = execution::view(app, run).await?.summary.ended_at {
            tally.abort(at);
        }
    }
    Ok(tally.runs)
}

#[derive(Default)]
struct Tally {
    runs: Vec<MapRun>,
    /// Scopes of items and those within them: the map run and the item.
    scopes: BTreeMap<ScopeId, (usize, u64)>,
}

impl Tally {
    fn take(&mut self, run: RunId, step: &StepFacts) {
        for fact in step.facts.iter().filter(|fact| fact.run() == Some(run)) {
            match fact {
                Fact::Raised { scope, kind, subject, data, .. } => {
                    if let Some(event) = kind.strip_prefix(PREFIX) {
                        let data = data.as_ref().and_then(Data::inline_value).unwrap_or_default();
                        self.noted(*scope, step.at, event, subject.as_deref().unwrap_or_default(), &data);
                    }
                }
                Fact::FanOutStarted { fan_out, subject, items, .. } => {
                    let open = self
                        .runs
                        .iter_mut()
                        .rfind(|run| run.fan_out.is_none() && run.subject == subject.as_str());
                    if let Some(run) = open {
                        (run.fan_out, run.items) = (Some(fan_out.0), u64::from(*items));
                    }
                }
                Fact::ScopeStarted { scope, parent, subject, index, .. } => {
                    self.begun((run, *scope), *parent, subject, index.map(u64::from), step.at);
                }
                Fact::ScopeEnded { scope, succeeded, .. } => self.ended(*scope, *succeeded, step.at),
                _ => {}
            }
        }
    }

    fn noted(&mut self, scope: ScopeId, at: Timestamp, event: &str, subject: &str, data: &Value) {
        let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
        if data.get(CHILD).is_some() {
            let Some(child) = self.child(scope) else { return };
            match event {
                "ExecutionStarted" => child.input = data.get("input").cloned().unwrap_or_default(),
                "ExecutionRedriven" => child.redriven += 1,
                "ExecutionSucceeded" => child.output = data.get("output").cloned(),
                "ExecutionFailed" => (child.error, child.cause) = (text("error"), text("cause")),
                _ => {}
            }
            return;
        }
        let arn = text("mapRunArn").unwrap_or_default();
        let status = match event {
            "MapRunStarted" => {
                let bounds = data.get("bounds").map(Value::to_text).unwrap_or_default();
                self.runs.push(MapRun {
                    arn,
                    subject: subject.to_owned(),
                    started: at,
                    ended: None,
                    status: "RUNNING",
                    children: BTreeMap::new(),
                    items: 0,
                    fan_out: None,
                    redriven: Vec::new(),
                    bounds: serde_json::from_str(&bounds).unwrap_or_default(),
                });
                return;
            }
            "MapRunRedriven" => {
                if let Some(run) = self.runs.iter_mut().find(|run| run.arn == arn) {
                    (run.status, run.ended, run.fan_out) = ("RUNNING", None, None);
                    run.redriven.push(at);
                }
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

    fn child(&mut self, scope: ScopeId) -> Option<&mut Child> {
        let (run, index) = self.scopes.get(&scope)?;
        self.runs[*run].children.get_mut(index)
    }

    fn begun(
        &mut self,
        (run, scope): (RunId, ScopeId),
        parent: ScopeId,
        subject: &str,
        index: Option<u64>,
        at: Timestamp,
    ) {
        if let Some(item) = self.scopes.get(&parent).copied() {
            self.scopes.insert(scope, item);
            if let Some(child) = self.child(scope) {
                child.scopes.insert((run, scope));
            }
            return;
        }
        let open = self.runs.iter().rposition(|run| run.ended.is_none() && run.subject == subject);
        let (Some(position), Some(index)) = (open, index) else { return };
        let children = &mut self.runs[position].children;
        match children.get_mut(&index) {
            // The scope that stands for what had ended before the execution was redriven.
            Some(child) if child.status == "SUCCEEDED" => return,
            Some(child) => {
                (child.status, child.ended) = ("RUNNING", None);
                (child.error, child.cause) = (None, None);
                child.item = scope;
                child.scopes.insert((run, scope));
            }
            None => {
                children.insert(index, Child::begun(run, scope, at));
            }
        }
        self.scopes.insert(scope, (position, index));
    }

    fn ended(&mut self, scope: ScopeId, succeeded: bool, at: Timestamp) {
        let Some((run, index)) = self.scopes.get(&scope).copied() else { return };
        let Some(child) = self.runs[run].children.get_mut(&index) else { return };
        // Scopes within it come to their own ends.
        if child.item == scope {
            child.ended = Some(at);
            child.status = if succeeded { "SUCCEEDED" } else { "FAILED" };
        }
    }

    fn abort(&mut self, at: Timestamp) {
        for run in &mut self.runs {
            if run.ended.is_none() {
                (run.status, run.ended) = ("ABORTED", Some(at));
            }
            for child in run.children.values_mut().filter(|child| child.ended.is_none()) {
                (child.status, child.ended) = ("ABORTED", run.ended);
            }
        }
    }
}

impl Child {
    fn begun(run: RunId, scope: ScopeId, at: Timestamp) -> Self {
        Self {
            started: at,
            ended: None,
            status: "RUNNING",
            redriven: 0,
            input: Value::Null,
            output: None,
            error: None,
            cause: None,
            item: scope,
            scopes: BTreeSet::from([(run, scope)]),
        }
    }
}

impl MapRun {
    /// How many children are in that state.
    pub(super) fn count(&self, status: &str) -> u64 {
        self.children.values().filter(|child| child.status == status).count() as u64
    }
}
