//! An instance of a group: what it starts with, and what the expressions of its tasks can read.
//!
//! The input of its scope is an object: `item` and `index` of the map that it is an instance of, `items` and `indexes` of all
//! maps around it, from the outermost, and `given`, where the group was made for one mapped task, what that gets.

use std::collections::BTreeMap;

use tidegate_engine::action::Plan;
use tidegate_engine::scene::Scene;
use tidegate_json::Value;

use super::tell;

/// What the input of an instance, and the ends of tasks in it, have: its place in each map around, the outermost first.
pub(super) const INDEXES: &str = "indexes";

/// The names that the expressions of a task read, and whose results these are.
#[derive(Debug)]
pub(super) struct Reads {
    /// Of tasks whose ends are heard where it stands; `None` where these are called by their ids.
    pub(super) inside: Option<BTreeMap<String, String>>,
    /// Of tasks further out.
    pub(super) outside: BTreeMap<String, String>,
}

impl Reads {
    /// What is known under these names, and of the instance.
    pub(super) fn bind<'n>(&'n self, plan: &'n Plan<'_, '_>) -> Vec<(&'n str, Value)> {
        let results = plan.context.get("results").and_then(Value::as_object);
        let mut names: Vec<(&str, Value)> = match &self.inside {
            None => {
                let results = results.into_iter().flat_map(|results| results.iter());
                results.map(|(task, result)| (task.as_str(), result.clone())).collect()
            }
            Some(reads) => {
                let known = |(name, task): (&'n String, &'n String)| {
                    Some((name.as_str(), results?.get(task.as_str())?.clone()))
                };
                reads.iter().filter_map(known).collect()
            }
        };
        let known = |(name, task): (&'n String, &'n String)| {
            Some((name.as_str(), tell::find(plan.scene, task)?.get("result")?.clone()))
        };
        names.extend(self.outside.iter().filter_map(known));
        if is_one(plan.scene) {
            names.push(("input", tell::run_input(plan.scene).cloned().unwrap_or_default()));
            for key in ["item", "index", "items", INDEXES] {
                names.extend(plan.scene.input.get(key).map(|value| (key, value.clone())));
            }
        }
        names
    }
}

/// Whether the scope is an instance of a group, and not the run.
pub(super) fn is_one(scene: &Scene<'_>) -> bool {
    !scene.outer.is_null()
}

/// The input of the run.
pub(super) fn run_input<'s>(scene: &'s Scene<'_>) -> &'s Value {
    if is_one(scene) { tell::run_input(scene).unwrap_or(&Value::Null) } else { scene.input }
}

/// What a task without an `input` gets.
pub(super) fn given<'s>(scene: &'s Scene<'_>) -> &'s Value {
    if !is_one(scene) {
        return scene.input;
    }
    let own = scene.input.get("given").or_else(|| scene.input.get("item"));
    own.or_else(|| tell::run_input(scene)).unwrap_or(&Value::Null)
}

/// What the one instance of a group starts with that is not mapped, in a scope with the input `around`.
pub(super) fn plain(around: &Value) -> Value {
    let kept = ["item", "items", INDEXES].into_iter();
    Value::object(kept.filter_map(|key| Some((key, around.get(key)?.clone()))))
}

/// What the instances of a mapped group start with.
pub(super) fn of_items(around: &Value, items: Vec<Value>, given: Option<Vec<Value>>) -> Vec<Value> {
    let list =
        |key: &str| around.get(key).and_then(Value::as_array).map(|list| list.to_vec()).unwrap_or_default();
    let (outer_items, outer_indexes) = (list("items"), list(INDEXES));
    let mut given = given.map(Vec::into_iter);
    let one = |(index, item): (usize, Value)| {
        let with = |list: &[Value], last: Value| Value::from([list, &[last]].concat());
        let mut input = Value::object([
            ("index", Value::from(index)),
            (INDEXES, with(&outer_indexes, Value::from(index))),
        ]);
        match given.as_mut().and_then(Iterator::next) {
            // What the one task gets has been said; it has no expressions.
            Some(given) => input.set("given", given),
            None => {
                input.set("items", with(&outer_items, item.clone()));
                input.set("item", item);
            }
        }
        input
    };
    items.into_iter().enumerate().map(one).collect()
}
