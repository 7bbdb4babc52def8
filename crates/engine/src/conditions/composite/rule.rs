//! The rule: what an event, or the end of a window, makes of what waits.
//!
//! A pass goes over the tree from the leaves up: the new occurrences of the parts of an operator, with those that
//! wait at it, give its own new ones. Those of the root are the composites for which the trigger fires.
//! Invariant: the outcome depends on the instants and their times alone. A window that ends at some time ends
//! before any event of that time, however late anybody looks.

use tidegate_json::Value;
use tidegate_model::{Span, Timestamp};

use super::absence;
use super::consumption::{Composer, Consumption, HELD_MAX, LimitReached};
use super::gather::gather;
use super::occurrence::{Instant, Occurrence, Position};
use super::open::Open;
use super::sequence::sequence;
use super::tree::{NodeIndex, Operator, Tree};

/// What to look for.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) tree: Tree,
    pub(super) consumption: Consumption,
    /// Time from the first event of an occurrence after which it can be part of nothing.
    pub(super) within: Option<Span>,
}

/// What one event did.
#[derive(Debug)]
pub(super) struct Observed {
    /// What it completed.
    pub(super) composites: Vec<Occurrence>,
    /// Whether it was kept, or refuted something.
    pub(super) is_noted: bool,
}

impl Rule {
    /// Lets time pass until `to`: windows that end by then end, each at its own time.
    ///
    /// # Errors
    /// [`LimitReached`]; `open` is then not to be used.
    pub(super) fn advance(&self, open: &mut Open, to: Timestamp) -> Result<Vec<Occurrence>, LimitReached> {
        let mut composites = Vec::new();
        while let Some(due) = self.window_due(open).filter(|due| *due <= to) {
            composites.extend(self.pass(open, due, None)?.composites);
        }
        self.expire(open, to);
        Ok(composites)
    }

    /// Has a look at an event that is one of those `patterns`.
    ///
    /// # Errors
    /// As [`Rule::advance`], which has to have come to `at` first.
    pub(super) fn observe(
        &self,
        open: &mut Open,
        at: Timestamp,
        patterns: &[usize],
        shown: Value,
    ) -> Result<Observed, LimitReached> {
        self.pass(open, at, Some(Arrival { patterns, shown }))
    }

    /// When time alone will next change something.
    pub(super) fn wakes_at(&self, open: &Open) -> Option<Timestamp> {
        let lapse = |within: Span| {
            let oldest = open.all().map(Occurrence::since).min()?;
            Some(oldest.after(within).after(Span(1)))
        };
        self.window_due(open).into_iter().chain(self.within.and_then(lapse)).min()
    }

    /// Whether time alone can change anything.
    pub(super) fn is_timed(&self) -> bool {
        self.within.is_some() || self.tree.window_max().is_some()
    }

    fn window_due(&self, open: &Open) -> Option<Timestamp> {
        let due = |operator: &Operator| match operator {
            Operator::Absence { after, within, .. } => absence::due(open.of(*after), *within),
            Operator::Event(_) | Operator::Gather { .. } | Operator::Sequence(_) | Operator::Not { .. } => {
                None
            }
        };
        self.tree.nodes().iter().filter_map(|node| due(&node.operator)).min()
    }

    fn expire(&self, open: &mut Open, now: Timestamp) {
        if let Some(within) = self.within {
            open.retain(|occurrence| occurrence.since().after(within) >= now);
        }
    }

    fn pass(
        &self,
        open: &mut Open,
        at: Timestamp,
        arrival: Option<Arrival<'_>>,
    ) -> Result<Observed, LimitReached> {
        self.expire(open, at);
        open.position += 1;
        let instant = Instant { position: open.position, at };
        let mut pass = Pass { rule: self, open, instant, arrival, refuted: 0 };
        let composites = pass.occurrences(0)?;
        let refuted = pass.refuted;
        let is_noted = refuted > 0 || open.all().any(|occurrence| occurrence.contains(instant.position));
        if open.all().map(Occurrence::len).sum::<usize>() > HELD_MAX {
            return Err(LimitReached::Held);
        }
        Ok(Observed { composites, is_noted })
    }
}

/// An event, as its instant sees it.
struct Arrival<'a> {
    patterns: &'a [usize],
    shown: Value,
}

/// One instant.
struct Pass<'a> {
    rule: &'a Rule,
    open: &'a mut Open,
    instant: Instant,
    arrival: Option<Arrival<'a>>,
    /// How many occurrences were refuted by what was to be absent.
    refuted: usize,
}

impl Pass<'_> {
    /// The occurrences of a node that end at this instant.
    fn occurrences(&mut self, node: NodeIndex) -> Result<Vec<Occurrence>, LimitReached> {
        let rule = self.rule;
        match &rule.tree.node(node).operator {
            Operator::Event(pattern) => Ok(self.event(*pattern)),
            Operator::Gather { want, parts } => self.gather(*want, parts),
            Operator::Sequence(parts) => self.sequence(parts),
            Operator::Not { absent, start, end } => self.not(*absent, *start, *end),
            Operator::Absence { absent, after, within } => self.absence(*absent, *after, *within),
        }
    }

    fn event(&self, pattern: usize) -> Vec<Occurrence> {
        let arrival = self.arrival.as_ref().filter(|arrival| arrival.patterns.contains(&pattern));
        arrival.map(|arrival| Occurrence::of_event(self.instant, arrival.shown.clone())).into_iter().collect()
    }

    fn of_parts(&mut self, parts: &[NodeIndex]) -> Result<Vec<Vec<Occurrence>>, LimitReached> {
        parts.iter().map(|part| self.occurrences(*part)).collect()
    }

    fn gather(&mut self, want: usize, parts: &[NodeIndex]) -> Result<Vec<Occurrence>, LimitReached> {
        let arrived = self.of_parts(parts)?;
        let mut slots = self.open.take(parts);
        let composer = &mut Composer::new(self.instant);
        let composites = gather(want, &mut slots, arrived, self.rule.consumption, composer);
        self.open.put_back(parts, slots);
        composites
    }

    fn sequence(&mut self, parts: &[NodeIndex]) -> Result<Vec<Occurrence>, LimitReached> {
        let arrived = self.of_parts(parts)?;
        let mut slots = self.open.take(parts);
        let composer = &mut Composer::new(self.instant);
        let follows = Occurrence::precedes;
        let composites = sequence(&mut slots, arrived, self.rule.consumption, &follows, composer);
        self.open.put_back(parts, slots);
        composites
    }

    fn not(
        &mut self,
        absent: NodeIndex,
        start: NodeIndex,
        end: NodeIndex,
    ) -> Result<Vec<Occurrence>, LimitReached> {
        let refuting = self.occurrences(absent)?;
        let bounds = [start, end];
        let arrived = self.of_parts(&bounds)?;
        let mut slots = self.open.take(&bounds);
        let mut between = std::mem::take(self.open.of_mut(absent));
        let composer = &mut Composer::new(self.instant);
        let follows = |start: &Occurrence, end: &Occurrence| {
            start.precedes(end) && absence::is_clear(start, end, &between)
        };
        // What refutes at this very instant is not over before any end that is detected at it.
        let composites = sequence(&mut slots, arrived, self.rule.consumption, &follows, composer);
        self.refuted += absence::refute_starts(&mut slots[0], &mut between, refuting, self.floor(end));
        *self.open.of_mut(absent) = between;
        self.open.put_back(&bounds, slots);
        composites
    }

    fn absence(
        &mut self,
        absent: NodeIndex,
        after: NodeIndex,
        within: Span,
    ) -> Result<Vec<Occurrence>, LimitReached> {
        let refuting = self.occurrences(absent)?;
        let openers = self.occurrences(after)?;
        let consumption = self.rule.consumption;
        let open = self.open.of_mut(after);
        let composites = absence::elapsed(open, within, consumption, &mut Composer::new(self.instant))?;
        self.refuted += absence::reopen(open, &refuting, openers, consumption);
        Ok(composites)
    }

    /// The earliest instant at which an occurrence of `node` that is yet to be detected can begin.
    fn floor(&self, node: NodeIndex) -> Position {
        let below = node + 1..self.rule.tree.node(node).end;
        let begun = below.flat_map(|part| self.open.of(part)).map(Occurrence::first).min();
        begun.unwrap_or(self.instant.position + 1)
    }
}
