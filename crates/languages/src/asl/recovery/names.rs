//! `ErrorEquals`: names of errors, some of which stand for many.

use tidegate_json::Value;
use tidegate_model::Text;

use super::RecoveryError;

/// The errors that a retrier or a catcher is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorNames(Vec<Text>);

impl ErrorNames {
    /// Reads the field `ErrorEquals` of a retrier or a catcher.
    ///
    /// # Errors
    /// Where it is not an array of at least one string.
    pub fn parse(rule: &Value) -> Result<Self, Vec<RecoveryError>> {
        let Some(names) = rule.get("ErrorEquals") else {
            return Err(vec![RecoveryError::at("", "the field `ErrorEquals` is missing")]);
        };
        let Some(names) = names.as_array().filter(|names| !names.is_empty()) else {
            let message = "`ErrorEquals` must be an array of at least one error name";
            return Err(vec![RecoveryError::at("/ErrorEquals", message)]);
        };
        let mut read = Vec::with_capacity(names.len());
        let mut mistakes = Vec::new();
        for (index, name) in names.iter().enumerate() {
            match name.as_str() {
                Some(name) => read.push(Text::from(name)),
                None => {
                    let pointer = format!("/ErrorEquals/{index}");
                    mistakes.push(RecoveryError::at(&pointer, "an error name must be a string"));
                }
            }
        }
        if mistakes.is_empty() { Ok(Self(read)) } else { Err(mistakes) }
    }

    /// The names as they were written.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Text::as_str)
    }

    /// Whether the names mean `error`.
    ///
    /// `States.ALL` means any error and `States.TaskFailed` any but `States.Timeout`; a missed heartbeat is also a
    /// timeout. No name means `States.Runtime`. The documentation exempts `States.DataLimitExceeded` from
    /// `States.ALL` too, but the service catches a task's oversized result with it, and so does this.
    #[must_use]
    pub fn mean(&self, error: &str) -> bool {
        error != "States.Runtime" && self.iter().any(|name| means(name, error))
    }
}

fn means(name: &str, error: &str) -> bool {
    match name {
        "States.ALL" => true,
        "States.TaskFailed" => error != "States.Timeout",
        "States.Timeout" => matches!(error, "States.Timeout" | "States.HeartbeatTimeout"),
        other => other == error,
    }
}
