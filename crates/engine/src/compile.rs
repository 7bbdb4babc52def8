//! From a program, which is data, to what a step runs on: the index of patterns, and conditions and actions
//! with their parameters and expressions compiled. Done once per program, shared by all its runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_model::{
    Digest, FunctionName, FunctionSpec, Name, Pattern, Program, Reach, ScopeSpec, TextMatch, TriggerName,
    TriggerSpec,
};

use crate::action::{Action, Started};
use crate::condition::Condition;
use crate::input::InputRule;
use crate::matching::Index;
use crate::registry::{MalformedParams, Registry};
use crate::scene::Expr;

/// A program ready to run.
#[derive(Debug)]
pub struct Compiled {
    /// The program as data.
    pub program: Program,
    /// Its identity.
    pub digest: Digest,
    pub(crate) scopes: Vec<CompiledScope>,
    pub(crate) scopes_by_name: BTreeMap<Name, u32>,
    pub(crate) functions: BTreeMap<FunctionName, Arc<FunctionSpec>>,
    pub(crate) directory: Option<Arc<str>>,
    /// What the input of a run is to be; anything where `None`.
    pub(crate) input: Option<Box<dyn InputRule>>,
}

/// A scope ready to be instantiated.
#[derive(Debug)]
pub(crate) struct CompiledScope {
    pub(crate) triggers: Vec<Arc<CompiledTrigger>>,
    /// Patterns without expressions.
    pub(crate) index: Index<u32>,
    pub(crate) by_name: BTreeMap<TriggerName, u32>,
    /// Whether any of its triggers can end the scope.
    pub(crate) has_end: bool,
}

/// A trigger ready to be evaluated.
#[derive(Debug)]
pub struct CompiledTrigger {
    /// The trigger as data.
    pub spec: TriggerSpec,
    /// One per pattern.
    pub(crate) filters: Vec<Option<Expr>>,
    /// One per pattern: what its subject and source are computed by.
    pub(crate) computed: Vec<Option<Computed>>,
    pub(crate) has_filters: bool,
    pub(crate) hears_world: bool,
    pub(crate) condition: Box<dyn Condition>,
    pub(crate) actions: Vec<Box<dyn Action>>,
}

/// Expressions for the parts of a pattern that are computed when a scope starts.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) kind: Option<Expr>,
    pub(crate) subject: Option<Expr>,
    pub(crate) source: Option<Expr>,
}

/// Something in a program that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// Index of the scope in [`Program::scopes`].
    pub scope: usize,
    /// The trigger, where it is about one.
    pub trigger: Option<TriggerName>,
    /// Which part of the trigger.
    pub place: Place,
    /// JSON pointer within the parameters of that part.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// The way out, where there is one to name.
    pub help: Option<String>,
}

/// A part of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The trigger as a whole.
    Trigger,
    /// The pattern of this index.
    Pattern(usize),
    /// The condition.
    Condition,
    /// The action of this index.
    Action(usize),
}

/// Everything that keeps `program` from running under `registry`.
#[must_use]
pub fn check(program: &Program, registry: &Registry) -> Vec<CompileError> {
    compile(program.clone(), registry).err().unwrap_or_default()
}

/// Compiles `program`.
///
/// # Errors
/// Everything that is wrong with it, not only the first.
pub fn compile(program: Program, registry: &Registry) -> Result<Compiled, Vec<CompileError>> {
    let mut errors = Vec::new();
    let mut scopes = Vec::with_capacity(program.scopes.len());
    if program.scopes.is_empty() {
        errors.push(CompileError {
            scope: 0,
            trigger: None,
            place: Place::Trigger,
            pointer: String::new(),
            message: "the program has no scope".to_owned(),
            help: None,
        });
    }
    let mut scopes_by_name = BTreeMap::new();
    for (number, spec) in (0u32..).zip(&program.scopes) {
        scopes_by_name.entry(spec.name.clone()).or_insert(number);
    }
    for (number, spec) in program.scopes.iter().enumerate() {
        scopes.push(compile_scope(number, spec, &scopes_by_name, registry, &mut errors));
    }
    let input = registry.input_rule(&program.input).unwrap_or_else(|malformed| {
        let MalformedParams { pointer, message, help } = malformed;
        let message = format!("the schema of the input: {message}");
        errors.push(CompileError { scope: 0, trigger: None, place: Place::Trigger, pointer, message, help });
        None
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    let functions =
        program.functions.iter().map(|(name, spec)| (name.clone(), Arc::new(spec.clone()))).collect();
    let directory = program.directory.as_deref().map(Arc::from);
    Ok(Compiled { digest: program.digest(), program, scopes, scopes_by_name, functions, directory, input })
}

fn compile_scope(
    number: usize,
    spec: &ScopeSpec,
    known: &BTreeMap<Name, u32>,
    registry: &Registry,
    errors: &mut Vec<CompileError>,
) -> CompiledScope {
    let mut scope = CompiledScope {
        triggers: Vec::with_capacity(spec.triggers.len()),
        index: Index::default(),
        by_name: BTreeMap::new(),
        has_end: false,
    };
    for trigger in &spec.triggers {
        let mut report = |place, malformed: MalformedParams| {
            let MalformedParams { pointer, message, help } = malformed;
            let trigger = Some(trigger.name.clone());
            errors.push(CompileError { scope: number, trigger, place, pointer, message, help });
        };
        let Some(compiled) = compile_trigger(trigger.clone(), registry, &mut report) else { continue };
        for (index, action) in compiled.actions.iter().enumerate() {
            for started in action.starts() {
                if let Started::Scope(name) = started
                    && !known.contains_key(name)
                {
                    let malformed = MalformedParams::at("scope", format!("no scope is named `{name}`"));
                    report(Place::Action(index), malformed);
                }
            }
        }
        let index =
            u32::try_from(scope.triggers.len()).expect("a program of 2^32 triggers does not fit in memory");
        if scope.by_name.insert(trigger.name.clone(), index).is_some() {
            let message = format!("two triggers are named `{}`", trigger.name);
            report(Place::Trigger, MalformedParams::new(message));
        }
        for (pattern, computed) in trigger.on.iter().zip(&compiled.computed) {
            if computed.is_none() {
                scope.index.insert(pattern, index);
            }
        }
        scope.has_end |= compiled.actions.iter().any(|action| action.ends_scope());
        scope.triggers.push(Arc::new(compiled));
    }
    scope
}

/// Compiles one trigger; `None` after reporting everything that is wrong with it.
pub(crate) fn compile_trigger(
    spec: TriggerSpec,
    registry: &Registry,
    report: &mut impl FnMut(Place, MalformedParams),
) -> Option<CompiledTrigger> {
    let mut sound = true;
    let mut filters = Vec::with_capacity(spec.on.len());
    let mut computed = Vec::with_capacity(spec.on.len());
    if spec.on.is_empty() {
        sound = false;
        report(Place::Trigger, MalformedParams::new("the trigger listens to nothing"));
    }
    for (index, pattern) in spec.on.iter().enumerate() {
        let mut compile = |key: &str, text: &str| match Expr::parse(text) {
            Ok(expr) => Some(expr),
            Err(message) => {
                sound = false;
                report(Place::Pattern(index), MalformedParams::at(key, message));
                None
            }
        };
        filters.push(pattern.filter.as_deref().and_then(|filter| compile("where", filter)));
        computed.push(compile_computed(pattern, &mut compile));
    }
    let condition = match registry.condition(&spec.condition.name, &spec.condition.params) {
        Ok(condition) => Some(condition),
        Err(malformed) => {
            report(Place::Condition, malformed);
            None
        }
    };
    let mut actions = Vec::with_capacity(spec.actions.len());
    for (index, action) in spec.actions.iter().enumerate() {
        match registry.action(&action.name, &action.params) {
            Ok(action) => actions.push(action),
            Err(malformed) => {
                sound = false;
                report(Place::Action(index), malformed);
            }
        }
    }
    for (what, value) in [("context", &spec.context)] {
        if !value.is_null() && value.as_object().is_none() {
            sound = false;
            let message = format!("expected an object, found {}", value.type_name());
            report(Place::Trigger, MalformedParams::at(what, message));
        }
    }
    let condition = condition.filter(|_| sound)?;
    let has_filters = filters.iter().any(Option::is_some);
    let hears_world = spec.on.iter().any(|pattern| pattern.reach == Reach::World);
    Some(CompiledTrigger { spec, filters, computed, has_filters, hears_world, condition, actions })
}

fn compile_computed(
    pattern: &Pattern,
    compile: &mut impl FnMut(&str, &str) -> Option<Expr>,
) -> Option<Computed> {
    let mut part = |key: &str, test: Option<&TextMatch>| match test {
        Some(TextMatch::Expression(text)) => compile(key, text),
        _ => None,
    };
    let computed = Computed {
        kind: part("type", Some(&pattern.kind)),
        subject: part("subject", pattern.subject.as_ref()),
        source: part("source", pattern.source.as_ref()),
    };
    let any = computed.kind.is_some() || computed.subject.is_some() || computed.source.is_some();
    any.then_some(computed)
}

impl Compiled {
    /// The function of this name that the program brings itself.
    #[must_use]
    pub fn function(&self, name: &FunctionName) -> Option<&Arc<FunctionSpec>> {
        self.functions.get(name)
    }

    /// The trigger `index` of the scope `scope`, both as in [`Program::scopes`].
    #[must_use]
    pub fn trigger(&self, scope: u32, index: u32) -> Option<&Arc<CompiledTrigger>> {
        self.scopes.get(scope as usize)?.triggers.get(index as usize)
    }
}
