//! `sequence`, and the part of `not` that is one: each part over before the next begins.
//!
//! "Before" is of intervals, as in SnoopIB (Adaikkalavan and Chakravarthy 2006): with detection times alone
//! `sequence(b, sequence(a, c))` would hold for a, b, c, whose second part began first.
//!
//! Invariant between instants: what waits for part `k` has a part `k - 1` before it (under recent consumption it
//! includes one), and nothing waits in the last list, because nothing can come before it any more.

use super::consumption::{Composer, Consumption, LimitReached, admit, use_up};
use super::occurrence::Occurrence;

/// The composites that `arrived` completes, given what waits in `slots`, a list for each part. `follows(a, b)` says
/// whether `b` can come right after `a`.
pub(super) fn sequence(
    slots: &mut [Vec<Occurrence>],
    arrived: Vec<Vec<Occurrence>>,
    consumption: Consumption,
    follows: &dyn Fn(&Occurrence, &Occurrence) -> bool,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    if consumption == Consumption::Recent {
        return recent(slots, arrived, follows, composer);
    }
    admit(slots, arrived);
    let mut composites = Vec::new();
    if slots.iter().all(|slot| !slot.is_empty()) {
        composites = match consumption {
            Consumption::Recent | Consumption::Chronicle => chronicle(slots, follows, composer)?,
            Consumption::Continuous => continuous(slots, follows, composer)?,
            Consumption::Cumulative => cumulative(slots, follows, composer)?,
        };
    }
    drop_out_of_turn(slots);
    Ok(composites)
}

/// List `k` holds the newest composite of parts `0..=k`.
fn recent(
    slots: &mut [Vec<Occurrence>],
    arrived: Vec<Vec<Occurrence>>,
    follows: &dyn Fn(&Occurrence, &Occurrence) -> bool,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    let mut composites = Vec::new();
    let last = slots.len() - 1;
    // Later parts first: what begins at this instant comes before nothing that ends at it.
    for (part, arrived) in arrived.into_iter().enumerate().rev() {
        let Some(newest) = arrived.last() else { continue };
        let so_far = match part.checked_sub(1).map(|previous| slots[previous].last()) {
            None => newest.clone(),
            Some(Some(before)) if follows(before, newest) => composer.compose(&[before, newest])?,
            Some(_) => continue,
        };
        if part == last { composites.push(so_far) } else { slots[part] = vec![so_far] }
    }
    Ok(composites)
}

fn chronicle(
    slots: &mut [Vec<Occurrence>],
    follows: &dyn Fn(&Occurrence, &Occurrence) -> bool,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    let mut composites = Vec::new();
    loop {
        let Some(parts) = slots[0].iter().find_map(|initiator| chain(initiator, &slots[1..], follows)) else {
            return Ok(composites);
        };
        let composite = composer.compose(&parts)?;
        use_up(slots, std::slice::from_ref(&composite));
        composites.push(composite);
    }
}

fn continuous(
    slots: &mut [Vec<Occurrence>],
    follows: &dyn Fn(&Occurrence, &Occurrence) -> bool,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    let chains = slots[0].iter().filter_map(|initiator| chain(initiator, &slots[1..], follows));
    let composites = chains.map(|parts| composer.compose(&parts)).collect::<Result<Vec<_>, _>>()?;
    use_up(slots, &composites);
    Ok(composites)
}

/// Everything that is in some chain from the first part to the last.
fn cumulative(
    slots: &mut [Vec<Occurrence>],
    follows: &dyn Fn(&Occurrence, &Occurrence) -> bool,
    composer: &mut Composer,
) -> Result<Vec<Occurrence>, LimitReached> {
    let mut reached: Vec<Vec<&Occurrence>> = vec![slots[0].iter().collect()];
    for slot in &slots[1..] {
        let before = &reached[reached.len() - 1];
        let after =
            slot.iter().filter(|later| before.iter().any(|earlier| follows(earlier, later))).collect();
        reached.push(after);
    }
    for part in (1..reached.len()).rev() {
        let (earlier, later) = reached.split_at_mut(part);
        earlier[part - 1].retain(|earlier| later[0].iter().any(|later| follows(earlier, later)));
    }
    let everything: Vec<&Occurrence> = reached.into_iter().flatten().collect();
    if everything.is_empty() {
        return Ok(Vec::new());
    }
    let composite = composer.compose(&everything)?;
    use_up(slots, std::slice::from_ref(&composite));
    Ok(vec![composite])
}

/// The oldest of each further part that can come after what was chosen before it. Choosing the one that ends first
/// leaves the most to the parts after it, so that nothing has to be taken back.
fn chain<'a>(
    initiator: &'a Occurrence,
    further: &'a [Vec<Occurrence>],
    follows: &dyn Fn(&Occurrence, &Occurrence) -> bool,
) -> Option<Vec<&'a Occurrence>> {
    let mut parts = vec![initiator];
    for slot in further {
        let before = parts[parts.len() - 1];
        parts.push(slot.iter().find(|later| follows(before, later))?);
    }
    Some(parts)
}

/// Lets go of what no chain can reach: whatever comes later ends later.
fn drop_out_of_turn(slots: &mut [Vec<Occurrence>]) {
    for part in 1..slots.len() {
        let (before, after) = slots.split_at_mut(part);
        // In order of detection, so the first ends first.
        match before[part - 1].first() {
            Some(earliest) => after[0].retain(|occurrence| earliest.precedes(occurrence)),
            None => after[0].clear(),
        }
    }
    if let Some(last) = slots.last_mut() {
        last.clear();
    }
}
