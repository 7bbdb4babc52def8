//! What a name means where it stands: the task of that name beside it, or in one of the groups around it, from the nearest
//! outwards; or, as in `GROUP.TASK`, one within a group that is found so.

use std::collections::BTreeMap;

use super::model::{Dag, Work};

/// The names of a DAG.
pub(super) struct Names<'d> {
    dag: &'d Dag,
    /// At each level what stands there.
    at: Vec<BTreeMap<&'d str, Found>>,
    whole: BTreeMap<&'d str, Found>,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A task, or a group that counts as one.
    Task(usize),
    /// The tasks of a group that counts for nothing: those of this level.
    Tasks(usize),
}

impl<'d> Names<'d> {
    pub(super) fn of(dag: &'d Dag) -> Self {
        let mut at = vec![BTreeMap::new(); dag.levels.len()];
        let mut whole = BTreeMap::new();
        for (place, task) in dag.tasks.iter().enumerate() {
            let level = &dag.levels[task.level];
            let found = match task.work {
                Work::Group(inner) if dag.levels[inner].is_transparent => Found::Tasks(inner),
                _ => Found::Task(place),
            };
            match (level.is_single, task.is_hidden) {
                // The group that was made for it is what others see.
                (true, true) => continue,
                // It is seen in place of the group that was made for it.
                (true, false) => at[level.parent].insert(task.key.as_str(), found),
                (false, _) => at[task.level].insert(task.key.as_str(), found),
            };
            whole.insert(task.id.as_str(), found);
        }
        Self { dag, at, whole }
    }

    /// What `name` means at `level`.
    pub(super) fn find(&self, level: usize, name: &str) -> Option<Found> {
        let near = self.dag.outwards(level).find_map(|level| self.within(level, name));
        near.or_else(|| self.whole.get(name).copied())
    }

    fn within(&self, level: usize, name: &str) -> Option<Found> {
        if let Some(found) = self.at[level].get(name) {
            return Some(*found);
        }
        let dots = name.match_indices('.');
        dots.filter_map(|(dot, _)| {
            let inner = match *self.at[level].get(&name[..dot])? {
                Found::Task(place) => self.dag.group(place)?,
                Found::Tasks(inner) => inner,
            };
            self.within(inner, &name[dot + 1..])
        })
        .next()
    }

    /// The names that mean something at `level`, its own first.
    pub(super) fn known(&self, level: usize) -> Vec<&'d str> {
        // Those of one level come in the order in which they are written.
        let written = self.dag.outwards(level).flat_map(|level| {
            let own = self.dag.tasks.iter().filter(move |task| task.level == level && !task.is_hidden);
            own.map(|task| task.key.as_str())
        });
        written.collect()
    }
}
