//! Text to an instant, by picture.
//!
//! The picture becomes one regular expression. Components that are missing before the first one given come from the
//! current instant, those after the last from the start of the period; a gap in between is an error.

use regex::RegexBuilder;

use super::super::integer;
use super::calendar::{DAY_MS, Date, days_of};
use super::format::{DAYS, MONTHS, component};
use super::picture::{DatePicture, Form, Marker, Part};
use crate::error::{Result, fail};

/// The instant that `given` says, in milliseconds since 1970; `None` if it is not of the picture's form.
pub(super) fn parse(given: &str, picture: &DatePicture, now: i64) -> Result<Option<i64>> {
    let mut pattern = String::from("^");
    let mut markers = Vec::new();
    for part in &picture.parts {
        match part {
            Part::Literal(literal) => pattern.push_str(&regex::escape(literal)),
            Part::Marker(marker) => {
                pattern.push_str(&format!("({})", marker_pattern(marker)));
                markers.push(marker);
            }
        }
    }
    pattern.push('$');
    let regex = RegexBuilder::new(&pattern).case_insensitive(true).size_limit(1 << 20).build();
    let Ok(regex) = regex else { return fail("U1003", "the date picture is too large") };
    let Some(captures) = regex.captures(given) else { return Ok(None) };
    let mut read = Components::default();
    for (marker, capture) in markers.into_iter().zip(captures.iter().skip(1)) {
        let text = capture.map_or("", |capture| capture.as_str());
        match value(marker, text) {
            Some(value) => read.set(marker.component, value),
            None => return Ok(None),
        }
    }
    read.instant(now).map(Some)
}

fn marker_pattern(marker: &Marker) -> String {
    match &marker.form {
        Form::Fixed => "[a-zA-Z]*".to_owned(),
        Form::Name(_) => "[a-zA-Z]+".to_owned(),
        Form::Number(picture) if matches!(marker.component, 'Z' | 'z') => {
            let minutes =
                picture.separator().map(|separator| regex::escape(&separator.to_string()) + "[0-9]+");
            let prefix = if marker.component == 'z' { "GMT" } else { "" };
            let zulu = if marker.zulu { "|Z" } else { "" };
            format!("{prefix}[-+][0-9]+{}{zulu}", minutes.unwrap_or_default())
        }
        Form::Number(picture) => integer::pattern(picture, marker.exact_width),
    }
}

fn value(marker: &Marker, text: &str) -> Option<i64> {
    match &marker.form {
        Form::Fixed => Some(0),
        Form::Name(_) if marker.component == 'P' => Some(i64::from(text.eq_ignore_ascii_case("pm"))),
        Form::Name(_) if marker.component == 'F' => place_of(text, &DAYS, marker.width_max),
        Form::Name(_) => place_of(text, &MONTHS, marker.width_max),
        Form::Number(_) if matches!(marker.component, 'Z' | 'z') => offset(text),
        Form::Number(_) if marker.component == 'f' => thousandths(text),
        Form::Number(picture) => integer::parse(text, picture).map(|value| value as i64),
    }
}

/// The digits after a decimal point, in thousandths; finer ones are cut off.
fn thousandths(text: &str) -> Option<i64> {
    let digits: String = text.chars().chain("000".chars()).take(3).collect();
    digits.parse().ok()
}

fn place_of(text: &str, names: &[&str], width_max: Option<usize>) -> Option<i64> {
    let width = width_max.unwrap_or(usize::MAX);
    let is = |name: &&str| name[..name.len().min(width)].eq_ignore_ascii_case(text);
    names.iter().position(is).map(|place| place as i64 + 1)
}

/// `+0530`, `-5`, `GMT+05:30` or `Z` in minutes east of UTC.
fn offset(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let colon = text.find(|c: char| !c.is_ascii_digit() && c != '+' && c != '-');
    let hour_digits = match colon {
        Some(colon) => colon.saturating_sub(1),
        None if digits.len() <= 2 => digits.len(),
        None => 2,
    };
    let (hours, minutes) = digits.split_at_checked(hour_digits)?;
    let read = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i64>().ok() };
    let offset = read(hours)?.checked_mul(60)?.checked_add(read(minutes)?)?;
    Some(if text.starts_with('-') { -offset } else { offset })
}

/// Components by letter.
#[derive(Default)]
struct Components(Vec<(char, i64)>);

impl Components {
    fn set(&mut self, component: char, value: i64) {
        self.0.push((component, value));
    }

    fn get(&self, component: char) -> Option<i64> {
        self.0.iter().rev().find(|(known, _)| *known == component).map(|(_, value)| *value)
    }

    fn has_any(&self, components: &str) -> bool {
        components.chars().any(|component| self.get(component).is_some())
    }

    fn instant(mut self, now: i64) -> Result<i64> {
        // Weeks are not read: they do not name a day without the day of the week and a rule for short years.
        if self.has_any("XxWw") {
            return missing();
        }
        let by_day_of_year = self.has_any("d") && !self.has_any("MD");
        let half_days = self.has_any("Ph");
        let date = if by_day_of_year { "Yd" } else { "YMD" };
        let time = if half_days { "Phmsf" } else { "Hmsf" };
        self.fill(&(date.to_owned() + time), now)?;
        let part = |component| self.get(component).unwrap_or(0);
        let days = if by_day_of_year {
            days_in_range(part('Y'), 1, 1)?.saturating_add(part('d') - 1)
        } else {
            days_in_range(part('Y'), part('M'), part('D'))?
        };
        let hour = if half_days { part('h') % 12 + 12 * part('P') } else { part('H') };
        let zone = self.get('Z').or(self.get('z')).unwrap_or(0);
        let minutes = hour.saturating_mul(60).saturating_add(part('m')).saturating_sub(zone);
        let seconds = minutes.saturating_mul(60).saturating_add(part('s'));
        let millis = seconds.saturating_mul(1000).saturating_add(part('f'));
        Ok(days.saturating_mul(DAY_MS).saturating_add(millis))
    }

    fn fill(&mut self, order: &str, now: i64) -> Result<()> {
        let (mut started, mut ended) = (false, false);
        for letter in order.chars() {
            match (self.get(letter).is_some(), started) {
                (true, _) if ended => return missing(),
                (true, _) => started = true,
                (false, true) => {
                    ended = true;
                    self.set(letter, i64::from("MDd".contains(letter)));
                }
                (false, false) => self.set(letter, component(letter, now)),
            }
        }
        Ok(())
    }
}

fn missing<T>() -> Result<T> {
    fail("D3136", "the date picture lacks components that are needed to read an instant")
}

/// Days since 1970, where a month or day beyond its end runs on into the next.
fn days_in_range(year: i64, month: i64, day: i64) -> Result<i64> {
    if year.abs() > 275_000 || month.abs() > 1_000_000 || day.abs() > 100_000_000 {
        return fail("D3110", "the date is beyond the calendar");
    }
    let months = year * 12 + month - 1;
    let first = Date { year: months.div_euclid(12), month: months.rem_euclid(12) + 1, day: 1 };
    Ok(days_of(first) + day - 1)
}
