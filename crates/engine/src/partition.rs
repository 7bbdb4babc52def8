//! A partition: the state that a step changes, and the questions that can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_json::Value;
use tidegate_model::{
    Digest, Effect, Entry, FunctionName, FunctionSpec, Name, Offset, PartitionId, RunId, ScopeId, TaskId,
    Text, Timestamp, WorkflowName,
};

use crate::cache::{Cache, CacheEntry};
use crate::compile::Compiled;
use crate::dead_letters::DeadLetters;
use crate::dedupe::Dedupe;
use crate::matching::Index;
use crate::output::{Mark, Output, Reply};
use crate::pools::Pools;
use crate::registry::Registry;
use crate::run::{Phase, Run, RunState, Scope};
use crate::scene::Payloads;
use crate::step::Step;
use crate::table::Table;

/// Bounds on what a partition keeps and does. Part of what a journal means: replay needs the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events in the window in which duplicates are recognised.
    pub dedupe_window_events: usize,
    /// Dead letters kept for the world, and for each run.
    pub dead_letters_max: usize,
    /// Events that the engine raises within one step before it fails the run that keeps raising them.
    pub cascade_events_max: u32,
    /// Scopes within scopes.
    pub scope_depth_max: u32,
    /// How long the key of a run that has ended still leads to it.
    pub key_retention: tidegate_model::Span,
    /// Results that are kept for tasks which ask for the same again; the oldest go first.
    pub cache_entries_max: usize,
    /// How long such a result is kept at most.
    pub cache_age_max: tidegate_model::Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dedupe_window_events: 1_000_000,
            dead_letters_max: 100_000,
            cascade_events_max: 100_000,
            scope_depth_max: 64,
            key_retention: tidegate_model::Span::seconds(24 * 60 * 60),
            cache_entries_max: 100_000,
            cache_age_max: tidegate_model::Span::seconds(90 * 24 * 60 * 60),
        }
    }
}

/// The state of one partition.
#[derive(Debug)]
pub struct Partition {
    pub(crate) id: PartitionId,
    pub(crate) registry: Arc<Registry>,
    pub(crate) limits: Limits,
    pub(crate) ledger: Ledger,
    pub(crate) runs: Runs,
    pub(crate) programs: BTreeMap<Digest, ProgramState>,
    /// Where a listener's program is; slots are reused and never stored.
    pub(crate) slots: Vec<Option<Digest>>,
    pub(crate) workflows: BTreeMap<WorkflowName, Workflow>,
    pub(crate) functions: BTreeMap<FunctionName, Arc<FunctionSpec>>,
    /// What doors keep, by shelf and key.
    pub(crate) records: BTreeMap<(Name, Text), Value>,
    pub(crate) keys: BTreeMap<(WorkflowName, Text), Key>,
    /// Keys by when they may be forgotten.
    pub(crate) key_ends: BTreeSet<(Timestamp, WorkflowName, Text)>,
    pub(crate) timers: BTreeSet<(Timestamp, RunId, u32)>,
    /// Derived: who holds slots, and who waits for them.
    pub(crate) pools: Pools,
    pub(crate) world: Index<Listener>,
    pub(crate) dedupe: Dedupe,
    pub(crate) dead: DeadLetters,
    /// Results of tasks that may be asked for again.
    pub(crate) cache: Cache,
    pub(crate) dirty: Dirty,
}

/// Small state that changes with every entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Who this is; 0 until the first entry says.
    pub identity: u64,
    /// Time of the last entry.
    pub at: Timestamp,
    /// The offset that the next entry will have.
    pub next: Offset,
    /// The last number given to a run.
    pub last_run: u64,
    /// Totals since the beginning.
    pub totals: Totals,
}

/// Counts since the beginning. Every event that was published is in exactly one of `duplicates`, `taken`,
/// `filtered`, `dead`, `expired` and `refused`, so their sum is `published`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Events from outside, or emitted to the world.
    pub published: u64,
    /// Of those, absorbed because they had arrived before.
    pub duplicates: u64,
    /// Of those, taken by at least one trigger.
    pub taken: u64,
    /// Of those, met by triggers of which none took it.
    pub filtered: u64,
    /// Of those, kept as dead letters now.
    pub dead: u64,
    /// Of those, let go as the oldest dead letter.
    pub expired: u64,
    /// Of those, addressed to a run that is not there.
    pub refused: u64,
    /// Firings.
    pub fired: u64,
    /// Runs that started.
    pub runs_started: u64,
    /// Runs that ended well.
    pub runs_succeeded: u64,
    /// Runs that ended badly.
    pub runs_failed: u64,
    /// Attempts of tasks that were asked for.
    pub attempts: u64,
    /// Attempts whose end was told.
    pub attempts_ended: u64,
}

/// Runs that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    live: Table<RunId, Option<Box<Run>>>,
    ids: BTreeSet<RunId>,
}

/// A program and who runs it.
#[derive(Debug)]
pub(crate) struct ProgramState {
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) slot: u32,
    /// Live instances per scope of the program that has triggers which listen to the world.
    pub(crate) instances: Vec<BTreeSet<(RunId, ScopeId)>>,
}

/// A workflow: a name and its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// The version that new runs get; `None` once it was removed.
    pub current: Option<Digest>,
    /// All versions, oldest first.
    pub versions: Vec<Version>,
    /// Its standing run.
    pub standing: Option<RunId>,
}

/// One version of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its identity.
    pub program: Digest,
    /// When it was applied.
    pub applied_at: Timestamp,
}

/// A run that has not ended, and one of its triggers.
#[derive(Clone, Copy, Debug)]
pub struct Look<'p> {
    run: &'p Run,
    root: &'p Scope,
    /// The trigger's context.
    pub context: &'p Value,
}

impl<'p> Look<'p> {
    /// The run.
    #[must_use]
    pub fn state(&self) -> &'p RunState {
        &self.run.state
    }

    /// Its input.
    #[must_use]
    pub fn input(&self) -> &'p Value {
        &self.root.input
    }

    /// Its variables.
    #[must_use]
    pub fn vars(&self) -> &'p Value {
        &self.root.vars
    }

    /// Runs that it waits for.
    pub fn children(&self) -> impl Iterator<Item = RunId> + 'p {
        self.run.state.children.keys().copied()
    }

    /// The newest task that it calls `subject`, and which attempt of it is under way. Looks at tasks that are open, newest first.
    #[must_use]
    pub fn task(&self, subject: &str) -> Option<(TaskId, u32)> {
        let numbers = self.root.owns.tasks.iter().rev();
        let mut tasks = numbers.filter_map(|number| Some((*number, self.run.state.tasks.get(number)?)));
        let (number, task) = tasks.find(|(_, task)| task.subject == *subject)?;
        Some((TaskId { run: self.run.state.id, number }, task.attempt))
    }
}

/// What the key of a start request leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) run: RunId,
    pub(crate) ends_at: Option<Timestamp>,
}

/// Who listens to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    /// The trigger in every live instance of the scope.
    Program { slot: u32, scope: u32, trigger: u32 },
    /// The trigger in one scope.
    Instance { run: RunId, scope: ScopeId, trigger: u32 },
}

/// What a checkpoint has to write.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    pub(crate) runs: Vec<RunId>,
    pub(crate) ended: Vec<RunId>,
    pub(crate) programs: BTreeSet<Digest>,
    pub(crate) workflows: BTreeSet<WorkflowName>,
    pub(crate) functions: BTreeSet<FunctionName>,
    pub(crate) keys: BTreeSet<(WorkflowName, Text)>,
    pub(crate) records: BTreeSet<(Name, Text)>,
}

impl Partition {
    /// An empty partition.
    #[must_use]
    pub fn new(id: PartitionId, registry: Arc<Registry>, limits: Limits) -> Self {
        Self {
            id,
            registry,
            dedupe: Dedupe::new(limits.dedupe_window_events),
            limits,
            ledger: Ledger::default(),
            runs: Runs::default(),
            programs: BTreeMap::new(),
            slots: Vec::new(),
            workflows: BTreeMap::new(),
            functions: BTreeMap::new(),
            records: BTreeMap::new(),
            keys: BTreeMap::new(),
            key_ends: BTreeSet::new(),
            timers: BTreeSet::new(),
            pools: Pools::default(),
            world: Index::default(),
            dead: DeadLetters::default(),
            cache: Cache::default(),
            dirty: Dirty::default(),
        }
    }

    /// Takes the entry at `offset` and appends what follows from it to `out`.
    ///
    /// # Panics
    /// Where `offset` is not the one after the last: the journal has a gap or was read twice, and going on
    /// would decide on a history that never was.
    pub fn step(&mut self, offset: Offset, entry: Entry, payloads: &dyn Payloads, out: &mut Output) -> Reply {
        assert_eq!(offset, self.ledger.next, "entries are stepped in order, each once");
        self.ledger.next = offset.next();
        // The clock of whoever records may be set back; time in the engine is not.
        self.ledger.at = self.ledger.at.max(entry.at);
        out.marks.push(Mark { offset, at: self.ledger.at, facts_start: out.facts.len() });
        Step::new(self, offset, payloads, out).take(entry.input)
    }

    /// When the next timer is due: an entry at or after that time fires it.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.timers.first().map(|(due, _, _)| *due)
    }

    /// The effects that were asked for and whose end was not told: after a recovery, they are to be carried
    /// out (again).
    #[must_use]
    pub fn outstanding(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for run in self.runs.iter() {
            let issued = run.state.tasks.iter().filter(|(_, task)| task.is_issued());
            effects.extend(issued.filter_map(|(number, task)| self.invocation(run, *number, task)));
        }
        effects
    }

    /// Small state: identity, time, totals.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Runs that have not ended.
    #[must_use]
    pub fn live_runs(&self) -> usize {
        self.runs.len()
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// A program that a workflow has, or a run that has not ended.
    #[must_use]
    pub fn program(&self, digest: &Digest) -> Option<&Arc<Compiled>> {
        self.programs.get(digest).map(|state| &state.compiled)
    }

    /// Workflows by name.
    pub fn workflows(&self) -> impl Iterator<Item = (&WorkflowName, &Workflow)> {
        self.workflows.iter()
    }

    /// Functions registered for all.
    pub fn functions(&self) -> impl Iterator<Item = (&FunctionName, &Arc<FunctionSpec>)> {
        self.functions.iter()
    }

    /// What a door keeps under `key`.
    #[must_use]
    pub fn record(&self, shelf: &Name, key: &str) -> Option<&Value> {
        self.records.get(&(shelf.clone(), Text::new(key)))
    }

    /// What a door keeps on `shelf` under keys after `after`, in their order.
    pub fn records(&self, shelf: &Name, after: Option<&str>) -> impl Iterator<Item = (&Text, &Value)> {
        let start = (shelf.clone(), Text::new(after.unwrap_or_default()));
        let start = if after.is_some() { Bound::Excluded(start) } else { Bound::Included(start) };
        let shelf = shelf.clone();
        let found = self.records.range((start, Bound::Unbounded));
        found.take_while(move |((place, _), _)| *place == shelf).map(|((_, key), record)| (key, record))
    }

    /// Results that are kept for tasks which ask for the same again, by the digest of what they ask for, newest first.
    pub fn cached(&self) -> impl Iterator<Item = (&Digest, &CacheEntry)> {
        self.cache.entries()
    }

    /// The run that was started with `key`, while that is remembered.
    #[must_use]
    pub fn run_of_key(&self, workflow: &WorkflowName, key: &str) -> Option<RunId> {
        self.keys.get(&(workflow.clone(), Text::new(key))).map(|known| known.run)
    }

    /// A run that has not ended, as its trigger `name` stands in its own scope; `None` where there is no such run or trigger.
    #[must_use]
    pub fn look(&self, run: RunId, name: &str) -> Option<Look<'_>> {
        let run = self.runs.get(run)?;
        let root = run.state.scopes.get(&ScopeId::ROOT)?;
        let index = run.find_trigger(ScopeId::ROOT, &Name::new(name).ok()?)?;
        Some(Look { run, root, context: &root.triggers.get(index as usize)?.context })
    }

    /// The program of a run that has not ended.
    #[must_use]
    pub fn program_of_run(&self, run: RunId) -> Option<&Arc<Compiled>> {
        self.runs.get(run).map(|run| &run.program)
    }

    /// Whether an attempt of the task is under way that has to give signs of life.
    #[must_use]
    pub fn wants_heartbeat(&self, task: TaskId) -> bool {
        let run = self.runs.get(task.run);
        run.and_then(|run| run.state.tasks.get(&task.number))
            .is_some_and(|task| task.heartbeat_timer.is_some())
    }

    /// Where an event arrived, if it is in the window in which duplicates are recognised.
    #[must_use]
    pub fn find_event(&self, source: &str, id: &str) -> Option<Offset> {
        self.dedupe.find(source, id)
    }

    pub(crate) fn mark_dirty(&mut self, run: &mut Run) {
        if !run.dirty {
            run.dirty = true;
            self.dirty.runs.push(run.state.id);
        }
    }

    /// Keeps `compiled` and gives it a slot.
    pub(crate) fn add_program(&mut self, compiled: Arc<Compiled>) {
        let digest = compiled.digest;
        if self.programs.contains_key(&digest) {
            return;
        }
        let free = self.slots.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[slot] = Some(digest);
        let instances = vec![BTreeSet::new(); compiled.scopes.len()];
        let slot = u32::try_from(slot).expect("fewer programs than 2^32 fit in memory");
        self.programs.insert(digest, ProgramState { compiled, slot, instances });
    }

    /// Has the triggers of a scope that came into being heard by the world.
    pub(crate) fn listen(&mut self, run: &Run, scope_id: ScopeId) {
        let scope = &run.state.scopes[&scope_id];
        let program =
            self.programs.get_mut(&run.program.digest).expect("a run's program is kept while it lives");
        let compiled = &run.program.scopes[scope.spec as usize];
        let instances = &mut program.instances[scope.spec as usize];
        if compiled.triggers.iter().any(|trigger| trigger.hears_world) {
            if instances.is_empty() {
                each_world_pattern(compiled, program.slot, scope.spec, |pattern, listener| {
                    self.world.insert(pattern, listener);
                });
            }
            instances.insert((run.state.id, scope_id));
        }
        let own = (0u32..).zip(&scope.triggers).filter(|(_, trigger)| trigger.phase != Phase::Removed);
        for (index, _) in own {
            self.listen_own(run, scope_id, index);
        }
    }

    /// Has one trigger's computed or added patterns heard by the world.
    pub(crate) fn listen_own(&mut self, run: &Run, scope: ScopeId, trigger: u32) {
        let listener = Listener::Instance { run: run.state.id, scope, trigger };
        for pattern in own_world_patterns(run, scope, trigger) {
            self.world.insert(&pattern, listener);
        }
    }

    /// Undoes [`Partition::listen_own`].
    pub(crate) fn unlisten_own(&mut self, run: &Run, scope: ScopeId, trigger: u32) {
        let listener = Listener::Instance { run: run.state.id, scope, trigger };
        for pattern in own_world_patterns(run, scope, trigger) {
            self.world.remove(&pattern, listener);
        }
    }

    /// Undoes [`Partition::listen`] for a scope that is about to go.
    pub(crate) fn unlisten(&mut self, run: &Run, scope_id: ScopeId) {
        let scope = &run.state.scopes[&scope_id];
        let program =
            self.programs.get_mut(&run.program.digest).expect("a run's program is kept while it lives");
        let compiled = &run.program.scopes[scope.spec as usize];
        let instances = &mut program.instances[scope.spec as usize];
        if instances.remove(&(run.state.id, scope_id)) && instances.is_empty() {
            each_world_pattern(compiled, program.slot, scope.spec, |pattern, listener| {
                self.world.remove(pattern, listener);
            });
        }
        let own = (0u32..).zip(&scope.triggers).filter(|(_, trigger)| trigger.phase != Phase::Removed);
        for (index, _) in own {
            self.unlisten_own(run, scope_id, index);
        }
    }
}

fn each_world_pattern(
    compiled: &crate::compile::CompiledScope,
    slot: u32,
    scope: u32,
    mut visit: impl FnMut(&tidegate_model::Pattern, Listener),
) {
    for (trigger, compiled) in (0u32..).zip(&compiled.triggers) {
        for (pattern, computed) in compiled.spec.on.iter().zip(&compiled.computed) {
            if computed.is_none() && pattern.reach == tidegate_model::Reach::World {
                visit(pattern, Listener::Program { slot, scope, trigger });
            }
        }
    }
}

/// Patterns of a trigger that reach the world and are this scope's own: computed here, or of an added trigger.
fn own_world_patterns(run: &Run, scope: ScopeId, trigger: u32) -> Vec<tidegate_model::Pattern> {
    let Some(compiled) = run.trigger(scope, trigger) else { return Vec::new() };
    if !compiled.hears_world {
        return Vec::new();
    }
    let shared = run.program.scopes[run.state.scopes[&scope].spec as usize].triggers.len();
    let is_added = trigger as usize >= shared;
    let patterns = run.patterns(scope, trigger);
    let own = patterns.iter().zip(&compiled.computed).filter(|(pattern, computed)| {
        pattern.reach == tidegate_model::Reach::World && (is_added || computed.is_some())
    });
    own.map(|(pattern, _)| pattern.clone()).collect()
}

impl Runs {
    /// Takes a run out to work on it; [`Runs::put`] brings it back.
    pub(crate) fn take(&mut self, id: RunId) -> Option<Box<Run>> {
        self.live.get_mut(&id)?.take()
    }

    pub(crate) fn put(&mut self, run: Box<Run>) {
        let id = run.state.id;
        match self.live.get_mut(&id) {
            Some(place) => *place = Some(run),
            None => {
                self.ids.insert(id);
                self.live.insert(id, Some(run));
            }
        }
    }

    /// Forgets a run that was taken out.
    pub(crate) fn forget(&mut self, id: RunId) {
        self.ids.remove(&id);
        self.live.remove(&id);
    }

    pub(crate) fn get(&self, id: RunId) -> Option<&Run> {
        self.live.get(&id)?.as_deref()
    }

    pub(crate) fn contains(&self, id: RunId) -> bool {
        self.live.get(&id).is_some()
    }

    /// Runs in the order of their ids.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.ids.iter().filter_map(|id| self.get(*id))
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }
}
