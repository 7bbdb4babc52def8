//! What an operator may set: limits, patience, and what functions see of the machine.
//!
//! A limit of a single function ([`FunctionLimits`](tidegate_model::FunctionLimits)) goes before the one
//! here.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidegate_model::Span;

pub use crate::aws::check_connections;
pub use crate::aws::settings::{AwsEndpoint, AwsEndpointOption, AwsSettings, MalformedEndpoint};

/// Settings of all functions of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Processes that one `command` function runs at a time. Default: 4 for each core, as most of them wait.
    pub command_concurrency: u32,
    /// Warm instances of one `python`, `node` or `provided` function. Default: 2 for each core.
    pub warm_concurrency: u32,
    /// Requests that one `http` or `aws` function has open at a time. Default: 64.
    pub http_concurrency: u32,
    /// Between SIGTERM and SIGKILL, for attempts that ran out of time or are abandoned. Default: 2 s.
    pub stop_grace: Span,
    /// A warm instance that was idle for this long ends. Default: 60 s.
    pub idle: Span,
    /// Longest start of a warm instance, until it asks for its first call. Default: 60 s.
    pub start_timeout: Span,
    /// Another warm instance starts only for a call that has waited this long. Default: 20 ms.
    pub scale_up_after: Span,
    /// Longest time to connect to an HTTP endpoint. Default: 10 s.
    pub connect_timeout: Span,
    /// Largest result of one attempt, in bytes. Default: 64 MiB.
    pub output_max_bytes: usize,
    /// How much of the end of a task's log is kept, in bytes. Default: 64 KiB.
    pub log_task_max_bytes: usize,
    /// How much is kept of the logs of all finished tasks, in bytes; the oldest go first. Default: 16 MiB.
    pub log_total_max_bytes: usize,
    /// Variables that functions inherit from this process; a `*` at the end stands for any rest. Everything
    /// else, and so every secret of this process, is kept from them. The default names the search path, home
    /// and user, language and time zone, proxies and certificates, and where Python environments are.
    pub inherited_environment: Vec<String>,
    /// The Python interpreter. Default: the variable `TIDEGATE_PYTHON`, else `python3` on the search path.
    pub python: Option<PathBuf>,
    /// The Node.js executable. Default: the variable `TIDEGATE_NODE`, else `node` on the search path.
    pub node: Option<PathBuf>,
    /// What warm handlers are told is their `AWS_REGION`. Default: `us-east-1`.
    pub region: String,
    /// Where the services are that functions of the runtime `aws` call.
    pub aws: AwsSettings,
}

const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TMPDIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "VIRTUAL_ENV",
    "PYENV_ROOT",
    "PYENV_VERSION",
];

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let cores = u32::try_from(cores).unwrap_or(u32::MAX);
        Self {
            command_concurrency: cores.saturating_mul(4),
            warm_concurrency: cores.saturating_mul(2),
            http_concurrency: 64,
            stop_grace: Span::seconds(2),
            idle: Span::seconds(60),
            start_timeout: Span::seconds(60),
            scale_up_after: Span(20),
            connect_timeout: Span::seconds(10),
            output_max_bytes: 64 << 20,
            log_task_max_bytes: 64 << 10,
            log_total_max_bytes: 16 << 20,
            inherited_environment: INHERITED.iter().map(|&name| name.to_owned()).collect(),
            python: None,
            node: None,
            region: "us-east-1".to_owned(),
            aws: AwsSettings::default(),
        }
    }
}

/// The span as the standard library and tokio take it.
pub(crate) fn duration(span: Span) -> Duration {
    Duration::from_millis(span.0)
}
