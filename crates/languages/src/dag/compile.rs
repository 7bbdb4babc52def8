//! From a DAG to a program: a scope for the run and for each group, two triggers for each task, and one for the end of each
//! scope.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::program::SourcePlace;
use tidegate_model::{
    ActionSpec, ConditionSpec, FunctionName, Name, Pattern, Program, ScopeSpec, Text, TriggerName,
    TriggerSpec,
};

use super::graph::Order;
use super::model::{Dag, Hooks, ResultForm, Task, Tolerate, Work};
use super::rule::TriggerRule;
use super::wiring::{self, Wiring, counted_at};
use super::{ENDED, ITEM_ENDED, LANGUAGE, SKIP, TOLD, tell};
use crate::diagnostic::Reports;
use crate::source::{Document, Span};

/// Most tasks in a file. Items of a mapped task count for nothing here.
pub const TASKS_MAX: usize = 50_000;

/// The timer at which a run has taken too long.
const TIMEOUT: &str = "dag.timeout";

/// The program that `dag` is; `None` after reporting why there is none.
pub(super) fn program(
    dag: &Dag,
    order: &Order,
    document: &Document,
    reports: &mut Reports<'_>,
) -> Option<Program> {
    if dag.tasks.len() > TASKS_MAX {
        let message = format!("the file has {} tasks; the limit is {TASKS_MAX}", dag.tasks.len());
        reports
            .error("dag::too_many", Span { length: 0, ..document.root.span }, message)
            .with_help("one task can work on many items: see `map`");
    }
    if reports.errors_count() > 0 {
        return None;
    }
    let compiling = Compiling {
        dag,
        order,
        wiring: wiring::of(dag, order),
        has_control: dag.tasks.iter().any(|task| task.is_control),
    };
    let scopes = compiling.scopes();
    let places: BTreeMap<&str, Span> = dag.tasks.iter().map(|task| (task.id.as_str(), task.span)).collect();
    let mut source_map = Vec::with_capacity(2 * dag.tasks.len());
    for (scope, spec) in (0u32..).zip(&scopes) {
        for trigger in &spec.triggers {
            let name = trigger.name.as_str();
            let of = places.get(name).or_else(|| places.get(name.rsplit_once(':')?.0));
            let Some(span) = of else { continue };
            let at = document.source.place(*span);
            let trigger = trigger.name.clone();
            source_map.push(SourcePlace { scope, trigger, line: at.line, column: at.column });
        }
    }
    Some(Program {
        name: dag.name.clone(),
        language: Text::const_new(LANGUAGE),
        standing: false,
        input: dag.params.clone(),
        schedule: dag.schedule.clone(),
        scopes,
        functions: dag.functions.clone(),
        directory: None,
        source_map,
        source: Some(document.source.text.clone()),
    })
}

struct Compiling<'d> {
    dag: &'d Dag,
    order: &'d Order,
    wiring: Wiring,
    has_control: bool,
}

impl Compiling<'_> {
    /// The run's own scope, and one for each group.
    fn scopes(&self) -> Vec<ScopeSpec> {
        let mut triggers: Vec<Vec<TriggerSpec>> = vec![Vec::new(); self.dag.levels.len()];
        if self.dag.levels.len() > 1 {
            triggers[0].push(begin());
        }
        // What is told of a task is told before anything follows from its end, so that what follows can see it.
        for place in 0..self.dag.tasks.len() {
            for level in self.wiring.heard_at(self.dag, place) {
                triggers[level].extend(self.told(place, level));
            }
        }
        for (place, task) in self.dag.tasks.iter().enumerate() {
            for level in self.wiring.heard_at(self.dag, place) {
                if level == task.level {
                    triggers[level].extend([self.start(place, task), self.ended(place, task)]);
                } else {
                    triggers[level].push(self.gather(place, level));
                }
            }
        }
        for (level, triggers) in triggers.iter_mut().enumerate() {
            triggers.push(self.over(level));
        }
        triggers[0].extend(timeout(self.dag));
        let scopes = triggers.into_iter().enumerate();
        let scopes = scopes.map(|(level, triggers)| ScopeSpec {
            name: self.scope_name(level),
            vars: Value::Null,
            triggers,
        });
        scopes.collect()
    }

    /// What a scope is called: no group's as the run's own, whatever the DAG is called.
    fn scope_name(&self, level: usize) -> Name {
        let opener = self.dag.levels[level].opener;
        opener.map_or_else(|| self.dag.name.clone(), |opener| part(self.id(opener), "instance"))
    }

    fn id(&self, place: usize) -> &Name {
        &self.dag.tasks[place].id
    }

    fn ids(&self, places: impl IntoIterator<Item = usize>) -> Value {
        Value::array(places.into_iter().map(|place| self.id(place).as_str()))
    }

    /// Whether the end of a task comes to `level` from outside of it.
    fn is_from_outside(&self, place: usize, level: usize) -> bool {
        self.dag.common_level(self.dag.tasks[place].level, level) != level
    }

    /// The trigger that tells of the end of a task outside or inside of the scope in which it is heard.
    fn told(&self, place: usize, level: usize) -> Option<TriggerSpec> {
        let outwards = self.wiring.outermost[place] != level;
        let inwards = self.wiring.published[place].contains(&level);
        if !outwards && !inwards {
            return None;
        }
        let id = self.id(place);
        let mut params =
            Value::object([("task", Value::from(id.as_str())), ("outwards", Value::from(outwards))]);
        if inwards {
            params.set("inwards", tell::told(id, level).as_str());
        }
        let action = ActionSpec { name: Text::const_new("dag.tell"), params };
        Some(trigger(part(id, "told"), vec![about(ENDED, id)], ConditionSpec::default(), action))
    }

    /// The trigger that has the task run, or end without.
    fn start(&self, place: usize, task: &Task) -> TriggerSpec {
        let (after, setups) = (&self.order.after[place], &self.order.setups[place]);
        let is_outside = |place: &usize| self.is_from_outside(*place, task.level);
        let reads: BTreeSet<usize> = self.order.reads[place].values().copied().collect();
        let keep: BTreeSet<usize> = reads.iter().copied().filter(|place| !is_outside(place)).collect();
        let outside: BTreeSet<usize> = after.iter().copied().filter(is_outside).collect();
        let waits = !after.is_empty() && task.rule != TriggerRule::Always;
        let mut on = Vec::new();
        let mut condition = ConditionSpec::default();
        // One that waits for nobody hears of whose results it reads too late, so it comes after these for that.
        if waits {
            on.extend(after.union(&keep).map(|&place| {
                let common = self.dag.common_level(self.dag.tasks[place].level, task.level);
                match is_outside(&place) {
                    true => Pattern::exact(Text::const_new(TOLD)).about(tell::told(self.id(place), common)),
                    false => about(ENDED, self.id(place)),
                }
            }));
            let mut params = Value::object([
                ("rule", Value::from(task.rule.name())),
                ("after", self.ids(after.iter().copied())),
                ("keep", self.ids(keep.iter().copied())),
            ]);
            for (key, places) in [("outside", &outside), ("setups", setups)] {
                if !places.is_empty() {
                    params.set(key, self.ids(places.iter().copied()));
                }
            }
            condition = ConditionSpec { name: Text::const_new("dag.ready"), params };
            if self.has_control {
                on.push(about(SKIP, &shown(&task.id)));
            }
        } else {
            on.push(Pattern::exact(Text::const_new(match task.level {
                0 => "tidegate.run.started",
                _ => "tidegate.scope.started",
            })));
        }
        if task.is_control {
            on.push(about("tidegate.timer.fired", &part(&task.id, "again")));
        }
        if task.sweep.as_ref().is_some_and(|sweep| sweep.delay.is_some()) {
            on.push(about("tidegate.timer.fired", &part(&task.id, "delay")));
        }
        let params = self.start_params(place, task);
        trigger(task.id.clone(), on, condition, ActionSpec { name: Text::const_new("dag.start"), params })
    }

    fn start_params(&self, place: usize, task: &Task) -> Value {
        let mut params = Value::object([("task", task.id.as_str())]);
        let around = self.dag.outwards(task.level).filter_map(|level| {
            let level = &self.dag.levels[level];
            let group = self.id(level.opener?).as_str();
            Some(Value::from(vec![Value::from(group), Value::from(level.is_mapped)]))
        });
        let mut around: Vec<Value> = around.collect();
        around.reverse();
        if !around.is_empty() {
            params.set("within", around);
        }
        match &task.work {
            Work::Function { name, .. } => params.set("function", name.as_str()),
            Work::Workflow(name) => params.set("workflow", name.as_str()),
            Work::Group(level) => {
                params.set("group", self.scope_name(*level).as_str());
                params.set("gathers", self.ids(self.wiring.gathered[*level].iter().copied()));
                for (key, is_so) in [
                    ("single", self.dag.levels[*level].is_single),
                    ("aside", self.dag.levels[*level].is_transparent),
                ] {
                    if is_so {
                        params.set(key, true);
                    }
                }
            }
        }
        // In the run's own scope, results are read by the ids of their tasks.
        let reads = &self.order.reads[place];
        let (outside, inside): (Vec<_>, Vec<_>) =
            reads.iter().partition(|(_, place)| self.is_from_outside(**place, task.level));
        if reads.iter().any(|(name, &place)| *name != self.id(place).as_str()) || !outside.is_empty() {
            for (key, reads) in [("reads", inside), ("reads_outside", outside)] {
                let reads = reads.into_iter().map(|(name, &place)| (name.as_str(), self.id(place).as_str()));
                params.set(key, Value::object(reads));
            }
        }
        self.policy_params(task, &mut params);
        if let Some(sweep) = &task.sweep {
            params.set("computation", sweep.computation.clone());
            if let Some(delay) = sweep.delay {
                params.set("delay", delay.to_string());
            }
            if !sweep.alternatives.is_empty() {
                params.set("alternatives", Value::array(sweep.alternatives.iter().map(FunctionName::as_str)));
            }
            if !task.skip_on.is_empty() {
                params.set("skip_on", Value::array(task.skip_on.iter().map(String::as_str)));
            }
        }
        params
    }

    fn policy_params(&self, task: &Task, params: &mut Value) {
        let text = |value: &dyn std::fmt::Display| Value::from(value.to_string());
        let policy = &task.policy;
        let (count, percent) = match policy.tolerate {
            None => (None, None),
            Some(Tolerate::Count(count)) => (Some(Value::from(count)), None),
            Some(Tolerate::Percent(percent)) => (None, Some(Value::from(percent))),
        };
        // Defaults of calls mean nothing to a run.
        let is_call = matches!(task.work, Work::Function { .. });
        let of_call = |value: Option<Value>| value.filter(|_| is_call);
        let members = [
            ("when", task.when.as_deref().map(Value::from)),
            ("input", task.input.clone()),
            ("map", task.map.clone()),
            ("retry", of_call(policy.retry.clone())),
            ("timeout", of_call(policy.timeout.map(|span| text(&span)))),
            ("heartbeat", of_call(policy.heartbeat.map(|span| text(&span)))),
            ("concurrency", policy.concurrency.map(Value::from)),
            ("tolerate", count),
            ("cache", of_call(policy.cache.clone())),
            ("tolerate_percent", percent),
            ("claims", of_call(policy.slots.claims())),
            ("priority", of_call(policy.slots.priority())),
        ];
        for (key, value) in members {
            if let Some(value) = value {
                params.set(key, value);
            }
        }
    }

    /// The trigger that makes the end of the task's work the end of the task.
    fn ended(&self, place: usize, task: &Task) -> TriggerSpec {
        let kind = match (&task.work, &task.map) {
            (Work::Workflow(_), _) => "run",
            (Work::Group(_), None) => "scope",
            (Work::Group(_) | Work::Function { .. }, Some(_)) => "map",
            (Work::Function { .. }, None) => "task",
        };
        let mut params = Value::object([("task", task.id.as_str())]);
        if task.is_control && self.dag.group(place).is_none() {
            params.set("control", true);
        }
        if !task.skip_on.is_empty() {
            params.set("skip_on", Value::array(task.skip_on.iter().map(String::as_str)));
        }
        if matches!(task.work, Work::Group(level) if self.dag.levels[level].is_transparent) {
            params.set("aside", true);
        }
        if let (Some(sweep), Work::Function { .. }) = (&task.sweep, &task.work) {
            let functions = Value::array(sweep.alternatives.iter().map(FunctionName::as_str));
            let form = match sweep.result {
                ResultForm::Object => "object",
                ResultForm::ObjectOrNothing => "object_or_nothing",
            };
            let mut settled = Value::object([("functions", functions), ("result", Value::from(form))]);
            let timeout = task.policy.timeout.map(|timeout| Value::from(timeout.to_string()));
            let slots = &task.policy.slots;
            for (key, value) in
                [("timeout", timeout), ("claims", slots.claims()), ("priority", slots.priority())]
            {
                if let Some(value) = value {
                    settled.set(key, value);
                }
            }
            params.set("alternatives", settled);
        }
        hook_params(&task.hooks, &mut params);
        let on = ["succeeded", "failed"].map(|how| about(&format!("tidegate.{kind}.{how}"), &task.id));
        let action = ActionSpec { name: Text::const_new("dag.ended"), params };
        trigger(part(&task.id, "ended"), on.to_vec(), ConditionSpec::default(), action)
    }

    /// The trigger that gathers the ends of a task in the instances of a group at `level`.
    fn gather(&self, place: usize, level: usize) -> TriggerSpec {
        let id = self.id(place);
        // The group at that level which the task is in.
        let inner = self.dag.outwards(self.dag.tasks[place].level).take_while(|&inner| inner != level).last();
        let inner = &self.dag.levels[inner.unwrap_or(0)];
        let group = inner.opener.map_or(id, |opener| self.id(opener));
        let params = Value::object([
            ("task", Value::from(id.as_str())),
            ("group", Value::from(group.as_str())),
            ("mapped", Value::from(inner.is_mapped)),
            ("each", Value::from(inner.is_transparent)),
            ("aside", Value::from(!counted_at(self.dag, place).any(|counted| counted == level))),
        ]);
        let condition = ConditionSpec { name: Text::const_new("dag.gathered"), params: params.clone() };
        let action = ActionSpec { name: Text::const_new("dag.gathered"), params };
        trigger(part(id, "gather"), vec![about(ITEM_ENDED, id), about(ENDED, group)], condition, action)
    }

    /// The trigger that ends the run, or an instance of a group.
    fn over(&self, level: usize) -> TriggerSpec {
        let counted = &self.wiring.counted[level];
        let hooks = counted.iter().map(|&place| &self.dag.tasks[place]).filter(|task| !task.hooks.is_empty());
        let mut on = vec![Pattern::exact(Text::const_new(ENDED))];
        for task in hooks.filter(|task| task.level == level) {
            on.extend(ends_of(&part(&task.id, "hook")));
        }
        let own_level = &self.dag.levels[level];
        let is_leaf = |place: &&usize| self.order.is_leaf[**place] && !own_level.is_transparent;
        let mut params = Value::object([("leaves", self.ids(counted.iter().filter(is_leaf).copied()))]);
        if level == 0 && self.dag.names_replicas {
            let depth = |place: usize| self.dag.outwards(self.dag.tasks[place].level).count() - 1;
            let replicated = counted.iter().filter(|&&place| depth(place) > 0);
            let depths = replicated.map(|&place| (self.id(place).as_str(), Value::from(depth(place))));
            params.set("replicas", Value::object(depths));
        }
        if level == 0 && !self.dag.hooks.is_empty() {
            hook_params(&self.dag.hooks, &mut params);
            on.extend(ends_of(&own_name("_hook")));
        }
        if let Some(opener) = own_level.opener {
            match (own_level.is_single, counted.first()) {
                (true, Some(&only)) => params.set("single", self.id(only).as_str()),
                _ => params.set("group", self.id(opener).as_str()),
            }
        }
        let condition = ConditionSpec {
            name: Text::const_new("dag.over"),
            params: Value::object([("tasks", counted.len())]),
        };
        let action = ActionSpec { name: Text::const_new("dag.finish"), params };
        trigger(own_name("_over"), on, condition, action)
    }
}

/// The trigger that keeps the run's input where groups can see it.
fn begin() -> TriggerSpec {
    let on = vec![Pattern::exact(Text::const_new("tidegate.run.started"))];
    let action = ActionSpec { name: Text::const_new("dag.begin"), params: Value::object::<&str, Value>([]) };
    trigger(own_name("_begin"), on, ConditionSpec::default(), action)
}

/// The triggers that end a run which takes too long.
fn timeout(dag: &Dag) -> Vec<TriggerSpec> {
    let Some(timeout) = dag.timeout else { return Vec::new() };
    let set = Value::object([("name", TIMEOUT.to_owned()), ("after", timeout.to_string())]);
    let started = vec![Pattern::exact(Text::const_new("tidegate.run.started"))];
    let fired = Pattern::exact(Text::const_new("tidegate.timer.fired")).about(Text::const_new(TIMEOUT));
    let give_up = Value::object([("timeout", timeout.to_string())]);
    let action = |name: &'static str, params| ActionSpec { name: Text::const_new(name), params };
    vec![
        trigger(own_name("_limit"), started, ConditionSpec::default(), action("timer", set)),
        trigger(own_name("_timeout"), vec![fired], ConditionSpec::default(), action("dag.timeout", give_up)),
    ]
}

fn hook_params(hooks: &Hooks, params: &mut Value) {
    let name = |function: &FunctionName| Value::from(function.as_str());
    for (key, hook) in [("on_success", &hooks.on_success), ("on_failure", &hooks.on_failure)] {
        if let Some(hook) = hook {
            params.set(key, name(hook));
        }
    }
}

fn about(kind: &str, subject: &Name) -> Pattern {
    Pattern::exact(Text::from(kind.to_owned())).about(Text::from(subject.as_str()))
}

fn ends_of(task: &Name) -> [Pattern; 2] {
    ["tidegate.task.succeeded", "tidegate.task.failed"].map(|kind| about(kind, task))
}

fn own_name(name: &str) -> TriggerName {
    Name::new(name).expect("it is a name")
}

/// What the task is called that a group was made for, or the group itself.
fn shown(id: &Name) -> Name {
    id.as_str().strip_suffix(":items").and_then(|id| Name::new(id).ok()).unwrap_or_else(|| id.clone())
}

/// The name of something that belongs to a task.
fn part(id: &Name, what: &str) -> Name {
    Name::new(&format!("{id}:{what}")).unwrap_or_else(|_| id.clone())
}

fn trigger(name: TriggerName, on: Vec<Pattern>, condition: ConditionSpec, action: ActionSpec) -> TriggerSpec {
    TriggerSpec {
        name,
        on,
        condition,
        actions: vec![action],
        once: false,
        enabled: true,
        context: Value::Null,
    }
}
