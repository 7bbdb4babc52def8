//! Text: lengths and positions count characters (code points).

use tidegate_json::{Str, Value};

use crate::error::{Details, Result, fail_about};
use crate::evaluate::Evaluator;
use crate::evaluate::measure::Layout;
use crate::item::Item;

pub(super) fn string(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    if args[0].is_nothing() {
        return Ok(Item::Nothing);
    }
    let pretty = ev.truth(&args[1])?;
    ev.text_of(&args[0], if pretty { Layout::Pretty } else { Layout::Compact }).map(text)
}

/// A string item.
pub(super) fn text(text: impl Into<Str>) -> Item {
    Item::Json(Value::String(text.into()))
}

/// Runs `change` on the first argument, paying for its length; nothing stays nothing.
pub(super) fn of_text(
    ev: &mut Evaluator<'_>,
    args: &[Item],
    change: impl FnOnce(&str) -> Result<Item>,
) -> Result<Item> {
    let Some(given) = args[0].as_str() else { return Ok(Item::Nothing) };
    ev.burn_text(given.len())?;
    change(given)
}

pub(super) fn length(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| Ok(given.chars().count().into()))
}

pub(super) fn lowercase(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| Ok(text(given.to_lowercase())))
}

pub(super) fn uppercase(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| Ok(text(given.to_uppercase())))
}

/// Runs of white space become one space; none stays at the ends.
pub(super) fn trim(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| {
        let words: Vec<&str> = given.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
        Ok(text(words.join(" ")))
    })
}

/// Negative starts count from the end.
pub(super) fn substring(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let start = number_or(&args[1], 0.0).trunc();
    let length = args[2].as_number().map(|length| length.as_f64());
    of_text(ev, args, |given| {
        let total = given.chars().count() as f64;
        let start = if start < 0.0 { (total + start).max(0.0) } else { start };
        let end = length.map_or(total, |length| (start + length).trunc());
        Ok(text(char_slice(given, start, end)))
    })
}

fn char_slice(given: &str, start: f64, end: f64) -> &str {
    let byte = |position: f64| given.char_indices().nth(position as usize).map_or(given.len(), |(at, _)| at);
    if end <= start { "" } else { &given[byte(start)..byte(end)] }
}

pub(super) fn number_or(item: &Item, otherwise: f64) -> f64 {
    item.as_number().map_or(otherwise, |number| number.as_f64())
}

pub(super) fn substring_before(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let marker = args[1].as_str().cloned().unwrap_or_default();
    of_text(ev, args, |given| Ok(text(given.split_once(marker.as_str()).map_or(given, |(before, _)| before))))
}

pub(super) fn substring_after(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let marker = args[1].as_str().cloned().unwrap_or_default();
    of_text(ev, args, |given| Ok(text(given.split_once(marker.as_str()).map_or(given, |(_, after)| after))))
}

/// Pads at the end, or at the start for a negative width.
pub(super) fn pad(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_str() else { return Ok(Item::Nothing) };
    let width = number_or(&args[1], 0.0).trunc();
    let filler = args[2].as_str().map(Str::as_str).filter(|filler| !filler.is_empty()).unwrap_or(" ");
    let missing = width.abs() - given.chars().count() as f64;
    if missing < 1.0 {
        return Ok(args[0].clone());
    }
    let missing = missing as usize;
    ev.burn_text(given.len().saturating_add(missing.saturating_mul(4)))?;
    let padding: String = filler.chars().cycle().take(missing).collect();
    Ok(text(if width < 0.0 { padding + given } else { given.as_str().to_owned() + &padding }))
}

pub(super) fn join(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(elements) = args[0].elements() else { return Ok(Item::Nothing) };
    let separator = args[1].as_str().cloned().unwrap_or_default();
    let mut joined = String::new();
    for (at, element) in elements.iter().enumerate() {
        let Some(element) = element.as_str() else {
            let details = Details::value("strings").argument(1);
            return fail_about("T0412", details, "argument 1 of function `join` must be an array of strings");
        };
        if at > 0 {
            joined.push_str(&separator);
        }
        joined.push_str(element);
        if at % 64 == 63 {
            ev.burn(8)?;
            ev.burn_text(joined.len() / 64)?;
        }
        if joined.len() > ev.env.limits.text_bytes {
            break;
        }
    }
    ev.burn_items(elements.len())?;
    ev.burn_text(joined.len())?;
    Ok(text(joined))
}
