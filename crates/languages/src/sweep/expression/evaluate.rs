//! Computing an expression, within a number of steps.

use tidegate_json::{Map, Str, Value};

use super::convert::{describe, key_of};
use super::error::{ExpressionError, Kind, Result, fail};
use super::limits::{MADE_BYTES_MAX, STEPS_MAX};
use super::operators::{binary, compare, is_true, negative};
use super::tree::{Clause, Element, Form, Node, Tree};
use super::{functions, methods};

/// Bytes of text that are made in one step.
const BYTES_A_STEP: usize = 16;

/// What `tree` gives where `predecessor_outputs` is `outputs`.
pub(super) fn evaluate(tree: &Tree, outputs: &Value) -> std::result::Result<Value, ExpressionError> {
    Evaluator::new(outputs).value(&tree.root).map_err(|fault| fault.within(&tree.text))
}

/// An evaluation under way.
pub(super) struct Evaluator<'a> {
    outputs: &'a Value,
    steps_left: u64,
    /// What the comprehensions around have given names to.
    names: Vec<(Str, Value)>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(outputs: &'a Value) -> Self {
        Self { outputs, steps_left: STEPS_MAX, names: Vec::new() }
    }

    /// Takes `steps`, or fails where there are not as many left.
    pub(super) fn spend(&mut self, steps: usize, at: usize) -> Result<()> {
        match self.steps_left.checked_sub(steps as u64) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => fail(Kind::Limit, at, format!("the expression takes more than {STEPS_MAX} steps")),
        }
    }

    /// Takes the steps that making a text of `bytes` costs.
    pub(super) fn spend_text(&mut self, bytes: usize, at: usize) -> Result<()> {
        if bytes > MADE_BYTES_MAX {
            return fail(
                Kind::Limit,
                at,
                format!("the text would be {bytes} bytes long; the limit is {MADE_BYTES_MAX}"),
            );
        }
        self.spend(bytes / BYTES_A_STEP, at)
    }

    pub(super) fn value(&mut self, node: &Node) -> Result<Value> {
        self.spend(1, node.at)?;
        match &node.form {
            Form::Constant(value) => Ok(value.clone()),
            Form::Outputs => Ok(self.outputs.clone()),
            Form::Name(name) => match self.names.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => Ok(value.clone()),
                None => fail(Kind::Name, node.at, format!("`{name}` has no value here")),
            },
            Form::List(items) => self.values(items).map(Value::from),
            Form::Dictionary(members) => self.dictionary(members),
            Form::Subscript(of, key) => {
                let (value, key) = (self.value(of)?, self.value(key)?);
                self.subscript(&value, &key, node.at)
            }
            Form::Slice(of, bounds) => {
                let value = self.value(of)?;
                self.slice(&value, bounds, node.at)
            }
            Form::Negative(of) => negative(&self.value(of)?, node.at),
            Form::Positive(of) => match self.value(of)? {
                Value::Bool(truth) => Ok(Value::from(i64::from(truth))),
                number @ Value::Number(_) => Ok(number),
                other => fail(Kind::Type, node.at, format!("`+` does not take {}", describe(&other))),
            },
            Form::Not(of) => Ok(Value::Bool(!is_true(&self.value(of)?))),
            Form::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                binary(self, *operator, &left, &right, node.at)
            }
            Form::Compare(first, others) => self.comparison(first, others, node.at),
            Form::And(parts) => self.until(parts, false),
            Form::Or(parts) => self.until(parts, true),
            Form::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = is_true(&self.value(condition)?);
                self.value(if holds { then } else { otherwise })
            }
            Form::Call(function, arguments) => functions::call(self, *function, arguments, node.at),
            Form::Method(of, method, arguments) => {
                let value = self.value(of)?;
                let arguments = self.values(arguments)?;
                methods::call(self, &value, *method, &arguments, node.at)
            }
            Form::Comprehension(element, clauses) => self.comprehension(element, clauses, node.at),
        }
    }

    pub(super) fn values(&mut self, nodes: &[Node]) -> Result<Vec<Value>> {
        nodes.iter().map(|node| self.value(node)).collect()
    }

    /// The first part whose truth is `stop`, or the last.
    fn until(&mut self, parts: &[Node], stop: bool) -> Result<Value> {
        let mut value = Value::Null;
        for part in parts {
            value = self.value(part)?;
            if is_true(&value) == stop {
                break;
            }
        }
        Ok(value)
    }

    fn dictionary(&mut self, members: &[(Node, Node)]) -> Result<Value> {
        let mut map = Map::with_capacity(members.len());
        for (key, value) in members {
            let key = key_of(&self.value(key)?, key.at)?;
            let value = self.value(value)?;
            map.insert(key, value);
        }
        Ok(Value::from(map))
    }

    fn comparison(
        &mut self,
        first: &Node,
        others: &[(super::tree::Comparison, Node)],
        at: usize,
    ) -> Result<Value> {
        let mut left = self.value(first)?;
        for (comparison, node) in others {
            let right = self.value(node)?;
            if !compare(self, *comparison, &left, &right, at)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    /// What stands in `value` under `key`.
    pub(super) fn subscript(&mut self, value: &Value, key: &Value, at: usize) -> Result<Value> {
        match value {
            Value::Object(members) => {
                let key = key_of(key, at)?;
                match members.get(&key) {
                    Some(member) => Ok(member.clone()),
                    None => fail(Kind::Key, at, missing(&key, members)),
                }
            }
            Value::Array(items) => {
                let place = index(key, items.len(), at)?;
                Ok(items[place].clone())
            }
            Value::String(text) => {
                self.spend_text(text.len(), at)?;
                let place = index(key, text.chars().count(), at)?;
                Ok(text.chars().nth(place).map_or(Value::Null, |c| Value::from(c.to_string())))
            }
            other => fail(Kind::Type, at, format!("{} has no parts to subscript", describe(other))),
        }
    }

    fn slice(&mut self, value: &Value, bounds: &[Option<Node>; 3], at: usize) -> Result<Value> {
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            let Some(bound) = bound else { continue };
            *number = match self.value(bound)? {
                Value::Null => None,
                Value::Bool(truth) => Some(i64::from(truth)),
                Value::Number(whole) if whole.as_i64().is_some() => whole.as_i64(),
                other => {
                    return fail(
                        Kind::Type,
                        bound.at,
                        format!("a slice takes whole numbers, not {}", describe(&other)),
                    );
                }
            };
        }
        match value {
            Value::Array(items) => {
                let places = sliced(numbers, items.len(), at)?;
                self.spend(places.len(), at)?;
                Ok(Value::from(places.into_iter().map(|place| items[place].clone()).collect::<Vec<_>>()))
            }
            Value::String(text) => {
                self.spend_text(5 * text.len(), at)?;
                let letters: Vec<char> = text.chars().collect();
                let places = sliced(numbers, letters.len(), at)?;
                Ok(Value::from(places.into_iter().map(|place| letters[place]).collect::<String>()))
            }
            other => fail(Kind::Type, at, format!("{} cannot be sliced", describe(other))),
        }
    }

    fn comprehension(&mut self, element: &Element, clauses: &[Clause], at: usize) -> Result<Value> {
        let before = self.names.len();
        let mut items = Vec::new();
        let mut members = Map::default();
        self.clause(clauses, at, &mut |evaluator| {
            match element {
                Element::Item(item) => items.push(evaluator.value(item)?),
                Element::Member(key, value) => {
                    let key = key_of(&evaluator.value(key)?, key.at)?;
                    members.insert(key, evaluator.value(value)?);
                }
            }
            Ok(())
        })?;
        self.names.truncate(before);
        Ok(match element {
            Element::Item(_) => Value::from(items),
            Element::Member(..) => Value::from(members),
        })
    }

    /// Goes through the items of the first of `clauses`, and for each through the others.
    fn clause(
        &mut self,
        clauses: &[Clause],
        at: usize,
        collect: &mut dyn FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let Some((clause, inner)) = clauses.split_first() else { return collect(self) };
        let items = self.value(&clause.items)?;
        let depth = self.names.len();
        for item in self.items(&items, clause.items.at)? {
            self.spend(1, at)?;
            self.names.truncate(depth);
            self.give(&clause.names, item, clause.items.at)?;
            let mut holds = true;
            for condition in &clause.conditions {
                holds = holds && is_true(&self.value(condition)?);
            }
            if holds {
                self.clause(inner, at, collect)?;
            }
        }
        Ok(())
    }

    /// Gives `names` their values: all of `item`, or its parts.
    fn give(&mut self, names: &[Str], item: Value, at: usize) -> Result<()> {
        if let [name] = names {
            self.names.push((name.clone(), item));
            return Ok(());
        }
        let parts = self.items(&item, at)?;
        if parts.len() != names.len() {
            let message = format!("{} names stand for an item of {} parts", names.len(), parts.len());
            return fail(Kind::Value, at, message);
        }
        self.names.extend(names.iter().cloned().zip(parts));
        Ok(())
    }

    /// What iterating over `value` gives.
    pub(super) fn items(&mut self, value: &Value, at: usize) -> Result<Vec<Value>> {
        match value {
            Value::Array(items) => {
                self.spend(items.len(), at)?;
                Ok(items.to_vec())
            }
            Value::Object(members) => {
                self.spend(members.len(), at)?;
                Ok(members.keys().map(Value::from).collect())
            }
            Value::String(text) => {
                self.spend(text.len(), at)?;
                Ok(text.chars().map(|c| Value::from(c.to_string())).collect())
            }
            other => fail(Kind::Type, at, format!("{} has no items", describe(other))),
        }
    }
}

/// The place that `key` means in a list of `length`; negative ones count from the end.
fn index(key: &Value, length: usize, at: usize) -> Result<usize> {
    let whole = match key {
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    let Some(whole) = whole else {
        return fail(Kind::Type, at, format!("a place in a list is a whole number, not {}", describe(key)));
    };
    let place = if whole < 0 { whole.saturating_add_unsigned(length as u64) } else { whole };
    match usize::try_from(place).ok().filter(|place| *place < length) {
        Some(place) => Ok(place),
        None => fail(Kind::Index, at, format!("there is no place {whole} in {length} items")),
    }
}

/// The places that a slice of a list of `length` means.
fn sliced([from, to, step]: [Option<i64>; 3], length: usize, at: usize) -> Result<Vec<usize>> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return fail(Kind::Value, at, "the step of a slice is not zero");
    }
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |given: Option<i64>, default: i64| match given {
        None => default,
        Some(given) if given < 0 => given.saturating_add(length).max(least),
        Some(given) => given.min(most),
    };
    let (first, last) = if step > 0 { (least, most) } else { (most, least) };
    let (mut place, end) = (bound(from, first), bound(to, last));
    let mut places = Vec::new();
    while (step > 0 && place < end) || (step < 0 && place > end) {
        places.push(usize::try_from(place).unwrap_or_default());
        place = place.saturating_add(step);
    }
    Ok(places)
}

fn missing(key: &str, members: &Map) -> String {
    const SHOWN_MAX: usize = 8;
    let shown: Vec<String> = members.keys().take(SHOWN_MAX).map(|key| format!("'{key}'")).collect();
    let more = if members.len() > shown.len() { ", …" } else { "" };
    match shown.is_empty() {
        true => format!("there is no '{key}': there is nothing at all"),
        false => format!("there is no '{key}'; there is {}{more}", shown.join(", ")),
    }
}
