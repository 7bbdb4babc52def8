//! What is done again: what did not end well or was named, all that comes after it, and the groups around it.
//!
//! Invariant: what is kept comes after nothing that is done again, but for what only has to be set up again for others.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::{Map, Value};
use tidegate_model::{RunId, Text};

use super::name::Named;
use super::shape::Shape;
use super::trace::{Ended, Trace};

/// What is done again, as far as it is known.
#[derive(Debug)]
pub(super) struct Closure<'a> {
    shape: &'a Shape<'a>,
    trace: &'a Trace,
    /// The level of each instance; `None` where the program has none such.
    levels: Vec<Option<usize>>,
    /// Tasks that are done again, by instance.
    again: Vec<BTreeMap<&'a str, Extent>>,
    /// Of mapped tasks, items that are.
    items: BTreeSet<(usize, &'a str, u32)>,
    /// What followers have been told of: the task that they follow, and the instance that both are in.
    told: BTreeSet<(&'a str, &'a str, usize)>,
    open: Vec<(usize, &'a str)>,
}

/// How much of a group or a map is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// What in it is done again on its own account.
    Parts,
    /// All of it.
    Whole,
}

impl<'a> Closure<'a> {
    pub(super) fn new(shape: &'a Shape<'a>, trace: &'a Trace) -> Self {
        let mut levels: Vec<Option<usize>> = Vec::with_capacity(trace.instances.len());
        for instance in &trace.instances {
            let level = match &instance.place {
                None => Some(0),
                Some((around, group, _)) => {
                    let task = shape.tasks.get(group.as_str());
                    task.filter(|task| levels[*around] == Some(task.level)).and_then(|task| task.group)
                }
            };
            levels.push(level);
        }
        Self {
            shape,
            trace,
            again: vec![BTreeMap::new(); levels.len()],
            levels,
            items: BTreeSet::new(),
            told: BTreeSet::new(),
            open: Vec::new(),
        }
    }

    /// Begins with what did not end well, and with `changed`, whatever became of that.
    pub(super) fn begin(&mut self, changed: &BTreeSet<&str>) {
        for (place, level) in self.levels.clone().into_iter().enumerate() {
            let Some(level) = level else { continue };
            if self.shape.levels[level].is_atomic && !self.is_atom_well(place, level) {
                self.mark_instance(place);
            }
            for &task in &self.shape.levels[level].tasks {
                let is_well = self.trace.instances[place].ends.get(task).is_some_and(Ended::is_well);
                match (changed.contains(task), is_well) {
                    (true, _) => self.mark(place, task, Extent::Whole),
                    (false, false) => self.mark(place, task, Extent::Parts),
                    (false, true) => {}
                }
            }
        }
        self.follow();
    }

    /// Adds what was named.
    pub(super) fn name(&mut self, named: &[Named]) {
        for named in named {
            match named {
                Named::Task { instance, task } => self.name_task(*instance, task),
                Named::Item { instance, task, index } => {
                    if let Some((task, _)) = self.shape.tasks.get_key_value(task.as_str()) {
                        self.items.insert((*instance, task, *index));
                        self.mark(*instance, task, Extent::Parts);
                    }
                }
                Named::Instance(instance) => {
                    let Some(level) = self.levels[*instance] else { continue };
                    if self.shape.levels[level].is_atomic {
                        self.mark_instance(*instance);
                    }
                    for &task in &self.shape.levels[level].tasks {
                        self.mark(*instance, task, Extent::Whole);
                    }
                }
            }
        }
        self.follow();
    }

    /// Whether the one task of an instance that is one thing had ended well.
    fn is_atom_well(&self, instance: usize, level: usize) -> bool {
        let single = self.shape.levels[level].single;
        single.and_then(|single| self.trace.instances[instance].ends.get(single)).is_some_and(Ended::is_well)
    }

    /// An instance that is one thing is done again.
    fn mark_instance(&mut self, instance: usize) {
        let Some((around, group, index)) = &self.trace.instances[instance].place else { return };
        if let Some((group, _)) = self.shape.tasks.get_key_value(group.as_str()) {
            self.items.insert((*around, group, *index));
            self.mark(*around, group, Extent::Parts);
        }
    }

    fn name_task(&mut self, instance: usize, task: &str) {
        let Some((&task, known)) = self.shape.tasks.get_key_value(task) else { return };
        self.mark(instance, task, Extent::Whole);
        debug_assert!(self.levels[instance] == Some(known.level), "names are of tasks where they stand");
    }

    /// Does maps of which anything is done again all over again.
    pub(super) fn forget_maps(&mut self) {
        loop {
            let mut partial = Vec::new();
            for (place, tasks) in self.again.iter().enumerate() {
                let maps = tasks
                    .iter()
                    .filter(|(task, extent)| **extent == Extent::Parts && self.shape.tasks[**task].is_mapped);
                partial.extend(maps.map(|(task, _)| (place, *task)));
            }
            if partial.is_empty() {
                return;
            }
            for (place, task) in partial {
                self.mark(place, task, Extent::Whole);
            }
            self.follow();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.again[0].is_empty()
    }

    fn mark(&mut self, instance: usize, task: &'a str, extent: Extent) {
        let known = self.again[instance].get(task).copied();
        if known < Some(extent) {
            self.again[instance].insert(task, extent);
            self.open.push((instance, task));
        }
    }

    fn follow(&mut self) {
        while let Some((instance, id)) = self.open.pop() {
            let task = &self.shape.tasks[id];
            self.tell_followers(instance, id);
            // What was torn down is set up again; what else comes after it may stay.
            for &setup in &task.setups {
                self.set_up(instance, setup);
            }
            if let Some((around, group, _)) = &self.trace.instances[instance].place
                && let Some((group, _)) = self.shape.tasks.get_key_value(group.as_str())
            {
                self.mark(*around, group, Extent::Parts);
            }
            if let (Some(level), Some(Extent::Whole)) = (task.group, self.again[instance].get(id)) {
                self.all_within(instance, level);
            }
        }
    }

    fn tell_followers(&mut self, instance: usize, id: &'a str) {
        for &(later, common) in &self.shape.tasks[id].followers {
            let Some(around) = self.around(instance, common) else { continue };
            if !self.told.insert((id, later, around)) {
                continue;
            }
            for instance in self.instances(around, common, self.shape.tasks[later].level) {
                self.mark(instance, later, Extent::Whole);
            }
        }
    }

    /// Everything within a group is done again: what is there, and what comes after what would be there.
    fn all_within(&mut self, instance: usize, level: usize) {
        for (id, task) in &self.shape.tasks {
            if !self.shape.outwards(task.level).any(|around| around == level) {
                continue;
            }
            for &(later, common) in &task.followers {
                let Some(around) = self.around(instance, common) else { continue };
                if self.told.insert((id, later, around)) {
                    for instance in self.instances(around, common, self.shape.tasks[later].level) {
                        self.mark(instance, later, Extent::Whole);
                    }
                }
            }
        }
    }

    fn set_up(&mut self, instance: usize, setup: &'a str) {
        let Some(task) = self.shape.tasks.get(setup) else { return };
        let Some(around) = self.around(instance, task.level) else { return };
        if self.again[around].contains_key(setup) {
            return;
        }
        self.again[around].insert(setup, Extent::Whole);
        for &(later, common) in task.followers.iter().filter(|(later, _)| self.shape.tasks[later].tears_down)
        {
            for instance in self.instances(around, common, self.shape.tasks[later].level) {
                self.mark(instance, later, Extent::Whole);
            }
        }
        for &earlier in &task.setups {
            self.set_up(around, earlier);
        }
    }

    /// The instance at `level` that `instance` is in; nothing where it is in none.
    fn around(&self, mut instance: usize, level: usize) -> Option<usize> {
        loop {
            if self.levels[instance]? == level {
                return Some(instance);
            }
            instance = self.trace.instances[instance].place.as_ref()?.0;
        }
    }

    /// The instances at the level `to` in one at the level `from`.
    fn instances(&self, instance: usize, from: usize, to: usize) -> Vec<usize> {
        let mut found = vec![instance];
        for group in self.shape.path(from, to).unwrap_or_default() {
            let within = found.into_iter().filter_map(|own| self.trace.instances[own].within.get(group));
            found = within.flat_map(|all| all.values().copied()).collect();
        }
        found
    }

    /// What is kept, as the new run is given it.
    pub(super) fn kept(&self, run: RunId) -> Value {
        self.kept_in(0, 0, &run.to_string())
    }

    fn kept_in(&self, instance: usize, level: usize, run: &str) -> Value {
        let (mut tasks, mut maps, mut groups) = (Map::default(), Map::default(), Map::default());
        let own = &self.trace.instances[instance];
        for (id, ended) in &own.ends {
            if self.is_kept(instance, level, id, ended) {
                let mut members = vec![("end", kept_end(ended, run))];
                if !ended.skip.is_empty() {
                    members.push(("skip", Value::array(ended.skip.iter().map(Text::as_str))));
                }
                tasks.insert(id.as_str(), Value::object(members));
            }
        }
        let parts = self.again[instance].iter().filter(|(_, extent)| **extent == Extent::Parts);
        for (&id, _) in parts {
            let task = &self.shape.tasks[id];
            match task.group {
                Some(inner) => {
                    let all = own.within.get(id).into_iter().flatten();
                    let all = all.map(|(index, own)| {
                        (index.to_string(), self.instance(*own, inner, task.is_mapped, run))
                    });
                    groups.insert(id, Value::object(all));
                }
                None if task.is_mapped => {
                    let all = self.known_items(instance, id);
                    maps.insert(
                        id,
                        Value::object(all.into_iter().map(|(i, result)| (i.to_string(), result))),
                    );
                }
                None => {}
            }
        }
        let parts = [("tasks", tasks), ("maps", maps), ("groups", groups)];
        Value::object(
            parts
                .into_iter()
                .filter(|(_, part)| !part.is_empty())
                .map(|(key, part)| (key, Value::from(part))),
        )
    }

    /// An instance of a group of which something is done again. One that is kept whole is not opened.
    fn instance(&self, instance: usize, level: usize, is_mapped: bool, run: &str) -> Value {
        let place = self.trace.instances[instance].place.as_ref();
        let is_again = place.is_some_and(|(around, group, index)| {
            let own = self.shape.tasks.get_key_value(group.as_str());
            own.is_some_and(|(group, _)| self.items.contains(&(*around, *group, *index)))
        });
        if !self.again[instance].is_empty() || !is_mapped || is_again {
            return self.kept_in(instance, level, run);
        }
        let ends = &self.trace.instances[instance].ends;
        let mut results: Vec<(usize, &str, Value)> = Vec::new();
        let mut told = Map::default();
        let is_own = |id: &str| self.shape.levels[level].single == Some(id) || self.is_heard(level, id);
        for (id, ended) in ends.iter().filter(|(id, _)| is_own(id)) {
            let is_counted = ended.data.get("aside").is_none();
            let is_success = ended.data.get("state").and_then(Value::as_str) == Some("success");
            if is_counted && is_success {
                let result = ended.data.get("result").cloned().unwrap_or_default();
                results.push((ended.number, id, result));
            }
            told.insert(id.as_str(), kept_end(ended, run));
        }
        results.sort_by_key(|(number, _, _)| *number);
        let results: Vec<(&str, Value)> = results.into_iter().map(|(_, id, result)| (id, result)).collect();
        let result = self.shape.result(level, &results);
        Value::object([("whole", Value::object([("result", result), ("ends", Value::from(told))]))])
    }

    /// Whether the end of the task `id`, which was heard in `instance`, is that of a task which stands there or further in.
    fn is_heard(&self, level: usize, id: &str) -> bool {
        let task = self.shape.tasks.get(id);
        task.is_some_and(|task| self.shape.outwards(task.level).any(|around| around == level))
    }

    fn is_kept(&self, instance: usize, level: usize, id: &str, ended: &Ended) -> bool {
        if !ended.is_well() || !self.is_heard(level, id) {
            return false;
        }
        let task = &self.shape.tasks[id];
        let mut found = vec![instance];
        // One further in is kept where it is so in all instances.
        for group in self.shape.path(level, task.level).unwrap_or_default() {
            if found.iter().any(|own| self.again[*own].get(group) == Some(&Extent::Whole)) {
                return false;
            }
            let within = found.into_iter().filter_map(|own| self.trace.instances[own].within.get(group));
            found = within.flat_map(|all| all.values().copied()).collect();
        }
        found.into_iter().all(|own| !self.again[own].contains_key(id))
    }

    /// Items of a mapped function that are not done again.
    fn known_items(&self, instance: usize, id: &'a str) -> BTreeMap<u32, Value> {
        let own = &self.trace.instances[instance];
        let ended = own.ends.get(id).filter(|ended| ended.is_well());
        let mut known = match ended.and_then(|ended| ended.data.get("result")).and_then(Value::as_array) {
            Some(results) => (0..).zip(results.iter().cloned()).collect(),
            None => own.items.get(id).cloned().unwrap_or_default(),
        };
        let failed = own.failed.get(id);
        known.retain(|index, _| {
            !self.items.contains(&(instance, id, *index))
                && !failed.is_some_and(|failed| failed.contains(index))
        });
        known
    }
}

/// The data of an end as the new run tells it.
fn kept_end(ended: &Ended, run: &str) -> Value {
    let mut data = ended.data.clone();
    if let Some(members) = data.as_object_mut() {
        members.remove("hook");
        // Where it was kept before, it is still from there.
        if members.get("kept").is_none() {
            members.insert("kept", Value::from(run));
        }
    }
    data
}
