//! `always`: every event fires.

use tidegate_json::Value;
use tidegate_model::Failure;

use crate::condition::{Condition, Evaluation, Verdict};
use crate::registry::{MalformedParams, params};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Always {}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    Ok(Box::new(params::<Always>(value)?))
}

impl Condition for Always {
    fn evaluate(&self, _: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        Ok(Verdict::Fire)
    }
}
