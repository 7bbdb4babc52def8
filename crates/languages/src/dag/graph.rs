//! Who comes before whom: unknown tasks, cycles, and results that expressions read of tasks that do not come before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::file::{EVERYTHING, RESERVED};
use super::model::{Dag, Work};
use super::names::{Found, Names};
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::unknown_name;
use crate::source::Span;

/// What is known of a DAG without cycles.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// For each task the places of those it comes after.
    pub(super) after: Vec<BTreeSet<usize>>,
    /// For each task the names that its expressions read, and whose results these are.
    pub(super) reads: Vec<BTreeMap<String, usize>>,
    /// For each task those that it comes after and that have to be there for it to run: what they set up, others tear down.
    pub(super) setups: Vec<BTreeSet<usize>>,
    /// Whether nothing comes after a task that decides about the end of the run.
    pub(super) is_leaf: Vec<bool>,
}

/// Reports what is wrong with who comes after whom; `None` where something is.
pub(super) fn check(dag: &Option<Dag>, reports: &mut Reports<'_>) -> Option<Order> {
    let dag = dag.as_ref()?;
    let names = Names::of(dag);
    let after = known_after(dag, &names, reports)?;
    let before = whole_order(dag, &after);
    if has_cycle(dag, &before, reports) {
        return None;
    }
    let errors = reports.errors_count();
    let reads =
        (0..dag.tasks.len()).map(|place| reads(dag, place, &after, &before, &names, reports)).collect();
    let setups = setups(dag, &after, &before, &names);
    let is_leaf = leaves(dag, &after);
    (reports.errors_count() == errors).then_some(Order { after, reads, setups, is_leaf })
}

/// For each task the places of those it comes after.
fn known_after(dag: &Dag, names: &Names<'_>, reports: &mut Reports<'_>) -> Option<Vec<BTreeSet<usize>>> {
    let errors = reports.errors_count();
    let mut after: Vec<BTreeSet<usize>> = Vec::with_capacity(dag.tasks.len());
    let mut groups = Vec::new();
    for (place, task) in dag.tasks.iter().enumerate() {
        let mut own = BTreeSet::new();
        for (id, span) in task.after.iter().chain(&task.teardown_of) {
            match names.find(task.level, id) {
                Some(Found::Task(earlier)) => {
                    own.insert(earlier);
                }
                Some(Found::Tasks(level)) => groups.push((place, level)),
                None if dag.malformed.contains(id.as_str()) => {}
                None => tell_unknown(names, task.level, (id, *span), reports),
            }
        }
        after.push(own);
    }
    // What comes after a group that counts for nothing comes after the last of its tasks.
    let is_last = leaves(dag, &after);
    for (place, level) in groups {
        let last = dag.tasks_of(level).map(|(place, _)| place).filter(|&inner| is_last[inner]);
        after[place].extend(last);
    }
    (reports.errors_count() == errors).then_some(after)
}

fn tell_unknown(names: &Names<'_>, level: usize, (id, span): (&str, Span), reports: &mut Reports<'_>) {
    let message = format!("no task is called {}", quoted(id));
    let known = names.known(level);
    unknown_name("dag::unknown_task", (id, span), message, known.iter().copied(), reports);
}

/// What comes directly before what: a task after the opening of the group that it stands in, and the end of a group, which
/// has a place behind those of all tasks, after the tasks in it.
fn whole_order(dag: &Dag, after: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let tasks = dag.tasks.len();
    let mut before = vec![BTreeSet::new(); tasks + dag.levels.len()];
    for (place, task) in dag.tasks.iter().enumerate() {
        before[place].extend(after[place].iter().map(|&earlier| end_of(dag, earlier)));
        before[place].extend(dag.levels[task.level].opener);
        before[tasks + task.level].insert(end_of(dag, place));
    }
    before
}

/// Where the end of a task stands in the whole order.
fn end_of(dag: &Dag, place: usize) -> usize {
    dag.group(place).map_or(place, |level| dag.tasks.len() + level)
}

/// The task that a place in the whole order is of.
fn task_at(dag: &Dag, place: usize) -> usize {
    match place.checked_sub(dag.tasks.len()) {
        Some(level) => dag.levels[level].opener.unwrap_or(0),
        None => place,
    }
}

/// Reports the tasks of each cycle; whether there is one.
fn has_cycle(dag: &Dag, before: &[BTreeSet<usize>], reports: &mut Reports<'_>) -> bool {
    let mut open: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (place, own) in before.iter().enumerate() {
        own.iter().for_each(|&earlier| after[earlier].push(place));
    }
    let mut ready: VecDeque<usize> = (0..open.len()).filter(|&place| open[place] == 0).collect();
    while let Some(place) = ready.pop_front() {
        for &later in &after[place] {
            open[later] -= 1;
            if open[later] == 0 {
                ready.push_back(later);
            }
        }
    }
    // The end of the run comes after everything, a cycle included, and is none.
    let end_of_run = dag.tasks.len();
    let mut left: BTreeSet<usize> = (0..open.len()).filter(|&place| open[place] > 0).collect();
    left.remove(&end_of_run);
    let found = !left.is_empty();
    while let Some(&start) = left.first() {
        let cycle = cycle_from(start, before, &open);
        let task = &dag.tasks[task_at(dag, cycle[0])];
        let mut round: Vec<usize> = cycle.iter().chain(&cycle[..1]).map(|&at| task_at(dag, at)).collect();
        round.dedup();
        let path: Vec<String> = round.iter().map(|&place| quoted(dag.tasks[place].id.as_str())).collect();
        let message = format!("{} comes after itself", quoted(task.id.as_str()));
        let error = reports.error("dag::cycle", task.span, message);
        let path = if path.len() > 1 { path } else { vec![path[0].clone(), path[0].clone()] };
        error.with_help(format!("{}: take one `after` out", path.join(" after ")));
        // What merely comes after the cycle is not told of: it is well where the cycle is.
        let reached = reachable(&cycle, &after);
        left.retain(|place| !reached.contains(place));
    }
    found
}

/// The tasks of a cycle that `start` is in or comes after.
fn cycle_from(start: usize, before: &[BTreeSet<usize>], open: &[usize]) -> Vec<usize> {
    let mut path = vec![start];
    let mut seen = BTreeMap::from([(start, 0)]);
    loop {
        let last = path[path.len() - 1];
        let next = before[last].iter().copied().find(|&earlier| open[earlier] > 0).unwrap_or(last);
        if let Some(&first) = seen.get(&next) {
            return path.split_off(first);
        }
        seen.insert(next, path.len());
        path.push(next);
    }
}

fn reachable(from: &[usize], edges: &[Vec<usize>]) -> BTreeSet<usize> {
    let mut reached: BTreeSet<usize> = from.iter().copied().collect();
    let mut open: Vec<usize> = from.to_vec();
    while let Some(place) = open.pop() {
        for &next in &edges[place] {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

/// The tasks whose results the expressions of a task read. Reports names that are none.
fn reads(
    dag: &Dag,
    place: usize,
    after: &[BTreeSet<usize>],
    before: &[BTreeSet<usize>],
    names: &Names<'_>,
    reports: &mut Reports<'_>,
) -> BTreeMap<String, usize> {
    let task = &dag.tasks[place];
    let mut reads = BTreeMap::new();
    let mut earlier = None;
    for (read, span) in &task.reads {
        if RESERVED.contains(&read.as_str()) {
            continue;
        }
        if read == EVERYTHING {
            reads.extend(after[place].iter().map(|&earlier| (dag.tasks[earlier].key.clone(), earlier)));
            continue;
        }
        let own = quoted(task.id.as_str());
        match names.find(task.level, read) {
            Some(Found::Task(known)) => {
                let is_before = after[place].contains(&known)
                    || earlier.get_or_insert_with(|| all_before(place, before)).contains(&end_of(dag, known));
                if !is_before {
                    let read = quoted(read);
                    let message = format!("{own} reads the result of {read}, which it does not come after");
                    reports
                        .error("dag::not_before", *span, message)
                        .with_help(format!("add {read} to `after`"));
                }
                reads.insert(read.clone(), known);
            }
            Some(Found::Tasks(_)) => {
                let message = format!("the group {} counts for nothing and has no result", quoted(read));
                reports
                    .error("dag::unknown_name", *span, message)
                    .with_help(format!("read one of its tasks, as in `{read}.TASK` in backquotes"));
            }
            None if dag.malformed.contains(read.as_str()) => {}
            None => {
                let message = format!("there is nothing called {} to read", quoted(read));
                let known = names.known(task.level).into_iter().chain(RESERVED).collect::<Vec<_>>();
                unknown_name("dag::unknown_name", (read, *span), message, known.iter().copied(), reports);
            }
        }
    }
    reads
}

fn all_before(place: usize, before: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![place];
    while let Some(place) = open.pop() {
        open.extend(before[place].iter().copied().filter(|&earlier| reached.insert(earlier)));
    }
    reached
}

/// For each task what it comes after of that which others tear down, where it stands between the two; for those that tear
/// down, what they tear down.
fn setups(
    dag: &Dag,
    after: &[BTreeSet<usize>],
    before: &[BTreeSet<usize>],
    names: &Names<'_>,
) -> Vec<BTreeSet<usize>> {
    let mut setups = vec![BTreeSet::new(); dag.tasks.len()];
    for (place, task) in dag.tasks.iter().enumerate().filter(|(_, task)| !task.teardown_of.is_empty()) {
        let own: BTreeSet<usize> = task
            .teardown_of
            .iter()
            .filter_map(|(id, _)| match names.find(task.level, id)? {
                Found::Task(setup) => Some(setup),
                Found::Tasks(_) => None,
            })
            .collect();
        let within = all_before(place, before);
        for worker in within.iter().copied().filter(|&worker| worker < dag.tasks.len()) {
            if dag.tasks[worker].teardown_of.is_empty() {
                setups[worker].extend(after[worker].intersection(&own).copied());
            }
        }
        setups[place] = own;
    }
    setups
}

/// Whether nothing comes after a task. What cleans up is not looked at, and is no leaf itself unless the run fails with it.
fn leaves(dag: &Dag, after: &[BTreeSet<usize>]) -> Vec<bool> {
    let cleans_up = |place: usize| !dag.tasks[place].teardown_of.is_empty();
    let mut is_leaf: Vec<bool> = dag
        .tasks
        .iter()
        .map(|task| (task.teardown_of.is_empty() || task.fails_run) && !is_transparent(dag, &task.work))
        .collect();
    for (_, own) in after.iter().enumerate().filter(|(place, _)| !cleans_up(*place)) {
        own.iter().for_each(|&earlier| is_leaf[earlier] = false);
    }
    is_leaf
}

fn is_transparent(dag: &Dag, work: &Work) -> bool {
    matches!(work, Work::Group(level) if dag.levels[*level].is_transparent)
}
