//! Whatever starts, ends, fails, is tried again, cancelled, paused and resized in whatever order: no slot is given
//! twice, none is kept from who may have it, those that claim the same go in order, and an engine restored from a
//! checkpoint at any point decides the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use tidegate_engine::output::Output;
use tidegate_engine::{Limits, NoPayloads, Partition, Registry};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{
    Data, Effect, Entry, Fact, Failure, Input, Labels, Name, Outcome, PartitionId, Program, RunId, TaskId,
    Timestamp,
};

use crate::harness::value;

/// A pool, how many slots of it, and its size where it is the run's own.
type Claimed = (&'static str, u32, Option<u32>);

/// Subject, claims and priority of each task of the workflow.
const TASKS: &[(&str, &[Claimed], i32)] = &[
    ("narrow", &[("db", 1, None)], 0),
    ("wide", &[("db", 3, None)], 0),
    ("urgent", &[("db", 1, None), ("gpu", 1, None)], 5),
    ("both", &[("own", 1, Some(2)), ("db", 1, None)], 0),
    ("own", &[("own", 1, Some(2))], 0),
    ("late", &[("own", 2, Some(2)), ("gpu", 1, None)], -1),
    ("free", &[], 0),
];

fn program() -> Program {
    let actions: Vec<String> = TASKS
        .iter()
        .map(|(subject, claims, priority)| {
            let claims: Vec<String> = claims
                .iter()
                .map(|(pool, slots, size)| {
                    let of = size
                        .map_or("\"server\"".to_owned(), |size| format!(r#"{{"run": {{"slots": {size}}}}}"#));
                    format!(r#"{{"pool": "{pool}", "slots": {slots}, "of": {of}}}"#)
                })
                .collect();
            format!(
                r#"{{"name": "map", "params": {{"function": "f", "as": "{subject}", "items": [1, 2, 3, 4],
                    "claims": [{}], "priority": {priority}, "retry": {{"max_attempts": 2}}, "timeout": "20s",
                    "tolerate": {{"count": 2}}}}}}"#,
                claims.join(", ")
            )
        })
        .collect();
    let text = format!(
        r#"{{"name": "w", "language": "triggers", "functions": {{"f": {{"runtime": "builtin", "builtin": "echo"}}}},
            "scopes": [{{"name": "main", "triggers": [{{"name": "begin",
                "on": [{{"type": {{"exact": "tidegate.run.started"}}}}], "actions": [{}]}}]}}]}}"#,
        actions.join(", ")
    );
    Program::from_text(&text).expect("it is a program")
}

#[derive(Clone, Debug)]
enum Move {
    Start,
    End { which: usize, well: bool },
    Pass { ms: i64 },
    Cancel { which: usize },
    Pause { which: usize },
    Resume { which: usize },
    Resize { gpu: bool, slots: u32 },
    Restore,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let which = || 0usize..1000;
    let one = prop_oneof![
        2 => Just(Move::Start),
        12 => (which(), prop::bool::weighted(0.7)).prop_map(|(which, well)| Move::End { which, well }),
        3 => (0i64..8_000).prop_map(|ms| Move::Pass { ms }),
        1 => which().prop_map(|which| Move::Cancel { which }),
        1 => which().prop_map(|which| Move::Pause { which }),
        2 => which().prop_map(|which| Move::Resume { which }),
        1 => (any::<bool>(), 0u32..6).prop_map(|(gpu, slots)| Move::Resize { gpu, slots }),
        2 => Just(Move::Restore),
    ];
    prop::collection::vec(one, 1..120)
}

/// What a task that waits is known by: its place in the order, and its claims.
struct Waiting {
    task: TaskId,
    /// Greater priority first, then the step in which it came to wait.
    turn: (i32, u64, TaskId),
    subject: String,
}

struct World {
    partition: Partition,
    /// Restored now and then, and told the same.
    double: Partition,
    at: i64,
    under_way: BTreeMap<TaskId, (u32, String)>,
    queued_in: BTreeMap<TaskId, u64>,
    runs: Vec<RunId>,
    sizes: BTreeMap<&'static str, u32>,
    /// What was taken after the last step, by pool.
    taken: BTreeMap<(Option<RunId>, &'static str), u32>,
}

fn new_partition() -> Partition {
    Partition::new(PartitionId(0), Arc::new(Registry::native()), Limits::default())
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            partition: new_partition(),
            double: new_partition(),
            at: 1_000_000,
            under_way: BTreeMap::new(),
            queued_in: BTreeMap::new(),
            runs: Vec::new(),
            sizes: BTreeMap::new(),
            taken: BTreeMap::new(),
        };
        world.take(Input::Apply { program: Document(program()) });
        world.resize("db", 3);
        world.resize("gpu", 2);
        world
    }

    fn resize(&mut self, pool: &'static str, slots: u32) {
        self.sizes.insert(pool, slots);
        let record = Some(Document(value(&format!(r#"{{"slots": {slots}}}"#))));
        let shelf = Name::new("pools").expect("a name");
        self.take(Input::PutRecord { shelf, key: pool.into(), record });
    }

    fn take(&mut self, input: Input) {
        let offset = self.partition.ledger().next;
        let entry = Entry { at: Timestamp(self.at), input };
        let (mut output, mut other) = (Output::default(), Output::default());
        let reply = self.partition.step(offset, entry.clone(), &NoPayloads, &mut output);
        assert_eq!(reply, self.double.step(offset, entry, &NoPayloads, &mut other));
        assert_eq!(output.facts, other.facts, "the restored engine decides the same");
        assert_eq!(output.effects, other.effects, "the restored engine asks for the same");
        for fact in &output.facts {
            match fact {
                Fact::TaskScheduled { task, attempt, subject, .. } => {
                    self.queued_in.remove(task);
                    self.under_way.insert(*task, (*attempt, subject.to_string()));
                }
                Fact::TaskEnded { task, .. } => {
                    self.queued_in.remove(task);
                    self.under_way.remove(task);
                }
                Fact::TaskQueued { task, .. } => {
                    self.queued_in.insert(*task, offset.0);
                }
                Fact::RunStarted { run, .. } => self.runs.push(*run),
                Fact::RunEnded { run, .. } => self.runs.retain(|live| live != run),
                _ => {}
            }
        }
        for effect in output.effects {
            if let Effect::Abandon { task } = effect {
                self.under_way.remove(&task);
            }
        }
        let runs = &self.runs;
        self.queued_in.retain(|task, _| runs.contains(&task.run));
        self.under_way.retain(|task, _| runs.contains(&task.run));
        self.check();
    }

    /// Slots that tasks under way hold, by pool.
    fn held(&self) -> BTreeMap<(Option<RunId>, &'static str), u32> {
        let mut held = BTreeMap::new();
        for (task, (_, subject)) in &self.under_way {
            for (pool, slots, size) in claims(subject) {
                *held.entry((size.map(|_| task.run), *pool)).or_default() += slots;
            }
        }
        held
    }

    fn check(&mut self) {
        let held = self.held();
        for ((run, pool), used) in &held {
            let size = run.map_or_else(|| self.sizes[pool], |_| 2);
            let before = self.taken.get(&(*run, *pool)).copied().unwrap_or(0);
            assert!(
                *used <= size.max(before),
                "{used} of {size} slots of `{pool}` are taken, {before} before"
            );
        }
        for view in self.partition.pools() {
            let used = held.get(&(None, view.name.as_str())).copied().unwrap_or(0);
            assert_eq!(view.used, u64::from(used), "of `{}`", view.name);
        }
        let waiting = self.waiting();
        for one in &waiting {
            let in_the_way =
                claims(&one.subject).iter().any(|claim| !self.is_met(one, claim, &held, &waiting));
            assert!(in_the_way, "{} `{}` waits and need not", one.task, one.subject);
        }
        self.taken = held;
    }

    /// Whether there is room for the claim, and it is not kept for the first that waits for the pool.
    fn is_met(
        &self,
        one: &Waiting,
        (pool, slots, size): &(&'static str, u32, Option<u32>),
        held: &BTreeMap<(Option<RunId>, &'static str), u32>,
        waiting: &[Waiting],
    ) -> bool {
        let run = size.map(|_| one.task.run);
        let slots_of_pool = size.unwrap_or_else(|| self.sizes[pool]);
        let used = held.get(&(run, *pool)).copied().unwrap_or(0);
        let of_pool = waiting.iter().filter_map(|other| {
            let mut claims = claims(&other.subject).iter();
            let claim = claims.find(|(name, _, size)| name == pool && size.map(|_| other.task.run) == run)?;
            Some((other.turn, claim.1))
        });
        let (first, wants) = of_pool.min().expect("it waits itself");
        used + slots <= slots_of_pool && (used + wants <= slots_of_pool || first == one.turn)
    }

    /// Tasks that wait, of runs that go on.
    fn waiting(&self) -> Vec<Waiting> {
        let mut waiting = Vec::new();
        for run in &self.runs {
            let view = self.partition.run(*run).expect("it is live");
            let is_paused = view.summary.status == tidegate_engine::view::RunStatus::Paused;
            for task in view.tasks.iter().filter(|task| task.phase == "queued" && !is_paused) {
                let subject = task.subject.to_string();
                let priority = TASKS.iter().find(|(name, ..)| *name == subject).expect("it is one").2;
                waiting.push(Waiting {
                    task: task.id,
                    turn: (-priority, self.queued_in[&task.id], task.id),
                    subject,
                });
            }
        }
        waiting
    }

    fn act(&mut self, action: &Move) {
        let run = |which: usize| (!self.runs.is_empty()).then(|| self.runs[which % self.runs.len()]);
        match *action {
            Move::Start => {
                let input = Data::json(&value("null"));
                let workflow = Name::new("w").expect("a name");
                let labels = Labels::NONE;
                self.take(Input::StartRun(StartRun { workflow, program: None, input, labels, key: None }));
            }
            Move::End { which, well } => {
                let Some((task, (attempt, subject))) =
                    self.under_way.iter().nth(which % self.under_way.len().max(1))
                else {
                    return;
                };
                let (task, attempt, subject) = (*task, *attempt, subject.clone());
                let before = self.waiting();
                let outcome = match well {
                    true => Outcome::succeeded(&value("1")),
                    false => Outcome::Failed(Failure::new("Broken", "as it happens")),
                };
                self.take(Input::TaskEnded { task, attempt, outcome });
                self.check_order(&before, &subject);
            }
            Move::Pass { ms } => {
                self.at += ms;
                self.take(Input::Tick);
            }
            Move::Cancel { which } => {
                if let Some(run) = run(which) {
                    self.take(Input::Cancel { run, reason: "so".into() });
                }
            }
            Move::Pause { which } => {
                if let Some(run) = run(which) {
                    self.take(Input::Pause { run });
                }
            }
            Move::Resume { which } => {
                if let Some(run) = run(which) {
                    self.take(Input::Resume { run });
                }
            }
            Move::Resize { gpu, slots } => self.resize(if gpu { "gpu" } else { "db" }, slots),
            Move::Restore => {
                let saved = self.partition.dump();
                let registry = Arc::new(Registry::native());
                self.double = Partition::restore(PartitionId(0), registry, Limits::default(), saved)
                    .expect("it restores");
            }
        }
    }

    /// Of those that claim the same and waited before, none is under way while one with an earlier turn still waits.
    fn check_order(&self, before: &[Waiting], ended: &str) {
        for granted in before.iter().filter(|one| self.under_way.contains_key(&one.task)) {
            let claims_run = claims(&granted.subject).iter().any(|(.., size)| size.is_some());
            let passed = before.iter().find(|other| {
                other.subject == granted.subject
                    && (!claims_run || other.task.run == granted.task.run)
                    && other.turn < granted.turn
                    && self.queued_in.get(&other.task) == Some(&other.turn.1)
            });
            let passed = passed.map(|other| other.task);
            assert_eq!(passed, None, "{} went before it when a `{ended}` ended", granted.task);
        }
    }
}

fn claims(subject: &str) -> &'static [(&'static str, u32, Option<u32>)] {
    TASKS.iter().find(|(name, ..)| *name == subject).expect("it is one of the workflow").1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn slots_are_given_once_in_order_and_not_withheld(moves in moves()) {
        let mut world = World::new();
        for action in &moves {
            world.act(action);
        }
        // All that waits is let through.
        world.resize("db", 3);
        world.resize("gpu", 2);
        for _ in 0..5_000 {
            for which in 0..world.runs.len() {
                world.act(&Move::Resume { which });
            }
            if world.runs.is_empty() {
                break;
            }
            world.act(&Move::End { which: 0, well: true });
            world.act(&Move::Pass { ms: 100 });
        }
        prop_assert!(world.runs.is_empty(), "a run is stuck");
        prop_assert!(world.partition.pools().iter().all(|pool| (pool.used, pool.queued) == (0, 0)));
    }
}
