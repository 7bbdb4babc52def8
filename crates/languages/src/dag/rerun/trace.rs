//! How the tasks of a run have ended, in each instance of each group, from its facts.
//!
//! Owns nothing but what the facts say. Takes each fact once, in order.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::{Data, Fact, FanOutId, ScopeId, TaskId, Text};

use crate::dag::rule::State;
use crate::dag::{ENDED, SKIP, kept};

/// What the facts of a run tell so far.
#[derive(Debug)]
pub struct Trace {
    /// The run's own first.
    pub(super) instances: Vec<Instance>,
    by_scope: BTreeMap<ScopeId, usize>,
    fan_outs: BTreeMap<FanOutId, (ScopeId, Text)>,
    /// Items of maps that are under way.
    items: BTreeMap<TaskId, (ScopeId, Text, u32)>,
    /// Tasks that are passed by, and where that is told: by the task whose end is told next.
    skipped: Vec<(usize, Text)>,
}

/// The run, or an instance of a group in it.
#[derive(Debug, Default)]
pub(super) struct Instance {
    /// The instance around it, the group, and its place among the group's.
    pub(super) place: Option<(usize, Text, u32)>,
    /// How tasks have ended whose ends were heard here, by their ids.
    pub(super) ends: BTreeMap<Text, Ended>,
    /// Items of mapped functions that had ended well where the map came to nothing.
    pub(super) items: BTreeMap<Text, BTreeMap<u32, Value>>,
    /// How many items mapped functions had.
    pub(super) sizes: BTreeMap<Text, u32>,
    /// Items that failed for good.
    pub(super) failed: BTreeMap<Text, BTreeSet<u32>>,
    /// Instances of groups in it.
    pub(super) within: BTreeMap<Text, BTreeMap<u32, usize>>,
}

/// The end of a task.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// As the event has it that tells of it.
    pub(super) data: Value,
    /// The tasks that it had passed by.
    pub(super) skip: Vec<Text>,
    /// Which of the ends in its scope it was.
    pub(super) number: usize,
}

impl Ended {
    /// Whether it is to be kept where nothing before it is done again.
    pub(super) fn is_well(&self) -> bool {
        matches!(State::of(&self.data), Some(State::Success | State::Skipped))
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            instances: vec![Instance::default()],
            by_scope: BTreeMap::from([(ScopeId::ROOT, 0)]),
            fan_outs: BTreeMap::new(),
            items: BTreeMap::new(),
            skipped: Vec::new(),
        }
    }
}

impl Trace {
    /// Takes over what the run itself had kept, as it was given to it.
    pub fn begin_with(&mut self, kept: &Value) {
        self.take_over(0, kept);
    }

    fn take_over(&mut self, place: usize, node: &Value) {
        for (task, end) in kept::members(node, "tasks") {
            let skip = end.get("skip").and_then(Value::as_array).into_iter().flat_map(|skip| skip.iter());
            let skip = skip.filter_map(Value::as_str).map(Text::from).collect();
            self.end(place, Text::from(task), end.get("end").cloned().unwrap_or_default(), skip);
        }
        for (task, items) in kept::members(node, "maps") {
            let items = items.as_object().into_iter().flat_map(|items| items.iter());
            let items = items.filter_map(|(index, result)| Some((index.parse().ok()?, result.clone())));
            self.instances[place].items.entry(Text::from(task)).or_default().extend(items);
        }
        for (group, instances) in kept::members(node, "groups") {
            for (index, inner) in instances.as_object().into_iter().flat_map(|all| all.iter()) {
                let Ok(index) = index.parse() else { continue };
                let own = self.open(place, Text::from(group), index);
                self.take_over(own, inner);
                for (task, end) in kept::members(inner.get("whole").unwrap_or(&Value::Null), "ends") {
                    self.end(own, Text::from(task), end.clone(), Vec::new());
                }
            }
        }
    }

    /// Takes what happened.
    pub fn take(&mut self, fact: &Fact) {
        match fact {
            Fact::ScopeStarted { scope, parent, subject, index, .. } => {
                if let Some(around) = self.by_scope.get(parent) {
                    let own = self.open(*around, subject.clone(), index.unwrap_or(0));
                    self.by_scope.insert(*scope, own);
                }
            }
            Fact::Raised { scope, kind, subject: Some(subject), data, .. } => {
                let Some(place) = self.by_scope.get(scope).copied() else { return };
                if kind == SKIP {
                    self.skipped.push((place, subject.clone()));
                } else if kind == ENDED {
                    let data = data.as_ref().and_then(Data::inline_value).unwrap_or_default();
                    // It is told in the scopes within as well.
                    let told = std::mem::take(&mut self.skipped).into_iter();
                    let skip = told.filter(|(at, _)| *at == place).map(|(_, task)| task).collect();
                    self.end(place, subject.clone(), data, skip);
                }
            }
            Fact::FanOutStarted { fan_out, scope, subject, items, .. } => {
                if let Some(place) = self.by_scope.get(scope) {
                    self.instances[*place].sizes.insert(subject.clone(), *items);
                }
                self.fan_outs.insert(*fan_out, (*scope, subject.clone()));
            }
            Fact::FanOutLeft { fan_out, results, .. } => {
                let Some((scope, subject)) = self.fan_outs.get(fan_out) else { return };
                let Some(place) = self.by_scope.get(scope) else { return };
                let known = self.instances[*place].items.entry(subject.clone()).or_default();
                let results = results.iter().filter_map(|(index, data)| Some((*index, data.inline_value()?)));
                known.extend(results);
            }
            Fact::TaskScheduled { task, scope, subject, index: Some(index), .. } => {
                self.items.insert(*task, (*scope, subject.clone(), *index));
            }
            Fact::TaskEnded { task, error, retry_at: None, .. } => {
                if let (Some((scope, subject, index)), Some(_)) = (self.items.remove(task), error)
                    && let Some(place) = self.by_scope.get(&scope)
                {
                    self.instances[*place].failed.entry(subject).or_default().insert(index);
                }
            }
            _ => {}
        }
    }

    /// The instance at that place, which may have been known before it was opened.
    fn open(&mut self, around: usize, group: Text, index: u32) -> usize {
        let next = self.instances.len();
        let within = self.instances[around].within.entry(group.clone()).or_default();
        let own = *within.entry(index).or_insert(next);
        if own == next {
            self.instances.push(Instance { place: Some((around, group, index)), ..Instance::default() });
        }
        own
    }

    fn end(&mut self, place: usize, task: Text, data: Value, skip: Vec<Text>) {
        let ends = &mut self.instances[place].ends;
        let number = ends.get(&task).map_or(ends.len(), |known| known.number);
        ends.insert(task, Ended { data, skip, number });
    }
}
