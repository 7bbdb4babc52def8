//! How far from the left: straight lines first (after Brandes and Köpf, "Fast and Simple Horizontal Coordinate
//! Assignment", 2001).
//!
//! Items are tied to the median of their neighbours in the layer above into columns, or to the one that the main way comes
//! from, and columns pushed together. That is done
//! four times, from above and from below, from the left and from the right, and each item goes between the two middle
//! ones of its four places. All four keep the distances within a row, and so does what is between them.

use std::collections::BTreeSet;

use super::{Layers, What};

/// Room between boxes.
const GAP: f64 = 36.0;

/// Room between arrows that pass, and between these and others.
const PASSAGE_GAP: f64 = 16.0;

/// The middles of all items.
pub(super) fn across(layers: &Layers) -> Vec<f64> {
    if layers.rows.is_empty() {
        return vec![0.0; layers.items.len()];
    }
    let crossed = crossed_by_passages(layers);
    let mut four: Vec<Vec<f64>> = Vec::with_capacity(4);
    for is_from_below in [false, true] {
        for is_from_right in [false, true] {
            let mut rows = layers.rows.clone();
            if is_from_below {
                rows.reverse();
            }
            if is_from_right {
                rows.iter_mut().for_each(|row| row.reverse());
            }
            let neighbours = if is_from_below { &layers.below } else { &layers.above };
            let columns = tie(&rows, neighbours, &crossed, &layers.main);
            let mut places = push_together(layers, &rows, &columns);
            if is_from_right {
                places.iter_mut().for_each(|place| *place = -*place);
            }
            four.push(places);
        }
    }
    balance(layers, &mut four)
}

/// Arrows between adjacent layers, from above to below.
type Segments = BTreeSet<(usize, usize)>;

/// Segments that cross one between two passages: those would bend a long arrow.
fn crossed_by_passages(layers: &Layers) -> Segments {
    let places = layers.places();
    let is_passage = |item: usize| layers.items[item].what != What::Box;
    let mut crossed = Segments::new();
    for (upper, lower) in layers.rows.iter().zip(layers.rows.iter().skip(1)) {
        let inner_above = |item: usize| {
            let mut passages = layers.above[item].iter().filter(|&&above| is_passage(above));
            passages.next().filter(|_| is_passage(item)).map(|&above| places[above])
        };
        let (mut left, mut done) = (0, 0);
        for (place, &item) in lower.iter().enumerate() {
            let inner = inner_above(item);
            if inner.is_none() && place + 1 < lower.len() {
                continue;
            }
            let right = inner.unwrap_or(upper.len().saturating_sub(1));
            for &below in &lower[done..=place] {
                let outside = |above: &&usize| {
                    let at = places[**above];
                    (at < left || at > right) && !(is_passage(**above) && is_passage(below))
                };
                crossed.extend(layers.above[below].iter().filter(outside).map(|&above| (above, below)));
            }
            done = place + 1;
            left = right;
        }
    }
    crossed
}

/// The column of each item, by the item that the column begins with.
fn tie(rows: &[Vec<usize>], neighbours: &[Vec<usize>], crossed: &Segments, main: &Segments) -> Vec<usize> {
    let count = neighbours.len();
    let mut places = vec![0; count];
    for row in rows {
        for (place, &item) in row.iter().enumerate() {
            places[item] = place;
        }
    }
    let mut column: Vec<usize> = (0..count).collect();
    let mut is_taken = vec![false; count];
    for row in rows {
        let mut last: Option<usize> = None;
        for &item in row {
            let is_main = |near: usize| main.contains(&(near, item)) || main.contains(&(item, near));
            let mut near = neighbours[item].clone();
            // The way that is meant to be taken is straight, whatever else leaves or comes beside it.
            if near.iter().any(|&near| is_main(near)) {
                near.retain(|&near| is_main(near));
            }
            near.sort_by_key(|&near| places[near]);
            let Some(end) = near.len().checked_sub(1) else { continue };
            for &median in &near[end / 2..=end.div_ceil(2)] {
                let is_free = column[item] == item && !is_taken[median];
                let is_crossed = crossed.contains(&(median, item)) || crossed.contains(&(item, median));
                if is_free && !is_crossed && last.is_none_or(|last| last < places[median]) {
                    is_taken[median] = true;
                    column[item] = column[median];
                    last = Some(places[median]);
                }
            }
        }
    }
    column
}

/// Places of all items, columns as far left as they go, and then as near to their right neighbours as they go.
fn push_together(layers: &Layers, rows: &[Vec<usize>], column: &[usize]) -> Vec<f64> {
    let count = column.len();
    // Of each column: the columns on its right, and how far away they are at least.
    let mut right: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    let mut open = vec![0_usize; count];
    for row in rows {
        for pair in row.windows(2) {
            let (a, b) = (column[pair[0]], column[pair[1]]);
            right[a].push((b, distance(layers, pair[0], pair[1])));
            open[b] += 1;
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|&item| column[item] == item && open[item] == 0).collect();
    let mut places = vec![0.0_f64; count];
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        for &(to, distance) in &right[at] {
            places[to] = places[to].max(places[at] + distance);
            open[to] -= 1;
            if open[to] == 0 {
                order.push(to);
            }
        }
    }
    for &at in order.iter().rev() {
        let nearest = right[at].iter().map(|&(to, distance)| places[to] - distance);
        if let Some(nearest) = nearest.reduce(f64::min) {
            places[at] = places[at].max(nearest);
        }
    }
    column.iter().map(|&column| places[column]).collect()
}

/// Least distance between the middles of two neighbours in a row.
fn distance(layers: &Layers, a: usize, b: usize) -> f64 {
    let (a, b) = (&layers.items[a], &layers.items[b]);
    let gap = if a.what == What::Box && b.what == What::Box { GAP } else { PASSAGE_GAP };
    (a.size.width + b.size.width) / 2.0 + gap
}

/// The middle of four places, after they were laid over the narrowest.
fn balance(layers: &Layers, four: &mut [Vec<f64>]) -> Vec<f64> {
    let bounds = |places: &[f64]| {
        let standing = layers.rows.iter().flatten();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &item in standing {
            let half = layers.items[item].size.width / 2.0;
            low = low.min(places[item] - half);
            high = high.max(places[item] + half);
        }
        (low, high)
    };
    let all: Vec<(f64, f64)> = four.iter().map(|places| bounds(places)).collect();
    let narrowest = all.iter().copied().min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    let (low, high) = narrowest.unwrap_or_default();
    for (number, places) in four.iter_mut().enumerate() {
        // The second and the fourth were made from the right.
        let shift = if number % 2 == 0 { low - all[number].0 } else { high - all[number].1 };
        places.iter_mut().for_each(|place| *place += shift);
    }
    let middle = |item: usize| {
        let mut places: Vec<f64> = four.iter().map(|places| places[item]).collect();
        places.sort_by(f64::total_cmp);
        (places[1] + places[2]) / 2.0
    };
    let middles: Vec<f64> = (0..layers.items.len()).map(middle).collect();
    let left = bounds(&middles).0;
    middles.into_iter().map(|place| place - left).collect()
}
