//! From a definition to a program: a scope for each machine in it, a trigger for each transition.
//!
//! The machine itself is the run's scope; branches of Parallel states and processors of Map states are scopes of their
//! own. A trigger is named after its state; those that wait for something else are named after both
//! (`Pay:failed`).

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::function::External;
use tidegate_model::program::SourcePlace;
use tidegate_model::{
    ActionSpec, ConditionSpec, FunctionSpec, Name, Pattern, Program, Runtime, ScopeSpec, Text, TriggerSpec,
    WorkflowName,
};

use super::frame::Rehearsal;
use super::machine::{Language, targets};
use super::mock::Mocks;
use super::redrive::REDRIVEN;
use super::rescue::retry_timer;
use super::resource::{Pattern as Waiting, Resource};
use super::states::start::TIMEOUT;
use super::states::{map, task, wait};
use super::{check, history};
use crate::Compiled;
use crate::diagnostic::Reports;
use crate::source::{Document, Node, Source, Span};

/// The function that a task with a token waits for: somebody outside ends it.
pub(crate) const TOKEN_FUNCTION: &str = "asl.callback";

/// What a state machine is, beside its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Its name, and that of the workflow.
    pub name: WorkflowName,
    /// Its ARN.
    pub state_machine_arn: String,
    /// The role that it runs as; for the record, nothing here asks for permissions by it.
    pub role_arn: Option<String>,
    /// Whether it is of the express kind.
    pub is_express: bool,
    /// Whether AWS's limits on the size of data bind it.
    pub is_limited: bool,
    /// What is mocked of it.
    pub mocks: Mocks,
    /// What is rehearsed of it, if it is not meant to be run.
    pub(crate) rehearsal: Option<Rehearsal>,
}

impl Options {
    /// A machine called `name` that nobody has given an ARN.
    #[must_use]
    pub fn local(name: WorkflowName) -> Self {
        let state_machine_arn = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
        Self {
            name,
            state_machine_arn,
            role_arn: None,
            is_express: false,
            is_limited: false,
            mocks: Mocks::default(),
            rehearsal: None,
        }
    }
}

/// Compiles the definition `text`.
#[must_use]
pub fn compile(text: &str, options: &Options) -> Compiled {
    let source = Source::new(options.name.as_str(), text);
    let (document, found) = Document::read(&source);
    let Some(document) = document else { return Compiled { program: None, diagnostics: found } };
    let mut reports = Reports::new(&source);
    reports.extend(found);
    let program = of_document(&document, options, text, &mut reports);
    let diagnostics = reports.finish(Some(&document.root));
    let is_sound = diagnostics.iter().all(|found| found.severity != crate::Severity::Error);
    Compiled { program: program.filter(|_| is_sound), diagnostics }
}

/// Compiles a definition of which somebody else has seen to it that it is sound.
pub(crate) fn compile_unchecked(text: &str, options: &Options) -> Compiled {
    let source = Source::new(options.name.as_str(), text);
    let (document, diagnostics) = Document::read(&source);
    let program = document.map(|document| program(&document, options, text));
    Compiled { program, diagnostics }
}

/// The key of a rehearsed machine's initial variables; no definition has it.
pub(crate) const VARIABLES: &str = "$variables";

/// Compiles the definition in `document`; `None` after reporting what is wrong with it.
pub(crate) fn of_document(
    document: &Document,
    options: &Options,
    text: &str,
    reports: &mut Reports<'_>,
) -> Option<Program> {
    let kind = if options.is_express { check::WorkflowType::Express } else { check::WorkflowType::Standard };
    check::check_as(document, kind, reports);
    if reports.errors_count() > 0 {
        return None;
    }
    Some(program(document, options, text))
}

fn program(document: &Document, options: &Options, text: &str) -> Program {
    let definition = document.root.to_value();
    let mut builder = Builder::new(&options.mocks);
    let language = Language::of(&definition, Language::JsonPath);
    let mut machine = Value::object([
        ("Id", Value::from(options.state_machine_arn.as_str())),
        ("Name", Value::from(options.name.as_str())),
        ("RoleArn", options.role_arn.as_deref().map_or(Value::Null, Value::from)),
        ("Express", Value::from(options.is_express)),
        ("Limited", Value::from(options.is_limited)),
    ]);
    if let Some(rehearsal) = &options.rehearsal {
        machine.set("Rehearsal", rehearsal.to_value());
    }
    let role = Value::object([("kind", Value::from("execution")), ("machine", machine)]);
    let name = Name::new("execution").expect("it is a name");
    let machine = Machine { definition: &definition, node: Some(&document.root), language, name, role };
    builder.machine(&machine, &Begin::Execution { role_arn: options.role_arn.as_deref() });
    let token = FunctionSpec::new(Runtime::External(External {}));
    let token_name = Name::new(TOKEN_FUNCTION).expect("it is a name");
    let functions = if builder.needs_token { BTreeMap::from([(token_name, token)]) } else { BTreeMap::new() };
    Program {
        name: options.name.clone(),
        language: Text::const_new("asl"),
        standing: false,
        input: Value::Null,
        schedule: None,
        scopes: builder.scopes,
        functions,
        directory: None,
        source_map: builder.places.into_iter().map(|place| place.resolve(document)).collect(),
        source: Some(Text::new(text)),
    }
}

/// One machine: the whole, a branch, a processor.
struct Machine<'d> {
    definition: &'d Value,
    node: Option<&'d Node>,
    language: Language,
    name: Name,
    role: Value,
}

/// How a scope begins.
enum Begin<'d> {
    Execution { role_arn: Option<&'d str> },
    Branch,
    Item { selector: Option<&'d Value>, language: Language },
}

struct Builder<'d> {
    mocks: &'d Mocks,
    scopes: Vec<ScopeSpec>,
    places: Vec<Place>,
    names: BTreeSet<String>,
    needs_token: bool,
}

/// Where a trigger comes from.
struct Place {
    scope: u32,
    trigger: Name,
    span: Span,
}

impl Place {
    fn resolve(self, document: &Document) -> SourcePlace {
        let place = document.source.place(self.span);
        SourcePlace { scope: self.scope, trigger: self.trigger, line: place.line, column: place.column }
    }
}

impl<'d> Builder<'d> {
    fn new(mocks: &'d Mocks) -> Self {
        Self { mocks, scopes: Vec::new(), places: Vec::new(), names: BTreeSet::new(), needs_token: false }
    }

    fn machine(&mut self, machine: &Machine<'_>, begin: &Begin<'_>) {
        let scope = self.scopes.len();
        let mut vars = Value::object([("role", machine.role.clone())]);
        if let Some(variables) = machine.definition.get(VARIABLES) {
            vars.set("variables", variables.clone());
        }
        self.scopes.push(ScopeSpec { name: machine.name.clone(), vars, triggers: Vec::new() });
        let mut triggers = Vec::new();
        begin.triggers(machine, &mut triggers);
        let states = machine.definition.get("States").and_then(Value::as_object);
        let mut names = Names::default();
        for (name, definition) in states.into_iter().flat_map(|states| states.iter()) {
            let node = machine.node.and_then(|node| node.get("States")).and_then(|states| states.get(name));
            let language = Language::of(definition, machine.language);
            let state = State {
                name: name.as_str(),
                trigger: names.of(name),
                definition,
                node,
                language,
                targets: state_types(definition, machine.definition),
            };
            let before = triggers.len();
            self.state(&state, &mut triggers);
            let span = node.map(|node| node.span).unwrap_or_default();
            let own = triggers[before..].iter().map(|trigger| trigger.name.clone());
            self.places.extend(own.map(|trigger| Place { scope: scope as u32, trigger, span }));
        }
        self.scopes[scope].triggers = triggers;
    }

    fn state(&mut self, state: &State<'_>, triggers: &mut Vec<TriggerSpec>) {
        match state.kind() {
            "Pass" => triggers.push(state.entering("asl.pass", &[])),
            "Choice" => triggers.push(state.entering("asl.choice", &[])),
            "Succeed" => triggers.push(state.entering("asl.succeed", &[])),
            "Fail" => triggers.push(state.entering("asl.fail", &[])),
            "Wait" => {
                triggers.push(state.entering("asl.wait", &[]));
                let over = timer(&wait::timer(state.name));
                triggers.push(state.trigger(":over", over, "asl.wait.over", &[]));
            }
            "Task" => self.task(state, triggers),
            "Parallel" => self.parallel(state, triggers),
            "Map" => self.map(state, triggers),
            _ => {}
        }
    }

    fn task(&mut self, state: &State<'_>, triggers: &mut Vec<TriggerSpec>) {
        let resource = state.definition.get("Resource").and_then(Value::as_str).unwrap_or_default();
        let resource = Resource::of_template(resource).ok();
        let about = |kind: &'static str| Pattern::exact(Text::const_new(kind)).about(state.name);
        let mocked = self.mocks.params(state.name);
        triggers.push(state.entering("asl.task", &mocked));
        if state.definition.get("Retry").is_some() {
            triggers.push(state.trigger(
                ":retry",
                timer(&retry_timer(state.name)),
                "asl.task.again",
                &mocked,
            ));
        }
        let mut ended = vec![about("tidegate.task.succeeded")];
        let mut failed = vec![about("tidegate.task.failed")];
        match &resource {
            Some(Resource::Activity { .. }) => {
                triggers.push(state.trigger(
                    ":taken",
                    about("tidegate.task.taken"),
                    "asl.task.taken",
                    &mocked,
                ));
            }
            Some(Resource::Service(service)) => {
                let is_nested = service.service == "states" && service.action == "startExecution";
                let waits_for_token = service.pattern == Waiting::TaskToken;
                self.needs_token |= waits_for_token;
                let mut answered = Vec::new();
                if waits_for_token {
                    let request = task::request(state.name);
                    let of_request = |kind: &'static str| {
                        Pattern::exact(Text::const_new(kind)).about(Text::from(request.as_str()))
                    };
                    answered.push(of_request("tidegate.task.succeeded"));
                    failed.push(of_request("tidegate.task.failed"));
                    failed.push(of_request("tidegate.run.failed"));
                }
                if resource.as_ref().is_some_and(|resource| task::offers_token(state.definition, resource)) {
                    self.needs_token = true;
                    let token = Text::from(task::token_of(state.name));
                    let of_token =
                        |kind: &'static str| Pattern::exact(Text::const_new(kind)).about(token.clone());
                    ended.push(of_token("tidegate.task.succeeded"));
                    failed.push(of_token("tidegate.task.failed"));
                }
                if is_nested {
                    answered.push(about(task::STARTED));
                    ended.push(about("tidegate.run.succeeded"));
                    failed.push(about("tidegate.run.failed"));
                }
                if !answered.is_empty() {
                    let mut trigger =
                        state.trigger(":answered", answered[0].clone(), "asl.task.answered", &mocked);
                    trigger.on = answered;
                    triggers.push(trigger);
                }
            }
            Some(Resource::Lambda { .. }) | None => {}
        }
        let mut trigger = state.trigger(":succeeded", ended[0].clone(), "asl.task.ended", &mocked);
        trigger.on = ended;
        triggers.push(trigger);
        let mut trigger = state.trigger(":failed", failed[0].clone(), "asl.task.failed", &mocked);
        trigger.on = failed;
        triggers.push(trigger);
    }

    fn parallel(&mut self, state: &State<'_>, triggers: &mut Vec<TriggerSpec>) {
        let branches =
            state.definition.get("Branches").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut scopes = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            let name = self.scope_name(&format!("{}/{index}", state.trigger));
            scopes.push(Value::from(name.as_str()));
            let node = state.node.and_then(|node| node.get("Branches")).and_then(Node::as_sequence);
            let role = Value::object([("kind", "branch"), ("state", state.name)]);
            let machine = Machine {
                definition: branch,
                node: node.and_then(|nodes| nodes.get(index)),
                language: Language::of(branch, state.language),
                name,
                role,
            };
            self.machine(&machine, &Begin::Branch);
        }
        let more = [("scopes", Value::from(scopes))];
        let about = |kind: &'static str| Pattern::exact(Text::const_new(kind)).about(state.name);
        triggers.push(state.entering("asl.parallel", &more));
        if state.definition.get("Retry").is_some() {
            let again = timer(&retry_timer(state.name));
            triggers.push(state.trigger(":retry", again, "asl.parallel.again", &more));
        }
        triggers.push(state.trigger(
            ":joined",
            about("tidegate.map.succeeded"),
            "asl.parallel.joined",
            &more,
        ));
        triggers.push(state.trigger(":failed", about("tidegate.map.failed"), "asl.parallel.failed", &more));
    }

    fn map(&mut self, state: &State<'_>, triggers: &mut Vec<TriggerSpec>) {
        let field =
            if state.definition.get("ItemProcessor").is_some() { "ItemProcessor" } else { "Iterator" };
        let Some(processor) = state.definition.get(field) else { return };
        let mode = processor.pointer("/ProcessorConfig/Mode").and_then(Value::as_str);
        let is_distributed = mode == Some("DISTRIBUTED");
        let name = self.scope_name(&format!("{}/item", state.trigger));
        let kind = if is_distributed { "child" } else { "iteration" };
        let machine = Machine {
            definition: processor,
            node: state.node.and_then(|node| node.get(field)),
            language: Language::of(processor, state.language),
            name: name.clone(),
            role: Value::object([("kind", kind), ("state", state.name)]),
        };
        // Where items are handed over in batches, the selector has been at them before.
        let selector = state.definition.get("ItemSelector").or_else(|| state.definition.get("Parameters"));
        let selector = selector.filter(|_| state.definition.get("ItemBatcher").is_none());
        self.machine(&machine, &Begin::Item { selector, language: state.language });
        let more = [("scope", Value::from(name.as_str())), ("distributed", Value::from(is_distributed))];
        let mocked = state.definition.get("ItemReader").map(|_| self.mocks.params(state.name));
        let more: Vec<_> = more.into_iter().chain(mocked.unwrap_or_default()).collect();
        let about = |kind: &'static str| Pattern::exact(Text::const_new(kind)).about(state.name);
        triggers.push(state.entering("asl.map", &more));
        if state.definition.get("Retry").is_some() {
            triggers.push(state.trigger(":retry", timer(&retry_timer(state.name)), "asl.map.again", &more));
        }
        if state.definition.get("ItemReader").is_some() {
            let reader = map::reader::subject(state.name);
            let about =
                |kind: &'static str| Pattern::exact(Text::const_new(kind)).about(Text::from(reader.as_str()));
            triggers.push(state.trigger(":read", about("tidegate.task.succeeded"), "asl.map.read", &more));
            triggers.push(state.trigger(":unread", about("tidegate.task.failed"), "asl.map.unread", &more));
        }
        if state.definition.pointer("/ResultWriter/Resource").is_some() {
            let writer = map::writer::subject(state.name);
            let about =
                |kind: &'static str| Pattern::exact(Text::const_new(kind)).about(Text::from(writer.as_str()));
            let written = about("tidegate.map.succeeded");
            triggers.push(state.trigger(":written", written, "asl.map.written", &more));
            let unwritten = about("tidegate.map.failed");
            triggers.push(state.trigger(":unwritten", unwritten, "asl.map.unwritten", &more));
        }
        triggers.push(state.trigger(":joined", about("tidegate.map.succeeded"), "asl.map.joined", &more));
        triggers.push(state.trigger(":failed", about("tidegate.map.failed"), "asl.map.failed", &more));
    }

    /// A name for a scope that no other has.
    fn scope_name(&mut self, wanted: &str) -> Name {
        let mut name = fitting(wanted);
        let mut number = 1;
        while !self.names.insert(name.clone()) {
            number += 1;
            name = fitting(&format!("{wanted}/{number}"));
        }
        Name::new(&name).expect("it was made to be one")
    }
}

impl Begin<'_> {
    fn triggers(&self, machine: &Machine<'_>, triggers: &mut Vec<TriggerSpec>) {
        let first = machine.definition.get("StartAt").and_then(Value::as_str).unwrap_or_default();
        let states = machine.definition.get("States");
        let kind = states.and_then(|states| states.get(first)).and_then(|state| state.get("Type"));
        let mut params = vec![("first", Value::from(first)), ("kind", kind.cloned().unwrap_or_default())];
        let (on, action) = match self {
            Self::Execution { role_arn } => {
                params.extend(role_arn.map(|role| ("role", Value::from(role))));
                let timeout = machine.definition.get("TimeoutSeconds").cloned();
                if let Some(timeout) = timeout {
                    params.push(("timeout", timeout));
                    let timeout = trigger(".timeout", timer(TIMEOUT), "asl.timeout", Value::Null);
                    triggers.push(timeout);
                }
                ("tidegate.run.started", "asl.start")
            }
            Self::Branch => ("tidegate.scope.started", "asl.begin"),
            Self::Item { selector, language } => {
                params.push(("selector", selector.cloned().unwrap_or_default()));
                params.push(("language", Value::from(language.name())));
                ("tidegate.scope.started", "asl.begin")
            }
        };
        triggers.push(trigger(".start", Pattern::exact(Text::const_new(on)), action, Value::object(params)));
    }
}

/// A state on its way to triggers.
struct State<'d> {
    name: &'d str,
    /// What its triggers are called.
    trigger: String,
    definition: &'d Value,
    node: Option<&'d Node>,
    language: Language,
    targets: Value,
}

impl State<'_> {
    fn kind(&self) -> &str {
        self.definition.get("Type").and_then(Value::as_str).unwrap_or_default()
    }

    fn trigger(
        &self,
        suffix: &str,
        on: Pattern,
        action: &'static str,
        more: &[(&'static str, Value)],
    ) -> TriggerSpec {
        let mut definition = self.definition.clone();
        if let Some(members) = definition.as_object_mut() {
            members.retain(|name, _| !matches!(name, "Branches" | "ItemProcessor" | "Iterator" | "Comment"));
        }
        let params = [
            ("state", Value::from(self.name)),
            ("language", Value::from(self.language.name())),
            ("definition", definition),
            ("targets", self.targets.clone()),
        ];
        let params = Value::object(params.into_iter().chain(more.iter().cloned()));
        trigger(&format!("{}{suffix}", self.trigger), on, action, params)
    }

    /// The trigger by which the state is entered, for the first time or where the execution is redriven.
    fn entering(&self, action: &'static str, more: &[(&'static str, Value)]) -> TriggerSpec {
        let entered = history::kind(&format!("{}StateEntered", self.kind()));
        let mut trigger = self.trigger("", Pattern::exact(entered).about(self.name), action, more);
        trigger.on.push(Pattern::exact(Text::const_new(REDRIVEN)).about(self.name));
        trigger
    }
}

fn trigger(name: &str, on: Pattern, action: &'static str, params: Value) -> TriggerSpec {
    // Those of the scope itself must not be taken for a state's.
    let name = name.strip_prefix('.').map_or_else(|| name.to_owned(), |name| format!("_{name}"));
    TriggerSpec {
        name: Name::new(&name).expect("it was made to be one"),
        on: vec![on],
        condition: ConditionSpec::default(),
        actions: vec![ActionSpec { name: Text::const_new(action), params }],
        once: false,
        enabled: true,
        context: Value::Null,
    }
}

fn timer(name: &str) -> Pattern {
    Pattern::exact(Text::const_new("tidegate.timer.fired")).about(Text::from(name))
}

/// Types of the states that `state` may go on with, by name.
fn state_types(state: &Value, machine: &Value) -> Value {
    let states = machine.get("States");
    let kind =
        |name: &str| states.and_then(|states| states.get(name)).and_then(|state| state.get("Type")).cloned();
    let types = targets(state).into_iter().filter_map(|name| Some((name, kind(name)?)));
    Value::object(types.collect::<BTreeMap<_, _>>())
}

/// Names of triggers, one for each state of a scope.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn of(&mut self, state: &str) -> String {
        let mut name = fitting(state);
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = fitting(&format!("{state}-{number}"));
        }
        name
    }
}

/// `text` as a name may be, with room for what is put behind it.
fn fitting(text: &str) -> String {
    const LENGTH_MAX: usize = Name::LENGTH_MAX - 16;
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let fitting: String = text.chars().map(|c| if is_inner(c) { c } else { '_' }).take(LENGTH_MAX).collect();
    if fitting.starts_with(|c: char| c.is_ascii_alphanumeric()) { fitting } else { format!("s{fitting}") }
}
