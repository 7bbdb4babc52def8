//! What the tests play on: runtimes in a directory of their own, and everything they report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tempfile::TempDir;
use tidegate_json::Value;
use tidegate_model::{
    Event, Failure, FunctionName, FunctionSpec, Invocation, Labels, Outcome, RunId, TaskId, WorkflowName,
};
use tidegate_runtimes::{FunctionStatus, Published, Reports, Runtimes, Settings, Status};
use tokio::sync::{Mutex as AsyncMutex, mpsc};

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Report = (TaskId, u32, Outcome);

pub(crate) struct Stage {
    pub(crate) runtimes: Runtimes,
    pub(crate) heartbeats: Arc<Mutex<Vec<TaskId>>>,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    reports: AsyncMutex<mpsc::UnboundedReceiver<Report>>,
    directory: TempDir,
    next: Mutex<u32>,
}

struct Ears {
    reports: mpsc::UnboundedSender<Report>,
    heartbeats: Arc<Mutex<Vec<TaskId>>>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Reports for Ears {
    fn ended(&self, task: TaskId, attempt: u32, outcome: Outcome) {
        let _ = self.reports.send((task, attempt, outcome));
    }

    fn heartbeat(&self, task: TaskId, _: u32) {
        self.heartbeats.lock().push(task);
    }

    fn publish(&self, events: Vec<Event>) -> Published {
        self.events.lock().extend(events);
        Box::pin(async { Ok(()) })
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (heartbeats, events) = (Arc::default(), Arc::default());
        let ears = Ears { reports: sender, heartbeats: Arc::clone(&heartbeats), events: Arc::clone(&events) };
        Self {
            runtimes: Runtimes::new(settings, Arc::new(ears)),
            heartbeats,
            events,
            reports: AsyncMutex::new(receiver),
            directory: TempDir::new().unwrap(),
            next: Mutex::new(0),
        }
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn invocation(&self, name: &str, spec: &Arc<FunctionSpec>, input: Value) -> Invocation {
        let mut next = self.next.lock();
        *next += 1;
        Invocation {
            task: TaskId { run: RunId(7), number: *next },
            attempt: 1,
            idempotency_key: format!("key-{next}").into(),
            workflow: WorkflowName::new("orders").unwrap(),
            subject: "charge card".into(),
            index: None,
            function: FunctionName::new(name).unwrap(),
            spec: Arc::clone(spec),
            directory: Some(self.directory.path().to_str().unwrap().into()),
            input,
            labels: Labels::NONE,
            deadline: None,
            taken: false,
        }
    }

    pub(crate) fn invoke(&self, name: &str, spec: &Arc<FunctionSpec>, input: Value) -> TaskId {
        let invocation = self.invocation(name, spec, input);
        let task = invocation.task;
        self.runtimes.invoke(invocation);
        task
    }

    /// The next report, whosever it is.
    pub(crate) async fn report(&self) -> Report {
        let mut reports = self.reports.lock().await;
        tokio::time::timeout(PATIENCE, reports.recv()).await.expect("a report in time").unwrap()
    }

    pub(crate) async fn call(&self, name: &str, spec: &Arc<FunctionSpec>, input: Value) -> Outcome {
        let task = self.invoke(name, spec, input);
        let (reported, _, outcome) = self.report().await;
        assert_eq!(reported, task);
        outcome
    }

    pub(crate) async fn result(&self, name: &str, spec: &Arc<FunctionSpec>, input: Value) -> Value {
        value(self.call(name, spec, input).await)
    }

    pub(crate) async fn failure(&self, name: &str, spec: &Arc<FunctionSpec>, input: Value) -> Failure {
        match self.call(name, spec, input).await {
            Outcome::Failed(failure) => failure,
            Outcome::Succeeded { data, .. } => panic!("succeeded with {data:?}"),
        }
    }

    /// Waits until the status is as wanted.
    pub(crate) async fn until(&self, is_so: impl Fn(&Status) -> bool) {
        let mut changes = self.runtimes.watch_status();
        let wait = async {
            while !is_so(&self.runtimes.status()) {
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("still waiting; the status is {:#?}", self.runtimes.status());
        }
    }

    pub(crate) async fn until_function(&self, name: &str, is_so: impl Fn(&FunctionStatus) -> bool) {
        self.until(|status| status.functions.iter().any(|it| it.function.as_str() == name && is_so(it)))
            .await;
    }

    /// Waits until `task` has written a line, and returns it.
    pub(crate) async fn line(&self, task: TaskId) -> String {
        let mut lines = self.runtimes.subscribe_logs();
        loop {
            if let Some(line) = self.runtimes.logs(task).lines.first() {
                return String::from_utf8(line.text.to_vec()).unwrap();
            }
            tokio::time::timeout(PATIENCE, lines.recv()).await.expect("a log line in time").unwrap();
        }
    }
}

pub(crate) fn value(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Succeeded { data, .. } => data.inline_value().unwrap(),
        Outcome::Failed(failure) => panic!("failed: {failure}\n{:?}", failure.detail),
    }
}

pub(crate) fn json(text: &str) -> Value {
    Value::parse(text).unwrap()
}

pub(crate) fn function(spec: &str) -> Arc<FunctionSpec> {
    Arc::new(FunctionSpec::from_value(&json(spec)).unwrap())
}

/// Waits until a process is gone, or is a zombie that its parent has yet to look after.
pub(crate) async fn until_dead(process: u32) {
    let is_alive = || {
        std::fs::read_to_string(format!("/proc/{process}/stat"))
            .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
    };
    let wait = async {
        while is_alive() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the process ends");
}
