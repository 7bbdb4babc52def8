//! Records: what a door keeps of its own in the journal, and the engine does not look into, but for the sizes of pools.

use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::{Name, Text};

use super::Step;
use crate::output::Reply;
use crate::pools::SHELF;

impl Step<'_> {
    /// Keeps `record` under `key`, or forgets what is kept there.
    pub(super) fn put_record(&mut self, shelf: Name, key: Text, record: Option<Document<Value>>) -> Reply {
        let is_pool = shelf.as_str() == SHELF;
        if is_pool && let Err(refused) = self.change_pool(&key, record.as_ref().map(|record| &record.0)) {
            return refused;
        }
        let pool = is_pool.then(|| key.clone());
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
        if let Some(pool) = pool {
            self.fail_hopeless(&pool);
        }
        Reply::Done
    }
}
