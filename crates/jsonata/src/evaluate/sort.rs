//! The order-by operator `^(...)`: a stable merge sort whose comparisons are expressions.

use std::cmp::Ordering;

use super::{Evaluator, FrameId};
use crate::error::{Details, Result, fail, fail_about};
use crate::item::{Item, Tuple};
use crate::node::SortTerm;

impl Evaluator<'_> {
    pub(super) fn sorted(
        &mut self,
        terms: &[SortTerm],
        items: Vec<Item>,
        frame: FrameId,
    ) -> Result<Vec<Item>> {
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            keyed.push((self.sort_keys(terms, &item, frame)?, item));
        }
        self.merge_sort(keyed, &mut |_, a, b| cmp_keys(terms, &a.0, &b.0))
            .map(|sorted| sorted.into_iter().map(|(_, item)| item).collect())
    }

    pub(super) fn sorted_tuples(
        &mut self,
        terms: &[SortTerm],
        tuples: Vec<Tuple>,
        frame: FrameId,
    ) -> Result<Vec<Tuple>> {
        let mut keyed = Vec::with_capacity(tuples.len());
        for tuple in tuples {
            let scope = self.open_tuple(&tuple, frame);
            let keys = self.sort_keys(terms, &tuple.item, scope)?;
            self.close(scope);
            keyed.push((keys, tuple));
        }
        self.merge_sort(keyed, &mut |_, a, b| cmp_keys(terms, &a.0, &b.0))
            .map(|sorted| sorted.into_iter().map(|(_, tuple)| tuple).collect())
    }

    fn sort_keys(&mut self, terms: &[SortTerm], item: &Item, frame: FrameId) -> Result<Vec<Item>> {
        // A plain loop: recursion goes through here, and the frames of an iterator chain add up without optimisation.
        let mut keys = Vec::with_capacity(terms.len());
        for term in terms {
            keys.push(self.eval(&term.by, item, frame)?);
        }
        Ok(keys)
    }

    /// Sorts by a comparison that may fail or run an expression of its own. Stable.
    pub(crate) fn merge_sort<T>(
        &mut self,
        mut items: Vec<T>,
        compare: &mut impl FnMut(&mut Self, &T, &T) -> Result<Ordering>,
    ) -> Result<Vec<T>> {
        if items.len() < 2 {
            return Ok(items);
        }
        self.burn_items(items.len())?;
        let right = items.split_off(items.len() / 2);
        let left = self.merge_sort(items, compare)?;
        let right = self.merge_sort(right, compare)?;
        let mut merged = Vec::with_capacity(left.len() + right.len());
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let first = if compare(self, a, b)?.is_gt() { right.next() } else { left.next() };
            merged.extend(first);
        }
        merged.extend(left.chain(right));
        Ok(merged)
    }
}

/// The first term that differs decides. What has no key comes last, whatever the direction.
fn cmp_keys(terms: &[SortTerm], a: &[Item], b: &[Item]) -> Result<Ordering> {
    for ((term, a), b) in terms.iter().zip(a).zip(b) {
        let order = match (a.is_nothing(), b.is_nothing()) {
            (true, true) => continue,
            (true, false) => return Ok(Ordering::Greater),
            (false, true) => return Ok(Ordering::Less),
            (false, false) => cmp_key(a, b)?,
        };
        if order.is_ne() {
            return Ok(if term.descending { order.reverse() } else { order });
        }
    }
    Ok(Ordering::Equal)
}

fn cmp_key(a: &Item, b: &Item) -> Result<Ordering> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Ok(a.cmp(b));
    }
    let sortable = |item: &Item| item.as_number().is_some() || item.as_str().is_some();
    if sortable(a) && sortable(b) {
        return fail_about(
            "T2007",
            Details::items(a, b),
            "an order-by key is a number for one item and a string for another",
        );
    }
    fail("T2008", "an order-by key must be a number or a string")
}
