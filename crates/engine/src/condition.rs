//! What a condition is: an active rule over events and a trigger's context.

use std::fmt::Debug;

use tidegate_json::Value;
use tidegate_model::{Failure, Pattern, Text, Timestamp};

use crate::scene::Scene;

/// A condition with its parameters, compiled. It keeps what it has seen in the trigger's context, where
/// people and other triggers can see it; it has no state of its own.
pub trait Condition: Send + Sync + Debug {
    /// An event of one of the trigger's patterns is there.
    ///
    /// # Errors
    /// A [`Failure`] where an expression fails; the event then counts for nothing.
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure>;

    /// Whether [`Condition::begin`] has anything to do.
    fn begins(&self) -> bool {
        false
    }

    /// The trigger starts to listen. There is no event; what it waits for may have been there before.
    fn begin(&self, _now: &mut Evaluation<'_, '_>) -> Verdict {
        Verdict::Wait
    }

    /// A timer that this condition asked for is due.
    ///
    /// # Errors
    /// As [`Condition::evaluate`].
    fn timer(&self, _now: &mut Evaluation<'_, '_>, _timer: &str) -> Result<Verdict, Failure> {
        Ok(Verdict::Wait)
    }

    /// Whether [`Condition::reconsider`] can ever have anything new to say when variables change.
    fn reconsiders(&self) -> bool {
        false
    }

    /// Somebody else changed the context or the variables: what was not enough may be enough.
    ///
    /// # Errors
    /// As [`Condition::evaluate`].
    fn reconsider(&self, _now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        Ok(Verdict::Wait)
    }

    /// What it waits for, given `context`, in a sentence for people; `None` where any event will do.
    fn waits_for(&self, _context: &Value) -> Option<Text> {
        None
    }
}

/// What a condition may look at and change while it is evaluated.
pub struct Evaluation<'s, 'a> {
    /// Event, variables, input and time.
    pub scene: &'s Scene<'a>,
    /// The trigger's context: an object.
    pub context: &'s mut Value,
    /// The trigger's patterns, with expressions resolved.
    pub patterns: &'s [Pattern],
    /// Indexes of those that the event matches, filters included; empty where there is no event.
    pub matched: &'s [u32],
    /// Timers to set or to cancel.
    pub timers: &'s mut Vec<TimerRequest>,
}

/// What a condition wants of its timers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimerRequest {
    /// [`Condition::timer`] is to be called when it is due; replaces one of the same key.
    Set {
        /// Its key within the trigger.
        key: Text,
        /// When.
        due: Timestamp,
    },
    /// It is not needed.
    Cancel {
        /// Its key within the trigger.
        key: Text,
    },
}

/// What a condition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The actions are to be taken.
    Fire,
    /// Noted; it waits for more.
    Counted {
        /// How much is in.
        have: u32,
        /// How much is needed; 0 where that is not known yet.
        want: u32,
    },
    /// False, and which part.
    Filtered {
        /// The part and what it saw.
        part: Text,
    },
    /// Nothing to say.
    Wait,
    /// It gave up waiting.
    TimedOut,
}

impl Evaluation<'_, '_> {
    /// A whole number in the context; zero where it is not there.
    #[must_use]
    pub fn number(&self, key: &str) -> u64 {
        self.context.get(key).and_then(Value::as_u64).unwrap_or(0)
    }

    /// Sets a key of the context.
    pub fn put(&mut self, key: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.context.as_object_mut().and_then(|context| context.get_mut(key)) {
            Some(place) => *place = value,
            None => self.context.set(key, value),
        }
    }

    /// Removes a key of the context.
    pub fn remove(&mut self, key: &str) {
        if let Some(context) = self.context.as_object_mut() {
            context.remove(key);
        }
    }
}
