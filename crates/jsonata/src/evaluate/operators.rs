//! Arithmetic, comparison, logic, text and ranges.

use std::cmp::Ordering;

use tidegate_json::{Number, Value};

use super::measure::Layout;
use super::{Evaluator, FrameId};
use crate::error::{Details, Result, fail_about};
use crate::item::Item;
use crate::node::Node;
use crate::parse::ast::Operator;

/// Beyond this, doubles skip integers; sums stay integers below it.
const EXACT_MAX: i64 = 1 << 53;

impl Evaluator<'_> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &Node,
        right: &Node,
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        let a = self.eval(left, input, frame)?;
        if let Operator::And | Operator::Or = operator {
            let decided = self.truth(&a)? == (operator == Operator::Or);
            if decided {
                return Ok(Item::from(operator == Operator::Or));
            }
            let b = self.eval(right, input, frame)?;
            return self.truth(&b).map(Item::from);
        }
        let b = self.eval(right, input, frame)?;
        match operator {
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => arithmetic(operator, &a, &b),
            Operator::Equal | Operator::NotEqual => {
                if a.is_nothing() || b.is_nothing() {
                    return Ok(Item::from(false));
                }
                Ok(Item::from(self.equal(&a, &b)? == (operator == Operator::Equal)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                comparison(operator, &a, &b)
            }
            Operator::Concatenate => self.concatenate(&a, &b),
            Operator::Range => self.range(&a, &b),
            Operator::In => self.contains(&a, b),
            Operator::And | Operator::Or => unreachable!("decided above"),
        }
    }

    fn concatenate(&mut self, a: &Item, b: &Item) -> Result<Item> {
        let mut text = self.text_of(a, Layout::Compact)?;
        let end = self.text_of(b, Layout::Compact)?;
        self.burn_text(text.len() + end.len())?;
        text.push_str(&end);
        Ok(Item::Json(Value::from(text)))
    }

    fn contains(&mut self, item: &Item, array: Item) -> Result<Item> {
        if item.is_nothing() || array.is_nothing() {
            return Ok(Item::from(false));
        }
        for element in array.into_items() {
            self.burn(1)?;
            if self.equal(item, &element)? {
                return Ok(Item::from(true));
            }
        }
        Ok(Item::from(false))
    }

    /// `[a..b]`: all integers from `a` to `b`; nothing if there are none.
    fn range(&mut self, a: &Item, b: &Item) -> Result<Item> {
        let (Some(first), Some(last)) = (range_end(a, "T2003", "left")?, range_end(b, "T2004", "right")?)
        else {
            return Ok(Item::Nothing);
        };
        if first > last {
            return Ok(Item::Nothing);
        }
        let count = last.abs_diff(first).saturating_add(1);
        if count > self.env.limits.items as u64 {
            let most = self.env.limits.items;
            return fail_about(
                "D2014",
                Details::value(count),
                format!("a range of {count} items exceeds the limit of {most}"),
            );
        }
        self.burn_items(count as usize)?;
        Ok(Item::sequence((first..=last).map(|n| Item::Json(Value::from(n))).collect()))
    }

    pub(super) fn negate(&mut self, inner: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        match self.eval(inner, input, frame)? {
            Item::Nothing => Ok(Item::Nothing),
            Item::Json(Value::Number(number)) => match number.as_i64().and_then(i64::checked_neg) {
                Some(integer) => Ok(Item::Json(Value::from(integer))),
                None => Ok(Item::number(-number.as_f64())),
            },
            value => fail_about("D1002", Details::item(&value), "only a number can be negated"),
        }
    }
}

fn range_end(item: &Item, code: &'static str, side: &str) -> Result<Option<i64>> {
    match item {
        Item::Nothing => Ok(None),
        Item::Json(Value::Number(number)) if number.as_i64().is_some() => Ok(number.as_i64()),
        _ => fail_about(code, Details::item(item), format!("the {side} side of `..` must be an integer")),
    }
}

/// Numbers are doubles, as in JSONata; whole results small enough to be exact stay integers.
fn arithmetic(operator: Operator, a: &Item, b: &Item) -> Result<Item> {
    let (a, b) = (operand(operator, a, "T2001", "left")?, operand(operator, b, "T2002", "right")?);
    let (Some(a), Some(b)) = (a, b) else { return Ok(Item::Nothing) };
    if let (Some(x), Some(y)) = (a.as_i64(), b.as_i64()) {
        let exact = match operator {
            Operator::Add => x.checked_add(y),
            Operator::Subtract => x.checked_sub(y),
            Operator::Multiply => x.checked_mul(y),
            _ => None,
        };
        if let Some(exact) = exact.filter(|exact| exact.unsigned_abs() <= EXACT_MAX as u64) {
            return Ok(Item::Json(Value::from(exact)));
        }
    }
    let (x, y) = (a.as_f64(), b.as_f64());
    let result = match operator {
        Operator::Add => x + y,
        Operator::Subtract => x - y,
        Operator::Multiply => x * y,
        Operator::Divide => x / y,
        _ => x % y,
    };
    match Number::from_f64(result) {
        Some(number) => Ok(Item::Json(Value::Number(number))),
        None => {
            let message = format!("the result of `{}` is not a finite number", operator.text());
            fail_about("D1001", Details::token(operator.text()), message)
        }
    }
}

fn operand(operator: Operator, item: &Item, code: &'static str, side: &str) -> Result<Option<Number>> {
    match item {
        Item::Nothing => Ok(None),
        Item::Json(Value::Number(number)) => Ok(Some(*number)),
        _ => {
            let message = format!("the {side} side of `{}` must be a number", operator.text());
            fail_about(code, Details::item(item).of(operator.text()), message)
        }
    }
}

fn comparison(operator: Operator, a: &Item, b: &Item) -> Result<Item> {
    let comparable = |item: &Item| item.is_nothing() || item.as_number().is_some() || item.as_str().is_some();
    if !comparable(a) || !comparable(b) {
        let message = format!("the operands of `{}` must be numbers or strings", operator.text());
        return fail_about("T2010", Details::token(operator.text()), message);
    }
    let order = match (a, b) {
        (Item::Nothing, _) | (_, Item::Nothing) => return Ok(Item::Nothing),
        (Item::Json(Value::Number(a)), Item::Json(Value::Number(b))) => a.cmp(b),
        (Item::Json(Value::String(a)), Item::Json(Value::String(b))) => a.cmp(b),
        _ => {
            let message = format!("the operands of `{}` must be of one type", operator.text());
            return fail_about("T2009", Details::items(a, b).of(operator.text()), message);
        }
    };
    Ok(Item::from(match operator {
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}
