//! JSONata's functions as AWS Step Functions has them: without `$eval`, and with six of its own.
//!
//! - `arrays`: `$partition`, `$range`
//! - `hash`: `$hash`
//! - `parse`: `$parse`
//! - `random`: `$random`, which takes a seed, and `$uuid`
//!
//! What they do with arguments that are missing or do not fit is what the service was seen to do: a missing argument
//! gives nothing or a signature error, and a number with a fraction is cut towards zero.

mod arrays;
mod hash;
mod parse;
mod random;

use std::sync::LazyLock;

use tidegate_json::Value;
use tidegate_jsonata::{Call, EvalError, Functions};

type Outcome = Result<Option<Value>, EvalError>;

type Run = fn(&mut Call<'_>) -> Outcome;

/// The functions that an expression of a state may call.
pub(super) fn aws() -> &'static Functions {
    static AWS: LazyLock<Functions> = LazyLock::new(|| {
        let added: [(&str, Run); 6] = [
            ("hash", hash::hash),
            ("parse", parse::parse),
            ("partition", arrays::partition),
            ("random", random::random),
            ("range", arrays::range),
            ("uuid", random::uuid),
        ];
        added.into_iter().fold(Functions::standard().without("eval"), |functions, (name, run)| {
            functions
                .with(name, None, run)
                .expect("a function without a signature has none that is malformed")
        })
    });
    &AWS
}

/// Refuses more arguments than `most`.
fn at_most(call: &Call<'_>, name: &str, most: usize) -> Result<(), EvalError> {
    match call.argument(most) {
        Some(_) => Err(mismatch(name, most)),
        None => Ok(()),
    }
}

/// The argument at `index` from 0 does not fit `function`.
fn mismatch(function: &str, index: usize) -> EvalError {
    let index = index + 1;
    EvalError::new(
        "T0410",
        format!("Argument {index} of function \"{function}\" does not match function signature"),
    )
}

/// A value that the function cannot work with, though it is of the right type.
fn refused(message: impl Into<String>) -> EvalError {
    EvalError::new("D3137", message)
}

/// The whole part of a number argument; `None` where it is missing.
fn whole(call: &Call<'_>, name: &str, index: usize) -> Result<Option<i64>, EvalError> {
    match call.argument(index) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            Ok(Some(number.as_i64().unwrap_or_else(|| number.as_f64().trunc() as i64)))
        }
        Some(_) => Err(mismatch(name, index)),
    }
}
