//! Who comes after whom: what is unknown, unreachable or circular, and what expressions read of tasks that do not come
//! before.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::Reads;
use super::levels::Levels;
use super::model::{Located, Replication, Scatter, Task, Workflow};
use super::name::base;
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::unknown_name;
use crate::source::Span;

/// What is known of a workflow without such mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// For each task the places of those right before it.
    pub before: Vec<BTreeSet<usize>>,
    /// What is replicated together.
    pub levels: Levels,
}

/// Reports what is wrong with who comes after whom; `None` where something is.
pub fn check(workflow: &Workflow, reports: &mut Reports<'_>) -> Option<Checked> {
    let places = workflow.places();
    let errors = reports.errors_count();
    let (before, after) = edges(workflow, &places, reports);
    let follows = follows(workflow, &places, reports);
    let start = start(workflow, &before, reports);
    if reports.errors_count() > errors {
        return None;
    }
    let titles: Vec<&str> = workflow.tasks.iter().map(|task| task.id.as_str()).collect();
    if let Some(cycle) = cycle(&before) {
        let task = &workflow.tasks[cycle[0]];
        let path = round(&cycle, &titles).join(" → ");
        reports
            .error(
                "sweep::cycle",
                task.span,
                format!("{} comes after itself: {path}", quoted(titles[cycle[0]])),
            )
            .with_help("take one of these out of the `successors` of the one before it");
        return None;
    }
    unreachable(workflow, start?, &after, reports);
    let levels = Levels::of(workflow, &follows);
    known_before_expanded(workflow, &before, &follows, &levels, reports);
    ambiguous(workflow, &levels, reports);
    let checked = Checked { before, levels };
    for (place, task) in workflow.tasks.iter().enumerate() {
        let mut ancestors = None;
        for located in located(task) {
            let ancestors = ancestors.get_or_insert_with(|| checked.ancestors(place));
            reads(workflow, &checked, place, located, ancestors, reports);
        }
    }
    (reports.errors_count() == errors).then_some(checked)
}

impl Checked {
    /// The task that `id` means in an expression, and whether it is the name of one of its replicas.
    pub(super) fn read(&self, places: &BTreeMap<&str, usize>, id: &str) -> Option<(usize, bool)> {
        if let Some(&place) = places.get(id) {
            return Some((place, false));
        }
        let shorter = std::iter::successors(base(id), |shorter| base(shorter));
        let place = shorter.filter_map(|shorter| places.get(shorter).copied()).next()?;
        (self.levels.of_task[place] != 0).then_some((place, true))
    }

    /// All tasks before one, directly or not.
    #[must_use]
    pub fn ancestors(&self, place: usize) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open: Vec<usize> = self.before[place].iter().copied().collect();
        while let Some(earlier) = open.pop() {
            if all.insert(earlier) {
                open.extend(self.before[earlier].iter().copied());
            }
        }
        all
    }
}

/// All expressions of a task.
fn located(task: &Task) -> impl Iterator<Item = &Located> {
    let scatter = match &task.replication {
        Replication::Scatter(Scatter::Expression(located)) => Some(located),
        Replication::Scatter(Scatter::List(_)) | Replication::None | Replication::Times(_) => None,
    };
    scatter.into_iter().chain(&task.conditions).chain(&task.expressions)
}

/// For each task those right before it, and those right after.
fn edges(
    workflow: &Workflow,
    places: &BTreeMap<&str, usize>,
    reports: &mut Reports<'_>,
) -> (Vec<BTreeSet<usize>>, Vec<BTreeSet<usize>>) {
    let mut before = vec![BTreeSet::new(); workflow.tasks.len()];
    let mut after = before.clone();
    for (place, task) in workflow.tasks.iter().enumerate() {
        for (id, span) in &task.successors {
            match places.get(id.as_str()) {
                Some(&later) => {
                    before[later].insert(place);
                    after[place].insert(later);
                }
                None => unknown(workflow, id, *span, reports),
            }
        }
    }
    (before, after)
}

fn unknown(workflow: &Workflow, id: &str, span: Span, reports: &mut Reports<'_>) {
    if !workflow.malformed.contains(id) {
        let known = workflow.tasks.iter().map(|task| task.id.as_str());
        unknown_name(
            "sweep::unknown_task",
            (id, span),
            format!("no task has the id {}", quoted(id)),
            known,
            reports,
        );
    }
}

/// The task that each follows, where that leads somewhere and not in a circle.
fn follows(
    workflow: &Workflow,
    places: &BTreeMap<&str, usize>,
    reports: &mut Reports<'_>,
) -> Vec<Option<usize>> {
    let mut follows = vec![None; workflow.tasks.len()];
    for (task, follow) in workflow.tasks.iter().zip(&mut follows) {
        let Some((id, span)) = &task.follow else { continue };
        match places.get(id.as_str()) {
            Some(&place) => *follow = Some(place),
            None => unknown(workflow, id, *span, reports),
        }
    }
    let chains: Vec<BTreeSet<usize>> =
        follows.iter().map(|follow| follow.iter().copied().collect()).collect();
    if let Some(cycle) = cycle(&chains) {
        let titles: Vec<&str> = workflow.tasks.iter().map(|task| task.id.as_str()).collect();
        // Along `follow`, which is from the later to the earlier.
        let mut path = round(&cycle, &titles);
        path.reverse();
        let task = &workflow.tasks[cycle[0]];
        let span = task.follow.as_ref().map_or(task.span, |(_, span)| *span);
        let message = format!("{} follows itself: {}", quoted(task.id.as_str()), path.join(" → "));
        reports
            .error("sweep::follow_cycle", span, message)
            .with_help("`follow` names a task that is replicated by itself");
    }
    follows
}

/// The task that the workflow begins with.
fn start(workflow: &Workflow, before: &[BTreeSet<usize>], reports: &mut Reports<'_>) -> Option<usize> {
    let starts: Vec<(usize, Span)> = (0..workflow.tasks.len())
        .filter_map(|place| workflow.tasks[place].start.map(|span| (place, span)))
        .collect();
    match starts.as_slice() {
        [(place, _)] => Some(*place),
        [] => {
            if !workflow.malformed.is_empty() {
                return None;
            }
            let first = workflow.tasks.first()?;
            let free: Vec<String> = (0..before.len())
                .filter(|&place| before[place].is_empty())
                .take(5)
                .map(|place| quoted(workflow.tasks[place].id.as_str()))
                .collect();
            let help = match free.is_empty() {
                true => "add `\"position\": \"start\"` to the properties of one".to_owned(),
                false => format!(
                    "add `\"position\": \"start\"` to the properties of one; nothing comes before {}",
                    free.join(", ")
                ),
            };
            reports
                .error("sweep::no_start", first.span, "no task is where the workflow starts")
                .with_help(help);
            None
        }
        [(first, span), others @ ..] => {
            let related = reports.source().place(*span);
            for (place, span) in others {
                let message = format!(
                    "a workflow starts with one task, and {} and {} both are at its start",
                    quoted(workflow.tasks[*first].id.as_str()),
                    quoted(workflow.tasks[*place].id.as_str())
                );
                reports
                    .error("sweep::second_start", *span, message)
                    .with_help("take `position` out of one; a task before both can start them")
                    .with_related("the first is here", related);
            }
            None
        }
    }
}

fn unreachable(workflow: &Workflow, start: usize, after: &[BTreeSet<usize>], reports: &mut Reports<'_>) {
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(place) = open.pop() {
        open.extend(after[place].iter().copied().filter(|&later| reached.insert(later)));
    }
    for (place, task) in workflow.tasks.iter().enumerate().filter(|(place, _)| !reached.contains(place)) {
        let start = quoted(workflow.tasks[start].id.as_str());
        let message =
            format!("{} is not reached from {start}, the start", quoted(workflow.tasks[place].id.as_str()));
        reports
            .error("sweep::unreachable", task.span, message)
            .with_help("name it in the `successors` of the task that it comes after, or remove it");
    }
}

/// Reports replicas whose number would be known only after themselves.
fn known_before_expanded(
    workflow: &Workflow,
    before: &[BTreeSet<usize>],
    follows: &[Option<usize>],
    levels: &Levels,
    reports: &mut Reports<'_>,
) {
    // A task begins after its predecessors, and after what the openers of the levels around it come after.
    let mut waits = before.to_vec();
    for (task, waits) in waits.iter_mut().enumerate() {
        for level in levels.outwards(levels.of_task[task]) {
            if let Some(opener) = levels.levels[level].opener {
                waits.extend(before[opener].iter().copied());
            }
        }
    }
    let Some(cycle) = cycle(&waits) else { return };
    // On the circle there is a task that follows, by way of others, one that comes after it.
    let place = cycle.iter().copied().find(|&place| follows[place].is_some()).unwrap_or(cycle[0]);
    let task = &workflow.tasks[place];
    let opener = levels.levels[levels.of_task[place]].opener.unwrap_or(place);
    let (id, opener) = (quoted(task.id.as_str()), quoted(workflow.tasks[opener].id.as_str()));
    let message =
        format!("{id} is replicated like {opener}, whose replicas are known only after {id} has ended");
    let span = task.follow.as_ref().map_or(task.span, |(_, span)| *span);
    reports
        .error("sweep::follows_later", span, message)
        .with_help("let it follow a task that does not come after it, or take `follow` out");
}

/// Reports ids that read like the names of another task's replicas.
fn ambiguous(workflow: &Workflow, levels: &Levels, reports: &mut Reports<'_>) {
    let replicated: BTreeSet<&str> = workflow
        .tasks
        .iter()
        .zip(&levels.of_task)
        .filter(|(_, level)| **level != 0)
        .map(|(task, _)| task.id.as_str())
        .collect();
    for task in &workflow.tasks {
        let mut name = task.id.as_str();
        while let Some(shorter) = base(name) {
            name = shorter;
            if replicated.contains(name) {
                let message =
                    format!("{} reads like a replica of {}", quoted(task.id.as_str()), quoted(name));
                reports.error("sweep::ambiguous_id", task.span, message).with_help("rename one of the two");
                break;
            }
        }
    }
}

/// Reports what an expression reads of tasks that do not come before, or that it gathers.
fn reads(
    workflow: &Workflow,
    checked: &Checked,
    place: usize,
    located: &Located,
    ancestors: &BTreeSet<usize>,
    reports: &mut Reports<'_>,
) {
    let Reads::Only(ids) = located.expression.reads() else { return };
    let places = workflow.places();
    // A scatter is looked at where its level is opened.
    let is_scatter = matches!(&workflow.tasks[place].replication,
        Replication::Scatter(Scatter::Expression(scatter)) if scatter == located);
    let levels = &checked.levels;
    let own = levels.of_task[place];
    let level = if is_scatter { levels.levels[own].parent } else { own };
    let task = quoted(workflow.tasks[place].id.as_str());
    for id in &ids {
        let known = checked.read(&places, id);
        let Some((known, is_replica)) = known else {
            unknown(workflow, id, located.span, reports);
            continue;
        };
        let is_gathered = !levels.is_within(level, levels.of_task[known]);
        let earlier = quoted(workflow.tasks[known].id.as_str());
        if !ancestors.contains(&known) {
            let message = format!("{task} reads the output of {earlier}, which it does not come after");
            reports
                .error("sweep::not_before", located.span, message)
                .with_help("an expression sees the outputs of all tasks before its own, directly or not");
        } else if is_gathered && !is_replica {
            let message = format!("{task} sees all replicas of {earlier}, and none of them is called that");
            reports
                .error("sweep::gathered", located.span, message)
                .with_help(format!("their outputs stand under `{id}_A`, `{id}_B`, and so on; `predecessor_outputs.values()` is all that it sees"));
        } else if !is_gathered && is_replica {
            let message = format!("{task} sees one output of {earlier}, that of its own branch");
            reports
                .error("sweep::gathered", located.span, message)
                .with_help(format!("it stands under {earlier}"));
        }
    }
}

/// The places of a graph without cycles, each after those before it; of one with cycles, those that are not after any.
fn order(before: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (place, own) in before.iter().enumerate() {
        own.iter().for_each(|&earlier| after[earlier].push(place));
    }
    let mut order: Vec<usize> = (0..open.len()).filter(|&place| open[place] == 0).collect();
    let mut next = 0;
    while let Some(&place) = order.get(next) {
        next += 1;
        for &later in &after[place] {
            open[later] -= 1;
            if open[later] == 0 {
                order.push(later);
            }
        }
    }
    order
}

/// A cycle, if there is one: each of its places comes right before the next, and the last before the first.
fn cycle(before: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let sound: BTreeSet<usize> = order(before).into_iter().collect();
    let start = (0..before.len()).find(|place| !sound.contains(place))?;
    let mut path = vec![start];
    let mut seen = BTreeMap::from([(start, 0)]);
    loop {
        let last = path[path.len() - 1];
        // Whatever is not sound comes after something that is not.
        let earlier = before[last].iter().copied().find(|place| !sound.contains(place))?;
        if let Some(first) = seen.insert(earlier, path.len()) {
            let mut cycle = path.split_off(first);
            cycle.reverse();
            let least = (0..cycle.len()).min_by_key(|&place| cycle[place]).unwrap_or(0);
            cycle.rotate_left(least);
            return Some(cycle);
        }
        path.push(earlier);
    }
}

/// The ids on a cycle, the first again at the end.
fn round(cycle: &[usize], titles: &[&str]) -> Vec<String> {
    cycle.iter().chain(&cycle[..1]).map(|&place| quoted(titles[place])).collect()
}
