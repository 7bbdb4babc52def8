//! Boxes and arrows from top to bottom, in layers (after Sugiyama, Tagawa and Toda).
//!
//! - this module: the steps, and what they share
//! - `acyclic`: which arrows point upwards; `rank`: which layer a box is in
//! - `chain`: arrows over several layers, and room for their labels
//! - `order`: from left to right within a layer; `position`: how far from the left
//! - `route`: the ways of the arrows
//!
//! All steps are deterministic, and none is more than quadratic in what it is given.

mod acyclic;
mod chain;
mod order;
mod position;
mod rank;
mod route;

use std::collections::BTreeSet;

use super::{Point, Size};
use crate::graph::EdgeStyle;

/// What is to be laid out.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) boxes: Vec<Size>,
    pub(super) links: Vec<Link>,
    /// The box to begin with.
    pub(super) first: Option<usize>,
}

/// An arrow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<Size>,
    pub(super) style: EdgeStyle,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) size: Size,
    /// Left upper corners of the boxes.
    pub(super) boxes: Vec<Point>,
    /// Ways of the arrows.
    pub(super) ways: Vec<Vec<Point>>,
    /// Left upper corners of their labels.
    pub(super) labels: Vec<Option<Point>>,
}

impl Level {
    pub(super) fn place(&self) -> Placed {
        let reversed = acyclic::reversed(self);
        let ranks = rank::ranks(self, &reversed);
        let mut layers = chain::layers(self, &reversed, ranks);
        order::order(&mut layers);
        let across = position::across(&layers);
        route::route(self, &reversed, &layers, &across)
    }

    /// The arrows that join different boxes.
    fn proper(&self) -> impl Iterator<Item = (usize, &Link)> {
        self.links.iter().enumerate().filter(|(_, link)| link.from != link.to)
    }
}

/// What stands in a layer: a box, a label, or an arrow that passes through.
#[derive(Clone, Copy, Debug)]
struct Item {
    what: What,
    size: Size,
    rank: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The box of that number.
    Box,
    /// The label of the arrow of that number.
    Label(usize),
    /// Arrows that pass.
    Passage,
    /// An arrow that comes back up to the layer before: it has a layer of its own to pass, so that it is not taken for
    /// the one that leads down.
    Turn,
}

/// Everything in its layer, boxes first and by their numbers. Neighbours are always in adjacent layers.
#[derive(Debug, Default)]
struct Layers {
    items: Vec<Item>,
    /// From left to right.
    rows: Vec<Vec<usize>>,
    /// Neighbours in the layer above.
    above: Vec<Vec<usize>>,
    /// Neighbours in the layer below.
    below: Vec<Vec<usize>>,
    /// Pairs of neighbours, the upper first, between which the way goes on that is meant to be taken.
    main: BTreeSet<(usize, usize)>,
    /// What each arrow goes through from top to bottom, its ends included; empty for one that leads back to its own box.
    chains: Vec<Vec<usize>>,
}

impl Layers {
    /// Places within their rows.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        for row in &self.rows {
            for (place, &item) in row.iter().enumerate() {
                places[item] = place;
            }
        }
        places
    }
}
