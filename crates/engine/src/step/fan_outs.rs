//! Fan-outs: a map's items, some at a time, and its join.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Fact, Failure, FanOutId, Labels, Outcome, RunId, ScopeId, Text};

use super::{Notice, Step, failure_data, kinds, not_found};
use crate::action::{MapPolicy, Target, Tolerance};
use crate::output::{Refusal, Reply};
use crate::run::{FanOut, Item, Origin, Run};
use crate::scene::value_of;

impl Step<'_> {
    /// Starts a map: as many items as may run at one time.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of a map, each of its own type")]
    pub(super) fn start_fan_out(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        subject: Text,
        target: Target,
        (mut inputs, known): (Vec<Value>, BTreeMap<u32, Value>),
        labels: &Labels,
        policy: Arc<MapPolicy>,
    ) {
        run.state.next.fan_out += 1;
        let id = FanOutId(run.state.next.fan_out);
        let items = u32::try_from(inputs.len()).expect("the limit on items is below 2^32");
        self.fact(Fact::FanOutStarted {
            run: run.state.id,
            fan_out: id,
            scope,
            subject: subject.clone(),
            items,
        });
        let mut results = vec![None; inputs.len()];
        let mut ended = 0;
        for (index, value) in known {
            if let (Some(result), Some(input)) =
                (results.get_mut(index as usize), inputs.get_mut(index as usize))
            {
                *result = Some(Outcome::Succeeded { data: Data::json(&value), labels: labels.clone() });
                // Nobody gets it.
                *input = Value::Null;
                ended += 1;
            }
        }
        run.state.own(scope, |owns| owns.fan_outs.insert(id));
        run.state.fan_outs.insert(
            id,
            FanOut {
                scope,
                subject,
                target,
                results,
                inputs: VecDeque::from(inputs),
                policy,
                labels: labels.clone(),
                running: 0,
                is_advancing: false,
                ended,
                failed: 0,
                started_at: self.at,
            },
        );
        self.advance_fan_out(run, id);
    }

    /// Starts items while there are some and there is room; ends the map when all have ended.
    fn advance_fan_out(&mut self, run: &mut Run, id: FanOutId) {
        // An item may end as soon as it is started. If each then started the next, a million items that cannot start
        // would be a million calls deep.
        match run.state.fan_outs.get_mut(&id) {
            Some(fan_out) if !fan_out.is_advancing => fan_out.is_advancing = true,
            _ => return,
        }
        while self.start_item(run, id) {}
        if let Some(fan_out) = run.state.fan_outs.get_mut(&id) {
            fan_out.is_advancing = false;
        }
    }

    /// Starts the next item, or ends the map; whether there may be more to start.
    fn start_item(&mut self, run: &mut Run, id: FanOutId) -> bool {
        let Some(fan_out) = run.state.fan_outs.get_mut(&id) else { return false };
        let items = fan_out.results.len() as u32;
        if fan_out.ended == items || fan_out.policy.tolerate.is_exceeded(fan_out.failed, items) {
            self.end_fan_out(run, id);
            return false;
        }
        if fan_out.running >= fan_out.policy.concurrency {
            return false;
        }
        let index = items - fan_out.inputs.len() as u32;
        let Some(input) = fan_out.inputs.pop_front() else { return false };
        if fan_out.results[index as usize].is_some() {
            return true;
        }
        fan_out.running += 1;
        let (scope, subject, labels) = (fan_out.scope, fan_out.subject.clone(), fan_out.labels.clone());
        let (target, policy) = (fan_out.target.clone(), Arc::clone(&fan_out.policy.task));
        let item = Item { fan_out: id, index };
        match target {
            Target::Function(function) => {
                self.start_task(run, scope, subject, function, input, &labels, policy, Some(item));
            }
            Target::Scope(name) => self.start_nested(run, scope, subject, &name, input, &labels, Some(item)),
            Target::Scopes(names) => {
                let name = names.get(index as usize).expect("a plan has as many scopes as items");
                self.start_nested(run, scope, subject, name, input, &labels, Some(item));
            }
        }
        true
    }

    /// An item ended; `kinds` are the types of the events that tell of it, where each is to be told.
    pub(super) fn item_ended(
        &mut self,
        run: &mut Run,
        item: Item,
        outcome: Outcome,
        kinds: (&'static str, &'static str),
    ) {
        let Some(fan_out) = run.state.fan_outs.get_mut(&item.fan_out) else { return };
        let result = &mut fan_out.results[item.index as usize];
        if result.is_some() {
            return;
        }
        *result = Some(outcome.clone());
        fan_out.running -= 1;
        fan_out.ended += 1;
        if let Outcome::Failed(_) = &outcome {
            fan_out.failed += 1;
        }
        let (scope, each) = (fan_out.scope, fan_out.policy.each);
        if each {
            let subject = Some(fan_out.subject.clone());
            let notice = match outcome {
                Outcome::Succeeded { data, labels } => {
                    let labels = labels.union(&fan_out.labels);
                    Notice::new(kinds.0, subject, data, labels)
                }
                Outcome::Failed(failure) => {
                    Notice::new(kinds.1, subject, failure_data(&failure), fan_out.labels.clone())
                }
            };
            let extensions = vec![(Text::const_new("index"), Value::from(item.index))];
            self.raise(run, scope, Notice { extensions, ..notice });
        }
        self.advance_fan_out(run, item.fan_out);
    }

    /// Changes how many items of a map may run at one time, and how many may fail.
    pub(super) fn bound_fan_out(
        &mut self,
        id: RunId,
        fan_out: FanOutId,
        concurrency: Option<u32>,
        failures_max: Option<u32>,
    ) -> Reply {
        if concurrency == Some(0) {
            return Reply::Refused(Refusal::Invalid("a map needs room for an item at a time".into()));
        }
        self.on_run(id, |step, run| {
            let Some(known) = run.state.fan_outs.get_mut(&fan_out) else {
                return Reply::Refused(not_found("live map", &format!("{id}/{}", fan_out.0)));
            };
            let policy = Arc::make_mut(&mut known.policy);
            policy.concurrency = concurrency.unwrap_or(policy.concurrency);
            policy.tolerate = failures_max.map_or(policy.tolerate, Tolerance::Count);
            step.fact(Fact::FanOutBounded { run: id, fan_out, concurrency, failures_max });
            step.advance_fan_out(run, fan_out);
            Reply::Done
        })
    }

    fn end_fan_out(&mut self, run: &mut Run, id: FanOutId) {
        let Some(fan_out) = run.state.fan_outs.get(&id) else { return };
        let items = fan_out.results.len() as u32;
        let exceeded = fan_out.policy.tolerate.is_exceeded(fan_out.failed, items);
        if fan_out.running > 0 {
            self.drop_items(run, id);
        }
        let Some(fan_out) = take_fan_out(run, id) else { return };
        self.fact(Fact::FanOutEnded { run: run.state.id, fan_out: id, failed: fan_out.failed });
        if exceeded {
            self.tell_left(run, id, &fan_out);
        }
        let FanOut { scope, subject, results, failed, mut labels, .. } = fan_out;
        if exceeded {
            let first = results.iter().flatten().find_map(|outcome| match outcome {
                Outcome::Failed(failure) => Some(failure.clone()),
                Outcome::Succeeded { .. } => None,
            });
            let told =
                first.as_ref().map(|first| (Text::const_new("first"), failure_data(first).inline_value()));
            let extensions = told.and_then(|(name, first)| Some(vec![(name, first?)])).unwrap_or_default();
            let failure = too_many(failed, items, first);
            let notice = Notice::failure(kinds::MAP_FAILED, Some(subject), &failure, labels);
            self.raise(run, scope, Notice { extensions, ..notice });
            return;
        }
        let mut values = Vec::with_capacity(results.len());
        let mut failures = Vec::new();
        for (index, outcome) in results.into_iter().flatten().enumerate() {
            match outcome {
                Outcome::Succeeded { data, labels: own } => {
                    labels.absorb(&own);
                    match value_of(&data, self.payloads) {
                        Ok(value) => values.push(value),
                        Err(failure) => {
                            let notice = Notice::failure(kinds::MAP_FAILED, Some(subject), &failure, labels);
                            self.raise(run, scope, notice);
                            return;
                        }
                    }
                }
                // A tolerated failure leaves its place empty, so that results stay aligned with items.
                Outcome::Failed(failure) => {
                    values.push(Value::Null);
                    failures.push(Value::object([
                        ("index", Value::from(index)),
                        ("error", Value::from(failure.error.as_str())),
                        ("message", Value::from(failure.message.as_str())),
                    ]));
                }
            }
        }
        let data = Data::json(&Value::from(values));
        let notice = Notice::new(kinds::MAP_SUCCEEDED, Some(subject), data, labels);
        let mut extensions = vec![(Text::const_new("failed"), Value::from(failed))];
        if !failures.is_empty() {
            extensions.push((Text::const_new("failures"), Value::from(failures)));
        }
        let notice = Notice { extensions, ..notice };
        self.raise(run, scope, Notice { origin: Origin::Progress, ..notice });
    }

    /// Gives up on a map; nothing follows from it.
    pub(super) fn drop_fan_out(&mut self, run: &mut Run, id: FanOutId) {
        self.drop_items(run, id);
        self.lose_fan_out(run, id);
    }

    /// Takes a map away whose items are gone or go with it; nothing follows from it.
    pub(super) fn lose_fan_out(&mut self, run: &mut Run, id: FanOutId) {
        if let Some(fan_out) = take_fan_out(run, id) {
            self.tell_left(run, id, &fan_out);
        }
    }

    /// Tells what items of a map gave that came to nothing. Scopes tell themselves of what was in them.
    fn tell_left(&mut self, run: &Run, id: FanOutId, fan_out: &FanOut) {
        if !matches!(fan_out.target, Target::Function(_)) {
            return;
        }
        let results = (0u32..).zip(&fan_out.results).filter_map(|(index, outcome)| match outcome {
            Some(Outcome::Succeeded { data, .. }) => Some((index, data.clone())),
            Some(Outcome::Failed(_)) | None => None,
        });
        let results: Vec<(u32, Data)> = results.collect();
        if !results.is_empty() {
            self.fact(Fact::FanOutLeft { run: run.state.id, fan_out: id, results });
        }
    }

    fn drop_items(&mut self, run: &mut Run, id: FanOutId) {
        let is_item = |item: &Option<Item>| item.is_some_and(|item| item.fan_out == id);
        let scope = run.state.fan_outs.get(&id).map(|fan_out| fan_out.scope);
        let Some(place) = scope.and_then(|scope| run.state.scopes.get(&scope)) else { return };
        let tasks = place.owns.tasks.iter().copied();
        let tasks = tasks.filter(|number| is_item(&run.state.tasks[number].item));
        let tasks: Vec<u32> = tasks.collect();
        let scopes = place.owns.scopes.iter().copied().filter(|nested| {
            run.state.scopes[nested].parent.as_ref().is_some_and(|parent| is_item(&parent.item))
        });
        let scopes: Vec<ScopeId> = scopes.collect();
        tasks.into_iter().for_each(|number| self.drop_task(run, number));
        scopes.into_iter().for_each(|scope| self.drop_scope(run, scope));
    }
}

fn take_fan_out(run: &mut Run, id: FanOutId) -> Option<FanOut> {
    let fan_out = run.state.fan_outs.remove(&id)?;
    run.state.own(fan_out.scope, |owns| owns.fan_outs.remove(&id));
    Some(fan_out)
}

fn too_many(failed: u32, items: u32, first: Option<Failure>) -> Failure {
    match first {
        // The one item's own error says more than that it was one too many.
        Some(first) if failed == 1 => {
            let message = format!("1 of {items} items failed: {}", first.message);
            Failure { message: message.into(), ..first }
        }
        first => {
            let cause = first.map(|first| format!("; the first: {first}")).unwrap_or_default();
            let message = format!("{failed} of {items} items failed{cause}");
            Failure::new(errors::TOO_MANY_FAILURES, message)
        }
    }
}
