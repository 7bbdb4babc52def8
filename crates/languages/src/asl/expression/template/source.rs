//! A path or an intrinsic function: what a field that computes its value holds.

use tidegate_json::Value;
use tidegate_model::Text;

use crate::asl::expression::intrinsic::Intrinsic;
use crate::asl::expression::path::{NoResult, Path, cause};
use crate::asl::expression::{Fault, Surroundings};

/// Where a field gets its value from.
#[derive(Clone, Debug)]
pub enum ValueSource {
    /// A path.
    Path(Path),
    /// A call of an intrinsic function.
    Intrinsic(Intrinsic),
}

/// Why a text is neither a path nor a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What is wrong, for people.
    pub message: Text,
    /// Byte of the text where it goes wrong.
    pub at: usize,
}

impl ValueSource {
    /// Reads a path or a call.
    ///
    /// # Errors
    /// When the text is neither: what is wrong with it as what it seems to be, and at which byte.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if Intrinsic::is_meant(text) {
            let call = Intrinsic::parse(text);
            return call
                .map(Self::Intrinsic)
                .map_err(|error| SourceError { message: error.message, at: error.at });
        }
        let path = Path::parse(text);
        path.map(Self::Path).map_err(|error| SourceError { message: error.message, at: error.at })
    }

    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        match self {
            Self::Path(path) => path.source(),
            Self::Intrinsic(call) => call.source(),
        }
    }

    /// The value for `field`, whose name as written (`name.$`, `ErrorPath`) a fault shows. An index beyond the end
    /// of its array gives `null` here, as on AWS.
    ///
    /// # Errors
    /// `States.Runtime` when the path leads nowhere or the function fails.
    pub fn evaluate(&self, field: &str, around: &Surroundings<'_>) -> Result<Value, Fault> {
        match self {
            Self::Intrinsic(call) => call.evaluate(around),
            Self::Path(path) => path.evaluate(around).or_else(|why| match why {
                NoResult::Beyond(_) => Ok(Value::Null),
                NoResult::Absent(_) => Err(cause::not_found(path, field, around)),
                NoResult::Inapplicable(_) => Err(cause::invalid(path, &why)),
            }),
        }
    }

    /// The paths that the value is computed from.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Path(path) => vec![path],
            Self::Intrinsic(call) => call.paths(),
        }
    }
}
