//! The state as keys and values, so that a checkpoint writes what changed and no more.
//!
//! Derived state (indexes, compiled programs, the timer queue) is not written; it is rebuilt from what is.
//! Every value begins with a version byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::{
    Digest, Event, FunctionName, FunctionSpec, Name, PartitionId, Program, RunId, ScopeId, Text, WorkflowName,
};

use crate::cache::{Asked, CacheEntry};
use crate::compile::{compile, compile_trigger};
use crate::dead_letters::Place;
use crate::dedupe::Chunk;
use crate::interceptor::CompiledInterceptor;
use crate::partition::{Key, Ledger, Limits, Partition, Workflow};
use crate::registry::Registry;
use crate::run::{Local, Run, RunState};

/// Version of the binary form of the values.
const VERSION: u8 = 1;

/// First byte of a key: what it is the key of.
mod tags {
    pub(super) const LEDGER: u8 = b'l';
    pub(super) const PROGRAM: u8 = b'p';
    pub(super) const WORKFLOW: u8 = b'w';
    pub(super) const FUNCTION: u8 = b'f';
    pub(super) const RECORD: u8 = b'o';
    pub(super) const CACHED: u8 = b'c';
    pub(super) const ASKED: u8 = b'a';
    pub(super) const KEY: u8 = b'k';
    pub(super) const DEDUPE: u8 = b'd';
    pub(super) const LETTER: u8 = b'x';
    pub(super) const RUN: u8 = b'r';
}

/// A key, and its new value or that it is gone.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// A checkpoint that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A value was written by a newer Tidegate.
    #[error("a value of the checkpoint has format version {found}; this Tidegate reads version {VERSION}")]
    Version {
        /// What it says it is.
        found: u8,
    },
    /// A key or a value is not of its form.
    #[error("the checkpoint has a malformed {what}")]
    Malformed {
        /// Which.
        what: &'static str,
    },
    /// A program does not compile under this registry.
    #[error("program `{program}` of the checkpoint does not compile: {message}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        message: String,
    },
}

impl Partition {
    /// What changed since this was last asked, in the form in which [`Partition::restore`] takes it.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes: Vec<Change> = vec![(vec![tags::LEDGER], Some(encode(&self.ledger)))];
        let dirty = std::mem::take(&mut self.dirty);
        for digest in dirty.programs {
            let program = &self.programs[&digest].compiled.program;
            changes.push((key(tags::PROGRAM, &digest.0), Some(encode(&Document(program.clone())))));
        }
        for name in dirty.workflows {
            let workflow = self.workflows.get(&name).map(encode);
            changes.push((key(tags::WORKFLOW, name.as_str().as_bytes()), workflow));
        }
        for name in dirty.functions {
            let spec = self.functions.get(&name).map(|spec| encode(&Document((**spec).clone())));
            changes.push((key(tags::FUNCTION, name.as_str().as_bytes()), spec));
        }
        for place in dirty.records {
            let record = self.records.get(&place).map(|record| encode(&Document(record.clone())));
            changes.push((key(tags::RECORD, &encode(&place)), record));
        }
        for digest in std::mem::take(&mut self.cache.dirty_entries) {
            changes.push((key(tags::CACHED, &digest.0), self.cache.entry(&digest).map(encode)));
        }
        for of in std::mem::take(&mut self.cache.dirty_asked) {
            changes.push((key(tags::ASKED, &encode(&of)), self.cache.asked(&of).map(encode)));
        }
        for place in dirty.keys {
            let known = self.keys.get(&place).map(encode);
            changes.push((key(tags::KEY, &encode(&place)), known));
        }
        for (place, event) in self.dead.take_changes() {
            changes.push((key(tags::LETTER, &place.to_bytes()), event.map(encode)));
        }
        let (chunks, dropped) = self.dedupe.take_changes();
        for chunk in chunks {
            changes.push((key(tags::DEDUPE, &chunk.number.to_be_bytes()), Some(encode(chunk))));
        }
        for number in dropped {
            changes.push((key(tags::DEDUPE, &number.to_be_bytes()), None));
        }
        for run in dirty.ended {
            changes.push((run_key(run), None));
        }
        for id in dirty.runs {
            // One that has ended since is gone, and told of above.
            let Some(mut run) = self.runs.take(id) else { continue };
            run.dirty = false;
            changes.push((run_key(id), Some(run.state.encode())));
            self.runs.put(run);
        }
        changes
    }

    /// Everything that a checkpoint of the whole state would have, whether it changed or not, by key. Two partitions
    /// are in the same state exactly where these are equal.
    #[must_use]
    pub fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut entries = vec![(vec![tags::LEDGER], encode(&self.ledger))];
        let programs = self.programs.iter();
        entries.extend(programs.map(|(digest, state)| {
            (key(tags::PROGRAM, &digest.0), encode(&Document(state.compiled.program.clone())))
        }));
        let workflows = self.workflows.iter();
        entries.extend(
            workflows
                .map(|(name, workflow)| (key(tags::WORKFLOW, name.as_str().as_bytes()), encode(workflow))),
        );
        let functions = self.functions.iter();
        entries.extend(functions.map(|(name, spec)| {
            (key(tags::FUNCTION, name.as_str().as_bytes()), encode(&Document((**spec).clone())))
        }));
        entries.extend(
            self.records.iter().map(|(place, record)| {
                (key(tags::RECORD, &encode(place)), encode(&Document(record.clone())))
            }),
        );
        entries
            .extend(self.keys.iter().map(|(place, known)| (key(tags::KEY, &encode(place)), encode(known))));
        let cached = self.cache.entries();
        entries.extend(cached.map(|(digest, entry)| (key(tags::CACHED, &digest.0), encode(entry))));
        let asked = self.cache.all_asked();
        entries.extend(asked.map(|(of, asked)| (key(tags::ASKED, &encode(of)), encode(asked))));
        let letters = self.dead.iter();
        entries.extend(letters.map(|(place, event)| (key(tags::LETTER, &place.to_bytes()), encode(event))));
        let chunks = self.dedupe.chunks();
        entries.extend(chunks.map(|chunk| (key(tags::DEDUPE, &chunk.number.to_be_bytes()), encode(chunk))));
        entries.extend(self.runs.iter().map(|run| (run_key(run.state.id), run.state.encode())));
        entries.sort_unstable();
        entries
    }

    /// The partition that the keys and values of a checkpoint describe.
    ///
    /// # Errors
    /// [`RestoreError`] where one of them is not of its form. The journal is the truth: a checkpoint that cannot
    /// be read can be deleted where the journal reaches back to its beginning.
    pub fn restore(
        id: PartitionId,
        registry: Arc<Registry>,
        limits: Limits,
        saved: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, RestoreError> {
        let mut partition = Self::new(id, registry, limits);
        let mut runs: BTreeMap<RunId, RunState> = BTreeMap::new();
        let mut chunks: BTreeMap<u64, Chunk> = BTreeMap::new();
        for (key, value) in saved {
            let Some((tag, rest)) = key.split_first() else { return Err(malformed("key")) };
            match *tag {
                tags::LEDGER => partition.ledger = decode::<Ledger>(&value, "ledger")?,
                tags::PROGRAM => partition.restore_program(&value)?,
                tags::WORKFLOW => {
                    let workflow = decode::<Workflow>(&value, "workflow")?;
                    partition.workflows.insert(name(rest)?, workflow);
                }
                tags::FUNCTION => {
                    let spec = decode::<Document<FunctionSpec>>(&value, "function")?.0;
                    partition.functions.insert(name::<FunctionName>(rest)?, Arc::new(spec));
                }
                tags::RECORD => {
                    let place = decode::<(Name, Text)>(rest, "key of a record")?;
                    let record = decode::<Document<Value>>(&value, "record")?.0;
                    partition.restore_pool(&place, &record);
                    partition.records.insert(place, record);
                }
                tags::CACHED => {
                    let digest = rest.try_into().map(Digest).map_err(|_| malformed("key"))?;
                    partition.cache.restore(digest, decode::<CacheEntry>(&value, "kept result")?);
                }
                tags::ASKED => {
                    let of = decode::<(WorkflowName, Text)>(rest, "key of a kept result")?;
                    partition.cache.restore_asked(of, decode::<Asked>(&value, "kept result")?);
                }
                tags::KEY => {
                    let place = decode::<(WorkflowName, Text)>(rest, "key")?;
                    let known = decode::<Key>(&value, "key")?;
                    if let Some(ends_at) = known.ends_at {
                        partition.key_ends.insert((ends_at, place.0.clone(), place.1.clone()));
                    }
                    partition.keys.insert(place, known);
                }
                tags::LETTER => {
                    let place = Place::from_bytes(rest).ok_or_else(|| malformed("place of a dead letter"))?;
                    partition.dead.insert(place, decode::<Event>(&value, "dead letter")?);
                }
                tags::DEDUPE => {
                    chunks.insert(number(rest)?, decode::<Chunk>(&value, "chunk of identities")?);
                }
                tags::RUN => {
                    let state = RunState::decode(&value)?;
                    runs.insert(state.id, state);
                }
                _ => return Err(malformed("key")),
            }
        }
        chunks.into_values().for_each(|chunk| partition.dedupe.restore(chunk));
        for state in runs.into_values() {
            partition.restore_run(state)?;
        }
        partition.pools.settle();
        Ok(partition)
    }

    fn restore_program(&mut self, value: &[u8]) -> Result<(), RestoreError> {
        let program = decode::<Document<Program>>(value, "program")?.0;
        let name = program.name.to_string();
        let compiled = compile(program, &self.registry).map_err(|errors| RestoreError::Program {
            program: name,
            message: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
        self.add_program(Arc::new(compiled));
        Ok(())
    }

    fn restore_run(&mut self, mut state: RunState) -> Result<(), RestoreError> {
        state.derive();
        let program =
            self.programs.get(&state.program).ok_or_else(|| malformed("run: its program is missing"))?;
        let program = Arc::clone(&program.compiled);
        let mut local: BTreeMap<ScopeId, Box<Local>> = BTreeMap::new();
        for (id, scope) in &state.scopes {
            if scope.added.is_empty() && scope.computed.is_empty() {
                continue;
            }
            let place = local.entry(*id).or_default();
            for computed in &scope.computed {
                place.index.insert(&computed.resolved.0, computed.trigger);
            }
            let shared = program.scopes[scope.spec as usize].triggers.len() as u32;
            for (index, spec) in (shared..).zip(&scope.added) {
                let compiled = compile_trigger(spec.0.clone(), &self.registry, &mut |_, _| {});
                let compiled =
                    compiled.ok_or_else(|| malformed("run: a trigger added to it does not compile"))?;
                spec.0.on.iter().for_each(|pattern| place.index.insert(pattern, index));
                place.added.push(Arc::new(compiled));
            }
        }
        let compile =
            |spec: &Document<_>| CompiledInterceptor::compile(Clone::clone(&spec.0), &self.registry);
        let interceptors = state.interceptors.iter().map(|spec| compile(spec).map(Arc::new));
        let interceptors: Result<Vec<_>, _> = interceptors.collect();
        let interceptors = interceptors.map_err(|_| malformed("run: an interceptor does not compile"))?;
        self.restore_claims(&state);
        for (number, timer) in &state.timers {
            self.timers.insert((timer.due, state.id, *number));
        }
        let scopes: Vec<ScopeId> = state.scopes.keys().copied().collect();
        let run = Run {
            state,
            program,
            local,
            interceptors,
            dirty: false,
            touched: false,
            raised: Default::default(),
            kept: Default::default(),
        };
        for scope in scopes {
            self.listen(&run, scope);
        }
        self.runs.put(Box::new(run));
        Ok(())
    }
}

impl RunState {
    /// The binary form, as in a checkpoint; for the archive of runs that have ended.
    #[must_use]
    ///
    /// # Panics
    /// Never: writing to memory does not fail.
    pub fn encode(&self) -> Vec<u8> {
        let bytes = encode(self);
        match self.extension() {
            None => bytes,
            Some(extension) => {
                postcard::to_extend(&extension, bytes).expect("writing to memory does not fail")
            }
        }
    }

    /// The run whose binary form is `bytes`.
    ///
    /// # Errors
    /// [`RestoreError`] where it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, RestoreError> {
        let (mut state, rest) = decode_first::<Self>(bytes, "run")?;
        if !rest.is_empty() {
            state.extend(postcard::from_bytes(rest).map_err(|_| malformed("run"))?);
        }
        Ok(state)
    }
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let out = vec![VERSION];
    postcard::to_extend(value, out).expect("writing to memory does not fail, and state has a binary form")
}

fn decode<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, RestoreError> {
    decode_first(bytes, what).map(|(value, _)| value)
}

/// The value that `bytes` begin with, and what stands behind it.
fn decode_first<'b, T: DeserializeOwned>(
    bytes: &'b [u8],
    what: &'static str,
) -> Result<(T, &'b [u8]), RestoreError> {
    match bytes.split_first() {
        Some((&VERSION, body)) => postcard::take_from_bytes(body).map_err(|_| malformed(what)),
        Some((&found, _)) => Err(RestoreError::Version { found }),
        None => Err(malformed(what)),
    }
}

fn malformed(what: &'static str) -> RestoreError {
    RestoreError::Malformed { what }
}

fn key(tag: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + rest.len());
    key.push(tag);
    key.extend_from_slice(rest);
    key
}

fn run_key(run: RunId) -> Vec<u8> {
    key(tags::RUN, &run.0.to_be_bytes())
}

fn number(bytes: &[u8]) -> Result<u64, RestoreError> {
    bytes.try_into().map(u64::from_be_bytes).map_err(|_| malformed("key"))
}

fn name<T: std::str::FromStr>(bytes: &[u8]) -> Result<T, RestoreError> {
    std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(|| malformed("key"))
}
