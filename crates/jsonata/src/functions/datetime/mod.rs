//! Instants as text: `$now`, `$millis`, `$fromMillis`, `$toMillis`.
//!
//! - `calendar`: days to dates, and ISO weeks
//! - `picture`: what an XPath date picture asks for (XPath and XQuery Functions 3.1, section 9.8.4)
//! - `format`, `parse`: instants by picture
//! - `iso`: instants in ISO 8601, without a picture

mod calendar;
mod format;
mod iso;
mod parse;
mod picture;

use tidegate_json::Value;

use super::string::text;
use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;
use picture::DatePicture;

/// The instants that JavaScript's `Date` can hold, in milliseconds either side of 1970.
const MILLIS_MAX: f64 = 8.64e15;

pub(super) fn now(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    formatted(ev, ev.env.now, &args[0], &args[1])
}

pub(super) fn millis(ev: &mut Evaluator<'_>, _: &Item, _: &[Item]) -> Result<Item> {
    Ok(Item::Json(Value::from(ev.env.now)))
}

pub(super) fn from_millis(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(millis) = args[0].as_number() else { return Ok(Item::Nothing) };
    let millis = millis.as_f64().trunc();
    if millis.abs() > MILLIS_MAX {
        return fail("D3110", format!("{millis} milliseconds is beyond the calendar"));
    }
    formatted(ev, millis as i64, &args[1], &args[2])
}

fn formatted(ev: &mut Evaluator<'_>, millis: i64, picture: &Item, zone: &Item) -> Result<Item> {
    let zone = zone.as_str().map_or(Ok(0), |zone| format::zone_minutes(zone))?;
    let picture = picture.as_str().map_or(picture::ISO, |picture| picture);
    ev.burn_text(picture.len())?;
    ev.burn(1)?;
    let picture = DatePicture::parse(picture)?;
    Ok(text(format::format(millis, zone, &picture)?))
}

pub(super) fn to_millis(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_str() else { return Ok(Item::Nothing) };
    ev.burn_text(given.len())?;
    let millis = match args[1].as_str() {
        None => Some(iso::parse(given)?),
        Some(picture) => {
            // A picture becomes a regular expression, which is compiled here.
            ev.burn(500 + 10 * picture.len() as u64)?;
            parse::parse(given, &DatePicture::parse(picture)?, ev.env.now)?
        }
    };
    Ok(millis.map_or(Item::Nothing, |millis| Item::Json(Value::from(millis))))
}
