//! Points in time as text: RFC 3339 with the restrictions of the Amazon States Language.
//!
//! An upper-case `T` separates date and time, seconds are given, and the offset is an upper-case `Z` or `±hh:mm`:
//! `2016-03-14T01:59:00Z`. What states compare and wait for is read by this module alone.

use tidegate_model::Timestamp;

/// A point in time, to the nanosecond, as two timestamps are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// Since 1970-01-01T00:00:00Z.
    seconds: i64,
    nanoseconds: u32,
}

/// Digits of a fraction that count. More are no timestamp.
const FRACTION_DIGITS_MAX: usize = 9;

/// Offsets reach 18 hours either way.
const OFFSET_HOURS_MAX: u32 = 18;

impl Instant {
    /// Reads a timestamp; `None` where `text` is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (clock, rest) = text.split_at_checked("2016-03-14T01:59:00".len())?;
        if !has_shape(clock, "dddd-dd-ddTdd:dd:dd") || clock.ends_with("60") {
            return None;
        }
        let (fraction, offset) = split_fraction(rest)?;
        if !is_offset(offset) {
            return None;
        }
        // The calendar is the model's; a fraction would be cut to milliseconds there.
        let whole: Timestamp = format!("{clock}{offset}").parse().ok()?;
        Some(Self { seconds: whole.0.div_euclid(1000), nanoseconds: nanoseconds(fraction) })
    }

    /// The same point, cut to milliseconds.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp(self.seconds * 1000 + i64::from(self.nanoseconds / 1_000_000))
    }
}

/// Reads a timestamp, cut to milliseconds; `None` where `text` is none.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    Instant::parse(text).map(Instant::timestamp)
}

/// The text of a point in time in histories and the context object: `2024-01-01T00:00:00.000Z`.
#[must_use]
pub fn format(at: Timestamp) -> String {
    at.to_string()
}

/// Whether `text` is of `shape`, in which `d` is a digit and anything else itself.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(given, expected)| match expected {
            b'd' => given.is_ascii_digit(),
            other => given == other,
        })
}

/// The digits after a point, if there is one, and what follows.
fn split_fraction(rest: &str) -> Option<(&str, &str)> {
    let Some(after) = rest.strip_prefix('.') else { return Some(("", rest)) };
    let end = after.find(|c: char| !c.is_ascii_digit())?;
    (1..=FRACTION_DIGITS_MAX).contains(&end).then(|| after.split_at(end))
}

fn is_offset(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    if !has_shape(text, "+dd:dd") && !has_shape(text, "-dd:dd") {
        return false;
    }
    let number = |digits: &str| digits.parse().unwrap_or(u32::MAX);
    let (hours, minutes) = (number(&text[1..3]), number(&text[4..6]));
    minutes < 60 && (hours < OFFSET_HOURS_MAX || (hours == OFFSET_HOURS_MAX && minutes == 0))
}

fn nanoseconds(fraction: &str) -> u32 {
    let value: u32 = fraction.parse().unwrap_or(0);
    value * 10_u32.pow((FRACTION_DIGITS_MAX - fraction.len()) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_rfc_3339_in_upper_case() {
        for (text, milliseconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2016-03-14T01:59:00Z", 1_457_920_740_000),
            ("2016-03-14T01:59:00.5Z", 1_457_920_740_500),
            ("2016-03-14T01:59:00.000000Z", 1_457_920_740_000),
            ("2024-12-05T21:29:29.243167252Z", 1_733_434_169_243),
            ("2012-10-09T19:00:55+01:00", 1_349_805_655_000),
            ("2012-10-09T19:00:55-00:30", 1_349_811_055_000),
            ("1969-12-31T23:59:59.999Z", -1),
        ] {
            assert_eq!(parse(text), Some(Timestamp(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_lacks_a_part_or_is_not_in_the_calendar_is_no_timestamp() {
        for text in [
            "",
            "2023-02-24",
            "2012-10-09T19:00:55",
            "2012-10-09T19:00Z",
            "2012-10-09t19:00:55Z",
            "2012-10-09T19:00:55z",
            "2012-10-09 19:00:55Z",
            "05-12-2016T21:29:29Z",
            "2016-13-05T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "2015-02-29T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2016-12-05T21:29:29.Z",
            "2016-12-05T21:29:29.1234567890Z",
            "2016-12-05T21:29:29+0100",
            "2016-12-05T21:29:29+19:00",
            "2016-12-05T21:29:29Z ",
            "2016-12-05T21:29:2é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn points_compare_to_the_nanosecond_and_across_offsets() {
        let point = |text| Instant::parse(text).unwrap();
        assert!(point("2012-10-09T19:00:55.000000001Z") > point("2012-10-09T19:00:55Z"));
        assert_eq!(point("2012-10-09T19:00:55Z"), point("2012-10-09T20:00:55+01:00"));
    }

    #[test]
    fn a_point_prints_with_milliseconds() {
        assert_eq!(format(Timestamp(1_704_067_200_000)), "2024-01-01T00:00:00.000Z");
        assert_eq!(format(Timestamp(1_704_067_200_120)), "2024-01-01T00:00:00.120Z");
    }
}
