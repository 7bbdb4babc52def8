//! Truth, kinds, raised errors, and evaluation of text.

use std::sync::Arc;

use tidegate_json::Value;

use super::string::text;
use crate::error::{EvalError, Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;
use crate::parse::parse;
use crate::resolve::resolve;

pub(super) fn boolean(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].is_nothing() { Ok(Item::Nothing) } else { ev.truth(&args[0]).map(Item::from) }
}

pub(super) fn not(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].is_nothing() { Ok(Item::Nothing) } else { ev.truth(&args[0]).map(|truth| Item::from(!truth)) }
}

pub(super) fn exists(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(Item::from(!args[0].is_nothing()))
}

pub(super) fn type_name(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(text(match &args[0] {
        Item::Nothing => return Ok(Item::Nothing),
        Item::Json(value) => value.type_name(),
        Item::List(_) | Item::Tuples(_) => "array",
        Item::Record(_) => "object",
        Item::Function(_) => "function",
    }))
}

pub(super) fn error(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    fail("D3137", args[0].as_str().map_or("$error() function evaluated", |message| message))
}

pub(super) fn assert(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    match &args[0] {
        Item::Json(Value::Bool(true)) => Ok(Item::Nothing),
        _ => fail("D3141", args[1].as_str().map_or("$assert() statement failed", |message| message)),
    }
}

/// Evaluates text as an expression in the scope of the call; its fuel is that of the whole evaluation.
pub(super) fn eval(ev: &mut Evaluator<'_>, context: &Item, args: &[Item]) -> Result<Item> {
    let Some(source) = args[0].as_str() else { return Ok(Item::Nothing) };
    // Reading costs more per byte than any other pass over text.
    ev.burn(2 * source.len() as u64)?;
    let scope = ev.caller;
    let node = parse(source, ev.nesting_left()).and_then(|ast| resolve(ast, source));
    let node = match node {
        Ok(node) => Arc::new(node),
        Err(cause) if cause.code.starts_with('U') => return fail(cause.code, cause.message),
        Err(cause) => {
            return fail("D3120", format!("syntax error in the expression passed to `eval`: {cause}"));
        }
    };
    let input = match &args[1] {
        Item::Nothing => context.clone(),
        focus if focus.is_array() => Item::input(focus.clone()),
        focus => focus.clone(),
    };
    ev.eval(&node, &input, scope).map_err(|cause| match cause.code.starts_with('U') {
        true => cause,
        false => {
            let message = format!("error in the expression passed to `eval`: {cause}");
            Box::new(EvalError::new("D3121", message))
        }
    })
}
