//! Names of replicas: `2_A`, `4_A_B`; after `Z` come `AA`, `AB`, ….

use std::collections::BTreeMap;

use tidegate_json::{Map, Value};

/// The name of the replica of task `id` at `path`: its place, from 0, in each of the replications that it stands in, the
/// outermost first. The id itself where there are none.
#[must_use]
pub fn replica(id: &str, path: &[usize]) -> String {
    let mut name = id.to_owned();
    for place in path {
        name.push('_');
        name.push_str(&letters(*place));
    }
    name
}

/// The letters for a place, from 0.
#[must_use]
pub fn letters(place: usize) -> String {
    const BASE: usize = 26;
    let mut backwards = Vec::new();
    let mut rest = place;
    loop {
        backwards.push(b'A' + (rest % BASE) as u8);
        match (rest / BASE).checked_sub(1) {
            Some(higher) => rest = higher,
            None => break,
        }
    }
    backwards.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// `results` by task, with those of the tasks in `depths`, which are lists in lists as deep as that, each under the name of
/// its replica.
pub(crate) fn replicas(results: &Map, depths: &BTreeMap<String, usize>) -> Map {
    let mut named = Map::with_capacity(results.len());
    for (task, result) in results {
        match depths.get(task.as_str()) {
            Some(depth) => name_each(task, &mut Vec::new(), *depth, result, &mut named),
            None => {
                named.insert(task.clone(), result.clone());
            }
        }
    }
    named
}

/// Puts `result`, lists in lists `depth` deep below the replicas at `path`, into `named`; what has no result is left out.
pub(super) fn name_each(id: &str, path: &mut Vec<usize>, depth: usize, result: &Value, named: &mut Map) {
    let Some(deeper) = depth.checked_sub(1) else {
        if !result.is_null() {
            named.insert(replica(id, path), result.clone());
        }
        return;
    };
    for (place, item) in result.as_array().into_iter().flat_map(|items| items.iter()).enumerate() {
        path.push(place);
        name_each(id, path, deeper, item, named);
        path.pop();
    }
}

/// The id that `name` could be a replica's name of, where it ends in letters as those have.
#[must_use]
pub(super) fn base(name: &str) -> Option<&str> {
    let (base, letters) = name.rsplit_once('_')?;
    let is_letters = !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_letters && !base.is_empty()).then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_counted_in_letters() {
        assert_eq!(replica("1", &[]), "1");
        assert_eq!(replica("2", &[0]), "2_A");
        assert_eq!(replica("4", &[0, 1]), "4_A_B");
        for (place, expected) in
            [(25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
        {
            assert_eq!(letters(place), expected);
        }
        assert_eq!(
            [base("2_A"), base("a_b"), base("_A"), base("2_"), base("x")],
            [Some("2"), None, None, None, None]
        );
    }
}
