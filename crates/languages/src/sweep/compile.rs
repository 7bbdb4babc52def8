//! From a workflow to a DAG: each level is a mapped group, whose instances are the replicas.
//!
//! A group is opened as soon as the outputs are there that tell how many replicas it has, whatever else the task that opens it
//! comes after. Its tasks count outside each for itself. A task comes after those before it unless one has failed; what an
//! ignored failure took from its own branch it does not run without, and what it gathers it takes as it comes.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::Name;

use super::check::Checked;
use super::computed::{Computed, add, nothing};
use super::expression::Reads;
use super::model::{ExecutableKind, Replication, Scatter, Task, Workflow};
use crate::dag::model::{self, Dag, Hooks, Policy, ResultForm, Sweep, Work};
use crate::dag::pool::Slots;
use crate::dag::rule::TriggerRule;
use crate::source::Span;

/// Stands for any error.
const ANY_ERROR: &str = "*";

/// The DAG that `workflow` is.
pub(super) fn dag(workflow: &Workflow, checked: &Checked) -> Dag {
    let compiling = Compiling { workflow, checked, places: workflow.places() };
    let mut tasks: Vec<model::Task> = Vec::new();
    let mut openers: Vec<Option<usize>> = vec![None; checked.levels.levels.len()];
    for place in 0..workflow.tasks.len() {
        // A group stands before what is in it, and after the group that it is in.
        let around: Vec<usize> = checked.levels.outwards(checked.levels.of_task[place]).collect();
        for level in around.into_iter().rev().filter(|level| *level != 0) {
            if openers[level].is_none() {
                openers[level] = Some(tasks.len());
                tasks.extend(compiling.group(level));
            }
        }
        tasks.push(compiling.task(place));
    }
    let levels = checked.levels.levels.iter().zip(openers);
    Dag {
        params: Value::Null,
        schedule: None,
        name: workflow.name.clone(),
        functions: workflow.functions.clone(),
        timeout: None,
        tasks,
        levels: levels
            .map(|(level, opener)| model::Level {
                parent: level.parent,
                opener,
                is_mapped: opener.is_some(),
                is_transparent: opener.is_some(),
                is_single: false,
            })
            .collect(),
        hooks: Hooks::default(),
        names_replicas: true,
        malformed: BTreeSet::new(),
    }
}

struct Compiling<'w> {
    workflow: &'w Workflow,
    checked: &'w Checked,
    places: BTreeMap<&'w str, usize>,
}

impl Compiling<'_> {
    /// The group that a level is.
    fn group(&self, level: usize) -> Option<model::Task> {
        let own = &self.checked.levels.levels[level];
        let opener = own.opener?;
        let task = &self.workflow.tasks[opener];
        let reads = match &task.replication {
            Replication::Scatter(Scatter::Expression(located)) => {
                self.read(opener, located.expression.reads())
            }
            Replication::Scatter(Scatter::List(_)) | Replication::Times(_) | Replication::None => {
                BTreeSet::new()
            }
        };
        let mut computation = Value::object([("sees", self.sees(opener, own.parent, &reads))]);
        set_items(task, &mut computation);
        let id = Name::new(&format!("{}:replicas", task.id)).ok()?;
        Some(model::Task {
            key: id.as_str().to_owned(),
            work: Work::Group(level),
            policy: Policy { concurrency: Some(u32::MAX), ..Policy::default() },
            map: Some(Value::from(Vec::new())),
            ..self.plain(id, task, own.parent, &reads, &reads, computation)
        })
    }

    fn task(&self, place: usize) -> model::Task {
        let task = &self.workflow.tasks[place];
        let before = &self.checked.before[place];
        let level = self.checked.levels.of_task[place];
        let mut reads = self.read(place, expressions(task));
        reads.extend(before);
        let computation = self.computation(place, &reads);
        let is_container = task.executables.iter().all(|found| found.kind == ExecutableKind::Container);
        let mut compiled = self.plain(task.id.clone(), task, level, before, &reads, computation);
        if let Some(first) = task.executables.first() {
            compiled.work = Work::Function { name: first.function.clone(), span: Some(first.span) };
        }
        compiled.policy.timeout = self.workflow.task_timeout;
        compiled.policy.slots = Slots::at_most(self.workflow.concurrency);
        if let Some(sweep) = &mut compiled.sweep {
            sweep.delay = task.delay.filter(|delay| delay.0 > 0);
            sweep.alternatives =
                task.executables.iter().skip(1).map(|found| found.function.clone()).collect();
            sweep.result = if is_container { ResultForm::ObjectOrNothing } else { ResultForm::Object };
        }
        compiled
    }

    /// What groups and tasks have in common.
    fn plain(
        &self,
        id: Name,
        task: &Task,
        level: usize,
        after: &BTreeSet<usize>,
        reads: &BTreeSet<usize>,
        computation: Value,
    ) -> model::Task {
        let named = |places: &BTreeSet<usize>| -> Vec<(String, Span)> {
            places.iter().map(|&place| (self.workflow.tasks[place].id.to_string(), task.span)).collect()
        };
        model::Task {
            key: id.as_str().to_owned(),
            id,
            level,
            span: task.span,
            work: Work::Group(0),
            after: named(after),
            rule: TriggerRule::NoneFailed,
            when: self.when(level, after),
            input: None,
            map: None,
            policy: Policy::default(),
            reads: named(reads),
            is_hidden: false,
            is_control: false,
            skip_on: task.ignores_errors.then(|| ANY_ERROR.to_owned()).into_iter().collect(),
            teardown_of: Vec::new(),
            fails_run: false,
            hooks: Hooks::default(),
            sweep: Some(Sweep { computation, ..Sweep::default() }),
        }
    }

    /// That the outputs of its own branch are there: a replica without them is passed by.
    fn when(&self, level: usize, after: &BTreeSet<usize>) -> Option<String> {
        let levels = &self.checked.levels;
        let in_branch = after.iter().filter(|&&earlier| {
            let of = levels.of_task[earlier];
            of != 0 && levels.is_within(level, of)
        });
        let exist: Vec<String> =
            in_branch.map(|&earlier| format!("$exists(`{}`)", self.workflow.tasks[earlier].id)).collect();
        (!exist.is_empty()).then(|| exist.join(" and "))
    }

    /// The tasks that an expression of the task at `place` reads.
    fn read(&self, place: usize, reads: Reads) -> BTreeSet<usize> {
        match reads {
            Reads::All => self.checked.ancestors(place),
            Reads::Only(ids) => {
                let known = |id: &String| self.checked.read(&self.places, id).map(|(place, _)| place);
                ids.iter().filter_map(known).collect()
            }
        }
    }

    /// What a reader at `level` sees of the tasks that it reads, in the order of the file.
    fn sees(&self, reader: usize, level: usize, reads: &BTreeSet<usize>) -> Value {
        let levels = &self.checked.levels;
        let seen = reads.iter().map(|&earlier| {
            let of = levels.of_task[earlier];
            let shared = levels.levels[levels.common(level, of)].depth;
            Value::object([
                ("id", Value::from(self.workflow.tasks[earlier].id.as_str())),
                ("shared", Value::from(shared)),
                ("depth", Value::from(levels.levels[of].depth - shared)),
                ("direct", Value::from(self.checked.before[reader].contains(&earlier))),
            ])
        });
        Value::array(seen)
    }

    fn computation(&self, place: usize, reads: &BTreeSet<usize>) -> Value {
        let task = &self.workflow.tasks[place];
        let level = self.checked.levels.of_task[place];
        let mut computation = Value::object([("sees", self.sees(place, level, reads))]);
        set_items(task, &mut computation);
        if !task.conditions.is_empty() {
            computation
                .set("conditions", Value::array(task.conditions.iter().map(|located| located.text.as_str())));
        }
        for (key, value) in [
            ("static_input", Some(&task.static_input)),
            ("static_output", task.static_output.as_ref()),
            ("environment", task.environment.as_ref()),
            ("command", task.command.as_ref()),
        ] {
            if let Some(value) = value.map(Computed::to_value).filter(|value| !value.is_null()) {
                computation.set(key, value);
            }
        }
        if task.start.is_some() {
            computation.set("is_start", true);
        }
        computation
    }
}

/// What the expressions of a task read when it begins.
fn expressions(task: &Task) -> Reads {
    let mut reads = nothing();
    let scatter = match &task.replication {
        Replication::Scatter(Scatter::Expression(located)) => Some(located),
        Replication::Scatter(Scatter::List(_)) | Replication::Times(_) | Replication::None => None,
    };
    let located = scatter.into_iter().chain(&task.conditions).chain(&task.expressions);
    located.for_each(|located| add(&mut reads, located.expression.reads()));
    reads
}

fn set_items(task: &Task, computation: &mut Value) {
    match &task.replication {
        Replication::None => {}
        Replication::Times(times) => computation.set("times", *times),
        Replication::Scatter(Scatter::List(list)) => computation.set("list", list.clone()),
        Replication::Scatter(Scatter::Expression(located)) => {
            computation.set("scatter", located.text.as_str());
        }
    }
}
