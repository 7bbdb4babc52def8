//! Arrows over several layers: a passage in each layer between, and one layer for the label.
//!
//! Arrows of one style that lead to the same box share their passages, so that a state to which a hundred others go on
//! after an error has one line coming to it rather than a hundred.

use std::collections::BTreeMap;

use super::{Item, Layers, Level, What};
use crate::graph::EdgeStyle;
use crate::layout::Size;

/// Room for an arrow that passes.
const PASSAGE_WIDTH: f64 = 10.0;

/// How far an arrow reaches out that leads back to its own box.
pub(super) const LOOP_WIDTH: f64 = 28.0;

/// Room between such an arrow and what stands on its right.
const LOOP_GAP: f64 = 6.0;

/// The arrows that lead back to the box `at`, each with how far from the top its label is below those of the others.
pub(super) fn loops(level: &Level, at: usize) -> Vec<(usize, f64)> {
    let own = level.links.iter().enumerate().filter(|(_, link)| link.from == at && link.to == at);
    let mut below = 0.0;
    let mut loops = Vec::new();
    for (number, link) in own {
        loops.push((number, below));
        below += link.label.map_or(0.0, |label| label.height);
    }
    loops
}

/// Room that the box `at` takes with the arrows that lead back to it. They are on its right; the same room on its left
/// keeps it in the middle.
fn with_loops(level: &Level, at: usize) -> Size {
    let loops = loops(level, at);
    let own = level.boxes[at];
    let Some(&(last, below)) = loops.last() else { return own };
    let labels = loops.iter().filter_map(|(number, _)| level.links[*number].label);
    let widest = labels.map(|label| label.width).fold(0.0, f64::max);
    let height = below + level.links[last].label.map_or(0.0, |label| label.height);
    let width = own.width + 2.0 * (LOOP_WIDTH + LOOP_GAP + widest);
    Size { width, height: own.height.max(height) }
}

/// Which arrows share a passage: those to a box, of a style, in a direction, in a layer.
type Shared = (usize, EdgeStyle, bool, usize);

/// Everything in its layer, in the order in which it was met.
pub(super) fn layers(level: &Level, reversed: &[bool], ranks: Vec<usize>) -> Layers {
    let sized = |(at, rank)| Item { what: What::Box, size: with_loops(level, at), rank };
    let mut layers =
        Layers { items: ranks.into_iter().enumerate().map(sized).collect(), ..Layers::default() };
    layers.chains = vec![Vec::new(); level.links.len()];
    let mut passages: BTreeMap<Shared, usize> = BTreeMap::new();
    for (number, link) in level.proper() {
        let is_up = reversed[number];
        let (top, bottom) = if is_up { (link.to, link.from) } else { (link.from, link.to) };
        let between = layers.items[top].rank + 1..layers.items[bottom].rank;
        // The label stands next to the box that the arrow leaves.
        let label_rank = if is_up { between.end.saturating_sub(1) } else { between.start };
        let is_short = between.len() == 1;
        let mut chain = vec![top];
        for rank in between {
            let item = match link.label {
                Some(size) if rank == label_rank => {
                    layers.items.push(Item { what: What::Label(number), size, rank });
                    layers.items.len() - 1
                }
                _ => *passages.entry((link.to, link.style, is_up, rank)).or_insert_with(|| {
                    let size = Size { width: PASSAGE_WIDTH, height: 0.0 };
                    let what = if is_up && is_short { What::Turn } else { What::Passage };
                    layers.items.push(Item { what, size, rank });
                    layers.items.len() - 1
                }),
            };
            chain.push(item);
        }
        chain.push(bottom);
        layers.chains[number] = chain;
    }
    layers.close_up();
    layers.join();
    for (number, link) in level.proper() {
        if link.style == EdgeStyle::Normal && link.label.is_none() && !reversed[number] {
            layers.main.extend(layers.chains[number].windows(2).map(|pair| (pair[0], pair[1])));
        }
    }
    layers
}

impl Layers {
    /// Takes layers away that nothing stands in.
    fn close_up(&mut self) {
        let count = self.items.iter().map(|item| item.rank + 1).max().unwrap_or(0);
        let mut is_needed = vec![false; count];
        for item in self.items.iter().filter(|item| item.what != What::Passage) {
            is_needed[item.rank] = true;
        }
        let kept: Vec<usize> =
            (0..count).map(|rank| is_needed[..rank].iter().filter(|&&n| n).count()).collect();
        let items = &self.items;
        for chain in &mut self.chains {
            chain.retain(|&item| is_needed[items[item].rank]);
        }
        self.rows = vec![Vec::new(); is_needed.iter().filter(|&&needed| needed).count()];
        for (number, item) in self.items.iter_mut().enumerate() {
            if is_needed[item.rank] {
                item.rank = kept[item.rank];
                self.rows[item.rank].push(number);
            }
        }
    }

    /// Makes neighbours of what follows one another on an arrow.
    fn join(&mut self) {
        self.above = vec![Vec::new(); self.items.len()];
        self.below = vec![Vec::new(); self.items.len()];
        for chain in &self.chains {
            for pair in chain.windows(2) {
                let (top, bottom) = (pair[0], pair[1]);
                if !self.below[top].contains(&bottom) {
                    self.below[top].push(bottom);
                    self.above[bottom].push(top);
                }
            }
        }
    }
}
