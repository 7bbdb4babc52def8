//! Pools in a DAG file: `concurrency` and `pools` of the file, `pool`, `slots` and `priority` of a task.
//!
//! The pools that a file states are those of each run. `concurrency` is one of them, of which every task claims a slot. A
//! pool that the file does not state is the server's.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::Name;

use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{count, mapping, name, text, wrong_type};
use crate::nearest::nearest;
use crate::source::{Content, Node};

/// The pool that `concurrency` of a file is.
const CONCURRENCY: &str = "concurrency";

/// The pools that a file states.
#[derive(Clone, Debug, Default)]
struct Pools {
    concurrency: Option<u32>,
    slots: BTreeMap<String, u32>,
}

/// What a task, or the defaults of a file, say of slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    file: Arc<Pools>,
    pool: Option<Name>,
    slots: Option<u32>,
    priority: Option<i32>,
}

impl Slots {
    /// Those of the file `root`: its pools, and nothing of a task.
    pub(crate) fn of_file(root: &Node, reports: &mut Reports<'_>) -> Self {
        let concurrency = root.get("concurrency").and_then(|given| slots(given, "`concurrency`", reports));
        let members = root.get("pools").and_then(|pools| mapping(pools, "`pools`", reports));
        let mut pools = Pools { concurrency, slots: BTreeMap::new() };
        for member in members.unwrap_or_default() {
            let named: Option<Name> = name(&member.key, member.key_span, "the name of a pool", reports);
            let size = slots(&member.value, "the slots of a pool", reports);
            if *member.key == *CONCURRENCY {
                reports
                    .error("dag::bad_pool", member.key_span, "a pool cannot be called `concurrency`")
                    .with_help("tasks at one time are a key of the file itself, as in `concurrency: 16`");
                continue;
            }
            if let (Some(named), Some(size)) = (named, size) {
                pools.slots.insert(named.to_string(), size);
            }
        }
        Self { file: Arc::new(pools), ..Self::default() }
    }

    /// Those of a run in which at most so many tasks are under way at one time.
    pub(crate) fn at_most(concurrency: Option<u32>) -> Self {
        Self { file: Arc::new(Pools { concurrency, slots: BTreeMap::new() }), ..Self::default() }
    }

    /// What `node` says, and where it says nothing, what these do.
    pub(crate) fn or(&self, node: &Node, reports: &mut Reports<'_>) -> Self {
        let pool = node.get("pool").and_then(|given| {
            let pool: Name = name(text(given, "`pool`", reports)?, given.span, "`pool`", reports)?;
            Some((pool, given.span))
        });
        let wanted =
            node.get("slots").and_then(|given| Some((slots(given, "`slots`", reports)?, given.span)));
        let priority = node.get("priority").and_then(|given| priority(given, reports));
        if let Some((pool, span)) = &pool {
            self.doubt(pool, *span, reports);
        }
        let named = pool.as_ref().map(|(pool, _)| pool).or(self.pool.as_ref());
        let span = wanted.map(|(_, span)| span).or(pool.as_ref().map(|(_, span)| *span));
        let number = wanted.map(|(number, _)| number).or(self.slots);
        match (named, number, span) {
            (None, Some(_), Some(span)) if node.get("pool").is_none() => {
                reports
                    .error("dag::no_pool", span, "`slots` are those of a pool, and no pool is named")
                    .with_help("add `pool: NAME`, or remove it");
            }
            (Some(pool), Some(number), Some(span)) => {
                let size = self.file.slots.get(pool.as_str()).copied();
                if let Some(size) = size.filter(|size| number > *size) {
                    let message = format!("it claims {number} slots of pool `{pool}`, which has {size}");
                    reports
                        .error("dag::too_many_slots", span, message)
                        .with_help("claim fewer, or give the pool more under `pools` of the file");
                }
            }
            _ => {}
        }
        Self {
            file: Arc::clone(&self.file),
            pool: pool.map(|(pool, _)| pool).or_else(|| self.pool.clone()),
            slots: number,
            priority: priority.or(self.priority),
        }
    }

    /// Doubts a pool that the file does not state and that is nearly called as one that it does.
    fn doubt(&self, pool: &Name, span: crate::source::Span, reports: &mut Reports<'_>) {
        let stated = || self.file.slots.keys().map(String::as_str);
        if self.file.slots.contains_key(pool.as_str()) {
            return;
        }
        if let Some(near) = nearest(pool.as_str(), stated()) {
            let message =
                format!("this file has no pool {}; the server is to have it", quoted(pool.as_str()));
            reports.warning("dag::unknown_pool", span, message).with_help(format!("did you mean `{near}`?"));
        }
    }

    /// What a task claims, as a parameter of `dag.start`; nothing where it claims nothing.
    pub(crate) fn claims(&self) -> Option<Value> {
        let claim = |pool: &str, slots: u32, size: Option<u32>| {
            let of = match size {
                Some(size) => Value::object([("run", Value::object([("slots", size)]))]),
                None => Value::from("server"),
            };
            Value::object([("pool", Value::from(pool)), ("slots", Value::from(slots)), ("of", of)])
        };
        let named = self.pool.as_ref().map(|pool| {
            let size = self.file.slots.get(pool.as_str()).copied();
            claim(pool.as_str(), self.slots.unwrap_or(1), size)
        });
        let counted = self.file.concurrency.map(|most| claim(CONCURRENCY, 1, Some(most)));
        let claims: Vec<Value> = named.into_iter().chain(counted).collect();
        (!claims.is_empty()).then(|| Value::from(claims))
    }

    /// Its priority, where it says one.
    pub(crate) fn priority(&self) -> Option<Value> {
        self.priority.map(Value::from)
    }
}

fn slots(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<u32> {
    count(node, what, 1, reports).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

fn priority(node: &Node, reports: &mut Reports<'_>) -> Option<i32> {
    let number = match &node.content {
        Content::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => None,
    };
    if number.is_none() {
        wrong_type(node, "`priority`", "a whole number, of which the greater goes first", reports);
    }
    number
}
