//! Plain scalars: which of them are null, true, false or numbers.
//!
//! YAML 1.2.2, section 10.3 (core schema). `yes`, `no`, `on` and `off` are text, and so is `1e`.

use tidegate_json::{Number, Str, Value};

use super::{Content, Style};

/// A number that JSON cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotFinite;

/// What the plain scalar `text` is.
pub(super) fn resolve(text: &str) -> Result<Content, NotFinite> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Content::Null),
        "true" | "True" | "TRUE" => return Ok(Content::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Content::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return Ok(string(text));
    }
    match text.trim_start_matches(['+', '-']) {
        ".inf" | ".Inf" | ".INF" => return Err(NotFinite),
        _ if matches!(text, ".nan" | ".NaN" | ".NAN") => return Err(NotFinite),
        _ => {}
    }
    match number(text) {
        Some(Some(number)) => Ok(Content::Number(number)),
        Some(None) => Err(NotFinite),
        None => Ok(string(text)),
    }
}

fn string(text: &str) -> Content {
    Content::String(Str::from(text), Style::Bare)
}

/// The number that `text` spells, if it spells one; `Some(None)` where that is beyond the range of a double.
fn number(text: &str) -> Option<Option<Number>> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let digits = digits.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(digits)?;
            return u64::from_str_radix(digits, radix).ok().map(|number| Some(Number::from_u64(number)));
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_mantissa = match fraction {
        None => digits(whole),
        Some("") => digits(whole),
        Some(fraction) => digits(fraction) && (whole.is_empty() || digits(whole)),
    };
    let is_exponent = exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    if !is_mantissa || !is_exponent {
        return None;
    }
    if fraction.is_none() && exponent.is_none() {
        if let Ok(integer) = text.parse::<i64>() {
            return Some(Some(Number::from_i64(integer)));
        }
        if let Ok(integer) = text.parse::<u64>() {
            return Some(Some(Number::from_u64(integer)));
        }
    }
    Some(text.parse::<f64>().ok().and_then(Number::from_f64))
}

/// What a scalar is that a tag of the core schema names; `None` where the text is not of that kind.
pub(super) fn tagged(suffix: &str, text: &str) -> Option<Content> {
    let plain = resolve(text).ok()?;
    match (suffix, plain) {
        ("str", _) => Some(string(text)),
        ("null", Content::Null) => Some(Content::Null),
        ("bool", Content::Bool(truth)) => Some(Content::Bool(truth)),
        ("int", Content::Number(number)) if number.is_whole() => Some(Content::Number(number)),
        ("float", Content::Number(number)) => Some(Content::Number(number)),
        _ => None,
    }
}

/// The JSON number that `text`, digits and signs as JSON allows them, spells.
pub(super) fn json_number(text: &str) -> Result<Number, String> {
    let value = Value::parse(text).map_err(|error| error.message)?;
    value.as_number().ok_or_else(|| "expected a number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match resolve(text) {
            Ok(Content::Null) => "null".into(),
            Ok(Content::Bool(truth)) => truth.to_string(),
            Ok(Content::Number(number)) => number.to_string(),
            Ok(Content::String(text, _)) => format!("text {text}"),
            Ok(Content::Sequence(_) | Content::Mapping(_)) => "collection".into(),
            Err(NotFinite) => "not finite".into(),
        }
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, expected) in [
            ("~", "null"),
            ("TRUE", "true"),
            ("yes", "text yes"),
            ("on", "text on"),
            ("-12", "-12"),
            ("+12", "12"),
            ("010", "10"),
            ("0o17", "15"),
            ("0xff", "255"),
            ("18446744073709551615", "18446744073709551615"),
            (".5", "0.5"),
            ("1.", "1"),
            ("1e3", "1000"),
            ("1e", "text 1e"),
            ("1.2.3", "text 1.2.3"),
            ("-", "text -"),
            (".", "text ."),
            ("0x", "text 0x"),
            ("12:30", "text 12:30"),
            ("-.inf", "not finite"),
            ("1e999", "not finite"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
