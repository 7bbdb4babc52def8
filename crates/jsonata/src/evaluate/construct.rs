//! Constructors: arrays, and objects whose members may be grouped from many items.

use tidegate_json::{Map, Str};

use super::{Evaluator, FrameId};
use crate::error::{Details, Result, fail_about};
use crate::item::{Item, Tuple};
use crate::node::{Node, NodeKind, Pair};

/// Items that share a key, and the member that gave it.
struct Gathered {
    pair: usize,
    items: Vec<Item>,
    tuples: Vec<Tuple>,
}

impl Evaluator<'_> {
    /// `[a, b]`: sequences are flattened one level, inner array constructors are not.
    pub(super) fn array(
        &mut self,
        node: &Node,
        parts: &[Node],
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        let mut elements = Vec::with_capacity(parts.len());
        for part in parts {
            let value = self.eval(part, input, frame)?;
            if matches!(part.kind, NodeKind::Array(_)) {
                elements.push(value);
                continue;
            }
            if value.is_array() {
                let more = value.into_items();
                self.burn_items(more.len())?;
                self.check_length(elements.len() + more.len())?;
                elements.extend(more);
            } else if !value.is_nothing() {
                elements.push(value);
            }
        }
        Ok(if node.constructs { Item::constructed(elements) } else { Item::list(elements) })
    }

    /// `{key: value}` over one item or many: items with equal keys are gathered, then each member is evaluated once.
    pub(super) fn group(&mut self, pairs: &[Pair], input: Item, frame: FrameId) -> Result<Item> {
        let mut groups: Map<Gathered> = Map::new();
        if let Item::Tuples(tuples) = &input {
            for tuple in tuples.iter() {
                let scope = self.open_tuple(tuple, frame);
                for (at, pair) in pairs.iter().enumerate() {
                    let key = self.eval(&pair.key, &tuple.item, scope)?;
                    if let Some(group) = gathered(&mut groups, &key, at)? {
                        group.tuples.push(tuple.clone());
                    }
                }
                self.close(scope);
            }
        } else {
            let mut items = match input.is_array() {
                true => input.into_items(),
                false => vec![input],
            };
            if items.is_empty() {
                items.push(Item::Nothing);
            }
            for item in items {
                for (at, pair) in pairs.iter().enumerate() {
                    let key = self.eval(&pair.key, &item, frame)?;
                    if let Some(group) = gathered(&mut groups, &key, at)? {
                        append(&mut group.items, item.clone());
                    }
                }
            }
        }
        self.members(pairs, groups, frame)
    }

    fn members(&mut self, pairs: &[Pair], groups: Map<Gathered>, frame: FrameId) -> Result<Item> {
        let mut members = Map::with_capacity(groups.len());
        for (key, group) in groups {
            let value = &pairs[group.pair].value;
            let value = if group.tuples.is_empty() {
                self.eval(value, &context_of(group.items), frame)?
            } else {
                let tuple = self.reduced(group.tuples)?;
                let scope = self.open_tuple(&tuple, frame);
                let value = self.eval(value, &tuple.item, scope)?;
                self.close(scope);
                value
            };
            if !value.is_nothing() {
                members.insert(key, value);
            }
        }
        Ok(Item::record(members))
    }

    /// One tuple whose item and variables are the sequences of all of them.
    fn reduced(&mut self, tuples: Vec<Tuple>) -> Result<Tuple> {
        let mut items = Vec::new();
        let mut bindings: Vec<(Str, Vec<Item>)> = Vec::new();
        for tuple in tuples {
            self.burn_items(1 + tuple.bindings.len())?;
            append(&mut items, tuple.item);
            for (name, item) in tuple.bindings {
                match bindings.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, gathered)) => append(gathered, item),
                    None => bindings.push((name, vec![item])),
                }
            }
        }
        let bindings = bindings.into_iter().map(|(name, items)| (name, context_of(items))).collect();
        Ok(Tuple { item: context_of(items), bindings })
    }
}

fn gathered<'g>(groups: &'g mut Map<Gathered>, key: &Item, pair: usize) -> Result<Option<&'g mut Gathered>> {
    if key.is_nothing() {
        return Ok(None);
    }
    let Some(key) = key.as_str() else {
        return fail_about("T1003", Details::item(key), "a key of an object must be a string");
    };
    if !groups.contains_key(key) {
        groups.insert(key, Gathered { pair, items: Vec::new(), tuples: Vec::new() });
    }
    match groups.get_mut(key) {
        Some(group) if group.pair == pair => Ok(Some(group)),
        _ => {
            let message = format!("two members of an object have the same key {key:?}");
            fail_about("D1009", Details::value(key), message)
        }
    }
}

/// Joins arrays end to end once there is more than one.
fn append(gathered: &mut Vec<Item>, item: Item) {
    if gathered.len() == 1 && gathered[0].is_array() {
        let first = gathered.remove(0);
        gathered.extend(first.into_items());
        gathered.extend(item.into_items());
    } else if gathered.is_empty() {
        gathered.push(item);
    } else {
        gathered.extend(item.into_items());
    }
}

fn context_of(mut items: Vec<Item>) -> Item {
    if items.len() == 1 { items.swap_remove(0) } else { Item::sequence(items) }
}
