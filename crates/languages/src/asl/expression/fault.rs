//! Why an evaluation failed, in the words of AWS Step Functions.

use tidegate_model::Text;

/// A failed evaluation: what a state's `Catch` and the execution's history show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the error, such as `States.Runtime` or `States.QueryEvaluationError`.
    pub error: Text,
    /// What happened: the sentence that AWS gives, without the state that it happened in.
    pub cause: Text,
    /// The field whose evaluation failed, as AWS names it in `EvaluationFailed`: `Arguments/key`, `Output`.
    pub location: Option<Text>,
}

impl Fault {
    /// A fault of the machine itself, which no `Catch` sees: `States.Runtime`.
    #[must_use]
    pub fn runtime(cause: impl Into<Text>) -> Self {
        Self { error: Text::const_new("States.Runtime"), cause: cause.into(), location: None }
    }
}
