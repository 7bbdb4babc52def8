//! Scopes: instances of a program's parts within a run. Their end is an event in their parent.

use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Fact, Failure, Labels, Name, Outcome, Pattern, RunId, ScopeId, Text, TextMatch};

use super::{Notice, Step, kinds};
use crate::compile::Computed;
use crate::run::{ComputedPattern, Item, Local, Owned, Phase, Run, Scope, ScopeParent, TriggerState};
use crate::scene::{Expr, Scene};

impl Step<'_> {
    /// Starts one nested scope.
    pub(super) fn call_scope(
        &mut self,
        run: &mut Run,
        parent: ScopeId,
        subject: Text,
        name: &Name,
        input: Value,
        labels: &Labels,
    ) {
        self.start_nested(run, parent, subject, name, input, labels, None);
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of a scope, each of its own type")]
    pub(super) fn start_nested(
        &mut self,
        run: &mut Run,
        parent: ScopeId,
        subject: Text,
        name: &Name,
        input: Value,
        labels: &Labels,
        item: Option<Item>,
    ) {
        let spec = run.program.scopes_by_name.get(name).copied();
        let depth_max = self.partition.limits.scope_depth_max;
        let failure = if spec.is_none() {
            Some(Failure::new(errors::INVALID_VALUE, format!("no scope is named `{name}`")))
        } else if depth(run, parent) >= depth_max {
            let message = format!("scopes nest deeper than {depth_max}");
            Some(Failure::new(errors::LIMIT, message))
        } else {
            None
        };
        let origin = ScopeParent { scope: parent, subject, item };
        match (spec, failure) {
            (Some(spec), None) => {
                run.state.next.scope += 1;
                let id = ScopeId(run.state.next.scope);
                self.fact(Fact::ScopeStarted {
                    run: run.state.id,
                    scope: id,
                    parent,
                    subject: origin.subject.clone(),
                    index: item.map(|item| item.index),
                });
                self.open_scope(run, id, spec, Some(origin), input, labels, kinds::SCOPE_STARTED);
            }
            (_, failure) => {
                let failure = failure.unwrap_or_else(|| Failure::new(errors::INVALID_VALUE, "no such scope"));
                self.tell_parent(run, origin, Outcome::Failed(failure), labels);
            }
        }
    }

    /// Brings a scope into being and raises the event that it started.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of a scope, each of its own type")]
    pub(super) fn open_scope(
        &mut self,
        run: &mut Run,
        id: ScopeId,
        spec: u32,
        parent: Option<ScopeParent>,
        input: Value,
        labels: &Labels,
        kind: &'static str,
    ) {
        let program = std::sync::Arc::clone(&run.program);
        let vars = match &program.program.scopes[spec as usize].vars {
            Value::Null => Value::object::<&str, Value>([]),
            vars => vars.clone(),
        };
        let triggers = program.scopes[spec as usize].triggers.iter().map(|trigger| TriggerState {
            phase: if trigger.spec.enabled { Phase::Enabled } else { Phase::Disabled },
            context: trigger.spec.context.clone(),
            labels: Labels::NONE,
            seen: 0,
            fired: 0,
            last_at: None,
        });
        let triggers = triggers.collect();
        let data = Data::json(&input);
        let scope = Scope {
            spec,
            parent,
            input,
            vars,
            labels: labels.clone(),
            triggers,
            added: Vec::new(),
            computed: Vec::new(),
            started_at: self.at,
            owns: Owned::default(),
        };
        if let Some(parent) = &scope.parent {
            run.state.own(parent.scope, |owns| owns.scopes.insert(id));
        }
        run.state.scopes.insert(id, Box::new(scope));
        if let Err(failure) = self.compute_patterns(run, id) {
            self.partition.listen(run, id);
            self.end_scope(run, id, Outcome::Failed(failure));
            return;
        }
        self.partition.listen(run, id);
        let subject = match id {
            ScopeId::ROOT => Text::new(run.state.workflow.as_str()),
            _ => Text::new(program.program.scopes[spec as usize].name.as_str()),
        };
        self.raise(run, id, Notice::new(kind, Some(subject), data, labels.clone()));
        self.begin_triggers(run, id);
    }

    /// Computes the patterns of the scope's triggers that have expressions.
    fn compute_patterns(&mut self, run: &mut Run, id: ScopeId) -> Result<(), Failure> {
        let program = std::sync::Arc::clone(&run.program);
        let place = &run.state.scopes[&id];
        let mut resolved = Vec::new();
        for (index, trigger) in (0u32..).zip(&program.scopes[place.spec as usize].triggers) {
            for (number, (pattern, computed)) in trigger.spec.on.iter().zip(&trigger.computed).enumerate() {
                let Some(computed) = computed else { continue };
                let scene =
                    self.scene(run, id, &place.input, &run.state.workflow, None, Some(&trigger.spec.name));
                let pattern = resolve(pattern, computed, &scene)?;
                resolved.push(ComputedPattern {
                    trigger: index,
                    pattern: number as u32,
                    resolved: Document(pattern),
                });
            }
        }
        if !resolved.is_empty() {
            let local: &mut Local = run.local.entry(id).or_default();
            for computed in &resolved {
                local.index.insert(&computed.resolved.0, computed.trigger);
            }
            run.state.scopes.get_mut(&id).expect("it was just inserted").computed = resolved;
        }
        Ok(())
    }

    /// Starts what conditions start when their trigger begins to listen, and delivers what waited for it.
    fn begin_triggers(&mut self, run: &mut Run, id: ScopeId) {
        let Some(place) = run.state.scopes.get(&id) else { return };
        for index in 0..place.triggers.len() as u32 {
            let Some(place) = run.state.scopes.get(&id) else { return };
            if place.triggers[index as usize].phase != Phase::Enabled {
                continue;
            }
            self.condition_begins(run, id, index);
            let hears_world = run.trigger(id, index).is_some_and(|trigger| trigger.hears_world);
            if hears_world && self.partition.dead.len() > 0 {
                let patterns = run.patterns(id, index).into_owned();
                self.redeliver(run, id, &patterns);
            }
        }
    }

    /// Ends a scope, with everything in it.
    pub(super) fn end_scope(&mut self, run: &mut Run, id: ScopeId, outcome: Outcome) {
        if id == ScopeId::ROOT {
            self.end_run(run, outcome);
            return;
        }
        let Some(place) = run.state.scopes.get(&id) else { return };
        let (parent, labels) = (place.parent.clone(), place.labels.clone());
        let succeeded = matches!(outcome, Outcome::Succeeded { .. });
        self.drop_scope(run, id);
        self.fact(Fact::ScopeEnded { run: run.state.id, scope: id, succeeded });
        if let Some(parent) = parent {
            self.tell_parent(run, parent, outcome, &labels);
        }
    }

    fn tell_parent(&mut self, run: &mut Run, parent: ScopeParent, outcome: Outcome, labels: &Labels) {
        if let Some(item) = parent.item {
            self.item_ended(run, item, outcome, (kinds::SCOPE_SUCCEEDED, kinds::SCOPE_FAILED));
            return;
        }
        let subject = Some(parent.subject);
        let notice = match outcome {
            Outcome::Succeeded { data, labels: own } => {
                Notice::new(kinds::SCOPE_SUCCEEDED, subject, data, own.union(labels))
            }
            Outcome::Failed(failure) => {
                Notice::failure(kinds::SCOPE_FAILED, subject, &failure, labels.clone())
            }
        };
        self.raise(run, parent.scope, notice);
    }

    /// Takes a scope away, with everything in it; nothing follows from it.
    pub(super) fn drop_scope(&mut self, run: &mut Run, id: ScopeId) {
        let place = run.state.scopes.get_mut(&id);
        let Owned { scopes, tasks, fan_outs } =
            place.map(|place| std::mem::take(&mut place.owns)).unwrap_or_default();
        scopes.into_iter().for_each(|nested| self.drop_scope(run, nested));
        tasks.into_iter().for_each(|number| self.drop_task(run, number));
        for fan_out in fan_outs {
            self.lose_fan_out(run, fan_out);
        }
        self.drop_timers_of(run, id);
        run.state.holds.retain(|_, hold| hold.scope != id);
        run.state.children.retain(|_, steps| {
            steps.retain(|step| step.scope != id);
            !steps.is_empty()
        });
        run.state.waiting.retain(|parcel| parcel.scope != id);
        run.state.dead.retain(|parcel| parcel.scope != id);
        self.partition.unlisten(run, id);
        if id != ScopeId::ROOT
            && let Some(parent) = run.state.scopes.remove(&id).and_then(|place| place.parent)
        {
            run.state.own(parent.scope, |owns| owns.scopes.remove(&id));
        }
        run.local.remove(&id);
    }

    /// Raises in a waiting parent the event that a run it started has ended.
    pub(super) fn child_ended(&mut self, parent: RunId, child: RunId, outcome: &Outcome, labels: &Labels) {
        self.with_run(parent, |step, run| {
            for waiting in run.state.children.remove(&child).unwrap_or_default() {
                let subject = Some(waiting.subject);
                let notice = match &outcome {
                    Outcome::Succeeded { data, labels: own } => {
                        Notice::new(kinds::RUN_SUCCEEDED, subject, data.clone(), own.union(labels))
                    }
                    Outcome::Failed(failure) => {
                        Notice::failure(kinds::RUN_FAILED, subject, failure, labels.clone())
                    }
                };
                let extensions = vec![(Text::const_new("run"), Value::from(child.to_string()))];
                step.raise(run, waiting.scope, Notice { extensions, ..notice });
            }
        });
    }
}

fn resolve(pattern: &Pattern, computed: &Computed, scene: &Scene<'_>) -> Result<Pattern, Failure> {
    let compute = |expr: &Option<Expr>| -> Result<Option<TextMatch>, Failure> {
        let Some(expr) = expr else { return Ok(None) };
        match scene.evaluate(expr, &Value::Null, &[])? {
            Some(Value::String(text)) => Ok(Some(TextMatch::Exact(Text::new(text.as_str())))),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                Ok(Some(TextMatch::Exact(value.to_text().into())))
            }
            other => {
                let found = other.map_or("nothing", |value| value.type_name());
                let message = format!("a pattern's `{}` gives {found}, expected text", expr.source());
                Err(Failure::new(errors::INVALID_VALUE, message))
            }
        }
    };
    let mut resolved = pattern.clone();
    if let Some(kind) = compute(&computed.kind)? {
        resolved.kind = kind;
    }
    resolved.subject = compute(&computed.subject)?.or(resolved.subject);
    resolved.source = compute(&computed.source)?.or(resolved.source);
    Ok(resolved)
}

fn depth(run: &Run, mut scope: ScopeId) -> u32 {
    let mut depth = 0;
    while let Some(parent) = run.state.scopes.get(&scope).and_then(|scope| scope.parent.as_ref()) {
        depth += 1;
        scope = parent.scope;
    }
    depth
}
