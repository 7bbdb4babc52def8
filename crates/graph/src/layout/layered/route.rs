//! The ways of the arrows: straight down through each layer, and in curves between layers, where no box is.

use super::chain::{LOOP_WIDTH, loops};
use super::{Layers, Level, Placed, What};
use crate::layout::{Point, Size};

/// Room between two layers.
const LAYER_GAP: f64 = 34.0;

/// Room between a layer of labels and those next to it.
const LABEL_GAP: f64 = 18.0;

/// Further room where arrows go far to the side, at most.
const SLANT_MAX: f64 = 36.0;

/// Room between two arrows on a side of a box.
const PORT_GAP: f64 = 14.0;

/// Room below which arrows come together.
const PORT_GAP_MIN: f64 = 9.0;

/// Room between the end of a side and an arrow: as much as the round end of an event takes.
const CORNER: f64 = 24.0;

/// Turns layers and places across into a picture.
pub(super) fn route(level: &Level, reversed: &[bool], layers: &Layers, across: &[f64]) -> Placed {
    let bands = bands(layers, across);
    let ports = Ports::of(level, layers, across);
    let boxes = level.boxes.iter().enumerate().map(|(at, size)| {
        let band = bands[layers.items[at].rank];
        Point { x: across[at] - size.width / 2.0, y: band.middle() - size.height / 2.0 }
    });
    let boxes: Vec<Point> = boxes.collect();
    let picture = Picture { level, layers, across, bands: &bands, ports: &ports, boxes: &boxes };
    let mut ways = Vec::with_capacity(level.links.len());
    for (number, link) in level.links.iter().enumerate() {
        let mut way = if link.from == link.to { picture.back(number) } else { picture.way(number) };
        if reversed[number] {
            way.reverse();
        }
        ways.push(way);
    }
    let labels = (0..level.links.len()).map(|number| picture.label(number)).collect();
    let right = layers.rows.iter().flatten().map(|&item| across[item] + layers.items[item].size.width / 2.0);
    let size =
        Size { width: right.fold(0.0, f64::max), height: bands.last().map_or(0.0, |band| band.bottom) };
    Placed { size, boxes, ways, labels }
}

/// From where to where a layer goes.
#[derive(Clone, Copy, Debug)]
struct Band {
    top: f64,
    bottom: f64,
}

impl Band {
    fn middle(self) -> f64 {
        f64::midpoint(self.top, self.bottom)
    }
}

fn bands(layers: &Layers, across: &[f64]) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::with_capacity(layers.rows.len());
    let mut top = 0.0;
    for (rank, row) in layers.rows.iter().enumerate() {
        let height = row.iter().map(|&item| layers.items[item].size.height).fold(0.0, f64::max);
        bands.push(Band { top, bottom: top + height });
        let slants = row.iter().flat_map(|&item| {
            layers.below[item].iter().map(move |&below| (across[item] - across[below]).abs())
        });
        let has_box = |rank: usize| {
            layers
                .rows
                .get(rank)
                .is_some_and(|row| row.iter().any(|&item| layers.items[item].what == What::Box))
        };
        let gap = if has_box(rank) && has_box(rank + 1) { LAYER_GAP } else { LABEL_GAP };
        top += height + gap + (slants.fold(0.0, f64::max) / 14.0).min(SLANT_MAX);
    }
    bands
}

/// Where arrows touch boxes, by the box and what is next on the arrow.
struct Ports {
    /// Of each item: what is next below, and where the arrow to it leaves.
    below: Vec<Vec<(usize, f64)>>,
    /// The same above.
    above: Vec<Vec<(usize, f64)>>,
}

impl Ports {
    fn of(level: &Level, layers: &Layers, across: &[f64]) -> Self {
        let width = |item: usize| level.boxes.get(item).map_or(0.0, |size| size.width);
        let side = |neighbours: &[Vec<usize>]| {
            let all = layers.items.iter().enumerate();
            all.map(|(item, _)| spread(item, width(item), &neighbours[item], across)).collect()
        };
        Self { below: side(&layers.below), above: side(&layers.above) }
    }
}

/// Places on a side of `item` for arrows to `near`: each as straight as can be, in order, and not too near to the next.
fn spread(item: usize, width: f64, near: &[usize], across: &[f64]) -> Vec<(usize, f64)> {
    let middle = across[item];
    // Only boxes have a width here: everything else is a line.
    if width == 0.0 || near.len() < 2 {
        return near.iter().map(|&near| (near, middle)).collect();
    }
    let half = (width / 2.0 - CORNER).max(0.0);
    let mut sorted: Vec<usize> = near.to_vec();
    sorted.sort_by(|&a, &b| across[a].total_cmp(&across[b]).then(a.cmp(&b)));
    let steps = (sorted.len() - 1) as f64;
    let gap = PORT_GAP.min(2.0 * half / steps);
    // Too near to each other, arrows are better one than many.
    if gap < PORT_GAP_MIN {
        return near.iter().map(|&near| (near, middle)).collect();
    }
    let mut places: Vec<f64> =
        sorted.iter().map(|&near| across[near].clamp(middle - half, middle + half)).collect();
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + gap);
    }
    let mut limit = middle + half;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - gap;
    }
    sorted.into_iter().zip(places).collect()
}

struct Picture<'p> {
    level: &'p Level,
    layers: &'p Layers,
    across: &'p [f64],
    bands: &'p [Band],
    ports: &'p Ports,
    boxes: &'p [Point],
}

impl Picture<'_> {
    /// The way of an arrow, from top to bottom.
    fn way(&self, number: usize) -> Vec<Point> {
        let chain = &self.layers.chains[number];
        let mut points = Vec::with_capacity(2 * chain.len());
        for (place, &item) in chain.iter().enumerate() {
            let band = self.bands[self.layers.items[item].rank];
            let (x_in, x_out) = (
                place.checked_sub(1).map(|before| port(&self.ports.above[item], chain[before])),
                chain.get(place + 1).map(|&next| port(&self.ports.below[item], next)),
            );
            let (top, bottom) = match self.layers.items[item].what {
                What::Box => {
                    let at = self.boxes[item].y;
                    (at, at + self.level.boxes[item].height)
                }
                What::Label(_) | What::Passage | What::Turn => (band.top, band.bottom),
            };
            // Both are the same but for rounding where the box is the highest of its layer.
            let is_below = |a: f64, b: f64| a > b + 0.5;
            // An arrow comes into the layer of its box before it comes to the box, and the other way round.
            match x_in {
                Some(x) if is_below(top, band.top) => {
                    points.extend([Point { x, y: band.top }, Point { x, y: top }]);
                }
                Some(x) => points.push(Point { x, y: top }),
                None => {}
            }
            match x_out {
                Some(x) if is_below(band.bottom, bottom) => {
                    points.extend([Point { x, y: bottom }, Point { x, y: band.bottom }]);
                }
                Some(x) => points.push(Point { x, y: bottom }),
                None => {}
            }
        }
        points.dedup();
        points
    }

    /// The way of an arrow that leads back to its own box: out of the lower and into the upper half of its right side.
    fn back(&self, number: usize) -> Vec<Point> {
        let (at, size) = self.own(number);
        let right = at.x + size.width;
        let out = right + LOOP_WIDTH;
        let (low, high) = (at.y + size.height * 0.75, at.y + size.height * 0.25);
        let middle = f64::midpoint(low, high);
        vec![Point { x: right, y: low }, Point { x: out, y: middle }, Point { x: right, y: high }]
    }

    fn own(&self, number: usize) -> (Point, Size) {
        let at = self.level.links[number].from;
        (self.boxes[at], self.level.boxes[at])
    }

    fn label(&self, number: usize) -> Option<Point> {
        let link = &self.level.links[number];
        let size = link.label?;
        if link.from == link.to {
            let (at, own) = self.own(number);
            let all = loops(self.level, link.from);
            let height: f64 = all
                .iter()
                .filter_map(|(other, _)| self.level.links[*other].label)
                .map(|label| label.height)
                .sum();
            let (_, below) = all.iter().find(|(other, _)| *other == number)?;
            let top = at.y + (own.height - height) / 2.0;
            return Some(Point { x: at.x + own.width + LOOP_WIDTH, y: top + below });
        }
        let is_label = |item: &&usize| self.layers.items[**item].what == What::Label(number);
        let item = *self.layers.chains[number].iter().find(is_label)?;
        let band = self.bands[self.layers.items[item].rank];
        Some(Point { x: self.across[item] - size.width / 2.0, y: band.middle() - size.height / 2.0 })
    }
}

/// Where the arrow to `next` touches.
fn port(ports: &[(usize, f64)], next: usize) -> f64 {
    let found = ports.iter().find(|(near, _)| *near == next);
    found.map(|(_, x)| *x).expect("what follows one another on an arrow are neighbours")
}
