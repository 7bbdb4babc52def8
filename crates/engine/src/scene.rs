//! What expressions see: the event, the trigger's context, the variables, the input, the run.
//!
//! The document is built only from the parts that an expression names, and the event's data is parsed only
//! when one of them reads it.

use std::cell::OnceCell;
use std::sync::Arc;

use tidegate_json::{Map, Value};
use tidegate_jsonata::{Env, Expression, Functions, Limits};
use tidegate_model::{
    Data, Digest, Event, Failure, Labels, RunId, Text, Timestamp, TriggerName, WorkflowName, outcome::errors,
};

/// Where large payloads are read from. Content-addressed, so reading is a pure function of the digest.
pub trait Payloads {
    /// The content with this digest, if it is there.
    fn read(&self, digest: &Digest) -> Option<Arc<[u8]>>;
}

/// No large payloads at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPayloads;

impl Payloads for NoPayloads {
    fn read(&self, _: &Digest) -> Option<Arc<[u8]>> {
        None
    }
}

/// An expression, compiled once per program, and the parts of the document that it names.
#[derive(Clone, Debug)]
pub struct Expr {
    expression: Arc<Expression>,
    roots: u8,
}

const ROOTS: [&str; 6] = ["event", "context", "vars", "input", "run", "trigger"];

impl Expr {
    /// Compiles `text`, with or without the `{% … %}` around it.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let source = unwrapped(text).unwrap_or(text);
        let expression = Expression::parse(source).map_err(|error| error.to_string())?;
        let references = expression.references();
        let roots = ROOTS
            .iter()
            .enumerate()
            .filter(|(_, root)| references.reads(root))
            .fold(0, |roots, (bit, _)| roots | 1 << bit);
        Ok(Self { expression: Arc::new(expression), roots })
    }

    /// Its text.
    #[must_use]
    pub fn source(&self) -> &str {
        self.expression.source()
    }
}

/// The expression in a text that is one `{% … %}` and nothing else.
#[must_use]
pub fn unwrapped(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{%")?.strip_suffix("%}")?;
    (!inner.contains("{%") && !inner.contains("%}")).then(|| inner.trim())
}

/// One evaluation's surroundings.
pub struct Scene<'a> {
    /// The event, where there is one: a condition may also be looked at because time has passed.
    pub event: Option<&'a Event>,
    /// What to show as the event's data instead of what it carries.
    pub data: Option<Value>,
    /// Variables of the scope. Actions of one firing see what earlier ones set.
    pub vars: Value,
    /// Input of the scope.
    pub input: &'a Value,
    /// The run.
    pub run: RunId,
    /// Its workflow.
    pub workflow: &'a WorkflowName,
    /// The trigger that is evaluated.
    pub trigger: Option<&'a TriggerName>,
    /// Time of the journal entry, or of the timer that is due: windows see the time at which they end.
    pub at: Timestamp,
    /// Time of the journal entry. Later than [`Scene::at`] where a timer fires that was due before.
    pub entry_at: Timestamp,
    /// Where random numbers start from: differs from one evaluation to the next, and not between replays.
    pub seed: u64,
    /// Labels of everything that was to be seen.
    pub labels: Labels,
    /// When the run started.
    pub run_started_at: Timestamp,
    /// The key that the run was started with.
    pub run_key: Option<Text>,
    /// Variables of the scope that this one is in; `null` for the run's own. They do not change while this one waits for
    /// nothing but itself, and what many scopes have in common can stand there once.
    pub outer: Value,
    /// Variables of the scopes that [`Self::outer`] is in, the nearest first; none in a scope of the run's own.
    pub enclosing: Vec<Value>,
    /// Variables of the run's own scope.
    pub run_vars: Value,
    /// The number of the run's last note.
    pub notes: u64,
    /// The number of the run's last task: one that a plan asks for first will have the next.
    pub tasks: u32,
    /// What the run keeps of the one that it is a rerun of; `null` where it is none.
    pub kept: Value,
    payloads: &'a dyn Payloads,
    functions: &'a Functions,
    parsed: OnceCell<Value>,
}

/// What a scene is made of, besides what is optional in it.
pub(crate) struct Surroundings<'a> {
    pub(crate) vars: Value,
    pub(crate) input: &'a Value,
    pub(crate) run: RunId,
    pub(crate) workflow: &'a WorkflowName,
    pub(crate) at: Timestamp,
    pub(crate) entry_at: Timestamp,
    pub(crate) seed: u64,
    pub(crate) labels: Labels,
    pub(crate) run_started_at: Timestamp,
    pub(crate) run_key: Option<Text>,
    pub(crate) outer: Value,
    pub(crate) enclosing: Vec<Value>,
    pub(crate) run_vars: Value,
    pub(crate) notes: u64,
    pub(crate) tasks: u32,
    pub(crate) kept: Value,
    pub(crate) payloads: &'a dyn Payloads,
    pub(crate) functions: &'a Functions,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        surroundings: Surroundings<'a>,
        event: Option<&'a Event>,
        trigger: Option<&'a TriggerName>,
    ) -> Self {
        let Surroundings {
            vars,
            input,
            run,
            workflow,
            at,
            entry_at,
            seed,
            labels,
            run_started_at,
            run_key,
            outer,
            enclosing,
            run_vars,
            notes,
            tasks,
            kept,
            payloads,
            functions,
        } = surroundings;
        Self {
            event,
            data: None,
            vars,
            input,
            run,
            workflow,
            trigger,
            at,
            entry_at,
            seed,
            labels,
            run_started_at,
            run_key,
            outer,
            enclosing,
            run_vars,
            notes,
            tasks,
            kept,
            payloads,
            functions,
            parsed: OnceCell::new(),
        }
    }

    /// The event's data as a value; `null` where there is none.
    ///
    /// # Errors
    /// A [`Failure`] where the data is kept in the payload store and is not there.
    pub fn event_data(&self) -> Result<Value, Failure> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        if let Some(parsed) = self.parsed.get() {
            return Ok(parsed.clone());
        }
        let Some(event) = self.event else { return Ok(Value::Null) };
        let value = value_of(&event.data, self.payloads)?;
        Ok(self.parsed.get_or_init(|| value).clone())
    }

    /// The variable `name` of the nearest of the scopes that this one is in, or of its own.
    #[must_use]
    pub fn find_var(&self, name: &str) -> Option<&Value> {
        [&self.vars, &self.outer].into_iter().chain(&self.enclosing).find_map(|vars| vars.get(name))
    }

    /// What the expression gives; `None` is JSONata's nothing.
    ///
    /// # Errors
    /// A [`Failure`] that quotes the expression.
    pub fn evaluate(
        &self,
        expr: &Expr,
        context: &Value,
        extra: &[(&str, Value)],
    ) -> Result<Option<Value>, Failure> {
        let document = self.document(expr.roots, context, extra)?;
        self.run_expression(expr, &document)
    }

    /// Whether the expression holds; where not, which part of it was false.
    ///
    /// # Errors
    /// A [`Failure`] that quotes the expression.
    pub fn holds(&self, expr: &Expr, context: &Value) -> Result<Result<(), Text>, Failure> {
        let document = self.document(expr.roots, context, &[])?;
        let env = self.env();
        match expr.expression.evaluate_conjuncts(&document, &env) {
            Ok(None) => Ok(Ok(())),
            Ok(Some(part)) => {
                let value = part.value.map_or_else(|| "nothing".to_owned(), |value| value.to_text());
                Ok(Err(shortened(&format!("`{}` is {value}", part.text))))
            }
            Err(error) => Err(failed(expr, &error.to_string())),
        }
    }

    fn run_expression(&self, expr: &Expr, document: &Value) -> Result<Option<Value>, Failure> {
        expr.expression.evaluate(document, &self.env()).map_err(|error| failed(expr, &error.to_string()))
    }

    fn env(&self) -> Env<'_> {
        Env {
            now: self.at.0,
            seed: self.seed,
            limits: Limits::default(),
            bindings: &[],
            functions: self.functions,
        }
    }

    fn document(&self, roots: u8, context: &Value, extra: &[(&str, Value)]) -> Result<Value, Failure> {
        let mut document = Map::with_capacity(ROOTS.len() + extra.len());
        for (bit, root) in ROOTS.iter().enumerate().filter(|(bit, _)| roots & (1 << bit) != 0) {
            let part = match bit {
                0 => self.event_document()?,
                1 => context.clone(),
                2 => self.vars.clone(),
                3 => self.input.clone(),
                4 => self.run_document(),
                _ => self.trigger.map_or(Value::Null, |trigger| Value::from(trigger.as_str())),
            };
            document.insert(*root, part);
        }
        for (name, value) in extra {
            document.insert(*name, value.clone());
        }
        Ok(Value::from(document))
    }

    fn run_document(&self) -> Value {
        let mut document = Value::object([
            ("id", self.run.to_string()),
            ("workflow", self.workflow.to_string()),
            ("started_at", self.run_started_at.to_string()),
        ]);
        if let Some(key) = &self.run_key {
            document.set("key", key.as_str());
        }
        document
    }

    fn event_document(&self) -> Result<Value, Failure> {
        let Some(event) = self.event else { return Ok(Value::Null) };
        let mut document = Map::with_capacity(6 + event.extensions.len());
        document.insert("id", Value::from(event.id.as_str()));
        document.insert("source", Value::from(event.source.as_str()));
        document.insert("type", Value::from(event.kind.as_str()));
        if let Some(subject) = &event.subject {
            document.insert("subject", Value::from(subject.as_str()));
        }
        if let Some(time) = &event.time {
            document.insert("time", Value::from(time.as_str()));
        }
        for (name, value) in &event.extensions {
            document.insert(name.as_str(), value.clone());
        }
        document.insert("data", self.event_data()?);
        Ok(Value::from(document))
    }
}

/// The value of `data`, fetched where it is stored.
pub(crate) fn value_of(data: &Data, payloads: &dyn Payloads) -> Result<Value, Failure> {
    if let Some(value) = data.inline_value() {
        return Ok(value);
    }
    let Data::Stored { digest, form, .. } = data else { return Ok(Value::Null) };
    payloads.read(digest).map(|content| Data::value_of(*form, &content)).ok_or_else(|| {
        Failure::new(errors::INVALID_VALUE, Text::from(format!("payload {digest} is missing")))
    })
}

fn failed(expr: &Expr, message: &str) -> Failure {
    let source = shortened(expr.source());
    Failure::new(errors::EXPRESSION, Text::from(format!("{message} in `{source}`")))
}

/// `text` cut to a length that fits a line.
pub(crate) fn shortened(text: &str) -> Text {
    const LENGTH_MAX: usize = 160;
    match text.char_indices().nth(LENGTH_MAX) {
        None => Text::new(text),
        Some((end, _)) => Text::from(format!("{}…", &text[..end])),
    }
}
