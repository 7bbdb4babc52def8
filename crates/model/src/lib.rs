//! The words of Tidegate, as types.
//!
//! Everything that two crates must agree on is here: what an event is, what a trigger is made of, what the
//! journal records, what a step reports. This crate decides nothing and does nothing; it knows no clock, no
//! file, no socket and no workflow language. What is deliberately absent: how a trigger is evaluated (the
//! engine), how bytes reach a disk (the journal), how a function runs (the runtimes).
//!
//! In reading order: [`ids`] and [`time`] name things, [`event`] is what makes anything happen and
//! [`cloudevents`] how it looks outside, [`pattern`] and [`program`] say what should happen then, [`function`] is
//! the user's code, [`entry`] is what the engine is told, [`effect`] is what it asks for, [`fact`] is what it
//! reports.

pub mod cloudevents;
pub mod effect;
pub mod entry;
pub mod event;
pub mod fact;
pub mod function;
pub mod ids;
pub mod interceptor;
pub mod labels;
pub mod outcome;
pub mod pattern;
pub mod program;
pub mod retry;
pub mod time;

pub use compact_str::CompactString as Text;
pub use effect::{Effect, Invocation};
pub use entry::{Address, Entry, Input};
pub use event::{Data, Event};
pub use fact::{Disposition, Fact};
pub use function::{FunctionLimits, FunctionSpec, Runtime};
pub use ids::{
    Digest, FanOutId, FunctionName, HoldId, Name, Offset, PartitionId, RunId, ScopeId, TaskId, TimerId,
    TriggerName, WorkflowName,
};
pub use labels::Labels;
pub use outcome::{Failure, Outcome};
pub use pattern::{Pattern, Reach, TextMatch};
pub use program::{ActionSpec, ConditionSpec, Program, ScopeSpec, TriggerSpec};
pub use retry::Retry;
pub use time::{Span, Timestamp};
