//! Identities: a type for each, so that a run cannot be taken for a task.
//!
//! Ids that the engine gives out are small numbers derived from its state, never random; their text forms
//! (`r12`, `r12.t3`) are what people type. Names that people choose have one constructor that checks them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Text;

/// Position of an entry in one partition's journal, from 0. Offsets of different partitions do not compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Offset(pub u64);

impl Offset {
    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One ordered slice of all runs; the unit of order and of scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartitionId(pub u16);

/// One execution of a workflow: a count from 1 within its partition, the partition in the upper 16 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

/// A scope within its run: 0 is the run itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The scope that is the run itself.
    pub const ROOT: Self = Self(0);
}

/// One invocation of a function on behalf of a run; stable across attempts, so it serves as idempotency key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The run that asked for it.
    pub run: RunId,
    /// Count within the run, from 1.
    pub number: u32,
}

/// A timer of a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId {
    /// The run that set it.
    pub run: RunId,
    /// Count within the run, from 1.
    pub number: u32,
}

/// A firing that an interceptor holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldId {
    /// The run whose trigger is held.
    pub run: RunId,
    /// Count within the run, from 1.
    pub number: u32,
}

/// A fan-out (map) within its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FanOutId(pub u32);

/// An id in text that is not of its form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct MalformedId {
    /// What was given.
    pub text: String,
    /// What was expected, with an example.
    pub expected: &'static str,
}

impl RunId {
    /// The `number`th run of `partition`.
    #[must_use]
    pub fn new(partition: PartitionId, number: u64) -> Self {
        debug_assert!(number < 1 << 48);
        Self((u64::from(partition.0) << 48) | number)
    }

    /// The partition that owns the run.
    #[must_use]
    pub fn partition(self) -> PartitionId {
        PartitionId((self.0 >> 48) as u16)
    }

    /// Count within the partition, from 1.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0 & ((1 << 48) - 1)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partition().0 {
            0 => write!(f, "r{}", self.number()),
            partition => write!(f, "r{}-{partition}", self.number()),
        }
    }
}

impl FromStr for RunId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let malformed = || MalformedId { text: text.to_owned(), expected: "a run id such as `r12`" };
        let rest = text.strip_prefix('r').ok_or_else(malformed)?;
        let (number, partition) = rest.split_once('-').unwrap_or((rest, "0"));
        let number: u64 = plain_number(number).ok_or_else(malformed)?;
        let partition = plain_number(partition).and_then(|p| u16::try_from(p).ok()).ok_or_else(malformed)?;
        if number == 0 || number >= 1 << 48 {
            return Err(malformed());
        }
        Ok(Self::new(PartitionId(partition), number))
    }
}

/// Digits only: `u64::from_str` would also take a sign.
fn plain_number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

macro_rules! numbered_in_run {
    ($name:ident, $letter:literal, $expected:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{}.", $letter, "{}"), self.run, self.number)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let malformed = || MalformedId { text: text.to_owned(), expected: $expected };
                let (run, number) = text.split_once(concat!(".", $letter)).ok_or_else(malformed)?;
                let number =
                    plain_number(number).and_then(|n| u32::try_from(n).ok()).ok_or_else(malformed)?;
                Ok(Self { run: run.parse().map_err(|_| malformed())?, number })
            }
        }

        text_or_pair!($name, (u64, u32), |id| (id.run.0, id.number), |(run, number)| Self {
            run: RunId(run),
            number
        });
    };
}

/// Ids are text where people read (JSON) and numbers where machines do (journal, checkpoints).
macro_rules! text_or_pair {
    ($name:ident, $repr:ty, |$id:ident| $to:expr, |$pattern:pat_param| $from:expr) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    return serializer.collect_str(self);
                }
                let $id = self;
                let repr: $repr = $to;
                repr.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    return text.parse().map_err(serde::de::Error::custom);
                }
                let $pattern = <$repr>::deserialize(deserializer)?;
                Ok($from)
            }
        }
    };
}

text_or_pair!(RunId, u64, |id| id.0, |number| Self(number));
numbered_in_run!(TaskId, "t", "a task id such as `r12.t3`");
numbered_in_run!(TimerId, "timer", "a timer id such as `r12.timer3`");
numbered_in_run!(HoldId, "h", "a hold id such as `r12.h1`");

/// A name that people choose: 1 to 128 of letters, digits, `-`, `_`, `.`, `/` and `:`, starting with a
/// letter, a digit or `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(Text);

/// Name of a workflow, unique in a Tidegate.
pub type WorkflowName = Name;
/// Name of a function; the functions of a program shadow those registered for all.
pub type FunctionName = Name;
/// Name of a trigger, unique in its scope.
pub type TriggerName = Name;

/// A name that is not of the form that [`Name`] states.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not a name: expected 1 to {} of letters, digits, `-`, `_`, `.`, `/` and `:`, starting with a letter, a digit or `_`",
    Name::LENGTH_MAX
)]
pub struct MalformedName {
    /// What was given, cut to a length that fits a message.
    pub name: String,
}

impl Name {
    /// Longest name, in characters.
    pub const LENGTH_MAX: usize = 128;

    /// The name `text`.
    ///
    /// # Errors
    /// [`MalformedName`] where `text` is not of the form stated at [`Name`].
    pub fn new(text: &str) -> Result<Self, MalformedName> {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
        let starts_well =
            text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if starts_well && text.len() <= Self::LENGTH_MAX && text.bytes().all(is_inner) {
            Ok(Self(Text::new(text)))
        } else {
            Err(MalformedName { name: text.chars().take(40).collect() })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.as_str(), f)
    }
}

impl FromStr for Name {
    type Err = MalformedName;

    fn from_str(text: &str) -> Result<Self, MalformedName> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of some content: the identity of a program version and of a stored payload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `content`.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The first eight hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.0[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let malformed =
            || MalformedId { text: text.to_owned(), expected: "a SHA-256 digest of 64 hexadecimal digits" };
        let text = text.strip_prefix("sha256:").unwrap_or(text);
        if text.len() != 64 || !text.is_ascii() {
            return Err(malformed());
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| malformed())?;
        }
        Ok(Self(bytes))
    }
}

text_or_pair!(Digest, [u8; 32], |id| id.0, |bytes| Self(bytes));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_print() {
        let run = RunId::new(PartitionId(0), 12);
        let task = TaskId { run, number: 3 };
        assert_eq!(run.to_string(), "r12");
        assert_eq!(task.to_string(), "r12.t3");
        assert_eq!("r12.t3".parse(), Ok(task));
        let elsewhere = RunId::new(PartitionId(7), 12);
        assert_eq!(elsewhere.to_string(), "r12-7");
        assert_eq!("r12-7".parse(), Ok(elsewhere));
        let digest = Digest::of(b"tide");
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in ["", "r", "r0", "12", "r+1", "r1.t", "r1-", "r1-99999", "r281474976710656"] {
            assert!(text.parse::<RunId>().is_err() || text.parse::<TaskId>().is_err(), "{text}");
        }
        assert!("r12.timer3".parse::<TaskId>().is_err());
    }

    #[test]
    fn names_are_checked_where_they_are_made() {
        for good in ["a", "survey", "order-paid.v2", "team/etl:daily", "_x", "9lives"] {
            assert!(Name::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a b", "é", "a\n", &"x".repeat(129)] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
    }
}
