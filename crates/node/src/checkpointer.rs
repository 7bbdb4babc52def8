//! The thread that writes checkpoints and lets go of what is not kept, so that the engine does not wait for either.
//!
//! Owns what a query has to look at besides the store: chunks and runs that are on their way to it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tidegate_engine::run::RunState;
use tidegate_journal::Checkpoints;
use tidegate_journal::checkpoints::CheckpointError;
use tidegate_model::{Offset, Timestamp};

use crate::driver::Checkpoint;
use crate::ledger::Chunk;
use crate::payloads::Payloads;
use crate::references::Totals;
use crate::retention::{Left, Retention};

/// Between two tries of a checkpoint that could not be written.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long to rest when nothing is left that is not kept: by then some of it may be.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// While there is more to let go of, this many times as long as a slice took is left to others.
const REST_FACTOR: u32 = 4;

/// Chunks and ended runs that are handed over and not yet in the store.
pub(crate) type InFlight = (Vec<Arc<Chunk>>, Vec<Arc<RunState>>);

pub(crate) struct Checkpointer {
    jobs: Option<Sender<Checkpoint>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    in_flight: Mutex<Vec<InFlight>>,
    /// The offset of the last checkpoint that is durable.
    durable: Mutex<Option<Offset>>,
    failure: Mutex<Option<String>>,
    /// What is kept and what was let go of, as of the last slice.
    totals: Mutex<Totals>,
    stopping: Mutex<bool>,
    stop: Condvar,
}

impl Checkpointer {
    /// Starts the thread, which knows by `clock` what time it is.
    pub(crate) fn start(
        store: Checkpoints,
        payloads: Payloads,
        retention: Retention,
        clock: fn() -> Timestamp,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let shared = Arc::new(Shared { totals: Mutex::new(retention.totals()), ..Shared::default() });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || Writer { store, payloads, retention, clock, shared: for_thread }.run(&inbox))?;
        Ok(Self { jobs: Some(jobs), shared, thread: Some(thread) })
    }

    /// Whether one is being written.
    pub(crate) fn is_busy(&self) -> bool {
        !self.shared.in_flight.lock().is_empty()
    }

    pub(crate) fn write(&self, checkpoint: Checkpoint) {
        self.shared.in_flight.lock().push((checkpoint.chunks.clone(), checkpoint.ended.clone()));
        if let Some(jobs) = &self.jobs {
            // The thread only ends with this sender, so there is somebody to take it.
            let _ = jobs.send(checkpoint);
        }
    }

    pub(crate) fn in_flight(&self) -> Vec<InFlight> {
        self.shared.in_flight.lock().clone()
    }

    pub(crate) fn durable(&self) -> Option<Offset> {
        *self.shared.durable.lock()
    }

    /// Why the last one could not be written, if it could not.
    pub(crate) fn failure(&self) -> Option<String> {
        self.shared.failure.lock().clone()
    }

    /// What is kept and what was let go of.
    pub(crate) fn totals(&self) -> Totals {
        *self.shared.totals.lock()
    }

    /// Writes what was handed over and ends.
    pub(crate) fn finish(&mut self) {
        self.jobs = None;
        *self.shared.stopping.lock() = true;
        self.shared.stop.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed; there is nothing more to save.
            let _ = thread.join();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.finish();
    }
}

/// What the thread works with.
struct Writer {
    store: Checkpoints,
    payloads: Payloads,
    retention: Retention,
    clock: fn() -> Timestamp,
    shared: Arc<Shared>,
}

impl Writer {
    fn run(mut self, inbox: &Receiver<Checkpoint>) {
        let mut rest = Duration::ZERO;
        loop {
            match inbox.recv_timeout(rest) {
                Ok(checkpoint) => {
                    if self.write_until_done(&checkpoint) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            rest = self.let_go();
        }
    }

    /// Writes a checkpoint, however often it takes; whether it is to give up, because the node stops.
    fn write_until_done(&self, checkpoint: &Checkpoint) -> bool {
        while let Err(error) = self.write(checkpoint) {
            // The journal has everything, so nothing is lost; but a later checkpoint must not claim what this one did
            // not write, so it is tried until there is room. Queries see it in flight meanwhile.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "checkpoint cannot be written, will retry"
            );
            *self.shared.failure.lock() = Some(error.to_string());
            if self.shared.wait_to_retry() {
                return true;
            }
        }
        *self.shared.failure.lock() = None;
        self.shared.in_flight.lock().remove(0);
        checkpoint.settle(self.payloads.store_of());
        false
    }

    fn write(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        checkpoint.commit(&self.store)?;
        *self.shared.durable.lock() = self.store.persist()?.map(|offset| Offset(offset.0));
        Ok(())
    }

    /// Does a slice of what retention has to do; returns how long to leave it now.
    fn let_go(&mut self) -> Duration {
        let started = Instant::now();
        let left = self.retention.slice((self.clock)());
        *self.shared.totals.lock() = self.retention.totals();
        match left {
            Ok(Left::More) => started.elapsed() * REST_FACTOR,
            Ok(Left::Nothing) => PRUNE_EVERY,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what is no longer kept cannot be removed, will retry"
                );
                PRUNE_EVERY
            }
        }
    }
}

impl Shared {
    /// Waits a moment; whether it is to give up, because the node stops.
    fn wait_to_retry(&self) -> bool {
        let mut stopping = self.stopping.lock();
        if !*stopping {
            self.stop.wait_for(&mut stopping, RETRY_AFTER);
        }
        *stopping
    }
}
