//! Levels: what is replicated together.
//!
//! The run is the first level. A task with `scatter` or `multiplicity` opens a level of its own inside that of the task
//! it follows, or inside the run; a task that only follows another stands where that one stands. So levels form a tree,
//! and a task has as many replicas as its level has instances.

use super::model::{Replication, Workflow};

/// The levels of a workflow whose `follow`s lead somewhere and not in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    /// The run's own first, then each after the one that it is in.
    pub levels: Vec<Level>,
    /// The level of each task.
    pub of_task: Vec<usize>,
}

/// What is replicated together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// The level that it is in; its own number for the run's.
    pub parent: usize,
    /// The task that opens it; none opens the run's own.
    pub opener: Option<usize>,
    /// How many levels it is in.
    pub depth: usize,
}

impl Levels {
    /// The levels of `workflow`, where task `i` follows task `follows[i]`.
    #[must_use]
    pub(super) fn of(workflow: &Workflow, follows: &[Option<usize>]) -> Self {
        let mut found = Self { levels: vec![Level::default()], of_task: vec![0; workflow.tasks.len()] };
        let mut is_placed = vec![false; workflow.tasks.len()];
        for task in 0..workflow.tasks.len() {
            // From the task to one that is placed already or follows nobody, and back.
            let mut way = Vec::new();
            let mut next = Some(task);
            while let Some(task) = next.filter(|&task| !is_placed[task]) {
                way.push(task);
                next = follows[task];
            }
            for task in way.into_iter().rev() {
                let base = follows[task].map_or(0, |followed| found.of_task[followed]);
                found.of_task[task] = match workflow.tasks[task].replication {
                    Replication::None => base,
                    Replication::Times(_) | Replication::Scatter(_) => found.open(base, task),
                };
                is_placed[task] = true;
            }
        }
        found
    }

    fn open(&mut self, parent: usize, opener: usize) -> usize {
        let depth = self.levels[parent].depth + 1;
        self.levels.push(Level { parent, opener: Some(opener), depth });
        self.levels.len() - 1
    }

    /// The levels from `level` outwards, itself first, the run's own last.
    pub fn outwards(&self, level: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(level), |&level| (level != 0).then(|| self.levels[level].parent))
    }

    /// The innermost level that both are in.
    #[must_use]
    pub fn common(&self, one: usize, other: usize) -> usize {
        let (mut one, mut other) = (one, other);
        while one != other {
            if self.levels[one].depth >= self.levels[other].depth {
                one = self.levels[one].parent;
            } else {
                other = self.levels[other].parent;
            }
        }
        one
    }

    /// Whether every instance of `inner` lies in one of `outer`.
    #[must_use]
    pub fn is_within(&self, inner: usize, outer: usize) -> bool {
        self.common(inner, outer) == outer
    }
}
