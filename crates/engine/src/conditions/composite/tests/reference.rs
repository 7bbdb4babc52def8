//! The reference model: the definitions, carried out over the whole history by trying everything.
//!
//! For each node, all that ever happened to its parts is known; at each instant, every choice of them is tried, and
//! the policy picks. There is no state that waits, nothing is dropped early, and no code is shared with the rule.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::notation::Expr;
use super::world::{Firing, Happens};
use crate::conditions::composite::consumption::Consumption;

/// Time; 0 for the end of a window and 1 for an event, as windows end first; number of the event.
type When = (i64, u8, usize);

#[derive(Clone, Debug)]
struct Occurred {
    end: When,
    events: BTreeSet<When>,
}

impl Occurred {
    fn start(&self) -> When {
        *self.events.first().unwrap()
    }

    fn before(&self, other: &Self) -> bool {
        self.end < other.start()
    }
}

/// What can be said of one node's parts: for each, all its occurrences in order of detection.
type Histories = Vec<Vec<Occurred>>;

/// A choice of occurrences: part and number of each.
type Choice = Vec<(usize, usize)>;

pub(super) struct Model<'a> {
    pub(super) events: &'a [Happens],
    pub(super) end: i64,
    pub(super) policy: Consumption,
    pub(super) within_ms: Option<i64>,
}

impl Model<'_> {
    pub(super) fn firings(&self, expr: &Expr) -> Vec<Firing> {
        let history = self.history(expr);
        let firing = |together: &[Occurred]| {
            let (at, kind, number) = together[0].end;
            let names =
                |one: &Occurred| one.events.iter().map(|event| self.events[event.2].name.clone()).collect();
            let by = (kind == 1).then(|| self.events[number].name.clone());
            Firing { at, by, composites: together.iter().map(names).collect() }
        };
        history.chunk_by(|one, other| one.end == other.end).map(firing).collect()
    }

    fn history(&self, expr: &Expr) -> Vec<Occurred> {
        let histories =
            |parts: &[Expr]| -> Histories { parts.iter().map(|part| self.history(part)).collect() };
        match expr {
            Expr::Leaf(pattern) => self.leaf(*pattern),
            Expr::All(parts) => self.gather(parts.len(), &histories(parts)),
            Expr::Any(n, parts) => self.gather(*n, &histories(parts)),
            Expr::Sequence(parts) => self.sequence(&histories(parts), &[]),
            Expr::Not { absent, start, end } => {
                self.sequence(&vec![self.history(start), self.history(end)], &self.history(absent))
            }
            Expr::Absence { absent, after, within_ms } => {
                self.absence(&self.history(absent), &self.history(after), *within_ms)
            }
        }
    }

    fn leaf(&self, pattern: usize) -> Vec<Occurred> {
        let own = self.events.iter().enumerate().filter(|(_, event)| event.patterns.contains(&pattern));
        own.map(|(number, event)| {
            let when = (event.at, 1, number);
            Occurred { end: when, events: BTreeSet::from([when]) }
        })
        .collect()
    }

    fn is_fresh(&self, occurred: &Occurred, now: When) -> bool {
        self.within_ms.is_none_or(|within| now.0 - occurred.start().0 <= within)
    }

    fn gather(&self, want: usize, histories: &Histories) -> Vec<Occurred> {
        let choices = |pool: &[Vec<usize>]| choices(pool, 0, want);
        if self.policy == Consumption::Recent {
            return self.newest(histories, choices);
        }
        let first = |choice: &Choice| {
            let mut key: Vec<_> =
                choice.iter().map(|(part, number)| (histories[*part][*number].end, *part, *number)).collect();
            key.sort_unstable();
            key
        };
        let initiator = |choice: &Choice| {
            let start = |(part, number): &(usize, usize)| (histories[*part][*number].start(), *part, *number);
            choice.iter().map(start).min().unwrap()
        };
        // Beside an initiator, its companions are the first that were detected.
        let companions = |choice: &Choice| {
            let (_, part, number) = initiator(choice);
            first(&choice.iter().copied().filter(|one| *one != (part, number)).collect())
        };
        self.consuming(histories, choices, first, initiator, companions)
    }

    /// The newest of each part at each instant, as long as one of them is of that instant.
    fn newest(&self, histories: &Histories, choices: impl Fn(&[Vec<usize>]) -> Vec<Choice>) -> Vec<Occurred> {
        let mut found = Vec::new();
        for now in instants(histories) {
            let newest = |history: &Vec<Occurred>| {
                let newest = history.iter().rposition(|one| one.end <= now);
                newest.filter(|number| self.is_fresh(&history[*number], now)).into_iter().collect()
            };
            let pool: Vec<Vec<usize>> = histories.iter().map(newest).collect();
            let newest_first = |choice: &Choice| {
                let mut key: Vec<_> = choice
                    .iter()
                    .map(|(part, number)| (Reverse(histories[*part][*number].end), *part))
                    .collect();
                key.sort_unstable();
                key
            };
            if let Some(choice) = choices(&pool).into_iter().min_by_key(newest_first) {
                found.push(union(histories, &choice, now));
            }
        }
        found
    }

    fn consuming<F: Ord, I: Ord + Copy, C: Ord>(
        &self,
        histories: &Histories,
        choices: impl Fn(&[Vec<usize>]) -> Vec<Choice>,
        first: impl Fn(&Choice) -> F,
        initiator: impl Fn(&Choice) -> I,
        companions: impl Fn(&Choice) -> C,
    ) -> Vec<Occurred> {
        let mut used: BTreeSet<(usize, usize)> = BTreeSet::new();
        let mut found = Vec::new();
        for now in instants(histories) {
            loop {
                let is_free = |part: usize, number: usize| {
                    let one = &histories[part][number];
                    one.end <= now && self.is_fresh(one, now) && !used.contains(&(part, number))
                };
                let free = |part: usize| {
                    (0..histories[part].len()).filter(|number| is_free(part, *number)).collect()
                };
                let pool: Vec<Vec<usize>> = (0..histories.len()).map(free).collect();
                let possible = choices(&pool);
                let chosen: Vec<Choice> = match self.policy {
                    Consumption::Recent => unreachable!("recent consumption uses nothing up"),
                    Consumption::Chronicle => possible.into_iter().min_by_key(&first).into_iter().collect(),
                    Consumption::Continuous => {
                        let initiators: BTreeSet<I> = possible.iter().map(&initiator).collect();
                        let of = |one: &I| {
                            let own = possible.iter().filter(|choice| initiator(choice) == *one);
                            own.min_by_key(|choice| companions(choice)).cloned()
                        };
                        initiators.iter().filter_map(of).collect()
                    }
                    Consumption::Cumulative => {
                        let all: BTreeSet<(usize, usize)> = possible.into_iter().flatten().collect();
                        if all.is_empty() { Vec::new() } else { vec![all.into_iter().collect()] }
                    }
                };
                if chosen.is_empty() {
                    break;
                }
                let made: Vec<Occurred> = chosen.iter().map(|choice| union(histories, choice, now)).collect();
                let spent: BTreeSet<When> = made.iter().flat_map(|one| one.events.clone()).collect();
                for (part, history) in histories.iter().enumerate() {
                    let gone = history
                        .iter()
                        .enumerate()
                        .filter(|(_, one)| one.end <= now && !one.events.is_disjoint(&spent));
                    used.extend(gone.map(|(number, _)| (part, number)));
                }
                found.extend(made);
            }
        }
        found
    }

    fn sequence(&self, histories: &Histories, absent: &[Occurred]) -> Vec<Occurred> {
        let follows = |one: &Occurred, other: &Occurred| {
            one.before(other) && !absent.iter().any(|between| one.before(between) && between.before(other))
        };
        if self.policy == Consumption::Recent {
            let mut so_far = histories[0].clone();
            for history in &histories[1..] {
                let extended = history.iter().filter_map(|newest| {
                    let before = so_far.iter().rfind(|one| one.end < newest.end)?;
                    let fits = follows(before, newest) && self.is_fresh(before, newest.end);
                    fits.then(|| Occurred { end: newest.end, events: &before.events | &newest.events })
                });
                so_far = extended.collect();
            }
            return so_far;
        }
        let in_order = |choice: &Choice| {
            choice
                .windows(2)
                .all(|pair| follows(&histories[pair[0].0][pair[0].1], &histories[pair[1].0][pair[1].1]))
        };
        let chains = |pool: &[Vec<usize>]| {
            let mut possible = choices(pool, 0, histories.len());
            possible.retain(in_order);
            possible
        };
        self.consuming(histories, chains, Choice::clone, |choice| choice[0], Choice::clone)
    }

    fn absence(&self, absent: &[Occurred], after: &[Occurred], within_ms: i64) -> Vec<Occurred> {
        let due = |opener: &Occurred| (opener.end.0 + within_ms, 0, 0);
        let stands = |opener: &Occurred, now: When| {
            opener.end < now
                && self.is_fresh(opener, now)
                && !absent.iter().any(|one| opener.before(one) && one.end < now)
        };
        let mut used = BTreeSet::new();
        let mut found = Vec::new();
        for (number, opener) in after.iter().enumerate() {
            let now = due(opener);
            let replaced = after.iter().any(|newer| opener.end < newer.end && newer.end < now);
            if used.contains(&number) || now.0 > self.end || !stands(opener, now) {
                continue;
            }
            match self.policy {
                Consumption::Recent if replaced => {}
                Consumption::Recent | Consumption::Chronicle | Consumption::Continuous => {
                    found.push(Occurred { end: now, events: opener.events.clone() });
                }
                Consumption::Cumulative => {
                    let group =
                        (number..after.len()).filter(|one| !used.contains(one) && stands(&after[*one], now));
                    let group: Vec<usize> = group.collect();
                    let events = group.iter().flat_map(|one| after[*one].events.clone()).collect();
                    found.push(Occurred { end: now, events });
                    used.extend(group);
                }
            }
        }
        found
    }
}

fn instants(histories: &Histories) -> BTreeSet<When> {
    histories.iter().flatten().map(|one| one.end).collect()
}

fn union(histories: &Histories, choice: &Choice, now: When) -> Occurred {
    let events = choice.iter().flat_map(|(part, number)| histories[*part][*number].events.clone()).collect();
    Occurred { end: now, events }
}

/// Every choice of `want` distinct parts from `part` on, with one of the pool for each.
fn choices(pool: &[Vec<usize>], part: usize, want: usize) -> Vec<Choice> {
    if want == 0 {
        return vec![Vec::new()];
    }
    if pool.len() - part < want {
        return Vec::new();
    }
    let mut found = choices(pool, part + 1, want);
    for rest in choices(pool, part + 1, want - 1) {
        for number in &pool[part] {
            let mut choice = vec![(part, *number)];
            choice.extend(rest.iter().copied());
            found.push(choice);
        }
    }
    found
}
