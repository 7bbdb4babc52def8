//! Resources that are none, or not to be had.

use super::{Code, Telling, did_you_mean, listed, schema};
use crate::diagnostic::quoted;

/// What a task or a map asks of the world cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum BadResource {
    /// It is no ARN.
    NotAnArn { found: String },
    /// It names no integration that is known.
    Unknown { resource: String, near: Option<String> },
    /// An item reader or a result writer cannot use it.
    UnknownStore { found: String, among: &'static [&'static str] },
    /// An integration without its request.
    NoRequest { field: &'static str, resource: String },
    /// Express machines have no activities.
    ExpressActivity,
    /// Express machines do not wait for what they start.
    ExpressPattern { pattern: &'static str },
    /// Express machines have no distributed maps.
    ExpressDistributed,
    /// Activities run with the credentials of their workers.
    CredentialsOnActivity,
}

impl Telling for BadResource {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAnArn { .. } | Self::Unknown { .. } | Self::UnknownStore { .. } => "asl::bad_resource",
            Self::CredentialsOnActivity => "asl::bad_resource",
            Self::NoRequest { .. } => "asl::missing_field",
            Self::ExpressActivity | Self::ExpressPattern { .. } | Self::ExpressDistributed => "asl::express",
        }
    }

    fn message(&self, _: &str) -> String {
        match self {
            Self::NotAnArn { found } => format!("{} is not the ARN of a resource", quoted(found)),
            Self::Unknown { resource, .. } => format!("there is no service integration {}", quoted(resource)),
            Self::UnknownStore { found, .. } => format!("{} cannot be used here", quoted(found)),
            Self::NoRequest { field, .. } => format!("a service integration needs {}", quoted(field)),
            Self::ExpressActivity => "an express state machine has no activities".to_owned(),
            Self::ExpressPattern { pattern } => {
                format!("an express state machine does not wait, so {} is not possible", quoted(pattern))
            }
            Self::ExpressDistributed => "an express state machine has no distributed maps".to_owned(),
            Self::CredentialsOnActivity => "an activity takes no `Credentials`".to_owned(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NotAnArn { .. } => Some(
                "as in `arn:aws:states:::lambda:invoke` or `arn:aws:lambda:REGION:ACCOUNT:function:NAME`"
                    .to_owned(),
            ),
            Self::Unknown { near, .. } => did_you_mean(near.as_ref()),
            Self::UnknownStore { among, .. } => {
                Some(format!("it is {}", listed(among.iter().copied(), "or")))
            }
            Self::NoRequest { field, .. } => {
                Some(format!("say in {} what to ask of the service", quoted(field)))
            }
            Self::ExpressPattern { .. } => {
                Some("leave it out, or make the state machine a standard one".to_owned())
            }
            Self::ExpressActivity | Self::ExpressDistributed | Self::CredentialsOnActivity => None,
        }
    }

    fn aws(&self) -> Option<(Code, String)> {
        match self {
            Self::NotAnArn { .. } => schema("Value is not a valid resource ARN"),
            Self::Unknown { resource, .. } => schema(format!(
                "The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
            )),
            Self::UnknownStore { .. } => {
                schema("The field 'Resource' does not match any of the allowed values")
            }
            Self::NoRequest { field, resource } => {
                schema(format!("{field} field is required for resource ARN: {resource}"))
            }
            Self::ExpressActivity => schema("Express state machine does not support Activity ARN"),
            Self::ExpressPattern { pattern } => {
                // AWS writes a blank of its own after this one.
                let end = if *pattern == ".waitForTaskToken" { " " } else { "" };
                schema(format!("Express state machine does not support '{pattern}' service integration{end}"))
            }
            Self::ExpressDistributed => schema(
                "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
            ),
            Self::CredentialsOnActivity => schema("The field 'Credentials' is not supported for activities"),
        }
    }
}
