//! Schedules: the standing programs that come and go with the workflows that they start.
//!
//! A new version of a workflow brings a new schedule, in the same step. What the one before it kept in its variables is
//! its input: it goes on where that one was, so that no tick comes twice or is lost. It waits for the runs that that one
//! waited for, and stays paused where that one was, with the events that waited.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::program::SCHEDULE_SUFFIX;
use tidegate_model::{Digest, Program, RunId, ScopeId, WorkflowName};

use super::{Addressee, Raised, Step};
use crate::compile::Compiled;
use crate::output::Refusal;
use crate::run::{Child, Parcel, Status};

/// What the run of a schedule leaves to the next.
#[derive(Default)]
struct Left {
    vars: Value,
    is_paused: bool,
    children: BTreeMap<RunId, Vec<Child>>,
    waiting: VecDeque<Parcel>,
}

impl Step<'_> {
    /// The schedule that comes with a version of `name`.
    pub(super) fn compiled_schedule(
        &self,
        name: &WorkflowName,
        schedule: Option<Box<Program>>,
    ) -> Result<Option<Arc<Compiled>>, Refusal> {
        if let Some(of) = name.as_str().strip_suffix(SCHEDULE_SUFFIX)
            && self.is_current(of)
        {
            let message = format!("`{name}` is the schedule of workflow `{of}`, and comes with it");
            return Err(Refusal::Conflict(message));
        }
        let Some(schedule) = schedule else { return Ok(None) };
        if Program::schedule_name(name).as_ref() != Some(&schedule.name) || !schedule.standing {
            let message = format!("the schedule of `{name}` is a standing program `{name}{SCHEDULE_SUFFIX}`");
            return Err(Refusal::Invalid(message));
        }
        if self.is_current(schedule.name.as_str()) && !self.has_schedule(name) {
            let message =
                format!("the schedule of `{name}` would be called as the workflow `{}` is", schedule.name);
            return Err(Refusal::Conflict(message));
        }
        self.compiled(*schedule).map(Some)
    }

    fn is_current(&self, name: &str) -> bool {
        WorkflowName::new(name).is_ok_and(|name| self.current(&name).is_some())
    }

    fn current(&self, name: &WorkflowName) -> Option<Digest> {
        self.partition.workflows.get(name)?.current
    }

    /// Whether the current version of `name` came with a schedule.
    pub(super) fn has_schedule(&self, name: &WorkflowName) -> bool {
        let current = self.current(name).and_then(|digest| self.partition.programs.get(&digest));
        current.is_some_and(|state| state.compiled.program.schedule.is_some())
    }

    /// The schedule of `name`, where it `had` one, becomes this one; without one, it has none from here on.
    pub(super) fn apply_schedule(&mut self, name: &WorkflowName, had: bool, schedule: Option<Arc<Compiled>>) {
        let Some(own) = Program::schedule_name(name) else { return };
        match schedule {
            None if had => drop(self.remove_workflow(&own)),
            None => {}
            Some(schedule) if had && self.current(&own) == Some(schedule.digest) => {}
            Some(schedule) => self.replace_schedule(&own, schedule),
        }
    }

    fn replace_schedule(&mut self, name: &WorkflowName, schedule: Arc<Compiled>) {
        let replaced = self.take_version(name, &schedule);
        let left = replaced.and_then(|run| self.left_by(run)).unwrap_or_default();
        if let Some(run) = replaced {
            self.supersede(run, "a newer version of the schedule took over");
        }
        let Some(run) = self.stand(name, schedule, &left.vars) else { return };
        if left.is_paused {
            self.pause_run(run);
        }
        for child in left.children.keys() {
            self.with_run(*child, |_, child| child.state.awaited_by.insert(run));
        }
        self.with_run(run, |_, run| run.state.children = left.children);
        for parcel in left.waiting {
            let Parcel { scope, event, origin, number, offset } = parcel;
            let to = Addressee::Scope(run, scope);
            self.queue_again(Some(run), Raised { to, stops: None, event, origin, number, offset });
        }
    }

    /// Takes from the run of a schedule what the next is to have.
    fn left_by(&mut self, run: RunId) -> Option<Left> {
        self.with_run(run, |_, run| {
            let root = run.state.scopes.get(&ScopeId::ROOT);
            // One that was paused from its start has not looked at its input.
            let has_begun = |vars: &Value| vars.as_object().is_some_and(|vars| !vars.is_empty());
            let left = root.map(|root| if has_begun(&root.vars) { &root.vars } else { &root.input });
            Left {
                vars: left.cloned().unwrap_or_default(),
                is_paused: matches!(run.state.status, Status::Paused { .. }),
                children: std::mem::take(&mut run.state.children),
                waiting: std::mem::take(&mut run.state.waiting),
            }
        })
    }
}
