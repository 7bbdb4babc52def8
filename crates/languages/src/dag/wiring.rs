//! How ends of tasks travel between a group and what is around it.
//!
//! The end of a task is heard at its own level. Where something further out waits for it or reads its result, the ends of its
//! instances are gathered there; where something further in does, it is published inwards.

use std::collections::BTreeSet;

use super::graph::Order;
use super::model::{Dag, Work};

/// How the end of each task travels.
#[derive(Clone, Debug)]
pub(super) struct Wiring {
    /// The outermost level at which the end of a task is heard; where that is not its own, it is gathered there and at those
    /// between.
    pub(super) outermost: Vec<usize>,
    /// The levels at which the end of a task is made known to those within.
    pub(super) published: Vec<BTreeSet<usize>>,
    /// For each level the tasks whose ends are counted for its end.
    pub(super) counted: Vec<Vec<usize>>,
    /// For each group's level the tasks in it whose ends are gathered around it.
    pub(super) gathered: Vec<Vec<usize>>,
}

/// The wiring of `dag`.
pub(super) fn of(dag: &Dag, order: &Order) -> Wiring {
    let mut wiring = Wiring {
        outermost: dag.tasks.iter().map(|task| task.level).collect(),
        published: vec![BTreeSet::new(); dag.tasks.len()],
        counted: vec![Vec::new(); dag.levels.len()],
        gathered: vec![Vec::new(); dag.levels.len()],
    };
    for (place, task) in dag.tasks.iter().enumerate() {
        for &earlier in order.after[place].iter().chain(order.reads[place].values()) {
            let common = dag.common_level(dag.tasks[earlier].level, task.level);
            wiring.raise(dag, earlier, common);
            if common != task.level {
                wiring.published[earlier].insert(common);
            }
        }
        for counted in counted_at(dag, place) {
            wiring.raise(dag, place, counted);
            wiring.counted[counted].push(place);
        }
    }
    for place in 0..dag.tasks.len() {
        let heard: Vec<usize> = wiring.heard_at(dag, place).collect();
        // All but the outermost are inside of a level at which it is heard as well.
        heard[..heard.len() - 1].iter().for_each(|&level| wiring.gathered[level].push(place));
    }
    wiring
}

impl Wiring {
    fn raise(&mut self, dag: &Dag, place: usize, level: usize) {
        let known = self.outermost[place];
        if dag.outwards(known).any(|around| around == level) {
            self.outermost[place] = level;
        }
    }

    /// The levels at which the end of a task is heard, its own first.
    pub(super) fn heard_at<'a>(&self, dag: &'a Dag, place: usize) -> impl Iterator<Item = usize> + 'a {
        let outermost = self.outermost[place];
        let mut is_over = false;
        dag.outwards(dag.tasks[place].level).take_while(move |&level| {
            let goes_on = !is_over;
            is_over = level == outermost;
            goes_on
        })
    }
}

/// The levels whose end a task is counted for: its own, and those around it as long as groups between count for nothing.
pub(super) fn counted_at(dag: &Dag, place: usize) -> impl Iterator<Item = usize> + '_ {
    let own = dag.tasks[place].level;
    let start = (!is_transparent_group(dag, place)).then_some(own);
    std::iter::successors(start, |&level| dag.levels[level].is_transparent.then(|| dag.levels[level].parent))
}

fn is_transparent_group(dag: &Dag, place: usize) -> bool {
    matches!(dag.tasks[place].work, Work::Group(level) if dag.levels[level].is_transparent)
}
