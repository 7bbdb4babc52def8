//! A firing: interceptors, the plan, and carrying it out.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::fact::TriggerRef;
use tidegate_model::interceptor::{Decision, Moment};
use tidegate_model::{Disposition, Event, Fact, Failure, HoldId, Labels, Name};

use super::{Raised, Step, not_found};
use crate::action::{Action, Command, Plan};
use crate::compile::CompiledTrigger;
use crate::interceptor::{CompiledInterceptor, CompiledVerdict};
use crate::output::Reply;
use crate::run::{Hold, Phase, Run};

/// What interceptors left of a firing.
enum Course {
    Go { data: Option<Value>, instead: Option<Arc<CompiledInterceptor>> },
    Taken,
}

impl Step<'_> {
    /// The condition of a trigger held.
    pub(super) fn fire(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
    ) {
        match self.intercepted(run, compiled, reference, raised) {
            Ok(Course::Taken) => {}
            Ok(Course::Go { data, instead }) => {
                let actions = match instead.as_deref().map(|interceptor| &interceptor.verdict) {
                    Some(CompiledVerdict::Act(actions)) => actions,
                    _ => &compiled.actions,
                };
                self.take_actions(run, compiled, reference, raised, actions, data);
            }
            Err(failure) => self.firing_failed(run, compiled, reference, raised, &failure),
        }
    }

    fn take_actions(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
        actions: &[Box<dyn Action>],
        data: Option<Value>,
    ) {
        let event = raised.map(|raised| &raised.event);
        match self.plan(run, compiled, reference, event, actions, data) {
            Ok((commands, labels)) => self.carry_out(run, compiled, reference, raised, commands, &labels),
            Err(failure) => self.firing_failed(run, compiled, reference, raised, &failure),
        }
    }

    fn plan(
        &self,
        run: &Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        event: Option<&Event>,
        actions: &[Box<dyn Action>],
        data: Option<Value>,
    ) -> Result<(Vec<Command>, Labels), Failure> {
        let place = &run.state.scopes[&reference.scope];
        let state = &place.triggers[reference.index as usize];
        let name = Some(&compiled.spec.name);
        let mut scene = self.scene(run, reference.scope, &place.input, &run.state.workflow, event, name);
        scene.data = data;
        let mut labels = scene.labels.union(&state.labels);
        if let Some(event) = event {
            labels.absorb(&event.labels);
        }
        let mut plan = Plan { scene: &mut scene, context: &state.context, commands: Vec::new() };
        for action in actions {
            action.plan(&mut plan)?;
        }
        Ok((plan.commands, labels))
    }

    fn carry_out(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
        commands: Vec<Command>,
        labels: &Labels,
    ) {
        self.partition.ledger.totals.fired += 1;
        if let Some(raised) = raised {
            let (event, trigger) = (raised.number, reference.clone());
            self.fact(Fact::Disposed { event, trigger, disposition: Disposition::Fired });
        }
        let place = run.state.scopes.get_mut(&reference.scope).expect("a plan ends no scope");
        let state = &mut place.triggers[reference.index as usize];
        state.fired += 1;
        if compiled.spec.once {
            self.remove_trigger(run, reference.scope, reference.index);
        }
        for command in commands {
            if !run.is_open(reference.scope) {
                return;
            }
            self.command(run, reference.scope, command, labels);
        }
        self.after(run, compiled, reference, raised);
    }

    fn firing_failed(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
        failure: &Failure,
    ) {
        if let Some(raised) = raised {
            let disposition = Disposition::Failed { message: failure.message.clone() };
            self.fact(Fact::Disposed { event: raised.number, trigger: reference.clone(), disposition });
        }
        self.raise_trigger_failed(run, compiled, reference, failure);
    }

    /// Shows a firing to the interceptors before it, in the order in which they were attached.
    fn intercepted(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
    ) -> Result<Course, Failure> {
        let (mut data, mut instead) = (None, None);
        for interceptor in run.interceptors.clone() {
            if !interceptor.meets(compiled, Moment::Before)
                || !self.guard_holds(run, compiled, reference, raised, &interceptor)?
            {
                continue;
            }
            let by = interceptor.spec.name.clone();
            self.mark_intercepted(reference, raised, by.clone());
            match &interceptor.verdict {
                CompiledVerdict::Pass => {}
                CompiledVerdict::Skip => return Ok(Course::Taken),
                CompiledVerdict::Hold => {
                    self.hold(run, reference, raised, by);
                    return Ok(Course::Taken);
                }
                CompiledVerdict::Act(_) => instead = Some(interceptor),
                CompiledVerdict::Change(template) => {
                    let place = &run.state.scopes[&reference.scope];
                    let context = &place.triggers[reference.index as usize].context;
                    let event = raised.map(|raised| &raised.event);
                    let name = Some(&compiled.spec.name);
                    let workflow = &run.state.workflow;
                    let scene = self.scene(run, reference.scope, &place.input, workflow, event, name);
                    data = Some(template.evaluate(&scene, context, &[])?.unwrap_or_default());
                }
            }
        }
        Ok(Course::Go { data, instead })
    }

    fn guard_holds(
        &self,
        run: &Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
        interceptor: &CompiledInterceptor,
    ) -> Result<bool, Failure> {
        let Some(guard) = &interceptor.guard else { return Ok(true) };
        let place = &run.state.scopes[&reference.scope];
        let context = &place.triggers[reference.index as usize].context;
        let event = raised.map(|raised| &raised.event);
        let name = Some(&compiled.spec.name);
        let scene = self.scene(run, reference.scope, &place.input, &run.state.workflow, event, name);
        Ok(scene.holds(guard, context)?.is_ok())
    }

    fn mark_intercepted(&mut self, reference: &TriggerRef, raised: Option<&Raised>, by: Name) {
        if let Some(raised) = raised {
            let disposition = Disposition::Intercepted { by };
            self.fact(Fact::Disposed { event: raised.number, trigger: reference.clone(), disposition });
        }
    }

    fn hold(&mut self, run: &mut Run, reference: &TriggerRef, raised: Option<&Raised>, by: Name) {
        run.state.next.hold += 1;
        let hold = HoldId { run: run.state.id, number: run.state.next.hold };
        self.fact(Fact::Held { hold, trigger: reference.clone(), by: by.clone() });
        run.state.holds.insert(
            hold.number,
            Hold {
                scope: reference.scope,
                trigger: reference.index,
                event: raised.map(|raised| raised.event.clone()),
                by,
                since: self.at,
            },
        );
    }

    /// Somebody decided what becomes of a held firing.
    pub(super) fn decide(&mut self, hold: HoldId, decision: Decision) -> Reply {
        self.on_run(hold.run, |step, run| {
            let Some(held) = run.state.holds.remove(&hold.number) else {
                return Reply::Refused(not_found("held firing", &hold.to_string()));
            };
            let goes_on = !matches!(decision, Decision::Skip);
            step.fact(Fact::Decided { hold, goes_on });
            let data = match decision {
                Decision::Skip => return Reply::Done,
                Decision::Release => None,
                Decision::Change(data) => Some(data),
            };
            let reference = run.reference(held.scope, held.trigger);
            let Some(compiled) = run.trigger(held.scope, held.trigger).cloned() else { return Reply::Done };
            let is_removed = |run: &Run| {
                run.state.scopes[&held.scope].triggers[held.trigger as usize].phase == Phase::Removed
            };
            if is_removed(run) {
                return Reply::Done;
            }
            let event = held.event.as_ref();
            match step.plan(run, &compiled, &reference, event, &compiled.actions, data) {
                Ok((commands, labels)) => step.carry_out(run, &compiled, &reference, None, commands, &labels),
                Err(failure) => step.firing_failed(run, &compiled, &reference, None, &failure),
            }
            Reply::Done
        })
    }

    /// Shows a firing to the interceptors after it.
    fn after(
        &mut self,
        run: &mut Run,
        compiled: &CompiledTrigger,
        reference: &TriggerRef,
        raised: Option<&Raised>,
    ) {
        for interceptor in run.interceptors.clone() {
            if !interceptor.meets(compiled, Moment::After) {
                continue;
            }
            let planned = match self.guard_holds(run, compiled, reference, raised, &interceptor) {
                Ok(false) => continue,
                Ok(true) => match &interceptor.verdict {
                    CompiledVerdict::Act(actions) => {
                        let event = raised.map(|raised| &raised.event);
                        self.plan(run, compiled, reference, event, actions, None)
                    }
                    _ => Ok((Vec::new(), Labels::NONE)),
                },
                Err(failure) => Err(failure),
            };
            self.mark_intercepted(reference, raised, interceptor.spec.name.clone());
            match planned {
                Err(failure) => self.raise_trigger_failed(run, compiled, reference, &failure),
                Ok((commands, labels)) => {
                    for command in commands {
                        if run.is_open(reference.scope) {
                            self.command(run, reference.scope, command, &labels);
                        }
                    }
                }
            }
            if !run.is_open(reference.scope) {
                return;
            }
        }
    }
}
