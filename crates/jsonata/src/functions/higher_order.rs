//! Functions that take functions and go over arrays.

use std::rc::Rc;

use super::Function;
use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;

pub(super) fn function_of(item: &Item) -> Option<&Rc<Function>> {
    match item {
        Item::Function(function) => Some(function),
        _ => None,
    }
}

pub(super) fn map(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(elements), Some(function)) = (args[0].elements(), function_of(&args[1])) else {
        return Ok(Item::Nothing);
    };
    let mut results = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        ev.burn(1)?;
        let result = ev.apply_up_to(function, vec![element, at.into(), args[0].clone()])?;
        if !result.is_nothing() {
            results.push(result);
        }
    }
    Ok(Item::sequence(results))
}

pub(super) fn filter(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(elements), Some(function)) = (args[0].elements(), function_of(&args[1])) else {
        return Ok(Item::Nothing);
    };
    let mut kept = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        ev.burn(1)?;
        let answer = ev.apply_up_to(function, vec![element.clone(), at.into(), args[0].clone()])?;
        if ev.truth(&answer)? {
            kept.push(element);
        }
    }
    Ok(Item::sequence(kept))
}

/// The one element for which a function holds.
pub(super) fn single(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(elements) = args[0].elements() else { return Ok(Item::Nothing) };
    let mut found = None;
    for (at, element) in elements.iter().enumerate() {
        ev.burn(1)?;
        if let Some(function) = function_of(&args[1]) {
            let answer = ev.apply_up_to(function, vec![element.clone(), at.into(), args[0].clone()])?;
            if !ev.truth(&answer)? {
                continue;
            }
        }
        if found.replace(element).is_some() {
            return fail("D3138", "`single` expected one matching element and found more");
        }
    }
    match found {
        Some(element) => Ok(element),
        None => fail("D3139", "`single` expected one matching element and found none"),
    }
}

/// Folds from the left; without a start, from the first element.
pub(super) fn reduce(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(elements), Some(function)) = (args[0].elements(), function_of(&args[1])) else {
        return Ok(Item::Nothing);
    };
    if function.arity() < 2 {
        return fail("D3050", "the function passed to `reduce` must take at least two arguments");
    }
    let mut rest = elements.iter().enumerate();
    let mut folded = match &args[2] {
        Item::Nothing => rest.next().map_or(Item::Nothing, |(_, first)| first),
        start => start.clone(),
    };
    for (at, element) in rest {
        ev.burn(1)?;
        folded = ev.apply_up_to(function, vec![folded, element, at.into(), args[0].clone()])?;
    }
    Ok(folded)
}
