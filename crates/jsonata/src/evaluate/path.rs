//! Paths: each step maps over the sequence the step before it gave.

use tidegate_json::{Str, Value};

use super::{Evaluator, FrameId};
use crate::error::Result;
use crate::item::{Elements, Item, ListKind};
use crate::node::{Node, NodeKind, Stage};

impl Evaluator<'_> {
    pub(super) fn path(
        &mut self,
        path: &Node,
        steps: &[Node],
        keep_singleton: bool,
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        if path.group.is_none()
            && !keep_singleton
            && let Some((member, taken)) = self.members_walk(steps, input, frame)?
        {
            return match (member, taken == steps.len()) {
                (None, _) => Ok(Item::Nothing),
                (Some(member), true) => Ok(member),
                (Some(member), false) => self.steps(path, steps, taken, &member, frame),
            };
        }
        let result = self.steps(path, steps, 0, input, frame)?;
        Ok(if keep_singleton && !path.tuple && path.group.is_none() { kept(result) } else { result })
    }

    /// The common case, without sequences: members of objects inside each other. Gives what the first steps lead to
    /// and how many there were; `None` if not even the first is plain.
    fn members_walk(
        &mut self,
        steps: &[Node],
        input: &Item,
        frame: FrameId,
    ) -> Result<Option<(Option<Item>, usize)>> {
        let (mut value, mut taken) = match (input, &steps[0].kind) {
            (_, NodeKind::Variable(name)) if is_plain(&steps[0]) => match self.variable(name, input, frame) {
                Item::Json(value) if steps.len() > 1 => (value, 1),
                _ => return Ok(None),
            },
            (Item::Json(value @ Value::Object(_)), NodeKind::Name(_)) if is_plain(&steps[0]) => {
                (value.clone(), 0)
            }
            _ => return Ok(None),
        };
        let mut current = &value;
        while let (Some(step), Value::Object(members)) = (steps.get(taken), current) {
            let NodeKind::Name(name) = &step.kind else { break };
            if !is_plain(step) {
                break;
            }
            taken += 1;
            match members.get(name) {
                Some(member) => current = member,
                None => return Ok(Some((None, taken))),
            }
        }
        self.burn(taken as u64)?;
        value = current.clone();
        Ok(Some((Some(Item::Json(value)), taken)))
    }

    /// All steps after the first `taken`, of which `input` is the result.
    fn steps(
        &mut self,
        path: &Node,
        steps: &[Node],
        taken: usize,
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        let spreads = !matches!(steps[taken].kind, NodeKind::Variable(_));
        let mut sequence = match input.elements() {
            Some(elements) if spreads => elements.to_vec(),
            _ => vec![input.clone()],
        };
        let mut tuples = None;
        let mut result = Item::Nothing;
        for (at, step) in steps.iter().enumerate().skip(taken) {
            self.burn_items(sequence.len())?;
            if tuples.is_some() || step.tuple {
                tuples = Some(self.tuple_step(step, &sequence, tuples, frame)?);
                continue;
            }
            result = if at == 0 && step.constructs {
                self.eval(step, &Item::sequence(std::mem::take(&mut sequence)), frame)?
            } else {
                self.step(step, &sequence, frame, at + 1 == steps.len())?
            };
            if result.elements().is_none_or(|elements| elements.len() == 0) {
                break;
            }
            if at + 1 < steps.len() {
                sequence = std::mem::take(&mut result).into_items();
            }
        }
        if let Some(tuples) = tuples {
            return self.tuples_result(path, tuples, frame);
        }
        match &path.group {
            Some(group) => self.group(group, result, frame),
            None => Ok(result),
        }
    }

    fn step(&mut self, step: &Node, sequence: &[Item], frame: FrameId, is_last: bool) -> Result<Item> {
        if let NodeKind::Sort(terms) = &step.kind {
            let sorted = self.sorted(terms, sequence.to_vec(), frame)?;
            return self.stages(&step.stages, Item::sequence(sorted), frame);
        }
        let mut results = Vec::new();
        for item in sequence {
            let result = self.eval(step, item, frame)?;
            let result = self.stages(&step.stages, result, frame)?;
            if !result.is_nothing() {
                results.push(result);
            }
        }
        if is_last && results.len() == 1 && results[0].is_array() && !results[0].is_sequence() {
            return Ok(results.swap_remove(0));
        }
        self.flattened(results).map(Item::sequence)
    }

    fn flattened(&mut self, results: Vec<Item>) -> Result<Vec<Item>> {
        let mut flat = Vec::with_capacity(results.len());
        for result in results {
            match &result {
                Item::List(list) if list.kind == ListKind::Constructed => flat.push(result),
                Item::List(_) | Item::Json(Value::Array(_)) => {
                    let items = result.into_items();
                    self.burn_items(items.len())?;
                    self.check_length(flat.len() + items.len())?;
                    flat.extend(items);
                }
                _ => flat.push(result),
            }
        }
        Ok(flat)
    }

    fn stages(&mut self, stages: &[Stage], mut result: Item, frame: FrameId) -> Result<Item> {
        for stage in stages {
            if let Stage::Filter(predicate) = stage {
                result = self.filter(predicate, &result, frame)?;
            }
        }
        Ok(result)
    }

    pub(super) fn filter_all(
        &mut self,
        predicates: &[Node],
        mut result: Item,
        frame: FrameId,
    ) -> Result<Item> {
        for predicate in predicates {
            result = self.filter(predicate, &result, frame)?;
        }
        Ok(result)
    }

    /// `input[predicate]`: by position if the predicate gives numbers, else by truth.
    pub(super) fn filter(&mut self, predicate: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        if let Item::Tuples(tuples) = input {
            return self.filter_tuples(predicate, tuples, frame);
        }
        let single = [input.clone()];
        let elements = match (input, input.elements()) {
            (Item::Nothing, _) => Elements::Items(&[]),
            (_, Some(elements)) => elements,
            (_, None) => Elements::Items(&single),
        };
        if let NodeKind::Literal(Value::Number(number)) = &predicate.kind {
            let picked = wrapped_index(number.as_f64(), elements.len()).map(|at| elements.get(at));
            return Ok(match picked {
                Some(item) if item.is_array() => item,
                Some(item) => Item::sequence(vec![item]),
                None => Item::sequence(Vec::new()),
            });
        }
        let mut kept = Vec::new();
        for (index, item) in elements.iter().enumerate() {
            let answer = self.eval(predicate, &item, frame)?;
            if self.selects(&answer, index, elements.len())? {
                kept.push(item);
            }
        }
        Ok(Item::sequence(kept))
    }

    /// Whether a predicate's `answer` picks the item at `index` of `length`.
    pub(super) fn selects(&mut self, answer: &Item, index: usize, length: usize) -> Result<bool> {
        if let Some(number) = answer.as_number() {
            return Ok(wrapped_index(number.as_f64(), length) == Some(index));
        }
        if let Some(elements) = answer.elements()
            && elements.len() > 0
            && elements.iter().all(|item| item.as_number().is_some())
        {
            self.burn_items(elements.len())?;
            let mut positions = elements.iter().filter_map(|item| item.as_number());
            return Ok(positions.any(|number| wrapped_index(number.as_f64(), length) == Some(index)));
        }
        self.truth(answer)
    }

    /// The field `name` of an object, or of every object in an array.
    pub(crate) fn name(&mut self, name: &Str, input: &Item) -> Result<Item> {
        if let Some(members) = input.members() {
            return Ok(members.get(name));
        }
        let Some(elements) = input.elements() else { return Ok(Item::Nothing) };
        self.burn_items(elements.len())?;
        let mut found = Vec::new();
        for element in elements.iter() {
            self.enter()?;
            let result = self.name(name, &element)?;
            self.leave();
            match result {
                Item::Nothing => {}
                result if result.is_array() => found.extend(result.into_items()),
                result => found.push(result),
            }
        }
        self.check_length(found.len())?;
        Ok(Item::sequence(found))
    }

    /// `*`: all values of an object, arrays among them flattened; all elements of an array.
    pub(super) fn wildcard(&mut self, input: &Item) -> Result<Item> {
        let input = input.unwrapped();
        let values = match (input.members(), input.elements()) {
            (Some(members), _) => members.iter().map(|(_, value)| value).collect(),
            (None, Some(elements)) => elements.to_vec(),
            (None, None) => Vec::new(),
        };
        self.burn_items(values.len())?;
        let mut found = Vec::new();
        for value in values {
            self.flatten_into(value, &mut found)?;
        }
        Ok(Item::sequence(found))
    }

    fn flatten_into(&mut self, item: Item, flat: &mut Vec<Item>) -> Result<()> {
        if !item.is_array() {
            flat.push(item);
            return Ok(());
        }
        self.enter()?;
        for inner in item.into_items() {
            self.flatten_into(inner, flat)?;
        }
        self.check_length(flat.len())?;
        self.leave();
        Ok(())
    }

    /// `**`: the input and everything inside it, arrays themselves excepted.
    pub(super) fn descendants(&mut self, input: &Item) -> Result<Item> {
        let mut found = Vec::new();
        if !input.is_nothing() {
            self.descend(&input.unwrapped(), &mut found)?;
        }
        Ok(Item::sequence(found))
    }

    fn descend(&mut self, item: &Item, found: &mut Vec<Item>) -> Result<()> {
        self.enter()?;
        if !item.is_array() {
            self.check_length(found.len() + 1)?;
            found.push(item.clone());
        }
        let inside = match (item.elements(), item.members()) {
            (Some(elements), _) => elements.to_vec(),
            (None, Some(members)) => members.iter().map(|(_, value)| value).collect(),
            (None, None) => Vec::new(),
        };
        self.burn_items(inside.len())?;
        for inner in inside {
            self.descend(&inner, found)?;
        }
        self.leave();
        Ok(())
    }
}

/// A path that ends in `[]` somewhere gives an array even of one.
fn kept(result: Item) -> Item {
    match &result {
        Item::List(list) if list.kind == ListKind::Constructed => {
            Item::sequence(vec![result]).keeping_singleton()
        }
        Item::Nothing => Item::Nothing,
        _ => result.keeping_singleton(),
    }
}

fn is_plain(step: &Node) -> bool {
    step.is_bare() && !step.tuple && step.focus.is_none() && step.index.is_none()
}

/// Rounds down and counts negative positions from the end.
fn wrapped_index(position: f64, length: usize) -> Option<usize> {
    let floor = position.floor();
    let at = if floor < 0.0 { floor + length as f64 } else { floor };
    (at >= 0.0 && at < length as f64).then_some(at as usize)
}
