//! The operator of the world: pauses, resumes, cancels, intercepts, decides, and changes triggers of live runs.

use tidegate_json::Value;
use tidegate_model::entry::{Document, TriggerChange};
use tidegate_model::interceptor::{Decision, Interceptor, Moment, Target, Verdict};
use tidegate_model::{HoldId, Input, Name, RunId, Text};

use crate::federated;
use crate::random::Random;
use crate::violation::Violation;
use crate::wild::{self, TRIGGERS};
use crate::world::{COUNTER, World};

impl World {
    /// Interferes with one run. Those whose end is predicted are spared what would change it.
    pub(crate) fn interfere(&mut self) -> Result<(), Violation> {
        let live = self.live_runs();
        if live.is_empty() {
            return Ok(());
        }
        let run = *self.random.pick(&live);
        let record = self.account.runs.get(&run);
        let (is_plan, is_guarded, is_child) = record.map_or((false, true, false), |record| {
            let name = record.workflow.as_str();
            let is_guarded = name == COUNTER || name == federated::NAME;
            (self.plans.contains_key(&record.program), is_guarded, record.parent.is_some())
        });
        let input = if is_guarded {
            pause_or_resume(&mut self.random, run)
        } else if is_plan {
            self.disturb_plan(run, is_child)
        } else {
            self.disturb_wild(run)
        };
        self.submit(vec![input])
    }

    fn disturb_plan(&mut self, run: RunId, is_child: bool) -> Input {
        match self.random.below(10) {
            0 if !is_child => Input::Cancel { run, reason: Text::const_new("the operator wants it") },
            1 => {
                Input::Intercept { run, interceptor: Document(interceptor(&mut self.random, Verdict::Pass)) }
            }
            _ => pause_or_resume(&mut self.random, run),
        }
    }

    fn disturb_wild(&mut self, run: RunId) -> Input {
        let name = Name::new(self.random.pick::<&str>(&TRIGGERS)).expect("the name of a trigger is one");
        match self.random.below(14) {
            0 => Input::Cancel { run, reason: Text::const_new("the operator wants it") },
            1 | 2 => {
                let verdict = match self.random.below(5) {
                    0 | 1 => Verdict::Hold,
                    2 => Verdict::Skip,
                    3 => Verdict::Change(Value::object([("n", 7)])),
                    _ => Verdict::Pass,
                };
                Input::Intercept { run, interceptor: Document(interceptor(&mut self.random, verdict)) }
            }
            3 => Input::RemoveInterceptor { run, name: interceptor_name(&mut self.random) },
            4 | 5 => match self.holds_of(run).first().copied() {
                Some(hold) => Input::Decide { hold, decision: Document(decision(&mut self.random)) },
                None => pause_or_resume(&mut self.random, run),
            },
            6 => change(run, TriggerChange::Enable(name)),
            7 => change(run, TriggerChange::Disable(name)),
            8 if self.random.chance(30) => change(run, TriggerChange::Remove(name)),
            9 => {
                let spec = wild::draw_trigger(&mut self.random, &format!("added-{}", run.number()));
                change(run, TriggerChange::Add(spec))
            }
            10 => {
                let context = Value::object([("count", self.random.below(4))]);
                change(run, TriggerChange::Set { trigger: name, context })
            }
            _ => pause_or_resume(&mut self.random, run),
        }
    }

    /// Firings of the run that wait for a decision.
    pub(crate) fn holds_of(&self, run: RunId) -> Vec<HoldId> {
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let view = driver.partition().run(run);
        let waits = view.map(|view| view.waiting_for).unwrap_or_default();
        waits.iter().filter_map(|wait| wait.id.as_ref()?.parse().ok()).collect()
    }
}

fn pause_or_resume(random: &mut Random, run: RunId) -> Input {
    if random.chance(40) { Input::Pause { run } } else { Input::Resume { run } }
}

fn change(run: RunId, change: TriggerChange) -> Input {
    Input::ChangeTrigger { run, change: Document(change) }
}

fn interceptor_name(random: &mut Random) -> Name {
    let names = ["watch-one", "watch-two"];
    Name::new(random.pick::<&str>(&names)).expect("the name of an interceptor is one")
}

fn interceptor(random: &mut Random, verdict: Verdict) -> Interceptor {
    let trigger = Name::new(random.pick::<&str>(&TRIGGERS)).expect("the name of a trigger is one");
    let target = match random.below(3) {
        0 => Target::Trigger(trigger),
        1 => Target::Condition(Text::const_new("always")),
        _ => Target::Action(Text::const_new("invoke")),
    };
    let moment = match verdict {
        Verdict::Pass if random.chance(50) => Moment::After,
        _ => Moment::Before,
    };
    Interceptor { name: interceptor_name(random), target, moment, guard: None, verdict }
}

fn decision(random: &mut Random) -> Decision {
    match random.below(3) {
        0 => Decision::Release,
        1 => Decision::Change(Value::object([("n", 3)])),
        _ => Decision::Skip,
    }
}
