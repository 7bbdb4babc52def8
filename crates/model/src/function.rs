//! Functions: the user's code, how it runs, and what it may use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_json::Value;

use crate::{Retry, Span, Text};

/// A function as registered: where its code is, how it runs, within which limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionSpec {
    /// How it runs.
    #[serde(flatten)]
    pub runtime: Runtime,
    /// What one invocation, and all together, may use.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: FunctionLimits,
    /// What to do when it fails, unless the invoking action says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Variables added to its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Digest of the files that it is made of, as they were when its workflow was applied, where somebody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Text>,
}

/// The ways in which a function can run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "runtime", rename_all = "lowercase")]
pub enum Runtime {
    /// Part of Tidegate, for tests and benchmarks.
    Builtin(Builtin),
    /// An executable or a shell script: input on stdin, result on stdout, outcome by exit code.
    Command(Command),
    /// A URL that takes the input by POST and answers with the result.
    Http(HttpEndpoint),
    /// A warm process that handles one invocation after another, in Python.
    Python(Handler),
    /// The same in JavaScript on Node.js.
    Node(Handler),
    /// A warm process that speaks the AWS Lambda Runtime API itself.
    Provided(Provided),
    /// Somebody outside does it: takes the task by polling, or knows its id, and reports how it ended.
    External(External),
    /// An action of a service of AWS, or of something that speaks its protocol.
    Aws(AwsAction),
}

/// A function that is carried out by somebody outside, who asks for work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {}

/// An action of a service, as the integrations of Amazon States Language name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsAction {
    /// The service, as in `aws-sdk:dynamodb:…`: `dynamodb`, `s3`, `sfn`; `http` calls any URL.
    pub service: Text,
    /// The action, in camelCase: `getItem`.
    pub action: Text,
}

/// A function that is part of Tidegate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Builtin {
    /// Which one.
    pub builtin: BuiltinKind,
}

/// The functions that are part of Tidegate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuiltinKind {
    /// Answers `null` at once.
    Noop,
    /// Answers its input at once.
    Echo,
    /// Answers its input after the time its input names: `{"seconds": 1.5}` or `{"ms": 10}`; with
    /// `{"echo": …}` it answers that instead.
    Sleep,
    /// Fails, with the `error` and `message` its input names. With `{"times": n}`, only the first n attempts.
    Fail,
}

/// An executable or a shell script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// A line for `/bin/sh -c`, or a program and its arguments.
    pub command: CommandLine,
    /// Directory to run in; relative to the workflow file's directory. Default: that directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Whether an input may say `command`, a list, and `environment`, an object, in place of what stands here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub takes_overrides: bool,
}

/// What to execute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CommandLine {
    /// A line for `/bin/sh -c`.
    Shell(String),
    /// A program and its arguments, executed without a shell.
    Program(Vec<String>),
}

/// An HTTP endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpEndpoint {
    /// Where to POST.
    pub url: String,
    /// What the body is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub format: HttpFormat,
    /// Headers added to the request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// What an HTTP function is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HttpFormat {
    /// The input as JSON.
    #[default]
    Json,
    /// A CloudEvent in binary mode whose data is the input.
    CloudEvent,
}

/// A handler in a language that Tidegate brings a bootstrap for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// `module.function`, as in AWS Lambda.
    pub handler: String,
    /// Directory with the code; relative to the workflow file's directory. Default: that directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
}

/// A program that speaks the AWS Lambda Runtime API itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provided {
    /// What to execute.
    pub bootstrap: CommandLine,
    /// Directory to run in; relative to the workflow file's directory. Default: that directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
}

/// What a function may use. A limit that is not set does not bind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FunctionLimits {
    /// Longest single attempt, measured from its start; then its process group is killed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Largest address space of a process, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    /// CPU seconds of a process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<u64>,
    /// Attempts at one time, and so warm processes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// A warm process that was idle for this long ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<Span>,
}

impl FunctionSpec {
    /// A function with nothing but its runtime.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            limits: FunctionLimits::default(),
            retry: None,
            environment: BTreeMap::new(),
            content: None,
        }
    }

    /// The built-in function `kind`.
    #[must_use]
    pub fn builtin(kind: BuiltinKind) -> Self {
        Self::new(Runtime::Builtin(Builtin { builtin: kind }))
    }

    /// The specification that `document` states.
    ///
    /// # Errors
    /// What is wrong with it, as text without a place.
    pub fn from_value(document: &Value) -> Result<Self, Text> {
        let spec: Self = serde_json::from_str(&document.to_text())
            .map_err(|error| crate::program::without_place(&error))?;
        // Serde cannot refuse unknown keys next to a flattened part: what it did not print back, it did not know.
        let printed = serde_json::to_string(&spec).expect("a specification has only string keys");
        let known = Value::parse(&printed).expect("what was just printed parses");
        let optional = ["limits", "retry", "environment", "format", "headers"];
        for key in document.as_object().into_iter().flat_map(|map| map.keys()) {
            if known.get(key).is_none() && !optional.contains(&&**key) {
                return Err(Text::from(format!("unknown key `{key}`")));
            }
        }
        Ok(spec)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
