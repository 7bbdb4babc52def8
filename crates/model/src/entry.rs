//! What the engine is told: the entries of a partition's journal.
//!
//! An entry is everything a step may depend on. Whoever records it has already read the clock. The binary
//! form is a version byte followed by postcard; variants are only ever appended.

use serde::{Deserialize, Serialize};

use crate::interceptor::{Decision, Interceptor};
use crate::{
    Data, Digest, Event, FanOutId, FunctionName, FunctionSpec, HoldId, Labels, Name, Outcome, Program, RunId,
    TaskId, Text, Timestamp, TriggerName, TriggerSpec, WorkflowName,
};

/// One record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was recorded. Never earlier than the entry before it.
    pub at: Timestamp,
    /// What happened.
    pub input: Input,
}

/// Everything that can happen to a partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The first entry of a journal: who this is.
    Genesis {
        /// Drawn once; makes the idempotency keys of different Tidegates differ.
        identity: u64,
    },
    /// Time has passed; timers that are due fire.
    Tick,
    /// An event from outside.
    Publish {
        /// The event.
        event: Event,
        /// To whom it is.
        to: Address,
    },
    /// A workflow gets a (new) version.
    Apply {
        /// The version.
        program: Document<Program>,
    },
    /// A workflow is taken away: no new runs; a standing run ends; others go on.
    RemoveWorkflow {
        /// Which.
        workflow: WorkflowName,
    },
    /// A function is registered for all, or replaced.
    RegisterFunction {
        /// Its name.
        name: FunctionName,
        /// What it is.
        spec: Document<FunctionSpec>,
    },
    /// A function registered for all is taken away.
    RemoveFunction {
        /// Its name.
        name: FunctionName,
    },
    /// A run starts.
    StartRun(StartRun),
    /// An attempt of a task ended.
    TaskEnded {
        /// Which task.
        task: TaskId,
        /// Which attempt, from 1. An attempt that is not the current one changes nothing.
        attempt: u32,
        /// How.
        outcome: Outcome,
    },
    /// An attempt of a task is alive.
    TaskHeartbeat {
        /// Which task.
        task: TaskId,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// A run is ended from outside.
    Cancel {
        /// Which run.
        run: RunId,
        /// Why, for people.
        reason: Text,
    },
    /// A run takes no events until it is resumed; they wait.
    Pause {
        /// Which run.
        run: RunId,
    },
    /// A paused run goes on with the events that waited.
    Resume {
        /// Which run.
        run: RunId,
    },
    /// An interceptor is attached to a run, replacing one of the same name.
    Intercept {
        /// Which run.
        run: RunId,
        /// The interceptor.
        interceptor: Document<Interceptor>,
    },
    /// An interceptor is detached.
    RemoveInterceptor {
        /// Which run.
        run: RunId,
        /// Its name.
        name: Name,
    },
    /// A held firing is decided.
    Decide {
        /// Which.
        hold: HoldId,
        /// How.
        decision: Document<Decision>,
    },
    /// Triggers of a run are changed from outside.
    ChangeTrigger {
        /// Which run; its root scope.
        run: RunId,
        /// How.
        change: Document<TriggerChange>,
    },
    /// A run is ended from outside, as by [`Input::Cancel`], with what the caller says about it.
    CancelWith {
        /// Which run.
        run: RunId,
        /// Why, for people.
        reason: Text,
        /// Detail of the failure with which it ends.
        detail: Data,
    },
    /// A worker outside took an attempt of a task upon itself; nobody else gets it.
    TaskTaken {
        /// Which task.
        task: TaskId,
        /// Which attempt, from 1.
        attempt: u32,
        /// What the worker calls itself.
        by: Option<Text>,
    },
    /// A door keeps a record of its own; `None` forgets it.
    PutRecord {
        /// Which records it is one of.
        shelf: Name,
        /// Its key on the shelf.
        key: Text,
        /// What it says.
        record: Option<Document<tidegate_json::Value>>,
    },
    /// The bounds of a map that is under way are changed; `None` leaves one as it is.
    BoundMap {
        /// Which run.
        run: RunId,
        /// Which map.
        fan_out: FanOutId,
        /// Items at one time. With fewer than are under way, none is stopped, and none starts until there is room.
        concurrency: Option<u32>,
        /// Items that may fail without the map failing.
        failures_max: Option<u32>,
    },
    /// A workflow gets a version beside the one that new runs get; runs start with it that ask for it.
    AddVersion {
        /// The version.
        program: Document<Program>,
    },
    /// A run starts that goes on from what another one left.
    Rerun {
        /// The request. Its input is an object: the run's own `input`, and `kept`, which is the business of the workflow's language.
        request: StartRun,
        /// The run that it goes on from.
        of: RunId,
    },
    /// Results of tasks that were kept are let go of.
    ClearCache {
        /// Only those of this workflow.
        workflow: Option<WorkflowName>,
        /// Only those of tasks that their workflows call so.
        task: Option<Text>,
    },
    /// The key of a run that has ended leads to it no more: another run may start with it.
    ForgetKey {
        /// Of which workflow.
        workflow: WorkflowName,
        /// The key.
        key: Text,
    },
}

/// To whom an event from outside is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Address {
    /// Every trigger that listens to the world.
    #[default]
    World,
    /// The triggers of one run.
    Run(RunId),
}

/// The request for a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartRun {
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// Of which version; the newest where `None`.
    pub program: Option<Digest>,
    /// Its input.
    pub input: Data,
    /// Labels of the input.
    pub labels: Labels,
    /// A second request with the same key is answered with the first one's run.
    pub key: Option<Text>,
}

/// A change to one trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerChange {
    /// It listens.
    Enable(TriggerName),
    /// It does not listen; events for it are parked.
    Disable(TriggerName),
    /// It is added.
    Add(TriggerSpec),
    /// It is gone.
    Remove(TriggerName),
    /// Keys of its context are set.
    Set {
        /// Which trigger.
        trigger: TriggerName,
        /// The keys and their new values: an object.
        context: tidegate_json::Value,
    },
}

/// A document of its own versioning: JSON text within the binary form.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<T>(pub T);

impl<T: Serialize> Serialize for Document<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Document<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer).map(Self);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        serde_json::from_str(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Version of the binary form.
const VERSION: u8 = 1;

/// A journal record that is no entry.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It was written by a newer Tidegate.
    #[error("the entry has format version {found}; this Tidegate reads version {VERSION}")]
    Version {
        /// What it says it is.
        found: u8,
    },
    /// It is empty or not of the form.
    #[error("the entry is malformed")]
    Malformed(#[source] Option<postcard::Error>),
}

impl Entry {
    /// Appends the binary form to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        postcard::to_io(self, out).expect("writing to memory does not fail, and an entry has a binary form");
    }

    /// The entry whose binary form is `bytes`.
    ///
    /// # Errors
    /// [`DecodeError`] where the version is unknown or the bytes are not of the form.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => {
                postcard::from_bytes(body).map_err(|error| DecodeError::Malformed(Some(error)))
            }
            Some((&found, _)) => Err(DecodeError::Version { found }),
            None => Err(DecodeError::Malformed(None)),
        }
    }
}
