//! Timers: set, cancelled, and fired in the order in which they are due.

use tidegate_json::Value;
use tidegate_model::{Data, Fact, Labels, RunId, ScopeId, Text, TimerId, Timestamp};

use super::{Notice, Step, kinds};
use crate::run::{Purpose, Run, Status, Timer, TimerKey};

impl Step<'_> {
    /// Fires everything that is due at the time of this entry, each as of its own time.
    ///
    /// What follows from one timer is a cascade of its own: many that are due at once harm nobody. Where very much
    /// has followed already, the rest is left to the next entry, so that timers which are always due again do not
    /// keep the engine to themselves.
    pub(super) fn fire_due_timers(&mut self) {
        let now = self.at;
        let events_max = self.partition.limits.cascade_events_max;
        while let Some((due, run, number)) = self.partition.timers.first().copied() {
            if due > now || self.next_event > events_max {
                break;
            }
            self.partition.timers.remove(&(due, run, number));
            // A window that ended at its due time must see that time, however late the entry is.
            self.at = due;
            self.fire_timer(run, number);
            self.drain();
            self.begin_cascade();
        }
        self.at = now;
    }

    fn fire_timer(&mut self, run: RunId, number: u32) {
        self.with_run(run, |step, run| {
            let Some(timer) = run.state.timers.remove(&number) else { return };
            step.fact(Fact::TimerFired { timer: TimerId { run: run.state.id, number } });
            match timer.purpose {
                Purpose::Retry { task } => step.ask(run, task),
                Purpose::Timeout { task } | Purpose::Heartbeat { task } => {
                    step.task_timed_out(run, task, &timer.purpose);
                }
                Purpose::Named { scope, name, data, labels } => {
                    run.state.timer_keys.remove(&TimerKey::Named(scope, name.clone()));
                    let notice = Notice::new(kinds::TIMER_FIRED, Some(name), Data::json(&data), labels);
                    step.raise(run, scope, notice);
                }
                Purpose::Condition { scope, trigger, key } => {
                    run.state.timer_keys.remove(&TimerKey::Condition(scope, trigger, key.clone()));
                    step.condition_timer_due(run, scope, trigger, key);
                }
            }
        });
    }

    fn condition_timer_due(&mut self, run: &mut Run, scope: ScopeId, trigger: u32, key: Text) {
        if matches!(run.state.status, Status::Paused { .. }) {
            // Looked at again as soon as the run goes on.
            self.set_condition_timer(run, scope, trigger, key, Timestamp(i64::MAX));
            return;
        }
        self.condition_timer(run, scope, trigger, &key);
    }

    /// Sets a timer and returns its number in the run.
    pub(super) fn set_timer(&mut self, run: &mut Run, due: Timestamp, purpose: Purpose) -> u32 {
        run.state.next.timer += 1;
        let number = run.state.next.timer;
        run.state.timers.insert(number, Box::new(Timer { due, set_at: self.at, purpose }));
        self.partition.timers.insert((due, run.state.id, number));
        number
    }

    /// Takes a timer away.
    pub(super) fn drop_timer(&mut self, run: &mut Run, number: u32) {
        if let Some(timer) = run.state.timers.remove(&number) {
            self.partition.timers.remove(&(timer.due, run.state.id, number));
        }
    }

    pub(super) fn set_named_timer(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        name: Text,
        due: Timestamp,
        data: Value,
        labels: &Labels,
    ) {
        let key = TimerKey::Named(scope, name.clone());
        self.drop_keyed(run, &key);
        let purpose = Purpose::Named { scope, name: name.clone(), data, labels: labels.clone() };
        let number = self.set_timer(run, due, purpose);
        run.state.timer_keys.insert(key, number);
        self.fact(Fact::TimerSet { timer: TimerId { run: run.state.id, number }, name, due });
    }

    pub(super) fn cancel_named_timer(&mut self, run: &mut Run, scope: ScopeId, name: Text) {
        if let Some(number) = self.drop_keyed(run, &TimerKey::Named(scope, name)) {
            self.fact(Fact::TimerCancelled { timer: TimerId { run: run.state.id, number } });
        }
    }

    pub(super) fn set_condition_timer(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        trigger: u32,
        name: Text,
        due: Timestamp,
    ) {
        let key = TimerKey::Condition(scope, trigger, name.clone());
        self.drop_keyed(run, &key);
        let number = self.set_timer(run, due, Purpose::Condition { scope, trigger, key: name });
        run.state.timer_keys.insert(key, number);
    }

    pub(super) fn cancel_condition_timer(&mut self, run: &mut Run, scope: ScopeId, trigger: u32, name: Text) {
        self.drop_keyed(run, &TimerKey::Condition(scope, trigger, name));
    }

    fn drop_keyed(&mut self, run: &mut Run, key: &TimerKey) -> Option<u32> {
        let number = run.state.timer_keys.remove(key)?;
        self.drop_timer(run, number);
        Some(number)
    }

    /// Takes away the timers that a trigger's condition set.
    pub(super) fn drop_condition_timers(&mut self, run: &mut Run, scope: ScopeId, trigger: u32) {
        let start = TimerKey::Condition(scope, trigger, Text::const_new(""));
        let end = TimerKey::Condition(scope, trigger + 1, Text::const_new(""));
        let keys: Vec<TimerKey> =
            run.state.timer_keys.range(start..end).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.drop_keyed(run, &key);
        }
    }

    /// Takes away the timers of a scope that ends. Those of its tasks go with the tasks.
    pub(super) fn drop_timers_of(&mut self, run: &mut Run, id: ScopeId) {
        let text = || Text::const_new("");
        let next = ScopeId(id.0 + 1);
        let named = TimerKey::Named(id, text())..TimerKey::Named(next, text());
        let conditions = TimerKey::Condition(id, 0, text())..TimerKey::Condition(next, 0, text());
        let keys = &run.state.timer_keys;
        let own = keys.range(named).chain(keys.range(conditions)).map(|(key, _)| key.clone());
        for key in own.collect::<Vec<_>>() {
            self.drop_keyed(run, &key);
        }
    }
}
