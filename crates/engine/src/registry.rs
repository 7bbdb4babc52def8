//! The registry: which conditions and actions there are, by name.
//!
//! The engine brings its own; a workflow language adds its own under a prefix (`asl.choice`). A program
//! names them, so the same program means the same only under a registry that has at least those names.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use tidegate_json::Value;
use tidegate_jsonata::Functions;
use tidegate_model::{FunctionName, FunctionSpec};

use crate::action::Action;
use crate::condition::Condition;
use crate::input::{InputRule, MakeInputRule};
use crate::template::MalformedTemplate;
use crate::{actions, conditions};

/// Makes a condition from its parameters.
pub type MakeCondition = fn(&Value) -> Result<Box<dyn Condition>, MalformedParams>;
/// Makes an action from its parameters.
pub type MakeAction = fn(&Value) -> Result<Box<dyn Action>, MalformedParams>;

/// What a function is that nobody has registered, by its name; `None` for names that the language does not know.
pub type ProvideFunction = fn(&FunctionName) -> Option<FunctionSpec>;

/// Conditions and actions by name, the functions that expressions may call, and those that languages provide.
#[derive(Debug)]
pub struct Registry {
    conditions: BTreeMap<&'static str, MakeCondition>,
    actions: BTreeMap<&'static str, MakeAction>,
    functions: Functions,
    providers: Vec<ProvideFunction>,
    input: Option<MakeInputRule>,
}

/// Parameters that a condition or an action cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedParams {
    /// JSON pointer to the place within the parameters.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// The way out, where there is one to name.
    pub help: Option<String>,
}

impl MalformedParams {
    /// `message` about the parameters as a whole.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { pointer: String::new(), message: message.into(), help: None }
    }

    /// `message` about the member `key`.
    #[must_use]
    pub fn at(key: &str, message: impl Into<String>) -> Self {
        Self { pointer: format!("/{key}"), message: message.into(), help: None }
    }

    /// The same with a way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl MalformedParams {
    /// A malformed template at the member `key`.
    #[must_use]
    pub fn template(key: &str, malformed: MalformedTemplate) -> Self {
        Self { pointer: format!("/{key}{}", malformed.pointer), message: malformed.message, help: None }
    }
}

impl Registry {
    /// The conditions and actions that the engine brings.
    #[must_use]
    pub fn native() -> Self {
        let mut registry = Self {
            conditions: BTreeMap::new(),
            actions: BTreeMap::new(),
            functions: Functions::standard(),
            providers: Vec::new(),
            input: None,
        };
        conditions::register(&mut registry);
        actions::register(&mut registry);
        registry
    }

    /// Adds a condition.
    ///
    /// # Panics
    /// Where there is one of that name: two languages would mean different things by it.
    pub fn add_condition(&mut self, name: &'static str, make: MakeCondition) {
        assert!(self.conditions.insert(name, make).is_none(), "condition `{name}` is registered twice");
    }

    /// Adds an action.
    ///
    /// # Panics
    /// Where there is one of that name: two languages would mean different things by it.
    pub fn add_action(&mut self, name: &'static str, make: MakeAction) {
        assert!(self.actions.insert(name, make).is_none(), "action `{name}` is registered twice");
    }

    /// Adds functions that tasks may be of although nobody has registered them.
    pub fn add_provider(&mut self, provide: ProvideFunction) {
        self.providers.push(provide);
    }

    /// Says what reads the schemas of inputs.
    pub fn set_input_rule(&mut self, make: MakeInputRule) {
        self.input = Some(make);
    }

    /// The rule that `schema` states; none where it is `null`.
    ///
    /// # Errors
    /// Where it is no schema, or nothing here reads schemas.
    pub fn input_rule(&self, schema: &Value) -> Result<Option<Box<dyn InputRule>>, MalformedParams> {
        match self.input {
            _ if schema.is_null() => Ok(None),
            Some(make) => make(schema).map(Some),
            None => Err(MalformedParams::new("nothing here reads the schema of an input")),
        }
    }

    /// What the function `name` is, where a language provides it.
    #[must_use]
    pub fn provided(&self, name: &FunctionName) -> Option<FunctionSpec> {
        self.providers.iter().find_map(|provide| provide(name))
    }

    /// Functions that expressions may call.
    #[must_use]
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The condition `name` with `params`.
    ///
    /// # Errors
    /// Where there is none of that name, or it cannot take these parameters.
    pub fn condition(&self, name: &str, params: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
        match self.conditions.get(name) {
            Some(make) => make(params),
            None => Err(unknown("condition", name, self.conditions.keys().copied())),
        }
    }

    /// The action `name` with `params`.
    ///
    /// # Errors
    /// Where there is none of that name, or it cannot take these parameters.
    pub fn action(&self, name: &str, params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
        match self.actions.get(name) {
            Some(make) => make(params),
            None => Err(unknown("action", name, self.actions.keys().copied())),
        }
    }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> MalformedParams {
    let known: Vec<&str> = known.collect();
    MalformedParams::new(format!("there is no {kind} `{name}`"))
        .with_help(format!("there are: {}", known.join(", ")))
}

/// Parameters as a type.
///
/// # Errors
/// Where a member is missing, unknown or of another type.
pub fn params<T: DeserializeOwned>(params: &Value) -> Result<T, MalformedParams> {
    let text = if params.is_null() { "{}".to_owned() } else { params.to_text() };
    serde_json::from_str(&text).map_err(|error| {
        let message = error.to_string();
        MalformedParams::new(
            message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message),
        )
    })
}
