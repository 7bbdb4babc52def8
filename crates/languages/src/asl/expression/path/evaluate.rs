//! Walking a value along the steps of a path.
//!
//! While every step so far was definite, a step that leads nowhere is a failure with the sentence that AWS gives;
//! after an indefinite step it is only one match fewer.

use std::cell::Cell;

use tidegate_json::{Map, Str, Value};

use super::failure::NoResult;
use super::step::{Slice, Step, canonical};
use super::{Filter, Path};

/// Values that one evaluation may visit, those visited by its filters included. `..` may be written more than once,
/// and filters compare lists, both of which multiply.
pub const VISITS_MAX: usize = 1_000_000;

/// Visits that one evaluation may still make.
#[derive(Debug)]
pub(super) struct Visits(Cell<usize>);

impl Visits {
    /// Takes `count` visits, or all that are left, and says whether they sufficed.
    pub(super) fn take(&self, count: usize) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(count));
        left >= count
    }
}

/// The value of a whole path in its document.
pub(super) fn in_document(path: &Path, document: &Value) -> Result<Value, NoResult> {
    let visits = Visits(Cell::new(VISITS_MAX));
    let found = of_steps(&path.steps, document, document, &visits)?;
    match path.function {
        None => Ok(found),
        Some(function) => function.apply(&found),
    }
}

/// The value of `steps` from `start`, where `document` is what `$` means inside of filters.
pub(super) fn of_steps(
    steps: &[Step],
    start: &Value,
    document: &Value,
    visits: &Visits,
) -> Result<Value, NoResult> {
    let mut walk = Walk { steps, document, visits, matches: Vec::new() };
    walk.from(0, Reached { value: Some(start), is_certain: true })?;
    if !super::step::are_definite(steps) {
        return Ok(Value::from(walk.matches));
    }
    walk.matches
        .pop()
        .ok_or_else(|| NoResult::Absent(format!("No results for path: {}", canonical(steps)).into()))
}

/// One evaluation.
struct Walk<'a> {
    steps: &'a [Step],
    document: &'a Value,
    visits: &'a Visits,
    matches: Vec<Value>,
}

/// Where a walk has come to.
#[derive(Clone, Copy)]
struct Reached<'a> {
    /// Nothing when an index lay beyond the end of its array.
    value: Option<&'a Value>,
    /// Whether every step on the way was definite.
    is_certain: bool,
}

impl<'a> Walk<'a> {
    /// Takes the steps from number `at` on.
    fn from(&mut self, at: usize, here: Reached<'a>) -> Result<(), NoResult> {
        if !self.visits.take(1) {
            let sentence = format!("The path visits more than {VISITS_MAX} values");
            return Err(NoResult::Inapplicable(sentence.into()));
        }
        let Some(step) = self.steps.get(at) else {
            return self.arrive(here);
        };
        match step {
            Step::Name(name) => self.member(at, here, name),
            Step::Names(names) => self.members(at, here, names),
            Step::Index(index) => self.element(at, here, *index),
            Step::Indexes(indexes) => self.elements(at, here, indexes),
            Step::Slice(slice) => self.slice(at, here, *slice),
            Step::Wildcard => self.everything_in(at, here),
            Step::Descent => self.descend(at, here),
            Step::Filter(filter) => self.filtered(at, here, filter),
        }
    }

    fn arrive(&mut self, here: Reached<'a>) -> Result<(), NoResult> {
        match here.value {
            Some(value) => self.matches.push(value.clone()),
            None if here.is_certain => {
                let sentence = format!("No results for path: {}", canonical(self.steps));
                return Err(NoResult::Beyond(sentence.into()));
            }
            None => {}
        }
        Ok(())
    }

    fn member(&mut self, at: usize, here: Reached<'a>, name: &Str) -> Result<(), NoResult> {
        let Some(members) = here.value.and_then(Value::as_object) else {
            return self.unless_indefinite(|| self.not_an_object(at));
        };
        match members.get(name) {
            Some(value) => self.from(at + 1, Reached { value: Some(value), ..here }),
            None => self.unless_indefinite(|| self.no_member(at)),
        }
    }

    fn members(&mut self, at: usize, here: Reached<'a>, names: &[Str]) -> Result<(), NoResult> {
        let Some(members) = here.value.and_then(Value::as_object) else {
            return self.unless_indefinite(|| self.not_an_object(at));
        };
        let existing = names.iter().filter_map(|name| Some((name.clone(), members.get(name)?)));
        if at + 1 == self.steps.len() {
            let picked: Map = existing.map(|(name, value)| (name, value.clone())).collect();
            self.matches.push(picked.into());
            return Ok(());
        }
        for (_, value) in existing {
            self.from(at + 1, Reached { value: Some(value), is_certain: false })?;
        }
        Ok(())
    }

    fn element(&mut self, at: usize, here: Reached<'a>, index: i64) -> Result<(), NoResult> {
        let Some(elements) = here.value.and_then(Value::as_array) else {
            return self.inapplicable(at, here, "can only be applied to arrays");
        };
        let value = position(index, elements.len()).and_then(|index| elements.get(index));
        self.from(at + 1, Reached { value, ..here })
    }

    fn elements(&mut self, at: usize, here: Reached<'a>, indexes: &[i64]) -> Result<(), NoResult> {
        let Some(elements) = here.value.and_then(Value::as_array) else {
            return self.inapplicable(at, here, "can only be applied to arrays");
        };
        let chosen = indexes.iter().filter_map(|index| position(*index, elements.len()));
        for value in chosen.filter_map(|index| elements.get(index)) {
            self.from(at + 1, Reached { value: Some(value), is_certain: false })?;
        }
        Ok(())
    }

    fn slice(&mut self, at: usize, here: Reached<'a>, slice: Slice) -> Result<(), NoResult> {
        let Some(elements) = here.value.and_then(Value::as_array) else {
            return self.inapplicable(at, here, "can only be applied to arrays");
        };
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let bound = |bound: i64| if bound < 0 { length.saturating_add(bound) } else { bound };
        let from = bound(slice.from.unwrap_or(0)).clamp(0, length);
        let to = bound(slice.to.unwrap_or(length)).clamp(from, length);
        let chosen = &elements[from as usize..to as usize];
        for value in chosen.iter().step_by(slice.by.max(1) as usize) {
            self.from(at + 1, Reached { value: Some(value), is_certain: false })?;
        }
        Ok(())
    }

    fn everything_in(&mut self, at: usize, here: Reached<'a>) -> Result<(), NoResult> {
        let mut each = |value| self.from(at + 1, Reached { value: Some(value), is_certain: false });
        match here.value {
            Some(Value::Array(elements)) => elements.iter().try_for_each(&mut each),
            Some(Value::Object(members)) => members.values().try_for_each(&mut each),
            _ => Ok(()),
        }
    }

    /// Tries the next step on the value and on all that is inside it. Missing members are no failure there, and a
    /// filter chooses among the objects themselves.
    fn descend(&mut self, at: usize, here: Reached<'a>) -> Result<(), NoResult> {
        let mut open: Vec<&'a Value> = here.value.into_iter().collect();
        while let Some(value) = open.pop() {
            let within = Reached { value: Some(value), is_certain: false };
            match self.steps.get(at + 1) {
                Some(Step::Filter(_)) if value.as_object().is_none() => {}
                Some(_) => self.from(at + 1, within)?,
                None => self.arrive(within)?,
            }
            // The last in is the next out, so what comes first goes in last.
            match value {
                Value::Array(elements) => open.extend(elements.iter().rev()),
                Value::Object(members) => open.extend(members.values().rev()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        Ok(())
    }

    fn filtered(&mut self, at: usize, here: Reached<'a>, filter: &'a Filter) -> Result<(), NoResult> {
        let candidates: Vec<&'a Value> = match here.value {
            Some(Value::Array(elements)) => elements.iter().collect(),
            Some(object @ Value::Object(_)) => vec![object],
            _ => return self.inapplicable(at, here, "can not be applied to primitives"),
        };
        for value in candidates {
            if filter.accepts(value, self.document, self.visits) {
                self.from(at + 1, Reached { value: Some(value), is_certain: false })?;
            }
        }
        Ok(())
    }

    /// A member that is missing: a failure of a definite path. An indefinite one merely has no matches, also where
    /// the missing member comes before its first indefinite step: AWS gives `[]` for `$.items[*]` in `{}`.
    fn unless_indefinite(&self, failure: impl FnOnce() -> NoResult) -> Result<(), NoResult> {
        if super::step::are_definite(self.steps) { Err(failure()) } else { Ok(()) }
    }

    /// An index or a filter on what has no elements: a failure, unless an indefinite step led here.
    fn inapplicable(&self, at: usize, here: Reached<'_>, why: &str) -> Result<(), NoResult> {
        if !here.is_certain {
            return Ok(());
        }
        let (step, found) = (&self.steps[at], here.value.unwrap_or(&Value::Null));
        let sentence = format!("Filter: {step} {why}. Current context is: {found}");
        Err(NoResult::Inapplicable(sentence.into()))
    }

    fn no_member(&self, at: usize) -> NoResult {
        let path = canonical(&self.steps[..=at]);
        NoResult::absent(match at + 1 == self.steps.len() {
            true => format!("No results for path: {path}"),
            false => format!("Missing property in path {path}"),
        })
    }

    fn not_an_object(&self, at: usize) -> NoResult {
        let (step, path) = (&self.steps[at], canonical(&self.steps[..at]));
        NoResult::absent(format!("Property {step} not found in path {path}"))
    }
}

fn position(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}
