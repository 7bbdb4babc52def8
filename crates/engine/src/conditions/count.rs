//! `count`: fires at the n-th event, and, unless told otherwise, at every n-th after it.
//!
//! Context: `count`, how many events are in since the last firing.

use tidegate_json::Value;
use tidegate_model::{Failure, Text};

use crate::condition::{Condition, Evaluation, Verdict};
use crate::registry::{MalformedParams, params};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    n: u32,
    #[serde(default = "repeat")]
    repeat: bool,
}

fn repeat() -> bool {
    true
}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let count: Count = params(value)?;
    if count.n == 0 {
        return Err(MalformedParams::at("n", "expected at least 1, found 0"));
    }
    Ok(Box::new(count))
}

impl Condition for Count {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let have = now.number("count") + 1;
        if have < u64::from(self.n) {
            now.put("count", have);
            return Ok(Verdict::Counted { have: u32::try_from(have).unwrap_or(u32::MAX), want: self.n });
        }
        if have > u64::from(self.n) {
            return Ok(Verdict::Filtered { part: Text::const_new("the count was reached before") });
        }
        now.put("count", if self.repeat { 0 } else { have });
        Ok(Verdict::Fire)
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        let have = context.get("count").and_then(Value::as_u64).unwrap_or(0);
        Some(Text::from(format!("{} more of {} events", u64::from(self.n).saturating_sub(have), self.n)))
    }
}
