//! An instant to text, by picture.

use super::super::integer;
use super::super::integer::picture::IntegerPicture;
use super::calendar::{DAY_MS, date_of, day_of_year, thursday, weekday};
use super::picture::{DatePicture, Form, Marker, NameCase, Part};
use crate::error::{Result, fail};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From Monday, day 1 of the ISO week.
pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A time zone such as `-0530` in minutes east of UTC.
pub(super) fn zone_minutes(zone: &str) -> Result<i64> {
    match zone.replacen(':', "", 1).parse::<i64>() {
        Ok(offset) if offset.abs() <= 9959 => Ok(offset / 100 * 60 + offset % 100),
        _ if zone == "Z" => Ok(0),
        _ => fail("D3134", format!("the time zone {zone:?} is not of the form ±HHMM")),
    }
}

/// The instant as seen in a zone, as `picture` asks.
pub(super) fn format(millis: i64, zone: i64, picture: &DatePicture) -> Result<String> {
    let local = millis + zone * 60_000;
    let mut out = String::new();
    for part in &picture.parts {
        match part {
            Part::Literal(literal) => out.push_str(literal),
            Part::Marker(marker) => out.push_str(&formatted(marker, local, zone)?),
        }
    }
    Ok(out)
}

fn formatted(marker: &Marker, local: i64, zone: i64) -> Result<String> {
    match &marker.form {
        Form::Fixed => Ok("ISO".to_owned()),
        Form::Name(case) => Ok(named(marker, *case, local)),
        Form::Number(picture) if matches!(marker.component, 'Z' | 'z') => offset(marker, picture, zone),
        Form::Number(picture) => {
            let mut value = component(marker.component, local);
            if let Some(digits) = marker.year_digits {
                value %= 10_i64.checked_pow(digits).unwrap_or(i64::MAX);
            }
            Ok(integer::format(value as f64, picture))
        }
    }
}

fn named(marker: &Marker, case: NameCase, local: i64) -> String {
    let value = component(marker.component, local);
    let name = match marker.component {
        'F' => DAYS[(value - 1) as usize],
        'P' => ["am", "pm"][value as usize],
        _ => MONTHS[(value - 1) as usize],
    };
    let name = match case {
        NameCase::Upper => name.to_uppercase(),
        NameCase::Lower => name.to_lowercase(),
        NameCase::Title => name.to_owned(),
    };
    name.chars().take(marker.width_max.unwrap_or(usize::MAX)).collect()
}

fn offset(marker: &Marker, picture: &IntegerPicture, zone: i64) -> Result<String> {
    if zone == 0 && marker.zulu {
        return Ok("Z".to_owned());
    }
    let (hours, minutes) = (zone.abs() / 60, zone.abs() % 60);
    let both = (hours * 100 + minutes) as f64;
    let digits = match picture.digits_min {
        _ if picture.is_grouped_regularly() => integer::format(both, picture),
        1 | 2 if minutes == 0 => integer::format(hours as f64, picture),
        1 | 2 => format!("{}:{minutes:02}", integer::format(hours as f64, picture)),
        3 | 4 => integer::format(both, picture),
        _ => return fail("D3134", "the time zone of a date picture has at most four digits"),
    };
    let sign = if zone < 0 { '-' } else { '+' };
    Ok(format!("{}{sign}{digits}", if marker.component == 'z' { "GMT" } else { "" }))
}

/// The value of a component of a local instant.
pub(super) fn component(component: char, local: i64) -> i64 {
    let (days, time) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    let date = date_of(days);
    let hour = time / 3_600_000;
    match component {
        'Y' => date.year,
        'M' => date.month,
        'D' => date.day,
        'd' => day_of_year(days),
        'F' => weekday(days),
        'W' => (day_of_year(thursday(days)) - 1) / 7 + 1,
        'w' => (date_of(thursday(days)).day - 1) / 7 + 1,
        'X' => date_of(thursday(days)).year,
        'x' => date_of(thursday(days)).month,
        'H' => hour,
        'h' if hour % 12 == 0 => 12,
        'h' => hour % 12,
        'P' => hour / 12,
        'm' => time / 60_000 % 60,
        's' => time / 1000 % 60,
        _ => time % 1000,
    }
}
