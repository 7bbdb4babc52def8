//! Names of what is to be done again: `TASK`, or `TASK[3]` for one instance of it or one item, from the outermost map inwards.

use tidegate_json::Value;
use tidegate_model::RunId;

use super::RerunError;
use super::shape::Shape;
use super::trace::{Instance, Trace};
use crate::nearest::nearest;

/// What the group that was made for a mapped task, or the task in it, has behind the task's id.
const ITEMS: &str = ":items";

/// Something that was named.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A task in an instance.
    Task { instance: usize, task: String },
    /// All that is in an instance of a group.
    Instance(usize),
    /// An item of a mapped function.
    Item { instance: usize, task: String, index: u32 },
}

/// What `text` names in the run that `trace` is of: one thing, in all instances that it stands for.
pub(super) fn find(text: &str, shape: &Shape<'_>, trace: &Trace, run: RunId) -> Result<Names, RerunError> {
    let (id, indexes) = parse(text)?;
    let Some((id, task)) = shape.tasks.get_key_value(id) else {
        let known = shape.tasks.keys().copied().filter(|id| !id.ends_with(ITEMS));
        let near = nearest(id, known).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| "`tidegate graph FILE` draws those that there are".to_owned());
        return Err(RerunError::new(format!("no task of the workflow is called `{id}`"), help));
    };
    // Of a task that is mapped, all items are the map.
    let single = task.level != 0 && shape.levels[task.level].single == Some(*id);
    if let (true, true, Some(opener)) = (single, indexes.is_empty(), shape.levels[task.level].opener) {
        return find(opener, shape, trace, run);
    }
    let own = task.is_mapped.then_some(*id);
    let path = shape.path(0, task.level).unwrap_or_default();
    let maps: Vec<&str> = path.iter().copied().filter(|group| shape.tasks[group].is_mapped).collect();
    if indexes.len() > maps.len() + usize::from(own.is_some()) {
        let places = maps.len() + usize::from(own.is_some());
        let message = match places {
            0 => format!("`{id}` is in no map, and has no items"),
            1 => format!("`{id}` is in one map: it has one index"),
            _ => format!("`{id}` is in {places} maps: it has {places} indexes"),
        };
        return Err(RerunError::new(message, format!("name it as `{id}`")));
    }
    let mut indexes = indexes.into_iter();
    let mut found = vec![0];
    for group in path {
        let is_mapped = shape.tasks[group].is_mapped;
        let wanted = if is_mapped { indexes.next() } else { None };
        let mut inner = Vec::new();
        for instance in found {
            let all = trace.instances[instance].within.get(group).into_iter().flatten();
            inner.extend(all.filter(|(index, _)| wanted.is_none_or(|w| w == **index)).map(|(_, own)| *own));
        }
        if let (Some(wanted), true) = (wanted, inner.is_empty()) {
            let message = format!("`{text}`: run {run} had no item {wanted} of `{group}`");
            return Err(RerunError::new(message, "items are counted from 0"));
        }
        if inner.is_empty() {
            let message = format!("`{text}`: run {run} had no instance of the group `{group}`");
            return Err(RerunError::new(message, format!("name the group: `{group}`")));
        }
        found = inner;
    }
    let named = found.into_iter();
    match (indexes.next(), task.group) {
        (None, _) => Ok(named.map(|instance| Named::Task { instance, task: (*id).to_owned() }).collect()),
        (Some(index), Some(_)) => {
            let all =
                named.filter_map(|around| trace.instances[around].within.get(*id)?.get(&index).copied());
            let all: Names = all.map(Named::Instance).collect();
            if all.is_empty() {
                let message = format!("`{text}`: run {run} had no item {index} of `{id}`");
                return Err(RerunError::new(message, "items are counted from 0"));
            }
            Ok(all)
        }
        (Some(index), None) => {
            let named: Vec<usize> = named.filter(|own| size(&trace.instances[*own], id) > index).collect();
            if named.is_empty() {
                let message = format!("`{text}`: run {run} had no item {index} of `{id}`");
                return Err(RerunError::new(message, "items are counted from 0"));
            }
            let named = named.into_iter();
            Ok(named.map(|instance| Named::Item { instance, task: (*id).to_owned(), index }).collect())
        }
    }
}

/// How many items the mapped function `id` had.
fn size(instance: &Instance, id: &str) -> u32 {
    // Where it was kept whole, its result tells.
    let result = instance.ends.get(id).and_then(|ended| ended.data.get("result")).and_then(Value::as_array);
    let kept = result.map_or(0, |result| u32::try_from(result.len()).unwrap_or(u32::MAX));
    instance.sizes.get(id).copied().unwrap_or(kept)
}

/// All that one name stands for.
pub(super) type Names = Vec<Named>;

/// The id and the indexes in `TASK[1,2]`.
fn parse(text: &str) -> Result<(&str, Vec<u32>), RerunError> {
    let Some((id, rest)) = text.split_once('[') else { return Ok((text, Vec::new())) };
    let numbers = rest.strip_suffix(']').map(|list| list.split(',').map(|number| number.trim().parse()));
    let numbers = numbers.and_then(|numbers| numbers.collect::<Result<Vec<u32>, _>>().ok());
    numbers.map(|numbers| (id, numbers)).ok_or_else(|| {
        RerunError::new(
            format!("`{text}` is no name of a task"),
            "write `TASK`, or `TASK[3]` for one instance, `TASK[0,2]` where maps nest",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_indexes_behind_them() {
        assert_eq!(parse("g.x"), Ok(("g.x", Vec::new())));
        assert_eq!(parse("g.h.y[0, 2]"), Ok(("g.h.y", vec![0, 2])));
        for wrong in ["g[", "g[]", "g[x]", "g[1]x", "g[-1]"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
