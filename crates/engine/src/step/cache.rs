//! Tasks whose results are kept, and those that end with a result that was.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::{
    Data, Fact, FunctionName, FunctionSpec, Labels, Outcome, ScopeId, TaskId, Text, WorkflowName,
};

use super::{Notice, Step, kinds};
use crate::cache::{CacheEntry, Caching, Question};
use crate::output::Reply;
use crate::run::{Item, Run, Task};

/// A task that is about to start.
pub(super) struct Starting<'t> {
    pub(super) number: u32,
    pub(super) scope: ScopeId,
    pub(super) subject: &'t Text,
    pub(super) function: &'t FunctionName,
    pub(super) input: &'t Value,
    pub(super) labels: &'t Labels,
    pub(super) item: Option<Item>,
}

impl Step<'_> {
    /// Ends a task at once where there is a result for it, and says why there is none otherwise; whether it has ended.
    pub(super) fn end_from_cache(&mut self, run: &mut Run, task: &Starting<'_>, how: &Caching) -> bool {
        let own = run.program.function(task.function).cloned();
        // One that is not there fails as all such do.
        let Some(spec) = own.or_else(|| self.partition.shared_function(task.function)) else { return false };
        let question = Question::new((task.function, &spec), task.input, how, task.item.is_some());
        let id = TaskId { run: run.state.id, number: task.number };
        let (scope, subject, index) = (task.scope, task.subject.clone(), task.item.map(|item| item.index));
        let Some(entry) = self.partition.cache.find(&question, self.at, how.ttl).cloned() else {
            let of = (run.state.workflow.clone(), subject.clone());
            let reason = self.partition.cache.why_not(&question, &of, how.ttl);
            self.fact(Fact::CacheMissed { task: id, scope, subject, index, reason });
            return false;
        };
        self.fact(Fact::CacheHit { task: id, scope, subject: subject.clone(), index, from: entry.run });
        let CacheEntry { run: from, result, labels, .. } = entry;
        let labels = task.labels.union(&labels);
        if let Some(item) = task.item {
            let outcome = Outcome::Succeeded { data: result, labels };
            self.item_ended(run, item, outcome, (kinds::TASK_SUCCEEDED, kinds::TASK_FAILED));
            return true;
        }
        let extensions = vec![(Text::const_new("cachedfrom"), Value::from(from.to_string()))];
        let notice = Notice::new(kinds::TASK_SUCCEEDED, Some(subject), result, labels);
        self.raise(run, scope, Notice { extensions, ..notice });
        true
    }

    /// Keeps the result of a task that has ended well.
    pub(super) fn keep_in_cache(&mut self, run: &Run, task: &Task, data: &Data, labels: &Labels) {
        let Some(how) = &task.policy.cache else { return };
        let own: Option<&Arc<FunctionSpec>> = run.program.function(&task.function);
        let Some(spec) = own.or(task.spec.as_ref().map(|spec| &spec.0)) else { return };
        let question = Question::new((&task.function, spec), &task.input, how, task.item.is_some());
        let entry = CacheEntry {
            workflow: run.state.workflow.clone(),
            task: task.subject.clone(),
            run: run.state.id,
            at: self.at,
            result: data.clone(),
            labels: labels.clone(),
        };
        let entries_max = self.partition.limits.cache_entries_max;
        self.partition.cache.put(question, entry, entries_max);
    }

    /// Somebody has results let go of.
    pub(super) fn clear_cache(&mut self, workflow: Option<&WorkflowName>, task: Option<&Text>) -> Reply {
        self.partition.cache.clear(workflow, task.map(Text::as_str));
        Reply::Done
    }
}
