//! How a piece of work ended.

use serde::{Deserialize, Serialize};

use crate::{Data, Labels, Text};

/// How a task, a scope or a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It did what it was asked; `data` is its result.
    Succeeded {
        /// The result.
        data: Data,
        /// Labels that the work put on its result, beyond those of its input.
        labels: Labels,
    },
    /// It did not.
    Failed(Failure),
}

impl Outcome {
    /// Success with `data` and no labels of its own.
    #[must_use]
    pub fn succeeded(data: impl Into<Data>) -> Self {
        Self::Succeeded { data: data.into(), labels: Labels::NONE }
    }
}

/// Why a piece of work failed: a name that a workflow can match, and a message for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{error}: {message}")]
pub struct Failure {
    /// Name of the error, such as `Tidegate.Timeout` or one that the function chose.
    pub error: Text,
    /// What happened, for people.
    pub message: Text,
    /// Whatever the function said about it.
    pub detail: Data,
}

impl Failure {
    /// A failure without detail.
    #[must_use]
    pub fn new(error: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self { error: error.into(), message: message.into(), detail: Data::None }
    }
}

/// Error names that Tidegate itself gives. Functions may use any other.
pub mod errors {
    /// The function reported failure without a name of its own: its exit code, its HTTP status.
    pub const TASK_FAILED: &str = "Tidegate.TaskFailed";
    /// A task, a heartbeat or a run took longer than it was allowed.
    pub const TIMEOUT: &str = "Tidegate.Timeout";
    /// The task's worker stopped sending heartbeats.
    pub const HEARTBEAT_TIMEOUT: &str = "Tidegate.HeartbeatTimeout";
    /// No function of that name is registered.
    pub const UNKNOWN_FUNCTION: &str = "Tidegate.UnknownFunction";
    /// No workflow of that name is applied.
    pub const UNKNOWN_WORKFLOW: &str = "Tidegate.UnknownWorkflow";
    /// The function could not be started at all.
    pub const NOT_STARTED: &str = "Tidegate.NotStarted";
    /// Nobody has said where the service is that the function calls.
    pub const NO_ENDPOINT: &str = "Tidegate.NoEndpoint";
    /// An expression failed when a condition or an action was evaluated.
    pub const EXPRESSION: &str = "Tidegate.ExpressionFailed";
    /// A condition or an action was given values it cannot work with.
    pub const INVALID_VALUE: &str = "Tidegate.InvalidValue";
    /// The input of a run is not what its workflow takes.
    pub const INVALID_INPUT: &str = "Tidegate.InvalidInput";
    /// A run with this key has been started before, and has ended.
    pub const ALREADY_RUN: &str = "Tidegate.AlreadyRun";
    /// Something that the run started failed, and no trigger took the failure.
    pub const UNHANDLED: &str = "Tidegate.Unhandled";
    /// Nothing is left that could move the run, and it has not completed.
    pub const STALLED: &str = "Tidegate.Stalled";
    /// A stated limit was reached.
    pub const LIMIT: &str = "Tidegate.LimitExceeded";
    /// Somebody cancelled it.
    pub const CANCELLED: &str = "Tidegate.Cancelled";
    /// A newer version of a standing workflow took over.
    pub const SUPERSEDED: &str = "Tidegate.Superseded";
    /// More items of a map failed than it tolerates.
    pub const TOO_MANY_FAILURES: &str = "Tidegate.TooManyFailures";
    /// A task claims slots of a pool that is not there.
    pub const UNKNOWN_POOL: &str = "Tidegate.UnknownPool";
    /// A task claims more slots of a pool than it has.
    pub const POOL_TOO_SMALL: &str = "Tidegate.PoolTooSmall";
    /// Matches every error in a retry rule.
    pub const ANY: &str = "*";
}
