//! Logs: facts for operators, on stderr.
//!
//! `TIDEGATE_LOG`, or else `RUST_LOG`, chooses what is logged, as in `info,tidegate_server=debug`.

use tracing_subscriber::EnvFilter;

use crate::problem::{Problem, Result};
use crate::terminal::Terminal;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text for each fact
    Text,
    /// One JSON document for each fact
    Json,
}

/// Starts to log what `filter` chooses, unless the environment chooses something else.
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<()> {
    let chosen = ["TIDEGATE_LOG", "RUST_LOG"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some((name, value))
    });
    let filter = match chosen {
        Some((name, value)) => EnvFilter::try_new(&value).map_err(|error| {
            Problem::invalid(format!("{name}={value} does not choose what is logged"))
                .because(&error)
                .help(format!("for example {name}=debug, or {name}=info,tidegate_server=debug"))
        })?,
        None => EnvFilter::new(filter),
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(Terminal::stderr().has_colour()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}
