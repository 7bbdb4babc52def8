//! Who holds slots, and who waits for them. All of it is derived from the tasks that have not ended.
//!
//! Tasks of one priority go in the order in which they came to wait. One whose claims are met passes one that waits for
//! another pool; but in a pool in which the first of all that wait for it finds too little, what is there is kept for
//! that one, so that it is not passed for ever by those that want less.
//!
//! Tasks that claim the same are a class: what one of them waits for, all those behind it wait for too. A class is parked
//! at one pool that stands in its way, and looked at again when that pool changes. So a grant costs what there are
//! different claims of a pool, and nothing grows with how many tasks wait.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidegate_model::{Offset, RunId, TaskId, Text};

use super::{Claim, DEFAULT_POOL, DEFAULT_SLOTS, PoolScope};

/// A pool, whosever it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PoolId {
    /// A run's.
    Run(RunId, Text),
    /// The server's.
    Server(Text),
}

/// What a task claims of one pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    pub(crate) pool: PoolId,
    pub(crate) slots: u32,
    /// How many the pool has, where the claim says that.
    size: Option<u32>,
}

/// All that a task claims, each pool once.
pub(crate) type Class = Arc<[Need]>;

/// A task's place among those that wait: the least is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    priority: Reverse<i32>,
    /// The entry at which it came to wait.
    entry: Offset,
    pub(crate) task: TaskId,
}

/// The pool that stands in the way of a task.
#[derive(Clone, Debug)]
pub(crate) struct Obstacle {
    pub(crate) pool: PoolId,
    /// How many slots of it the task wants.
    pub(crate) wants: u32,
    /// How many it has.
    pub(crate) slots: u32,
    /// How many are taken.
    pub(crate) used: u64,
    /// The task for which the rest is kept, where there are enough for this one.
    pub(crate) kept_for: Option<TaskId>,
}

/// The pools of a partition.
#[derive(Debug)]
pub(crate) struct Pools {
    /// Slots of the server's pools.
    sizes: BTreeMap<Text, u32>,
    /// Those of which somebody holds slots or waits for them.
    pools: BTreeMap<PoolId, Pool>,
    classes: BTreeMap<Class, Group>,
    /// Pools that changed since it was last decided who is next. Empty between steps.
    changed: BTreeSet<PoolId>,
}

#[derive(Debug, Default)]
struct Pool {
    used: u64,
    /// Tasks that claim of it and wait.
    queued: u64,
    /// The first of each class that claims of it.
    line: BTreeMap<Turn, Class>,
    /// Classes in whose way it stands, by the room that they need.
    parked: BTreeMap<i64, BTreeMap<Turn, Class>>,
}

/// The tasks of a class that wait.
#[derive(Debug, Default)]
struct Group {
    waiting: BTreeSet<Turn>,
    /// The first of them as pools know it, and the place in the class of the need at whose pool it is parked.
    listed: Option<(Turn, usize)>,
}

/// What `claims` of a task of `run` come to.
pub(crate) fn class(run: RunId, claims: &[Claim]) -> Class {
    let mut needs: Vec<Need> = Vec::with_capacity(claims.len());
    for claim in claims {
        let (pool, size) = match claim.of {
            PoolScope::Server => (PoolId::Server(claim.pool.clone()), None),
            PoolScope::Run { slots } => (PoolId::Run(run, claim.pool.clone()), Some(slots)),
        };
        match needs.iter_mut().find(|need| need.pool == pool) {
            Some(need) => {
                need.slots = need.slots.saturating_add(claim.slots);
                need.size = need.size.min(size);
            }
            None => needs.push(Need { pool, slots: claim.slots, size }),
        }
    }
    needs.sort_unstable();
    needs.into()
}

impl Turn {
    pub(crate) fn new(priority: i32, entry: Offset, task: TaskId) -> Self {
        Self { priority: Reverse(priority), entry, task }
    }
}

impl Need {
    /// The room that it needs: slots, less those that the claim itself says there are.
    fn room(&self) -> i64 {
        i64::from(self.slots) - i64::from(self.size.unwrap_or(0))
    }
}

impl Default for Pools {
    fn default() -> Self {
        Self {
            sizes: BTreeMap::from([(Text::const_new(DEFAULT_POOL), DEFAULT_SLOTS)]),
            pools: BTreeMap::new(),
            classes: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl Pools {
    /// Slots of the server's pools, by name.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&Text, u32)> {
        self.sizes.iter().map(|(name, slots)| (name, *slots))
    }

    /// Says how many slots a pool of the server has; `None` takes it away.
    pub(crate) fn set_size(&mut self, name: &Text, slots: Option<u32>) {
        let slots = slots.or((name.as_str() == DEFAULT_POOL).then_some(DEFAULT_SLOTS));
        match slots {
            Some(slots) => self.sizes.insert(name.clone(), slots),
            None => self.sizes.remove(name),
        };
        self.changed.insert(PoolId::Server(name.clone()));
    }

    /// Slots of the pool that `need` is of; `None` where there is no such pool.
    pub(crate) fn size(&self, need: &Need) -> Option<u32> {
        match &need.pool {
            PoolId::Run(..) => need.size,
            PoolId::Server(name) => self.sizes.get(name).copied(),
        }
    }

    /// Slots that are taken, and tasks that wait.
    pub(crate) fn usage(&self, pool: &PoolId) -> (u64, u64) {
        self.pools.get(pool).map_or((0, 0), |pool| (pool.used, pool.queued))
    }

    /// Takes what `class` claims, whether there is room or not: an attempt is under way.
    pub(crate) fn hold(&mut self, class: &Class) {
        for need in class.iter() {
            self.pools.entry(need.pool.clone()).or_default().used += u64::from(need.slots);
        }
    }

    /// Gives back what `class` claims.
    pub(crate) fn release(&mut self, class: &Class) {
        for need in class.iter() {
            if let Some(pool) = self.pools.get_mut(&need.pool) {
                pool.used = pool.used.saturating_sub(u64::from(need.slots));
                self.changed.insert(need.pool.clone());
            }
        }
        self.forget_unused(class);
    }

    /// Has a task wait.
    pub(crate) fn wait(&mut self, turn: Turn, class: &Class) {
        let group = self.classes.entry(Arc::clone(class)).or_default();
        let is_first = group.waiting.first().is_none_or(|first| turn < *first);
        group.waiting.insert(turn);
        for need in class.iter() {
            self.pools.entry(need.pool.clone()).or_default().queued += 1;
        }
        if is_first {
            self.list_again(class);
        }
    }

    /// Has a task wait no longer; changes nothing where it does not wait.
    pub(crate) fn withdraw(&mut self, turn: Turn, class: &Class) {
        let Some(group) = self.classes.get_mut(class) else { return };
        if !group.waiting.remove(&turn) {
            return;
        }
        let was_first = group.listed.is_some_and(|(first, _)| first == turn);
        for need in class.iter() {
            if let Some(pool) = self.pools.get_mut(&need.pool) {
                pool.queued -= 1;
            }
        }
        if was_first {
            self.list_again(class);
        }
    }

    /// The next task whose claims are met, which holds them from now on.
    pub(crate) fn grant(&mut self) -> Option<TaskId> {
        loop {
            let candidates = self.changed.iter().filter_map(|pool| self.candidate(pool));
            let Some((turn, class)) = candidates.min_by_key(|(turn, _)| *turn) else {
                self.changed.clear();
                return None;
            };
            if let Some(place) = self.in_the_way(turn, &class) {
                self.park(turn, &class, place);
                continue;
            }
            self.hold(&class);
            self.withdraw(turn, &class);
            return Some(turn.task);
        }
    }

    /// Parks all classes where they belong, now that all holders and all that wait are known. What stands in the way of
    /// each was not all known when it came.
    pub(crate) fn settle(&mut self) {
        self.changed.clear();
        let classes: Vec<(Class, Turn)> =
            self.classes.iter().filter_map(|(class, group)| Some((class.clone(), group.listed?.0))).collect();
        for (class, turn) in classes {
            match self.in_the_way(turn, &class) {
                Some(place) => self.park(turn, &class, place),
                None => self.changed.extend(class.iter().map(|need| need.pool.clone())),
            }
        }
    }

    /// Tasks that wait for more slots of the server's pool `name` than it has.
    pub(crate) fn hopeless(&self, name: &Text) -> Vec<TaskId> {
        let id = PoolId::Server(name.clone());
        let slots = self.sizes.get(name).copied().unwrap_or(0);
        let classes = self.pools.get(&id).into_iter().flat_map(|pool| pool.line.values());
        let is_hopeless = |class: &&Class| class.iter().any(|need| need.pool == id && need.slots > slots);
        let groups = classes.filter(is_hopeless).filter_map(|class| self.classes.get(class));
        groups.flat_map(|group| group.waiting.iter().map(|turn| turn.task)).collect()
    }

    /// What stands in the way of a task that waits.
    pub(crate) fn obstacle(&self, turn: Turn, class: &Class) -> Option<Obstacle> {
        let parked = self.classes.get(class).and_then(|group| group.listed).map(|(_, place)| place);
        let place = self.in_the_way(turn, class).or(parked)?;
        let need = class.get(place)?;
        let slots = self.size(need).unwrap_or(0);
        let (used, _) = self.usage(&need.pool);
        let first = self.pools.get(&need.pool).and_then(|pool| pool.line.keys().next());
        let is_room = used + u64::from(need.slots) <= u64::from(slots);
        let kept_for = first.filter(|_| is_room).map(|first| first.task).filter(|first| *first != turn.task);
        Some(Obstacle { pool: need.pool.clone(), wants: need.slots, slots, used, kept_for })
    }

    /// All that claim of a pool and wait, in their order.
    pub(crate) fn turns(&self, pool: &PoolId) -> Vec<Turn> {
        let classes = self.pools.get(pool).into_iter().flat_map(|pool| pool.line.values());
        let groups = classes.filter_map(|class| self.classes.get(class));
        let mut turns: Vec<Turn> = groups.flat_map(|group| group.waiting.iter().copied()).collect();
        turns.sort_unstable();
        turns
    }

    /// The room that is there, as [`Need::room`] counts it.
    fn room(&self, id: &PoolId) -> i64 {
        let size = match id {
            PoolId::Run(..) => 0,
            PoolId::Server(name) => i64::from(self.sizes.get(name).copied().unwrap_or(0)),
        };
        size - i64::try_from(self.usage(id).0).unwrap_or(i64::MAX)
    }

    /// The place in the class of the first need that is not met for a task at `turn`.
    fn in_the_way(&self, turn: Turn, class: &Class) -> Option<usize> {
        class.iter().position(|need| {
            let room = self.room(&need.pool);
            let kept = || self.pools.get(&need.pool).and_then(|pool| pool.kept_for(&need.pool, room));
            need.room() > room || kept().is_some_and(|first| first < turn)
        })
    }

    /// The first task parked at a pool for which there is room.
    fn candidate(&self, id: &PoolId) -> Option<(Turn, Class)> {
        let pool = self.pools.get(id)?;
        let room = self.room(id);
        if pool.kept_for(id, room).is_some() {
            return None;
        }
        let fitting = pool.parked.range(..=room).filter_map(|(_, classes)| classes.first_key_value());
        fitting.min_by_key(|(turn, _)| **turn).map(|(turn, class)| (*turn, Arc::clone(class)))
    }

    /// Has the pools of a class know its first task.
    fn list_again(&mut self, class: &Class) {
        let Some(group) = self.classes.get_mut(class) else { return };
        let (before, first) = (group.listed.take(), group.waiting.first().copied());
        if let Some((before, place)) = before {
            for (index, need) in class.iter().enumerate() {
                let Some(pool) = self.pools.get_mut(&need.pool) else { continue };
                pool.line.remove(&before);
                if index == place {
                    pool.unpark(need.room(), &before);
                }
                self.changed.insert(need.pool.clone());
            }
        }
        let Some(first) = first else {
            self.classes.remove(class);
            self.forget_unused(class);
            return;
        };
        for need in class.iter() {
            self.pools.entry(need.pool.clone()).or_default().line.insert(first, Arc::clone(class));
            self.changed.insert(need.pool.clone());
        }
        let place = self.in_the_way(first, class).unwrap_or(0);
        self.park(first, class, place);
    }

    /// Parks a class at the pool of the need at `place`.
    fn park(&mut self, first: Turn, class: &Class, place: usize) {
        let Some(group) = self.classes.get_mut(class) else { return };
        let before = group.listed.replace((first, place));
        if let Some(need) = before.and_then(|(_, place)| class.get(place))
            && let Some(pool) = self.pools.get_mut(&need.pool)
        {
            pool.unpark(need.room(), &first);
        }
        if let Some(need) = class.get(place) {
            let pool = self.pools.entry(need.pool.clone()).or_default();
            pool.parked.entry(need.room()).or_default().insert(first, Arc::clone(class));
        }
    }

    fn forget_unused(&mut self, class: &Class) {
        for need in class.iter() {
            if self.usage(&need.pool) == (0, 0) {
                self.pools.remove(&need.pool);
            }
        }
    }
}

impl Pool {
    /// The first that waits, where there is too little for it: what is there is kept for it.
    fn kept_for(&self, id: &PoolId, room: i64) -> Option<Turn> {
        let (first, class) = self.line.first_key_value()?;
        class.iter().any(|need| need.pool == *id && need.room() > room).then_some(*first)
    }

    fn unpark(&mut self, room: i64, turn: &Turn) {
        if let Some(classes) = self.parked.get_mut(&room) {
            classes.remove(turn);
            if classes.is_empty() {
                self.parked.remove(&room);
            }
        }
    }
}
