//! `tidegate-sim`: runs worlds by the thousand, and says how to run the one that failed again.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use tidegate_sim::trace::Trace;
use tidegate_sim::{Mutant, run};

/// Lines of a failed world that are shown.
const LINES_SHOWN: usize = 30;

/// Runs seeded worlds: journal, engine, disk, functions and operators, with faults, each drawn from one number.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// How many worlds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One world only.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Go on after a world has failed, and print a line for each that does.
    #[arg(long)]
    all: bool,
    /// Print everything that happens in it.
    #[arg(long, requires = "seed")]
    trace: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.trace {
        return show(arguments.seed.unwrap_or(arguments.from), usize::MAX);
    }
    let (from, seeds) = arguments.seed.map_or((arguments.from, arguments.seeds), |seed| (seed, 1));
    let began = Instant::now();
    let tally = run_all(from, seeds, arguments.all);
    let seconds = began.elapsed().as_secs_f64();
    let worlds = tally.worlds.load(Ordering::Relaxed);
    println!(
        "{worlds} worlds, {} entries, {} runs in {seconds:.1} s: {:.0} worlds/s",
        tally.entries.load(Ordering::Relaxed),
        tally.runs.load(Ordering::Relaxed),
        worlds as f64 / seconds
    );
    let (took, seed) = tally.slowest.into_inner().unwrap_or_default();
    println!("the slowest was seed {seed}: {:.1} s", took.as_secs_f64());
    let failed = tally.failed.into_inner().unwrap_or_default();
    match failed.into_iter().min() {
        None => ExitCode::SUCCESS,
        Some(seed) => show(seed, LINES_SHOWN),
    }
}

/// What a number of worlds came to.
#[derive(Default)]
struct Tally {
    worlds: AtomicU64,
    entries: AtomicU64,
    runs: AtomicU64,
    slowest: Mutex<(Duration, u64)>,
    failed: Mutex<Vec<u64>>,
}

/// Runs the worlds on all cores; each world has one thread. Ends early once one has failed, unless `all` are wanted.
fn run_all(from: u64, seeds: u64, all: bool) -> Tally {
    let (tally, next, stop) = (Tally::default(), AtomicU64::new(from), AtomicBool::new(false));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - from >= seeds {
                        return;
                    }
                    let began = Instant::now();
                    let outcome = run(seed, Mutant::None, Trace::dropped());
                    if let Ok(mut slowest) = tally.slowest.lock() {
                        *slowest = (*slowest).max((began.elapsed(), seed));
                    }
                    tally.worlds.fetch_add(1, Ordering::Relaxed);
                    tally.entries.fetch_add(outcome.entries, Ordering::Relaxed);
                    tally.runs.fetch_add(outcome.runs, Ordering::Relaxed);
                    if let Some(violation) = outcome.violation {
                        stop.store(!all, Ordering::Relaxed);
                        if all {
                            println!("seed {seed}: {violation}");
                        }
                        if let Ok(mut failed) = tally.failed.lock() {
                            failed.push(seed);
                        }
                    }
                }
            });
        }
    });
    tally
}

/// Runs one world and prints the last `lines` of what happened in it.
fn show(seed: u64, lines: usize) -> ExitCode {
    let outcome = run(seed, Mutant::None, Trace::kept());
    let trace = outcome.trace.lines();
    for line in &trace[trace.len().saturating_sub(lines)..] {
        println!("{line}");
    }
    match outcome.violation {
        None => {
            println!("seed {seed}: all invariants hold");
            ExitCode::SUCCESS
        }
        Some(violation) => {
            println!("seed {seed}: {violation}");
            println!("run it again: tidegate-sim --seed {seed} --trace");
            ExitCode::FAILURE
        }
    }
}
