//! Who comes before whom: unknown tasks, cycles, and results that expressions read of tasks that do not come before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::file::{EVERYTHING, RESERVED};
use super::model::Dag;
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::unknown_name;

/// What is known of a DAG without cycles.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// For each task the places of those whose results its expressions read.
    pub(super) needs: Vec<BTreeSet<usize>>,
    /// Whether nothing comes after a task.
    pub(super) is_leaf: Vec<bool>,
}

/// Reports what is wrong with who comes after whom; `None` where something is.
pub(super) fn check(dag: &Option<Dag>, reports: &mut Reports<'_>) -> Option<Order> {
    let dag = dag.as_ref()?;
    let places = dag.places();
    let before = known_before(dag, &places, reports);
    let before = before.filter(|before| !has_cycle(dag, before, reports))?;
    let mut is_leaf = vec![true; dag.tasks.len()];
    before.iter().flatten().for_each(|&place| is_leaf[place] = false);
    let errors = reports.errors_count();
    let needs = (0..dag.tasks.len()).map(|place| needs(dag, place, &before, &places, reports)).collect();
    (reports.errors_count() == errors).then_some(Order { needs, is_leaf })
}

/// For each task the places of those it comes after.
fn known_before(
    dag: &Dag,
    places: &BTreeMap<&str, usize>,
    reports: &mut Reports<'_>,
) -> Option<Vec<BTreeSet<usize>>> {
    let errors = reports.errors_count();
    let mut before = Vec::with_capacity(dag.tasks.len());
    for task in &dag.tasks {
        let mut own = BTreeSet::new();
        for (id, span) in &task.after {
            match places.get(id.as_str()) {
                Some(place) => {
                    own.insert(*place);
                }
                None if dag.malformed.contains(id.as_str()) => {}
                None => {
                    let message = format!("no task is called {}", quoted(id.as_str()));
                    let known = dag.tasks.iter().map(|task| task.id.as_str());
                    unknown_name("dag::unknown_task", (id.as_str(), *span), message, known, reports);
                }
            }
        }
        before.push(own);
    }
    (reports.errors_count() == errors).then_some(before)
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
    let mut left: BTreeSet<usize> = (0..open.len()).filter(|&place| open[place] > 0).collect();
    let found = !left.is_empty();
    while let Some(&start) = left.first() {
        let cycle = cycle_from(start, before, &open);
        let task = &dag.tasks[cycle[0]];
        let round = cycle.iter().chain(&cycle[..1]);
        let path: Vec<String> = round.map(|&place| quoted(dag.tasks[place].id.as_str())).collect();
        let message = format!("{} comes after itself", quoted(task.id.as_str()));
        let error = reports.error("dag::cycle", task.span, message);
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
fn needs(
    dag: &Dag,
    place: usize,
    before: &[BTreeSet<usize>],
    places: &BTreeMap<&str, usize>,
    reports: &mut Reports<'_>,
) -> BTreeSet<usize> {
    let task = &dag.tasks[place];
    let mut needs = BTreeSet::new();
    let mut earlier = None;
    for (read, span) in &task.reads {
        if RESERVED.contains(&read.as_str()) {
            continue;
        }
        if read == EVERYTHING {
            needs.extend(before[place].iter().copied());
            continue;
        }
        let known = places.get(read.as_str()).copied();
        if let Some(known) = known.filter(|known| before[place].contains(known)) {
            needs.insert(known);
            continue;
        }
        let earlier = earlier.get_or_insert_with(|| all_before(place, before));
        match known {
            Some(known) if earlier.contains(&known) => {
                needs.insert(known);
            }
            Some(_) => {
                let message = format!(
                    "{} reads the result of {}, which it does not come after",
                    quoted(task.id.as_str()),
                    quoted(read)
                );
                reports
                    .error("dag::not_before", *span, message)
                    .with_help(format!("add {} to `after`", quoted(read)));
            }
            None if dag.malformed.contains(read.as_str()) => {}
            None => {
                let message = format!("there is nothing called {} to read", quoted(read));
                let names = dag.tasks.iter().map(|task| task.id.as_str()).chain(RESERVED);
                unknown_name("dag::unknown_name", (read, *span), message, names, reports);
            }
        }
    }
    needs
}

fn all_before(place: usize, before: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let edges: Vec<Vec<usize>> = before.iter().map(|own| own.iter().copied().collect()).collect();
    let mut all = reachable(&[place], &edges);
    all.remove(&place);
    all
}
