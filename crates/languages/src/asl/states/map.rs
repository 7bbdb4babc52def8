//! Map: runs one machine for each item of a list, so many at a time, and gathers the results in order.
//!
//! - this module: entering, and what becomes of the end
//! - `items`: which items there are
//! - `bounds`: how many at a time, and how many may fail
//! - `batch`: items that are handed over together
//! - `reader`: items that are kept elsewhere
//! - `writer`: results that are to be kept elsewhere

mod batch;
mod bounds;
mod items;
pub(crate) mod reader;
pub(crate) mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::action::{Action, Command, MapPolicy, Plan, Started, Target, TaskPolicy, Tolerance};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Name, Text};

use super::act::{act, act_starting};
use super::parallel::first_error;
use super::task::mocked::respond;
use crate::asl::expression::Fault;
use crate::asl::flow::{Flow, Product, Shape};
use crate::asl::frame::{Parcel, Shared};
use crate::asl::history::Details;
use crate::asl::machine::StateParams;
use crate::asl::map_run;
use crate::asl::mock::Absent;
use crate::asl::mock::response::{Response, Responses};
use crate::asl::redrive::Progress;
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Error, Next, Turn};
use batch::Batcher;
use bounds::Bounds;
use items::Items;
use reader::Reader;
use writer::Writer;

/// The error of a distributed Map state of which too many items failed.
const EXCEEDED: &str = "States.ExceedToleratedFailureThreshold";

#[derive(Debug)]
struct Map {
    name: Text,
    flow: Flow,
    scope: Name,
    is_distributed: bool,
    label: Option<Text>,
    items: Items,
    reader: Option<Reader>,
    writer: Option<Writer>,
    bounds: Bounds,
    batcher: Option<Batcher>,
    selector: Option<Shape>,
    next: Next,
    rescue: Rescue,
    /// What the reader of its items gives, where that is mocked.
    mock: Option<Responses>,
    absent: Absent,
}

impl Map {
    fn of(params: &Value) -> Result<Self, MalformedParams> {
        let state = StateParams::of(params)?;
        let scope = Name::new(params.get("scope").and_then(Value::as_str).unwrap_or_default());
        let selector = super::start::selector(&state);
        let selector =
            selector.map(|selector| Shape::new(selector, state.language, "ItemSelector")).transpose()?;
        Ok(Self {
            flow: Flow::of(&state)?,
            scope: scope.map_err(|error| MalformedParams::at("scope", error.to_string()))?,
            is_distributed: params.get("distributed").and_then(Value::as_bool).unwrap_or_default(),
            label: state.text("Label").map(Text::from),
            items: Items::of(&state)?,
            reader: Reader::of(&state)?,
            writer: Writer::of(&state)?,
            bounds: Bounds::of(&state)?,
            batcher: Batcher::of(&state)?,
            selector,
            next: state.next()?,
            rescue: Rescue::of(&state)?,
            mock: Responses::of(params)?,
            absent: Absent::of(params),
            name: state.name,
        })
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Scope(&self.scope)]
    }

    fn begin(&self, turn: &mut Turn<'_, '_, '_>) {
        let Err(fault) = self.fan_out(turn) else { return };
        if turn.frame.rehearsal.is_some() && fault.error == "States.Runtime" {
            // Where AWS tests a state, it quotes no event for these.
            let Fault { error, cause, .. } = fault;
            self.rescue.handle(turn, Error { error, cause }, Told::Failed("MapStateFailed"));
        } else {
            self.rescue.fault(turn, &fault, Told::Failed("MapStateFailed"));
        }
    }

    fn fan_out(&self, turn: &mut Turn<'_, '_, '_>) -> Result<(), Fault> {
        recall(turn);
        let input = self.flow.input(turn)?;
        let concurrency = self.bounds.concurrency(turn, &input)?;
        let given = turn.frame.rehearsal.as_ref().and_then(|rehearsal| rehearsal.items.clone());
        let Some(reader) = &self.reader else {
            let items = self.items.list(turn, &input)?;
            show_concurrency(turn, concurrency);
            self.note_started(turn, items.len());
            return self.each(turn, input, concurrency, items);
        };
        show_concurrency(turn, concurrency);
        self.note_started(turn, 0);
        if let Some(items) = given.and_then(|items| items.as_array().cloned()) {
            return self.each(turn, input, concurrency, items.to_vec());
        }
        let limit = reader.items_max(turn, &input)?;
        let bounds = self.bounds.told(turn, &input, concurrency)?;
        self.note_run_started(turn, bounds);
        turn.active.asked.set("limit", limit.map_or(Value::Null, Value::from));
        turn.active.asked.set("concurrency", concurrency);
        if let Some(responses) = &self.mock {
            match respond(turn, &self.name, responses)? {
                Response::Return(items) => self.begin_with(turn, items),
                Response::Throw { error, cause } => self.was_not_read(turn, error.clone(), cause.clone()),
            }
            return Ok(());
        }
        reader.ask(turn, &input, reader::subject(&self.name).into())?;
        turn.wait();
        Ok(())
    }

    fn note_started(&self, turn: &mut Turn<'_, '_, '_>, length: usize) {
        // One that had begun tells so once.
        if turn.active.asked.get("redriven").is_none() {
            turn.note("MapStateStarted", Details::new().with("length", length));
        }
    }

    /// Begins with a mocked list of items.
    fn begin_with(&self, turn: &mut Turn<'_, '_, '_>, items: &Value) {
        match items.as_array() {
            Some(items) => self.go_on(turn, items.to_vec()),
            None => {
                let cause = "The mocked response is no list of items.";
                self.was_not_read(turn, Text::const_new(reader::FAILED), Text::const_new(cause));
            }
        }
    }

    /// What the reader was sent for is there.
    fn was_read(&self, turn: &mut Turn<'_, '_, '_>, data: &Value) {
        let Some(reader) = &self.reader else { return };
        match reader.items(turn, data) {
            Err(cause) => self.was_not_read(turn, Text::const_new(reader::FAILED), cause.into()),
            Ok(items) => self.go_on(turn, items),
        }
    }

    /// Begins with the items that were read.
    fn go_on(&self, turn: &mut Turn<'_, '_, '_>, items: Vec<Value>) {
        let concurrency = turn.active.asked.get("concurrency").and_then(Value::as_u64);
        let concurrency = concurrency.and_then(|bound| u32::try_from(bound).ok()).unwrap_or(u32::MAX);
        let went = self.flow.input(turn).and_then(|input| self.each(turn, input, concurrency, items));
        if let Err(fault) = went {
            self.rescue.fault(turn, &fault, Told::Failed("MapStateFailed"));
        }
    }

    /// What the reader was sent for cannot be had.
    fn was_not_read(&self, turn: &mut Turn<'_, '_, '_>, error: Text, cause: Text) {
        let error = Error { error, cause };
        turn.note("MapRunFailed", Details::new().failure(&error.error, &error.cause));
        self.rescue.handle(turn, error, Told::Failed("MapStateFailed"));
    }

    /// Begins with `items`.
    fn each(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        input: Value,
        concurrency: u32,
        items: Vec<Value>,
    ) -> Result<(), Fault> {
        let tolerated = self.bounds.tolerated(turn, &input, items.len())?;
        if self.is_distributed && self.reader.is_none() {
            let bounds = self.bounds.told(turn, &input, concurrency)?;
            self.note_run_started(turn, bounds);
        }
        turn.active.asked.set("tolerated", tolerated);
        let items = match &self.batcher {
            None => items,
            Some(batcher) => {
                let items = self.selected(turn, &input, items)?;
                batcher.batches(turn, &input, items)?
            }
        };
        let shared = Shared::new(&turn.frame, input);
        turn.active.shared = Some(if self.writer.is_some() { shared.describing() } else { shared });
        let redriven = turn.active.asked.get("redriven").and_then(Progress::of_value);
        let mut within = redriven.map(|before| before.within).unwrap_or_default();
        let parcel = |(index, item)| {
            Parcel { item, index, before: within.remove(&index).map(|before| before.to_value()) }.to_value()
        };
        turn.active.forget("redriven");
        turn.wait();
        let inputs = (0..).zip(items).map(parcel).collect();
        turn.command(Command::Map {
            subject: self.name.clone(),
            target: Target::Scope(self.scope.clone()),
            inputs,
            known: BTreeMap::new(),
            policy: Arc::new(MapPolicy {
                task: Arc::new(TaskPolicy::default()),
                concurrency,
                tolerate: Tolerance::Count(tolerated),
                each: false,
            }),
        });
        Ok(())
    }

    /// What the selector makes of the items, where that cannot wait until each is begun with.
    fn selected(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        input: &Value,
        items: Vec<Value>,
    ) -> Result<Vec<Value>, Fault> {
        let Some(selector) = &self.selector else { return Ok(items) };
        let context = turn.frame.context.clone();
        let mut selected = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let about = Value::object([("Index", Value::from(index)), ("Value", item)]);
            turn.frame.context.set("Map", Value::object([("Item", about)]));
            let value = selector.evaluate(turn, input, None, None);
            turn.frame.context = context.clone();
            selected.push(value?);
        }
        Ok(selected)
    }

    fn note_run_started(&self, turn: &mut Turn<'_, '_, '_>, bounds: Value) {
        if let Some(arn) = turn.active.forget("redrivenRun") {
            turn.active.asked.set("mapRunArn", arn.clone());
            let count = turn.frame.context.pointer("/Execution/RedriveCount").cloned();
            turn.note("MapRunRedriven", Details::new().with("mapRunArn", arn).maybe("redriveCount", count));
            return;
        }
        let machine =
            turn.frame.context.pointer("/StateMachine/Id").and_then(Value::as_str).unwrap_or_default();
        let machine = machine.replacen(":stateMachine:", ":mapRun:", 1);
        let label = self.label.as_deref().map_or_else(|| turn.draw_uuid(), str::to_owned);
        let id = map_run::id(turn.run(), turn.draws().next());
        let arn = format!("{machine}/{label}:{id}");
        turn.active.asked.set("mapRunArn", arn.as_str());
        turn.note("MapRunStarted", Details::new().with("mapRunArn", arn).with("bounds", bounds));
    }

    fn joined(&self, turn: &mut Turn<'_, '_, '_>, results: &Value) {
        turn.follow_scopes();
        let Some(writer) = &self.writer else { return self.finish(turn, results) };
        let told = self.flow.input(turn).and_then(|input| writer.finish(turn, &input, &self.name, results));
        match told {
            Ok(Some(results)) => self.finish(turn, &results),
            // What is written first comes back as `written`.
            Ok(None) => {}
            Err(fault) => {
                self.rescue.fault(turn, &fault, Told::Failed("MapStateFailed"));
            }
        }
    }

    /// The results are where they are to be kept.
    fn was_written(&self, turn: &mut Turn<'_, '_, '_>) {
        let written = turn.active.forget("written").unwrap_or_default();
        self.finish(turn, &written);
    }

    /// The results cannot be kept where they are to be.
    fn was_not_written(&self, turn: &mut Turn<'_, '_, '_>, data: &Value) {
        let failure = first_error(turn, data);
        let error = Error { error: Text::const_new(writer::FAILED), cause: failure.cause };
        turn.note("MapRunFailed", Details::new().failure(&error.error, &error.cause));
        self.rescue.handle(turn, error, Told::Failed("MapStateFailed"));
    }

    /// Goes on with `results`.
    fn finish(&self, turn: &mut Turn<'_, '_, '_>, results: &Value) {
        if self.is_distributed {
            turn.note("MapRunSucceeded", Details::new());
        }
        turn.note("MapStateSucceeded", Details::new());
        match self.flow.product(turn, results) {
            Ok(Product { output, assigned }) => turn.leave("Map", &self.next, output, assigned),
            Err(fault) => {
                self.rescue.fault(turn, &fault, Told::Nothing);
            }
        }
    }

    fn failed(&self, turn: &mut Turn<'_, '_, '_>, data: &Value) {
        turn.follow_scopes();
        let mut error = first_error(turn, data);
        // Whoever rehearses says how many have failed.
        let rehearsed = turn.frame.rehearsal.as_ref().map(|rehearsal| rehearsal.failed_items.unwrap_or(0));
        let tolerated = turn.active.asked.get("tolerated").and_then(Value::as_u64).unwrap_or(0);
        if self.is_distributed && rehearsed.is_none_or(|failed| failed > tolerated) {
            let cause = Text::const_new("The specified tolerated failure threshold was exceeded");
            error = Error { error: Text::const_new(EXCEEDED), cause };
            turn.note("MapRunFailed", Details::new().failure(&error.error, &error.cause));
        }
        self.rescue.handle(turn, error, Told::Failed("MapStateFailed"));
    }
}

fn show_concurrency(turn: &Turn<'_, '_, '_>, concurrency: u32) {
    turn.show("maxConcurrency", &Value::from(if concurrency == u32::MAX { 0 } else { concurrency }));
}

/// Keeps at hand how far the items had come, where the execution is redriven.
fn recall(turn: &mut Turn<'_, '_, '_>) {
    let Some(before) = turn.before.take() else { return };
    if let Some(map_run) = before.map_run.as_deref() {
        turn.active.asked.set("redrivenRun", map_run);
    }
    turn.active.asked.set("redriven", before.to_value());
}

pub(crate) fn make_enter(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Map::of(params)?, Map::enter, Map::starts))
}

pub(crate) fn make_again(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Map::of(params)?, Map::again, Map::starts))
}

pub(crate) fn make_read(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Map::of(params)?, Map::read, Map::starts))
}

pub(crate) fn make_unread(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Map::of(params)?, Map::unread))
}

pub(crate) fn make_written(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Map::of(params)?, Map::written))
}

pub(crate) fn make_unwritten(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Map::of(params)?, Map::unwritten))
}

pub(crate) fn make_joined(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Map::of(params)?, Map::join))
}

pub(crate) fn make_failed(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Map::of(params)?, Map::break_off))
}

impl Map {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        self.rescue.begin(&mut turn);
        self.begin(&mut turn);
        Ok(())
    }

    fn again(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            self.begin(&mut turn);
        }
        Ok(())
    }

    fn read(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            self.was_read(&mut turn, &data);
        }
        Ok(())
    }

    fn unread(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
            let is_absent = matches!(text("error"), errors::UNKNOWN_FUNCTION | errors::NO_ENDPOINT);
            if self.absent == Absent::Answers && is_absent {
                self.go_on(&mut turn, Vec::new());
            } else {
                self.was_not_read(&mut turn, Text::const_new(reader::FAILED), text("message").into());
            }
        }
        Ok(())
    }

    fn written(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            self.was_written(&mut turn);
        }
        Ok(())
    }

    fn unwritten(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            let error = first_error(&turn, &data).error;
            let is_absent = matches!(error.as_str(), errors::UNKNOWN_FUNCTION | errors::NO_ENDPOINT);
            if self.absent == Absent::Answers && is_absent {
                self.was_written(&mut turn);
                return Ok(());
            }
            self.was_not_written(&mut turn, &data);
        }
        Ok(())
    }

    fn join(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let results = turn.event_data()?;
            self.joined(&mut turn, &results);
        }
        Ok(())
    }

    fn break_off(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            self.failed(&mut turn, &data);
        }
        Ok(())
    }
}
