//! Where functions run.
//!
//! An [`Invocation`](tidegate_model::Invocation) goes in, an [`Outcome`](tidegate_model::Outcome) comes out
//! through [`Reports`]: the crate acts and never decides. It knows no engine, no journal and no door, and it
//! retries nothing: whether to try again is the engine's choice. Each function has its own queue and its own
//! slots, so that a slow or failing one never delays another.
//!
//! In reading order:
//! - [`settings`], [`reports`], [`status`]: what goes in and what comes out besides outcomes
//! - [`runtimes`]: the entrance: invoke, abandon, look, shut down
//! - `host`: what all parts share
//! - `attempt`: an attempt from asking to reporting, once or never
//! - `function`: a function's queue, slots and totals
//! - `builtin`: functions that are part of Tidegate, as pure answers
//! - `process`: process groups that never outlive us
//! - `command`: executables and shell lines
//! - `external`: tasks that somebody outside carries out
//! - `http`: endpoints
//! - `aws`: actions of services, and HTTP tasks
//! - `warm`: processes that take one call after another over the AWS Lambda Runtime API
//! - [`content`]: what files a function is made of
//! - [`logs`]: what functions write

mod attempt;
mod aws;
mod builtin;
mod command;
pub mod content;
mod external;
mod function;
mod host;
mod http;
pub mod logs;
mod process;
pub mod reports;
pub mod runtimes;
pub mod settings;
pub mod status;
mod warm;

pub use logs::{LogLine, TaskLog};
pub use reports::{Published, Reports};
pub use runtimes::Runtimes;
pub use settings::Settings;
pub use status::{FunctionStatus, InstanceCounts, Position, RunningStatus, Status, TotalCounts};
