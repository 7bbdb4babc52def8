//! The end of a world: faults are off, workers behave, time passes, and everything must come to rest.

use tidegate_engine::view::WaitingFor;
use tidegate_model::entry::Document;
use tidegate_model::interceptor::Decision;
use tidegate_model::{Input, Name, RunId, Text, Timestamp};

use crate::violation::{Invariant, Violation, hold};
use crate::workers::Conduct;
use crate::world::{World, register_shared};

/// Moves that a world may need to come to rest.
const MOVES_MAX: u32 = 50_000;

/// Ends of attempts that are told at one time.
const ENDS_MAX: usize = 32;

/// Moves after which runs of workflows that were drawn without knowing their end are ended from outside: one whose
/// trigger answers the absence of an event by raising it goes round for ever, and rightly so.
const RESTLESS_AFTER: u32 = 150;

impl World {
    pub(crate) fn drain(&mut self) -> Result<(), Violation> {
        self.trace.line(|| "faults are off".to_owned());
        self.conduct = Conduct::Good;
        self.make_room();
        self.cut_the_power()?;
        let rest = self.rest_of_setup();
        self.submit(rest)?;
        self.submit(vec![register_shared()])?;
        let rest = self.publisher.rest();
        self.submit(rest)?;
        let watch = Name::new("watch").expect("it is a name");
        self.submit(vec![Input::RemoveWorkflow { workflow: watch }])?;
        for moves in 0..MOVES_MAX {
            if moves % RESTLESS_AFTER == RESTLESS_AFTER - 1 {
                self.end_restless("it does not come to rest")?;
            }
            if !self.settle()? && !self.end_listener()? {
                return Ok(());
            }
        }
        let waits = self.what_waits();
        Err(Violation::new(Invariant::EveryRunEnds, format!("the world does not come to rest: {waits}")))
    }

    /// Does the next thing there is to do; whether there was one.
    fn settle(&mut self) -> Result<bool, Violation> {
        self.workers.mend(self.now);
        let ended = self.workers.ended(self.now, ENDS_MAX);
        if !ended.is_empty() {
            self.submit(ended.iter().map(crate::workers::Job::input).collect())?;
            return Ok(true);
        }
        if let Some(run) = self.account.paused.first().copied() {
            self.submit(vec![Input::Resume { run }])?;
            return Ok(true);
        }
        if let Some(hold) = self.account.held.pop_first() {
            let decision = Document(Decision::Release);
            self.submit(vec![Input::Decide { hold, decision }])?;
            return Ok(true);
        }
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let deadline = driver.partition().next_deadline();
        let Some(next) = [self.workers.next_end(), deadline].into_iter().flatten().min() else {
            return Ok(false);
        };
        // A clock that was set back catches up first. Nobody looks at each millisecond.
        let reached = driver.partition().ledger().at;
        let late_ms = self.random.below(200) as i64;
        self.now = Timestamp(self.now.0.max(next.0 + late_ms).max(reached.0));
        self.submit(vec![Input::Tick])?;
        Ok(true)
    }

    /// Cancels the runs whose end nobody predicts.
    pub(crate) fn end_restless(&mut self, why: &'static str) -> Result<(), Violation> {
        for run in self.live_runs() {
            let driver = self.driver.as_ref().expect("the driver is open between moves");
            // The cancellation of one may have ended another.
            let Some(view) = driver.partition().run(run) else { continue };
            if self.wilds.contains(&view.summary.workflow) {
                self.submit(vec![Input::Cancel { run, reason: Text::const_new(why) }])?;
            }
        }
        Ok(())
    }

    /// Whether the end of the run is known.
    pub(crate) fn is_plan(&self, run: RunId) -> bool {
        self.account.runs.get(&run).is_some_and(|record| self.plans.contains_key(&record.program))
    }

    /// What is left listens to the world, and can only be ended from outside.
    /// Whether there was one: others may go on because of its end.
    fn end_listener(&mut self) -> Result<bool, Violation> {
        for run in self.live_runs() {
            let driver = self.driver.as_ref().expect("the driver is open between moves");
            let Some(view) = driver.partition().run(run) else { continue };
            // A map may be of scopes that listen.
            let listens = |wait: &WaitingFor| wait.what.starts_with("trigger `");
            // So may the run be that it waits for, which has its own turn here.
            let waits_for_run = |wait: &WaitingFor| wait.for_what.starts_with("the end of run ");
            let only_listens = view.tasks.is_empty()
                && view.waiting_for.iter().any(|wait| listens(wait) || waits_for_run(wait))
                && view
                    .waiting_for
                    .iter()
                    .all(|wait| listens(wait) || waits_for_run(wait) || wait.what.starts_with("map `"));
            hold(only_listens, Invariant::EveryRunEnds, || {
                format!("{run} of {} waits for {:?}", view.summary.workflow, view.waiting_for)
            })?;
            hold(!self.is_plan(run), Invariant::EveryRunEnds, || {
                format!("{run} never ends: {:?}", view.waiting_for)
            })?;
            if view.summary.workflow.as_str() != crate::world::COUNTER {
                self.submit(vec![Input::Cancel { run, reason: Text::const_new("the world ends") }])?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn what_waits(&self) -> String {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let waits = self.live_runs().into_iter().filter_map(|run| driver.partition().run(run));
        waits.map(|run| format!("{}: {:?}", run.summary.id, run.waiting_for)).collect::<Vec<_>>().join("; ")
    }
}
