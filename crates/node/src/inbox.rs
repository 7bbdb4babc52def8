//! The way in: what waits for the engine.
//!
//! Requests from doors are bounded and refused when there are too many. Reports of runtimes are always taken:
//! there are never more of them than attempts under way, and one that was dropped would be a task that never ends.

use std::collections::VecDeque;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use tidegate_model::Input;
use tokio::sync::oneshot;

use crate::driver::Driver;
use crate::handle::{Answer, SubmitError};

/// Where an answer goes.
pub(crate) type Answerer = oneshot::Sender<Result<Vec<Answer>, SubmitError>>;

#[expect(
    clippy::large_enum_variant,
    reason = "most requests are reports; a box for each would cost more than the room"
)]
pub(crate) enum Request {
    /// To be recorded, and answered when durable.
    Submit { inputs: Vec<Input>, answer: Answerer },
    /// To be recorded; nobody waits.
    Report(Input),
    /// To be looked at between batches.
    Inspect(Box<dyn FnOnce(&mut Driver) + Send>),
    /// The last one.
    Stop(Ending),
}

/// How the engine's thread ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a checkpoint of everything, so that nothing is to be replayed.
    Orderly,
    /// As in a crash: the journal has everything.
    Abrupt,
}

#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Request>,
    /// Inputs in the queue that came through doors.
    waiting: usize,
    closed: bool,
}

impl Inbox {
    /// Queues a request of a door; `Err` gives it back where there are too many already, or none is taken any more.
    pub(crate) fn submit(
        &self,
        request: Request,
        inputs: usize,
        max: usize,
    ) -> Result<(), (SubmitError, Box<Request>)> {
        let mut state = self.state.lock();
        if state.closed {
            return Err((SubmitError::Stopping, Box::new(request)));
        }
        // One that is larger than the bound is taken when nothing else waits, or it could never be.
        if state.waiting > 0 && state.waiting + inputs > max {
            let full = SubmitError::Full { retry_after: std::time::Duration::from_secs(1) };
            return Err((full, Box::new(request)));
        }
        state.waiting += inputs;
        self.push(state, request);
        Ok(())
    }

    /// Queues what is always taken.
    pub(crate) fn put(&self, request: Request) {
        let state = self.state.lock();
        if !state.closed {
            self.push(state, request);
        }
    }

    fn push(&self, mut state: parking_lot::MutexGuard<'_, State>, request: Request) {
        let was_empty = state.queue.is_empty();
        state.queue.push_back(request);
        drop(state);
        if was_empty {
            self.arrived.notify_one();
        }
    }

    /// Takes no more; what is queued is still there to be taken out.
    pub(crate) fn close(&self, ending: Ending) {
        let mut state = self.state.lock();
        state.queue.push_back(Request::Stop(ending));
        state.closed = true;
        drop(state);
        self.arrived.notify_one();
    }

    /// Whether none is taken any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Takes out requests with at most about `max` inputs, waiting for the first until `deadline`.
    pub(crate) fn take(&self, max: usize, deadline: Option<Instant>, taken: &mut Vec<Request>) {
        let mut state = self.state.lock();
        while state.queue.is_empty() {
            match deadline {
                Some(deadline) => {
                    if self.arrived.wait_until(&mut state, deadline).timed_out() {
                        break;
                    }
                }
                None => self.arrived.wait(&mut state),
            }
        }
        let mut inputs = 0;
        while inputs < max {
            let Some(request) = state.queue.pop_front() else { break };
            match &request {
                Request::Submit { inputs: of, .. } => {
                    inputs += of.len();
                    state.waiting -= of.len();
                }
                Request::Report(_) => inputs += 1,
                Request::Inspect(_) | Request::Stop(_) => {}
            }
            taken.push(request);
        }
    }

    /// Inputs of doors that wait, and requests in all.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.waiting, state.queue.len())
    }
}
