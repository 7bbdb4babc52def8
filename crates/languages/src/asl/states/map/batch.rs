//! `ItemBatcher`: items that an iteration gets together.

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;

use super::bounds::Number;
use crate::asl::expression::Fault;
use crate::asl::flow::Shape;
use crate::asl::machine::StateParams;
use crate::asl::turn::Turn;

#[derive(Debug)]
pub(super) struct Batcher {
    items: Option<Number>,
    bytes: Option<Number>,
    input: Option<Shape>,
}

impl Batcher {
    pub(super) fn of(state: &StateParams) -> Result<Option<Self>, MalformedParams> {
        let Some(batcher) = state.field("ItemBatcher") else { return Ok(None) };
        let number =
            |field, path| Number::of(batcher.get(field), batcher.get(path), state.language, field, path);
        let input = batcher.get("BatchInput");
        let input =
            input.map(|input| Shape::new(input, state.language, "ItemBatcher/BatchInput")).transpose()?;
        Ok(Some(Self {
            items: number("MaxItemsPerBatch", "MaxItemsPerBatchPath")?,
            bytes: number("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")?,
            input,
        }))
    }

    /// `items` in batches, each as an iteration gets it.
    pub(super) fn batches(
        &self,
        turn: &Turn<'_, '_, '_>,
        input: &Value,
        items: Vec<Value>,
    ) -> Result<Vec<Value>, Fault> {
        let bound =
            |number: &Option<Number>| number.as_ref().map(|number| number.whole(turn, input)).transpose();
        let items_max = bound(&self.items)?.filter(|max| *max > 0).unwrap_or(u64::MAX);
        let bytes_max = bound(&self.bytes)?.filter(|max| *max > 0).unwrap_or(u64::MAX);
        let common = self.input.as_ref().map(|shape| shape.evaluate(turn, input, None, None)).transpose()?;
        let envelope = common.as_ref().map_or(0, |common| common.to_text().len() as u64 + 15) + 12;
        let mut batches = Vec::new();
        let (mut batch, mut bytes) = (Vec::new(), envelope);
        for item in items {
            let size = item.to_text().len() as u64 + 1;
            let is_full = batch.len() as u64 >= items_max || bytes + size > bytes_max;
            if is_full && !batch.is_empty() {
                batches.push(Self::batch(&common, std::mem::take(&mut batch)));
                bytes = envelope;
            }
            bytes += size;
            batch.push(item);
        }
        if !batch.is_empty() {
            batches.push(Self::batch(&common, batch));
        }
        Ok(batches)
    }

    fn batch(common: &Option<Value>, items: Vec<Value>) -> Value {
        let common = common.as_ref().map(|common| ("BatchInput", common.clone()));
        Value::object(common.into_iter().chain([("Items", Value::from(items))]))
    }
}
