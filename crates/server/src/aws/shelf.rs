//! Records of the doors: small documents in the journal, by shelf and key.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_engine::Partition;
use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::{Input, Name, Text};

use super::fault::Fault;
use crate::App;

/// A kind of records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shelf(pub(crate) &'static str);

impl Shelf {
    fn name(self) -> Name {
        Name::new(self.0).expect("names of shelves are sound")
    }

    /// The record under `key`, where a partition is at hand.
    pub(crate) fn look<T: DeserializeOwned>(self, partition: &Partition, key: &str) -> Option<T> {
        partition.record(&self.name(), key).and_then(read)
    }

    /// All records whose key starts with `prefix`, in the order of their keys.
    pub(crate) fn look_all<T: DeserializeOwned>(self, partition: &Partition, prefix: &str) -> Vec<T> {
        let name = self.name();
        let known = partition.records(&name, None).skip_while(|(key, _)| key.as_str() < prefix);
        known.take_while(|(key, _)| key.starts_with(prefix)).filter_map(|(_, record)| read(record)).collect()
    }

    /// The record under `key`.
    pub(crate) async fn get<T: DeserializeOwned + Send + 'static>(
        self,
        app: &App,
        key: &str,
    ) -> Result<Option<T>, Fault> {
        let key = key.to_owned();
        Ok(app.node.ask(move |partition| self.look(partition, &key)).await?)
    }

    /// All records whose key starts with `prefix`, in the order of their keys.
    pub(crate) async fn all<T: DeserializeOwned + Send + 'static>(
        self,
        app: &App,
        prefix: String,
    ) -> Result<Vec<T>, Fault> {
        Ok(app.node.ask(move |partition| self.look_all(partition, &prefix)).await?)
    }

    /// Keeps a record; it is durable when this returns.
    pub(crate) async fn put<T: Serialize>(self, app: &App, key: &str, record: &T) -> Result<(), Fault> {
        self.keep(app, key, Some(Document(written(record)))).await
    }

    /// Forgets the record under `key`.
    pub(crate) async fn forget(self, app: &App, key: &str) -> Result<(), Fault> {
        self.keep(app, key, None).await
    }

    async fn keep(self, app: &App, key: &str, record: Option<Document<Value>>) -> Result<(), Fault> {
        let input = Input::PutRecord { shelf: self.name(), key: Text::new(key), record };
        app.command(input).await?;
        Ok(())
    }
}

/// A record that an older or a newer door left there may not be of today's form: then it is not there.
fn read<T: DeserializeOwned>(record: &Value) -> Option<T> {
    serde_json::from_str(&record.to_text()).ok()
}

fn written<T: Serialize>(record: &T) -> Value {
    let text = serde_json::to_string(record).expect("a record has only string keys");
    Value::parse(&text).expect("what was just printed parses")
}
