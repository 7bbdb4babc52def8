//! ISO 8601 text to an instant, as JavaScript's `Date.parse` reads it.

use super::calendar::{DAY_MS, Date, days_of};
use crate::error::{Details, Result, fail_about};

/// Milliseconds since 1970-01-01T00:00:00Z. Without a zone the instant is in UTC.
pub(super) fn parse(given: &str) -> Result<i64> {
    match Reader(given).instant() {
        Some(millis) => Ok(millis),
        None => {
            let message = format!("{given:?} is not an ISO 8601 date and time");
            fail_about("D3110", Details::value(given), message)
        }
    }
}

/// What is left to read.
struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn instant(mut self) -> Option<i64> {
        let year = self.digits(4)?;
        let month = if self.skip('-') { self.digits_within(2, 1, 12)? } else { 1 };
        let day = if self.skip('-') { self.digits_within(2, 1, 31)? } else { 1 };
        let mut millis = days_of(Date { year, month, day }) * DAY_MS;
        if self.skip('T') {
            millis += self.time()?;
            millis -= self.zone()? * 60_000;
        }
        self.0.is_empty().then_some(millis)
    }

    fn time(&mut self) -> Option<i64> {
        let hours = self.digits_within(2, 0, 24)?;
        let minutes = self.skip(':').then(|| self.digits_within(2, 0, 59))??;
        let mut millis = (hours * 60 + minutes) * 60_000;
        if self.skip(':') {
            millis += self.digits_within(2, 0, 59)? * 1000;
            if self.skip('.') {
                millis += self.thousandths()?;
            }
        }
        Some(millis)
    }

    /// Minutes east of UTC.
    fn zone(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.skip('Z') {
            return Some(0);
        }
        let sign = if self.skip('-') { -1 } else { self.skip('+').then_some(1)? };
        let hours = self.digits_within(2, 0, 23)?;
        self.skip(':');
        Some(sign * (hours * 60 + self.digits_within(2, 0, 59)?))
    }

    fn thousandths(&mut self) -> Option<i64> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let three: String = digits.chars().chain("000".chars()).take(3).collect();
        if count == 0 { None } else { three.parse().ok() }
    }

    fn skip(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        self.0 = rest;
        if plain { digits.parse().ok() } else { None }
    }

    fn digits_within(&mut self, count: usize, least: i64, most: i64) -> Option<i64> {
        self.digits(count).filter(|value| (least..=most).contains(value))
    }
}
