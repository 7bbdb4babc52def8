//! What the door keeps of a function, and what it tells of it.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate_model::function::{CommandLine, Handler, Provided};
use tidegate_model::{Digest, FunctionSpec, Runtime, Span, Timestamp};

use super::code::Unpacked;
use super::name::{LATEST, Named};
use crate::aws::caller::Caller;
use crate::aws::draw;
use crate::aws::fault::Fault;
use crate::aws::shelf::Shelf;

/// Functions by name.
pub(super) const FUNCTIONS: Shelf = Shelf("lambda.functions");

/// A function that came by this door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) latest: Configuration,
    /// Published, oldest first.
    #[serde(default)]
    pub(super) versions: Vec<Configuration>,
    /// The last number that a version got.
    #[serde(default)]
    pub(super) last_version: u64,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Statements of its policy, by id; nothing is decided by them.
    #[serde(default)]
    pub(super) policy: Vec<Value>,
}

/// A function as it was at some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Configuration {
    /// Its number; `None` for the latest.
    pub(super) version: Option<u64>,
    pub(super) runtime: String,
    pub(super) handler: String,
    pub(super) role: String,
    pub(super) description: String,
    pub(super) timeout_s: u64,
    pub(super) memory_mib: u64,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) architectures: Vec<String>,
    pub(super) code: Place,
    pub(super) modified: Timestamp,
    pub(super) revision: String,
}

/// Where code is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) directory: String,
    pub(super) digest: Digest,
    pub(super) size_bytes: u64,
}

impl From<Unpacked> for Place {
    fn from(unpacked: Unpacked) -> Self {
        let Unpacked { directory, digest, size_bytes } = unpacked;
        Self { directory: directory.display().to_string(), digest, size_bytes }
    }
}

impl Configuration {
    /// The same as of `at`.
    pub(super) fn touched(self, at: Timestamp) -> Self {
        Self { modified: at, revision: draw::uuid(), ..self }
    }

    /// The function that the engine is told of.
    pub(super) fn spec(&self) -> Result<FunctionSpec, Fault> {
        let directory = Some(self.code.directory.clone());
        let handler = || Handler { handler: self.handler.clone(), directory: directory.clone() };
        let runtime = match self.runtime.as_str() {
            runtime if runtime.starts_with("python3.") => Runtime::Python(handler()),
            runtime if runtime.starts_with("nodejs") => Runtime::Node(handler()),
            runtime if runtime.starts_with("provided") => {
                let bootstrap = Path::new(&self.code.directory).join("bootstrap").display().to_string();
                Runtime::Provided(Provided { bootstrap: CommandLine::Program(vec![bootstrap]), directory })
            }
            other => {
                return Err(Fault::new(
                    "InvalidParameterValueException",
                    format!("no function runs on `{other}` here: take a python3, nodejs or provided runtime"),
                ));
            }
        };
        let mut spec = FunctionSpec::new(runtime);
        spec.limits.timeout = Some(Span::seconds(self.timeout_s));
        spec.environment = self.environment.clone();
        Ok(spec)
    }

    /// `FunctionConfiguration`.
    pub(super) fn told(&self, name: &str, caller: &Caller) -> Value {
        let named = Named { name: name.to_owned(), version: self.version.map(|number| number.to_string()) };
        let mut told = json!({
            "FunctionName": name,
            "FunctionArn": named.arn(caller),
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": self.handler,
            "CodeSize": self.code.size_bytes,
            "Description": self.description,
            "Timeout": self.timeout_s,
            "MemorySize": self.memory_mib,
            "LastModified": last_modified(self.modified),
            "CodeSha256": STANDARD.encode(self.code.digest.0),
            "Version": named.version.as_deref().unwrap_or(LATEST),
            "TracingConfig": {"Mode": "PassThrough"},
            "RevisionId": self.revision,
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": self.architectures,
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        });
        if !self.environment.is_empty() {
            told["Environment"] = json!({"Variables": self.environment});
        }
        told
    }
}

/// `2026-01-02T03:04:05.678+0000`.
fn last_modified(at: Timestamp) -> String {
    let text = at.to_string();
    text.strip_suffix('Z').map_or(text.clone(), |text| format!("{text}+0000"))
}

impl Function {
    /// The version that a request names.
    pub(super) fn configuration(&self, named: &Named, caller: &Caller) -> Result<&Configuration, Fault> {
        let Some(version) = &named.version else { return Ok(&self.latest) };
        let number = version.parse().ok();
        let found = self.versions.iter().find(|known| number.is_some() && known.version == number);
        found.ok_or_else(|| named.missing(caller))
    }
}

/// `FunctionConfiguration` of a function that came by another door.
pub(super) fn told_of_foreign(name: &str, spec: &FunctionSpec, caller: &Caller) -> Value {
    let runtime = match &spec.runtime {
        Runtime::Python(_) => "python3.12",
        Runtime::Node(_) => "nodejs22.x",
        Runtime::Builtin(_)
        | Runtime::Command(_)
        | Runtime::Http(_)
        | Runtime::Provided(_)
        | Runtime::External(_)
        | Runtime::Aws(_) => "provided.al2023",
    };
    let named = Named { name: name.to_owned(), version: None };
    json!({
        "FunctionName": name,
        "FunctionArn": named.arn(caller),
        "Runtime": runtime,
        "Role": format!("arn:aws:iam::{}:role/tidegate", caller.account),
        "Handler": name,
        "CodeSize": 0,
        "Timeout": spec.limits.timeout.map_or(900, |span| span.0 / 1000),
        "MemorySize": spec.limits.memory_mib.unwrap_or(128),
        "Version": LATEST,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
    })
}
