//! Pass: hands its input on, or a value that stands in the definition.

use tidegate_engine::action::{Action, Plan};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Failure;

use super::act::act;
use crate::asl::expression::Fault;
use crate::asl::flow::{Flow, Product};
use crate::asl::machine::{Language, StateParams};
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Next, Turn};

#[derive(Debug)]
pub(crate) struct Pass {
    name: tidegate_model::Text,
    flow: Flow,
    result: Option<Value>,
    next: Next,
    rescue: Rescue,
}

impl Pass {
    pub(crate) fn of(params: &Value) -> Result<Self, MalformedParams> {
        let state = StateParams::of(params)?;
        Ok(Self {
            flow: Flow::of(&state)?,
            result: state.field("Result").filter(|_| state.language == Language::JsonPath).cloned(),
            next: state.next()?,
            rescue: Rescue::of(&state)?,
            name: state.name,
        })
    }

    fn product(&self, turn: &Turn<'_, '_, '_>) -> Result<Product, Fault> {
        if let Some(result) = &self.result {
            turn.show("result", result);
            return self.flow.product(turn, result);
        }
        let input = self.flow.input(turn)?;
        let input = self.flow.arguments(turn, input)?;
        self.flow.product(turn, &input)
    }
}

pub(crate) fn make(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Pass::of(params)?, Pass::enter))
}

impl Pass {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        match self.product(&turn) {
            Ok(Product { output, assigned }) => turn.leave("Pass", &self.next, output, assigned),
            Err(fault) => {
                self.rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }
}
