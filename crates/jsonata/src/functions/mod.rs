//! What can be called, and what exists under which name.
//!
//! - this module: the kinds of function, and the registry of names
//! - `standard`: the table of JSONata's own functions
//! - `string`, `matching`, `encoding`: text
//! - `number`, `format_number`, `integer`: numbers and their pictures
//! - `array`, `object`, `higher_order`, `control`: everything else
//! - `datetime`: instants and their pictures

mod array;
mod control;
mod datetime;
mod encoding;
mod format_number;
mod higher_order;
mod host;
mod integer;
mod matching;
mod number;
mod object;
mod standard;
mod string;

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use tidegate_json::{Str, Value};

use crate::error::{EvalError, Result};
use crate::evaluate::{Evaluator, FrameId};
use crate::item::Item;
use crate::node::{Lambda, Transform};
use crate::signature::Signature;

pub use host::Call;
pub(crate) use host::HostFunction;

/// A function as a value.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) kind: FunctionKind,
    /// How deep the values nest that it holds on to.
    pub(crate) depth: u32,
}

#[derive(Debug)]
pub(crate) enum FunctionKind {
    Closure(Closure),
    Builtin(&'static Builtin),
    Host(Arc<HostFunction>),
    Partial {
        function: Rc<Function>,
        /// `None` is left open.
        arguments: Vec<Option<Item>>,
    },
    /// The first, then the second on its result.
    Composed(Rc<Function>, Rc<Function>),
    Matcher(Arc<Regex>),
    /// The `next` of a match: looks on from a byte offset.
    NextMatch {
        regex: Arc<Regex>,
        text: Str,
        from: usize,
    },
    Transform {
        transform: Arc<Transform>,
        frame: FrameId,
    },
}

/// A function of the expression, with the context and the scope it was written in.
#[derive(Debug)]
pub(crate) struct Closure {
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) input: Item,
    pub(crate) frame: FrameId,
}

/// One of JSONata's own functions.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) signature: Signature,
    /// Arguments that a higher-order function passes it at most.
    pub(crate) arity: usize,
    pub(crate) run: Run,
}

/// Gets the context and arguments that match the signature, absent ones as nothing.
pub(crate) type Run = fn(&mut Evaluator<'_>, &Item, &[Item]) -> Result<Item>;

impl fmt::Debug for Builtin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "${}", self.name)
    }
}

impl Function {
    /// A function around values that nest `inside` deep.
    pub(crate) fn item(kind: FunctionKind, inside: u32) -> Item {
        Item::Function(Rc::new(Self { kind, depth: inside.saturating_add(1) }))
    }

    /// How many arguments the function takes.
    pub(crate) fn arity(&self) -> usize {
        match &self.kind {
            FunctionKind::Closure(closure) => closure.lambda.parameters.len(),
            FunctionKind::Builtin(builtin) => builtin.arity,
            FunctionKind::Host(host) => host.signature.as_ref().map_or(1, Signature::len),
            FunctionKind::Partial { arguments, .. } => {
                arguments.iter().filter(|bound| bound.is_none()).count()
            }
            FunctionKind::Composed(..) | FunctionKind::Matcher(_) | FunctionKind::Transform { .. } => 1,
            FunctionKind::NextMatch { .. } => 0,
        }
    }
}

#[derive(Clone, Debug)]
enum Entry {
    Builtin(&'static Builtin),
    Host(Arc<HostFunction>),
}

/// The functions that expressions may call, by name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Functions(Arc<BTreeMap<Str, Entry>>);

impl Functions {
    /// JSONata's own functions.
    #[must_use]
    pub fn standard() -> Self {
        static STANDARD: LazyLock<Functions> = LazyLock::new(|| {
            let entry = |builtin: &'static Builtin| (Str::from(builtin.name), Entry::Builtin(builtin));
            Functions(Arc::new(standard::TABLE.iter().map(entry).collect()))
        });
        STANDARD.clone()
    }

    /// Adds a function, or replaces one, under `name` without `$`. The signature, in JSONata's notation such as
    /// `<s-n?:s>`, is checked before `run` is called.
    ///
    /// # Errors
    /// `S0401` or `S0402` when the signature is malformed.
    pub fn with(
        mut self,
        name: &str,
        signature: Option<&str>,
        run: impl Fn(&mut Call<'_>) -> std::result::Result<Option<Value>, EvalError> + Send + Sync + 'static,
    ) -> std::result::Result<Self, EvalError> {
        let signature = signature.map(Signature::parse).transpose();
        let signature = signature.map_err(|(code, message)| EvalError::new(code, message))?;
        let host = HostFunction { name: name.into(), signature, run: Box::new(run) };
        Arc::make_mut(&mut self.0).insert(name.into(), Entry::Host(Arc::new(host)));
        Ok(self)
    }

    /// Takes a function away, for example `eval`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        Arc::make_mut(&mut self.0).remove(name);
        self
    }

    /// Whether there is a function `name`, without `$`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(Str::as_str)
    }

    pub(crate) fn item(&self, name: &str) -> Item {
        match self.0.get(name) {
            Some(Entry::Builtin(builtin)) => Function::item(FunctionKind::Builtin(builtin), 0),
            Some(Entry::Host(host)) => Function::item(FunctionKind::Host(Arc::clone(host)), 0),
            None => Item::Nothing,
        }
    }
}

impl Default for Functions {
    fn default() -> Self {
        Self::standard()
    }
}
