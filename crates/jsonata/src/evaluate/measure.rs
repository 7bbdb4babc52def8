//! Truth, equality and text of items, charged by the size of what is looked at.

use std::sync::Arc;

use tidegate_json::{Number, Value};

use super::{Evaluator, VALUE_DEPTH_MAX};
use crate::error::{Result, fail};
use crate::item::{Elements, Item, Members};

impl Evaluator<'_> {
    /// `$boolean`: nothing, null, false, 0, "", functions, and arrays and objects without anything true are false.
    pub(crate) fn truth(&mut self, item: &Item) -> Result<bool> {
        match item {
            Item::Json(Value::Bool(truth)) => return Ok(*truth),
            Item::Json(Value::Number(number)) => return Ok(number.as_f64() != 0.0),
            Item::Json(Value::String(text)) => return Ok(!text.is_empty()),
            Item::Nothing | Item::Json(Value::Null) | Item::Function(_) => return Ok(false),
            Item::Tuples(tuples) => return Ok(!tuples.is_empty()),
            Item::Json(Value::Array(_) | Value::Object(_)) | Item::List(_) | Item::Record(_) => {}
        }
        if let Some(members) = item.members() {
            return Ok(members.len() > 0);
        }
        let Some(elements) = item.elements() else { return Ok(false) };
        for (seen, element) in elements.iter().enumerate() {
            if seen % 8 == 0 {
                self.burn(1)?;
            }
            if self.truth(&element)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deep equality: numbers by worth, objects whatever the order of their members.
    pub(crate) fn equal(&mut self, a: &Item, b: &Item) -> Result<bool> {
        match (a, b) {
            (Item::Json(Value::Array(a)), Item::Json(Value::Array(b))) if Arc::ptr_eq(a, b) => {
                return Ok(true);
            }
            (Item::Json(Value::Object(a)), Item::Json(Value::Object(b))) if Arc::ptr_eq(a, b) => {
                return Ok(true);
            }
            (Item::Json(a), Item::Json(b)) if is_scalar(a) || is_scalar(b) => {
                if let (Value::String(a), Value::String(b)) = (a, b) {
                    self.burn_text(a.len().min(b.len()))?;
                }
                return Ok(a == b);
            }
            (Item::Nothing, Item::Nothing) => return Ok(true),
            (Item::Function(a), Item::Function(b)) => return Ok(std::rc::Rc::ptr_eq(a, b)),
            _ => {}
        }
        if let (Some(a), Some(b)) = (a.elements(), b.elements()) {
            return self.equal_elements(a, b);
        }
        match (a.members(), b.members()) {
            (Some(a), Some(b)) => self.equal_members(a, b),
            _ => Ok(false),
        }
    }

    fn equal_elements(&mut self, a: Elements<'_>, b: Elements<'_>) -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        self.burn(1)?;
        for (a, b) in a.iter().zip(b.iter()) {
            self.burn(1)?;
            if !self.equal(&a, &b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_members(&mut self, a: Members<'_>, b: Members<'_>) -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        self.burn(1)?;
        self.burn(a.len() as u64)?;
        for (key, value) in a.iter() {
            let other = b.get(key);
            if other.is_nothing() || !self.equal(&value, &other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Refuses a value too large to print. Parts that are shared count wherever they stand.
    pub(crate) fn check_extent(&mut self, item: &Item) -> Result<()> {
        let most = self.env.limits.items as u64;
        if item.extent().parts > most {
            return fail("U1003", format!("the value would have more than {most} parts"));
        }
        if matches!(item, Item::List(_) | Item::Record(_)) {
            let parts_max = (self.env.limits.text_bytes / 8) as u64;
            let Some(parts) = parts_within(item, parts_max, VALUE_DEPTH_MAX) else {
                let limits = format!("{parts_max} parts or nest deeper than {VALUE_DEPTH_MAX} levels");
                return fail("U1003", format!("the value would have more than {limits}"));
            };
            self.burn_items(usize::try_from(parts).unwrap_or(usize::MAX))?;
        }
        Ok(())
    }

    /// `$string`: text as it is, everything else as JSON, numbers to 15 digits, functions as nothing.
    pub(crate) fn text_of(&mut self, item: &Item, layout: Layout) -> Result<String> {
        match item {
            Item::Nothing | Item::Function(_) => Ok(String::new()),
            Item::Json(Value::String(text)) => {
                self.burn_text(text.len())?;
                Ok(text.as_str().to_owned())
            }
            Item::Json(Value::Number(number)) => Ok(number_text(*number)),
            Item::Json(value @ (Value::Null | Value::Bool(_))) => Ok(value.to_text()),
            _ => {
                self.check_extent(item)?;
                let mut out = String::new();
                self.write(item, layout, 0, &mut out)?;
                self.burn_text(out.len())?;
                Ok(out)
            }
        }
    }

    fn write(&mut self, item: &Item, layout: Layout, depth: usize, out: &mut String) -> Result<()> {
        if out.len() > self.env.limits.text_bytes {
            return self.burn_text(out.len());
        }
        if let Some(elements) = item.elements() {
            return self.write_elements(elements, layout, depth, out);
        }
        if let Some(members) = item.members() {
            return self.write_members(members, layout, depth, out);
        }
        match item {
            Item::Json(Value::Number(number)) => out.push_str(&number_text(*number)),
            Item::Json(value) => out.push_str(&value.to_text()),
            Item::Function(_) => out.push_str("\"\""),
            Item::Nothing | Item::List(_) | Item::Record(_) | Item::Tuples(_) => out.push_str("null"),
        }
        Ok(())
    }

    fn write_elements(
        &mut self,
        elements: Elements<'_>,
        layout: Layout,
        depth: usize,
        out: &mut String,
    ) -> Result<()> {
        self.burn(elements.len() as u64)?;
        out.push('[');
        for (at, element) in elements.iter().enumerate() {
            layout.separate(at, depth + 1, out);
            self.write(&element, layout, depth + 1, out)?;
        }
        layout.finish(elements.len(), depth, out);
        out.push(']');
        Ok(())
    }

    fn write_members(
        &mut self,
        members: Members<'_>,
        layout: Layout,
        depth: usize,
        out: &mut String,
    ) -> Result<()> {
        self.burn(members.len() as u64)?;
        out.push('{');
        for (at, (key, value)) in members.iter().enumerate() {
            layout.separate(at, depth + 1, out);
            out.push_str(&Value::from(key).to_text());
            out.push_str(if layout == Layout::Pretty { ": " } else { ":" });
            self.write(&value, layout, depth + 1, out)?;
        }
        layout.finish(members.len(), depth, out);
        out.push('}');
        Ok(())
    }
}

/// How `$string` lays out arrays and objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Compact,
    /// A line per element, two spaces per level.
    Pretty,
}

impl Layout {
    fn separate(self, at: usize, depth: usize, out: &mut String) {
        if at > 0 {
            out.push(',');
        }
        self.line(depth, out);
    }

    fn finish(self, count: usize, depth: usize, out: &mut String) {
        if count > 0 {
            self.line(depth, out);
        }
    }

    fn line(self, depth: usize, out: &mut String) {
        if self == Self::Pretty {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    }
}

/// Fifteen significant digits hide the rounding of doubles; integers are exact and shown in full.
pub(crate) fn number_text(number: Number) -> String {
    let double = number.as_f64();
    if !number.is_double() || (number.is_whole() && double.abs() < 1e15) {
        return number.to_string();
    }
    let rounded: f64 = format!("{double:.14e}").parse().expect("a formatted double parses");
    Number::from_f64(rounded).unwrap_or(number).to_string()
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Parts of `item` as it would be printed; `None` if there are more than `most` or nest deeper than `depth`.
fn parts_within(item: &Item, most: u64, depth: u32) -> Option<u64> {
    if let Item::Json(value) = item {
        return value_parts_within(value, most, depth);
    }
    let inside: Box<dyn Iterator<Item = &Item>> = match item {
        Item::List(list) => Box::new(list.items.iter()),
        Item::Record(record) => Box::new(record.members.values()),
        Item::Nothing | Item::Function(_) | Item::Tuples(_) | Item::Json(_) => return Some(1),
    };
    let depth = depth.checked_sub(1)?;
    let mut left = most.checked_sub(1)?;
    for inner in inside {
        left = left.checked_sub(parts_within(inner, left, depth)?)?;
    }
    Some(most - left)
}

fn value_parts_within(value: &Value, most: u64, depth: u32) -> Option<u64> {
    let inside: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(elements) => Box::new(elements.iter()),
        Value::Object(members) => Box::new(members.values()),
        // Long texts count by their length.
        Value::String(text) => return Some(1 + text.len() as u64 / 8),
        Value::Null | Value::Bool(_) | Value::Number(_) => return Some(1),
    };
    let depth = depth.checked_sub(1)?;
    let mut left = most.checked_sub(1)?;
    for inner in inside {
        left = left.checked_sub(value_parts_within(inner, left, depth)?)?;
    }
    Some(most - left)
}
