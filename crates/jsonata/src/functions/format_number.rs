//! `$formatNumber`: decimal pictures of XPath and XQuery Functions 3.1, section 4.7.

use tidegate_json::Str;

use super::number::rounded;
use super::string::text;
use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;

pub(super) fn format_number(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(number), Some(picture)) = (args[0].as_number(), args[1].as_str()) else {
        return Ok(Item::Nothing);
    };
    // A picture is read several times over, and a number has up to 309 digits.
    ev.burn_text(picture.len() * 16 + 512)?;
    let symbols = Symbols::with(&args[2]);
    let subs: Vec<&str> = picture.split(symbols.pattern_separator).collect();
    if subs.len() > 2 {
        return fail("D3080", "a picture has at most two parts");
    }
    let subs = subs.into_iter().map(|sub| Picture::parse(sub, &symbols)).collect::<Result<Vec<_>>>()?;
    let number = number.as_f64();
    let (sign, picture) = match subs.get(1) {
        _ if number >= 0.0 => ("", &subs[0]),
        Some(negative) => ("", negative),
        None => (symbols.minus_sign.as_str(), &subs[0]),
    };
    Ok(text(format!("{sign}{}{}{}", picture.prefix, picture.body(number.abs(), &symbols), picture.suffix)))
}

/// The characters that mean something in a picture.
struct Symbols {
    decimal_separator: char,
    grouping_separator: char,
    exponent_separator: char,
    minus_sign: Str,
    percent: Str,
    per_mille: Str,
    zero_digit: char,
    digit: char,
    pattern_separator: char,
}

impl Symbols {
    fn with(options: &Item) -> Self {
        let option = |name| options.members().and_then(|members| members.get(name).as_str().cloned());
        let one = |name, otherwise| option(name).and_then(|text| text.chars().next()).unwrap_or(otherwise);
        let some = |name, otherwise: &str| option(name).unwrap_or_else(|| Str::from(otherwise));
        Self {
            decimal_separator: one("decimal-separator", '.'),
            grouping_separator: one("grouping-separator", ','),
            exponent_separator: one("exponent-separator", 'e'),
            minus_sign: some("minus-sign", "-"),
            percent: some("percent", "%"),
            per_mille: some("per-mille", "\u{2030}"),
            zero_digit: one("zero-digit", '0'),
            digit: one("digit", '#'),
            pattern_separator: one("pattern-separator", ';'),
        }
    }

    fn is_digit(&self, c: char) -> bool {
        (u32::from(self.zero_digit)..u32::from(self.zero_digit) + 10).contains(&u32::from(c))
    }

    fn is_place(&self, c: char) -> bool {
        self.is_digit(c) || c == self.digit
    }

    fn is_active(&self, c: char) -> bool {
        self.is_place(c)
            || c == self.decimal_separator
            || c == self.grouping_separator
            || c == self.exponent_separator
    }

    /// An ASCII digit in the picture's script.
    fn script(&self, ascii: char) -> char {
        let worth = ascii.to_digit(10).and_then(|worth| char::from_u32(u32::from(self.zero_digit) + worth));
        worth.unwrap_or(ascii)
    }
}

/// One part of a picture, taken apart.
struct Picture {
    prefix: String,
    suffix: String,
    scale: f64,
    integer_min: usize,
    fraction_min: usize,
    fraction_max: usize,
    /// Digits before the point when there is an exponent.
    scaling: i32,
    exponent_min: Option<usize>,
    /// Distances of separators to the left of the point, and whether they repeat.
    integer_groups: Vec<usize>,
    regular_group: Option<usize>,
    fraction_groups: Vec<usize>,
}

/// The parts of a picture's text, before any is counted.
struct Parts<'p> {
    prefix: &'p str,
    suffix: &'p str,
    active: &'p str,
    integer: &'p str,
    fraction: &'p str,
    has_point: bool,
    exponent: Option<&'p str>,
}

impl<'p> Parts<'p> {
    fn of(sub: &'p str, symbols: &Symbols) -> Self {
        let shows = |c: char| symbols.is_active(c) && c != symbols.exponent_separator;
        // Without any place for a digit the whole part counts as active, and is refused for it.
        let start = sub.find(shows).unwrap_or(0);
        let end =
            sub.char_indices().rev().find(|(_, c)| shows(*c)).map_or(sub.len(), |(at, c)| at + c.len_utf8());
        let active = &sub[start..end];
        let (mantissa, exponent) = match active.split_once(symbols.exponent_separator) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (active, None),
        };
        let (integer, fraction) = mantissa.split_once(symbols.decimal_separator).unwrap_or((mantissa, ""));
        let has_point = mantissa.contains(symbols.decimal_separator);
        Self { prefix: &sub[..start], suffix: &sub[end..], active, integer, fraction, has_point, exponent }
    }

    fn check(&self, sub: &str, symbols: &Symbols) -> Result<()> {
        let count = |mark: &Str| if mark.is_empty() { 0 } else { sub.matches(mark.as_str()).count() };
        let (percents, per_milles) = (count(&symbols.percent), count(&symbols.per_mille));
        let grouping = symbols.grouping_separator;
        let places = |part: &str| part.chars().filter(|c| symbols.is_place(*c)).collect::<Vec<_>>();
        let digit_then_optional = |places: &[char]| {
            let first_digit = places.iter().position(|c| symbols.is_digit(*c)).unwrap_or(places.len());
            places[first_digit..].contains(&symbols.digit)
        };
        let mut fraction_backwards = places(self.fraction);
        fraction_backwards.reverse();
        let mistakes = [
            (
                "D3081",
                sub.matches(symbols.decimal_separator).count() > 1,
                "has more than one decimal separator",
            ),
            ("D3082", percents > 1, "has more than one percent sign"),
            ("D3083", per_milles > 1, "has more than one per-mille sign"),
            ("D3084", percents > 0 && per_milles > 0, "has both a percent and a per-mille sign"),
            ("D3085", places(self.integer).is_empty() && places(self.fraction).is_empty(), "has no digit"),
            (
                "D3086",
                self.active.chars().any(|c| !symbols.is_active(c)),
                "has other characters between its digits",
            ),
            (
                "D3087",
                self.has_point && (self.integer.ends_with(grouping) || self.fraction.starts_with(grouping)),
                "has a grouping separator beside the decimal separator",
            ),
            ("D3088", !self.has_point && self.integer.ends_with(grouping), "ends with a grouping separator"),
            ("D3089", sub.contains(&[grouping, grouping].iter().collect::<String>()), "has an empty group"),
            (
                "D3090",
                digit_then_optional(&places(self.integer)),
                "has an optional digit after a required one",
            ),
            ("D3091", digit_then_optional(&fraction_backwards), "has a required digit after an optional one"),
            (
                "D3092",
                self.exponent.is_some() && percents + per_milles > 0,
                "has an exponent and a percentage",
            ),
            (
                "D3093",
                self.exponent
                    .is_some_and(|part| part.is_empty() || !part.chars().all(|c| symbols.is_digit(c))),
                "has an exponent that is not made of digits",
            ),
        ];
        // Where several rules are broken, the last one is reported, as in the reference implementation.
        match mistakes.into_iter().rev().find(|(_, is_wrong, _)| *is_wrong) {
            Some((code, _, what)) => fail(code, format!("the picture {sub:?} {what}")),
            None => Ok(()),
        }
    }
}

impl Picture {
    fn parse(sub: &str, symbols: &Symbols) -> Result<Self> {
        let parts = Parts::of(sub, symbols);
        parts.check(sub, symbols)?;
        let digits = |part: &str| part.chars().filter(|c| symbols.is_digit(*c)).count();
        let places = |part: &str| part.chars().filter(|c| symbols.is_place(*c)).count();
        let scale = match () {
            () if !symbols.percent.is_empty() && sub.contains(symbols.percent.as_str()) => 100.0,
            () if !symbols.per_mille.is_empty() && sub.contains(symbols.per_mille.as_str()) => 1000.0,
            () => 1.0,
        };
        let (mut integer_min, mut fraction_min) = (digits(parts.integer), digits(parts.fraction));
        let mut fraction_max = places(parts.fraction);
        let scaling = integer_min as i32;
        let has_exponent = parts.exponent.is_some();
        if integer_min == 0 && fraction_max == 0 {
            if has_exponent {
                (fraction_min, fraction_max) = (1, 1);
            } else {
                integer_min = 1;
            }
        }
        if has_exponent && integer_min == 0 && parts.integer.contains(symbols.digit) {
            integer_min = 1;
        }
        if integer_min == 0 && fraction_min == 0 {
            fraction_min = 1;
        }
        let integer_groups: Vec<usize> = parts
            .integer
            .char_indices()
            .filter(|(_, c)| *c == symbols.grouping_separator)
            .map(|(at, _)| places(&parts.integer[at..]))
            .collect();
        let fraction_groups = parts
            .fraction
            .char_indices()
            .filter(|(_, c)| *c == symbols.grouping_separator)
            .map(|(at, _)| places(&parts.fraction[..at]))
            .collect();
        Ok(Self {
            prefix: parts.prefix.to_owned(),
            suffix: parts.suffix.to_owned(),
            scale,
            integer_min,
            fraction_min,
            fraction_max: fraction_max.max(fraction_min),
            scaling,
            exponent_min: parts.exponent.map(digits),
            regular_group: regular(&integer_groups),
            integer_groups,
            fraction_groups,
        })
    }

    /// The digits of `size` as the picture asks, without prefix and suffix.
    fn body(&self, size: f64, symbols: &Symbols) -> String {
        let (mantissa, exponent) = match self.exponent_min {
            Some(_) => self.mantissa(size * self.scale),
            None => (size * self.scale, 0),
        };
        let mantissa = rounded(mantissa, self.fraction_max as i32);
        let fixed = format!("{mantissa:.*}", self.fraction_max);
        let (integer, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
        let integer = format!("{:0>width$}", integer.trim_start_matches('0'), width = self.integer_min);
        let fraction = format!("{:0<width$}", fraction.trim_end_matches('0'), width = self.fraction_min);
        let mut body = self.grouped_integer(&integer, symbols);
        if !fraction.is_empty() {
            body.push(symbols.decimal_separator);
            for (at, digit) in fraction.chars().enumerate() {
                if self.fraction_groups.contains(&at) {
                    body.push(symbols.grouping_separator);
                }
                body.push(symbols.script(digit));
            }
        }
        if let Some(width) = self.exponent_min {
            body.push(symbols.exponent_separator);
            if exponent < 0 {
                body.push_str(&symbols.minus_sign);
            }
            body.extend(format!("{:0>width$}", exponent.abs()).chars().map(|digit| symbols.script(digit)));
        }
        body
    }

    fn grouped_integer(&self, integer: &str, symbols: &Symbols) -> String {
        let mut grouped = String::new();
        for (at, digit) in integer.chars().enumerate() {
            let places = integer.len() - at;
            let separated = match self.regular_group {
                Some(every) => places.is_multiple_of(every),
                None => self.integer_groups.contains(&places),
            };
            if at > 0 && separated {
                grouped.push(symbols.grouping_separator);
            }
            grouped.push(symbols.script(digit));
        }
        grouped
    }

    /// Scales so that as many digits stand before the point as the picture has there.
    fn mantissa(&self, size: f64) -> (f64, i32) {
        if size == 0.0 {
            return (0.0, 0);
        }
        let (least, most) = (10_f64.powi(self.scaling - 1), 10_f64.powi(self.scaling));
        let (mut mantissa, mut exponent) = (size, 0);
        while mantissa < least {
            mantissa *= 10.0;
            exponent -= 1;
        }
        while mantissa > most {
            mantissa /= 10.0;
            exponent += 1;
        }
        (mantissa, exponent)
    }
}

/// The distance at which separators repeat without a gap.
fn regular(groups: &[usize]) -> Option<usize> {
    let least = *groups.iter().min()?;
    let complete = least > 0 && (1..=groups.len()).all(|n| groups.contains(&(n * least)));
    complete.then_some(least)
}
