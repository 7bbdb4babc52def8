//! Time as the journal records it: points in milliseconds and spans between them.
//!
//! Nothing here reads a clock. A point in time arrives in an [`Entry`](crate::Entry).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This point moved by `span`, saturating.
    #[must_use]
    pub fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }

    /// How long after `earlier` this is; zero where it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(point) => write!(f, "{point:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no RFC 3339 timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a timestamp such as `2026-01-31T12:00:00Z` (RFC 3339)")]
pub struct MalformedTimestamp(pub String);

impl FromStr for Timestamp {
    type Err = MalformedTimestamp;

    fn from_str(text: &str) -> Result<Self, MalformedTimestamp> {
        text.parse::<jiff::Timestamp>()
            .map(|point| Self(point.as_millisecond()))
            .map_err(|_| MalformedTimestamp(text.chars().take(60).collect()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            return text.parse().map_err(serde::de::Error::custom);
        }
        i64::deserialize(deserializer).map(Self)
    }
}

/// A length of time, in milliseconds. Text form: `250ms`, `10s`, `1m30s`, `2h`, `7d`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl Span {
    /// `seconds` as a span.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// `seconds` with a fraction as a span, rounded to milliseconds; `None` where negative or not finite.
    #[must_use]
    pub fn from_seconds_f64(seconds: f64) -> Option<Self> {
        (seconds.is_finite() && (0.0..=1e15).contains(&seconds))
            .then(|| Self((seconds * 1000.0).round() as u64))
    }
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, ms) in UNITS {
            if rest >= ms {
                write!(f, "{}{unit}", rest / ms)?;
                rest %= ms;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a length of time such as `250ms`, `10s`, `1m30s` or `2h`")]
pub struct MalformedSpan(pub String);

impl FromStr for Span {
    type Err = MalformedSpan;

    fn from_str(text: &str) -> Result<Self, MalformedSpan> {
        let malformed = || MalformedSpan(text.chars().take(60).collect());
        let mut rest = text.trim();
        let mut total = 0.0_f64;
        if rest.is_empty() {
            return Err(malformed());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(malformed)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let ms = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(malformed)?.1;
            total += number.parse::<f64>().map_err(|_| malformed())? * ms as f64;
            rest = tail.trim_start();
        }
        if total > 1e18 { Err(malformed()) } else { Ok(Self(total.round() as u64)) }
    }
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            return text.parse().map_err(serde::de::Error::custom);
        }
        u64::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_back_what_they_print() {
        for (text, ms) in
            [("250ms", 250), ("10s", 10_000), ("1m30s", 90_000), ("2h", 7_200_000), ("1d", 86_400_000)]
        {
            assert_eq!(text.parse(), Ok(Span(ms)));
            assert_eq!(Span(ms).to_string(), text);
        }
        assert_eq!("1.5s".parse(), Ok(Span(1500)));
        for bad in ["", "5", "s", "5 parsecs", "-1s", "1s2"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    #[test]
    fn timestamps_read_back_what_they_print() {
        let point = Timestamp(1_790_000_000_123);
        assert_eq!(point.to_string().parse(), Ok(point));
        assert_eq!("2026-01-31T12:00:00+02:00".parse(), Ok(Timestamp(1_769_853_600_000)));
        assert_eq!(Timestamp(5).since(Timestamp(9)), Span(0));
    }
}
