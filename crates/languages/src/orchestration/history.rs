//! The history of an orchestration, as the context of its trigger has it.
//!
//! Keys: `past`, the entries that turns which have ended were given, and what they asked for; `new`, those that came since;
//! `turn`, how many turns have begun; `busy`, whether one is under way, and then `seen`, how many of the new entries it was
//! given; `generation`, how often it began anew, `delayed`, whether it is
//! not yet time to start; and `left`, the timers that the generation before had when it did.

use tidegate_engine::condition::Evaluation;
use tidegate_json::Value;
use tidegate_model::Timestamp;

/// The context of a turn's trigger, while an event is looked at.
pub(super) struct History<'n, 's, 'a> {
    now: &'n mut Evaluation<'s, 'a>,
}

/// An entry that says what happened at `at`.
pub fn entry<const N: usize>(at: Timestamp, members: [(&'static str, Value); N]) -> Value {
    let mut entry = Value::object([("at", at.to_string())]);
    members.into_iter().for_each(|(key, value)| entry.set(key, value));
    entry
}

impl<'n, 's, 'a> History<'n, 's, 'a> {
    pub(super) fn of(now: &'n mut Evaluation<'s, 'a>) -> Self {
        Self { now }
    }

    pub(super) fn generation(&self) -> u64 {
        self.now.number("generation")
    }

    /// Whether no turn can begin: one is under way, or it is not yet time.
    pub(super) fn is_busy(&self) -> bool {
        ["busy", "delayed"].iter().any(|key| self.now.context.get(key).is_some())
    }

    /// How many entries no turn has been given.
    pub(super) fn waiting(&self) -> usize {
        let new = self.now.context.get("new").and_then(Value::as_array).map_or(0, |new| new.len());
        new - usize::try_from(self.now.number("seen")).unwrap_or(new).min(new)
    }

    /// Something has happened.
    pub(super) fn note(&mut self, entry: Value) {
        self.list("new").push(entry);
    }

    /// The next turn is given everything that is new.
    pub(super) fn begin_turn(&mut self, at: Timestamp) {
        let turn = self.now.number("turn") + 1;
        self.list("new").insert(0, entry(at, [("turn", Value::from(turn))]));
        let seen = self.list("new").len();
        self.now.put("turn", turn);
        self.now.put("seen", seen);
        self.now.put("busy", true);
    }

    /// The turn has ended: what it was given is past, and then what it asks for.
    pub(super) fn end_turn(&mut self, asked: impl IntoIterator<Item = Value>) {
        let seen = usize::try_from(self.now.number("seen")).unwrap_or(0);
        let given: Vec<Value> = {
            let new = self.list("new");
            let seen = seen.min(new.len());
            new.drain(..seen).collect()
        };
        self.now.remove("busy");
        self.now.remove("seen");
        self.now.remove("left");
        let past = self.list("past");
        past.extend(given);
        past.extend(asked);
    }

    /// History begins anew with `kept` and with what nobody has seen of events from outside.
    pub(super) fn begin_anew(&mut self, started: Value, kept: Vec<Value>) {
        let generation = self.generation() + 1;
        self.now.put("generation", generation);
        let left = open(self.list("past"), &[]).into_iter().filter(|(_, asked)| asked.get("timer").is_some());
        let left = Value::array(left.map(|(id, _)| id).collect::<Vec<u64>>());
        self.now.put("left", left);
        self.list("past").clear();
        let unseen = std::mem::take(self.list("new"));
        let events = unseen.into_iter().filter(|entry| entry.get("event").is_some());
        let new: Vec<Value> = [started].into_iter().chain(kept).chain(events).collect();
        *self.list("new") = new;
    }

    /// What was kept of an earlier run is the past of this one.
    pub(super) fn inherit(&mut self, past: Value, generation: u64) {
        self.now.put("past", past);
        self.now.put("generation", generation);
    }

    fn list(&mut self, key: &'static str) -> &mut Vec<Value> {
        if self.now.context.get(key).is_none() {
            self.now.put(key, Value::array::<Value>([]));
        }
        let list = self.now.context.as_object_mut().and_then(|context| context.get_mut(key));
        list.and_then(Value::as_array_mut).expect("only this module writes it")
    }
}

/// What was asked for in `past` and has not ended, with its numbers.
#[must_use]
pub fn open(past: &[Value], new: &[Value]) -> std::collections::BTreeMap<u64, Value> {
    let mut open = std::collections::BTreeMap::new();
    for entry in past.iter().chain(new) {
        let number = |key: &str| entry.get(key).and_then(Value::as_u64);
        if let Some(id) = number("asked") {
            let is_waited_for = ["call", "map", "timer", "run"].iter().any(|key| entry.get(key).is_some());
            if is_waited_for {
                open.insert(id, entry.clone());
            }
        } else if let Some(id) = number("ended").filter(|_| entry.get("index").is_none()) {
            open.remove(&id);
        }
    }
    open
}
