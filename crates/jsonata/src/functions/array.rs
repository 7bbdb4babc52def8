//! Arrays: joining, ordering, shuffling, pairing.

use std::cmp::Ordering;

use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::{Elements, Item};

pub(super) fn count(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(args[0].elements().map_or(0, Elements::len).into())
}

pub(super) fn append(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    match (&args[0], &args[1]) {
        (Item::Nothing, other) | (other, Item::Nothing) => Ok(other.clone()),
        (first, second) => {
            let mut items = first.clone().into_items();
            let more = second.clone().into_items();
            ev.check_length(items.len() + more.len())?;
            ev.burn_items(items.len() + more.len())?;
            items.extend(more);
            Ok(Item::list(items))
        }
    }
}

/// By the comparison given, which says whether its first argument goes after its second; else by size.
pub(super) fn sort(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].is_nothing() {
        return Ok(Item::Nothing);
    }
    let items = args[0].clone().into_items();
    ev.burn_items(items.len())?;
    let sorted = match &args[1] {
        Item::Function(goes_after) => ev.merge_sort(items, &mut |ev, a, b| {
            let answer = ev.apply(goes_after, vec![a.clone(), b.clone()], &Item::Nothing)?;
            Ok(if ev.truth(&answer)? { Ordering::Greater } else { Ordering::Equal })
        })?,
        _ if items.iter().all(|item| item.as_number().is_some()) => {
            ev.merge_sort(items, &mut |ev, a, b| {
                ev.burn(1)?;
                Ok(a.as_number().cmp(&b.as_number()))
            })?
        }
        _ if items.iter().all(|item| item.as_str().is_some()) => ev.merge_sort(items, &mut |ev, a, b| {
            ev.burn(1)?;
            Ok(a.as_str().cmp(&b.as_str()))
        })?,
        _ => return fail("D3070", "without a comparison, `sort` takes numbers only or strings only"),
    };
    Ok(Item::list(sorted))
}

pub(super) fn reverse(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].is_nothing() {
        return Ok(Item::Nothing);
    }
    let mut items = args[0].clone().into_items();
    ev.burn_items(items.len())?;
    items.reverse();
    Ok(Item::list(items))
}

/// Fisher-Yates.
pub(super) fn shuffle(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].is_nothing() {
        return Ok(Item::Nothing);
    }
    let mut items = args[0].clone().into_items();
    ev.burn_items(items.len())?;
    for end in (2..=items.len()).rev() {
        items.swap(end - 1, ev.random.below(end));
    }
    Ok(Item::list(items))
}

pub(super) fn distinct(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(elements) = args[0].elements() else { return Ok(args[0].clone()) };
    if elements.len() <= 1 {
        return Ok(args[0].clone());
    }
    let mut kept: Vec<Item> = Vec::new();
    for element in elements.iter() {
        let mut known = false;
        for (seen, earlier) in kept.iter().enumerate() {
            if seen % 3 == 0 {
                ev.burn(1)?;
            }
            known = ev.equal(&element, earlier)?;
            if known {
                break;
            }
        }
        if !known {
            kept.push(element);
        }
    }
    Ok(if args[0].is_sequence() { Item::sequence(kept) } else { Item::list(kept) })
}

/// The first of each, the second of each, as far as the shortest goes.
pub(super) fn zip(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let shortest = args.iter().map(|arg| arg.elements().map_or(0, Elements::len)).min().unwrap_or(0);
    ev.burn(shortest as u64)?;
    ev.burn_items(shortest.saturating_mul(args.len()))?;
    let row =
        |at| Item::list(args.iter().filter_map(Item::elements).map(|elements| elements.get(at)).collect());
    Ok(Item::list((0..shortest).map(row).collect()))
}
