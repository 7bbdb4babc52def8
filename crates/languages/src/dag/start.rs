//! `dag.start`: what a task does once it is decided what becomes of it: it runs its function, its workflow or the tasks of its
//! group, or it ends without having run.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::action::{Action, Command, MapPolicy, Plan, Started, Target, TaskPolicy, Tolerance};
use tidegate_engine::cache::Caching;
use tidegate_engine::pools::{self, Claim};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_engine::scene::{Expr, Scene};
use tidegate_engine::template::Template;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, FunctionName, Name, Retry, Span, Text, WorkflowName};

use super::alternatives;
use super::ended::{End, emit};
use super::gather;
use super::instance::{self, Reads};
use super::kept::Kept;
use super::ready::RUN;
use super::rule::State;
use crate::sweep::computation::Computation;

/// Items at one time, where the task does not say.
const CONCURRENCY_DEFAULT: u32 = 1_000;

/// Items of one task.
const ITEMS_MAX: usize = 1_000_000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    task: Text,
    #[serde(default)]
    function: Option<FunctionName>,
    #[serde(default)]
    workflow: Option<WorkflowName>,
    #[serde(default)]
    group: Option<Name>,
    #[serde(default)]
    gathers: Vec<Text>,
    #[serde(default)]
    single: bool,
    #[serde(default)]
    aside: bool,
    /// The groups around it, from the outermost, and whether each is mapped.
    #[serde(default)]
    within: Vec<(Text, bool)>,
    #[serde(default)]
    reads: Option<BTreeMap<String, String>>,
    #[serde(default)]
    reads_outside: BTreeMap<String, String>,
    #[serde(default)]
    when: Option<String>,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    map: Option<Value>,
    #[serde(default)]
    retry: Option<Retry>,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default)]
    heartbeat: Option<Span>,
    #[serde(default)]
    cache: Option<CacheParams>,
    #[serde(default)]
    concurrency: Option<u32>,
    #[serde(default)]
    tolerate: Option<u32>,
    #[serde(default)]
    tolerate_percent: Option<f64>,
    #[serde(default)]
    claims: Vec<Claim>,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    computation: Option<Value>,
    #[serde(default)]
    delay: Option<Span>,
    #[serde(default)]
    alternatives: Vec<FunctionName>,
    #[serde(default)]
    skip_on: Vec<Text>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheParams {
    #[serde(default)]
    ttl: Option<Span>,
    #[serde(default)]
    key: Option<Value>,
    #[serde(default)]
    version: Option<Text>,
}

/// What a task runs.
#[derive(Debug)]
enum Work {
    Function(FunctionName),
    Workflow(WorkflowName),
    /// The tasks of a scope.
    Group {
        scope: Name,
        /// Tasks in it whose ends are gathered around it.
        gathers: Vec<Text>,
        /// Whether it was made for one mapped task, and says what that gets.
        is_single: bool,
    },
}

#[derive(Debug)]
struct Start {
    task: Text,
    work: Work,
    when: Option<Expr>,
    input: Option<Template>,
    map: Option<Template>,
    policy: Arc<TaskPolicy>,
    /// What counts for results that are kept, in place of the input.
    cache_key: Option<Template>,
    concurrency: u32,
    tolerate: Tolerance,
    /// Whether nothing counts it.
    is_aside: bool,
    within: Vec<(Text, bool)>,
    reads: Reads,
    /// What its input or its items are computed with, in place of templates.
    computation: Option<Computation>,
    /// How long it waits once it is decided that it runs.
    delay: Option<Span>,
    /// What is tried where its function fails for good.
    alternatives: Vec<FunctionName>,
    skip_on: Vec<Text>,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let given: Params = params(value)?;
    pools::check(&given.claims)?;
    let template = |key: &str, value: Option<Value>| {
        value
            .map(|value| Template::parse(&value))
            .transpose()
            .map_err(|error| MalformedParams::template(key, error))
    };
    let work = match (given.function, given.workflow, given.group) {
        (Some(function), None, None) => Work::Function(function),
        (None, Some(workflow), None) => Work::Workflow(workflow),
        (None, None, Some(scope)) => Work::Group { scope, gathers: given.gathers, is_single: given.single },
        _ => return Err(MalformedParams::new("a task runs one of `function`, `workflow` and `group`")),
    };
    let when = given.when.as_deref().map(Expr::parse).transpose();
    let tolerate = match (given.tolerate, given.tolerate_percent) {
        // What counts for nothing fails in its tasks.
        _ if given.aside => Tolerance::Percent(100.0),
        (_, Some(percent)) => Tolerance::Percent(percent),
        (count, None) => Tolerance::Count(count.unwrap_or(0)),
    };
    let (cache, cache_key) = match given.cache {
        None => (None, None),
        Some(CacheParams { ttl, key, version }) => (Some(Caching { ttl, key: None, version }), key),
    };
    Ok(Box::new(Start {
        task: given.task,
        work,
        when: when.map_err(|message| MalformedParams::at("when", message))?,
        input: template("input", given.input)?,
        map: template("map", given.map)?,
        policy: Arc::new(TaskPolicy {
            retry: given.retry,
            timeout: given.timeout,
            heartbeat: given.heartbeat,
            claims: given.claims,
            priority: given.priority,
            cache,
        }),
        cache_key: template("cache", cache_key)?,
        concurrency: given.concurrency.unwrap_or(CONCURRENCY_DEFAULT),
        tolerate,
        is_aside: given.aside,
        within: given.within,
        reads: Reads { inside: given.reads, outside: given.reads_outside },
        computation: given
            .computation
            .map(|computation| Computation::parse(&computation))
            .transpose()
            .map_err(|message| MalformedParams::at("computation", message))?,
        delay: given.delay,
        alternatives: given.alternatives,
        skip_on: given.skip_on,
    }))
}

impl Action for Start {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(commands) = self.kept(plan.scene) {
            plan.commands.extend(commands);
            return Ok(());
        }
        let decision = plan.context.get("decision").and_then(Value::as_str).unwrap_or(RUN);
        // A task whose expressions fail has failed: those after it are to hear of it.
        if let Some(delay) = self.delay.filter(|_| decision == RUN && !is_timer(plan)) {
            let (name, due) = (Text::from(format!("{}:delay", self.task)), plan.scene.at.after(delay));
            plan.commands.push(Command::SetTimer { name, due, data: Value::Null });
            return Ok(());
        }
        let end = match decision {
            RUN => match self.work(plan) {
                Ok(Some(commands)) => {
                    plan.commands.extend(commands);
                    return Ok(());
                }
                Ok(None) => End::Without(State::Skipped),
                Err(failure) => End::of_failure(failure, &self.skip_on),
            },
            other => {
                let state = State::of(&Value::object([("state", other)]));
                End::Without(state.unwrap_or(State::Skipped))
            }
        };
        let mut data = end.data();
        if self.is_aside {
            data.set("aside", true);
        }
        emit(plan, &self.task, data);
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        let own = match &self.work {
            Work::Function(function) => Started::Function(function),
            Work::Workflow(_) => Started::Workflow,
            Work::Group { scope, .. } => Started::Scope(scope),
        };
        std::iter::once(own).chain(self.alternatives.iter().map(Started::Function)).collect()
    }
}

impl Start {
    /// How it ends where it had ended well in the run that this one is a rerun of.
    fn kept(&self, scene: &Scene<'_>) -> Option<Vec<Command>> {
        let kept = Kept::find(scene, &self.within)?;
        let own = kept.commands(&self.task)?;
        // Ends within a group are told before its own.
        let gathers = self.gathers().iter().filter_map(|task| Some((task, kept.commands(task)?)));
        let gathers =
            gathers.flat_map(|(task, told)| gather::set(task, gather::over()).into_iter().chain(told));
        Some(gathers.chain(own).collect())
    }

    fn gathers(&self) -> &[Text] {
        match &self.work {
            Work::Group { gathers, .. } => gathers,
            Work::Function(_) | Work::Workflow(_) => &[],
        }
    }

    /// What is to be done; nothing where the task is skipped.
    fn work(&self, plan: &Plan<'_, '_>) -> Result<Option<Vec<Command>>, Failure> {
        let names = self.reads.bind(plan);
        if let Some(when) = &self.when
            && !is_true(plan.scene.evaluate(when, plan.context, &names)?.as_ref())
        {
            return Ok(None);
        }
        let subject = self.task.clone();
        let command = match (&self.work, &self.map) {
            (Work::Group { scope, gathers, is_single }, map) => {
                return self.group(plan, &names, (scope, gathers, *is_single), map.as_ref()).map(Some);
            }
            (Work::Workflow(workflow), _) => {
                let (input, workflow) = (self.input(plan, &names)?, workflow.clone());
                Command::Start { subject: Some(subject), workflow, program: None, input, key: None }
            }
            (Work::Function(function), None) if self.computation.is_some() => {
                return self.computed(plan, &names, function).map(Some);
            }
            (Work::Function(function), None) => {
                let mut input = self.input(plan, &names)?;
                if let Some(carried) = carried(plan)? {
                    input.set("carry", carried);
                }
                let (function, mut policy) = (function.clone(), Arc::clone(&self.policy));
                if let Some(key) = &self.cache_key {
                    let key = key.evaluate(plan.scene, plan.context, &names)?.unwrap_or_default();
                    let policy = Arc::make_mut(&mut policy);
                    policy.cache = policy.cache.take().map(|how| Caching { key: Some(key), ..how });
                }
                Command::Invoke { subject, function, input, policy }
            }
            (Work::Function(function), Some(map)) => {
                let items = items(plan, &names, map)?;
                let inputs = match &self.input {
                    None => items,
                    Some(input) => self.inputs(plan, &names, input, &items)?,
                };
                let target = Target::Function(function.clone());
                let known = Kept::find(plan.scene, &self.within).map(|kept| kept.items(&self.task));
                let known = known.unwrap_or_default();
                Command::Map { subject, target, inputs, known, policy: Arc::new(self.map_policy()) }
            }
        };
        Ok(Some(vec![command]))
    }

    /// Calls `function` with what is computed for it, and leaves what is known by then to the end of the task.
    fn computed(
        &self,
        plan: &Plan<'_, '_>,
        names: &[(&str, Value)],
        function: &FunctionName,
    ) -> Result<Vec<Command>, Failure> {
        let run_input = instance::run_input(plan.scene);
        let Some(begun) =
            self.computation.as_ref().map(|computation| computation.begin(names, run_input)).transpose()?
        else {
            return Ok(Vec::new());
        };
        let mut commands = Vec::with_capacity(2);
        let again = Some(begun.input.clone()).filter(|_| !self.alternatives.is_empty());
        if let Some(context) = alternatives::context(again, begun.adds) {
            let trigger = Name::new(&format!("{}:ended", self.task)).ok();
            commands.extend(trigger.map(|trigger| Command::SetContext { trigger, context }));
        }
        commands.push(Command::Invoke {
            subject: self.task.clone(),
            function: function.clone(),
            input: begun.input,
            policy: Arc::clone(&self.policy),
        });
        Ok(commands)
    }

    fn map_policy(&self) -> MapPolicy {
        MapPolicy {
            task: Arc::clone(&self.policy),
            concurrency: self.concurrency,
            tolerate: self.tolerate,
            each: false,
        }
    }

    /// Starts the instances of a group.
    fn group(
        &self,
        plan: &Plan<'_, '_>,
        names: &[(&str, Value)],
        (scope, gathers, is_single): (&Name, &[Text], bool),
        map: Option<&Template>,
    ) -> Result<Vec<Command>, Failure> {
        let subject = self.task.clone();
        let kept = Kept::find(plan.scene, &self.within);
        let whole = kept.map(|kept| kept.whole_instances(&self.task)).unwrap_or_default();
        let (count, command) = match map {
            None => {
                let input = instance::plain(plan.scene.input);
                (1, Command::Call { subject, scope: scope.clone(), input })
            }
            Some(map) => {
                let items = match &self.computation {
                    Some(computation) => limited(computation.items(names)?)?,
                    None => items(plan, names, map)?,
                };
                let given = match (&self.input, is_single) {
                    (None, true) => Some(items.clone()),
                    (Some(input), true) => Some(self.inputs(plan, names, input, &items)?),
                    (_, false) => None,
                };
                let count = items.len();
                let inputs = instance::of_items(plan.scene.input, items, given);
                let target = Target::Scope(scope.clone());
                let known = whole.iter().map(|(index, instance)| (*index, instance.result())).collect();
                let policy = Arc::new(self.map_policy());
                (count, Command::Map { subject, target, inputs, known, policy })
            }
        };
        let mut commands = Vec::with_capacity(gathers.len() + 1);
        for task in gathers {
            if let Some(told) = kept.and_then(|kept| kept.commands(task)) {
                commands.extend(gather::set(task, gather::over()));
                commands.extend(told);
                continue;
            }
            let ended = whole.iter().filter_map(|(index, instance)| Some((*index, instance.end(task)?)));
            commands.extend(gather::set(task, gather::expecting(count, ended)));
        }
        commands.push(command);
        Ok(commands)
    }

    fn input(&self, plan: &Plan<'_, '_>, names: &[(&str, Value)]) -> Result<Value, Failure> {
        match &self.input {
            None => Ok(instance::given(plan.scene).clone()),
            Some(input) => Ok(input.evaluate(plan.scene, plan.context, names)?.unwrap_or_default()),
        }
    }

    fn inputs(
        &self,
        plan: &Plan<'_, '_>,
        names: &[(&str, Value)],
        input: &Template,
        items: &[Value],
    ) -> Result<Vec<Value>, Failure> {
        let mut names = names.to_vec();
        let fixed = names.len();
        let mut inputs = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            names.truncate(fixed);
            names.extend([("item", item.clone()), ("index", Value::from(index))]);
            inputs.push(input.evaluate(plan.scene, plan.context, &names)?.unwrap_or_default());
        }
        Ok(inputs)
    }
}

/// What a task that looks again was left with by the one before.
fn carried(plan: &Plan<'_, '_>) -> Result<Option<Value>, Failure> {
    if !is_timer(plan) {
        return Ok(None);
    }
    Ok(Some(plan.scene.event_data()?).filter(|carried| !carried.is_null()))
}

/// Whether it is a timer that has the task look again, or run at last.
fn is_timer(plan: &Plan<'_, '_>) -> bool {
    plan.scene.event.is_some_and(|event| event.kind == "tidegate.timer.fired")
}

/// What a map is over.
fn items(plan: &Plan<'_, '_>, names: &[(&str, Value)], map: &Template) -> Result<Vec<Value>, Failure> {
    let items = match map.evaluate(plan.scene, plan.context, names)?.unwrap_or_default() {
        Value::Array(items) => items.to_vec(),
        other => {
            let message = format!("`map` expects a list, found {}", other.type_name());
            return Err(Failure::new(errors::INVALID_VALUE, message));
        }
    };
    limited(items)
}

fn limited(items: Vec<Value>) -> Result<Vec<Value>, Failure> {
    if items.len() > ITEMS_MAX {
        let message = format!("`map` is over {} items; the limit is {ITEMS_MAX}", items.len());
        return Err(Failure::new(errors::LIMIT, message));
    }
    Ok(items)
}

/// JSONata's truth: nothing, false, zero and what is empty are not true.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(Value::Number(number)) => number.as_f64() != 0.0,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => items.iter().any(|item| is_true(Some(item))),
        Some(Value::Object(members)) => !members.is_empty(),
    }
}
