//! The proleptic Gregorian calendar, in UTC, and ISO 8601 weeks.

pub(super) const DAY_MS: i64 = 86_400_000;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
}

/// Days since 1970-01-01 (after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
pub(super) fn days_of(date: Date) -> i64 {
    // Years start in March, so that the leap day is the last of its year.
    let year = if date.month <= 2 { date.year - 1 } else { date.year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a number of days since 1970-01-01.
pub(super) fn date_of(days: i64) -> Date {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Date {
        year: era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
    }
}

/// From 1 for Monday to 7 for Sunday.
pub(super) fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// From 1.
pub(super) fn day_of_year(days: i64) -> i64 {
    days - days_of(Date { month: 1, day: 1, ..date_of(days) }) + 1
}

/// The Thursday of a day's week: a week belongs to the year and month that its Thursday is in (ISO 8601).
pub(super) fn thursday(days: i64) -> i64 {
    days - weekday(days) + 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_convert_both_ways() {
        for days in (-800_000..800_000).step_by(97) {
            assert_eq!(days_of(date_of(days)), days);
        }
        assert_eq!(date_of(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(date_of(11_016), Date { year: 2000, month: 2, day: 29 });
        assert_eq!(weekday(0), 4);
        assert_eq!(day_of_year(59), 60);
    }
}
