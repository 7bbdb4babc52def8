//! The shape of a DAG as its program has it: what stands where, and what comes after what.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::{Program, TriggerSpec};

use crate::dag::rule::TriggerRule;

/// What is known of a program's tasks. Levels are the program's scopes: the run's own first, then those of groups.
#[derive(Debug)]
pub(super) struct Shape<'p> {
    program: &'p Program,
    levels_by_name: BTreeMap<&'p str, usize>,
    pub(super) levels: Vec<Level<'p>>,
    /// Tasks by their ids.
    pub(super) tasks: BTreeMap<&'p str, Task<'p>>,
}

/// Where tasks stand.
#[derive(Debug, Default)]
pub(super) struct Level<'p> {
    /// The group that opens it; none opens the run's own.
    pub(super) opener: Option<&'p str>,
    /// The one task in it, where it was made for that.
    pub(super) single: Option<&'p str>,
    /// Whether that is called as the group is: then what is known of the group is known of both, and instances are one thing each.
    pub(super) is_atomic: bool,
    /// What ids of tasks in it begin with.
    prefix: Option<&'p str>,
    /// The tasks in it.
    pub(super) tasks: Vec<&'p str>,
}

/// A task.
#[derive(Debug)]
pub(super) struct Task<'p> {
    pub(super) level: usize,
    /// The level that it opens, where it is a group.
    pub(super) group: Option<usize>,
    pub(super) is_mapped: bool,
    /// Whether it cleans up after those that it comes after.
    pub(super) tears_down: bool,
    /// What has to be there for it to run.
    pub(super) setups: Vec<&'p str>,
    /// The tasks that come directly after it, each with the innermost level that both are in.
    pub(super) followers: Vec<(&'p str, usize)>,
    after: Vec<&'p str>,
}

impl<'p> Shape<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let levels = program.scopes.iter().map(|_| Level::default()).collect();
        let names = program.scopes.iter().map(|scope| scope.name.as_str());
        let levels_by_name = names.zip(0..).collect();
        let mut shape = Self { program, levels_by_name, levels, tasks: BTreeMap::new() };
        for (level, scope) in program.scopes.iter().enumerate() {
            for trigger in &scope.triggers {
                shape.add(level, trigger);
            }
        }
        let groups = shape.tasks.iter().filter_map(|(id, task)| Some((*id, task.group?)));
        for (id, level) in groups.collect::<Vec<_>>() {
            shape.levels[level].opener = Some(id);
        }
        let edges =
            shape.tasks.iter().flat_map(|(id, task)| task.after.iter().map(|earlier| (*earlier, *id)));
        for (earlier, later) in edges.collect::<Vec<_>>() {
            let (Some(one), Some(other)) = (shape.tasks.get(earlier), shape.tasks.get(later)) else {
                continue;
            };
            let common = shape.common_level(one.level, other.level);
            if let Some(task) = shape.tasks.get_mut(earlier) {
                task.followers.push((later, common));
            }
        }
        shape
    }

    fn add(&mut self, level: usize, trigger: &'p TriggerSpec) {
        let Some(action) = trigger.actions.first() else { return };
        let text = |key: &str| action.params.get(key).and_then(Value::as_str);
        if action.name == "dag.finish" {
            self.levels[level].single = text("single");
            self.levels[level].prefix = text("group");
        }
        if action.name != "dag.start" {
            return;
        }
        let ids = |key: &str| {
            let list = trigger.condition.params.get(key).and_then(Value::as_array);
            list.into_iter().flat_map(|list| list.iter()).filter_map(Value::as_str).collect()
        };
        let rule = trigger.condition.params.get("rule").and_then(Value::as_str);
        let task = Task {
            level,
            group: text("group").map(|group| self.levels_by_name.get(group).copied().unwrap_or(0)),
            tears_down: rule == Some(TriggerRule::AllDoneSetupSuccess.name()),
            is_mapped: action.params.get("map").is_some(),
            setups: ids("setups"),
            followers: Vec::new(),
            after: ids("after"),
        };
        let id = trigger.name.as_str();
        // The group that was made for a task comes before it, and has its name.
        if self.tasks.contains_key(id) {
            self.levels[level].is_atomic = true;
            return;
        }
        self.levels[level].tasks.push(id);
        self.tasks.insert(id, task);
    }

    /// The level around `level`.
    pub(super) fn around(&self, level: usize) -> Option<usize> {
        let opener = self.levels[level].opener?;
        self.tasks.get(opener).map(|task| task.level)
    }

    /// The levels from `level` outwards, itself first.
    pub(super) fn outwards(&self, level: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(level), |level| self.around(*level))
    }

    fn common_level(&self, one: usize, other: usize) -> usize {
        let around: BTreeSet<usize> = self.outwards(one).collect();
        self.outwards(other).find(|level| around.contains(level)).unwrap_or(0)
    }

    /// The groups that lead from the level `from` down to `to`; nothing where that is not within.
    pub(super) fn path(&self, from: usize, to: usize) -> Option<Vec<&'p str>> {
        let mut path = Vec::new();
        let mut level = to;
        while level != from {
            path.push(self.levels[level].opener?);
            level = self.around(level)?;
        }
        path.reverse();
        Some(path)
    }

    /// What a scope at `level` gives whose tasks gave `results`, in the order of their ends.
    pub(super) fn result(&self, level: usize, results: &[(&str, Value)]) -> Value {
        let level = &self.levels[level];
        if let Some(single) = level.single {
            let own = results.iter().find(|(task, _)| *task == single);
            return own.map(|(_, result)| result.clone()).unwrap_or_default();
        }
        let prefix = level.prefix.map(|prefix| format!("{prefix}.")).unwrap_or_default();
        Value::object(
            results.iter().map(|(task, result)| (task.strip_prefix(&prefix).unwrap_or(task), result.clone())),
        )
    }

    /// Tasks that are not what they were in `before`, or were not there.
    pub(super) fn changed_since(&self, before: &Program) -> BTreeSet<&'p str> {
        let triggers = |program: &'p Program| program.scopes.iter().flat_map(|scope| &scope.triggers);
        let known: BTreeMap<&str, &TriggerSpec> = before
            .scopes
            .iter()
            .flat_map(|scope| &scope.triggers)
            .map(|trigger| (trigger.name.as_str(), trigger))
            .collect();
        let is_same = |trigger: &TriggerSpec| {
            let action = trigger.actions.first();
            let function = action.and_then(|action| action.params.get("function")).and_then(Value::as_str);
            let spec = |program: &Program| {
                let mut functions = program.functions.iter();
                functions.find(|(name, _)| Some(name.as_str()) == function).map(|(_, spec)| spec.clone())
            };
            known.get(trigger.name.as_str()) == Some(&trigger) && spec(before) == spec(self.program)
        };
        let changed = triggers(self.program).filter(|trigger| !is_same(trigger));
        let tasks = changed.filter_map(|trigger| {
            let name = trigger.name.as_str();
            let own = name.strip_suffix(":ended").unwrap_or(name);
            self.tasks.get_key_value(own).map(|(id, _)| *id)
        });
        tasks.collect()
    }
}
