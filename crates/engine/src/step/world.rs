//! Events to the world: duplicates, who listens, dead letters.

use tidegate_model::{Address, Event, Fact, Pattern, Reach, RunId, ScopeId};

use super::{Addressee, Raised, Step, not_found};
use crate::output::Reply;
use crate::partition::Listener;
use crate::run::{Origin, Run};
use crate::step::deliver::Taken;

impl Step<'_> {
    /// An event from outside.
    pub(super) fn publish(&mut self, event: Event, to: Address) -> Reply {
        self.partition.ledger.totals.published += 1;
        if let Some(first) = self.partition.dedupe.note(&event, self.offset) {
            self.partition.ledger.totals.duplicates += 1;
            self.fact(Fact::Duplicate { first });
            return Reply::Duplicate { first };
        }
        let number = self.number();
        let mut raised = Raised {
            to: Addressee::World,
            stops: None,
            event,
            origin: Origin::Sent,
            number,
            offset: self.offset,
        };
        match to {
            Address::World => self.deliver_to_world(raised),
            Address::Run(run) if self.partition.runs.contains(run) => {
                self.partition.ledger.totals.taken += 1;
                raised.to = Addressee::Scope(run, ScopeId::ROOT);
                self.deliver_to_scope(run, ScopeId::ROOT, &raised);
            }
            Address::Run(run) => {
                self.partition.ledger.totals.refused += 1;
                return Reply::Refused(not_found("live run", &run.to_string()));
            }
        }
        Reply::Done
    }

    /// Delivers to everybody who listens to the world, in the order of runs, scopes and triggers.
    pub(super) fn deliver_to_world(&mut self, raised: Raised) {
        let targets = self.world_targets(&raised.event);
        let mut best = Taken::Nobody;
        for (run, scope, trigger) in targets {
            let taken = self.with_run(run, |step, run| step.deliver(run, scope, trigger, &raised));
            best = best.max(taken.unwrap_or(Taken::Nobody));
        }
        let totals = &mut self.partition.ledger.totals;
        match best {
            Taken::Yes | Taken::Kept => totals.taken += 1,
            Taken::Filtered => totals.filtered += 1,
            Taken::Nobody => self.keep_dead_letter(raised),
        }
    }

    fn world_targets(&mut self, event: &Event) -> Vec<(RunId, ScopeId, u32)> {
        let mut found = std::mem::take(&mut self.found);
        self.partition.world.find(event, &mut found);
        let mut targets = Vec::with_capacity(found.len());
        for listener in found.drain(..) {
            match listener {
                Listener::Instance { run, scope, trigger } => targets.push((run, scope, trigger)),
                Listener::Program { slot, scope, trigger } => {
                    let digest =
                        self.partition.slots[slot as usize].expect("a slot that is listened by is in use");
                    let instances = &self.partition.programs[&digest].instances[scope as usize];
                    targets.extend(instances.iter().map(|(run, scope)| (*run, *scope, trigger)));
                }
            }
        }
        self.found = found;
        if targets.len() > 1 {
            targets.sort_unstable();
            targets.dedup();
        }
        targets
    }

    fn keep_dead_letter(&mut self, raised: Raised) {
        self.fact(Fact::Parked { event: raised.number, run: None });
        self.partition.ledger.totals.dead += 1;
        let letters_max = self.partition.limits.dead_letters_max;
        if let Some(oldest) = self.partition.dead.keep(raised.offset, raised.event, letters_max) {
            self.partition.ledger.totals.dead -= 1;
            self.partition.ledger.totals.expired += 1;
            self.fact(Fact::DeadLetterExpired { first: oldest });
        }
    }

    /// Delivers again what nobody took and `patterns`, of a trigger that has just begun to listen, match.
    pub(super) fn redeliver(&mut self, run: &mut Run, scope: ScopeId, patterns: &[Pattern]) {
        for pattern in patterns {
            if pattern.reach == Reach::World && self.partition.dead.len() > 0 {
                for (offset, event) in self.partition.dead.take(pattern) {
                    self.partition.ledger.totals.dead -= 1;
                    self.queue_again(
                        None,
                        Raised {
                            to: Addressee::World,
                            stops: None,
                            event,
                            origin: Origin::Sent,
                            number: Default::default(),
                            offset,
                        },
                    );
                }
            }
            if run.state.dead.is_empty() {
                continue;
            }
            let (taken, kept) = std::mem::take(&mut run.state.dead)
                .into_iter()
                .partition(|parcel| parcel.scope == scope && pattern.matches(&parcel.event));
            run.state.dead = kept;
            let taken: std::collections::VecDeque<crate::run::Parcel> = taken;
            for parcel in taken {
                self.queue_again(
                    Some(run.state.id),
                    Raised {
                        to: Addressee::Scope(run.state.id, parcel.scope),
                        stops: None,
                        event: parcel.event,
                        origin: parcel.origin,
                        number: parcel.number,
                        offset: parcel.offset,
                    },
                );
            }
        }
    }

    /// Queues an event that was kept, under a number of this entry.
    pub(super) fn queue_again(&mut self, run: Option<RunId>, mut raised: Raised) {
        raised.number = self.number();
        self.fact(Fact::Redelivered { event: raised.number, first: raised.offset, run });
        self.queue.push_back(raised);
    }
}
