//! A node on a directory of its own, and what a test does with it.
//!
//! Nothing here sleeps: a test waits for the end of a run, or for something to happen in the stream of facts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tidegate_engine::partition::Totals;
use tidegate_engine::view::{RunView, TriggerView};
use tidegate_engine::{Refusal, Reply};
use tidegate_journal::{Disk, RealDisk};
use tidegate_json::Value;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Address, Data, Event, Failure, Input, Labels, Outcome, RunId, WorkflowName};
use tidegate_node::query::FactView;
use tidegate_node::{Accepted, DataDir, Handle, HistoryQuery, Node, OpenError, Settings, StepView};
use tokio::sync::broadcast;

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct World {
    node: Option<Node>,
    settings: Settings,
    disk: Arc<dyn Disk>,
    dir: tempfile::TempDir,
    published: u64,
}

/// What the node records, from when this was made.
pub(crate) struct Watch(broadcast::Receiver<Arc<StepView>>);

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose node has its settings changed by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(Arc::new(RealDisk), change)
    }

    /// A world whose journal and payloads are on `disk`.
    pub(crate) fn on(disk: Arc<dyn Disk>) -> Self {
        Self::of(disk, |_| {})
    }

    fn of(disk: Arc<dyn Disk>, change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let mut settings = Settings::new(DataDir::At(dir.path().to_owned()));
        change(&mut settings);
        let mut world = Self { node: None, settings, disk, dir, published: 0 };
        world.open().expect("an empty directory can be opened");
        world
    }

    fn open(&mut self) -> Result<(), OpenError> {
        self.node = Some(self.open_another()?);
        Ok(())
    }

    /// Opens a node on the directory of this world.
    pub(crate) fn open_another(&self) -> Result<Node, OpenError> {
        let registry = Arc::new(tidegate_languages::registry());
        let runtime = tokio::runtime::Handle::current();
        Node::open_on(Arc::clone(&self.disk), self.settings.clone(), registry, &runtime)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn node(&self) -> &Node {
        self.node.as_ref().expect("the node is up")
    }

    pub(crate) fn handle(&self) -> Handle {
        self.node().handle()
    }

    /// The node goes away without a last word, as in a crash.
    pub(crate) fn stop(&mut self) {
        self.node = None;
    }

    /// The node goes away without a last word, and another one takes over its directory.
    pub(crate) fn crash(&mut self) {
        self.stop();
        self.open().expect("what a crash left can be opened");
    }

    /// The node shuts down in order, and another one takes over its directory.
    pub(crate) async fn restart(&mut self) {
        let node = self.node.take().expect("the node is up");
        node.shutdown(Duration::from_millis(10)).await.expect("it shuts down");
        self.open().expect("what a shutdown left can be opened");
    }

    /// Both kinds of recovery: from the journal alone, and from a checkpoint of everything.
    pub(crate) async fn recover(&mut self) {
        self.crash();
        self.restart().await;
    }

    /// Applies the workflow in the file `name`; gives its standing run, where it stands.
    pub(crate) async fn apply(&self, name: &str) -> Option<RunId> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/workflows").join(name);
        let text = std::fs::read_to_string(&path).expect("the workflow is there");
        self.apply_text(&text, name).await
    }

    pub(crate) async fn apply_text(&self, text: &str, name: &str) -> Option<RunId> {
        let compiled = tidegate_languages::compile(text, name);
        let program = compiled.program.unwrap_or_else(|| panic!("{name}: {:#?}", compiled.diagnostics));
        assert!(compiled.diagnostics.is_empty(), "{name}: {:#?}", compiled.diagnostics);
        match self.submit(Input::Apply { program: Document(program) }).await {
            Reply::Applied { standing, .. } => standing,
            other => panic!("{name}: {other:?}"),
        }
    }

    pub(crate) async fn submit(&self, input: Input) -> Reply {
        self.handle().submit(input).await.expect("the node takes it").reply
    }

    /// Starts a run of `workflow` with an input that is the JSON text `input`.
    pub(crate) async fn start(&self, workflow: &str, input: &str) -> RunId {
        self.start_with(workflow, json(input), &[], None).await.expect("it starts")
    }

    pub(crate) async fn start_with(
        &self,
        workflow: &str,
        input: Value,
        labels: &[&str],
        key: Option<&str>,
    ) -> Result<RunId, Refusal> {
        let request = StartRun {
            workflow: WorkflowName::new(workflow).expect("the test's name is one"),
            program: None,
            input: Data::json(&input),
            labels: labels_of(labels),
            key: key.map(Into::into),
        };
        match self.submit(Input::StartRun(request)).await {
            Reply::Run { run, .. } => Ok(run),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Applies a workflow, runs it to its end and gives its result.
    pub(crate) async fn result_of(&self, file: &str, workflow: &str, input: &str) -> Value {
        self.apply(file).await;
        let run = self.start(workflow, input).await;
        self.result(run).await
    }

    pub(crate) async fn end(&self, run: RunId) -> Outcome {
        let handle = self.handle();
        let ended = tokio::time::timeout(PATIENCE, handle.wait_run(run)).await;
        match ended {
            Ok(ended) => ended.expect("the run can be waited for"),
            Err(_) => panic!("run {run} has not ended: {:#?}", self.view(run).await.waiting_for),
        }
    }

    pub(crate) async fn result(&self, run: RunId) -> Value {
        match self.end(run).await {
            Outcome::Succeeded { data, .. } => data.inline_value().expect("the result is kept inline"),
            Outcome::Failed(failure) => panic!("run {run} failed: {failure}"),
        }
    }

    pub(crate) async fn failure(&self, run: RunId) -> Failure {
        match self.end(run).await {
            Outcome::Failed(failure) => failure,
            Outcome::Succeeded { data, .. } => panic!("run {run} succeeded: {data:?}"),
        }
    }

    /// An event that no other is taken for.
    pub(crate) fn event(&mut self, kind: &str, data: &str) -> Event {
        self.published += 1;
        Event::new(format!("e{}", self.published), "/test", kind).with_data(&json(data))
    }

    /// Publishes an event to the world.
    pub(crate) async fn emit(&mut self, kind: &str, data: &str) -> Accepted {
        let event = self.event(kind, data);
        self.publish(event).await
    }

    pub(crate) async fn publish(&self, event: Event) -> Accepted {
        let accepted = self.publish_all(vec![event]).await;
        accepted.into_iter().next().expect("one answer for one event")
    }

    pub(crate) async fn publish_all(&self, events: Vec<Event>) -> Vec<Accepted> {
        self.handle().publish(events, Address::World).await.expect("the node takes them")
    }

    pub(crate) async fn view(&self, run: RunId) -> RunView {
        self.handle().run(run).await.expect("the run is there")
    }

    pub(crate) async fn trigger(&self, run: RunId, name: &str) -> TriggerView {
        let triggers = self.handle().run_triggers(run).await.expect("the run is there");
        triggers.into_iter().rfind(|trigger| trigger.name.as_str() == name).expect("it has such a trigger")
    }

    pub(crate) async fn fired(&self, run: RunId, name: &str) -> u64 {
        self.trigger(run, name).await.fired
    }

    pub(crate) async fn totals(&self) -> Totals {
        self.handle().ask(|partition| partition.ledger().totals.clone()).await.expect("the node answers")
    }

    /// Everything that happened in a run, in order.
    pub(crate) async fn facts(&self, run: RunId) -> Vec<FactView> {
        let handle = self.handle();
        let (mut facts, mut after) = (Vec::new(), None);
        loop {
            let query = HistoryQuery { run, after, limit: 1000 };
            let page = handle.history(query).await.expect("the run has a history");
            facts.extend(page.steps.into_iter().flat_map(|step| step.facts));
            match page.next {
                Some(next) => after = Some(next),
                None => return facts,
            }
        }
    }

    /// The facts of one kind, each as one of its particulars.
    pub(crate) async fn told(&self, run: RunId, kind: &str, particular: &str) -> Vec<String> {
        let facts = self.facts(run).await;
        facts.iter().filter(|fact| fact.kind() == kind).map(|fact| field(fact, particular)).collect()
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch(self.handle().subscribe())
    }
}

impl Watch {
    /// Waits until `count` facts of this kind were recorded.
    pub(crate) async fn until(&mut self, kind: &str, count: usize) {
        self.until_either(kind, count, None).await;
    }

    /// The same, or until a run has ended.
    pub(crate) async fn until_or_run_ended(&mut self, kind: &str, count: usize) {
        self.until_either(kind, count, Some("run_ended")).await;
    }

    async fn until_either(&mut self, kind: &str, count: usize, or: Option<&str>) {
        let mut seen = 0;
        while seen < count {
            let step = tokio::time::timeout(PATIENCE, self.0.recv()).await;
            let step = step.unwrap_or_else(|_| panic!("{seen} of {count} facts `{kind}` were recorded"));
            let step = step.expect("the watch keeps up");
            if or.is_some_and(|or| step.facts.iter().any(|fact| fact.kind() == or)) {
                return;
            }
            seen += step.facts.iter().filter(|fact| fact.kind() == kind).count();
        }
    }
}

/// A particular of a fact as text.
pub(crate) fn field(fact: &FactView, name: &str) -> String {
    match fact.field(name) {
        Some(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        None => String::new(),
    }
}

pub(crate) fn json(text: &str) -> Value {
    Value::parse(text).expect("the test's JSON is some")
}

pub(crate) fn labels_of(labels: &[&str]) -> Labels {
    labels.iter().map(|label| tidegate_model::Text::new(label)).collect()
}
