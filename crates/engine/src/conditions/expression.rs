//! `expression`: fires when an expression over event, context, variables and input holds.
//!
//! Where it does not, the part of it that was false is told: the first false operand of its outermost `and`.

use tidegate_json::Value;
use tidegate_model::{Failure, Text};

use crate::condition::{Condition, Evaluation, Verdict};
use crate::registry::{MalformedParams, params};
use crate::scene::{Expr, shortened};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    expr: String,
}

#[derive(Debug)]
struct Expression(Expr);

pub(crate) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let Params { expr } = params(value)?;
    let expr = Expr::parse(&expr).map_err(|message| MalformedParams::at("expr", message))?;
    Ok(Box::new(Expression(expr)))
}

impl Condition for Expression {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        Ok(match now.scene.holds(&self.0, now.context)? {
            Ok(()) => Verdict::Fire,
            Err(part) => Verdict::Filtered { part },
        })
    }

    fn waits_for(&self, _: &Value) -> Option<Text> {
        Some(Text::from(format!("an event for which `{}` holds", shortened(self.0.source()))))
    }
}
