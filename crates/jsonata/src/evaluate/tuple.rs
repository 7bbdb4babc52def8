//! Streams of tuples: paths that bind variables (`@`, `#`) or are asked for a parent (`%`).
//!
//! Each tuple carries its item and what was bound on the way to it; a step maps over the items inside a frame that
//! holds those bindings.

use std::rc::Rc;

use tidegate_json::Value;

use super::{Evaluator, FrameId};
use crate::error::Result;
use crate::item::{Item, Tuple};
use crate::node::{Node, NodeKind, Stage};

impl Evaluator<'_> {
    /// A frame in which a tuple's variables are bound.
    pub(super) fn open_tuple(&mut self, tuple: &Tuple, parent: FrameId) -> FrameId {
        let scope = self.open(parent);
        self.frames[scope.0].bindings.clone_from(&tuple.bindings);
        scope
    }

    pub(super) fn tuple_step(
        &mut self,
        step: &Node,
        sequence: &[Item],
        tuples: Option<Vec<Tuple>>,
        frame: FrameId,
    ) -> Result<Vec<Tuple>> {
        let stream = match (&step.kind, tuples) {
            (NodeKind::Sort(terms), Some(tuples)) => self.sorted_tuples(terms, tuples, frame)?,
            (NodeKind::Sort(terms), None) => {
                let sorted = self.sorted(terms, sequence.to_vec(), frame)?;
                let tuple = |(at, item): (usize, Item)| {
                    let mut tuple = Tuple { item, bindings: Vec::new() };
                    if let Some(index) = &step.index {
                        tuple.bind(index, at.into());
                    }
                    tuple
                };
                sorted.into_iter().enumerate().map(tuple).collect()
            }
            (_, Some(tuples)) => self.mapped(step, &tuples, frame)?,
            (_, None) => {
                let start = |item: &Item| Tuple { item: item.clone(), bindings: Vec::new() };
                let tuples: Vec<_> = sequence.iter().map(start).collect();
                self.mapped(step, &tuples, frame)?
            }
        };
        self.tuple_stages(&step.stages, stream, frame)
    }

    fn mapped(&mut self, step: &Node, tuples: &[Tuple], frame: FrameId) -> Result<Vec<Tuple>> {
        let mut stream = Vec::new();
        for tuple in tuples {
            let scope = self.open_tuple(tuple, frame);
            let result = self.eval(step, &tuple.item, scope)?;
            self.close(scope);
            if let Item::Tuples(inner) = &result {
                stream.extend(inner.iter().map(|inner| continued(step, tuple, inner)));
            } else {
                let items = result.into_items();
                self.burn_items(items.len() * (1 + tuple.bindings.len()))?;
                stream.extend(items.into_iter().enumerate().map(|(at, item)| stepped(step, tuple, item, at)));
            }
            self.check_length(stream.len())?;
        }
        Ok(stream)
    }

    fn tuple_stages(
        &mut self,
        stages: &[Stage],
        mut stream: Vec<Tuple>,
        frame: FrameId,
    ) -> Result<Vec<Tuple>> {
        for stage in stages {
            match stage {
                Stage::Filter(predicate) => {
                    let Item::Tuples(kept) = self.filter_tuples(predicate, &stream, frame)? else { continue };
                    stream = Rc::unwrap_or_clone(kept);
                }
                Stage::Index(name) => {
                    for (at, tuple) in stream.iter_mut().enumerate() {
                        tuple.bind(name, at.into());
                    }
                }
            }
        }
        Ok(stream)
    }

    pub(super) fn filter_tuples(
        &mut self,
        predicate: &Node,
        tuples: &[Tuple],
        frame: FrameId,
    ) -> Result<Item> {
        let mut kept = Vec::new();
        for (index, tuple) in tuples.iter().enumerate() {
            let answer = match &predicate.kind {
                NodeKind::Literal(Value::Number(number)) => Item::Json(Value::Number(*number)),
                _ => {
                    let scope = self.open_tuple(tuple, frame);
                    let answer = self.eval(predicate, &tuple.item, scope)?;
                    self.close(scope);
                    answer
                }
            };
            if self.selects(&answer, index, tuples.len())? {
                kept.push(tuple.clone());
            }
        }
        Ok(Item::Tuples(Rc::new(kept)))
    }

    /// The stream itself for a path inside a tuple step, else its items, grouped if the path says so.
    pub(super) fn tuples_result(&mut self, path: &Node, tuples: Vec<Tuple>, frame: FrameId) -> Result<Item> {
        if let Some(group) = &path.group {
            return self.group(group, Item::Tuples(Rc::new(tuples)), frame);
        }
        if path.tuple {
            return Ok(Item::Tuples(Rc::new(tuples)));
        }
        Ok(Item::sequence(tuples.into_iter().map(|tuple| tuple.item).collect()))
    }
}

/// `tuple` after `step` gave `item` at position `at`.
fn stepped(step: &Node, tuple: &Tuple, item: Item, at: usize) -> Tuple {
    let mut next = tuple.clone();
    match &step.focus {
        Some(focus) => next.bind(focus, item),
        None => next.item = item,
    }
    if let Some(index) = &step.index {
        next.bind(index, at.into());
    }
    for label in &step.ancestors {
        next.bind(label, tuple.item.clone());
    }
    next
}

/// `tuple` after `step` gave a tuple of its own.
fn continued(step: &Node, tuple: &Tuple, inner: &Tuple) -> Tuple {
    let mut next = stepped(step, tuple, inner.item.clone(), 0);
    for (name, item) in &inner.bindings {
        next.bind(name, item.clone());
    }
    next
}
