//! The times of a schedule: ticks, which one after a given time and which one before it.
//!
//! Owns the arithmetic. It knows no runs and no clock: whoever asks says from when.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tidegate_model::{Span, Timestamp};

use super::cron::{self, CronTimes};

/// A rule by which ticks come, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// How it goes.
    pub pace: Pace,
    /// The name of the time zone that patterns of cron are read in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// No tick is before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// No tick is after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
}

/// How ticks follow one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// By a pattern of five fields.
    Cron(String),
    /// One each such span, counted from `start`, or from 1970-01-01T00:00:00Z.
    Every(Span),
}

/// Rules, ready to be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    rules: Vec<Ready>,
}

#[derive(Clone, Debug)]
struct Ready {
    pace: ReadyPace,
    zone: TimeZone,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum ReadyPace {
    Cron(Box<CronTimes>),
    Every { ms: i64, anchor: i64 },
}

impl Times {
    /// The times that `rules` state.
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, String> {
        rules.iter().map(Ready::new).collect::<Result<_, _>>().map(|rules| Self { rules })
    }

    /// The first tick after `after`. Rules without a start begin after `since`.
    pub(crate) fn next(&self, after: Timestamp, since: Timestamp) -> Option<Timestamp> {
        self.rules.iter().filter_map(|rule| rule.next(after, since)).min()
    }

    /// The last tick before `before`, also one before the start: where the interval of a tick begins.
    pub(crate) fn previous(&self, before: Timestamp) -> Option<Timestamp> {
        self.rules.iter().filter_map(|rule| rule.previous(before)).max()
    }

    /// The last tick after `after` that is not after `until`.
    pub(crate) fn last_within(
        &self,
        after: Timestamp,
        until: Timestamp,
        since: Timestamp,
    ) -> Option<Timestamp> {
        let begins = |rule: &Ready| rule.start.map_or(since, |start| Timestamp(start.0.saturating_sub(1)));
        let last = |rule: &Ready| {
            let found = rule.previous(Timestamp(until.0.saturating_add(1)))?;
            (found > after.max(begins(rule))).then_some(found)
        };
        self.rules.iter().filter_map(last).max()
    }

    /// How many ticks are after `after` and not after `until`; at most `most`.
    pub(crate) fn count(&self, after: Timestamp, until: Timestamp, since: Timestamp, most: u64) -> u64 {
        let mut count = 0;
        let mut at = after;
        while count < most {
            match self.next(at, since) {
                Some(tick) if tick <= until => at = tick,
                Some(_) | None => break,
            }
            count += 1;
        }
        count
    }

    /// Before the first tick that there can be: just before the earliest start, `since` where a rule has none.
    pub(crate) fn beginning(&self, since: Timestamp) -> Timestamp {
        let begins = self.rules.iter().map(|rule| rule.start.map_or(since, |start| Timestamp(start.0 - 1)));
        begins.min().unwrap_or(since).min(since)
    }

    /// The time zone of the rule that has a tick at `tick`.
    pub(crate) fn zone_at(&self, tick: Timestamp) -> TimeZone {
        let before = Timestamp(tick.0 - 1);
        let has_it = |rule: &&Ready| rule.next(before, before) == Some(tick);
        self.rules.iter().find(has_it).or(self.rules.first()).map_or(TimeZone::UTC, |rule| rule.zone.clone())
    }
}

impl Ready {
    fn new(rule: &Rule) -> Result<Self, String> {
        let Rule { pace, timezone, start, end } = rule;
        let zone = timezone.as_deref().map_or(Ok(TimeZone::UTC), |name| {
            cron::zone(name).map_err(|help| format!("there is no time zone `{name}`: {help}"))
        })?;
        let pace = match pace {
            Pace::Cron(pattern) => ReadyPace::Cron(Box::new(CronTimes::new(pattern, zone.clone())?)),
            Pace::Every(span) => {
                let ms =
                    i64::try_from(span.0).ok().filter(|ms| *ms > 0).ok_or("`every` is no time at all")?;
                ReadyPace::Every { ms, anchor: start.map_or(0, |start| start.0.rem_euclid(ms)) }
            }
        };
        Ok(Self { pace, zone, start: *start, end: *end })
    }

    fn next(&self, after: Timestamp, since: Timestamp) -> Option<Timestamp> {
        let begins = self.start.map_or(since, |start| Timestamp(start.0.saturating_sub(1)));
        let after = after.max(begins);
        let found = match &self.pace {
            ReadyPace::Cron(cron) => cron.next(after)?,
            ReadyPace::Every { ms, anchor } => {
                let passed = after.0.checked_sub(*anchor)?.div_euclid(*ms);
                Timestamp(passed.checked_add(1)?.checked_mul(*ms)?.checked_add(*anchor)?)
            }
        };
        Some(found).filter(|found| self.end.is_none_or(|end| *found <= end))
    }

    fn previous(&self, before: Timestamp) -> Option<Timestamp> {
        let before = self.end.map_or(before, |end| before.min(Timestamp(end.0.saturating_add(1))));
        match &self.pace {
            ReadyPace::Cron(cron) => cron.previous(before),
            ReadyPace::Every { ms, anchor } => {
                let passed = before.0.checked_sub(*anchor)?.checked_sub(1)?.div_euclid(*ms);
                Some(Timestamp(passed.checked_mul(*ms)?.checked_add(*anchor)?))
            }
        }
    }
}

/// The smallest gap among the first ticks of `rule`, which jitter has to fit in.
pub(crate) fn smallest_gap(rule: &Rule) -> Option<Span> {
    const LOOKED_AT: usize = 200;
    let free = Rule { start: None, end: None, ..rule.clone() };
    let times = Times::new(&[free]).ok()?;
    let mut at = Timestamp(946_684_800_000);
    let mut least: Option<Span> = None;
    for _ in 0..LOOKED_AT {
        let before = at;
        at = times.next(before, before)?;
        if before.0 != 946_684_800_000 {
            let gap = at.since(before);
            least = Some(least.map_or(gap, |least| least.min(gap)));
        }
    }
    least
}
