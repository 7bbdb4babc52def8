//! Why a text is not a path, and why a path has no value.

use std::fmt;

use tidegate_model::Text;

/// What AWS says of a field whose text is not a path.
pub const NOT_A_PATH: &str = "Value must be a valid JSONPath.";

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    /// What is wrong, for people.
    pub message: Text,
    /// Byte of the text where it goes wrong.
    pub at: usize,
}

/// Why a definite path has no value. Each carries the sentence that AWS shows, without the path it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoResult {
    /// A member on the way does not exist.
    Absent(Text),
    /// The array exists and ends before the index. AWS makes this `null` in a payload template.
    Beyond(Text),
    /// An index or a filter was applied to what has no elements, or the path costs more than is allowed.
    Inapplicable(Text),
}

impl NoResult {
    pub(super) fn absent(sentence: impl Into<Text>) -> Self {
        Self::Absent(sentence.into())
    }

    /// The sentence that AWS shows: `Missing property in path $['no']`.
    #[must_use]
    pub fn sentence(&self) -> &Text {
        match self {
            Self::Absent(sentence) | Self::Beyond(sentence) | Self::Inapplicable(sentence) => sentence,
        }
    }
}

impl fmt::Display for NoResult {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.sentence())
    }
}

impl std::error::Error for NoResult {}
