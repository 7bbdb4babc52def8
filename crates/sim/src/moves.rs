//! What can happen in a world, drawn move by move.

use tidegate_json::Value;
use tidegate_model::entry::StartRun;
use tidegate_model::{Address, Data, Input, Labels, Text, Timestamp};

use crate::mutant::Mutant;
use crate::storage::Space;
use crate::violation::Violation;
use crate::wild::Standing;
use crate::workers::Job;
use crate::world::{COUNTER, World, register_shared, shared};

/// Runs above which those are ended whose end nobody predicts: they start one another, and a world of hundreds that
/// hear of each other's events shows nothing that one of dozens does not.
const CROWD: usize = 50;

impl World {
    /// Most worlds are small, and a few are large: what takes long to come about shows there.
    pub(crate) fn draw_moves(&mut self) -> u64 {
        match self.random.below(100) {
            0..=74 => self.random.between(12, 40),
            75..=96 => self.random.between(40, 80),
            _ => self.random.between(120, 240),
        }
    }

    /// Does the next thing.
    pub(crate) fn make_move(&mut self) -> Result<(), Violation> {
        if !self.setup.is_empty() && self.random.chance(70) {
            let most = self.random.between(1, 3) as usize;
            let batch: Vec<Input> = (0..most).filter_map(|_| self.setup.pop_front()).collect();
            return self.submit(batch);
        }
        if self.live_runs().len() > CROWD {
            return self.end_restless("the world is crowded");
        }
        if self.space != Space::Enough && self.random.chance(10) {
            self.make_room();
        }
        match self.random.below(100) {
            0..=21 => self.publish(),
            22..=39 => self.start(),
            40..=62 => self.report_ends(),
            63..=66 => self.report_again(),
            67..=69 => self.report_life(),
            70..=78 => self.pass_time(),
            79..=86 => self.interfere(),
            87..=91 => self.write_checkpoint(),
            92 => self.reapply(),
            93 | 94 => self.plan_a_fault(),
            95 | 96 => self.kill(),
            97 => self.cut_the_power(),
            98 if self.random.chance(50) => self.toggle_shared(),
            _ => {
                self.change_space();
                Ok(())
            }
        }
    }

    fn publish(&mut self) -> Result<(), Violation> {
        if !self.knows(COUNTER) {
            return Ok(());
        }
        let live = self.live_runs();
        let mut batch = self.publisher.next(&mut self.random, &live);
        if self.mutant == Mutant::UnnoticedDuplicates {
            self.keys += 1;
            for (number, input) in batch.iter_mut().enumerate() {
                if let Input::Publish { event, to: Address::World } = input {
                    event.extensions.push((Text::const_new("original"), Value::from(event.id.as_str())));
                    event.id = Text::from(format!("copy-{}-{number}", self.keys));
                }
            }
        }
        self.submit(batch)
    }

    fn start(&mut self) -> Result<(), Violation> {
        if self.startable.is_empty() {
            return Ok(());
        }
        let workflow = self.random.pick(&self.startable).clone();
        let key = (!self.random.chance(20)).then(|| {
            self.keys += 1;
            Text::from(format!("start-{}", self.keys))
        });
        let labels = match self.random.chance(25) {
            true => Labels::from_iter([Text::const_new("confidential")]),
            false => Labels::NONE,
        };
        let input = Data::json(&Value::from(self.random.below(60)));
        self.submit(vec![Input::StartRun(StartRun { workflow, program: None, input, labels, key })])
    }

    fn report_ends(&mut self) -> Result<(), Violation> {
        let most = self.random.between(1, 6) as usize;
        let ended = self.workers.ended(self.now, most);
        if ended.is_empty() {
            return self.pass_time();
        }
        self.submit(ended.iter().map(Job::input).collect())
    }

    /// An end is told a second time, perhaps long after.
    fn report_again(&mut self) -> Result<(), Violation> {
        let Some(mut job) = self.workers.told_before(&mut self.random) else { return Ok(()) };
        if self.mutant == Mutant::MistakenAttempt
            && let Some(mistaken) = self.workers.under_way(&mut self.random)
        {
            job.task = mistaken.task;
            job.attempt = self.account.current_attempt(job.task).unwrap_or(1);
            job.outcome = tidegate_model::Outcome::succeeded(&Value::from(424_242));
        }
        self.submit(vec![job.input()])
    }

    fn report_life(&mut self) -> Result<(), Violation> {
        let Some(job) = self.workers.under_way(&mut self.random) else { return Ok(()) };
        self.submit(vec![Input::TaskHeartbeat { task: job.task, attempt: job.attempt }])
    }

    fn pass_time(&mut self) -> Result<(), Violation> {
        let ms = match self.random.below(10) {
            0 => -(self.random.below(3000) as i64),
            1 => self.random.below(20_000) as i64,
            _ => self.random.below(1500) as i64,
        };
        self.now = Timestamp(self.now.0 + ms);
        self.submit(vec![Input::Tick])
    }

    /// The state is checkpointed; the checkpoint may be lost, and the journal below it may be let go of.
    pub(crate) fn write_checkpoint(&mut self) -> Result<(), Violation> {
        let driver = self.driver.as_mut().expect("the driver is open between moves");
        let checkpoint = driver.checkpoint();
        if self.random.chance(15) {
            self.trace.line(|| "a checkpoint is lost".to_owned());
            return self.kill();
        }
        self.trace.line(|| format!("checkpoint at {}", checkpoint.offset));
        self.commit(&checkpoint)?;
        self.check_checkpoint()?;
        if self.random.chance(50) {
            self.persist()?;
            if self.random.chance(60) {
                return self.retain(checkpoint.offset);
            }
        }
        Ok(())
    }

    fn reapply(&mut self) -> Result<(), Violation> {
        match self.random.below(3) {
            0 => {
                let name = self.random.pick(&self.children).workflow.to_string();
                self.new_plan(&name);
            }
            1 => {
                let name = self.random.pick(&self.wilds).to_string();
                self.new_wild(&name, Standing::No);
            }
            _ => self.new_wild("watch", Standing::Yes),
        }
        Ok(())
    }

    fn toggle_shared(&mut self) -> Result<(), Violation> {
        let name = shared();
        let driver = self.driver.as_ref().expect("the driver is open between moves");
        let is_registered = driver.partition().functions().any(|(known, _)| *known == name);
        self.submit(vec![if is_registered { Input::RemoveFunction { name } } else { register_shared() }])
    }
}
