//! `tidegate bench`: benchmarks of the whole, on this machine and this disk.
//!
//! Each scenario measures the disk first, so that figures can be read as ratios. What is measured is what runs:
//! every event is in the journal and synced before it counts.

mod engine;
mod http;
mod machines;
mod measure;
mod start;
mod tasks;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::problem::{Exit, Problem, Result};
use measure::Figures;

/// Measure this build on this machine and disk
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; `all` is every scenario, one after another
    scenario: Scenario,
    /// How many events, tasks or steps; each scenario has its own default
    #[arg(long, short = 'n')]
    count: Option<usize>,
    /// Print the figures as JSON, a document a line
    #[arg(long)]
    json: bool,
    /// Directory for the data; a new one inside it is used and removed
    #[arg(long, default_value = ".")]
    data: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Every scenario, one after another
    All,
    /// The disk alone: write and fdatasync of 300 bytes
    Disk,
    /// 200 joins of 1,000 events each, in batches of 1,000
    Join,
    /// The same through HTTP, in batches of 1,000 CloudEvents
    JoinHttp,
    /// A trigger that fires at every event
    Noop,
    /// 80 built-in tasks, one after another
    Chain,
    /// A map over 10,000 built-in tasks
    Map,
    /// A map over 1,000 calls of a warm Python handler
    PythonMap,
    /// Cost of an event with 10 to 100,000 runs waiting
    Waiting,
    /// Cost of an event with 1 to 100,000 triggers
    Triggers,
    /// A state machine of 80 Pass states
    MachinePass,
    /// A Map state over 10,000 items of one Pass state
    MachineMap,
    /// `StartSyncExecution` of one Pass state through the door for AWS's clients
    MachineExpress,
    /// 40,000 events of an execution's history, page by page
    MachineHistory,
    /// From an empty directory to the end of the first run, as a process of its own
    Start,
}

const EACH: [Scenario; 14] = [
    Scenario::Disk,
    Scenario::Join,
    Scenario::JoinHttp,
    Scenario::Noop,
    Scenario::Chain,
    Scenario::Map,
    Scenario::PythonMap,
    Scenario::Waiting,
    Scenario::Triggers,
    Scenario::MachinePass,
    Scenario::MachineMap,
    Scenario::MachineExpress,
    Scenario::MachineHistory,
    Scenario::Start,
];

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let scenarios = match arguments.scenario {
        Scenario::All => EACH.to_vec(),
        one => vec![one],
    };
    for scenario in scenarios {
        let place = measure::Place::new(&arguments.data)?;
        for figures in measured(scenario, arguments.count, &place)? {
            if arguments.json {
                println!("{}", figures.to_json());
            } else {
                print!("{}", figures.to_text());
            }
        }
    }
    Ok(Exit::Done)
}

fn measured(scenario: Scenario, count: Option<usize>, place: &measure::Place) -> Result<Vec<Figures>> {
    let one = |figures: Result<Figures>| figures.map(|figures| vec![figures]);
    match scenario {
        Scenario::All => Err(Problem::invalid("`all` is taken apart before")),
        Scenario::Disk => one(measure::disk(place)),
        Scenario::Join => one(engine::join(count.unwrap_or(200_000), place)),
        Scenario::JoinHttp => one(http::join(count.unwrap_or(200_000), place)),
        Scenario::Noop => one(engine::noop(count.unwrap_or(200_000), place)),
        Scenario::Chain => one(tasks::chain(count.unwrap_or(80), place)),
        Scenario::Map => one(tasks::map(count.unwrap_or(10_000), place)),
        Scenario::PythonMap => one(tasks::python_map(count.unwrap_or(1_000), place)),
        Scenario::Waiting => engine::waiting(count.unwrap_or(100_000), place),
        Scenario::Triggers => engine::triggers(count.unwrap_or(100_000), place),
        Scenario::MachinePass => one(machines::pass(count.unwrap_or(80), place)),
        Scenario::MachineMap => one(machines::map(count.unwrap_or(10_000), place)),
        Scenario::MachineExpress => one(machines::express(count.unwrap_or(500), place)),
        Scenario::MachineHistory => one(machines::history(count.unwrap_or(10_000), place)),
        Scenario::Start => one(start::first_run(count.unwrap_or(20), place)),
    }
}
