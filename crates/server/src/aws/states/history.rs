//! The history of an execution, page by page, in either direction.
//!
//! A token says where in the journal its page begins, so that every page costs what is on it, however long the history
//! is. Backwards, the first page goes through all of it and leaves marks in the token, from which the others begin.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate_model::{Offset, RunId};
use tidegate_node::{HistoryQuery, StepFacts};

use super::event::{Content, Note, Whose};
use super::execution::{self, Execution};
use super::machines::with_next;
use super::map_runs;
use crate::App;
use crate::aws::call::{Answer, Call, required};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page, TOKEN_CHARS_MAX};

/// Steps that are read at a time.
const STEPS_PER_READ: usize = 1000;

/// Marks in a token; with all of them, it is below the longest there may be.
const MARKS_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Get {
    execution_arn: Option<String>,
    #[serde(default)]
    reverse_order: bool,
    include_execution_data: Option<bool>,
    #[serde(flatten)]
    page: Page,
}

/// Events of an execution.
pub(super) async fn get(call: Call) -> Answer {
    let request: Get = call.members()?;
    let app = &call.app;
    let found = execution::find_standard(app, &required(request.execution_arn, "executionArn")?).await?;
    let content = match request.include_execution_data {
        Some(false) => Content::Left,
        Some(true) | None => Content::Included,
    };
    let size = request.page.size()?;
    let told = Told::of(app, &found).await?;
    let (notes, next) = if request.reverse_order {
        backwards(app, &told, &request.page, size).await?
    } else {
        forwards(app, &told, &request.page, size).await?
    };
    let events: Vec<Value> = notes.iter().map(|(id, note)| note.event(*id, content)).collect();
    Ok(with_next(json!({"events": events}), next))
}

/// A place between two events of a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// How many events are before it.
    #[serde(rename = "n")]
    before: u64,
    /// The last step that is wholly before it.
    #[serde(rename = "o")]
    after: Option<Offset>,
    /// How many events of the next step are before it.
    #[serde(rename = "s", default)]
    within: usize,
    /// Which of the execution's runs it is in: the first, or one of its redrives.
    #[serde(rename = "r", default)]
    run: usize,
}

/// What tells of an execution.
struct Told {
    /// Its runs, oldest first.
    runs: Vec<RunId>,
    whose: Whose,
    /// Whether the last of its runs is over, for it.
    ends_with_run: bool,
}

impl Told {
    async fn of(app: &App, found: &Execution) -> Result<Self, Fault> {
        Ok(match &found.child {
            None => Self { runs: found.runs.clone(), whose: Whose::Own, ends_with_run: true },
            Some(child) => {
                let scopes = map_runs::scopes_of(app, found, child).await?;
                Self { runs: found.runs.clone(), whose: Whose::Child(scopes), ends_with_run: false }
            }
        })
    }
}

/// What was read lately of long histories, so that the next page of one is at hand.
///
/// One step can have tens of thousands of notes, as in a map whose items need nothing from outside; to take a page out
/// of it means to read all of it. What has happened does not change, so nothing in here ever gets stale.
#[derive(Clone, Default)]
pub(crate) struct Recent(Arc<Mutex<VecDeque<Kept>>>);

/// A read that is kept, and what it gave.
type Kept = (Read, Arc<Batch>);

/// Which read: of which run, after which step.
type Read = (RunId, Option<Offset>);

/// The notes of some steps.
struct Batch {
    steps: Vec<(Offset, Vec<Arc<Note>>)>,
    /// Whether nothing comes after them.
    is_last: bool,
}

/// Reads that are kept.
const READS_KEPT: usize = 4;

/// Notes that make a read worth keeping, and those that make it too large.
const NOTES_KEPT: std::ops::Range<usize> = 2_000..200_000;

impl Recent {
    fn get(&self, read: Read) -> Option<Arc<Batch>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| *known == read).map(|(_, batch)| Arc::clone(batch))
    }

    /// Keeps a read to which nothing can be added any more.
    fn keep(&self, read: Read, batch: &Arc<Batch>) {
        let last = batch.steps.iter().rev().find_map(|(_, notes)| notes.last());
        let is_closed = !batch.is_last || last.is_some_and(|note| note.is_last());
        let count = batch.steps.iter().map(|(_, notes)| notes.len()).sum();
        if !is_closed || !NOTES_KEPT.contains(&count) {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != read);
        kept.truncate(READS_KEPT - 1);
        kept.push_front((read, Arc::clone(batch)));
    }
}

/// All notes after a place, in order, read as they are asked for.
struct Reader<'a> {
    app: &'a App,
    told: &'a Told,
    /// Where the next note is.
    place: Place,
    batch: Option<Arc<Batch>>,
    /// The step of the batch that the place is in.
    step: usize,
    /// Whether the last note that was given ends its run.
    has_ended: bool,
}

impl<'a> Reader<'a> {
    fn new(app: &'a App, told: &'a Told, place: Place) -> Self {
        Self { app, told, place, batch: None, step: 0, has_ended: false }
    }

    /// The next note, and the place before it.
    async fn next(&mut self) -> Result<Option<(Place, Arc<Note>)>, Fault> {
        loop {
            let next = match self.next_read().await? {
                None if !self.has_ended && self.told.ends_with_run => self.end().await?,
                next => next,
            };
            self.has_ended |= next.as_ref().is_none_or(|(_, note)| note.is_last());
            if next.is_some() || self.place.run + 1 >= self.told.runs.len() {
                return Ok(next);
            }
            // The execution was redriven: what comes then is another run's.
            self.place = Place { before: self.place.before, run: self.place.run + 1, ..Place::default() };
            (self.batch, self.has_ended) = (None, false);
        }
    }

    fn run(&self) -> RunId {
        self.told.runs[self.place.run.min(self.told.runs.len() - 1)]
    }

    async fn next_read(&mut self) -> Result<Option<(Place, Arc<Note>)>, Fault> {
        loop {
            let batch = match &self.batch {
                Some(batch) => Arc::clone(batch),
                None => self.read().await?,
            };
            while let Some((offset, notes)) = batch.steps.get(self.step) {
                if let Some(note) = notes.get(self.place.within) {
                    let place = self.place;
                    self.place.within += 1;
                    self.place.before += 1;
                    return Ok(Some((place, Arc::clone(note))));
                }
                self.step += 1;
                self.place = Place { after: Some(*offset), within: 0, ..self.place };
            }
            if batch.is_last {
                return Ok(None);
            }
            self.batch = None;
        }
    }

    /// Reads what comes after the place.
    async fn read(&mut self) -> Result<Arc<Batch>, Fault> {
        let recent = &self.app.aws.histories;
        let read = (self.run(), self.place.after);
        let kept = recent.get(read).filter(|_| self.told.whose == Whose::Own);
        let batch = match kept {
            Some(batch) => batch,
            None => {
                let (run, after) = read;
                let page = self.app.node.facts(HistoryQuery { run, after, limit: STEPS_PER_READ }).await?;
                let of_step = |step: &StepFacts| (step.offset, self.told.whose.notes(step));
                let steps = page.steps.iter().map(of_step).collect();
                let batch = Arc::new(Batch { steps, is_last: page.next.is_none() });
                if self.told.whose == Whose::Own {
                    recent.keep(read, &batch);
                }
                batch
            }
        };
        self.step = 0;
        self.batch = Some(Arc::clone(&batch));
        Ok(batch)
    }

    /// The last note of an execution that ended without one.
    async fn end(&mut self) -> Result<Option<(Place, Arc<Note>)>, Fault> {
        let view = execution::view(self.app, self.run()).await?;
        let Some(note) = Note::of_end(&view) else { return Ok(None) };
        let place = self.place;
        self.place.before += 1;
        Ok(Some((place, Arc::new(note))))
    }
}

/// Some events, each with its id, and the token of the next page.
type Events = (Vec<(u64, Arc<Note>)>, Option<String>);

async fn forwards(app: &App, told: &Told, page: &Page, size: usize) -> Result<Events, Fault> {
    let start: Forwards = page.start(TOKEN_CHARS_MAX)?.unwrap_or_default();
    let mut reader = Reader::new(app, told, start.from);
    let mut found = Vec::new();
    while let Some((place, note)) = reader.next().await? {
        if found.len() == size {
            return Ok((found, Some(page::token(&Forwards { from: place }))));
        }
        found.push((place.before + 1, note));
    }
    Ok((found, None))
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forwards {
    from: Place,
}

/// Where a page begins that goes backwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backwards {
    /// Its first event is the last one below this.
    below: u64,
    /// Places to begin to read from.
    marks: Vec<Mark>,
}

/// A place before a step: how many events are before it, the last step that is, and in which run.
type Mark = (u64, Option<Offset>, usize);

async fn backwards(app: &App, told: &Told, page: &Page, size: usize) -> Result<Events, Fault> {
    let start: Option<Backwards> = page.start(TOKEN_CHARS_MAX)?;
    let from = start.as_ref().map_or_else(Place::default, |start| {
        let first = start.below.saturating_sub(size as u64 + 1);
        let near = start.marks.iter().rfind(|(before, ..)| *before <= first);
        let (before, after, run) = near.copied().unwrap_or_default();
        Place { before, after, within: 0, run }
    });
    let mut reader = Reader::new(app, told, from);
    let mut last: VecDeque<(u64, Arc<Note>)> = VecDeque::new();
    let mut steps: Vec<Mark> = Vec::new();
    while let Some((place, note)) = reader.next().await? {
        let id = place.before + 1;
        if start.as_ref().is_some_and(|start| id >= start.below) {
            break;
        }
        if start.is_none() && place.within == 0 {
            steps.push((place.before, place.after, place.run));
        }
        last.push_back((id, note));
        if last.len() > size {
            last.pop_front();
        }
    }
    let below = last.front().map_or(0, |(id, _)| *id);
    let marks = match start {
        Some(start) => start.marks,
        None => thinned(&steps),
    };
    let next = (below > 1).then(|| page::token(&Backwards { below, marks }));
    Ok((last.into_iter().rev().collect(), next))
}

/// A few of the marks, evenly.
fn thinned(marks: &[Mark]) -> Vec<Mark> {
    let every = marks.len().div_ceil(MARKS_MAX).max(1);
    marks.iter().step_by(every).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_all_its_marks_is_short_enough() {
        let far = (9_999_999, Some(Offset(999_999_999_999)), 99);
        let marks = thinned(&vec![far; 25_000]);
        assert!(marks.len() <= MARKS_MAX);
        assert!(page::token(&Backwards { below: u64::MAX, marks }).len() <= TOKEN_CHARS_MAX);
    }
}
