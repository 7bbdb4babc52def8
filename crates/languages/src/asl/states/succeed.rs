//! Succeed: ends its scope well.

use tidegate_engine::action::{Action, Plan};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Failure;

use super::act::act;
use crate::asl::flow::{Flow, Product};
use crate::asl::machine::StateParams;
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Next, Turn};

#[derive(Debug)]
pub(crate) struct Succeed {
    name: tidegate_model::Text,
    flow: Flow,
    rescue: Rescue,
}

pub(crate) fn make(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let state = StateParams::of(params)?;
    let state = Succeed { flow: Flow::of(&state)?, rescue: Rescue::of(&state)?, name: state.name };
    Ok(act(state, Succeed::enter))
}

impl Succeed {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        let product = self.flow.input(&turn).and_then(|input| self.flow.passed(&turn, input, None));
        match product {
            Ok(Product { output, assigned }) => turn.leave("Succeed", &Next::End, output, assigned),
            Err(fault) => {
                self.rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }
}
