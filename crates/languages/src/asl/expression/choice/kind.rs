//! `Is…`: what a value is.

use tidegate_json::Value;

use crate::asl::expression::timestamp::Instant;

/// What an operator asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    /// Whether the path leads anywhere, be it to `null`.
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Null, Self::Present, Self::Numeric, Self::String, Self::Boolean, Self::Timestamp];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.operator() == name)
    }

    pub(super) fn operator(self) -> &'static str {
        match self {
            Self::Null => "IsNull",
            Self::Present => "IsPresent",
            Self::Numeric => "IsNumeric",
            Self::String => "IsString",
            Self::Boolean => "IsBoolean",
            Self::Timestamp => "IsTimestamp",
        }
    }

    /// Whether `value`, which is there, is of this kind.
    pub(super) fn is(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Present => true,
            Self::Numeric => value.as_number().is_some(),
            Self::String => value.as_str().is_some(),
            Self::Boolean => value.as_bool().is_some(),
            Self::Timestamp => value.as_str().and_then(Instant::parse).is_some(),
        }
    }
}
