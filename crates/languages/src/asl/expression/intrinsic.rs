//! Intrinsic functions: `States.Format('Hello, {}', $.name)`.
//!
//! A call is parsed once. What AWS accepts when a machine is created is accepted here: a wrong number of arguments,
//! or one of a wrong kind, is a failure of the state that makes the call. The functions do what AWS was seen to do
//! where that differs from its documentation; each such place says so.
//!
//! In reading order: `parse` reads a call, [`function`] names the functions and what they take, `call` evaluates
//! arguments and dispatches, and `array`, `encoding`, `format`, `json`, `math`, `text` are the functions by family;
//! `java` is how AWS shows and orders values.

mod array;
mod call;
mod encoding;
mod format;
pub mod function;
mod java;
mod json;
mod math;
mod parse;
mod text;

use tidegate_json::Value;
use tidegate_model::Text;

pub use function::Function;

use super::path::Path;
use super::{Fault, Surroundings};

/// Calls that may stand inside one another. Source: AWS Step Functions developer guide, "Intrinsic functions".
pub const NESTING_MAX: usize = 10;

/// Why a text is not a call of an intrinsic function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IntrinsicError {
    /// What is wrong, for people.
    pub message: Text,
    /// Byte of the text where it goes wrong.
    pub at: usize,
}

/// A compiled call.
#[derive(Clone, Debug)]
pub struct Intrinsic {
    source: Box<str>,
    call: Call,
}

/// A function with its arguments.
#[derive(Clone, Debug)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

/// What a function is given.
#[derive(Clone, Debug)]
enum Argument {
    /// A number, `true`, `false` or `null`.
    Literal(Value),
    /// A text in quotes, with its escapes, which mean more to `States.Format` than to the others.
    Quoted(Box<str>),
    Path(Path),
    Call(Box<Call>),
}

impl Intrinsic {
    /// Reads a call.
    ///
    /// # Errors
    /// When the text is not a call of a function that exists: what is wrong, and at which byte.
    pub fn parse(text: &str) -> Result<Self, IntrinsicError> {
        parse::intrinsic(text)
    }

    /// Whether a text means to be a call, and so should be told what is wrong with it as one.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.trim_start().starts_with("States.")
    }

    /// The call as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The outermost function.
    #[must_use]
    pub fn function(&self) -> Function {
        self.call.function
    }

    /// What the call returns.
    ///
    /// # Errors
    /// `States.Runtime` when a path among the arguments leads nowhere, or a function cannot take its arguments. AWS
    /// documents `States.IntrinsicFailure` for the latter and gives `States.Runtime`.
    pub fn evaluate(&self, around: &Surroundings<'_>) -> Result<Value, Fault> {
        call::value(&self.call, around).map_err(|failure| {
            let (source, sentence) = (&self.source, failure.0);
            Fault::runtime(format!("The function '{source}' had the following error: {sentence}"))
        })
    }

    /// The paths that the call reads, outermost call first.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        self.calls()
            .into_iter()
            .flat_map(|call| call.arguments.iter().filter_map(Argument::as_path))
            .collect()
    }

    /// Calls with a number of arguments that their function does not take: the function and the number. AWS accepts
    /// them, and they fail whenever they are reached.
    #[must_use]
    pub fn miscounted(&self) -> Vec<(Function, usize)> {
        let counted = self.calls().into_iter().map(|call| (call.function, call.arguments.len()));
        counted.filter(|(function, count)| !function.takes().contains(count)).collect()
    }

    fn calls(&self) -> Vec<&Call> {
        let mut calls = vec![&self.call];
        let mut at = 0;
        while let Some(call) = calls.get(at) {
            let inner: Vec<&Call> = call.arguments.iter().filter_map(Argument::as_call).collect();
            calls.extend(inner);
            at += 1;
        }
        calls
    }
}

impl Argument {
    fn as_path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Literal(_) | Self::Quoted(_) | Self::Call(_) => None,
        }
    }

    fn as_call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            Self::Literal(_) | Self::Quoted(_) | Self::Path(_) => None,
        }
    }
}
