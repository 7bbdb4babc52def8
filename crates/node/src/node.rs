//! The threads of a node, and how it comes up and goes down.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use tidegate_engine::{Registry, Reply};
use tidegate_journal::checkpoints::CheckpointError;
use tidegate_journal::disk::{Disk, Lock, LockError};
use tidegate_journal::log::AppendError;
use tidegate_journal::payloads::PayloadError;
use tidegate_journal::{Checkpoints, RealDisk};
use tidegate_model::entry::Address;
use tidegate_model::{Effect, Event, Input, Offset, Outcome, RunId, TaskId, Text, Timestamp};
use tidegate_runtimes::{Published, Reports, Runtimes};
use tokio::sync::{broadcast, oneshot};

use crate::checkpointer::Checkpointer;
use crate::driver::{Driver, DriverError, Parts};
use crate::handle::{Answer, Handle, SubmitError};
use crate::inbox::{Answerer, Ending, Inbox, Request};
use crate::metrics::Gauges;
use crate::payloads::Payloads;
use crate::query::StepView;
use crate::retention::{Retention, Slice};
use crate::settings::{DataDir, Settings};

/// A running node. Dropping it stops it without a last checkpoint; the journal has everything.
pub struct Node {
    handle: Handle,
    recovered: Recovered,
    thread: Option<std::thread::JoinHandle<()>>,
    temporary: Option<PathBuf>,
}

/// What a node found when it came up.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Whether there was nothing yet.
    pub created: bool,
    /// Entries that were stepped again.
    pub entries_replayed: u64,
    /// Bytes of unacknowledged batches that were cut from the end of the journal.
    pub cut_bytes: u64,
    /// Runs that have not ended.
    pub unfinished_runs: usize,
    /// How long it took.
    pub took: Duration,
}

/// A node that cannot come up.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}; check that it is a directory that this user may write, or name another", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// Another process has the data directory.
    #[error(
        "the data directory {} is in use by {}; stop that process, or name another directory",
        path.display(),
        pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// Which.
        path: PathBuf,
        /// Process id of the holder, if it is known.
        pid: Option<u32>,
    },
    /// Journal or checkpoint.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The checkpoint store.
    #[error(transparent)]
    Checkpoints(#[from] CheckpointError),
    /// The payload store.
    #[error(transparent)]
    Payloads(#[from] PayloadError),
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// Why the engine's thread takes nothing more. A restart decides again what it had not let out.
#[derive(Debug, thiserror::Error)]
enum Fatal {
    /// Whether the last batch is recorded only a restart can tell.
    #[error("the journal failed")]
    Journal(#[from] AppendError),
    /// A step was to read a payload.
    #[error("a payload that a step needs cannot be read")]
    Payload(#[from] PayloadError),
}

/// A node that could not be stopped well. The journal has everything that was acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum ShutdownError {
    /// Its thread had ended by a panic.
    #[error("the engine's thread had panicked")]
    Panicked,
}

/// What threads and handles share.
pub(crate) struct Shared {
    pub(crate) inbox: Inbox,
    pub(crate) settings: Settings,
    pub(crate) runtimes: Runtimes,
    pub(crate) payloads: Payloads,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) checkpointer: Mutex<Checkpointer>,
    pub(crate) journal: tidegate_journal::LogReader,
    pub(crate) steps: broadcast::Sender<Arc<StepView>>,
    pub(crate) waiters: Mutex<std::collections::BTreeMap<RunId, Vec<oneshot::Sender<Outcome>>>>,
    pub(crate) gauges: Gauges,
    /// Held as long as anybody can reach what is in the data directory.
    _lock: Lock,
}

/// Steps that a slow subscriber may lag behind.
const STREAM_STEPS: usize = 4096;

impl Node {
    /// Brings a node up: recovers what its data directory has and goes on where it stopped. Functions run on the
    /// async runtime `runtime`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        settings: Settings,
        registry: Arc<Registry>,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(RealDisk), settings, registry, runtime)
    }

    /// The same with journal, payloads and lock on `disk`. Checkpoints, which are derived, are in the directory of this
    /// name on the disk of the operating system.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_on(
        disk: Arc<dyn Disk>,
        settings: Settings,
        registry: Arc<Registry>,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Self, OpenError> {
        let started = Instant::now();
        let (dir, temporary) = match &settings.data {
            DataDir::At(path) => (path.clone(), None),
            DataDir::Temporary => {
                let path = std::env::temp_dir().join(format!("tidegate-{}-{:x}", std::process::id(), draw()));
                (path.clone(), Some(path))
            }
        };
        let lock = take(&dir, &*disk)?;
        let (store, payloads) = open_stores(&dir, &disk, &settings)?;
        let parts = Parts {
            registry,
            limits: settings.limits.clone(),
            disk,
            checkpoints: store.clone(),
            identity: draw(),
            segments: Default::default(),
        };
        let (driver, opened) = Driver::open(parts, &dir.join("journal"), &payloads, now())?;
        if let Some(error) = payloads.take_unread() {
            return Err(error.into());
        }
        let recovered = Recovered {
            created: opened.journal.created,
            entries_replayed: opened.entries_replayed,
            cut_bytes: opened.journal.cut.map_or(0, |cut| cut.bytes),
            unfinished_runs: driver.partition().live_runs(),
            took: started.elapsed(),
        };
        let retention = Retention::new(
            &driver,
            store.clone(),
            payloads.store_of().clone(),
            settings.retain_runs,
            Slice::default(),
        );
        if !driver.references().lock().is_complete() {
            tracing::warn!(
                "this data is of a version that did not count references: nothing in it is ever removed"
            );
        }
        let checkpointer = Checkpointer::start(store.clone(), payloads.clone(), retention, now)
            .map_err(OpenError::Thread)?;
        let (steps, _) = broadcast::channel(STREAM_STEPS);
        let shared = Arc::new_cyclic(|shared: &std::sync::Weak<Shared>| {
            let reports = Arc::new(ToInbox { shared: shared.clone(), runtime: runtime.clone() });
            Shared {
                inbox: Inbox::default(),
                runtimes: Runtimes::on(runtime, settings.runtimes.clone(), reports),
                settings,
                payloads,
                checkpoints: store,
                checkpointer: Mutex::new(checkpointer),
                journal: driver.journal(),
                steps,
                waiters: Mutex::default(),
                gauges: Gauges::default(),
                _lock: lock,
            }
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("engine".to_owned());
        let thread = thread.spawn(move || Loop::new(for_thread, driver).run()).map_err(OpenError::Thread)?;
        Ok(Self { handle: Handle::new(shared), recovered, thread: Some(thread), temporary })
    }

    /// A handle for doors. Clones are the same node.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What it found when it came up.
    #[must_use]
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Takes no more, writes a last checkpoint and ends functions that are under way; they run again next time.
    ///
    /// # Errors
    /// [`ShutdownError`].
    pub async fn shutdown(mut self, grace: Duration) -> Result<(), ShutdownError> {
        let shared = Arc::clone(&self.handle.shared);
        shared.runtimes.shutdown(grace).await;
        shared.inbox.close(Ending::Orderly);
        let thread = self.thread.take();
        let ended =
            tokio::task::spawn_blocking(move || thread.map_or(Ok(()), std::thread::JoinHandle::join)).await;
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ShutdownError::Panicked),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.handle.shared.inbox.close(Ending::Abrupt);
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed.
            let _ = thread.join();
        }
        if let Some(path) = &self.temporary {
            // It is in the directory for temporary files: what cannot be removed is not in the way.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// Makes the directory where it is not there, and keeps other processes out before anything in it is touched.
fn take(dir: &Path, disk: &dyn Disk) -> Result<Lock, OpenError> {
    let unusable = |cause| OpenError::Directory { path: dir.to_owned(), cause };
    disk.create_dir_all(dir).map_err(unusable)?;
    disk.lock(&dir.join("LOCK")).map_err(|error| match error {
        LockError::Held { pid } => OpenError::Locked { path: dir.to_owned(), pid },
        LockError::Io(cause) => unusable(cause),
    })
}

fn open_stores(
    dir: &Path,
    disk: &Arc<dyn Disk>,
    settings: &Settings,
) -> Result<(Checkpoints, Payloads), OpenError> {
    let store = Checkpoints::open(&dir.join("state"), &tidegate_journal::checkpoints::Settings::default())?;
    let payloads = tidegate_journal::Payloads::open(Arc::clone(disk), dir)?;
    Ok((store, Payloads::new(payloads, settings.payload_inline_max_bytes)))
}

/// What time it is. The only clock of the node.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A number that no other Tidegate has drawn.
fn draw() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos());
    hasher.write_u32(std::process::id());
    hasher.finish()
}

/// Takes reports of runtimes to the inbox.
struct ToInbox {
    shared: std::sync::Weak<Shared>,
    runtime: tokio::runtime::Handle,
}

impl Reports for ToInbox {
    fn ended(&self, task: TaskId, attempt: u32, outcome: Outcome) {
        let Some(shared) = self.shared.upgrade() else { return };
        let input = Input::TaskEnded { task, attempt, outcome };
        if shared.payloads.input_is_large(&input) {
            // Storing waits for the disk, which a thread that serves sockets must not.
            self.runtime.spawn(store_and_report(self.shared.clone(), task, input));
        } else {
            shared.inbox.put(Request::Report(input));
        }
    }

    fn heartbeat(&self, task: TaskId, attempt: u32) {
        let Some(shared) = self.shared.upgrade() else { return };
        let for_inspect = Arc::downgrade(&shared);
        // Most tasks have no heartbeat to keep up, and their signs of life are not worth an entry.
        shared.inbox.put(Request::Inspect(Box::new(move |driver| {
            if driver.partition().wants_heartbeat(task)
                && let Some(shared) = for_inspect.upgrade()
            {
                shared.inbox.put(Request::Report(Input::TaskHeartbeat { task, attempt }));
            }
        })));
    }

    fn publish(&self, events: Vec<Event>) -> Published {
        Box::pin(publish(self.shared.clone(), events))
    }
}

/// Publishes what a function sent; while there is no room for it, it waits.
async fn publish(shared: std::sync::Weak<Shared>, events: Vec<Event>) -> Result<(), Text> {
    loop {
        let Some(node) = shared.upgrade().map(Handle::new) else {
            return Err(Text::from(SubmitError::Stopping.to_string()));
        };
        let published = node.publish(events.clone(), Address::World).await;
        drop(node);
        match published {
            Ok(accepted) => {
                let refused = accepted.iter().find_map(|event| event.refused.as_ref());
                return refused.map_or(Ok(()), |refusal| Err(Text::from(refusal.to_string())));
            }
            Err(SubmitError::Full { retry_after }) => tokio::time::sleep(retry_after).await,
            Err(error) => return Err(Text::from(error.to_string())),
        }
    }
}

/// Reports the end of an attempt once its large result is stored. A result that the disk refuses is kept and tried again,
/// as a report that the journal refuses is: the function is not called a second time for want of room.
async fn store_and_report(shared: std::sync::Weak<Shared>, task: TaskId, input: Input) {
    let mut waits = false;
    loop {
        let Some(node) = shared.upgrade() else { return };
        let (payloads, input) = (node.payloads.clone(), input.clone());
        let stored = tokio::task::spawn_blocking(move || payloads.store_input(input)).await;
        // It only fails to be joined where the async runtime stops.
        let Ok(stored) = stored else { return };
        match stored {
            Ok(input) => {
                if waits {
                    node.gauges.note_result_stored();
                }
                return node.inbox.put(Request::Report(input));
            }
            Err(_) if node.inbox.is_closed() => return,
            Err(error) if !waits => {
                waits = true;
                node.gauges.note_result_refused();
                let error = &error as &dyn std::error::Error;
                tracing::error!(%task, error, "result cannot be stored, will retry");
            }
            Err(_) => {}
        }
        drop(node);
        tokio::time::sleep(FULL_DISK_PAUSE).await;
    }
}

/// Somebody who waits for answers to some inputs of a batch.
struct Waiting {
    answer: Answerer,
    /// Place of the first in the batch.
    start: usize,
    count: usize,
}

/// The engine's thread.
struct Loop {
    shared: Arc<Shared>,
    driver: Driver,
    requests: Vec<Request>,
    waiting: Vec<Waiting>,
    last_checkpoint: Instant,
    checkpoint_cost: Duration,
    stopping: Option<Ending>,
}

impl Loop {
    fn new(shared: Arc<Shared>, driver: Driver) -> Self {
        Self {
            shared,
            driver,
            requests: Vec::new(),
            waiting: Vec::new(),
            last_checkpoint: Instant::now(),
            checkpoint_cost: Duration::ZERO,
            stopping: None,
        }
    }

    fn run(mut self) {
        for effect in self.driver.partition().outstanding() {
            self.act(effect);
        }
        while self.stopping.is_none() {
            if let Err(error) = self.turn() {
                tracing::error!(error = &error as &dyn std::error::Error, "nothing more is taken");
                self.shared.gauges.fail();
                return;
            }
        }
        if self.stopping == Some(Ending::Orderly) {
            self.last_checkpoint();
        }
    }

    /// One batch.
    fn turn(&mut self) -> Result<(), Fatal> {
        let deadline = self.deadline();
        let mut requests = std::mem::take(&mut self.requests);
        self.shared.inbox.take(self.shared.settings.batch_entries_max, deadline, &mut requests);
        let mut inputs = Vec::new();
        for request in requests.drain(..) {
            match request {
                Request::Report(input) => inputs.push(input),
                Request::Submit { inputs: of, answer } => {
                    self.waiting.push(Waiting { answer, start: inputs.len(), count: of.len() });
                    inputs.extend(of);
                }
                Request::Inspect(look) => look(&mut self.driver),
                Request::Stop(ending) => self.stopping = Some(ending),
            }
        }
        self.requests = requests;
        if inputs.is_empty() && self.is_timer_due() {
            inputs.push(Input::Tick);
        }
        if !inputs.is_empty() {
            self.process(inputs)?;
        }
        self.checkpoint_if_due();
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        let timer = self.driver.partition().next_deadline().map(|due| due.since(now()));
        let timer = timer.map(|wait| Instant::now() + Duration::from_millis(wait.0.min(1000 * 3600)));
        let checkpoint = (self.driver.entries_since_checkpoint() > 0).then(|| self.checkpoint_due());
        [timer, checkpoint].into_iter().flatten().min()
    }

    fn is_timer_due(&self) -> bool {
        self.driver.partition().next_deadline().is_some_and(|due| due <= now())
    }

    fn process(&mut self, inputs: Vec<Input>) -> Result<(), Fatal> {
        let processed = match self.driver.process(now(), inputs, &self.shared.payloads) {
            Ok(processed) => processed,
            Err(error @ AppendError::Poisoned(_)) => {
                self.answer_all(&SubmitError::Storage(error.to_string()));
                return Err(error.into());
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "batch refused by the journal");
                self.refuse(&refusal_of(error));
                return Ok(());
            }
        };
        if let Some(error) = self.shared.payloads.take_unread() {
            self.answer_all(&SubmitError::Storage(error.to_string()));
            return Err(error.into());
        }
        // Who has an answer finds it counted.
        self.shared.gauges.note(&self.driver);
        self.tell();
        let effects: Vec<Effect> = self.driver.take_effects().collect();
        self.answer(processed.first.0, processed.replies);
        effects.into_iter().for_each(|effect| self.act(effect));
        Ok(())
    }

    /// Answers those who wait. What stands between their inputs are reports, and nobody waits for those.
    fn answer(&mut self, first: u64, replies: Vec<Reply>) {
        let mut replies = replies.into_iter().zip(first..);
        let mut taken = 0;
        for Waiting { answer, start, count } in self.waiting.drain(..) {
            let own = replies.by_ref().skip(start - taken).take(count);
            let answers = own.map(|(reply, offset)| Answer { offset: Offset(offset), reply }).collect();
            taken = start + count;
            // Whoever asked may have gone; what was recorded stays recorded.
            let _ = answer.send(Ok(answers));
        }
    }

    /// The journal has no room: doors are told so, and what runtimes reported is kept and tried again.
    fn refuse(&mut self, error: &SubmitError) {
        let asked: Vec<std::ops::Range<usize>> =
            self.waiting.iter().map(|waiting| waiting.start..waiting.start + waiting.count).collect();
        self.answer_all(error);
        let refused = self.driver.take_refused().into_iter().enumerate();
        let (refused, reports): (Vec<_>, Vec<_>) =
            refused.partition(|(place, _)| asked.iter().any(|range| range.contains(place)));
        self.shared.payloads.abandon(refused.iter().map(|(_, input)| input));
        for (_, input) in reports.into_iter().filter(|(_, input)| !matches!(input, Input::Tick)) {
            self.shared.inbox.put(Request::Report(input));
        }
        self.shared.gauges.note_refused();
        std::thread::sleep(FULL_DISK_PAUSE);
    }

    fn answer_all(&mut self, error: &SubmitError) {
        for Waiting { answer, .. } in self.waiting.drain(..) {
            // Whoever asked may have gone.
            let _ = answer.send(Err(error.clone()));
        }
    }

    /// Tells subscribers, and those who wait for the end of a run.
    fn tell(&self) {
        let output = self.driver.output();
        if self.shared.steps.receiver_count() > 0 {
            for (mark, facts) in output.steps() {
                let view = StepView::new(mark.offset, mark.at, facts, |run| {
                    self.driver.partition().program_of_run(run)
                });
                // The last subscriber may have gone since.
                let _ = self.shared.steps.send(Arc::new(view));
            }
        }
        let mut waiters = self.shared.waiters.lock();
        if waiters.is_empty() {
            return;
        }
        for fact in &output.facts {
            if let tidegate_model::Fact::RunEnded { run, outcome } = fact {
                for waiter in waiters.remove(run).unwrap_or_default() {
                    // Whoever waited may have gone.
                    let _ = waiter.send(outcome.clone());
                }
            }
        }
    }

    fn act(&self, effect: Effect) {
        match effect {
            Effect::Invoke(invocation) => self.shared.runtimes.invoke(*invocation),
            Effect::Abandon { task } => self.shared.runtimes.abandon(task),
        }
    }

    /// Checkpoints take at most about a twentieth of the time, however large the state is.
    fn checkpoint_due(&self) -> Instant {
        self.last_checkpoint + self.shared.settings.checkpoint_interval.max(self.checkpoint_cost * 20)
    }

    fn checkpoint_if_due(&mut self) {
        if self.driver.entries_since_checkpoint() == 0 || Instant::now() < self.checkpoint_due() {
            return;
        }
        let started = Instant::now();
        {
            let checkpointer = self.shared.checkpointer.lock();
            if !checkpointer.is_busy() {
                checkpointer.write(self.driver.checkpoint());
            }
        }
        self.last_checkpoint = Instant::now();
        self.checkpoint_cost = started.elapsed();
        self.retain();
    }

    /// Lets go of journal that a durable checkpoint reflects, beyond what is kept for history.
    fn retain(&mut self) {
        let durable = self.shared.checkpointer.lock().durable();
        let Some(durable) = durable else { return };
        let keep_bytes = self.shared.settings.retain_journal_bytes;
        if let Err(error) = self.driver.retain(keep_bytes, durable) {
            tracing::error!(error = &error as &dyn std::error::Error, "journal segments cannot be removed");
        }
    }

    fn last_checkpoint(&mut self) {
        let mut checkpointer = self.shared.checkpointer.lock();
        if self.driver.entries_since_checkpoint() > 0 {
            checkpointer.write(self.driver.checkpoint());
        }
        checkpointer.finish();
    }
}

/// However the thread ends, by a failed journal or a panic too, nobody is left to wait for ever.
impl Drop for Loop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.gauges.fail();
        }
        self.shared.inbox.close(Ending::Abrupt);
        let mut rest = Vec::new();
        self.shared.inbox.take(usize::MAX, Some(Instant::now()), &mut rest);
        for request in rest {
            if let Request::Submit { answer, .. } = request {
                // Whoever asked may have gone.
                let _ = answer.send(Err(SubmitError::Stopping));
            }
        }
        self.shared.waiters.lock().clear();
    }
}

/// Between two tries to write to a disk that is full.
const FULL_DISK_PAUSE: Duration = Duration::from_millis(200);

/// What doors are told of a batch that the journal refused.
fn refusal_of(error: AppendError) -> SubmitError {
    match error {
        AppendError::Full(cause) => SubmitError::NoSpace(cause.to_string()),
        AppendError::TooLarge { .. } | AppendError::Poisoned(_) => SubmitError::Storage(error.to_string()),
    }
}
