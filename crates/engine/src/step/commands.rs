//! Carrying out commands: where each goes, and those that are a few lines.

use tidegate_json::Value;
use tidegate_model::{Data, Event, Fact, Labels, Outcome, ScopeId, Text};

use super::deliver::is_heard;
use super::{Addressee, Step, event_id, run_source};
use crate::action::{Audience, Command, Emission};
use crate::run::{Origin, Run, ScopeParent, Task};

impl Step<'_> {
    /// Does one thing in `scope`; what it puts out carries `labels`.
    pub(super) fn command(&mut self, run: &mut Run, scope: ScopeId, command: Command, labels: &Labels) {
        match command {
            Command::Invoke { subject, function, input, policy } => {
                self.start_task(run, scope, subject, function, input, labels, policy, None);
            }
            Command::Map { subject, target, inputs, known, policy } => {
                self.start_fan_out(run, scope, subject, target, (inputs, known), labels, policy);
            }
            Command::Call { subject, scope: name, input } => {
                self.call_scope(run, scope, subject, &name, input, labels);
            }
            Command::Start { subject, workflow, program, input, key } => {
                self.start_child(run, scope, subject, workflow, program, &input, key, labels);
            }
            Command::Emit(emission) => self.emit(run, scope, emission, labels),
            Command::Note { number, kind, subject, data } => {
                self.note(run, scope, number, kind, subject, &data, labels);
            }
            Command::SetTimer { name, due, data } => {
                self.set_named_timer(run, scope, name, due, data, labels);
            }
            Command::CancelTimer { name } => self.cancel_named_timer(run, scope, name),
            Command::Abandon { subject } => self.abandon(run, scope, &subject),
            Command::ForgetKey { workflow, key } => drop(self.forget_key(workflow, key)),
            Command::CancelRuns { subject, reason } => self.cancel_children(run, scope, &subject, &reason),
            Command::SetVars { vars } => self.set_vars(run, scope, &vars, labels),
            Command::SetRunVars { vars } => self.set_vars(run, ScopeId::ROOT, &vars, labels),
            Command::Complete { output } => {
                let outcome = Outcome::Succeeded { data: Data::json(&output), labels: labels.clone() };
                self.end_scope(run, scope, outcome);
            }
            Command::Fail(failure) => {
                run.absorb(scope, labels);
                self.end_scope(run, scope, Outcome::Failed(failure));
            }
            Command::Enable(name) => self.enable_trigger(run, scope, &name),
            Command::Disable(name) => self.disable_trigger(run, scope, &name),
            Command::Remove(name) => self.remove_named_trigger(run, scope, &name),
            Command::Add(spec) => self.add_trigger(run, scope, *spec),
            Command::SetContext { trigger, context } => {
                self.set_context(run, scope, &trigger, &context, labels);
            }
        }
    }

    fn emit(&mut self, run: &mut Run, scope: ScopeId, emission: Emission, labels: &Labels) {
        let Emission { kind, subject, source, data, extensions, to } = emission;
        let source = source.unwrap_or_else(|| run_source(run));
        let event = Event {
            subject,
            extensions,
            labels: labels.clone(),
            data: Data::json(&data),
            ..Event::new(event_id(run), source, kind)
        };
        match to {
            Audience::Scope => self.queue_event(run, scope, event, Origin::Sent, false),
            Audience::Parent => {
                let parent = run.state.scopes.get(&scope).and_then(|place| place.parent.as_ref());
                if let Some(parent) = parent.map(|parent| parent.scope) {
                    self.queue_event(run, parent, event, Origin::Progress, false);
                }
            }
            Audience::Nested => self.tell_nested(run, scope, &event),
            Audience::World => {
                self.partition.ledger.totals.published += 1;
                self.queue_event(run, scope, event, Origin::Sent, false);
                if let Some(raised) = self.queue.back_mut() {
                    raised.to = Addressee::World;
                }
            }
        }
    }

    /// Tells those scopes within `scope` that have triggers for it.
    fn tell_nested(&mut self, run: &mut Run, scope: ScopeId, event: &Event) {
        let mut open: Vec<ScopeId> = run.state.scopes[&scope].owns.scopes.iter().rev().copied().collect();
        while let Some(nested) = open.pop() {
            open.extend(run.state.scopes[&nested].owns.scopes.iter().rev());
            if is_heard(run, nested, event) {
                let event = Event { id: event_id(run), ..event.clone() };
                self.queue_event(run, nested, event, Origin::Progress, false);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of a note, each of its own type")]
    fn note(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        number: Option<u64>,
        kind: Text,
        subject: Option<Text>,
        data: &Value,
        labels: &Labels,
    ) {
        let number = number.unwrap_or_else(|| {
            run.state.next.note += 1;
            run.state.next.note
        });
        let event = Event {
            subject,
            labels: labels.clone(),
            data: Data::json(data),
            extensions: vec![(Text::const_new("note"), Value::from(number))],
            ..Event::new(event_id(run), run_source(run), kind)
        };
        self.queue_event(run, scope, event, Origin::Progress, false);
    }

    fn set_vars(&mut self, run: &mut Run, scope: ScopeId, vars: &tidegate_json::Value, labels: &Labels) {
        let place = run.state.scopes.get_mut(&scope).expect("commands stop when their scope ends");
        for (key, value) in vars.as_object().into_iter().flat_map(|vars| vars.iter()) {
            place.vars.set(key.clone(), value.clone());
        }
        place.labels.absorb(labels);
        self.fact(Fact::VarsSet { run: run.state.id, scope, vars: Data::json(vars) });
        for trigger in 0..run.state.scopes[&scope].triggers.len() as u32 {
            if run.trigger(scope, trigger).is_some_and(|compiled| compiled.condition.reconsiders()) {
                self.reconsider(run, scope, trigger);
                if !run.is_open(scope) {
                    return;
                }
            }
        }
    }

    /// Gives up on everything of `scope` that the workflow calls `subject`.
    fn abandon(&mut self, run: &mut Run, scope: ScopeId, subject: &Text) {
        let Some(place) = run.state.scopes.get(&scope) else { return };
        let (state, owns) = (&run.state, &place.owns);
        let fan_outs = owns.fan_outs.iter().copied().filter(|id| state.fan_outs[id].subject == *subject);
        let fan_outs: Vec<_> = fan_outs.collect();
        let is_task = |task: &Task| task.subject == *subject && task.item.is_none();
        let tasks = owns.tasks.iter().copied().filter(|number| is_task(&state.tasks[number]));
        let tasks: Vec<u32> = tasks.collect();
        let is_scope = |parent: &ScopeParent| parent.subject == *subject && parent.item.is_none();
        let scopes = owns.scopes.iter().copied();
        let scopes = scopes.filter(|id| state.scopes[id].parent.as_ref().is_some_and(is_scope));
        let scopes: Vec<ScopeId> = scopes.collect();
        fan_outs.into_iter().for_each(|id| self.drop_fan_out(run, id));
        tasks.into_iter().for_each(|number| self.drop_task(run, number));
        scopes.into_iter().for_each(|id| self.drop_scope(run, id));
        run.state.children.retain(|_, steps| {
            steps.retain(|step| step.scope != scope || step.subject != *subject);
            !steps.is_empty()
        });
    }
}
