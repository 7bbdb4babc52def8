//! What can be asked of `tidegate` on its command line.

use clap::{Parser, Subcommand};

use crate::bench;
use crate::commands::{
    apply, backfill, cache, completions, control, dev, doctor, emit, env, events, functions, graph,
    intercept, lint, pools, rerun, run, runs, schedule, start, tasks, triggers, why, workflows,
};

/// Runs workflows that are made of triggers: an event arrives, a condition holds, actions fire.
///
/// `tidegate run FILE` runs one workflow file to its end, here and now. `tidegate dev` serves workflows, events
/// and the HTTP API until you stop it; most other commands talk to such a server.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tidegate run workflow.yaml                     run a file, print its result
  tidegate dev workflow.yaml                     serve, with this workflow applied
  tidegate start survey --wait                   start a run on the server, print its result
  tidegate emit --type com.example.push --subject main --data '{\"commit\": \"4f2a91c\"}'
  tidegate why r1                                why a run did, did not, or has not yet

Exit codes:
  0 done  1 other failure  2 usage or invalid input  3 the run failed  4 timed out  5 not found
  6 denied  130 interrupted";

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one workflow file to its end and print its result
    Run(run::Arguments),
    /// Serve workflows, events and the HTTP API in one process
    Dev(dev::Arguments),
    /// Check workflow files and show what is wrong where
    Lint(lint::Arguments),
    /// Draw a workflow, or how far a run of it has come
    Graph(graph::Arguments),
    /// Give a server workflow files: new workflows, or new versions of those it has
    Apply(apply::Arguments),
    /// Start a run of a workflow that the server has
    Start(start::Arguments),
    /// Do a run of a DAG again from a task on, or from what failed; the rest is kept
    Rerun(rerun::Arguments),
    /// When workflows start by themselves: next times, and pausing them
    Schedule(schedule::Arguments),
    /// Run a workflow for intervals of its schedule that are past
    Backfill(backfill::Arguments),
    /// Send the server an event
    Emit(emit::Arguments),
    /// Say why a run, task, trigger or event did, did not, or has not yet
    Why(why::Arguments),
    /// Look at runs
    Runs(runs::Arguments),
    /// Look at events: those that nobody took, one of them, or all as they come
    Events(events::Arguments),
    /// Look at the triggers of a run
    Triggers(triggers::Arguments),
    /// Look at the tasks of a run, and at their logs
    Tasks(tasks::Arguments),
    /// Look at the workflows that the server has
    Workflows(workflows::Arguments),
    /// Look at the functions that the server has for all workflows
    Functions(functions::Arguments),
    /// Look at the pools that tasks of all runs share, and change them
    Pools(pools::Arguments),
    /// Look at results of tasks that are kept, or let them go
    Cache(cache::Arguments),
    /// End a run
    Cancel(control::CancelArguments),
    /// Let a run take no events until it is resumed; they wait
    Pause(control::Arguments),
    /// Let a paused run go on, with the events that waited
    Resume(control::Arguments),
    /// Put logic before or after a trigger of a live run, without touching the workflow
    Intercept(intercept::Arguments),
    /// Decide a firing that an interceptor holds
    Release(intercept::ReleaseArguments),
    /// Print the environment variables that point clients to the server
    Env(env::Arguments),
    /// Check what this machine offers: disk, interpreters, port, clock
    Doctor(doctor::Arguments),
    /// Measure this build on this machine and disk
    Bench(bench::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
