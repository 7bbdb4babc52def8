//! AWS STS: who asks.

use super::xml::Xml;
use crate::aws::arn::Place;
use crate::aws::caller::Caller;

pub(super) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What the operation answers; `None` where it is none of AWS STS.
pub(super) fn carry_out(operation: &str, caller: &Caller) -> Option<Xml> {
    let Place { partition, account, .. } = Place::of(caller);
    match operation {
        "GetCallerIdentity" => Some(
            Xml::text("UserId", &account)
                .and(&Xml::text("Account", &account))
                .and(&Xml::text("Arn", format!("arn:{partition}:iam::{account}:root"))),
        ),
        _ => None,
    }
}
