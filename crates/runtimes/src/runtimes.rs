//! The entrance: invocations go in, and can be abandoned, looked at and shut down.
//!
//! Owns the choice of who runs an invocation. Invariant: `invoke` neither waits nor fails; what goes wrong is
//! an outcome.

use std::sync::Arc;
use std::time::Duration;

use tidegate_model::function::{Builtin, BuiltinKind};
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, FunctionName, Invocation, Outcome, Runtime, Span, TaskId, Text};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};

use crate::attempt::Attempt;
use crate::builtin::{self, Answer};
use crate::function::{Function, Turn};
use crate::host::Host;
use crate::settings::duration;
use crate::{LogLine, Position, Reports, Settings, Status, TaskLog, aws, command, http, warm};

/// All functions of this process. Dropping it kills whatever runs.
pub struct Runtimes {
    host: Arc<Host>,
}

impl Runtimes {
    /// Runtimes on the async runtime that calls this.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new(settings: Settings, reports: Arc<dyn Reports>) -> Self {
        Self::on(&Handle::current(), settings, reports)
    }

    /// Runtimes on the async runtime `handle`.
    #[must_use]
    pub fn on(handle: &Handle, settings: Settings, reports: Arc<dyn Reports>) -> Self {
        Self { host: Host::new(settings, reports, handle.clone()) }
    }

    /// Runs `invocation` as soon as its function has a slot, and reports how it ended. Returns at once. The
    /// built-in functions `noop`, `echo` and `fail` have ended, and are reported, before it returns.
    ///
    /// An earlier attempt of the same task that has not ended is abandoned. After [`Self::shutdown`] nothing
    /// happens.
    pub fn invoke(&self, invocation: Invocation) {
        let host = &self.host;
        if matches!(invocation.spec.runtime, Runtime::External(_)) {
            host.external.offer(invocation);
            return;
        }
        let function = host.function(&invocation);
        if let Some(outcome) = answer_at_once(&invocation) {
            if !host.is_closing() {
                host.answer(&function, &invocation, outcome);
            }
            return;
        }
        if !host.ledger.enter(&Attempt::new(invocation), &function) {
            return;
        }
        match &function.spec.runtime {
            Runtime::Builtin(_) | Runtime::Command(_) | Runtime::Http(_) | Runtime::Aws(_) => {
                if function.hire() {
                    host.spawn(serve(Arc::clone(host), Arc::clone(&function)));
                }
            }
            Runtime::Python(_) | Runtime::Node(_) | Runtime::Provided(_) => warm::attend(host, &function),
            Runtime::External(_) => unreachable!("those that are carried out outside have been offered"),
        }
        host.changed();
    }

    /// This process serves at `url`: calls of Step Functions and Lambda that have no other endpoint go there, if
    /// [`AwsSettings::serves`](crate::settings::AwsSettings::serves) said so; those that came before have waited.
    pub fn serves_at(&self, url: &str) {
        self.host.services.serves_at(url);
    }

    /// Stops whatever attempt of `task` waits or runs; nothing is reported of it. A running process group is
    /// asked to end (SIGTERM) and after [`Settings::stop_grace`] killed; a warm instance at work on the task
    /// ends with it.
    pub fn abandon(&self, task: TaskId) {
        if self.host.external.withdraw(task) {
            return;
        }
        if let Some(place) = self.host.ledger.take(task) {
            place.abandon();
            self.host.changed();
        }
    }

    /// Gives out the oldest task of the external function `function` that nobody has taken.
    #[must_use]
    pub fn take_external(&self, function: &FunctionName) -> Option<Invocation> {
        self.host.external.take(function)
    }

    /// Gives out the oldest task that nobody has taken and that somebody `accepts`, of the external functions that he `knows`.
    #[must_use]
    pub fn take_external_where(
        &self,
        knows: impl Fn(&FunctionName) -> bool,
        accepts: impl Fn(&Invocation) -> bool,
    ) -> Option<Invocation> {
        self.host.external.take_where(knows, accepts)
    }

    /// Puts back what [`Self::take_external`] gave out and could not be used.
    pub fn offer_external(&self, invocation: Invocation) {
        self.host.external.offer(invocation);
    }

    /// Changes whenever a task of an external function comes to wait for a worker.
    #[must_use]
    pub fn watch_external(&self) -> watch::Receiver<u64> {
        self.host.external.offers()
    }

    /// All functions that were invoked: what waits, what runs, and how it went so far.
    #[must_use]
    pub fn status(&self) -> Status {
        Status { functions: self.host.functions().iter().map(|function| function.status()).collect() }
    }

    /// Changes whenever [`Self::status`] shows something new, except for functions that are answered at once.
    #[must_use]
    pub fn watch_status(&self) -> watch::Receiver<u64> {
        self.host.changes()
    }

    /// Where the open attempt of `task` stands; `None` if it has none.
    #[must_use]
    pub fn position(&self, task: TaskId) -> Option<Position> {
        let place = self.host.ledger.find(task)?;
        place.function.position(place.number)
    }

    /// The end of what all attempts of `task` wrote to their logs.
    #[must_use]
    pub fn logs(&self, task: TaskId) -> TaskLog {
        self.host.logs.of(task)
    }

    /// All log lines from here on, as they come. A subscriber that lags behind misses some, and is told so.
    #[must_use]
    pub fn subscribe_logs(&self) -> broadcast::Receiver<LogLine> {
        self.host.logs.subscribe()
    }

    /// Ends everything and waits for it: process groups are asked to end, and killed after `grace`. Nothing
    /// is reported: what had not ended is still outstanding.
    pub async fn shutdown(&self, grace: Duration) {
        let grace = Span(u64::try_from(grace.as_millis()).unwrap_or(u64::MAX));
        self.host.close(grace);
        self.host.at_rest().await;
        self.host.guardian.kill_all();
    }
}

impl Drop for Runtimes {
    fn drop(&mut self) {
        self.host.close(Span(0));
        self.host.guardian.kill_all();
    }
}

fn answer_at_once(invocation: &Invocation) -> Option<Outcome> {
    let kind = builtin_kind(&invocation.spec.runtime)?;
    match builtin::answer(kind, invocation) {
        Answer::Now(outcome) => Some(outcome),
        Answer::After(..) => None,
    }
}

fn builtin_kind(runtime: &Runtime) -> Option<BuiltinKind> {
    match runtime {
        Runtime::Builtin(Builtin { builtin }) => Some(*builtin),
        Runtime::Command(_)
        | Runtime::Http(_)
        | Runtime::Python(_)
        | Runtime::Node(_)
        | Runtime::Provided(_)
        | Runtime::External(_)
        | Runtime::Aws(_) => None,
    }
}

/// One slot of a function without warm instances: takes one attempt after another until none waits.
async fn serve(host: Arc<Host>, function: Arc<Function>) {
    while let Some(turn) = function.next_or_dismiss() {
        host.changed();
        let outcome = run(&host, &function, &turn).await;
        host.end(&function, &turn, outcome);
    }
}

async fn run(host: &Arc<Host>, function: &Function, turn: &Turn) -> Option<Outcome> {
    let invocation = &turn.attempt.invocation;
    match &function.spec.runtime {
        Runtime::Command(command) => command::run(host, function, turn, command).await,
        Runtime::Http(endpoint) => {
            within(function, turn, http::call(&host.client, endpoint, invocation)).await
        }
        Runtime::Aws(action) => within(function, turn, aws::run(host, action, invocation)).await,
        Runtime::Builtin(Builtin { builtin }) => {
            within(function, turn, wait_and_answer(*builtin, invocation)).await
        }
        Runtime::Python(_) | Runtime::Node(_) | Runtime::Provided(_) | Runtime::External(_) => {
            unreachable!("warm functions are served by their instances, external ones elsewhere")
        }
    }
}

async fn wait_and_answer(kind: BuiltinKind, invocation: &Invocation) -> Outcome {
    match builtin::answer(kind, invocation) {
        Answer::Now(outcome) => outcome,
        Answer::After(pause, outcome) => {
            tokio::time::sleep(pause).await;
            outcome
        }
    }
}

/// Does `work` that can simply be dropped: when the attempt is abandoned, or takes longer than its function
/// may.
async fn within(function: &Function, turn: &Turn, work: impl Future<Output = Outcome>) -> Option<Outcome> {
    tokio::select! {
        biased;
        () = turn.attempt.abandoned() => None,
        outcome = work => Some(outcome),
        limit = timeout(function) => Some(Outcome::Failed(took_longer_than(limit))),
    }
}

/// Waits until an attempt that starts now has run out of time: for ever, where nothing binds.
pub(crate) async fn timeout(function: &Function) -> Span {
    match function.spec.limits.timeout {
        Some(limit) => {
            tokio::time::sleep(duration(limit)).await;
            limit
        }
        None => std::future::pending().await,
    }
}

pub(crate) fn took_longer_than(limit: Span) -> Failure {
    Failure::new(errors::TIMEOUT, Text::from(format!("took longer than {limit}")))
}
