//! What the door keeps of a role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_model::{Digest, Timestamp};

use super::xml::Xml;
use crate::aws::arn::Place;
use crate::aws::caller::Caller;
use crate::aws::shelf::Shelf;

/// Roles by account and name.
pub(super) const ROLES: Shelf = Shelf("iam.roles");

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) description: String,
    pub(super) trust: String,
    pub(super) created: Timestamp,
    pub(super) max_session_s: String,
    /// Policies of its own, by name.
    pub(super) policies: BTreeMap<String, String>,
    /// ARNs of policies that are attached.
    pub(super) attached: Vec<String>,
    pub(super) tags: BTreeMap<String, String>,
}

/// Where a role of the caller is kept.
pub(super) fn key(caller: &Caller, name: &str) -> String {
    format!("{}/{name}", caller.account)
}

impl Role {
    fn arn(&self, caller: &Caller) -> String {
        let Place { partition, account, .. } = Place::of(caller);
        format!("arn:{partition}:iam::{account}:role{}{}", self.path, self.name)
    }

    /// The element of the role.
    pub(super) fn element(&self, caller: &Caller) -> Xml {
        Xml::element("Role", &self.told(caller))
    }

    /// What is in the element of the role.
    pub(super) fn told(&self, caller: &Caller) -> Xml {
        let Digest(bytes) = Digest::of(self.arn(caller).as_bytes());
        let id: String = bytes[..9].iter().map(|byte| format!("{byte:02X}")).collect();
        let tags = self.tags.iter().map(|(key, value)| Xml::text("Key", key).and(&Xml::text("Value", value)));
        Xml::text("Path", &self.path)
            .and(&Xml::text("RoleName", &self.name))
            .and(&Xml::text("RoleId", format!("AROA{}", &id[..17])))
            .and(&Xml::text("Arn", self.arn(caller)))
            .and(&Xml::text("CreateDate", self.created.to_string()))
            .and(&Xml::text("AssumeRolePolicyDocument", encoded(&self.trust)))
            .and(&Xml::text("Description", &self.description))
            .and(&Xml::text("MaxSessionDuration", &self.max_session_s))
            .and(&Xml::list("Tags", tags))
    }
}

/// A policy's text as AWS IAM sends it: percent-encoded (RFC 3986).
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
