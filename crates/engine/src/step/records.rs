//! Records: what a door keeps of its own in the journal, and the engine does not look into.

use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::{Name, Text};

use super::Step;
use crate::output::Reply;

impl Step<'_> {
    /// Keeps `record` under `key`, or forgets what is kept there.
    pub(super) fn put_record(&mut self, shelf: Name, key: Text, record: Option<Document<Value>>) -> Reply {
        let place = (shelf, key);
        self.partition.dirty.records.insert(place.clone());
        match record {
            Some(record) => {
                self.partition.records.insert(place, record.0);
            }
            None => {
                self.partition.records.remove(&place);
            }
        }
        Reply::Done
    }
}
