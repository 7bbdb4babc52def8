//! What AWS accepts and is probably not meant.

use super::{Code, Telling, did_you_mean};
use crate::diagnostic::quoted;

/// Something may not be what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Doubt {
    /// Nothing that is in sight assigns the variable.
    UnknownVariable { name: String, near: Option<String> },
    /// A scope further out assigns the variable as well.
    ShadowedVariable { name: String },
    /// Text that looks like a path or an intrinsic function, in a field that computes nothing.
    NoDollar { field: String },
    /// A path as the value of a field that takes none.
    NoPath { field: String },
    /// A path in the result of a Pass state, which is given and not computed.
    StaticResult { field: String },
    /// The heartbeat comes later than the end.
    LateHeartbeat { heartbeat: String, timeout: String },
    /// A field that only a distributed map obeys.
    NotDistributed { field: String },
    /// No state of a machine within a state ends it.
    Endless,
    /// The service has no such error.
    UnknownError { name: String, near: Option<String> },
}

impl Telling for Doubt {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownVariable { .. } => "asl::unknown_variable",
            Self::ShadowedVariable { .. } => "asl::shadowed_variable",
            Self::NoDollar { .. } | Self::NoPath { .. } | Self::StaticResult { .. } => "asl::not_computed",
            Self::LateHeartbeat { .. } => "asl::late_heartbeat",
            Self::NotDistributed { .. } => "asl::not_distributed",
            Self::Endless => "asl::no_end",
            Self::UnknownError { .. } => "asl::unknown_error",
        }
    }

    fn message(&self, subject: &str) -> String {
        match self {
            Self::UnknownVariable { name, .. } => {
                format!("nothing assigns the variable {}", quoted(&format!("${name}")))
            }
            Self::ShadowedVariable { name } => {
                format!(
                    "the variable {} is also assigned outside of this machine",
                    quoted(&format!("${name}"))
                )
            }
            Self::NoDollar { field } | Self::NoPath { field } => format!(
                "the value of {} is taken as it is, and looks as if it were to be computed",
                quoted(field)
            ),
            Self::StaticResult { field } => {
                format!("the result of a Pass state is taken as it is, and {} with it", quoted(field))
            }
            Self::LateHeartbeat { heartbeat, timeout } => format!(
                "a heartbeat every {heartbeat} s is never missed by a task that ends after {timeout} s at the latest"
            ),
            Self::NotDistributed { field } => {
                format!("{} counts for distributed maps, and this one is not", quoted(field))
            }
            Self::Endless => format!("no state of {subject} ends it"),
            Self::UnknownError { name, .. } => {
                format!("{} is no error that there is, and the prefix is reserved", quoted(name))
            }
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::UnknownVariable { near, .. } => {
                return did_you_mean(near.as_ref().map(|near| format!("${near}")).as_ref());
            }
            Self::UnknownError { near, .. } => return did_you_mean(near.as_ref()),
            Self::ShadowedVariable { .. } => return None,
            Self::NoDollar { field } => format!("call it `{field}.$` to have it computed"),
            Self::NoPath { field } => format!("call it `{field}Path` to have it computed"),
            Self::StaticResult { .. } => "use `Parameters` to compute it".to_owned(),
            Self::LateHeartbeat { .. } => "make `HeartbeatSeconds` less than `TimeoutSeconds`".to_owned(),
            Self::NotDistributed { .. } => {
                "set `ProcessorConfig` to `{\"Mode\": \"DISTRIBUTED\", \"ExecutionType\": \"STANDARD\"}`"
                    .to_owned()
            }
            Self::Endless => "add `\"End\": true` to the last one, or a Succeed state".to_owned(),
        })
    }

    fn aws(&self) -> Option<(Code, String)> {
        match self {
            Self::NoDollar { field } => Some((
                Code::NoDollar,
                format!(
                    "No .$ on the field '{field}', which appears to be a JSONPath or Intrinsic Function."
                ),
            )),
            Self::NoPath { field } => Some((
                Code::NoPath,
                format!(
                    "The value of the field '{field}' looks like a path, but its name does not end with 'Path'."
                ),
            )),
            Self::StaticResult { field } => Some((
                Code::PassResultIsStatic,
                format!("Attempt to use a path in the field '{field}' of the result of a pass state."),
            )),
            Self::UnknownVariable { .. } | Self::ShadowedVariable { .. } => None,
            Self::LateHeartbeat { .. } | Self::NotDistributed { .. } => None,
            Self::Endless | Self::UnknownError { .. } => None,
        }
    }
}
