//! What all parts of the runtimes share: settings, the open attempts, the logs, the processes.
//!
//! Owns the tasks of the async runtime that are at work, so that a shutdown can wait for them.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_model::{Event, FunctionName, Invocation, Outcome, Span, Text};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::attempt::{Attempt, Ledger};
use crate::aws::Services;
use crate::external::Room;
use crate::function::{Function, Left, Turn};
use crate::http::Client;
use crate::logs::{LogBook, LogWriter};
use crate::process::guardian::Guardian;
use crate::{Reports, Settings};

/// What all parts of the runtimes share.
pub(crate) struct Host {
    pub(crate) settings: Settings,
    pub(crate) ledger: Ledger,
    pub(crate) logs: Arc<LogBook>,
    pub(crate) guardian: Arc<Guardian>,
    pub(crate) client: Client,
    pub(crate) services: Services,
    pub(crate) external: Room,
    functions: Mutex<HashMap<FunctionName, Vec<Arc<Function>>>>,
    reports: Arc<dyn Reports>,
    handle: Handle,
    /// Set when everything is to end: what was started then has this long between SIGTERM and SIGKILL.
    closing: watch::Sender<Option<Span>>,
    /// Tasks of the async runtime that are at work.
    at_work: watch::Sender<usize>,
    /// Counts changes that a status would show.
    changes: watch::Sender<u64>,
}

impl Host {
    pub(crate) fn new(settings: Settings, reports: Arc<dyn Reports>, handle: Handle) -> Arc<Self> {
        Arc::new(Self {
            ledger: Ledger::default(),
            logs: LogBook::new(&settings),
            guardian: Arc::default(),
            client: Client::new(&settings),
            services: Services::new(&settings),
            external: Room::default(),
            functions: Mutex::default(),
            reports,
            handle,
            closing: watch::Sender::new(None),
            at_work: watch::Sender::new(0),
            changes: watch::Sender::new(0),
            settings,
        })
    }

    /// The function that `invocation` is for; a new one the first time.
    pub(crate) fn function(&self, invocation: &Invocation) -> Arc<Function> {
        let mut functions = self.functions.lock();
        if let Some(versions) = functions.get_mut(&invocation.function) {
            if let Some(function) = versions.iter().find(|function| function.serves(invocation)) {
                return Arc::clone(function);
            }
            return add_version(versions, Function::new(invocation, &self.settings));
        }
        let function = Arc::new(Function::new(invocation, &self.settings));
        functions.insert(invocation.function.clone(), vec![Arc::clone(&function)]);
        function
    }

    /// All functions, by name.
    pub(crate) fn functions(&self) -> Vec<Arc<Function>> {
        let mut functions: Vec<_> = self.functions.lock().values().flatten().cloned().collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.directory.cmp(&b.directory)));
        functions
    }

    /// Runs `work` on the async runtime; a shutdown waits for it.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let at_work = AtWork::begin(Arc::clone(self));
        self.handle.spawn(async move {
            work.await;
            drop(at_work);
        });
    }

    /// Frees the slot of an attempt and reports its outcome, if anybody still wants it. `None` is an attempt
    /// that was stopped because nobody did.
    pub(crate) fn end(&self, function: &Function, turn: &Turn, outcome: Option<Outcome>) {
        self.logs.finish(turn.attempt.task());
        function.leave(turn, left(outcome.as_ref()));
        if let Some(outcome) = outcome {
            self.report(&turn.attempt, outcome);
        }
        self.changed();
    }

    fn report(&self, attempt: &Arc<Attempt>, outcome: Outcome) {
        if self.ledger.settle(attempt) {
            self.reports.ended(attempt.task(), attempt.invocation.attempt, outcome);
        }
    }

    /// Reports an attempt that was answered at once and never entered the ledger.
    pub(crate) fn answer(&self, function: &Function, invocation: &Invocation, outcome: Outcome) {
        function.count_inline(left(Some(&outcome)));
        self.reports.ended(invocation.task, invocation.attempt, outcome);
    }

    /// Publishes events on behalf of a function; done once they are durable.
    pub(crate) async fn publish(&self, events: Vec<Event>) -> Result<(), Text> {
        self.reports.publish(events).await
    }

    pub(crate) fn log_writer(&self) -> LogWriter {
        LogWriter::new(Arc::clone(&self.logs), Arc::clone(&self.reports))
    }

    /// Between SIGTERM and SIGKILL.
    pub(crate) fn grace(&self) -> Span {
        self.closing.borrow().unwrap_or(self.settings.stop_grace)
    }

    /// Waits until everything is to end.
    pub(crate) async fn closing(&self) {
        let mut closing = self.closing.subscribe();
        // Ends with an error only when the host is gone, and then nobody waits here.
        let _ = closing.wait_for(Option::is_some).await;
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.borrow().is_some()
    }

    /// Ends everything; nothing is reported any more.
    pub(crate) fn close(&self, grace: Span) {
        self.closing.send_replace(Some(grace));
        for place in self.ledger.close() {
            place.abandon();
        }
        self.changed();
    }

    /// Waits until nothing is at work.
    pub(crate) async fn at_rest(&self) {
        let mut at_work = self.at_work.subscribe();
        // Ends with an error only when the host is gone, and with it all work.
        let _ = at_work.wait_for(|&count| count == 0).await;
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// Adds a version of a function. Older ones in the same directory need not keep idle instances, and go when
/// empty.
fn add_version(versions: &mut Vec<Arc<Function>>, newest: Function) -> Arc<Function> {
    versions.retain(|older| {
        let is_same = older.directory == newest.directory;
        if is_same {
            older.retire();
        }
        let goes = is_same && older.is_gone();
        if goes {
            newest.inherit_totals(older);
        }
        !goes
    });
    let newest = Arc::new(newest);
    versions.push(Arc::clone(&newest));
    newest
}

fn left(outcome: Option<&Outcome>) -> Left {
    match outcome {
        Some(Outcome::Succeeded { .. }) => Left::Succeeded,
        Some(Outcome::Failed(_)) => Left::Failed,
        None => Left::Abandoned,
    }
}

/// Counts as at work while it lives, also when its task is dropped half way.
struct AtWork(Arc<Host>);

impl AtWork {
    fn begin(host: Arc<Host>) -> Self {
        host.at_work.send_modify(|count| *count += 1);
        Self(host)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.send_modify(|count| *count -= 1);
    }
}
