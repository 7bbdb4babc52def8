//! Objects: their names, members and merging.

use tidegate_json::{Map, Str};

use super::higher_order::function_of;
use super::string::text;
use crate::error::Result;
use crate::evaluate::Evaluator;
use crate::item::Item;

/// The names of an object, or of all objects of an array, each once.
pub(super) fn keys(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let mut names: Map<()> = Map::new();
    gather_keys(ev, &args[0], &mut names)?;
    Ok(Item::sequence(names.keys().map(text).collect()))
}

fn gather_keys(ev: &mut Evaluator<'_>, item: &Item, names: &mut Map<()>) -> Result<()> {
    ev.enter()?;
    if let Some(members) = item.members() {
        ev.burn_items(members.len())?;
        names.extend(members.keys().into_iter().map(|key| (key, ())));
    } else if let Some(elements) = item.elements() {
        for element in elements.iter() {
            gather_keys(ev, &element, names)?;
        }
    }
    ev.leave();
    Ok(())
}

pub(super) fn lookup(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let name = args[1].as_str().cloned().unwrap_or_default();
    ev.name(&name, &args[0])
}

/// An object as objects of one member each; an array of objects likewise, flattened.
pub(super) fn spread(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].members().is_none() && !args[0].is_array() {
        return Ok(args[0].clone());
    }
    let mut parts = Vec::new();
    spread_into(ev, &args[0], &mut parts)?;
    Ok(Item::sequence(parts))
}

fn spread_into(ev: &mut Evaluator<'_>, item: &Item, parts: &mut Vec<Item>) -> Result<()> {
    ev.enter()?;
    if let Some(members) = item.members() {
        let part = |(key, value): (&Str, Item)| Item::record([(key, value)].into_iter().collect());
        ev.burn(members.len() as u64)?;
        parts.extend(members.iter().map(part));
    } else if let Some(elements) = item.elements() {
        for element in elements.iter() {
            spread_into(ev, &element, parts)?;
        }
    } else {
        parts.push(item.clone());
    }
    ev.check_length(parts.len())?;
    ev.leave();
    Ok(())
}

/// One object with the members of all; later ones win.
pub(super) fn merge(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(elements) = args[0].elements() else { return Ok(Item::Nothing) };
    let mut merged = Map::new();
    for element in elements.iter() {
        if let Some(members) = element.members() {
            ev.burn(1)?;
            ev.burn_items(members.len())?;
            merged.extend(members.iter());
        }
    }
    Ok(Item::record(merged))
}

/// The members for which a function of value, name and object holds; nothing if there are none.
pub(super) fn sift(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(members), Some(keep)) = (args[0].members(), function_of(&args[1])) else {
        return Ok(Item::Nothing);
    };
    let mut kept = Map::new();
    for (key, value) in members.iter() {
        let answer = ev.apply_up_to(keep, vec![value.clone(), text(key), args[0].clone()])?;
        if ev.truth(&answer)? {
            kept.insert(key, value);
        }
    }
    Ok(if kept.is_empty() { Item::Nothing } else { Item::record(kept) })
}

/// What a function of value, name and object gives for each member.
pub(super) fn each(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(members), Some(function)) = (args[0].members(), function_of(&args[1])) else {
        return Ok(Item::Nothing);
    };
    let mut results = Vec::new();
    for (key, value) in members.iter() {
        let result = ev.apply_up_to(function, vec![value, text(key), args[0].clone()])?;
        if !result.is_nothing() {
            results.push(result);
        }
    }
    Ok(Item::sequence(results))
}

/// Items never change, so a copy is the thing itself.
pub(super) fn clone(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(args[0].clone())
}
