//! Commands, one module each: the arguments it takes, and what it does.
//!
//! `run`, `dev`, `lint`, `graph` and `schedule next` of a file, `doctor`, `env`, `bench` and `completions` work by themselves; the others talk to a
//! server.

pub(crate) mod apply;
pub(crate) mod backfill;
pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod control;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod emit;
pub(crate) mod env;
pub(crate) mod events;
pub(crate) mod functions;
pub(crate) mod graph;
pub(crate) mod intercept;
pub(crate) mod lint;
pub(crate) mod pools;
pub(crate) mod rerun;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod start;
pub(crate) mod tasks;
pub(crate) mod triggers;
pub(crate) mod why;
pub(crate) mod workflows;

use crate::arguments::Command;
use crate::bench;
use crate::problem::{Exit, Result};

/// Does what was asked.
pub(crate) fn perform(command: Command) -> Result<Exit> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Apply(arguments) => apply::run(&arguments),
        Command::Start(arguments) => start::run(&arguments),
        Command::Schedule(arguments) => schedule::run(&arguments),
        Command::Backfill(arguments) => backfill::run(&arguments),
        Command::Rerun(arguments) => rerun::run(&arguments),
        Command::Emit(arguments) => emit::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Events(arguments) => events::run(&arguments),
        Command::Triggers(arguments) => triggers::run(&arguments),
        Command::Tasks(arguments) => tasks::run(&arguments),
        Command::Workflows(arguments) => workflows::run(&arguments),
        Command::Functions(arguments) => functions::run(&arguments),
        Command::Pools(arguments) => pools::run(&arguments),
        Command::Cache(arguments) => cache::run(&arguments),
        Command::Cancel(arguments) => control::cancel(&arguments),
        Command::Pause(arguments) => control::pause(&arguments),
        Command::Resume(arguments) => control::resume(&arguments),
        Command::Intercept(arguments) => intercept::run(&arguments),
        Command::Release(arguments) => intercept::release(&arguments),
        Command::Env(arguments) => env::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
