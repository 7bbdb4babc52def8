//! The reference model: what a plan comes to, as arithmetic.
//!
//! It knows no trigger, no event, no journal and no order: a plan is a function, and this applies it.

use std::collections::BTreeSet;

use tidegate_json::Value;
use tidegate_model::Labels;
use tidegate_model::outcome::errors;

use crate::function::{BROKEN, Function};
use crate::plan::{Body, Size, Step};

/// What a plan comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A result.
    Result {
        /// The result.
        value: Value,
        /// Labels that it carries at least.
        labels: Labels,
        /// Tasks of its own, those of runs it starts not counted, that succeed; `None` where that depends on the order.
        successes: Option<u64>,
    },
    /// A failure.
    Failure(Failing),
}

/// A failure of a plan or a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Failing {
    /// The error is one of these.
    pub errors: BTreeSet<&'static str>,
    /// Labels of what it was made from, at least.
    pub labels: Labels,
}

/// A value on its way through a plan.
#[derive(Clone, Debug)]
struct Flow {
    value: Value,
    labels: Labels,
    successes: Option<u64>,
}

/// What `body` comes to for `input`.
#[must_use]
pub fn expected(body: &Body, input: &Value, labels: &Labels) -> Expected {
    match apply_body(body, Flow { value: input.clone(), labels: labels.clone(), successes: Some(0) }) {
        Ok(Flow { value, labels, successes }) => Expected::Result { value, labels, successes },
        Err(failing) => Expected::Failure(failing),
    }
}

fn apply_body(body: &Body, input: Flow) -> Result<Flow, Failing> {
    let result = body.steps.iter().try_fold(input, apply_step);
    match result {
        Err(failing) if body.catches => {
            Ok(Flow { value: Value::from(-1), labels: failing.labels, successes: None })
        }
        result => result,
    }
}

fn apply_step(flow: Flow, step: &Step) -> Result<Flow, Failing> {
    match step {
        Step::Invoke(function) => invoke(*function, &flow),
        Step::Map { function, tolerate, .. } => {
            let apply = |item: Flow| invoke(*function, &item);
            apply_to_each(flow, *tolerate, apply)
        }
        Step::Each { body, .. } => apply_to_each(flow, 0, |item| apply_body(body, item)),
        Step::Call(body) => apply_body(body, flow),
        Step::Child(child) => {
            let own = flow.successes;
            let result = apply_body(&child.body, flow)?;
            Ok(Flow { successes: own, ..result })
        }
        Step::Join { branches, size: Size::Quorum(quorum) } => {
            debug_assert!(*quorum <= branches.len() as u64);
            Ok(Flow { value: Value::from(*quorum), successes: None, ..flow })
        }
        Step::Join { branches, .. } => join(branches, &flow),
        Step::Wait { .. } => Ok(flow),
    }
}

fn invoke(function: Function, flow: &Flow) -> Result<Flow, Failing> {
    match function.failures(&flow.value) {
        None => Err(Failing { errors: [BROKEN].into(), labels: flow.labels.clone() }),
        Some(_) => Ok(Flow {
            value: function.result(&flow.value),
            labels: flow.labels.union(&function.labels()),
            successes: flow.successes.map(|successes| successes + 1),
        }),
    }
}

fn apply_to_each(
    flow: Flow,
    tolerate: u64,
    apply: impl Fn(Flow) -> Result<Flow, Failing>,
) -> Result<Flow, Failing> {
    let items = flow.value.as_array().map(|items| items.to_vec()).unwrap_or_default();
    let (mut values, mut labels, mut successes) = (Vec::new(), flow.labels.clone(), flow.successes);
    let mut failed: Vec<Failing> = Vec::new();
    for item in items {
        match apply(Flow { value: item, labels: flow.labels.clone(), successes: Some(0) }) {
            Ok(result) => {
                labels.absorb(&result.labels);
                successes = successes.zip(result.successes).map(|(all, own)| all + own);
                values.push(result.value);
            }
            Err(failing) => {
                failed.push(failing);
                values.push(Value::Null);
            }
        }
    }
    if failed.len() as u64 > tolerate {
        // The failure of a single item is told as it is; which of several comes first depends on the order.
        let errors = match tolerate {
            0 => failed.into_iter().flat_map(|failing| failing.errors).collect(),
            _ => [errors::TOO_MANY_FAILURES].into(),
        };
        return Err(Failing { errors, labels: flow.labels });
    }
    Ok(Flow { value: Value::from(values), labels, successes })
}

fn join(branches: &[Function], flow: &Flow) -> Result<Flow, Failing> {
    let (mut sum, mut labels, mut successes) = (0, flow.labels.clone(), flow.successes);
    for branch in branches {
        let result = invoke(*branch, flow)?;
        sum += result.value.as_i64().unwrap_or(0);
        labels.absorb(&result.labels);
        successes = successes.map(|successes| successes + 1);
    }
    Ok(Flow { value: Value::from(sum), labels, successes })
}
