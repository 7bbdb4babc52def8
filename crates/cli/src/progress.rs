//! Progress of a run, on stderr: what is under way, and a line for each thing that ended.
//!
//! Only what belongs to the run itself is shown; what happens inside of a map or a nested scope is counted. On a
//! terminal the lines under way stay at the bottom and move; elsewhere there is a line for each change of state.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use tidegate_engine::view::RunView;
use tidegate_languages::asl::mock::Absent;
use tidegate_model::outcome::errors;
use tidegate_model::{RunId, Timestamp};
use tidegate_node::query::FactView;
use tidegate_node::{Handle, StepView};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::terminal::{Style, Terminal, brief, now};

/// Lines under way that are shown at most; of others only the number is told.
const LIVE_MAX: usize = 8;
/// Time between two looks of a terminal's lines.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);
/// Columns of a bar.
const BAR_WIDTH: usize = 24;

/// Follows one run.
pub(crate) struct Progress {
    steps: Receiver<std::sync::Arc<StepView>>,
    board: Board,
    screen: Screen,
}

impl Progress {
    /// Follows `run`. The subscription has to be older than the run's first step that is to be seen.
    pub(crate) fn new(steps: Receiver<std::sync::Arc<StepView>>, run: RunId) -> Self {
        Self { steps, board: Board::new(run), screen: Screen::new(Terminal::stderr()) }
    }

    /// Tells of calls that nothing is there for as of what becomes of them.
    pub(crate) fn with_absent(mut self, absent: Absent) -> Self {
        self.board.absent = absent;
        self
    }

    /// Begins with what is under way already.
    pub(crate) fn begin_with(&mut self, view: &RunView) {
        self.board.look_at(view);
    }

    /// Shows what happens, until the engine stops. May be dropped at any time.
    pub(crate) async fn follow(&mut self, handle: &Handle) {
        let mut redraw = tokio::time::interval(REDRAW_INTERVAL);
        redraw.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                step = self.steps.recv() => match step {
                    Ok(step) => if self.take(&step) == Told::NotAll { self.catch_up(handle).await },
                    Err(RecvError::Lagged(_)) => self.catch_up(handle).await,
                    Err(RecvError::Closed) => return,
                },
                _ = redraw.tick(), if self.screen.terminal.is_terminal => self.screen.draw(&self.board),
            }
        }
    }

    /// Shows what happened up to the end and takes the moving lines away.
    pub(crate) fn finish(&mut self) {
        loop {
            match self.steps.try_recv() {
                // What began before anybody looked can end untold: the run has ended with it.
                Ok(step) => drop(self.take(&step)),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.screen.clear();
    }

    /// Whether everything in the step could be told.
    fn take(&mut self, step: &StepView) -> Told {
        let mut told = Told::All;
        let run = self.board.run;
        for fact in step.facts.iter().filter(|fact| fact.run() == Some(run)) {
            match self.board.take(step.at, fact) {
                Seen::Nothing => {}
                Seen::Worth(line) => self.screen.say(&line),
                Seen::Stranger => told = Told::NotAll,
            }
        }
        told
    }

    /// Steps were missed: what is under way is in the run itself.
    async fn catch_up(&mut self, handle: &Handle) {
        if let Ok(view) = handle.run(self.board.run).await {
            self.board.look_at(&view);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    All,
    NotAll,
}

/// What is under way in the run's own scope.
struct Board {
    run: RunId,
    live: BTreeMap<Key, Row>,
    /// Maps by number, as their ends are told by it alone; `None` for those within nested scopes.
    maps: BTreeMap<u64, Option<Key>>,
    /// The map that an item's task or scope belongs to.
    items: BTreeMap<Key, Key>,
    /// What becomes of calls that nothing is there for.
    absent: Absent,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A task, by its id.
    Task(String),
    /// A map, by what the workflow calls it.
    Map(String),
    /// A nested scope, by its number.
    Scope(u64),
}

struct Row {
    subject: String,
    since: Timestamp,
    items: Option<Items>,
}

/// The items of a map.
#[derive(Clone, Copy)]
struct Items {
    total: u64,
    ended: u64,
    failed: u64,
}

/// A line to be said, without its sign.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    style: Style,
    text: String,
}

/// What a fact says to the board.
enum Seen {
    /// Nothing that is told.
    Nothing,
    /// Something worth a line.
    Worth(Line),
    /// The end of something that began before anybody looked.
    Stranger,
}

impl Board {
    fn new(run: RunId) -> Self {
        Self {
            run,
            live: BTreeMap::new(),
            maps: BTreeMap::new(),
            items: BTreeMap::new(),
            absent: Absent::Fails,
        }
    }

    /// Replaces the rows by what the run says is under way.
    fn look_at(&mut self, view: &RunView) {
        // What a run says does not name its nested scopes.
        self.live.retain(|key, _| matches!(key, Key::Scope(_)));
        self.items.clear();
        for task in view.tasks.iter().filter(|task| task.scope.0 == 0) {
            let key = Key::Task(task.id.to_string());
            if task.index.is_some() {
                self.items.insert(key, Key::Map(task.subject.to_string()));
            } else {
                self.live.insert(
                    key,
                    Row { subject: task.subject.to_string(), since: task.started_at, items: None },
                );
            }
        }
        for map in view.maps.iter().filter(|map| map.scope.0 == 0) {
            let items = Items { total: map.items.into(), ended: map.ended.into(), failed: map.failed.into() };
            let row = Row { subject: map.subject.to_string(), since: map.started_at, items: Some(items) };
            self.live.insert(Key::Map(map.subject.to_string()), row);
        }
    }

    /// Takes note of a fact about the run.
    fn take(&mut self, at: Timestamp, fact: &FactView) -> Seen {
        let number = |field: &str| fact.field(field).and_then(serde_json::Value::as_u64);
        let is_own = |field: &str| number(field) == Some(0);
        let is_item = number("index").is_some();
        let task = || Key::Task(fact.text("task").to_owned());
        let scope = || Key::Scope(number("scope").unwrap_or_default());
        match fact.kind() {
            "task_scheduled" if is_own("scope") => self.began(at, task(), fact.text("subject"), is_item),
            "scope_started" if is_own("parent") => self.began(at, scope(), fact.text("subject"), is_item),
            "fan_out_started" if is_own("scope") => {
                let map = Key::Map(fact.text("subject").to_owned());
                self.maps.insert(number("fan_out").unwrap_or_default(), Some(map.clone()));
                self.map_began(at, map, fact.text("subject"), number("items").unwrap_or_default())
            }
            "fan_out_started" => {
                self.maps.insert(number("fan_out").unwrap_or_default(), None);
                Seen::Nothing
            }
            "task_ended" => self.task_ended(at, &task(), fact),
            "scope_ended" => {
                let has_failed = fact.field("succeeded").and_then(serde_json::Value::as_bool) == Some(false);
                self.ended(at, &scope(), has_failed.then_some("its scope failed"))
            }
            "fan_out_ended" => {
                self.map_ended(at, number("fan_out").unwrap_or_default(), number("failed").unwrap_or(0))
            }
            _ => Seen::Nothing,
        }
    }

    fn began(&mut self, at: Timestamp, key: Key, subject: &str, is_item: bool) -> Seen {
        if is_item {
            self.items.insert(key, Key::Map(subject.to_owned()));
        } else {
            // A later attempt of a task goes on with its row.
            self.live.entry(key).or_insert_with(|| Row {
                subject: subject.to_owned(),
                since: at,
                items: None,
            });
        }
        Seen::Nothing
    }

    fn map_began(&mut self, at: Timestamp, key: Key, subject: &str, total: u64) -> Seen {
        let items = Items { total, ended: 0, failed: 0 };
        self.live.insert(key, Row { subject: subject.to_owned(), since: at, items: Some(items) });
        Seen::Worth(Line { style: Style::Active, text: format!("{subject}: {total} items") })
    }

    fn task_ended(&mut self, at: Timestamp, key: &Key, fact: &FactView) -> Seen {
        match (fact.text("error"), fact.text("retry_at").parse::<Timestamp>()) {
            ("", _) => self.ended(at, key, None),
            (error, Err(_)) => self.ended(at, key, Some(error)),
            (error, Ok(retry_at)) => {
                let Some(row) = self.live.get(key) else { return Seen::Nothing };
                let text = format!("{}: {error}; tries again in {}", row.subject, brief(retry_at.since(at)));
                Seen::Worth(Line { style: Style::Warning, text })
            }
        }
    }

    /// The end of a task or a scope, for good.
    fn ended(&mut self, at: Timestamp, key: &Key, error: Option<&str>) -> Seen {
        if let Some(map) = self.items.remove(key) {
            if let Some(items) = self.live.get_mut(&map).and_then(|row| row.items.as_mut()) {
                items.ended += 1;
                items.failed += u64::from(error.is_some());
            }
            return Seen::Nothing;
        }
        let Some(row) = self.live.remove(key) else { return Seen::Nothing };
        let (subject, took) = (row.subject, brief(at.since(row.since)));
        Seen::Worth(match error {
            None => Line { style: Style::Good, text: format!("{subject}: done in {took}") },
            Some(errors::UNKNOWN_FUNCTION | errors::NO_ENDPOINT) if self.absent == Absent::Answers => {
                Line { style: Style::Good, text: format!("{subject}: mocked") }
            }
            Some(error) => {
                Line { style: Style::Error, text: format!("{subject}: failed after {took}: {error}") }
            }
        })
    }

    fn map_ended(&mut self, at: Timestamp, number: u64, failed: u64) -> Seen {
        let Some(key) = self.maps.remove(&number) else { return Seen::Stranger };
        let Some(row) = key.and_then(|key| self.live.remove(&key)) else { return Seen::Nothing };
        let (subject, total) = (row.subject, row.items.map_or(0, |items| items.total));
        let took = brief(at.since(row.since));
        Seen::Worth(match failed {
            0 => Line { style: Style::Good, text: format!("{subject}: {total} items done in {took}") },
            _ => {
                let text = format!("{subject}: {failed} of {total} items failed, after {took}");
                Line { style: Style::Error, text }
            }
        })
    }
}

/// Where lines go.
struct Screen {
    terminal: Terminal,
    /// Moving lines that are shown.
    drawn: usize,
}

impl Screen {
    fn new(terminal: Terminal) -> Self {
        Self { terminal, drawn: 0 }
    }

    /// A line that stays.
    fn say(&mut self, line: &Line) {
        self.clear();
        let sign = match line.style {
            Style::Good => "✓ ",
            Style::Error => "✗ ",
            Style::Warning => "! ",
            Style::Active | Style::Strong | Style::Faint => "· ",
        };
        match self.terminal.is_terminal {
            true => eprintln!("{}{}", self.terminal.paint(line.style, sign), line.text),
            false => eprintln!("{}", line.text),
        }
    }

    /// The moving lines as they are.
    fn draw(&mut self, board: &Board) {
        let now = now();
        let mut text = String::new();
        for row in board.live.values().take(LIVE_MAX) {
            let line: String = moving(row, now).chars().take(self.terminal.width.saturating_sub(1)).collect();
            let _ = writeln!(text, "{}", self.terminal.paint(Style::Active, &line));
        }
        let more = board.live.len().saturating_sub(LIVE_MAX);
        if more > 0 {
            let _ = writeln!(text, "… and {more} more");
        }
        self.clear();
        self.drawn = text.lines().count();
        eprint!("{text}");
        // What cannot be shown is no reason to stop.
        let _ = std::io::stderr().flush();
    }

    /// Takes the moving lines away.
    fn clear(&mut self) {
        if self.drawn > 0 {
            eprint!("\u{1b}[{}F\u{1b}[J", self.drawn);
            self.drawn = 0;
        }
    }
}

fn moving(row: &Row, now: Timestamp) -> String {
    let (subject, took) = (&row.subject, brief(now.since(row.since)));
    let Some(Items { total, ended, failed }) = row.items else { return format!("… {subject}  {took}") };
    let filled = (ended * BAR_WIDTH as u64).checked_div(total).map_or(BAR_WIDTH, |columns| columns as usize);
    let bar = "█".repeat(filled) + &"░".repeat(BAR_WIDTH - filled);
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    format!("… {subject}  {bar} {ended}/{total}{failed}  {took}")
}
