//! Journal, engine, checkpoints, payloads and retention together, without threads or a clock.

use std::path::Path;
use std::sync::Arc;

use tidegate_engine::{Limits, Registry, Reply};
use tidegate_journal::checkpoints::{ALL_KEYS, Memory, Order};
use tidegate_journal::disk::Disk;
use tidegate_journal::{Checkpoints, Keyspace, SimDisk};
use tidegate_json::Value;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    Address, Data, Digest, Entry, Event, Fact, Input, Labels, Offset, RunId, Span, Timestamp, WorkflowName,
};
use tidegate_node::driver::{Driver, Parts, Segments};
use tidegate_node::keyspaces::{
    ARCHIVE, CHUNKS, ENDED, ENTRY_PAYLOADS, FACTS, GARBAGE, PAYLOADS, RUN_FACTS, STATE, STATE_PAYLOADS,
};
use tidegate_node::ledger::{StepFacts, steps};
use tidegate_node::payloads::Payloads;
use tidegate_node::retention::{Left, Retention, RetentionError, Slice};

pub(crate) const DAY: Span = Span::seconds(24 * 60 * 60);
/// How long the house keeps runs.
pub(crate) const KEEP: Span = Span::seconds(30 * 24 * 60 * 60);
/// More than that.
pub(crate) const LATER: Span = Span::seconds(31 * 24 * 60 * 60);

/// Bytes of a segment.
const SEGMENT_BYTES: u64 = 1 << 20;
/// Data above this is stored.
const INLINE_BYTES: usize = 1 << 10;

/// One run ends at once, one waits for an event, one never ends.
const WORKFLOWS: [&str; 3] = [
    "workflow: quick\ntriggers:\n  begin: {on: start, do: {complete: '{% $length(input.text) %}'}}\n",
    "workflow: patient\ntriggers:\n  go: {on: go, do: {complete: '{% $length(input.text) %}'}}\n",
    "workflow: standing\nstanding: true\ntriggers:\n  heard: {on: word, when: {count: 1000000}, do: {complete: 1}}\n",
];

pub(crate) struct House {
    pub(crate) disk: SimDisk,
    memory: Memory,
    pub(crate) store: Checkpoints,
    driver: Option<Driver>,
    payloads: Payloads,
    pub(crate) blobs: tidegate_journal::Payloads,
    retention: Option<Retention>,
    pub(crate) now: Timestamp,
    pub(crate) keep_journal_bytes: u64,
    keep_runs: Option<Span>,
    slice: Slice,
    events: u64,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(Some(KEEP), Slice { runs: 4, chunks: 2, payloads: 4 })
    }

    /// A house that keeps runs for `keep_runs` and does slices of this size.
    pub(crate) fn with(keep_runs: Option<Span>, slice: Slice) -> Self {
        let disk = SimDisk::new(7);
        let memory = Memory::new();
        let blobs = open_blobs(&disk);
        let mut house = Self {
            payloads: Payloads::new(blobs.clone(), INLINE_BYTES),
            blobs,
            disk,
            store: Checkpoints::in_memory(memory.clone()),
            memory,
            driver: None,
            retention: None,
            now: Timestamp(1_800_000_000_000),
            keep_journal_bytes: 0,
            keep_runs,
            slice,
            events: 0,
        };
        house.open();
        for text in WORKFLOWS {
            let program = tidegate_languages::compile(text, "workflow").program.expect("it compiles");
            house.process(Input::Apply { program: Document(program) });
        }
        house
    }

    fn open(&mut self) {
        let parts = Parts {
            registry: Arc::new(Registry::native()),
            limits: Limits::default(),
            disk: Arc::new(self.disk.clone()),
            checkpoints: self.store.clone(),
            identity: 1,
            segments: Segments { bytes: SEGMENT_BYTES, zero_ahead_bytes: 4 << 10 },
        };
        let (driver, _) =
            Driver::open(parts, Path::new("/journal"), &self.payloads, self.now).expect("it opens");
        let retention =
            Retention::new(&driver, self.store.clone(), self.blobs.clone(), self.keep_runs, self.slice);
        self.retention = Some(retention);
        self.driver = Some(driver);
    }

    /// The power fails; what it left is opened.
    pub(crate) fn crash(&mut self) {
        self.driver = None;
        self.retention = None;
        self.disk.crash();
        self.memory.crash();
        self.blobs = open_blobs(&self.disk);
        self.payloads = Payloads::new(self.blobs.clone(), INLINE_BYTES);
        self.open();
    }

    pub(crate) fn driver(&mut self) -> &mut Driver {
        self.driver.as_mut().expect("it is open")
    }

    pub(crate) fn process(&mut self, input: Input) -> Reply {
        let input = self.payloads.store_input(input).expect("it is stored");
        let (now, payloads) = (self.now, self.payloads.clone());
        let processed = self.driver().process(now, vec![input], &payloads).expect("it is taken");
        processed.replies.into_iter().next().expect("one reply")
    }

    /// Starts a run with a text as its input.
    pub(crate) fn start(&mut self, workflow: &str, text: &str) -> RunId {
        let request = StartRun {
            workflow: WorkflowName::new(workflow).expect("a name"),
            program: None,
            input: Data::json(&Value::object([("text", Value::from(text))])),
            labels: Labels::default(),
            key: None,
        };
        match self.process(Input::StartRun(request)) {
            Reply::Run { run, .. } => run,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn publish(&mut self, kind: &str, text: &str, to: Address) -> Offset {
        self.events += 1;
        let event = Event::new(format!("e{}", self.events), "/test", kind).with_data(&Value::from(text));
        self.process(Input::Publish { event, to });
        Offset(self.driver().partition().ledger().next.0 - 1)
    }

    /// Writes a checkpoint, durably, and drops journal.
    pub(crate) fn checkpoint(&mut self) {
        let checkpoint = self.driver().checkpoint();
        checkpoint.commit(&self.store).expect("it is written");
        let durable = self.store.persist().expect("it is durable").expect("there is one");
        checkpoint.settle(&self.blobs);
        let keep = self.keep_journal_bytes;
        self.driver().retain(keep, Offset(durable.0)).expect("segments go");
    }

    /// Has the journal go on in another segment, and drops what is before: enough is written to fill one.
    pub(crate) fn turn_the_page(&mut self) {
        let text = "x".repeat(SEGMENT_BYTES as usize);
        let run = self.start("patient", &text);
        self.publish("go", "", Address::Run(run));
        self.checkpoint();
        // The one before was full; this entry begins the next.
        self.publish("nobody-listens", "", Address::Run(run));
        self.checkpoint();
    }

    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now.after(span);
    }

    pub(crate) fn slice(&mut self) -> Result<Left, RetentionError> {
        let now = self.now;
        self.retention.as_mut().expect("it is open").slice(now)
    }

    /// Does all there is to do; returns in how many slices.
    pub(crate) fn tidy(&mut self) -> usize {
        let mut slices = 1;
        while self.slice().expect("the disk is well") == Left::More {
            slices += 1;
            assert!(slices < 100_000, "it never comes to an end");
        }
        slices
    }

    pub(crate) fn count(&self, keyspace: Keyspace) -> usize {
        self.store.scan(keyspace, ALL_KEYS, Order::Ascending, usize::MAX).unwrap().len()
    }

    pub(crate) fn is_archived(&self, run: RunId) -> bool {
        self.store.get(ARCHIVE, &run.0.to_be_bytes()).unwrap().is_some()
    }

    /// What the store tells of a run, and the chunks that it is told in.
    pub(crate) fn history(&self, run: RunId) -> Vec<(Offset, Vec<Fact>)> {
        let mut history = Vec::new();
        for (key, _) in
            self.store.scan_prefix(RUN_FACTS, &run.0.to_be_bytes(), Order::Ascending, usize::MAX).unwrap()
        {
            let chunk = self.store.get(FACTS, &key[8..]).unwrap().expect("a key leads to a chunk");
            for StepFacts { offset, facts, .. } in steps(&chunk).unwrap() {
                let facts: Vec<Fact> = facts.into_iter().filter(|fact| fact.run() == Some(run)).collect();
                if !facts.is_empty() {
                    history.push((offset, facts));
                }
            }
        }
        history
    }

    /// Bytes of everything: journal, payloads, and keys and values of the store.
    pub(crate) fn bytes(&mut self) -> u64 {
        let segments = self.driver().journal().segments().unwrap();
        let journal: u64 = segments.iter().map(|(_, bytes)| bytes).sum();
        let files = self.files();
        let payloads: u64 =
            files.iter().map(|file| self.blobs.open_read(&file.0).unwrap().unwrap().len()).sum();
        let (_, entries) = self.store.load().unwrap();
        let stored: usize =
            entries.map(|entry| entry.unwrap()).map(|(_, key, value)| key.len() + value.len()).sum();
        journal + payloads + stored as u64
    }

    pub(crate) fn files(&self) -> Vec<Digest> {
        self.blobs.iter().unwrap().map(|digest| Digest(digest.unwrap())).collect()
    }

    /// What must hold at any time: whatever is referred to is there, and the index of history leads to what it says.
    pub(crate) fn check(&mut self) {
        let files = self.files();
        let mut referred: Vec<Vec<u8>> = Vec::new();
        for keyspace in [STATE, ARCHIVE, FACTS] {
            let entries = self.store.scan(keyspace, ALL_KEYS, Order::Ascending, usize::MAX).unwrap();
            referred.extend(entries.into_iter().map(|(_, value)| value.to_vec()));
        }
        let journal = self.driver().journal();
        let mut entries = 0;
        for record in journal.records(journal.first_offset()) {
            let (_, record) = record.unwrap();
            Entry::decode(&record).unwrap();
            referred.push(record.to_vec());
            entries += 1;
        }
        assert!(entries > 0, "the last segment stays");
        // Each payload that was ever made in these tests, wherever its digest stands.
        for (digest, name) in self.known_payloads() {
            let is_referred = referred.iter().any(|value| value.windows(32).any(|window| window == digest.0));
            assert!(!is_referred || files.contains(&digest), "`{name}` is referred to, and gone");
        }
        assert_eq!(self.count(CHUNKS), self.count(FACTS), "each chunk is noted");
        assert_eq!(
            self.count(ARCHIVE),
            self.store.scan(ENDED, ALL_KEYS, Order::Ascending, usize::MAX).unwrap().len(),
            "each archived run is noted"
        );
    }

    fn known_payloads(&self) -> Vec<(Digest, String)> {
        let texts = crate::crashes::TEXTS.iter().map(|name| (*name, text(name)));
        let json = |text: &str| Value::object([("text", Value::from(text))]).to_text();
        texts.map(|(name, text)| (Digest::of(json(&text).as_bytes()), name.to_owned())).collect()
    }

    /// Nothing of payloads is left, neither files nor counts.
    pub(crate) fn assert_no_payloads(&self) {
        assert_eq!(self.files(), []);
        for keyspace in [PAYLOADS, GARBAGE, ENTRY_PAYLOADS, STATE_PAYLOADS] {
            assert_eq!(self.count(keyspace), 0, "{keyspace:?}");
        }
    }
}

/// A text that is stored as a payload, another for each name.
pub(crate) fn text(name: &str) -> String {
    name.repeat(20_000 / name.len())
}

fn open_blobs(disk: &SimDisk) -> tidegate_journal::Payloads {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    tidegate_journal::Payloads::open(disk, Path::new("/")).expect("it opens")
}
