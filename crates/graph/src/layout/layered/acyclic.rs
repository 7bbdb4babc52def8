//! Which arrows point upwards: those that close a cycle on the way from the first box, taken in order.

use super::Level;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Open,
    Done,
}

/// Whether each arrow points upwards.
pub(super) fn reversed(level: &Level) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); level.boxes.len()];
    let mut has_above = vec![false; level.boxes.len()];
    for (number, link) in level.proper() {
        out[link.from].push(number);
        has_above[link.to] = true;
    }
    let mut reversed = vec![false; level.links.len()];
    let mut visits = vec![Visit::Not; level.boxes.len()];
    let sources = (0..level.boxes.len()).filter(|&at| !has_above[at]);
    let starts: Vec<usize> = level.first.into_iter().chain(sources).chain(0..level.boxes.len()).collect();
    for start in starts {
        if visits[start] != Visit::Not {
            continue;
        }
        visits[start] = Visit::Open;
        // Each box on the way down with the number of its arrows that have been looked at.
        let mut way = vec![(start, 0)];
        while let Some((at, next)) = way.last_mut() {
            let Some(&number) = out[*at].get(*next) else {
                visits[*at] = Visit::Done;
                way.pop();
                continue;
            };
            *next += 1;
            let to = level.links[number].to;
            match visits[to] {
                Visit::Open => reversed[number] = true,
                Visit::Done => {}
                Visit::Not => {
                    visits[to] = Visit::Open;
                    way.push((to, 0));
                }
            }
        }
    }
    reversed
}
