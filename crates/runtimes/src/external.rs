//! Tasks that somebody outside carries out: who asks for work gets the oldest that nobody has.
//!
//! Owns which of them wait for a worker. Invariant: a task is given out once; what becomes of it afterwards is told to
//! the engine and not to this crate.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::Mutex;
use tidegate_model::{FunctionName, Invocation, TaskId};
use tokio::sync::watch;

/// Tasks that wait for workers outside.
pub(crate) struct Room {
    waiting: Mutex<Waiting>,
    offers: watch::Sender<u64>,
}

#[derive(Default)]
struct Waiting {
    /// By function, oldest first, each with its number among all offers.
    queues: BTreeMap<FunctionName, VecDeque<(u64, TaskId)>>,
    tasks: BTreeMap<TaskId, Invocation>,
    offered: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { waiting: Mutex::default(), offers: watch::Sender::new(0) }
    }
}

impl Room {
    /// A task wants a worker. One that has been taken already wants none.
    pub(crate) fn offer(&self, invocation: Invocation) {
        if invocation.taken {
            return;
        }
        let mut waiting = self.waiting.lock();
        waiting.offered += 1;
        let place = (waiting.offered, invocation.task);
        waiting.queues.entry(invocation.function.clone()).or_default().push_back(place);
        waiting.tasks.insert(invocation.task, invocation);
        drop(waiting);
        self.offers.send_modify(|offers| *offers += 1);
    }

    /// Gives out the oldest task of `function`.
    pub(crate) fn take(&self, function: &FunctionName) -> Option<Invocation> {
        let mut waiting = self.waiting.lock();
        let Waiting { queues, tasks, .. } = &mut *waiting;
        let queue = queues.get_mut(function)?;
        // Those that were withdrawn meanwhile are still in the queue.
        let taken = std::iter::from_fn(|| queue.pop_front()).find_map(|(_, task)| tasks.remove(&task));
        if queue.is_empty() {
            queues.remove(function);
        }
        taken
    }

    /// Gives out the oldest task that somebody `accepts`, of the functions that he `knows`.
    pub(crate) fn take_where(
        &self,
        knows: impl Fn(&FunctionName) -> bool,
        accepts: impl Fn(&Invocation) -> bool,
    ) -> Option<Invocation> {
        let mut waiting = self.waiting.lock();
        let Waiting { queues, tasks, .. } = &mut *waiting;
        queues.retain(|_, queue| {
            while queue.front().is_some_and(|(_, task)| !tasks.contains_key(task)) {
                queue.pop_front();
            }
            !queue.is_empty()
        });
        let known = queues.iter().filter(|(function, _)| knows(function));
        let oldest = known.filter_map(|(function, queue)| {
            let place = queue.iter().position(|(_, task)| tasks.get(task).is_some_and(&accepts))?;
            Some((queue[place].0, function.clone(), place))
        });
        let (_, function, place) = oldest.min()?;
        let (_, task) = queues.get_mut(&function)?.remove(place)?;
        tasks.remove(&task)
    }

    /// Nobody waits for the task's end any more.
    pub(crate) fn withdraw(&self, task: TaskId) -> bool {
        self.waiting.lock().tasks.remove(&task).is_some()
    }

    /// Changes whenever a task is offered.
    pub(crate) fn offers(&self) -> watch::Receiver<u64> {
        self.offers.subscribe()
    }
}
