//! A schedule as data: when a workflow starts, and what becomes of ticks that are missed or come too soon.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{Program, Span, TextMatch, Timestamp, WorkflowName};

use super::times::{Rule, Times};

/// A schedule of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// When it ticks: whenever one of the rules says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<Rule>,
    /// What the run of an earlier tick means for the next.
    #[serde(default)]
    pub overlap: Overlap,
    /// What becomes of ticks that were missed.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// A tick is late by less than this, always by the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jitter: Span,
    /// Events that start runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventSet>,
}

/// What happens when the run of an earlier tick is still going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// They go side by side.
    Allow,
    /// The tick is skipped.
    #[default]
    Skip,
    /// The tick waits for the end of that run.
    Queue,
    /// That run is cancelled.
    Cancel,
}

/// Which of the missed ticks are made up for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// None.
    #[default]
    None,
    /// The last.
    Last,
    /// All, one after another.
    All,
}

/// Events, of which one, or each, starts a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSet {
    /// Which events.
    pub any: Vec<EventMatch>,
    /// Whether all of them must have come since the last start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

/// Which events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventMatch {
    /// Their type.
    #[serde(rename = "type")]
    pub kind: TextMatch,
    /// Their subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<TextMatch>,
    /// Their source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<TextMatch>,
}

/// A tick, for people and tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Its time.
    pub time: Timestamp,
    /// When the run starts: later by the jitter.
    pub due: Timestamp,
    /// Since the tick before it, where there is one.
    pub interval_start: Option<Timestamp>,
    /// Local time, as `2026-01-31T03:00:00`.
    pub local: String,
    /// Its distance from UTC, as `+01:00`.
    pub offset: String,
    /// The time zone that it is local in.
    pub timezone: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(span: &Span) -> bool {
    span.0 == 0
}

impl Overlap {
    /// The words for them.
    pub const NAMES: [&str; 4] = ["allow", "skip", "queue", "cancel"];

    /// The one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Allow, Self::Skip, Self::Queue, Self::Cancel];
        Self::NAMES.iter().zip(all).find(|(known, _)| **known == name).map(|(_, found)| found)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Cancel => "cancel",
        }
    }
}

impl CatchUp {
    /// The words for them.
    pub const NAMES: [&str; 3] = ["none", "last", "all"];

    /// The one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::None, Self::Last, Self::All];
        Self::NAMES.iter().zip(all).find(|(known, _)| **known == name).map(|(_, found)| found)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Last => "last",
            Self::All => "all",
        }
    }
}

impl Tick {
    /// The tick as a document, as answers have it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let start = self.interval_start.map_or(Value::Null, |start| Value::from(iso(start)));
        Value::object([
            ("time", Value::from(iso(self.time))),
            ("local", Value::from(self.local.as_str())),
            ("offset", Value::from(self.offset.as_str())),
            ("timezone", Value::from(self.timezone.as_str())),
            ("due", Value::from(iso(self.due))),
            ("interval", Value::object([("start", start), ("end", Value::from(iso(self.time)))])),
        ])
    }
}

impl Schedule {
    /// The schedule that `program` has, or is.
    #[must_use]
    pub fn of(program: &Program) -> Option<Self> {
        let program = program.schedule.as_deref().unwrap_or(program);
        if program.language != super::LANGUAGE {
            return None;
        }
        let action = program.scopes.first()?.triggers.first()?.actions.first()?;
        Self::from_value(action.params.get("schedule")?).ok()
    }

    /// The schedule as a document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = serde_json::to_string(self).expect("a schedule has only string keys and whole numbers");
        Value::parse(&text).expect("what was just printed parses")
    }

    /// The schedule that a document states.
    ///
    /// # Errors
    /// Where it is none.
    pub fn from_value(value: &Value) -> Result<Self, MalformedParams> {
        tidegate_engine::registry::params(value)
    }

    /// Its times.
    pub(crate) fn ready(&self) -> Result<Times, MalformedParams> {
        Times::new(&self.times).map_err(|message| MalformedParams::at("times", message))
    }

    /// The first `count` ticks after `after`.
    #[must_use]
    pub fn next_ticks(&self, after: Timestamp, count: usize) -> Vec<Tick> {
        let Ok(times) = self.ready() else { return Vec::new() };
        let mut at = after;
        let ticks = std::iter::from_fn(|| {
            at = times.next(at, after)?;
            Some(self.tick(&times, at))
        });
        ticks.take(count).collect()
    }

    /// The ticks whose intervals begin from `from` on and before `to`, and have ended at `now`; at most `most`.
    #[must_use]
    pub fn ticks_of(&self, from: Timestamp, to: Timestamp, now: Timestamp, most: usize) -> Vec<Tick> {
        let Ok(times) = self.ready() else { return Vec::new() };
        let mut at = from;
        let ticks = std::iter::from_fn(|| {
            at = super::backfill::next_of(&times, at, from, to, now)?;
            Some(self.tick(&times, at))
        });
        ticks.take(most).collect()
    }

    /// Whether it ticks at all, or waits for events alone.
    #[must_use]
    pub fn has_times(&self) -> bool {
        !self.times.is_empty()
    }

    fn tick(&self, times: &Times, time: Timestamp) -> Tick {
        let point = jiff::Timestamp::from_millisecond(time.0).unwrap_or_default();
        let zoned = point.to_zoned(times.zone_at(time));
        Tick {
            time,
            due: time.after(jitter_of(&self.workflow, time, self.jitter)),
            interval_start: times.previous(time),
            local: zoned.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            offset: zoned.strftime("%:z").to_string(),
            timezone: zoned.time_zone().iana_name().unwrap_or("UTC").to_owned(),
        }
    }

    /// `text` as a point in time: a date, or a date and a time, in the schedule's zone, or RFC 3339.
    #[must_use]
    pub fn point(&self, text: &str) -> Option<Timestamp> {
        let name = self.times.iter().find_map(|rule| rule.timezone.as_deref());
        let zone = name.map_or(Ok(jiff::tz::TimeZone::UTC), super::cron::zone).ok()?;
        point_in(text, &zone)
    }
}

/// `text` as a point in time: RFC 3339, or a date, or a date and a time, in `zone`.
pub(crate) fn point_in(text: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    if let Ok(point) = text.parse::<Timestamp>() {
        return Some(point);
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    let zoned = zone.to_ambiguous_zoned(local).compatible().ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

/// By how much the start of the run of `tick` is later than the tick: less than `jitter`, and the same every time.
pub(crate) fn jitter_of(workflow: &WorkflowName, tick: Timestamp, jitter: Span) -> Span {
    if jitter.0 == 0 {
        return Span(0);
    }
    let digest =
        Sha256::new().chain_update(workflow.as_str()).chain_update([0]).chain_update(tick.0.to_be_bytes());
    let digest = digest.finalize();
    let drawn = digest.iter().take(8).fold(0_u64, |drawn, byte| drawn << 8 | u64::from(*byte));
    Span(drawn % jitter.0)
}

/// A point in time as it stands in inputs and keys: RFC 3339 in UTC, without a fraction where it has none.
pub(crate) fn iso(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.to_string(), |point| point.to_string())
}
