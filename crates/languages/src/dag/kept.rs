//! What a rerun keeps, as its tasks look it up.
//!
//! The run was given it as data, which is there once: an object with `tasks` that end at once as they had ended, `maps` with
//! results of items, and `groups` with the same of each instance, by its place. An instance of which nothing is done again is
//! not opened: it has `whole`, what it gives and how the tasks in it had ended.

use std::collections::BTreeMap;

use tidegate_engine::action::{Audience, Command};
use tidegate_engine::scene::Scene;
use tidegate_json::Value;
use tidegate_model::Text;

use super::ended::emission;
use super::{ENDED, SKIP};

/// What is kept in one scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'s> {
    node: &'s Value,
}

/// An instance of which nothing is done again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'s> {
    whole: &'s Value,
}

/// The members of the object `key` in `node`.
pub(super) fn members<'v>(node: &'v Value, key: &str) -> impl Iterator<Item = (&'v str, &'v Value)> {
    let members = node.get(key).and_then(Value::as_object);
    members.into_iter().flat_map(|members| members.iter()).map(|(key, value)| (key.as_str(), value))
}

impl<'s> Kept<'s> {
    /// What is kept in the scope of `scene`, which is in the groups `within`; each of those is mapped or not.
    pub(super) fn find(scene: &'s Scene<'_>, within: &[(Text, bool)]) -> Option<Self> {
        if scene.kept.is_null() {
            return None;
        }
        let indexes = scene.input.get("indexes").and_then(Value::as_array);
        let mut indexes = indexes.into_iter().flat_map(|indexes| indexes.iter());
        let mut node = &scene.kept;
        for (group, is_mapped) in within {
            let place = match is_mapped {
                true => indexes.next()?.as_u64()?,
                false => 0,
            };
            node = node.get("groups")?.get(group)?.get(&place.to_string())?;
        }
        Some(Self { node })
    }

    /// What ends `task` as it had ended; `None` where it is done again.
    pub(super) fn commands(self, task: &Text) -> Option<Vec<Command>> {
        let kept = self.node.get("tasks")?.get(task)?;
        let skip = kept.get("skip").and_then(Value::as_array).into_iter().flat_map(|skip| skip.iter());
        let mut commands = Vec::new();
        for passed in skip.filter_map(Value::as_str).map(Text::from) {
            for to in [Audience::Scope, Audience::Nested] {
                commands.push(emission(SKIP, &passed, Value::Null, to));
            }
        }
        commands.push(emission(ENDED, task, kept.get("end")?.clone(), Audience::Scope));
        Some(commands)
    }

    /// Results of items of a mapped function, by their places.
    pub(super) fn items(self, task: &Text) -> BTreeMap<u32, Value> {
        let items = self.node.get("maps").and_then(|maps| maps.get(task)).and_then(Value::as_object);
        let items = items.into_iter().flat_map(|items| items.iter());
        items.filter_map(|(index, result)| Some((index.parse().ok()?, result.clone()))).collect()
    }

    /// Instances of a group that are not opened, by their places.
    pub(super) fn whole_instances(self, group: &Text) -> BTreeMap<u32, Whole<'s>> {
        let instances =
            self.node.get("groups").and_then(|groups| groups.get(group)).and_then(Value::as_object);
        let instances = instances.into_iter().flat_map(|instances| instances.iter());
        let whole = |(index, instance): (&tidegate_json::Str, &'s Value)| {
            Some((index.parse().ok()?, Whole { whole: instance.get("whole")? }))
        };
        instances.filter_map(whole).collect()
    }
}

impl<'s> Whole<'s> {
    /// What it gives.
    pub(super) fn result(self) -> Value {
        self.whole.get("result").cloned().unwrap_or_default()
    }

    /// How a task in it had ended.
    pub(super) fn end(self, task: &Text) -> Option<&'s Value> {
        self.whole.get("ends")?.get(task)
    }
}
