//! What an attribute may be: CloudEvents 1.0.2, sections 3.1 (attributes) and 3.2 (type system).

/// What was expected and what was found, before it is known where.
#[derive(Debug)]
pub(super) struct Fault {
    /// The attribute that it is about; `None` for the event as a whole.
    pub(super) attribute: Option<String>,
    pub(super) expected: std::borrow::Cow<'static, str>,
    pub(super) found: String,
}

impl Fault {
    pub(super) fn new(
        attribute: &str,
        expected: impl Into<std::borrow::Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Self {
        Self { attribute: Some(attribute.to_owned()), expected: expected.into(), found: found.into() }
    }
}

/// `text` for a message: quoted, and cut to a length that fits.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    let cut: String = text.chars().take(CHARS_MAX).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{dots}")
}

/// Lower-case letters and digits of ASCII, at least one (section 3.1, attribute naming convention).
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// No control characters (section 3.2, `String`).
pub(super) fn is_string(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    is_plain || !text.chars().any(char::is_control)
}

/// Whether `media_type` declares JSON: `application/json`, `text/json` or any subtype with the suffix `+json`
/// (JSON format, section 3.1). Parameters do not count.
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    let is_plain = subtype.eq_ignore_ascii_case("json")
        && (kind.eq_ignore_ascii_case("application") || kind.eq_ignore_ascii_case("text"));
    let suffix = subtype.len().checked_sub("+json".len()).and_then(|start| subtype.get(start..));
    is_plain || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// Whether `media_type` declares text in UTF-8, or says nothing about its encoding.
pub(super) fn is_text(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let is_utf8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii")
        }
        Some(_) | None => true,
    };
    kind.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/")) && parts.all(is_utf8)
}

/// `type/subtype`, each of at least one character that may be in a token (RFC 2045, section 5.1).
pub(super) fn is_media_type(text: &str) -> bool {
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// A date and time of RFC 3339, section 5.6. Whether a minute has a leap second is not known here: any may.
pub(super) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((date_time, rest)) = bytes.split_at_checked(19) else { return false };
    let shape = b"0000-00-00T00:00:00";
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't'),
        other => byte == other,
    };
    if !date_time.iter().zip(shape).all(fits) {
        return false;
    }
    let number =
        |start: usize| u32::from(date_time[start] - b'0') * 10 + u32::from(date_time[start + 1] - b'0');
    let year = number(0) * 100 + number(2);
    let (month, day) = (number(5), number(8));
    let in_range = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && number(11) < 24
        && number(14) < 60
        && number(17) <= 60;
    in_range && is_fraction_and_offset(rest)
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_fraction_and_offset(text: &[u8]) -> bool {
    let offset = match text.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
        Some(_) | None => text,
    };
    match offset {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => {
            (a - b'0') * 10 + (b - b'0') < 24 && *c < b'6'
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for good in [
            "2026-01-31T12:00:00Z",
            "2026-01-31t12:00:00.123456789z",
            "2024-02-29T23:59:60+23:59",
            "0000-01-01T00:00:00-00:00",
        ] {
            assert!(is_time(good), "{good}");
        }
        for bad in [
            "",
            "yesterday",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-01-00T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00+2:00",
            "2026-01-31T12:00:00+02:60",
            "2026-01-31T12:00:0éZ",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn media_types_that_declare_json() {
        for json in
            ["application/json", "text/JSON; charset=utf-8", "application/problem+json", "a/b+Json ;q=1"]
        {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "json", "text/plain", "application/jsonl", "image/json", "application/é+jso"] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn media_types_that_declare_text() {
        assert!(is_text("text/plain") && is_text("Text/html; charset=\"UTF-8\""));
        assert!(!is_text("text/plain; charset=iso-8859-1") && !is_text("image/png") && !is_text("té"));
    }
}
