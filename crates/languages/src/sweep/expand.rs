//! The graph of a workflow's instances, once it is known how many replicas there are.
//!
//! Pure: cardinalities are given. A replica depends on the replica of its predecessor in the same instance of a level, on
//! the one predecessor of an enclosing level, or, gathering, on all replicas within the instance that both are in.

use std::collections::BTreeMap;

use super::check::Checked;
use super::model::Workflow;
use super::name::replica;

/// Most instances of an expansion.
pub const INSTANCES_MAX: usize = 1_000_000;

/// Instances of tasks, and which come after which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// By task in the order of the file, and by replica.
    pub instances: Vec<Instance>,
    /// From an instance to one that comes after it, as places in [`Self::instances`].
    pub edges: Vec<(usize, usize)>,
}

/// One instance of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name, as in `4_A_B`.
    pub name: String,
    /// The place of its task in the file.
    pub task: usize,
    /// Its place in each of the replications that it stands in, the outermost first.
    pub path: Vec<usize>,
}

/// There would be more instances than [`INSTANCES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there would be more than {INSTANCES_MAX} instances")]
pub struct TooMany;

/// Expands `workflow`, where `count` says how many replicas a task has in the instance of the level around it at a path.
///
/// # Errors
/// Where there would be too many instances.
pub fn expand(
    workflow: &Workflow,
    checked: &Checked,
    count: impl Fn(&str, &[usize]) -> usize,
) -> Result<Expansion, TooMany> {
    let levels = &checked.levels;
    // The instances of each level, as paths.
    let mut paths: Vec<Vec<Vec<usize>>> = vec![vec![Vec::new()]];
    for level in &levels.levels[1..] {
        let mut own = Vec::new();
        let id = level.opener.map_or("", |opener| workflow.tasks[opener].id.as_str());
        for outer in &paths[level.parent] {
            for place in 0..count(id, outer) {
                if own.len() >= INSTANCES_MAX {
                    return Err(TooMany);
                }
                own.push(outer.iter().copied().chain([place]).collect());
            }
        }
        paths.push(own);
    }
    let mut expansion = Expansion::default();
    let mut places = Vec::with_capacity(workflow.tasks.len());
    for (task, definition) in workflow.tasks.iter().enumerate() {
        let mut own = BTreeMap::new();
        for path in &paths[levels.of_task[task]] {
            if expansion.instances.len() >= INSTANCES_MAX {
                return Err(TooMany);
            }
            own.insert(path.as_slice(), expansion.instances.len());
            let name = replica(definition.id.as_str(), path);
            expansion.instances.push(Instance { name, task, path: path.clone() });
        }
        places.push(own);
    }
    for (task, before) in checked.before.iter().enumerate() {
        for &earlier in before {
            let common = levels.levels[levels.common(levels.of_task[task], levels.of_task[earlier])].depth;
            for (path, &to) in &places[task] {
                let shared = &path[..common];
                // Paths that share a beginning stand together.
                let same = places[earlier].range(shared..).take_while(|(path, _)| path.starts_with(shared));
                for (_, &from) in same {
                    if expansion.edges.len() >= 8 * INSTANCES_MAX {
                        return Err(TooMany);
                    }
                    expansion.edges.push((from, to));
                }
            }
        }
    }
    expansion.edges.sort_unstable();
    Ok(expansion)
}

impl Expansion {
    /// The graph as text: a line for each instance that something comes after, in the order of the file.
    #[must_use]
    pub fn to_lines(&self) -> Vec<String> {
        let mut after: Vec<Vec<&str>> = vec![Vec::new(); self.instances.len()];
        for &(from, to) in &self.edges {
            after[from].push(&self.instances[to].name);
        }
        let line = |(instance, after): (&Instance, &Vec<&str>)| match after.is_empty() {
            true => instance.name.clone(),
            false => format!("{} -> {}", instance.name, after.join(" ")),
        };
        self.instances.iter().zip(&after).map(line).collect()
    }
}
