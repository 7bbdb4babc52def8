//! Reflection: triggers, contexts and interceptors of a run, changed while it runs.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::entry::{Document, TriggerChange};
use tidegate_model::fact::TriggerChangeKind;
use tidegate_model::interceptor::Interceptor;
use tidegate_model::outcome::errors;
use tidegate_model::{
    Fact, Failure, Labels, Name, Outcome, RunId, ScopeId, TextMatch, TriggerName, TriggerSpec,
};

use super::{Step, not_found};
use crate::compile::compile_trigger;
use crate::interceptor::CompiledInterceptor;
use crate::output::{Refusal, Reply};
use crate::run::{Phase, Run, TriggerState};

impl Step<'_> {
    /// A trigger of the run's root scope is changed from outside.
    pub(super) fn change_trigger(&mut self, run: RunId, change: TriggerChange) -> Reply {
        self.on_run(run, |step, run| {
            let scope = ScopeId::ROOT;
            let name = match &change {
                TriggerChange::Add(spec) => {
                    if let Err(message) = step.compile_added(spec) {
                        return Reply::Refused(Refusal::Invalid(message));
                    }
                    if run.find_trigger(scope, &spec.name).is_some() {
                        let message = format!("the run has a trigger `{}`", spec.name);
                        return Reply::Refused(Refusal::Conflict(message));
                    }
                    None
                }
                TriggerChange::Enable(name) | TriggerChange::Disable(name) | TriggerChange::Remove(name) => {
                    Some(name)
                }
                TriggerChange::Set { trigger, context } => {
                    if context.as_object().is_none() {
                        let message = format!("a context is an object, found {}", context.type_name());
                        return Reply::Refused(Refusal::Invalid(message));
                    }
                    Some(trigger)
                }
            };
            if let Some(name) = name.filter(|name| run.find_trigger(scope, name).is_none()) {
                return Reply::Refused(not_found("trigger", name.as_str()));
            }
            match change {
                TriggerChange::Enable(name) => step.enable_trigger(run, scope, &name),
                TriggerChange::Disable(name) => step.disable_trigger(run, scope, &name),
                TriggerChange::Remove(name) => step.remove_named_trigger(run, scope, &name),
                TriggerChange::Add(spec) => step.add_trigger(run, scope, spec),
                TriggerChange::Set { trigger, context } => {
                    step.set_context(run, scope, &trigger, &context, &Labels::NONE);
                }
            }
            Reply::Done
        })
    }

    pub(super) fn enable_trigger(&mut self, run: &mut Run, scope: ScopeId, name: &TriggerName) {
        let Some(index) = self.trigger_to_change(run, scope, name) else { return };
        if phase(run, scope, index) == Phase::Enabled {
            return;
        }
        set_phase(run, scope, index, Phase::Enabled);
        self.tell_change(run, scope, index, name, TriggerChangeKind::Enabled);
        self.begin_trigger(run, scope, index);
    }

    pub(super) fn disable_trigger(&mut self, run: &mut Run, scope: ScopeId, name: &TriggerName) {
        let Some(index) = self.trigger_to_change(run, scope, name) else { return };
        set_phase(run, scope, index, Phase::Disabled);
        self.drop_condition_timers(run, scope, index);
        self.tell_change(run, scope, index, name, TriggerChangeKind::Disabled);
    }

    pub(super) fn remove_named_trigger(&mut self, run: &mut Run, scope: ScopeId, name: &TriggerName) {
        if let Some(index) = self.trigger_to_change(run, scope, name) {
            self.remove_trigger(run, scope, index);
        }
    }

    /// Takes a trigger away for good.
    pub(super) fn remove_trigger(&mut self, run: &mut Run, scope: ScopeId, index: u32) {
        let Some(name) = run.trigger(scope, index).map(|trigger| trigger.spec.name.clone()) else { return };
        self.partition.unlisten_own(run, scope, index);
        set_phase(run, scope, index, Phase::Removed);
        self.drop_condition_timers(run, scope, index);
        self.tell_change(run, scope, index, &name, TriggerChangeKind::Removed);
    }

    pub(super) fn add_trigger(&mut self, run: &mut Run, scope: ScopeId, spec: TriggerSpec) {
        if let Some(existing) = run.find_trigger(scope, &spec.name) {
            self.remove_trigger(run, scope, existing);
        }
        let compiled = match self.compile_added(&spec) {
            Ok(compiled) => compiled,
            Err(message) => {
                self.end_scope(run, scope, Outcome::Failed(Failure::new(errors::INVALID_VALUE, message)));
                return;
            }
        };
        let (name, enabled) = (spec.name.clone(), spec.enabled);
        let shared = run.program.scopes[run.state.scopes[&scope].spec as usize].triggers.len();
        let place = run.state.scopes.get_mut(&scope).expect("commands stop when their scope ends");
        let index = (shared + place.added.len()) as u32;
        place.triggers.push(TriggerState {
            phase: if enabled { Phase::Enabled } else { Phase::Disabled },
            context: spec.context.clone(),
            labels: Labels::NONE,
            seen: 0,
            fired: 0,
            last_at: None,
        });
        let local = run.local.entry(scope).or_default();
        spec.on.iter().for_each(|pattern| local.index.insert(pattern, index));
        local.added.push(Arc::new(compiled));
        place.added.push(Document(spec));
        self.partition.listen_own(run, scope, index);
        self.tell_change(run, scope, index, &name, TriggerChangeKind::Added);
        if enabled {
            self.begin_trigger(run, scope, index);
        }
    }

    fn compile_added(&self, spec: &TriggerSpec) -> Result<crate::compile::CompiledTrigger, String> {
        let computed = |test: &TextMatch| matches!(test, TextMatch::Expression(_));
        let mut messages = Vec::new();
        for pattern in &spec.on {
            if [Some(&pattern.kind), pattern.subject.as_ref(), pattern.source.as_ref()]
                .into_iter()
                .flatten()
                .any(computed)
            {
                messages.push(
                    "patterns of a trigger that is added while the run goes on are not computed".to_owned(),
                );
            }
        }
        let compiled = compile_trigger(spec.clone(), &self.partition.registry, &mut |_, malformed| {
            messages.push(malformed.message);
        });
        match compiled {
            Some(compiled) if messages.is_empty() => Ok(compiled),
            _ => Err(format!("trigger `{}`: {}", spec.name, messages.join("; "))),
        }
    }

    pub(super) fn set_context(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        name: &TriggerName,
        context: &Value,
        labels: &Labels,
    ) {
        let Some(index) = self.trigger_to_change(run, scope, name) else { return };
        let place = run.state.scopes.get_mut(&scope).expect("commands stop when their scope ends");
        let state = &mut place.triggers[index as usize];
        if state.context.is_null() {
            state.context = Value::object::<&str, Value>([]);
        }
        for (key, value) in context.as_object().into_iter().flat_map(|context| context.iter()) {
            state.context.set(key.clone(), value.clone());
        }
        state.labels.absorb(labels);
        self.tell_change(run, scope, index, name, TriggerChangeKind::ContextSet);
        self.reconsider(run, scope, index);
    }

    /// Number of the trigger to change. One that is gone is a failure of the scope: it names what is not there.
    fn trigger_to_change(&mut self, run: &mut Run, scope: ScopeId, name: &TriggerName) -> Option<u32> {
        let found = run.find_trigger(scope, name);
        if found.is_none() {
            let message = format!("no trigger is named `{name}`, or it was removed");
            let failure = Failure::new(errors::INVALID_VALUE, message);
            self.end_scope(run, scope, Outcome::Failed(failure));
        }
        found
    }

    fn begin_trigger(&mut self, run: &mut Run, scope: ScopeId, index: u32) {
        self.condition_begins(run, scope, index);
        let patterns = run.patterns(scope, index).into_owned();
        self.redeliver(run, scope, &patterns);
    }

    fn tell_change(
        &mut self,
        run: &Run,
        scope: ScopeId,
        index: u32,
        name: &TriggerName,
        change: TriggerChangeKind,
    ) {
        let trigger = run.reference(scope, index);
        self.fact(Fact::TriggerChanged { trigger, name: name.clone(), change });
    }

    /// Attaches an interceptor, in place of one of the same name.
    pub(super) fn intercept(&mut self, run: RunId, interceptor: Interceptor) -> Reply {
        let compiled = match CompiledInterceptor::compile(interceptor.clone(), &self.partition.registry) {
            Ok(compiled) => Arc::new(compiled),
            Err(malformed) => return Reply::Refused(Refusal::Invalid(malformed.message)),
        };
        self.on_run(run, |step, run| {
            let name = interceptor.name.clone();
            let same = run.state.interceptors.iter().position(|other| other.0.name == name);
            match same {
                Some(place) => {
                    run.state.interceptors[place] = Document(interceptor);
                    run.interceptors[place] = compiled;
                }
                None => {
                    run.state.interceptors.push(Document(interceptor));
                    run.interceptors.push(compiled);
                }
            }
            step.fact(Fact::InterceptorChanged { run: run.state.id, name, attached: true });
            Reply::Done
        })
    }

    /// Detaches an interceptor. What it holds stays held.
    pub(super) fn remove_interceptor(&mut self, run: RunId, name: &Name) -> Reply {
        self.on_run(run, |step, run| {
            let Some(place) = run.state.interceptors.iter().position(|other| other.0.name == *name) else {
                return Reply::Refused(not_found("interceptor", name.as_str()));
            };
            run.state.interceptors.remove(place);
            run.interceptors.remove(place);
            let name = name.clone();
            step.fact(Fact::InterceptorChanged { run: run.state.id, name, attached: false });
            Reply::Done
        })
    }
}

fn phase(run: &Run, scope: ScopeId, index: u32) -> Phase {
    run.state.scopes[&scope].triggers[index as usize].phase
}

fn set_phase(run: &mut Run, scope: ScopeId, index: u32, phase: Phase) {
    if let Some(place) = run.state.scopes.get_mut(&scope) {
        place.triggers[index as usize].phase = phase;
    }
}
