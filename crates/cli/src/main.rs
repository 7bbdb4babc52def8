//! `tidegate`: the one binary. Reads what was asked, does it, and says how it went by its exit code.
//!
//! Stdout carries results and nothing else; whatever is for people while they wait goes to stderr.
//!
//! In reading order:
//! - [`arguments`]: what can be asked; [`commands`] does it, one module each
//! - [`problem`]: what went wrong, the way out, and the exit codes
//! - [`airflow`], with the [`python_package`]: files that Python reads
//! - [`workflow_file`], [`input`], [`data_directory`], [`services`]: what people hand over, checked
//! - [`embedded`]: the engine in this process; [`progress`] shows what it does, [`history`] puts it in words
//! - [`client`], [`event_stream`]: a server elsewhere
//! - [`output`], [`table`], [`yaml`], [`terminal`]: how answers look
//! - [`logging`], [`interruption`]: what else a process has to do with its surroundings
//! - [`bench`]: benchmarks of the whole

mod airflow;
mod arguments;
mod bench;
mod client;
mod commands;
mod data_directory;
mod embedded;
mod event_stream;
mod history;
mod input;
mod interruption;
mod logging;
mod mocking;
mod output;
mod problem;
mod progress;
mod python_package;
mod retention;
mod services;
mod table;
mod terminal;
mod workflow_file;
mod yaml;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match commands::perform(arguments.command) {
        Ok(exit) => exit.into(),
        Err(problem) => problem.report(),
    }
}
