//! `$formatInteger` and `$parseInteger`: integers by XPath pictures (XPath and XQuery Functions 3.1, section 4.6).
//!
//! - `picture`: what a picture asks for
//! - `words`: English words, cardinal and ordinal
//! - `numerals`: Roman numerals and letters

mod numerals;
pub(super) mod picture;
mod words;

use super::number::number_item;
use super::string::text;
use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;
use picture::{Case, IntegerPicture, Style};

pub(super) fn format_integer(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(number), Some(picture)) = (args[0].as_number(), args[1].as_str()) else {
        return Ok(Item::Nothing);
    };
    ev.burn_text(picture.len())?;
    let picture = IntegerPicture::parse(picture)?;
    let whole = number.as_f64().floor();
    if picture.style == Style::Roman {
        // One `M` for every thousand.
        ev.burn_text((whole.abs() / 1000.0).min(1e18) as usize)?;
    }
    Ok(text(format(whole, &picture)))
}

/// `whole` as `picture` asks.
pub(super) fn format(whole: f64, picture: &IntegerPicture) -> String {
    let size = whole.abs();
    let cased = |formatted: String| match picture.case {
        Case::Upper => formatted.to_uppercase(),
        Case::Lower => formatted.to_lowercase(),
        Case::Title => formatted,
    };
    let formatted = match picture.style {
        Style::Letters => cased(numerals::to_letters(size)),
        Style::Roman => cased(numerals::to_roman(size)),
        Style::Words => cased(words::to_words(size, picture.ordinal)),
        Style::Decimal => decimal(size, picture),
    };
    if whole < 0.0 { format!("-{formatted}") } else { formatted }
}

fn decimal(size: f64, picture: &IntegerPicture) -> String {
    let digits = format!("{size:0>width$}", width = picture.digits_min);
    let mut grouped: Vec<char> = Vec::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().rev().enumerate() {
        grouped.extend(picture.separator_at(at));
        grouped.push(picture.digit(digit));
    }
    let mut formatted: String = grouped.into_iter().rev().collect();
    if picture.ordinal {
        formatted.push_str(ordinal_suffix(&digits));
    }
    formatted
}

fn ordinal_suffix(digits: &str) -> &'static str {
    let teen = digits.len() > 1 && digits.as_bytes()[digits.len() - 2] == b'1';
    match digits.as_bytes().last() {
        Some(b'1') if !teen => "st",
        Some(b'2') if !teen => "nd",
        Some(b'3') if !teen => "rd",
        _ => "th",
    }
}

pub(super) fn parse_integer(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(given), Some(picture)) = (args[0].as_str(), args[1].as_str()) else { return Ok(Item::Nothing) };
    ev.burn_text(given.len() + picture.len())?;
    let picture = IntegerPicture::parse(picture)?;
    match parse(given, &picture) {
        Some(whole) => Ok(number_item(whole)),
        None => fail("D3137", format!("{given:?} is not an integer of the form its picture asks for")),
    }
}

/// The integer that `given` says in the form of `picture`.
pub(super) fn parse(given: &str, picture: &IntegerPicture) -> Option<f64> {
    match picture.style {
        Style::Letters => numerals::from_letters(given),
        Style::Roman => numerals::from_roman(given),
        Style::Words => words::from_words(given),
        Style::Decimal => {
            let digits = if picture.ordinal {
                given.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            } else {
                given
            };
            let digits: String = digits
                .chars()
                .filter(|c| !picture.is_separator(*c))
                .map(|c| picture.plain_digit(c))
                .collect();
            digits
                .parse::<f64>()
                .ok()
                .filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit() || digit == b'-'))
        }
    }
}

/// A regular expression for the texts that [`parse`] reads, without anchors.
pub(super) fn pattern(picture: &IntegerPicture, exact_width: bool) -> String {
    match picture.style {
        Style::Letters => "[A-Za-z]+".to_owned(),
        Style::Roman => "[MDCLXVImdclxvi]+".to_owned(),
        Style::Words => words::pattern(),
        Style::Decimal => {
            let zero = picture.digit('0');
            let class = format!("[{zero}-{}{}]", picture.digit('9'), picture.separators_class());
            let count =
                if exact_width { format!("{{{}}}", picture.digits_min.max(1)) } else { "+".to_owned() };
            format!("{class}{count}{}", if picture.ordinal { "(?:th|st|nd|rd)" } else { "" })
        }
    }
}
