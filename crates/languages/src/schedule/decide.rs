//! What becomes of a tick: its run starts, waits, or is skipped. A function of the schedule, what it remembers, and the time.
//!
//! Invariants: every tick is decided on once, in order; a tick that is skipped leaves a record that says why.

use tidegate_json::Value;
use tidegate_model::{Span, Text, Timestamp, outcome::errors};

use super::model::{CatchUp, Overlap, Schedule, iso, jitter_of};
use super::state::{EVENTS_WAIT_MAX, Occasion, State, Waiting};
use super::times::Times;

/// Ticks that come later than this after they were due are missed.
pub(crate) const GRACE: Span = Span::seconds(60);

/// Missed ticks are counted up to here.
const COUNTED_MAX: u64 = 10_000;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// Start a run.
    Start {
        /// What it is called.
        subject: Text,
        /// What it learns about why it starts.
        schedule: Value,
    },
    /// Cancel the run of this name.
    Cancel { subject: Text, reason: Text },
    /// Leave a record of ticks that have no run.
    Skip { subject: Text, record: Value },
}

/// A schedule with its times.
pub(crate) struct Clockwork<'s> {
    pub(crate) schedule: &'s Schedule,
    pub(crate) times: &'s Times,
}

impl Clockwork<'_> {
    /// Takes over from `state`, which the version before left.
    pub(crate) fn begin(&self, state: &mut State, now: Timestamp) -> Vec<Deed> {
        let is_new = state.since.is_none();
        if !is_new && state.rules != self.schedule.times {
            // What waits are ticks of the rules that were.
            for waiting in &mut state.waiting {
                if let Waiting::Ticks { rules: rules @ None, .. } = waiting {
                    *rules = Some(state.rules.clone());
                }
            }
            state.last = Some(state.last.unwrap_or(now).max(now));
            state.since = Some(now);
        }
        if is_new {
            state.since = Some(now);
            state.last = Some(self.times.beginning(now));
        }
        state.rules.clone_from(&self.schedule.times);
        state.seen.retain(|place, _| self.schedule.has_event(place));
        self.due(state, now)
    }

    /// Decides on all ticks that are due at `now`.
    pub(crate) fn due(&self, state: &mut State, now: Timestamp) -> Vec<Deed> {
        let mut deeds = Vec::new();
        if let Some(missed) = self.last_missed(state, now) {
            self.missed(state, missed, now, &mut deeds);
            state.last = Some(missed);
        }
        while let Some(tick) = self.next(state).filter(|tick| self.due_at(*tick) <= now) {
            self.place(state, tick, &mut deeds);
            state.last = Some(tick);
        }
        self.drain(state, &mut deeds);
        state.next = self.next(state);
        deeds
    }

    /// The run that is called `subject` has ended.
    pub(crate) fn ended(&self, state: &mut State, subject: &Text) -> Vec<Deed> {
        let mut deeds = Vec::new();
        state.running.retain(|running| running != subject);
        self.drain(state, &mut deeds);
        deeds
    }

    /// The event at `place` of the schedule's events has come; `about` describes it, `subject` is what a run of it is called.
    pub(crate) fn event(
        &self,
        state: &mut State,
        (set, index): (usize, usize),
        subject: Text,
        about: Value,
        now: Timestamp,
    ) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let Some(events) = self.schedule.events.get(set) else { return deeds };
        let is_known = state.running.contains(&subject)
            || state
                .waiting
                .iter()
                .any(|waiting| matches!(waiting, Waiting::Events(o) if o.subject == subject));
        let events = if events.all {
            state.seen.insert(place(set, index), about);
            let all: Option<Vec<Value>> =
                (0..events.any.len()).map(|index| state.seen.get(&place(set, index)).cloned()).collect();
            let Some(all) = all else { return deeds };
            (0..events.any.len()).for_each(|index| drop(state.seen.remove(&place(set, index))));
            all
        } else {
            vec![about]
        };
        if !is_known {
            let occasion = Occasion { subject, at: now, events: Value::from(events) };
            self.place_occasion(state, occasion, &mut deeds);
        }
        deeds
    }

    /// When the timer for the next tick is due.
    pub(crate) fn wakes_at(&self, state: &State) -> Option<Timestamp> {
        state.next.map(|tick| self.due_at(tick))
    }

    fn next(&self, state: &State) -> Option<Timestamp> {
        self.times.next(state.last?, state.since?)
    }

    fn due_at(&self, tick: Timestamp) -> Timestamp {
        tick.after(jitter_of(&self.schedule.workflow, tick, self.schedule.jitter))
    }

    /// The last tick that is so late that it, and all before it, are missed.
    fn last_missed(&self, state: &State, now: Timestamp) -> Option<Timestamp> {
        let (last, since) = (state.last?, state.since?);
        let late = |tick: Timestamp| now.since(self.due_at(tick)) > GRACE;
        let mut until = Timestamp(now.0.saturating_sub_unsigned(GRACE.0));
        loop {
            let tick = self.times.last_within(last, until, since)?;
            if late(tick) {
                return Some(tick);
            }
            until = Timestamp(tick.0 - 1);
        }
    }

    /// What becomes of the ticks up to `missed`.
    fn missed(&self, state: &mut State, missed: Timestamp, now: Timestamp, deeds: &mut Vec<Deed>) {
        let (Some(last), Some(since)) = (state.last, state.since) else { return };
        let Some(first) = self.times.next(last, since) else { return };
        let is_next_due = self.times.next(missed, since).is_some_and(|tick| self.due_at(tick) <= now);
        match self.schedule.catch_up {
            CatchUp::All => enqueue(state, self.times, first, missed),
            CatchUp::Last if !is_next_due => {
                let before = self.times.last_within(last, Timestamp(missed.0 - 1), since);
                if let Some(before) = before {
                    self.skip_missed(state, (last, first, before), deeds);
                }
                self.place(state, missed, deeds);
            }
            CatchUp::Last | CatchUp::None => self.skip_missed(state, (last, first, missed), deeds),
        }
    }

    fn skip_missed(
        &self,
        state: &mut State,
        (after, first, last): (Timestamp, Timestamp, Timestamp),
        deeds: &mut Vec<Deed>,
    ) {
        let since = state.since.unwrap_or(after);
        let count = self.times.count(after, last, since, COUNTED_MAX);
        let catch_up = self.schedule.catch_up.name();
        let reason = format!(
            "missed: the schedule was paused, or the server was not there; `catch_up` is `{catch_up}`"
        );
        skip(state, (first, last, count), &reason, deeds);
    }

    /// What becomes of a tick whose time it is.
    fn place(&self, state: &mut State, tick: Timestamp, deeds: &mut Vec<Deed>) {
        if !state.waiting.is_empty() {
            return enqueue(state, self.times, tick, tick);
        }
        match self.course(state, deeds, tick) {
            Course::Start => start_tick(state, self.times, tick, deeds),
            Course::Wait => enqueue(state, self.times, tick, tick),
            Course::Skip(reason) => skip(state, (tick, tick, 1), &reason, deeds),
        }
    }

    fn place_occasion(&self, state: &mut State, occasion: Occasion, deeds: &mut Vec<Deed>) {
        let course = match state.waiting.len() {
            0 => self.course(state, deeds, occasion.at),
            EVENTS_WAIT_MAX.. => Course::Skip(format!("{EVENTS_WAIT_MAX} occasions wait already")),
            _ => Course::Wait,
        };
        match course {
            Course::Start => start_occasion(state, occasion, deeds),
            Course::Wait => state.waiting.push(Waiting::Events(occasion)),
            Course::Skip(reason) => skip(state, (occasion.at, occasion.at, 1), &reason, deeds),
        }
    }

    fn course(&self, state: &State, deeds: &mut Vec<Deed>, tick: Timestamp) -> Course {
        let Some(running) = state.running.first() else { return Course::Start };
        match self.schedule.overlap {
            Overlap::Allow => Course::Start,
            Overlap::Queue => Course::Wait,
            Overlap::Skip => {
                Course::Skip(format!("the run of {running} is still going; `overlap` is `skip`"))
            }
            Overlap::Cancel => {
                let reason = Text::from(format!("the tick of {} has come; `overlap` is `cancel`", iso(tick)));
                let cancel =
                    |subject: &Text| Deed::Cancel { subject: subject.clone(), reason: reason.clone() };
                deeds.extend(state.running.iter().map(cancel));
                Course::Start
            }
        }
    }

    /// Starts what waits, once nothing is under way.
    fn drain(&self, state: &mut State, deeds: &mut Vec<Deed>) {
        if !state.running.is_empty() || state.waiting.is_empty() {
            return;
        }
        match state.waiting.remove(0) {
            Waiting::Events(occasion) => start_occasion(state, occasion, deeds),
            Waiting::Ticks { from, to, rules } => {
                let own = rules.as_ref().and_then(|rules| Times::new(rules).ok());
                let times = own.as_ref().unwrap_or(self.times);
                let beginning = Timestamp(from.0 - 1);
                if let Some(following) = times.next(from, beginning).filter(|tick| *tick <= to) {
                    state.waiting.insert(0, Waiting::Ticks { from: following, to, rules });
                }
                start_tick(state, times, from, deeds);
            }
        }
    }
}

/// What becomes of a tick.
enum Course {
    Start,
    Wait,
    Skip(String),
}

impl Schedule {
    /// Whether there is an event at this place.
    fn has_event(&self, at: &str) -> bool {
        let places = self.events.iter().enumerate();
        places
            .flat_map(|(set, events)| (0..events.any.len()).map(move |index| place(set, index)))
            .any(|known| known == at)
    }
}

fn place(set: usize, index: usize) -> String {
    format!("{set}.{index}")
}

fn enqueue(state: &mut State, times: &Times, from: Timestamp, to: Timestamp) {
    if let Some(Waiting::Ticks { to: end, rules: None, .. }) = state.waiting.last_mut()
        && times.next(*end, Timestamp(end.0 - 1)) == Some(from)
    {
        *end = to;
        return;
    }
    state.waiting.push(Waiting::Ticks { from, to, rules: None });
}

fn start_tick(state: &mut State, times: &Times, tick: Timestamp, deeds: &mut Vec<Deed>) {
    let interval = interval(times, tick);
    let schedule = Value::object([("time", Value::from(iso(tick))), ("interval", interval)]);
    start(state, Text::from(iso(tick)), schedule, deeds);
}

fn start_occasion(state: &mut State, occasion: Occasion, deeds: &mut Vec<Deed>) {
    let Occasion { subject, at, events } = occasion;
    let schedule = Value::object([("time", Value::from(iso(at))), ("events", events)]);
    start(state, subject, schedule, deeds);
}

fn start(state: &mut State, subject: Text, schedule: Value, deeds: &mut Vec<Deed>) {
    state.started += 1;
    state.running.push(subject.clone());
    deeds.push(Deed::Start { subject, schedule });
}

fn skip(
    state: &mut State,
    (first, last, count): (Timestamp, Timestamp, u64),
    reason: &str,
    deeds: &mut Vec<Deed>,
) {
    state.skipped += count;
    let record = Value::object([
        ("time", Value::from(iso(first))),
        ("until", Value::from(iso(last))),
        ("count", Value::from(count)),
        ("reason", Value::from(reason)),
    ]);
    state.last_skip = Some(record.clone());
    deeds.push(Deed::Skip { subject: Text::from(iso(first)), record });
}

/// The interval that ends with `tick`.
pub(crate) fn interval(times: &Times, tick: Timestamp) -> Value {
    let start = times.previous(tick).map_or(Value::Null, |start| Value::from(iso(start)));
    Value::object([("start", start), ("end", Value::from(iso(tick)))])
}

/// The key of the run of a tick: no tick has two.
pub(crate) fn key(subject: &str) -> Text {
    Text::from(format!("schedule:{subject}"))
}

/// Whether a failure says that the run had been started before, by whomever.
pub(crate) fn is_already_run(failure: &Value) -> bool {
    failure.get("error").and_then(Value::as_str) == Some(errors::ALREADY_RUN)
}
