//! An attempt from the moment it is asked for until it is reported or abandoned.
//!
//! [`Ledger`] owns the set of open attempts. Invariant: whoever takes an attempt out of the ledger decides
//! what becomes of it, so an attempt is reported once or not at all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tidegate_model::{Invocation, TaskId};
use tokio::sync::Notify;

use crate::function::Function;

/// One attempt of a task.
pub(crate) struct Attempt {
    pub(crate) invocation: Invocation,
    /// When it was asked for.
    pub(crate) asked: Instant,
    abandoned: Notify,
}

impl Attempt {
    pub(crate) fn new(invocation: Invocation) -> Arc<Self> {
        Arc::new(Self { invocation, asked: Instant::now(), abandoned: Notify::new() })
    }

    pub(crate) fn task(&self) -> TaskId {
        self.invocation.task
    }

    /// Waits until nobody wants the attempt's result. For one waiter: whoever runs the attempt.
    pub(crate) async fn abandoned(&self) {
        self.abandoned.notified().await;
    }

    fn abandon(&self) {
        self.abandoned.notify_one();
    }
}

/// Where an open attempt is: its number in the queue of a function.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) attempt: Arc<Attempt>,
    pub(crate) function: Arc<Function>,
    pub(crate) number: u64,
}

impl Place {
    /// Takes the attempt from its queue, or tells whoever runs it to stop.
    pub(crate) fn abandon(&self) {
        if !self.function.withdraw(self.number) {
            self.attempt.abandon();
        }
    }
}

/// The open attempts: at most one of each task.
#[derive(Default)]
pub(crate) struct Ledger {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    places: HashMap<TaskId, Place>,
    closed: bool,
}

impl Ledger {
    /// Queues `attempt` at `function`. An earlier attempt of the same task is abandoned. False, and nothing
    /// done, once the ledger is closed.
    pub(crate) fn enter(&self, attempt: &Arc<Attempt>, function: &Arc<Function>) -> bool {
        let mut open = self.open.lock();
        if open.closed {
            return false;
        }
        let number = function.push(Arc::clone(attempt));
        let place = Place { attempt: Arc::clone(attempt), function: Arc::clone(function), number };
        let earlier = open.places.insert(attempt.task(), place);
        drop(open);
        if let Some(earlier) = earlier {
            earlier.abandon();
        }
        true
    }

    /// Takes `attempt` out; false if it is not there any more.
    pub(crate) fn settle(&self, attempt: &Arc<Attempt>) -> bool {
        let mut open = self.open.lock();
        let is_open =
            open.places.get(&attempt.task()).is_some_and(|place| Arc::ptr_eq(&place.attempt, attempt));
        if is_open {
            open.places.remove(&attempt.task());
        }
        is_open
    }

    /// Takes out whatever attempt of `task` is open.
    pub(crate) fn take(&self, task: TaskId) -> Option<Place> {
        self.open.lock().places.remove(&task)
    }

    /// Where the open attempt of `task` is.
    pub(crate) fn find(&self, task: TaskId) -> Option<Place> {
        self.open.lock().places.get(&task).cloned()
    }

    /// Takes no further attempts and gives out all that are open.
    pub(crate) fn close(&self) -> Vec<Place> {
        let mut open = self.open.lock();
        open.closed = true;
        open.places.drain().map(|(_, place)| place).collect()
    }
}
