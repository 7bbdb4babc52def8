//! `not` and `absence`: something that did not happen, between two others or for some time after one.
//!
//! Only an occurrence that lies wholly inside the interval counts against it; its bounds are outside it.

use tidegate_model::{Span, Timestamp};

use super::consumption::{Composer, Consumption, LimitReached};
use super::occurrence::{Occurrence, Position};

/// Whether nothing in `absent` lies between `start` and `end`.
pub(super) fn is_clear(start: &Occurrence, end: &Occurrence, absent: &[Occurrence]) -> bool {
    !absent.iter().any(|between| start.precedes(between) && between.precedes(end))
}

/// Notes what was to be absent, and lets go of what it makes hopeless. An end that has yet to be detected may have
/// begun as early as `floor`. Returns how many starts were refuted.
pub(super) fn refute_starts(
    starts: &mut Vec<Occurrence>,
    absent: &mut Vec<Occurrence>,
    arrived: Vec<Occurrence>,
    floor: Position,
) -> usize {
    // For each start the first one after it decides: any other ends later and excludes no end that it admits.
    for occurrence in arrived {
        let is_undecided = |start: &Occurrence| !absent.iter().any(|earlier| start.precedes(earlier));
        if starts.iter().any(|start| start.precedes(&occurrence) && is_undecided(start)) {
            absent.push(occurrence);
        }
    }
    let before = starts.len();
    starts.retain(|start| !absent.iter().any(|between| start.precedes(between) && between.last < floor));
    absent.retain(|occurrence| starts.iter().any(|start| start.precedes(occurrence)));
    before - starts.len()
}

/// When the first of the windows that `open` has opened ends.
pub(super) fn due(open: &[Occurrence], within: Span) -> Option<Timestamp> {
    open.first().map(|oldest| oldest.at.after(within))
}

/// Windows that have ended without `absent`, each a composite of what opened it.
pub(super) fn elapsed(
    open: &mut Vec<Occurrence>,
    within: Span,
    consumption: Consumption,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    let now = composer.instant().at;
    let ended = open.partition_point(|occurrence| occurrence.at.after(within) <= now);
    if ended == 0 {
        return Ok(Vec::new());
    }
    match consumption {
        Consumption::Recent | Consumption::Chronicle | Consumption::Continuous => {
            open.drain(..ended).map(|occurrence| composer.compose(&[&occurrence])).collect()
        }
        Consumption::Cumulative => {
            let everything: Vec<&Occurrence> = open.iter().collect();
            let composite = composer.compose(&everything)?;
            open.clear();
            Ok(vec![composite])
        }
    }
}

/// Closes the windows that `absent` refutes, then opens those of `after`. Returns how many were closed.
pub(super) fn reopen(
    open: &mut Vec<Occurrence>,
    absent: &[Occurrence],
    mut after: Vec<Occurrence>,
    consumption: Consumption,
) -> usize {
    let before = open.len();
    open.retain(|opener| !absent.iter().any(|occurrence| opener.precedes(occurrence)));
    let closed = before - open.len();
    match (consumption, after.pop()) {
        (_, None) => {}
        (Consumption::Recent, Some(newest)) => *open = vec![newest],
        (Consumption::Chronicle | Consumption::Continuous | Consumption::Cumulative, Some(newest)) => {
            open.extend(after);
            open.push(newest);
        }
    }
    closed
}
