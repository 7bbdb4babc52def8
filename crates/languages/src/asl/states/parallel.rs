//! Parallel: runs its branches at the same time, and gathers their results in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::action::{Action, Command, MapPolicy, Plan, Started, Target, TaskPolicy, Tolerance};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{Failure, Name, Text};

use super::act::{act, act_starting};
use crate::asl::flow::{Flow, Product};
use crate::asl::frame::{Parcel, Shared};
use crate::asl::history::Details;
use crate::asl::machine::StateParams;
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Error, Next, Turn};

#[derive(Debug)]
struct Parallel {
    name: Text,
    flow: Flow,
    scopes: Arc<[Name]>,
    next: Next,
    rescue: Rescue,
}

impl Parallel {
    fn of(params: &Value) -> Result<Self, MalformedParams> {
        let state = StateParams::of(params)?;
        let scopes = params.get("scopes").and_then(Value::as_array).cloned().unwrap_or_default();
        let scopes = scopes.iter().map(|scope| Name::new(scope.as_str().unwrap_or_default()));
        let scopes = scopes.collect::<Result<_, _>>();
        Ok(Self {
            flow: Flow::of(&state)?,
            scopes: scopes.map_err(|error| MalformedParams::at("scopes", error.to_string()))?,
            next: state.next()?,
            rescue: Rescue::of(&state)?,
            name: state.name,
        })
    }

    fn starts(&self) -> Vec<Started<'_>> {
        self.scopes.iter().map(Started::Scope).collect()
    }

    fn fork(&self, turn: &mut Turn<'_, '_, '_>) {
        let input = self.flow.input(turn).and_then(|input| self.flow.arguments(turn, input));
        // AWS shows of a Parallel state what it makes of its branches' results, and no more.
        turn.show_nothing();
        let input = match input {
            Ok(input) => input,
            Err(fault) => {
                self.rescue.fault(turn, &fault, Told::Uncaught("ParallelStateFailed"));
                return;
            }
        };
        let before = turn.before.take();
        // One that had begun tells so once.
        if before.as_ref().is_none_or(|before| before.within.is_empty()) {
            turn.note("ParallelStateStarted", Details::new());
        }
        turn.active.shared = Some(Shared::new(&turn.frame, input));
        turn.wait();
        let mut within = before.map(|before| before.within).unwrap_or_default();
        let parcel = |index| {
            Parcel { item: Value::Null, index, before: within.remove(&index).map(|before| before.to_value()) }
                .to_value()
        };
        let inputs = (0..self.scopes.len() as u64).map(parcel).collect();
        turn.command(Command::Map {
            subject: self.name.clone(),
            target: Target::Scopes(Arc::clone(&self.scopes)),
            inputs,
            known: BTreeMap::new(),
            policy: Arc::new(MapPolicy {
                task: Arc::new(TaskPolicy::default()),
                concurrency: u32::MAX,
                tolerate: Tolerance::Count(0),
                each: false,
            }),
        });
    }
}

/// The error of the first scope that failed, from the data and the extension of a failed fan-out.
pub(super) fn first_error(turn: &Turn<'_, '_, '_>, data: &Value) -> Error {
    let first = turn.extension("first").unwrap_or(data);
    let text = |name: &str| Text::from(first.get(name).and_then(Value::as_str).unwrap_or_default());
    Error { error: text("error"), cause: text("message") }
}

pub(crate) fn make_enter(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Parallel::of(params)?, Parallel::enter, Parallel::starts))
}

pub(crate) fn make_again(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Parallel::of(params)?, Parallel::again, Parallel::starts))
}

pub(crate) fn make_joined(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Parallel::of(params)?, Parallel::joined))
}

pub(crate) fn make_failed(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Parallel::of(params)?, Parallel::failed))
}

impl Parallel {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        self.rescue.begin(&mut turn);
        self.fork(&mut turn);
        Ok(())
    }

    fn again(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            self.fork(&mut turn);
        }
        Ok(())
    }

    fn joined(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let Parallel { name, flow, next, rescue, .. } = self;
        let Some(mut turn) = Turn::resume(plan, name) else { return Ok(()) };
        let results = turn.event_data()?;
        turn.follow_scopes();
        turn.note("ParallelStateSucceeded", Details::new());
        match flow.product(&turn, &results) {
            Ok(Product { output, assigned }) => turn.leave("Parallel", next, output, assigned),
            Err(fault) => {
                rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }

    fn failed(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let Parallel { name, rescue, .. } = self;
        let Some(mut turn) = Turn::resume(plan, name) else { return Ok(()) };
        let data = turn.event_data()?;
        turn.follow_scopes();
        let error = first_error(&turn, &data);
        rescue.handle(&mut turn, error, Told::Uncaught("ParallelStateFailed"));
        Ok(())
    }
}
