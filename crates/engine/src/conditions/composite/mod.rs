//! `composite`: fires when events make a composite event: all of some, any so many of them, one after another, or
//! the lack of one.
//!
//! An expression is a tree of operators over the trigger's patterns; a consumption policy says which occurrences
//! form a composite and which are then used up; `within` bounds the time from its first event. What each operator
//! means under each policy, with examples, is in `docs/composite-events.md`, whose examples are tests.
//!
//! Context: `position` and `waiting` (see `open`); once it has fired, `composites`, a list of all composites of
//! the last firing, each a list of its events in order, and `occurrences`, the first of them. One event may
//! complete several: there is one firing, which shows all.
//!
//! In reading order: `tree` (the expression), `occurrence`, `consumption` (policies and limits), `gather`,
//! `sequence`, `absence` (the operators), `open` (what waits), `rule` (a pass over the tree), `progress` (in words).

mod absence;
mod consumption;
mod gather;
mod occurrence;
mod open;
mod progress;
mod rule;
mod sequence;
#[cfg(test)]
mod tests;
mod tree;

use tidegate_json::{Map, Value};
use tidegate_model::{Event, Failure, Pattern, Text, Timestamp, outcome::errors};

use self::consumption::{Consumption, LimitReached};
use self::occurrence::Occurrence;
use self::open::{MalformedContext, Open};
use self::rule::Rule;
use self::tree::{Tree, span};
use crate::condition::{Condition, Evaluation, TimerRequest, Verdict};
use crate::registry::{MalformedParams, params};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    expr: Value,
    #[serde(default)]
    consumption: Consumption,
    #[serde(default)]
    within: Value,
    #[serde(default)]
    collect: Option<bool>,
}

#[derive(Debug)]
struct Composite {
    rule: Rule,
    collect: Collect,
}

/// What is kept of each event beside its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collect {
    Nothing,
    Data,
}

/// The one timer: the next time at which a window ends or something that waits is too old.
const TIMER: &str = "window";

pub(crate) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let Params { expr, consumption, within, collect } = params(value)?;
    let tree = Tree::parse(&expr)?;
    let within = match &within {
        Value::Null => None,
        given => Some(span(given).map_err(|message| MalformedParams::at("within", message))?),
    };
    if let (Some(whole), Some((window, pointer))) = (within, tree.window_max())
        && window > whole
    {
        let key = format!("expr{pointer}/within");
        let message = format!("this window of {window} is longer than the {whole} that the whole has");
        return Err(MalformedParams::at(&key, message).with_help("it could never be seen to its end"));
    }
    let collect = if collect == Some(false) { Collect::Nothing } else { Collect::Data };
    Ok(Box::new(Composite { rule: Rule { tree, consumption, within }, collect }))
}

impl Composite {
    fn check(&self, patterns: &[Pattern]) -> Result<(), Failure> {
        let named = self.rule.tree.leaves_max();
        if named < patterns.len() {
            return Ok(());
        }
        let message =
            format!("the expression names event {named}, but the trigger has {} patterns", patterns.len());
        Err(Failure::new(errors::INVALID_VALUE, message))
    }

    /// What is kept of `event`.
    fn shown(&self, event: &Event, now: &Evaluation<'_, '_>) -> Result<Value, Failure> {
        let mut shown = Map::with_capacity(8);
        shown.insert("id", Value::from(event.id.as_str()));
        shown.insert("source", Value::from(event.source.as_str()));
        shown.insert("type", Value::from(event.kind.as_str()));
        if let Some(subject) = &event.subject {
            shown.insert("subject", Value::from(subject.as_str()));
        }
        if let Some(time) = &event.time {
            shown.insert("time", Value::from(time.as_str()));
        }
        if self.collect == Collect::Data {
            shown.insert("data", now.scene.event_data()?);
        }
        Ok(Value::from(shown))
    }

    fn read(&self, now: &Evaluation<'_, '_>) -> Result<Open, Failure> {
        Open::read(&self.rule.tree, now.context).map_err(Failure::from)
    }

    /// Puts away what waits, and shows what has come together.
    fn conclude(&self, now: &mut Evaluation<'_, '_>, open: &Open, composites: &[Occurrence]) {
        now.put("position", open.position);
        now.put("waiting", open.waiting(&self.rule.tree));
        if let Some(first) = composites.first() {
            now.put("occurrences", first.shown());
            now.put("composites", Value::array(composites.iter().map(Occurrence::shown)));
        }
        self.set_timer(now, open);
    }

    fn set_timer(&self, now: &mut Evaluation<'_, '_>, open: &Open) {
        if !self.rule.is_timed() {
            return;
        }
        let key = Text::const_new(TIMER);
        now.timers.push(match self.rule.wakes_at(open) {
            Some(due) => TimerRequest::Set { key, due },
            None => TimerRequest::Cancel { key },
        });
    }

    fn out_of_turn(&self, open: &Open) -> Text {
        let waits_for = progress::sentence(&self.rule.tree, open, 0);
        Text::from(format!("it is not its turn; it waits for {waits_for}"))
    }
}

impl Condition for Composite {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let Some(event) = now.scene.event else { return Ok(Verdict::Wait) };
        self.check(now.patterns)?;
        let patterns: Vec<usize> = now.matched.iter().map(|number| *number as usize).collect();
        let shown = self.shown(event, now)?;
        let at = now.scene.at;
        let mut open = self.read(now)?;
        // Windows may have ended while the run was paused: their timers are late, and they are not.
        let mut composites = self.rule.advance(&mut open, at)?;
        let observed = self.rule.observe(&mut open, at, &patterns, shown)?;
        composites.extend(observed.composites);
        self.conclude(now, &open, &composites);
        Ok(match (composites.is_empty(), observed.is_noted) {
            (false, _) => Verdict::Fire,
            (true, true) => counted(&self.rule, &open),
            (true, false) => Verdict::Filtered { part: self.out_of_turn(&open) },
        })
    }

    fn begins(&self) -> bool {
        self.rule.is_timed()
    }

    fn begin(&self, now: &mut Evaluation<'_, '_>) -> Verdict {
        // A context that does not read is told of when an event comes.
        if let Ok(open) = self.read(now) {
            self.set_timer(now, &open);
        }
        Verdict::Wait
    }

    fn timer(&self, now: &mut Evaluation<'_, '_>, _: &str) -> Result<Verdict, Failure> {
        let at: Timestamp = now.scene.at;
        let mut open = self.read(now)?;
        let composites = self.rule.advance(&mut open, at)?;
        self.conclude(now, &open, &composites);
        Ok(if composites.is_empty() { Verdict::Wait } else { Verdict::Fire })
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        let open = Open::read(&self.rule.tree, context).ok()?;
        Some(Text::from(progress::sentence(&self.rule.tree, &open, 0)))
    }
}

fn counted(rule: &Rule, open: &Open) -> Verdict {
    let (have, want) = progress::count(&rule.tree, open);
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Verdict::Counted { have: small(have), want: small(want) }
}

impl From<LimitReached> for Failure {
    fn from(limit: LimitReached) -> Self {
        Self::new(errors::LIMIT, limit.to_string())
    }
}

impl From<MalformedContext> for Failure {
    fn from(malformed: MalformedContext) -> Self {
        Self::new(errors::INVALID_VALUE, malformed.to_string())
    }
}
