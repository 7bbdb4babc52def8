//! What the door keeps of a state machine.
//!
//! The definition is not here: it is the source of the workflow's program, which a revision names by its digest.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate_model::{Digest, Timestamp, WorkflowName};

use crate::aws::arn::{MachineArn, Qualifier};
use crate::aws::fault::Fault;

/// A state machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Machine {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    /// The workflow that it is.
    pub(super) workflow: WorkflowName,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// What executions get that name neither a version nor an alias.
    pub(super) current: Revision,
    /// Published revisions, oldest first.
    #[serde(default)]
    pub(super) versions: Vec<Version>,
    /// The last number that a version got; none is used twice.
    #[serde(default)]
    pub(super) last_version: u64,
    #[serde(default)]
    pub(super) aliases: Vec<Alias>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    /// Whether it was deleted: it starts nothing any more, and its executions are still known.
    #[serde(default)]
    pub(super) deleted: bool,
}

/// The two kinds of state machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Kind {
    /// Executions are remembered, and each is run once.
    #[default]
    Standard,
    /// Executions are short and many.
    Express,
}

/// A state machine as it is from one update to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Revision {
    /// A UUID; `None` until the first update.
    pub(super) id: Option<String>,
    pub(super) program: Digest,
    pub(super) role: String,
    /// `loggingConfiguration`, as the client gave it.
    pub(super) logging: Value,
    /// `tracingConfiguration`, as the client gave it.
    pub(super) tracing: Value,
    /// `encryptionConfiguration`, as the client gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encryption: Option<Value>,
}

/// A published revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Version {
    /// From 1.
    pub(super) number: u64,
    pub(super) revision: Revision,
    #[serde(default)]
    pub(super) description: String,
    pub(super) created: Timestamp,
}

/// A name that leads to one version, or to two by chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Alias {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    pub(super) routes: Vec<Route>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// How often an alias leads to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Route {
    pub(super) version: u64,
    /// In percent; those of an alias add up to 100.
    pub(super) weight: u64,
}

/// A word that somebody attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

impl Kind {
    /// The kind of that name.
    pub(super) fn parse(stated: Option<&str>) -> Result<Self, Fault> {
        match stated {
            None | Some("STANDARD") => Ok(Self::Standard),
            Some("EXPRESS") => Ok(Self::Express),
            Some(other) => Err(Fault::constraint(
                other,
                "type",
                "Member must satisfy enum value set: [STANDARD, EXPRESS]",
            )),
        }
    }
}

impl Machine {
    /// The version with that number.
    pub(super) fn version(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The alias of that name.
    pub(super) fn alias(&self, name: &str) -> Option<&Alias> {
        self.aliases.iter().find(|alias| alias.name == name)
    }

    /// Publishes the current revision; one that was published last is the version that it is.
    pub(super) fn publish(&mut self, description: Option<String>, at: Timestamp) -> &Version {
        let is_published = self.versions.last().is_some_and(|last| last.revision == self.current);
        if !is_published {
            self.last_version += 1;
            self.versions.push(Version {
                number: self.last_version,
                revision: self.current.clone(),
                description: description.unwrap_or_default(),
                created: at,
            });
        }
        self.versions.last().expect("one is there or was put there")
    }

    /// The revision that a name with that qualifier means for the execution `execution`, and the version it is, if it
    /// is one.
    pub(super) fn revision(
        &self,
        qualifier: Option<&Qualifier>,
        execution: &str,
    ) -> Option<(&Revision, Option<u64>)> {
        let number = match qualifier {
            None => return Some((&self.current, None)),
            Some(Qualifier::Version(number)) => *number,
            Some(Qualifier::Alias(name)) => self.alias(name)?.choose(execution)?,
        };
        let version = self.version(number)?;
        Some((&version.revision, Some(number)))
    }
}

impl Alias {
    /// The version that an execution of that name gets. The same name gets the same version as long as the routes are
    /// the same.
    pub(super) fn choose(&self, execution: &str) -> Option<u64> {
        let Digest(bytes) = Digest::of(execution.as_bytes());
        let drawn = u64::from_be_bytes(bytes[..8].try_into().expect("a digest has 32 bytes")) % 100;
        let mut below = 0;
        let chosen = self.routes.iter().find(|route| {
            below += route.weight;
            drawn < below
        });
        chosen.map(|route| route.version)
    }

    /// `routingConfiguration`.
    pub(super) fn routing(&self, machine: &MachineArn) -> Value {
        let routes = self.routes.iter().map(|route| {
            json!({
                "stateMachineVersionArn": machine.version(route.version).to_string(),
                "weight": route.weight,
            })
        });
        routes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_leads_by_weight_and_always_the_same_way() {
        let routes = vec![Route { version: 1, weight: 80 }, Route { version: 2, weight: 20 }];
        let at = Timestamp::default();
        let alias = Alias { name: "live".to_owned(), description: None, routes, created: at, updated: at };
        let chosen = |n: u32| alias.choose(&format!("execution-{n}")).unwrap();
        let to_first = (0..1000).filter(|n| chosen(*n) == 1).count();
        assert!((740..860).contains(&to_first), "{to_first}");
        assert!((0..1000).all(|n| chosen(n) == chosen(n)));
    }
}
