//! A function at work: its queue, its slots, and its totals.
//!
//! Each function, that is each (directory, name, specification), has its own, so a slow or failing one never
//! delays another. Owns which attempt is waiting and which has a slot. Invariant: an attempt is in one of the
//! two from `push` to `withdraw` or `leave`, and no more than `cap` have a slot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use tidegate_model::{FunctionName, FunctionSpec, Invocation, Runtime, Text};
use tokio::sync::Notify;

use crate::Settings;
use crate::attempt::Attempt;
use crate::status::{FunctionStatus, Position, RunningStatus, TotalCounts};
use crate::warm::fleet::Fleet;

/// A function, with what waits for it and what runs.
pub(crate) struct Function {
    pub(crate) name: FunctionName,
    pub(crate) directory: Option<Arc<str>>,
    pub(crate) spec: Arc<FunctionSpec>,
    /// Attempts that run at a time; `usize::MAX` where nothing binds.
    pub(crate) cap: usize,
    /// Wakes idle warm instances.
    pub(crate) wake: Notify,
    state: Mutex<State>,
    totals: Totals,
}

/// What changes from call to call.
#[derive(Default)]
pub(crate) struct State {
    waiting: BTreeMap<u64, Arc<Attempt>>,
    running: BTreeMap<u64, Running>,
    next: u64,
    /// Tasks of the async runtime that serve the queue; warm functions have a fleet instead.
    workers: usize,
    pub(crate) fleet: Fleet,
    /// A newer specification of the same name has come: idle instances need not linger.
    is_retired: bool,
}

struct Running {
    attempt: Arc<Attempt>,
    since: Instant,
    process: Option<u32>,
}

/// An attempt that has a slot.
pub(crate) struct Turn {
    /// Its number in the queue.
    pub(crate) number: u64,
    pub(crate) attempt: Arc<Attempt>,
}

/// How an attempt left its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Succeeded,
    Failed,
    Abandoned,
}

#[derive(Default)]
struct Totals {
    started: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    abandoned: AtomicU64,
}

impl Function {
    pub(crate) fn new(invocation: &Invocation, settings: &Settings) -> Self {
        Self {
            name: invocation.function.clone(),
            directory: invocation.directory.clone(),
            spec: Arc::clone(&invocation.spec),
            cap: cap(&invocation.spec, settings),
            wake: Notify::new(),
            state: Mutex::default(),
            totals: Totals::default(),
        }
    }

    /// Whether `invocation` is one of this function. Compares addresses first: specifications are shared.
    pub(crate) fn serves(&self, invocation: &Invocation) -> bool {
        let same_directory = match (&self.directory, &invocation.directory) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs) || ours == theirs,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_directory && (Arc::ptr_eq(&self.spec, &invocation.spec) || self.spec == invocation.spec)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Queues an attempt; the number is its place.
    pub(crate) fn push(&self, attempt: Arc<Attempt>) -> u64 {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, attempt);
        state.is_retired = false;
        number
    }

    /// Takes an attempt that still waits out of the queue; false if it does not wait.
    pub(crate) fn withdraw(&self, number: u64) -> bool {
        let withdrawn = self.state.lock().waiting.remove(&number).is_some();
        if withdrawn {
            self.totals.abandoned.fetch_add(1, Ordering::Relaxed);
        }
        withdrawn
    }

    /// Whether another worker is to serve the queue. If so, it counts as there from now on.
    pub(crate) fn hire(&self) -> bool {
        let mut state = self.state.lock();
        let hires = !state.waiting.is_empty() && state.workers < self.cap;
        state.workers += usize::from(hires);
        hires
    }

    /// The next attempt for a worker; `None` dismisses the worker.
    pub(crate) fn next_or_dismiss(&self) -> Option<Turn> {
        let mut state = self.state.lock();
        let turn = state.take_next(None);
        match &turn {
            Some(_) => self.count_start(),
            None => state.workers -= 1,
        }
        turn
    }

    /// The next attempt for warm instance `instance`, which is busy from then on; else it is idle.
    pub(crate) fn next_for(&self, instance: u32) -> Option<Turn> {
        let mut state = self.state.lock();
        let process = state.fleet.process(instance);
        let turn = state.take_next(process);
        match &turn {
            Some(_) => {
                state.fleet.is_busy(instance);
                self.count_start();
            }
            None => state.fleet.is_idle(instance),
        }
        turn
    }

    /// The running attempt is worked on by this process.
    pub(crate) fn runs_as(&self, turn: &Turn, process: Option<u32>) {
        if let Some(running) = self.state.lock().running.get_mut(&turn.number) {
            running.process = process;
        }
    }

    /// Frees the slot of an attempt.
    pub(crate) fn leave(&self, turn: &Turn, left: Left) {
        self.state.lock().running.remove(&turn.number);
        self.count_end(left);
    }

    /// Counts an attempt that was answered without ever needing a slot.
    pub(crate) fn count_inline(&self, left: Left) {
        self.count_start();
        self.count_end(left);
    }

    /// Gives all waiting attempts a slot at once, for a common end.
    pub(crate) fn take_all(&self) -> Vec<Turn> {
        let mut state = self.state.lock();
        let turns: Vec<Turn> = std::iter::from_fn(|| state.take_next(None)).collect();
        self.totals.started.fetch_add(turns.len() as u64, Ordering::Relaxed);
        turns
    }

    pub(crate) fn retire(&self) {
        self.state.lock().is_retired = true;
        self.wake.notify_waiters();
    }

    /// Whether nothing is left of a function that a newer one has replaced.
    pub(crate) fn is_gone(&self) -> bool {
        let state = self.state.lock();
        state.is_retired && state.waiting.is_empty() && state.running.is_empty() && state.fleet.is_empty()
    }

    /// Goes on counting where an older version of the function stopped, so that no total ever falls.
    pub(crate) fn inherit_totals(&self, older: &Self) {
        let TotalCounts { started, succeeded, failed, abandoned } = older.totals.counts();
        self.totals.started.fetch_add(started, Ordering::Relaxed);
        self.totals.succeeded.fetch_add(succeeded, Ordering::Relaxed);
        self.totals.failed.fetch_add(failed, Ordering::Relaxed);
        self.totals.abandoned.fetch_add(abandoned, Ordering::Relaxed);
    }

    pub(crate) fn position(&self, number: u64) -> Option<Position> {
        let state = self.state.lock();
        if let Some(attempt) = state.waiting.get(&number) {
            return Some(Position::Queued {
                ahead: state.waiting.range(..number).count(),
                cap: self.bound(),
                for_ms: elapsed_ms(attempt.asked),
            });
        }
        let running = state.running.get(&number)?;
        Some(Position::Running { for_ms: elapsed_ms(running.since), process: running.process })
    }

    pub(crate) fn status(&self) -> FunctionStatus {
        let state = self.state.lock();
        let running = state.running.values().map(|running| RunningStatus {
            task: running.attempt.task(),
            attempt: running.attempt.invocation.attempt,
            for_ms: elapsed_ms(running.since),
            process: running.process,
        });
        FunctionStatus {
            function: self.name.clone(),
            directory: self.directory.as_deref().map(Text::new),
            runtime: runtime_name(&self.spec.runtime),
            cap: self.bound(),
            queued: state.waiting.len(),
            running: running.collect(),
            instances: state.fleet.counts(),
            totals: self.totals.counts(),
        }
    }

    fn bound(&self) -> Option<usize> {
        (self.cap < usize::MAX).then_some(self.cap)
    }

    fn count_start(&self) {
        self.totals.started.fetch_add(1, Ordering::Relaxed);
    }

    fn count_end(&self, left: Left) {
        let total = match left {
            Left::Succeeded => &self.totals.succeeded,
            Left::Failed => &self.totals.failed,
            Left::Abandoned => &self.totals.abandoned,
        };
        total.fetch_add(1, Ordering::Relaxed);
    }
}

impl State {
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When the attempt that is served next was asked for.
    pub(crate) fn oldest_asked(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, attempt)| attempt.asked)
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired
    }

    fn take_next(&mut self, process: Option<u32>) -> Option<Turn> {
        let (number, attempt) = self.waiting.pop_first()?;
        let running = Running { attempt: Arc::clone(&attempt), since: Instant::now(), process };
        self.running.insert(number, running);
        Some(Turn { number, attempt })
    }
}

impl Totals {
    fn counts(&self) -> TotalCounts {
        TotalCounts {
            started: self.started.load(Ordering::Relaxed),
            succeeded: self.succeeded.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            abandoned: self.abandoned.load(Ordering::Relaxed),
        }
    }
}

fn cap(spec: &FunctionSpec, settings: &Settings) -> usize {
    let bound = spec.limits.concurrency.or(match &spec.runtime {
        Runtime::Builtin(_) | Runtime::External(_) => None,
        Runtime::Command(_) => Some(settings.command_concurrency),
        Runtime::Http(_) | Runtime::Aws(_) => Some(settings.http_concurrency),
        Runtime::Python(_) | Runtime::Node(_) | Runtime::Provided(_) => Some(settings.warm_concurrency),
    });
    // A cap of zero would leave every attempt waiting for ever.
    bound.map_or(usize::MAX, |bound| bound.max(1) as usize)
}

fn runtime_name(runtime: &Runtime) -> &'static str {
    match runtime {
        Runtime::Builtin(_) => "builtin",
        Runtime::Command(_) => "command",
        Runtime::Http(_) => "http",
        Runtime::Python(_) => "python",
        Runtime::Node(_) => "node",
        Runtime::Provided(_) => "provided",
        Runtime::External(_) => "external",
        Runtime::Aws(_) => "aws",
    }
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
