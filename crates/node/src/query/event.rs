//! An event that was published, and what became of it.

use serde::Serialize;
use tidegate_json::Value;
use tidegate_model::fact::EventNumber;
use tidegate_model::{Address, Entry, Event, Fact, Input, Offset, RunId, Timestamp};

use super::step::FactView;
use super::{QueryError, not_found};
use crate::handle::Handle;
use crate::ledger::StepFacts;

/// An event, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    /// Its ledger id: the place of its arrival in the journal.
    pub offset: Offset,
    /// When it arrived.
    pub at: Timestamp,
    /// The run it was addressed to, if to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<RunId>,
    /// The event, in the JSON format of CloudEvents.
    pub event: Value,
    /// In a word: `duplicate`, `dead letter`, `taken` or `filtered`.
    pub disposition: &'static str,
    /// What became of it, trigger by trigger, and everything that followed in the same step.
    pub facts: Vec<FactView>,
}

impl Handle {
    /// An event and what became of it.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where there is no entry there, it is not an event's, or it is no longer kept.
    pub async fn event(&self, offset: Offset) -> Result<EventView, QueryError> {
        let missing = || not_found("event", offset.to_string());
        let journal = self.shared.journal.clone();
        let place = tidegate_journal::Offset(offset.0);
        let record = tokio::task::spawn_blocking(move || journal.read(place)).await;
        let record = record.ok().and_then(Result::ok).ok_or_else(missing)?;
        let entry = Entry::decode(&record).map_err(|_| QueryError::Damaged("entry"))?;
        let at = entry.at;
        let Input::Publish { event, to } = entry.input else { return Err(missing()) };
        let step = match self.step(offset).await {
            // Its history may be older than what is kept of it; the event itself waits still.
            Err(QueryError::NotFound { .. })
                if self.ask(move |partition| partition.is_dead_letter(offset)).await? =>
            {
                StepFacts { offset, at, facts: vec![Fact::Parked { event: EventNumber(0), run: None }] }
            }
            step => step?,
        };
        let mut facts = Vec::with_capacity(step.facts.len());
        for fact in &step.facts {
            let program = match fact.run() {
                Some(run) => self.program_of(run).await.ok(),
                None => None,
            };
            facts.push(FactView::new(fact, program.as_ref()));
        }
        let to = match to {
            Address::World => None,
            Address::Run(run) => Some(run),
        };
        let disposition = disposition(&step.facts);
        Ok(EventView { offset, at: step.at, to, event: document(&event), disposition, facts })
    }

    /// Where an event arrived, if it is in the window in which duplicates are recognised.
    ///
    /// # Errors
    /// Where nobody is there to answer.
    pub async fn find_event(&self, source: &str, id: &str) -> Result<Option<Offset>, QueryError> {
        let (source, id) = (source.to_owned(), id.to_owned());
        Ok(self.ask(move |partition| partition.find_event(&source, &id)).await?)
    }
}

/// What became of the event of an entry, in a word.
fn disposition(facts: &[Fact]) -> &'static str {
    use tidegate_model::Disposition;
    let first = EventNumber(0);
    let mut word = "refused";
    for fact in facts {
        match fact {
            Fact::Duplicate { .. } => return "duplicate",
            Fact::Parked { event, .. } if *event == first => return "dead letter",
            Fact::Disposed { event, disposition, .. } if *event == first => match disposition {
                Disposition::Fired
                | Disposition::Counted { .. }
                | Disposition::Intercepted { .. }
                | Disposition::Failed { .. } => return "taken",
                Disposition::Filtered { .. } => word = "filtered",
                Disposition::Parked => word = "dead letter",
            },
            _ => {}
        }
    }
    word
}

/// The event in the JSON format of CloudEvents.
fn document(event: &Event) -> Value {
    Value::parse(&tidegate_model::cloudevents::print(event)).unwrap_or_default()
}
