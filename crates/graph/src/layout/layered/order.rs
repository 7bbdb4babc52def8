//! From left to right within a layer, with as few crossings as a few sweeps find: each item goes to where its neighbours in the
//! layer before are on average, and then neighbours in a row change places where that helps.

use super::Layers;

/// Sweeps without a better order after which there is no further one.
const PATIENCE: usize = 6;

/// Sweeps at most; fewer for what is large.
const SWEEPS_MAX: usize = 32;

/// Items that are put in order at most, all sweeps together.
const WORK_MAX: usize = 600_000;

/// Puts the rows of `layers` in order.
pub(super) fn order(layers: &mut Layers) {
    begin(layers);
    let mut best = (crossings(layers), layers.rows.clone());
    let sweeps = (WORK_MAX / layers.items.len().max(1)).clamp(4, SWEEPS_MAX);
    let mut in_vain = 0;
    for sweep in 0..sweeps {
        if best.0 == 0 || in_vain > PATIENCE {
            break;
        }
        let is_down = sweep % 2 == 0;
        by_average(layers, is_down);
        exchange(layers);
        let now = crossings(layers);
        in_vain += 1;
        if now < best.0 {
            best = (now, layers.rows.clone());
            in_vain = 0;
        }
    }
    layers.rows = best.1;
}

/// The order in which a walk downwards meets the items.
fn begin(layers: &mut Layers) {
    let mut is_met = vec![false; layers.items.len()];
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); layers.rows.len()];
    let starts: Vec<usize> = layers.rows.iter().flatten().copied().collect();
    for start in starts {
        let mut open = vec![start];
        while let Some(item) = open.pop() {
            if !std::mem::replace(&mut is_met[item], true) {
                rows[layers.items[item].rank].push(item);
                open.extend(layers.below[item].iter().rev());
            }
        }
    }
    layers.rows = rows;
}

fn by_average(layers: &mut Layers, is_down: bool) {
    let count = layers.rows.len();
    let mut places = layers.places();
    for step in 1..count {
        let rank = if is_down { step } else { count - 1 - step };
        let neighbours = if is_down { &layers.above } else { &layers.below };
        let row = &mut layers.rows[rank];
        let average = |item: usize| {
            let near = &neighbours[item];
            let sum: usize = near.iter().map(|&near| places[near]).sum();
            if near.is_empty() { None } else { Some(sum as f64 / near.len() as f64) }
        };
        // Items without a neighbour stay where they are, and the others are sorted around them.
        let mut sorted: Vec<(f64, usize)> =
            row.iter().filter_map(|&item| average(item).map(|average| (average, item))).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sorted = sorted.into_iter().map(|(_, item)| item);
        let fixed: Vec<bool> = row.iter().map(|&item| neighbours[item].is_empty()).collect();
        for (place, is_fixed) in fixed.into_iter().enumerate() {
            if !is_fixed {
                row[place] = sorted.next().expect("there are as many as were taken out");
            }
        }
        for (place, &item) in layers.rows[rank].iter().enumerate() {
            places[item] = place;
        }
    }
}

/// Changes neighbours in a row where that takes crossings away.
fn exchange(layers: &mut Layers) {
    let mut places = layers.places();
    for _ in 0..4 {
        let mut is_better = false;
        for row in &mut layers.rows {
            for left in 0..row.len().saturating_sub(1) {
                let (a, b) = (row[left], row[left + 1]);
                let before = crossed(a, b, &layers.above, &places) + crossed(a, b, &layers.below, &places);
                let after = crossed(b, a, &layers.above, &places) + crossed(b, a, &layers.below, &places);
                if after < before {
                    row.swap(left, left + 1);
                    places.swap(a, b);
                    is_better = true;
                }
            }
        }
        if !is_better {
            break;
        }
    }
}

/// Crossings of the arrows of two items side by side, `left` and `right`.
fn crossed(left: usize, right: usize, neighbours: &[Vec<usize>], places: &[usize]) -> usize {
    let of_left = &neighbours[left];
    let of_right = &neighbours[right];
    of_left.iter().map(|&l| of_right.iter().filter(|&&r| places[r] < places[l]).count()).sum()
}

/// Crossings of all arrows.
fn crossings(layers: &Layers) -> usize {
    let places = layers.places();
    let between = |(row, next): (&Vec<usize>, &Vec<usize>)| {
        let mut ends: Vec<usize> = Vec::new();
        for &item in row {
            let from = ends.len();
            ends.extend(layers.below[item].iter().map(|&below| places[below]));
            ends[from..].sort_unstable();
        }
        inversions(&ends, next.len())
    };
    layers.rows.iter().zip(layers.rows.iter().skip(1)).map(between).sum()
}

/// How many pairs of `values`, each below `bound`, are in falling order.
fn inversions(values: &[usize], bound: usize) -> usize {
    // A Fenwick tree of how many values up to each one have been met.
    let mut tree = vec![0_usize; bound + 1];
    let mut count = 0;
    for (met, &value) in values.iter().enumerate() {
        let mut at = value + 1;
        let mut not_above = 0;
        while at > 0 {
            not_above += tree[at];
            at &= at - 1;
        }
        count += met - not_above;
        let mut at = value + 1;
        while at <= bound {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_counted_as_by_hand() {
        for values in [vec![], vec![0, 1, 2], vec![2, 1, 0], vec![3, 1, 1, 4, 0, 2]] {
            let pairs = (0..values.len()).flat_map(|a| (a + 1..values.len()).map(move |b| (a, b)));
            let by_hand = pairs.filter(|&(a, b)| values[a] > values[b]).count();
            assert_eq!(inversions(&values, 5), by_hand, "{values:?}");
        }
    }
}
