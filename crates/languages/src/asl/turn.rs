//! One firing of a trigger of a state machine: where the scope is, what is planned, and which events of history that
//! makes.

use std::cell::RefCell;

use tidegate_engine::action::{Audience, Command, Emission, Plan};
use tidegate_json::Value;
use tidegate_model::{Data, Failure, RunId, Span, TaskId, Text, Timestamp};

use super::expression::{Draws, Fault, Surroundings, random};
use super::frame::{Active, Frame, Role};
use super::history::{self, Details};
use super::redrive::{Progress, REDRIVEN};
use super::states::map::writer::Described;
use super::token;

/// Levels of arrays and objects in what a state puts out: a loop that wraps its input again and again would else make
/// data that nothing can read back.
const DEPTH_MAX: u32 = 100;

/// The timer that keeps a rehearsal waiting.
const REHEARSED: &str = "rehearsed";

/// The type of the notes that show a rehearsal the way of the data.
pub(crate) const SHOWN: &str = "rehearsal.shown";

/// What is shown of what a state asks for: `function`, `input` and `timeout` in milliseconds, or `workflow`, `input` and
/// `key`.
pub(crate) const ASKED: &str = "asked";

/// A firing in which a scope is in a state.
pub(crate) struct Turn<'t, 's, 'a> {
    plan: &'t mut Plan<'s, 'a>,
    pub(crate) frame: Frame,
    pub(crate) active: Active,
    draws: Draws,
    /// Events of history raised in this firing.
    raised: u64,
    token: Option<String>,
    /// How far the state had come, where it is entered because the execution is redriven.
    pub(crate) before: Option<Progress>,
    /// What a rehearsal shows of the way of the data, by AWS's names.
    seen: RefCell<Vec<(&'static str, Value)>>,
}

/// The state that follows another.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// The state of this name and type.
    State { name: Text, kind: Text },
    /// None: the scope has done what it is for.
    End,
}

/// Why a state does not go on as it is meant to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Error {
    /// Its name; empty where a Fail state gives none.
    pub(crate) error: Text,
    /// What happened; empty where nobody says.
    pub(crate) cause: Text,
}

impl<'t, 's, 'a> Turn<'t, 's, 'a> {
    /// The scope enters the state that the event tells of.
    pub(crate) fn enter(plan: &'t mut Plan<'s, 'a>, name: &Text) -> Result<Self, Failure> {
        let data = plan.scene.event_data()?;
        let mut active = Active {
            name: name.clone(),
            entered: 0,
            entered_at: plan.scene.at,
            input: data.get("input").cloned().unwrap_or_default(),
            retries: None,
            by_retrier: Vec::new(),
            last: 0,
            asked: Value::Null,
            shared: None,
        };
        let is_redriven = plan.scene.event.is_some_and(|event| event.kind == REDRIVEN);
        let redriven = Progress::of_value(&data).filter(|_| is_redriven);
        if let Some(before) = &redriven {
            (active.entered, active.entered_at) = (before.entered, before.entered_at);
        }
        let id = note_of(plan).unwrap_or_default();
        let mut turn = Self::of(plan, active);
        match redriven {
            Some(before) => {
                turn.active.last = if turn.frame.child.is_some() { before.last } else { turn.notes() };
                turn.before = Some(before);
            }
            None => {
                // An item of a distributed Map state counts for itself.
                let id = if turn.frame.child.is_some() { id } else { turn.frame.events_before + id };
                (turn.active.entered, turn.active.last) = (id, id);
            }
        }
        Ok(turn)
    }

    /// Events of the execution's history up to this firing.
    fn notes(&self) -> u64 {
        self.frame.events_before + self.plan.scene.notes
    }

    /// The scope goes on with the state that it waits in; `None` where that is no longer `name`.
    pub(crate) fn resume(plan: &'t mut Plan<'s, 'a>, name: &Text) -> Option<Self> {
        let active = Active::of(plan.scene).filter(|active| active.name == *name)?;
        Some(Self::of(plan, active))
    }

    pub(crate) fn of(plan: &'t mut Plan<'s, 'a>, active: Active) -> Self {
        let frame = Frame::of(plan.scene);
        let draws = Draws::new(plan.scene.seed);
        Self { plan, frame, active, draws, raised: 0, token: None, before: None, seen: RefCell::default() }
    }

    /// Time of the journal entry.
    pub(crate) fn at(&self) -> Timestamp {
        self.plan.scene.at
    }

    /// Data of the event that is taken.
    pub(crate) fn event_data(&self) -> Result<Value, Failure> {
        self.plan.scene.event_data()
    }

    /// Subject of the event that is taken.
    pub(crate) fn event_subject(&self) -> Option<&str> {
        self.plan.scene.event?.subject.as_deref()
    }

    /// An extension attribute of the event that is taken.
    pub(crate) fn extension(&self, name: &str) -> Option<&Value> {
        let event = self.plan.scene.event?;
        event.extensions.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The run.
    pub(crate) fn run(&self) -> RunId {
        self.plan.scene.run
    }

    /// The task that the next `Invoke` of this plan makes, if it is the first of the plan.
    pub(crate) fn next_task(&self) -> TaskId {
        TaskId { run: self.plan.scene.run, number: self.plan.scene.tasks + 1 }
    }

    /// Counts a call of the state `name` that is not made; its number in the execution, from 0.
    pub(crate) fn count_call(&mut self, name: &str) -> u64 {
        const CALLS: &str = "mocked_calls";
        let mut calls =
            self.plan.scene.run_vars.get(CALLS).cloned().unwrap_or_else(|| Value::object::<&str, Value>([]));
        let number = calls.get(name).and_then(Value::as_u64).unwrap_or_default();
        calls.set(name, number + 1);
        self.command(Command::SetRunVars { vars: Value::object([(CALLS, calls)]) });
        number
    }

    /// The scope waits in no state any more: what is still on its way to the one it waited in comes too late.
    pub(crate) fn forget(&mut self) {
        self.command(Command::SetVars { vars: Value::object([("state", Value::Null)]) });
    }

    /// Shows expressions the token of `task`.
    pub(crate) fn show_token(&mut self, task: TaskId) {
        self.token = Some(token::encode(task));
    }

    /// The state has retries, of which there have been none, or as many as a rehearsal says.
    pub(crate) fn count_retries(&mut self, retriers: usize) {
        let before = self.frame.rehearsal.as_ref().map_or(0, |rehearsal| rehearsal.retries);
        self.active.retries = Some(before);
        self.active.by_retrier = vec![before; retriers];
    }

    /// Plans something. In a rehearsal nothing is asked of anybody, and the state waits for what it is told.
    pub(crate) fn command(&mut self, command: Command) {
        let asks = matches!(command, Command::Invoke { .. } | Command::Map { .. } | Command::Start { .. });
        if self.frame.rehearsal.is_some() && asks {
            self.show_asked(&command);
            let due = self.at().after(Span::seconds(1));
            self.plan.commands.push(Command::SetTimer { name: REHEARSED.into(), due, data: Value::Null });
            return;
        }
        self.plan.commands.push(command);
    }

    /// Shows a rehearsal what is asked for.
    fn show_asked(&self, command: &Command) {
        if let Command::Invoke { function, input, policy, .. } = command {
            let timeout = policy.timeout.map_or(Value::Null, |timeout| Value::from(timeout.0));
            let function = Value::from(function.as_str());
            let asked = [("function", function), ("input", input.clone()), ("timeout", timeout)];
            self.show(ASKED, &Value::object(asked));
        } else if let Command::Start { workflow, input, key: Some(key), .. } = command {
            let (workflow, key) = (Value::from(workflow.as_str()), Value::from(key.as_str()));
            self.show(
                ASKED,
                &Value::object([("workflow", workflow), ("input", input.clone()), ("key", key)]),
            );
        }
    }

    /// Shows a rehearsal what the data is at this point.
    pub(crate) fn show(&self, point: &'static str, value: &Value) {
        if self.frame.rehearsal.is_some() {
            self.seen.borrow_mut().push((point, value.clone()));
        }
    }

    /// Takes back what was shown in this firing.
    pub(crate) fn show_nothing(&self) {
        self.seen.borrow_mut().clear();
    }

    /// Tells the rehearsal what was shown.
    fn tell_shown(&mut self) {
        for (point, value) in self.seen.take() {
            let (kind, subject) = (Text::const_new(SHOWN), Some(Text::const_new(point)));
            self.plan.commands.push(Command::Note { number: Some(0), kind, subject, data: value });
        }
    }

    pub(crate) fn draws(&self) -> &Draws {
        &self.draws
    }

    /// An id that nobody else has, the same on every replay.
    pub(crate) fn draw_uuid(&self) -> String {
        random::uuid(self.draws.next(), self.draws.next())
    }

    /// The context object as it is now.
    pub(crate) fn context(&self) -> Value {
        self.frame.context_in(&self.active, self.token.as_deref())
    }

    /// `$states` of JSONata.
    pub(crate) fn states(&self, result: Option<&Value>, error_output: Option<&Value>) -> Value {
        let input = Some(&self.active.input);
        let context = self.context();
        let members = [
            ("input", input),
            ("result", result),
            ("errorOutput", error_output),
            ("context", Some(&context)),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, value?.clone())));
        Value::object(members)
    }

    /// Evaluates with `input` as `$`.
    pub(crate) fn look<T>(
        &self,
        input: &Value,
        evaluate: impl FnOnce(&Surroundings<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        evaluate(&Surroundings {
            input,
            context: &self.context(),
            variables: &self.frame.variables,
            at: self.plan.scene.at,
            draws: Draws::new(self.draws.next()),
        })
    }

    /// Raises an event of history, which follows the last one about this state.
    pub(crate) fn note(&mut self, event: &str, details: Details) {
        self.note_about(event, None, details);
    }

    /// Tells that an expression of the state failed.
    pub(crate) fn note_evaluation_failed(&mut self, fault: &Fault) {
        let Error { error, cause } = self.error_of(fault);
        let details = Details::new()
            .failure(&error, &cause)
            .maybe("location", fault.location.as_deref())
            .with("state", self.active.name.as_str());
        self.note("EvaluationFailed", details);
    }

    fn note_about(&mut self, event: &str, subject: Option<Text>, details: Details) {
        let subject = Some(subject.unwrap_or_else(|| self.active.name.clone()));
        let details = details.maybe(history::CHILD, self.frame.child);
        let data = details.data(self.active.last);
        // An item of a distributed Map state has a history of its own, and so numbers of its own.
        let number = self.frame.child.map(|_| self.active.last + 1);
        self.raised += u64::from(number.is_none());
        self.active.last = number.unwrap_or(self.notes() + self.raised);
        self.plan.commands.push(Command::Note { kind: history::kind(event), subject, data, number });
    }

    /// What comes now follows what the scopes within the state have told.
    pub(crate) fn follow_scopes(&mut self) {
        if self.frame.child.is_none() {
            self.active.last = self.active.last.max(self.notes());
        }
    }

    /// The scope waits in this state for something that was asked for.
    pub(crate) fn wait(&mut self) {
        self.tell_shown();
        let state = self.active.to_value();
        self.command(Command::SetVars { vars: Value::object([("state", state)]) });
    }

    /// Sets variables of the machine.
    pub(crate) fn assign(&mut self, assigned: &Value) {
        let mut variables = self.frame.variables.clone();
        for (name, value) in assigned.as_object().into_iter().flat_map(|all| all.iter()) {
            variables.set(name.clone(), value.clone());
        }
        self.frame.variables = variables.clone();
        self.command(Command::SetVars { vars: Value::object([("variables", variables)]) });
    }

    /// Leaves the state, of type `kind`, with `output`.
    pub(crate) fn leave(&mut self, kind: &str, next: &Next, output: Value, assigned: Option<Value>) {
        if nests_deeper(&output, DEPTH_MAX)
            || assigned.as_ref().is_some_and(|all| nests_deeper(all, DEPTH_MAX))
        {
            let message = format!("The data that the state puts out nests deeper than {DEPTH_MAX} levels.");
            let error = self.error_of(&Fault::runtime(message));
            self.fail(error, Some(kind));
            return;
        }
        if let Some(assigned) = &assigned {
            self.assign(assigned);
        }
        self.tell_shown();
        let details = Details::new()
            .with("name", self.active.name.as_str())
            .with("output", output.clone())
            .maybe("assignedVariables", assigned);
        self.note(&format!("{kind}StateExited"), details);
        self.go(next, output);
    }

    /// Goes on with the state that the scope was in before the execution was redriven.
    pub(crate) fn go_on(&mut self, progress: &Progress) {
        if let Some(variables) = &progress.variables {
            self.command(Command::SetVars { vars: Value::object([("variables", variables.clone())]) });
        }
        self.command(Command::Emit(Emission {
            kind: Text::const_new(REDRIVEN),
            subject: Some(progress.state.clone()),
            source: None,
            data: progress.to_value(),
            extensions: Vec::new(),
            to: Audience::Scope,
        }));
    }

    /// Goes on with `next`.
    pub(crate) fn go(&mut self, next: &Next, output: Value) {
        match next {
            Next::State { name, kind } => {
                let details = Details::new().with("name", name.as_str()).with("input", output);
                self.note_about(&format!("{kind}StateEntered"), Some(name.clone()), details);
            }
            Next::End => self.succeed(output),
        }
    }

    /// Ends the scope well.
    fn succeed(&mut self, output: Value) {
        match self.frame.role.clone() {
            Role::Execution | Role::Child => {
                self.note("ExecutionSucceeded", Details::new().with("output", output.clone()));
            }
            Role::Iteration { state, index } => {
                let details = Details::new().with("name", state.as_str()).with("index", index);
                self.note_about("MapIterationSucceeded", Some(state), details);
            }
            Role::Branch => {}
        }
        self.complete(output);
    }

    /// Ends the scope with `output`, or with all that is to be told of it.
    pub(crate) fn complete(&mut self, output: Value) {
        if !self.frame.described {
            self.command(Command::Complete { output });
            return;
        }
        let began = self.plan.scene.vars.get("began").cloned().unwrap_or_default();
        let at = began.get("at").and_then(Value::as_i64).map_or(self.at(), Timestamp);
        let described = Described {
            input: began.get("input").cloned().unwrap_or_default(),
            output,
            started_at: at,
            ended_at: self.at(),
        };
        self.command(Command::Complete { output: described.to_value() });
    }

    /// Remembers for [`Self::complete`] what the scope began with.
    pub(crate) fn remember_begin(&mut self, input: &Value) {
        if self.frame.described {
            let began = Value::object([("input", input.clone()), ("at", Value::from(self.at().0))]);
            self.command(Command::SetVars { vars: Value::object([("began", began)]) });
        }
    }

    /// Ends the scope badly. `aborts` is the type of state that is left without having been exited, where it is one
    /// that can be.
    pub(crate) fn fail(&mut self, error: Error, aborts: Option<&str>) {
        self.tell_shown();
        let Error { error, cause } = error;
        match self.frame.role.clone() {
            Role::Execution | Role::Child => {
                self.note("ExecutionFailed", Details::new().failure(&error, &cause));
            }
            Role::Iteration { state, index } => {
                let details = Details::new().with("name", state.as_str()).with("index", index);
                self.note_about("MapIterationFailed", Some(state), details);
            }
            Role::Branch => {}
        }
        let is_nested = matches!(self.frame.role, Role::Branch | Role::Iteration { .. });
        if let Some(kind) = aborts.filter(|kind| is_nested && *kind == "Task") {
            self.note(&format!("{kind}StateAborted"), Details::new());
        }
        self.command(Command::Fail(Failure { error, message: cause, detail: Data::None }));
    }

    /// `fault` with the state that it happened in.
    pub(crate) fn error_of(&self, fault: &Fault) -> Error {
        let Active { name, entered, .. } = &self.active;
        let cause = format!(
            "An error occurred while executing the state '{name}' (entered at the event id #{entered}). {}",
            fault.cause
        );
        Error { error: fault.error.clone(), cause: cause.into() }
    }
}

/// Whether `value` has more than `levels` levels. Looks no deeper than that.
fn nests_deeper(value: &Value, levels: u32) -> bool {
    match value {
        Value::Array(elements) => {
            levels == 0 || elements.iter().any(|element| nests_deeper(element, levels - 1))
        }
        Value::Object(members) => {
            levels == 0 || members.values().any(|member| nests_deeper(member, levels - 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The number of the note that the event of `plan` is.
pub(crate) fn note_of(plan: &Plan<'_, '_>) -> Option<u64> {
    let event = plan.scene.event?;
    event.extensions.iter().find(|(name, _)| name == "note").and_then(|(_, value)| value.as_u64())
}
