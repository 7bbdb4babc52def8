//! What a call costs: answered inline, by a process of its own, and by a warm Python handler.

use std::sync::Arc;

use divan::counter::ItemsCount;
use tidegate_json::Value;
use tidegate_model::{
    Event, FunctionName, FunctionSpec, Invocation, Labels, Outcome, RunId, TaskId, WorkflowName,
};
use tidegate_runtimes::{Published, Reports, Runtimes, Settings};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

fn main() {
    divan::main();
}

struct Ears(mpsc::UnboundedSender<Outcome>);

impl Reports for Ears {
    fn ended(&self, _: TaskId, _: u32, outcome: Outcome) {
        let _ = self.0.send(outcome);
    }

    fn heartbeat(&self, _: TaskId, _: u32) {}

    fn publish(&self, _: Vec<Event>) -> Published {
        Box::pin(async { Ok(()) })
    }
}

struct Caller {
    runtime: Runtime,
    runtimes: Runtimes,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    invocation: Invocation,
}

impl Caller {
    fn new(spec: &str, directory: &str) -> Self {
        let runtime = Runtime::new().expect("a tokio runtime");
        let (sender, outcomes) = mpsc::unbounded_channel();
        let runtimes = Runtimes::on(runtime.handle(), Settings::default(), Arc::new(Ears(sender)));
        let spec = FunctionSpec::from_value(&Value::parse(spec).expect("JSON")).expect("a specification");
        let invocation = Invocation {
            task: TaskId { run: RunId(1), number: 0 },
            attempt: 1,
            idempotency_key: "key".into(),
            workflow: WorkflowName::new("bench").expect("a name"),
            subject: "bench".into(),
            index: None,
            function: FunctionName::new("f").expect("a name"),
            spec: Arc::new(spec),
            directory: Some(directory.into()),
            input: Value::Null,
            labels: Labels::NONE,
            deadline: None,
            taken: false,
        };
        Self { runtime, runtimes, outcomes, invocation }
    }

    /// Invokes `calls` tasks at once and waits for all.
    fn calls(&mut self, calls: u32) {
        for _ in 0..calls {
            self.invocation.task.number += 1;
            self.runtimes.invoke(self.invocation.clone());
        }
        for _ in 0..calls {
            let outcome = self.runtime.block_on(self.outcomes.recv());
            assert!(matches!(outcome, Some(Outcome::Succeeded { .. })), "{outcome:?}");
        }
    }
}

#[divan::bench(sample_count = 20)]
fn noop(bencher: divan::Bencher<'_, '_>) {
    let mut caller = Caller::new(r#"{"runtime":"builtin","builtin":"noop"}"#, ".");
    bencher.counter(ItemsCount::new(100_000_u32)).bench_local(|| caller.calls(100_000));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn command(bencher: divan::Bencher<'_, '_>) {
    let mut caller = Caller::new(r#"{"runtime":"command","command":["true"]}"#, ".");
    bencher.counter(ItemsCount::new(100_u32)).bench_local(|| caller.calls(100));
}

fn handler_directory(name: &str, code: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join(name), code).expect("a file");
    directory
}

const PYTHON: &str = "def f(event, context):\n    return None\n";

/// A thousand queued calls, with the start of the processes.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn python_1000_cold(bencher: divan::Bencher<'_, '_>) {
    let directory = handler_directory("m.py", PYTHON);
    let path = directory.path().to_str().expect("UTF-8").to_owned();
    bencher
        .counter(ItemsCount::new(1000_u32))
        .with_inputs(|| Caller::new(r#"{"runtime":"python","handler":"m.f"}"#, &path))
        .bench_local_values(|mut caller| caller.calls(1000));
}

/// One call after another to an instance that is there.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn python_one_by_one(bencher: divan::Bencher<'_, '_>) {
    let directory = handler_directory("m.py", PYTHON);
    let spec = r#"{"runtime":"python","handler":"m.f","limits":{"concurrency":1}}"#;
    let mut caller = Caller::new(spec, directory.path().to_str().expect("UTF-8"));
    caller.calls(1);
    bencher.counter(ItemsCount::new(100_u32)).bench_local(|| (0..100).for_each(|_| caller.calls(1)));
}

/// The same in JavaScript.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn node_one_by_one(bencher: divan::Bencher<'_, '_>) {
    let directory = handler_directory("m.mjs", "export const f = async () => null;\n");
    let spec = r#"{"runtime":"node","handler":"m.f","limits":{"concurrency":1}}"#;
    let mut caller = Caller::new(spec, directory.path().to_str().expect("UTF-8"));
    caller.calls(1);
    bencher.counter(ItemsCount::new(100_u32)).bench_local(|| (0..100).for_each(|_| caller.calls(1)));
}
