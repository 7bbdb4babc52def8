//! Which layer a box is in: below everything that leads to it, and as near to it as can be.

use super::Level;

/// An arrow that points downwards, and how many layers it takes at least.
struct Down {
    from: usize,
    to: usize,
    length: usize,
}

/// The layer of each box, from 0 at the top.
pub(super) fn ranks(level: &Level, reversed: &[bool]) -> Vec<usize> {
    let count = level.boxes.len();
    let (mut above, mut below): (Vec<Vec<Down>>, Vec<Vec<Down>>) =
        (0..count).map(|_| (Vec::new(), Vec::new())).unzip();
    for (number, link) in level.proper() {
        let (from, to) = if reversed[number] { (link.to, link.from) } else { (link.from, link.to) };
        // A label stands in a layer between, and an arrow upwards turns there.
        let length = if link.label.is_some() || reversed[number] { 2 } else { 1 };
        above[to].push(Down { from, to, length });
        below[from].push(Down { from, to, length });
    }
    let order = from_the_top(&above, &below);
    let mut ranks = vec![0; count];
    for &at in &order {
        ranks[at] = above[at].iter().map(|down| ranks[down.from] + down.length).max().unwrap_or(0);
    }
    // What has more below than above comes down to it, from the bottom up.
    for &at in order.iter().rev() {
        if level.first != Some(at) && below[at].len() > above[at].len() {
            let lowest = below[at].iter().map(|down| ranks[down.to] - down.length).min();
            ranks[at] = lowest.unwrap_or(ranks[at]);
        }
    }
    let top = ranks.iter().copied().min().unwrap_or(0);
    ranks.iter().map(|rank| rank - top).collect()
}

/// All boxes, each after what is above it.
fn from_the_top(above: &[Vec<Down>], below: &[Vec<Down>]) -> Vec<usize> {
    let mut open: Vec<usize> = above.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..above.len()).filter(|&at| open[at] == 0).collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        for down in &below[at] {
            open[down.to] -= 1;
            if open[down.to] == 0 {
                order.push(down.to);
            }
        }
    }
    order
}
