//! `all` and `any`: so many distinct parts, in any order.

use super::consumption::{Composer, Consumption, LimitReached, admit, use_up};
use super::occurrence::{Occurrence, Position};

/// The composites that `arrived` completes, given what waits in `slots`, a list for each part.
pub(super) fn gather(
    want: usize,
    slots: &mut [Vec<Occurrence>],
    arrived: Vec<Vec<Occurrence>>,
    consumption: Consumption,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    if arrived.iter().all(Vec::is_empty) {
        return Ok(Vec::new());
    }
    match consumption {
        Consumption::Recent => recent(want, slots, arrived, composer),
        Consumption::Chronicle => {
            admit(slots, arrived);
            chronicle(want, slots, composer)
        }
        Consumption::Continuous => {
            admit(slots, arrived);
            continuous(want, slots, composer)
        }
        Consumption::Cumulative => {
            admit(slots, arrived);
            cumulative(want, slots, composer)
        }
    }
}

fn recent(
    want: usize,
    slots: &mut [Vec<Occurrence>],
    arrived: Vec<Vec<Occurrence>>,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    for (slot, mut arrived) in slots.iter_mut().zip(arrived) {
        if let Some(newest) = arrived.pop() {
            *slot = vec![newest];
        }
    }
    let mut newest: Vec<&Occurrence> = slots.iter().filter_map(|slot| slot.last()).collect();
    if newest.len() < want {
        return Ok(Vec::new());
    }
    // Stable, so that of those detected together the earlier part comes first.
    newest.sort_by_key(|occurrence| std::cmp::Reverse(occurrence.last));
    Ok(vec![composer.compose(&newest[..want])?])
}

fn chronicle(
    want: usize,
    slots: &mut [Vec<Occurrence>],
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    let mut composites = Vec::new();
    loop {
        let heads: Vec<&Occurrence> = slots.iter().filter_map(|slot| slot.first()).collect();
        let Some(parts) = oldest(want, heads) else { return Ok(composites) };
        let composite = composer.compose(&parts)?;
        use_up(slots, std::slice::from_ref(&composite));
        composites.push(composite);
    }
}

fn continuous(
    want: usize,
    slots: &mut [Vec<Occurrence>],
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    if slots.iter().filter(|slot| !slot.is_empty()).count() < want {
        return Ok(Vec::new());
    }
    let mut composites: Vec<((Position, usize), Occurrence)> = Vec::new();
    for (part, slot) in slots.iter().enumerate() {
        for initiator in slot {
            let begins = (initiator.first(), part);
            let others = slots.iter().enumerate().filter(|(other, _)| *other != part);
            let others =
                others.filter_map(|(other, slot)| slot.iter().find(|later| (later.first(), other) > begins));
            if let Some(mut parts) = oldest(want - 1, others.collect()) {
                parts.push(initiator);
                composites.push((begins, composer.compose(&parts)?));
            }
        }
    }
    composites.sort_by_key(|(begins, _)| *begins);
    let composites: Vec<Occurrence> = composites.into_iter().map(|(_, composite)| composite).collect();
    use_up(slots, &composites);
    Ok(composites)
}

fn cumulative(
    want: usize,
    slots: &mut [Vec<Occurrence>],
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    if slots.iter().filter(|slot| !slot.is_empty()).count() < want {
        return Ok(Vec::new());
    }
    let everything: Vec<&Occurrence> = slots.iter().flatten().collect();
    let composite = composer.compose(&everything)?;
    slots.iter_mut().for_each(Vec::clear);
    Ok(vec![composite])
}

/// The `want` that were detected first; of those detected together, the ones of earlier parts. `None` where there
/// are not so many.
fn oldest(want: usize, mut candidates: Vec<&Occurrence>) -> Option<Vec<&Occurrence>> {
    if candidates.len() < want {
        return None;
    }
    candidates.sort_by_key(|occurrence| occurrence.last);
    candidates.truncate(want);
    Some(candidates)
}
