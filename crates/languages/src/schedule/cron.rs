//! Patterns of cron: five fields or a preset, read with the place of each mistake, and asked for times.
//!
//! Which local times a pattern means is `croner`'s business; which moments these are is ours, in a time zone of the database
//! that is compiled in. Summer time is dealt with as cron does: where the minute or the hour is `*`, ticks follow the time that
//! passes; otherwise a local time that does not exist happens when the clock has jumped, and one that exists twice happens
//! the first time.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tidegate_model::Timestamp;

use crate::diagnostic::quoted;
use crate::nearest::nearest;

/// A pattern in its time zone.
#[derive(Clone, Debug)]
pub(crate) struct CronTimes {
    cron: Cron,
    zone: TimeZone,
    /// Whether ticks follow the time that passes, and not the local clock.
    is_passing: bool,
}

/// A mistake in a pattern: which bytes of it, what is wrong, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronMistake {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// What a field is called, and what it takes.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "a minute is 0 to 59"),
    ("hour", "an hour is 0 to 23"),
    (
        "day of the month",
        "a day is 1 to 31, `L` for the last, `15W` for the weekday nearest to the 15th, `LW`",
    ),
    ("month", "a month is 1 to 12, or `jan` to `dec`"),
    (
        "day of the week",
        "a day is 0 to 7 (0 and 7 are Sunday), `sun` to `sat`, `fri#2` for the second, `friL` for the last",
    ),
];

const PRESETS: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// The five fields that `text` stands for, which is them or a preset.
pub(crate) fn read(text: &str) -> Result<String, CronMistake> {
    let whole = |message: String, help: &str| CronMistake {
        start: 0,
        end: text.len(),
        message,
        help: help.to_owned(),
    };
    if text.trim().starts_with('@') {
        let word = text.trim().to_lowercase();
        let preset = PRESETS.iter().find(|(name, _)| *name == word);
        return preset.map(|(_, fields)| (*fields).to_owned()).ok_or_else(|| {
            let names = PRESETS.iter().map(|(name, _)| *name);
            let help = match nearest(&word, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "there are `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`".to_owned(),
            };
            whole(format!("there is no preset {}", quoted(text.trim())), &help)
        });
    }
    let fields = fields(text);
    if fields.len() != FIELDS.len() {
        let message = format!("a cron pattern has 5 fields, and this has {}", fields.len());
        let help = match fields.len() {
            6 => "there are no seconds: minute, hour, day of the month, month, day of the week",
            _ => {
                "they are minute, hour, day of the month, month and day of the week, as in `0 3 * * mon-fri`"
            }
        };
        return Err(whole(message, help));
    }
    for (number, ((start, field), (name, takes))) in fields.iter().zip(FIELDS).enumerate() {
        let mut alone = ["*"; FIELDS.len()];
        alone[number] = field;
        if parse(&alone.join(" ")).is_err() {
            let message = format!("{} is no {name} of a cron pattern", quoted(field));
            let help = format!("{takes}; also `*`, ranges as `1-5`, lists as `1,3` and steps as `*/2`");
            return Err(CronMistake { start: *start, end: start + field.len(), message, help });
        }
    }
    let pattern = fields.iter().map(|(_, field)| *field).collect::<Vec<_>>().join(" ");
    match CronTimes::new(&pattern, TimeZone::UTC) {
        Err(message) => Err(whole(message, "see docs/schedules.md")),
        Ok(times) if times.next(SOME_TIME).is_none() => Err(whole(
            "this never happens".to_owned(),
            "no year has such a day: look at the day and the month",
        )),
        Ok(_) => Ok(pattern),
    }
}

/// 2000-01-01, from which on a pattern that means anything has a time.
const SOME_TIME: Timestamp = Timestamp(946_684_800_000);

fn fields(text: &str) -> Vec<(usize, &str)> {
    let start_of = |field: &str| field.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|field| (start_of(field), field)).collect()
}

fn parse(pattern: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(pattern).map_err(|error| error.to_string())
}

impl CronTimes {
    /// The pattern of five fields in `zone`.
    pub(crate) fn new(pattern: &str, zone: TimeZone) -> Result<Self, String> {
        let is_any = |field: Option<&str>| field.is_some_and(|field| field.starts_with('*'));
        let mut fields = pattern.split_whitespace();
        let is_passing = is_any(fields.next()) | is_any(fields.next());
        Ok(Self { cron: parse(pattern)?, zone, is_passing })
    }

    /// The first time after `after`.
    ///
    /// Goes from one change of the clock to the next: between two of them, local time is a line.
    pub(crate) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let mut from = point(after)?;
        let mut takes_it = false;
        for _ in 0..CHANGES_MAX {
            let offset = self.zone.to_offset(from);
            let mut local = offset.to_datetime(from);
            if let Some(repeated) = self.repeated_until(from).filter(|repeated| *repeated > local) {
                (local, takes_it) = (repeated, true);
            }
            let found = self.cron.find_next_occurrence(&local, takes_it).ok()?;
            let at = offset.to_timestamp(found).ok()?;
            let Some(change) = self.zone.following(from).next() else { return Some(ours(at)) };
            if at < change.timestamp() {
                return Some(ours(at));
            }
            if self.happens_in_gap(change.timestamp()) {
                return Some(ours(change.timestamp()));
            }
            (from, takes_it) = (change.timestamp(), true);
        }
        None
    }

    /// The last time before `before`.
    pub(crate) fn previous(&self, before: Timestamp) -> Option<Timestamp> {
        // Patterns know whole seconds: what is within one is not before its beginning.
        let ceiling = before.0.checked_add(999)?.div_euclid(1000).checked_mul(1000)?;
        let mut until = point(Timestamp(ceiling))?;
        for _ in 0..CHANGES_MAX {
            let inside = until.checked_sub(MOMENT).ok()?;
            let offset = self.zone.to_offset(inside);
            let found = self.cron.find_previous_occurrence(&offset.to_datetime(until), false).ok()?;
            let at = offset.to_timestamp(found).ok()?;
            let Some(change) = self.zone.preceding(until).next() else { return Some(ours(at)) };
            let is_repeated = self.repeated_until(inside).is_some_and(|repeated| found < repeated);
            if at >= change.timestamp() && !is_repeated {
                return Some(ours(at));
            }
            if self.happens_in_gap(change.timestamp()) {
                return Some(ours(change.timestamp()));
            }
            until = change.timestamp();
        }
        None
    }

    /// Until when, in local time, everything at `at` has been there before: the clock was put back. Does not matter where
    /// ticks follow the time that passes.
    fn repeated_until(&self, at: jiff::Timestamp) -> Option<DateTime> {
        if self.is_passing {
            return None;
        }
        let change = self.zone.preceding(at.checked_add(MOMENT).ok()?).next()?.timestamp();
        let before = self.zone.to_offset(change.checked_sub(MOMENT).ok()?);
        (before > self.zone.to_offset(change)).then(|| before.to_datetime(change))
    }

    /// Whether there is a time among those that the clock leaves out where it changes at `change`.
    fn happens_in_gap(&self, change: jiff::Timestamp) -> bool {
        let Ok(moment_before) = change.checked_sub(MOMENT) else { return false };
        let (before, after) = (self.zone.to_offset(moment_before), self.zone.to_offset(change));
        if self.is_passing || before >= after {
            return false;
        }
        let found = self.cron.find_next_occurrence(&before.to_datetime(change), true);
        found.is_ok_and(|found| found < after.to_datetime(change))
    }
}

/// The shortest time that there is.
const MOMENT: SignedDuration = SignedDuration::from_nanos(1);

/// Most changes of the clock that a search goes over: two centuries of summer time.
const CHANGES_MAX: usize = 400;

fn point(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.0).ok()
}

fn ours(at: jiff::Timestamp) -> Timestamp {
    Timestamp(at.as_millisecond())
}

/// The time zone of this name in the database that is compiled in.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        let database = TimeZoneDatabase::bundled();
        let known: Vec<String> = database.available().map(|name| name.as_str().to_owned()).collect();
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "it has a name of the IANA database, as in `Europe/Berlin`".to_owned(),
        }
    })
}
