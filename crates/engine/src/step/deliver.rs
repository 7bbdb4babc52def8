//! From an event to the triggers of a scope that listen to it.

use std::borrow::Cow;

use tidegate_json::Value;
use tidegate_model::fact::TriggerRef;
use tidegate_model::{Data, Disposition, Event, Fact, Failure, Outcome, Pattern, RunId, ScopeId, Text};

use super::{Addressee, Notice, Raised, Step, kinds};
use crate::compile::CompiledTrigger;
use crate::condition::{Condition, Evaluation, TimerRequest, Verdict};
use crate::run::{Origin, Parcel, Phase, Run, Status};
use crate::scene::{Scene, Surroundings, value_of};

/// What became of an event at those it was delivered to; the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taken {
    /// No enabled trigger listened.
    Nobody,
    /// A filter or a condition was false.
    Filtered,
    /// A paused run keeps it.
    Kept,
    /// A trigger fired, or took note of it.
    Yes,
}

/// What a condition is asked about.
enum Occasion<'a> {
    Event { event: &'a Event, matched: &'a [u32] },
    Timer(&'a str),
    Change,
    Begin,
}

impl Step<'_> {
    /// Delivers to the triggers of one scope, in their order, and sees to what nobody took.
    pub(super) fn deliver_to_scope(&mut self, run: RunId, scope: ScopeId, raised: &Raised) {
        self.with_run(run, |step, run| {
            if !run.is_open(scope) {
                return;
            }
            if matches!(run.state.status, Status::Paused { .. }) {
                step.keep_for_later(run, scope, raised);
                return;
            }
            let mut best = Taken::Nobody;
            for trigger in listeners(run, scope, &raised.event) {
                best = best.max(step.deliver(run, scope, trigger, raised));
                if !run.is_open(scope) {
                    return;
                }
            }
            if best == Taken::Nobody || (best == Taken::Filtered && raised.origin == Origin::Failure) {
                step.nobody_took(run, scope, raised);
            }
        });
    }

    fn keep_for_later(&mut self, run: &mut Run, scope: ScopeId, raised: &Raised) {
        self.fact(Fact::Parked { event: raised.number, run: Some(run.state.id) });
        run.state.waiting.push_back(parcel(scope, raised));
    }

    fn nobody_took(&mut self, run: &mut Run, scope: ScopeId, raised: &Raised) {
        match raised.origin {
            Origin::Progress => self.fact(Fact::Unobserved { event: raised.number, run: run.state.id }),
            Origin::Failure if run.state.standing && scope == ScopeId::ROOT => {
                self.keep_in_run(run, scope, raised);
            }
            Origin::Failure => {
                self.fact(Fact::Unobserved { event: raised.number, run: run.state.id });
                run.absorb(scope, &raised.event.labels);
                self.end_scope(run, scope, Outcome::Failed(unhandled(&raised.event)));
            }
            Origin::Sent => self.keep_in_run(run, scope, raised),
        }
    }

    fn keep_in_run(&mut self, run: &mut Run, scope: ScopeId, raised: &Raised) {
        self.fact(Fact::Parked { event: raised.number, run: Some(run.state.id) });
        run.state.dead.push_back(parcel(scope, raised));
        if run.state.dead.len() > self.partition.limits.dead_letters_max
            && let Some(oldest) = run.state.dead.pop_front()
        {
            self.fact(Fact::DeadLetterExpired { first: oldest.offset });
        }
    }

    /// Has one trigger look at an event.
    pub(super) fn deliver(&mut self, run: &mut Run, scope: ScopeId, trigger: u32, raised: &Raised) -> Taken {
        if matches!(run.state.status, Status::Paused { .. }) {
            if raised.to == Addressee::World {
                // One trigger is enough to have the event kept; on resuming, all of the scope see it.
                let is_it = |kept: &Parcel| {
                    kept.scope == scope
                        && kept.event.id == raised.event.id
                        && kept.event.source == raised.event.source
                };
                let kept = run.state.waiting.iter().any(is_it);
                if !kept {
                    self.keep_for_later(run, scope, raised);
                }
            }
            return Taken::Kept;
        }
        let Some(compiled) = run.trigger(scope, trigger).cloned() else { return Taken::Nobody };
        let event = &raised.event;
        let reference = run.reference(scope, trigger);
        let state =
            &mut run.state.scopes.get_mut(&scope).expect("the trigger is in it").triggers[trigger as usize];
        match state.phase {
            Phase::Removed => return Taken::Nobody,
            Phase::Disabled => {
                let disposition = Disposition::Parked;
                self.fact(Fact::Disposed { event: raised.number, trigger: reference, disposition });
                return Taken::Nobody;
            }
            Phase::Enabled => {}
        }
        state.seen += 1;
        state.last_at = Some(self.at);
        let verdict = match self.matching(run, scope, trigger, &compiled, event) {
            Ok(Ok(matched)) => {
                let occasion = Occasion::Event { event, matched: &matched };
                self.consult(run, scope, trigger, &compiled, &occasion)
            }
            Ok(Err(part)) => Ok(Verdict::Filtered { part }),
            Err(failure) => Err(failure),
        };
        self.act_on(run, &compiled, &reference, verdict, Some(raised))
    }

    /// Which patterns of the trigger `event` matches, filters included; where none, the filter that was false.
    fn matching(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        trigger: u32,
        compiled: &CompiledTrigger,
        event: &Event,
    ) -> Result<Result<Cow<'static, [u32]>, Text>, Failure> {
        if compiled.spec.on.len() == 1 && !compiled.has_filters {
            return Ok(Ok(Cow::Borrowed(&[0])));
        }
        let input = run.state.scopes[&scope].input.clone();
        let context = run.state.scopes[&scope].triggers[trigger as usize].context.clone();
        let patterns = run.patterns(scope, trigger).into_owned();
        let workflow = run.state.workflow.clone();
        let scene = self.scene(run, scope, &input, &workflow, Some(event), Some(&compiled.spec.name));
        let (mut matched, mut refused) = (Vec::new(), None);
        let candidates = (0u32..).zip(patterns.iter().zip(&compiled.filters));
        for (index, (_, filter)) in candidates.filter(|(_, (pattern, _))| pattern.matches(event)) {
            match filter.as_ref().map_or(Ok(Ok(())), |filter| scene.holds(filter, &context))? {
                Ok(()) => matched.push(index),
                Err(part) => refused = Some(part),
            }
        }
        Ok(match refused {
            Some(part) if matched.is_empty() => Err(part),
            _ => Ok(Cow::Owned(matched)),
        })
    }

    /// Asks a trigger's condition.
    fn consult(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        trigger: u32,
        compiled: &CompiledTrigger,
        occasion: &Occasion<'_>,
    ) -> Result<Verdict, Failure> {
        let (event, matched): (_, &[u32]) = match occasion {
            Occasion::Event { event, matched } => (Some(*event), matched),
            Occasion::Timer(_) | Occasion::Change | Occasion::Begin => (None, &[]),
        };
        let place = run.state.scopes.get_mut(&scope).expect("the trigger is in it");
        let input = place.input.clone();
        let mut context = std::mem::take(&mut place.triggers[trigger as usize].context);
        if context.is_null() {
            context = Value::object::<&str, Value>([]);
        }
        let workflow = run.state.workflow.clone();
        let mut timers = Vec::new();
        let verdict = {
            let scene = self.scene(run, scope, &input, &workflow, event, Some(&compiled.spec.name));
            let patterns = run.patterns(scope, trigger);
            let patterns: &[Pattern] = &patterns;
            let mut now =
                Evaluation { scene: &scene, context: &mut context, patterns, matched, timers: &mut timers };
            ask(&*compiled.condition, &mut now, occasion)
        };
        let place = run.state.scopes.get_mut(&scope).expect("a condition ends no scope");
        let state = &mut place.triggers[trigger as usize];
        state.context = context;
        if let Some(event) = event {
            state.labels.absorb(&event.labels);
        }
        for request in timers {
            self.request_timer(run, scope, trigger, request);
        }
        verdict
    }

    /// Carries out what the condition said.
    fn act_on(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        verdict: Result<Verdict, Failure>,
        raised: Option<&Raised>,
    ) -> Taken {
        let number = raised.map(|raised| raised.number);
        let dispose = |step: &mut Self, disposition| {
            if let Some(event) = number {
                step.fact(Fact::Disposed { event, trigger: reference.clone(), disposition });
            }
        };
        match verdict {
            Ok(Verdict::Fire) => {
                self.fire(run, compiled, reference, raised);
                Taken::Yes
            }
            Ok(Verdict::Counted { have, want }) => {
                dispose(self, Disposition::Counted { have, want });
                Taken::Yes
            }
            Ok(Verdict::Filtered { part }) => {
                dispose(self, Disposition::Filtered { part });
                Taken::Filtered
            }
            Ok(Verdict::Wait) => Taken::Yes,
            Ok(Verdict::TimedOut) => {
                self.raise_timed_out(run, compiled, reference);
                Taken::Yes
            }
            Err(failure) => {
                dispose(self, Disposition::Failed { message: failure.message.clone() });
                self.raise_trigger_failed(run, compiled, reference, &failure);
                Taken::Yes
            }
        }
    }

    fn raise_timed_out(&mut self, run: &mut Run, compiled: &CompiledTrigger, reference: &TriggerRef) {
        let state = &run.state.scopes[&reference.scope].triggers[reference.index as usize];
        let (data, labels) = (Data::json(&state.context), state.labels.clone());
        let subject = Some(Text::new(compiled.spec.name.as_str()));
        let notice = Notice::new(kinds::TRIGGER_TIMED_OUT, subject, data, labels);
        self.raise(run, reference.scope, Notice { origin: Origin::Failure, ..notice });
    }

    pub(super) fn raise_trigger_failed(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        failure: &Failure,
    ) {
        let labels = run.state.scopes[&reference.scope].triggers[reference.index as usize].labels.clone();
        let subject = Some(Text::new(compiled.spec.name.as_str()));
        let notice = Notice::failure(kinds::TRIGGER_FAILED, subject, failure, labels);
        self.raise(run, reference.scope, notice);
    }

    /// A timer of a condition is due.
    pub(super) fn condition_timer(&mut self, run: &mut Run, scope: ScopeId, trigger: u32, key: &str) {
        self.reevaluate(run, scope, trigger, &Occasion::Timer(key));
    }

    /// The trigger starts to listen.
    pub(super) fn condition_begins(&mut self, run: &mut Run, scope: ScopeId, trigger: u32) {
        if run.trigger(scope, trigger).is_some_and(|compiled| compiled.condition.begins()) {
            self.reevaluate(run, scope, trigger, &Occasion::Begin);
        }
    }

    /// The trigger's context, or a variable it may look at, was changed by somebody else.
    pub(super) fn reconsider(&mut self, run: &mut Run, scope: ScopeId, trigger: u32) {
        self.reevaluate(run, scope, trigger, &Occasion::Change);
    }

    fn reevaluate(&mut self, run: &mut Run, scope: ScopeId, trigger: u32, occasion: &Occasion<'_>) {
        let Some(compiled) = run.trigger(scope, trigger).cloned() else { return };
        if run.state.scopes[&scope].triggers[trigger as usize].phase != Phase::Enabled {
            return;
        }
        let verdict = self.consult(run, scope, trigger, &compiled, occasion);
        let reference = run.reference(scope, trigger);
        self.act_on(run, &compiled, &reference, verdict, None);
    }

    fn request_timer(&mut self, run: &mut Run, scope: ScopeId, trigger: u32, request: TimerRequest) {
        match request {
            TimerRequest::Set { key, due } => self.set_condition_timer(run, scope, trigger, key, due),
            TimerRequest::Cancel { key } => self.cancel_condition_timer(run, scope, trigger, key),
        }
    }

    /// What a run keeps of the one that it is a rerun of.
    fn kept(&self, run: &Run) -> Value {
        let Some(rerun) = &run.state.rerun else { return Value::Null };
        let read = || {
            let start = value_of(&rerun.start, self.payloads).unwrap_or_default();
            start.get("kept").cloned().unwrap_or_default()
        };
        run.kept.get_or_init(read).clone()
    }

    /// What expressions see in `scope`.
    pub(super) fn scene<'a>(
        &'a self,
        run: &Run,
        scope: ScopeId,
        input: &'a Value,
        workflow: &'a tidegate_model::WorkflowName,
        event: Option<&'a Event>,
        trigger: Option<&'a tidegate_model::TriggerName>,
    ) -> Scene<'a> {
        let place = &run.state.scopes[&scope];
        let labels = place.labels.union(&run.state.labels);
        let around = |scope: &crate::run::Scope| {
            scope.parent.as_ref().and_then(|parent| run.state.scopes.get(&parent.scope))
        };
        let outer = around(place);
        let mut enclosing = Vec::new();
        let mut next = outer.and_then(|outer| around(outer));
        while let Some(scope) = next {
            enclosing.push(scope.vars.clone());
            next = around(scope);
        }
        // Differs for each event of each entry, and for each trigger that looks at it.
        let seed =
            mix(self.offset.0 ^ u64::from(self.next_event).rotate_left(40) ^ run.state.id.0.rotate_left(20));
        let seed = mix(seed ^ trigger.map_or(0, |name| hash(name.as_str())));
        let surroundings = Surroundings {
            vars: place.vars.clone(),
            input,
            run: run.state.id,
            workflow,
            at: self.at,
            entry_at: self.partition.ledger.at,
            seed,
            labels,
            run_started_at: run.state.started_at,
            run_key: run.state.key.clone(),
            outer: outer.map(|outer| outer.vars.clone()).unwrap_or_default(),
            enclosing,
            run_vars: run.state.scopes.get(&ScopeId::ROOT).map(|root| root.vars.clone()).unwrap_or_default(),
            notes: run.state.next.note,
            tasks: run.state.next.task,
            kept: self.kept(run),
            payloads: self.payloads,
            functions: self.partition.registry.functions(),
        };
        Scene::new(surroundings, event, trigger)
    }
}

fn ask(
    condition: &dyn Condition,
    now: &mut Evaluation<'_, '_>,
    occasion: &Occasion<'_>,
) -> Result<Verdict, Failure> {
    match occasion {
        Occasion::Event { .. } => condition.evaluate(now),
        Occasion::Timer(key) => condition.timer(now, key),
        Occasion::Change => condition.reconsider(now),
        Occasion::Begin => Ok(condition.begin(now)),
    }
}

/// Triggers of a scope that listen to `event`, in their order, each once.
fn listeners(run: &Run, scope: ScopeId, event: &Event) -> Vec<u32> {
    let mut found = Vec::new();
    let spec = run.state.scopes[&scope].spec;
    run.program.scopes[spec as usize].index.find(event, &mut found);
    if let Some(local) = run.local.get(&scope) {
        local.index.find(event, &mut found);
    }
    if found.len() > 1 {
        found.sort_unstable();
        found.dedup();
    }
    found
}

/// Whether any trigger of the scope listens to `event`.
pub(super) fn is_heard(run: &Run, scope: ScopeId, event: &Event) -> bool {
    !listeners(run, scope, event).is_empty()
}

fn parcel(scope: ScopeId, raised: &Raised) -> Parcel {
    let Raised { event, origin, number, offset, .. } = raised;
    Parcel { scope, event: event.clone(), origin: *origin, offset: *offset, number: *number }
}

/// The failure of a scope in which nobody took the failure that `event` tells.
fn unhandled(event: &Event) -> Failure {
    let told = event.data.inline_value().unwrap_or_default();
    let subject = event.subject.as_deref().unwrap_or_default();
    let error = told.get("error").and_then(Value::as_str);
    let message = told.get("message").and_then(Value::as_str);
    let what = match event.kind.as_str() {
        kinds::TRIGGER_TIMED_OUT => format!("trigger `{subject}` timed out"),
        kinds::TRIGGER_FAILED => format!("trigger `{subject}` failed"),
        _ => format!("`{subject}` failed"),
    };
    let message = message.map_or(what.clone(), |message| format!("{what}: {message}"));
    let default = match event.kind.as_str() {
        kinds::TRIGGER_TIMED_OUT => tidegate_model::outcome::errors::TIMEOUT,
        _ => tidegate_model::outcome::errors::UNHANDLED,
    };
    let detail = told.get("detail").map_or(Data::None, Data::json);
    Failure { detail, ..Failure::new(error.unwrap_or(default), message) }
}

/// A number that differs for most texts; wraps, however long they are.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

/// The finaliser of SplitMix64: spreads the bits of its input.
pub(super) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
