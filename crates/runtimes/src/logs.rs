//! What functions write to their logs: kept for a while, and told to whoever listens.
//!
//! [`LogBook`] owns the kept lines. Invariants: a task keeps at most a set number of bytes, its last ones;
//! the finished tasks together keep at most another, the longest finished go first.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;
use tidegate_model::TaskId;
use tokio::sync::broadcast;

use crate::{Reports, Settings};

/// Longest line kept in one piece, in bytes. Longer ones are cut into several.
pub const LINE_MAX_BYTES: usize = 8 << 10;

/// Lines that a subscriber may be behind before it misses some.
const SUBSCRIBER_LAG_MAX: usize = 4096;

/// What a line costs beyond its text, in bytes, so that empty lines are not free.
const LINE_OVERHEAD_BYTES: usize = 64;

/// A sign of life is passed on at most this often.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// A line of a task's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Whose.
    pub task: TaskId,
    /// Which attempt wrote it.
    pub attempt: u32,
    /// Its bytes as they came, without the line feed.
    pub text: Bytes,
}

/// The kept end of a task's log: all attempts, in the order in which they wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskLog {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Bytes of earlier lines that are not kept.
    pub dropped_bytes: u64,
}

impl TaskLog {
    /// The lines as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.iter().fold(String::new(), |mut text, line| {
            text.push_str(&String::from_utf8_lossy(&line.text));
            text.push('\n');
            text
        })
    }
}

/// The logs of all tasks.
pub(crate) struct LogBook {
    shelf: Mutex<Shelf>,
    listeners: broadcast::Sender<LogLine>,
    task_max_bytes: usize,
    total_max_bytes: usize,
}

#[derive(Default)]
struct Shelf {
    logs: HashMap<TaskId, Kept>,
    /// Finished tasks by when they finished.
    finished: BTreeMap<u64, TaskId>,
    finished_bytes: usize,
    next: u64,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<LogLine>,
    bytes: usize,
    dropped_bytes: u64,
    finished: Option<u64>,
}

impl LogBook {
    pub(crate) fn new(settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            shelf: Mutex::default(),
            listeners: broadcast::Sender::new(SUBSCRIBER_LAG_MAX),
            task_max_bytes: settings.log_task_max_bytes,
            total_max_bytes: settings.log_total_max_bytes,
        })
    }

    pub(crate) fn of(&self, task: TaskId) -> TaskLog {
        let shelf = self.shelf.lock();
        shelf.logs.get(&task).map_or_else(TaskLog::default, |kept| TaskLog {
            lines: kept.lines.iter().cloned().collect(),
            dropped_bytes: kept.dropped_bytes,
        })
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<LogLine> {
        self.listeners.subscribe()
    }

    /// The task's attempt has ended: from here on its log may be forgotten. A later line revives it.
    pub(crate) fn finish(&self, task: TaskId) {
        let mut shelf = self.shelf.lock();
        let shelf = &mut *shelf;
        let Some(kept) = shelf.logs.get_mut(&task) else { return };
        if kept.finished.is_none() {
            kept.finished = Some(shelf.next);
            shelf.finished.insert(shelf.next, task);
            shelf.finished_bytes += kept.bytes;
            shelf.next += 1;
        }
        shelf.forget_down_to(self.total_max_bytes);
    }

    fn append(&self, line: LogLine) {
        let mut shelf = self.shelf.lock();
        shelf.append(&line, self.task_max_bytes);
        drop(shelf);
        if self.listeners.receiver_count() > 0 {
            // Fails only when the last listener has just left.
            let _ = self.listeners.send(line);
        }
    }
}

impl Shelf {
    fn append(&mut self, line: &LogLine, task_max_bytes: usize) {
        let kept = self.logs.entry(line.task).or_default();
        if let Some(finished) = kept.finished.take() {
            self.finished.remove(&finished);
            self.finished_bytes -= kept.bytes;
        }
        kept.bytes += cost(line);
        kept.lines.push_back(line.clone());
        while kept.bytes > task_max_bytes {
            let Some(dropped) = kept.lines.pop_front() else { break };
            kept.bytes -= cost(&dropped);
            kept.dropped_bytes += dropped.text.len() as u64 + 1;
        }
    }

    fn forget_down_to(&mut self, total_max_bytes: usize) {
        while self.finished_bytes > total_max_bytes {
            let Some((_, task)) = self.finished.pop_first() else { break };
            let forgotten = self.logs.remove(&task);
            self.finished_bytes -= forgotten.map_or(0, |kept| kept.bytes);
        }
    }
}

fn cost(line: &LogLine) -> usize {
    line.text.len() + LINE_OVERHEAD_BYTES
}

/// Cuts what one process writes into lines, and files them under the attempt that it works for.
pub(crate) struct LogWriter {
    book: Arc<LogBook>,
    reports: Arc<dyn Reports>,
    target: Option<(TaskId, u32)>,
    unfinished: Vec<u8>,
    tail: Tail,
    heartbeat: Option<Instant>,
}

impl LogWriter {
    pub(crate) fn new(book: Arc<LogBook>, reports: Arc<dyn Reports>) -> Self {
        Self { book, reports, target: None, unfinished: Vec::new(), tail: Tail::default(), heartbeat: None }
    }

    /// What comes next belongs to this attempt; nothing is kept of what belongs to none, except the tail.
    pub(crate) fn turn_to(&mut self, target: Option<(TaskId, u32)>) {
        self.end_line();
        self.target = target;
        self.heartbeat = None;
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.tail.push(bytes);
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            for part in text.chunks(LINE_MAX_BYTES) {
                if self.unfinished.len() + part.len() > LINE_MAX_BYTES {
                    self.file();
                }
                self.unfinished.extend_from_slice(part);
            }
            if piece.len() > text.len() {
                self.file();
            }
        }
        self.beat();
    }

    /// Files a last line that has no line feed.
    pub(crate) fn end_line(&mut self) {
        if !self.unfinished.is_empty() {
            self.file();
        }
    }

    /// The last few KiB written, whoever they were for.
    pub(crate) fn tail(&self) -> String {
        self.tail.text()
    }

    pub(crate) fn forget_tail(&mut self) {
        self.tail.0.clear();
    }

    fn file(&mut self) {
        let text = std::mem::take(&mut self.unfinished);
        if let Some((task, attempt)) = self.target {
            self.book.append(LogLine { task, attempt, text: text.into() });
        }
    }

    fn beat(&mut self) {
        let Some((task, attempt)) = self.target else { return };
        if self.heartbeat.is_none_or(|last| last.elapsed() >= HEARTBEAT_INTERVAL) {
            self.heartbeat = Some(Instant::now());
            self.reports.heartbeat(task, attempt);
        }
    }
}

/// The end of a stream of text.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    const KEPT_BYTES: usize = 4 << 10;

    fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(Self::KEPT_BYTES)..];
        if self.0.len() + bytes.len() > 2 * Self::KEPT_BYTES {
            self.0.drain(..self.0.len() - Self::KEPT_BYTES);
        }
        self.0.extend_from_slice(bytes);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0[self.0.len().saturating_sub(Self::KEPT_BYTES)..]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use tidegate_model::{Outcome, RunId};

    use super::*;

    struct Deaf;

    impl Reports for Deaf {
        fn ended(&self, _: TaskId, _: u32, _: Outcome) {}
        fn heartbeat(&self, _: TaskId, _: u32) {}
        fn publish(&self, _: Vec<tidegate_model::Event>) -> crate::Published {
            Box::pin(async { Ok(()) })
        }
    }

    fn task(number: u32) -> TaskId {
        TaskId { run: RunId(1), number }
    }

    fn book(task_max_bytes: usize, total_max_bytes: usize) -> Arc<LogBook> {
        LogBook::new(&Settings {
            log_task_max_bytes: task_max_bytes,
            log_total_max_bytes: total_max_bytes,
            ..Settings::default()
        })
    }

    fn writer(book: &Arc<LogBook>, number: u32) -> LogWriter {
        let mut writer = LogWriter::new(Arc::clone(book), Arc::new(Deaf));
        writer.turn_to(Some((task(number), 1)));
        writer
    }

    #[test]
    fn bytes_become_lines_wherever_they_are_cut() {
        let book = book(1 << 20, 1 << 20);
        let mut writer = writer(&book, 1);
        for bytes in [&b"one\ntw"[..], b"o", b"\n\nfour"] {
            writer.write(bytes);
        }
        writer.end_line();
        assert_eq!(book.of(task(1)).text(), "one\ntwo\n\nfour\n");
    }

    #[test]
    fn a_long_line_is_cut_and_a_long_log_keeps_its_end() {
        let book = book(32 << 10, 1 << 20);
        let mut writer = writer(&book, 1);
        writer.write(&vec![b'x'; 3 * LINE_MAX_BYTES]);
        writer.write(b"\n");
        assert_eq!(book.of(task(1)).lines.len(), 3);
        for number in 0..10_000 {
            writer.write(format!("line {number}\n").as_bytes());
        }
        let log = book.of(task(1));
        assert_eq!(log.lines.last().map(|line| &line.text[..]), Some(&b"line 9999"[..]));
        assert!(log.lines.iter().map(cost).sum::<usize>() <= 32 << 10);
        assert!(log.dropped_bytes > 3 * LINE_MAX_BYTES as u64);
    }

    #[test]
    fn finished_logs_go_before_unfinished_ones_and_the_oldest_first() {
        let book = book(1 << 20, 2500);
        for number in 1..=4 {
            writer(&book, number).write(&[&[b'x'; 1000][..], b"\n"].concat());
        }
        for number in [2, 1, 3] {
            book.finish(task(number));
        }
        let kept: Vec<bool> = (1..=4).map(|number| !book.of(task(number)).lines.is_empty()).collect();
        assert_eq!(kept, [true, false, true, true]);
    }
}
