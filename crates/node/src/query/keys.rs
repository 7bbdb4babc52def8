//! Finding a run by the key that it was started with, live or archived.

use tidegate_journal::checkpoints::Order;
use tidegate_model::{RunId, WorkflowName};

use super::QueryError;
use crate::handle::Handle;
use crate::keyspaces::{KEYS, run_id_of, run_of_key_prefix};

impl Handle {
    /// The newest run of `workflow` that was started with `key`, if it is still kept.
    ///
    /// # Errors
    /// Where the store cannot be read, or the engine has stopped.
    pub async fn run_of_key(&self, workflow: &WorkflowName, key: &str) -> Result<Option<RunId>, QueryError> {
        let (of, known) = (workflow.clone(), key.to_owned());
        let (live, unsaved) = self
            .inspect(move |driver| (driver.partition().run_of_key(&of, &known), driver.unsaved().1))
            .await?;
        if live.is_some() {
            return Ok(live);
        }
        let in_flight = self.shared.checkpointer.lock().in_flight();
        let on_their_way = unsaved.iter().chain(in_flight.iter().flat_map(|(_, ended)| ended));
        let waiting = on_their_way
            .filter(|run| run.workflow == *workflow && run.key.as_deref() == Some(key))
            .map(|run| run.id)
            .max();
        if waiting.is_some() {
            return Ok(waiting);
        }
        let prefix = run_of_key_prefix(workflow, key);
        let found = self.shared.checkpoints.scan_prefix(KEYS, &prefix, Order::Descending, 1)?;
        Ok(found.first().and_then(|(key, _)| run_id_of(key)))
    }
}
