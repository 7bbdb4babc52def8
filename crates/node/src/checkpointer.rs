//! The thread that writes checkpoints, so that the engine does not wait for them.
//!
//! Owns what a query has to look at besides the store: chunks and runs that are on their way to it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tidegate_engine::run::RunState;
use tidegate_journal::Checkpoints;
use tidegate_journal::checkpoints::CheckpointError;
use tidegate_model::Offset;

use crate::driver::Checkpoint;
use crate::ledger::Chunk;

/// Between two tries of a checkpoint that could not be written.
const RETRY_AFTER: Duration = Duration::from_secs(1);

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
    stopping: Mutex<bool>,
    stop: Condvar,
}

impl Checkpointer {
    pub(crate) fn start(store: Checkpoints) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let shared = Arc::new(Shared::default());
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || write_all(&store, &inbox, &for_thread))?;
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

fn write_all(store: &Checkpoints, inbox: &Receiver<Checkpoint>, shared: &Shared) {
    while let Ok(checkpoint) = inbox.recv() {
        while let Err(error) = write(store, &checkpoint, shared) {
            // The journal has everything, so nothing is lost; but a later checkpoint must not claim what this one did
            // not write, so it is tried until there is room. Queries see it in flight meanwhile.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "checkpoint cannot be written, will retry"
            );
            *shared.failure.lock() = Some(error.to_string());
            if shared.wait_to_retry() {
                return;
            }
        }
        *shared.failure.lock() = None;
        shared.in_flight.lock().remove(0);
    }
}

fn write(store: &Checkpoints, checkpoint: &Checkpoint, shared: &Shared) -> Result<(), CheckpointError> {
    checkpoint.commit(store)?;
    *shared.durable.lock() = store.persist()?.map(|offset| Offset(offset.0));
    Ok(())
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
