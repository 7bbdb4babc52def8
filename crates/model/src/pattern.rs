//! Activation events: which events a trigger listens to.

use serde::{Deserialize, Serialize};

use crate::{Event, Text};

/// An activation event: the (type, subject, source) that a trigger listens to, and a filter on content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Which types.
    #[serde(rename = "type")]
    pub kind: TextMatch,
    /// Which subjects; `None` is any, also none at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<TextMatch>,
    /// Which sources; `None` is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<TextMatch>,
    /// An expression over the event that must hold as well; an event that fails it is filtered.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Whose events.
    #[serde(default)]
    pub reach: Reach,
}

/// Whose events a pattern listens to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Those raised in the same scope, and those addressed to the run.
    #[default]
    Run,
    /// Those too, and those from outside that are addressed to nobody.
    World,
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextMatch {
    /// Equal to this.
    Exact(Text),
    /// Starts with this.
    Prefix(Text),
    /// Ends with this.
    Suffix(Text),
    /// Matches this, where `*` stands for any run of characters and `?` for one.
    Glob(Text),
    /// Equal to what this expression gives when the scope starts.
    Expression(Text),
}

impl TextMatch {
    /// Whether `text` passes. An expression passes nothing: it is to be resolved first.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::Glob(glob) => glob_matches(glob, text),
            Self::Expression(_) => false,
        }
    }
}

impl Pattern {
    /// Events of the exact type `kind`, of any subject and source, raised in the same scope.
    #[must_use]
    pub fn exact(kind: impl Into<Text>) -> Self {
        Self {
            kind: TextMatch::Exact(kind.into()),
            subject: None,
            source: None,
            filter: None,
            reach: Reach::Run,
        }
    }

    /// The same about the exact `subject`.
    #[must_use]
    pub fn about(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(TextMatch::Exact(subject.into()));
        self
    }

    /// The same with reach [`Reach::World`].
    #[must_use]
    pub fn from_world(mut self) -> Self {
        self.reach = Reach::World;
        self
    }

    /// Whether the attributes of `event` pass; the filter on content is not looked at.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.kind.matches(&event.kind)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| event.subject.as_deref().is_some_and(|actual| subject.matches(actual)))
            && self.source.as_ref().is_none_or(|source| source.matches(&event.source))
    }
}

/// Whether `text` matches `glob` (`*`: any run, `?`: any one character). Linear memory, no recursion:
/// on a mismatch only the last `*` is tried again, one character further.
#[must_use]
pub fn glob_matches(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut g, mut t) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while t < text.len() {
        if g < glob.len() && glob[g] == '*' {
            last_star = Some((g, t));
            g += 1;
        } else if g < glob.len() && (glob[g] == '?' || glob[g] == text[t]) {
            g += 1;
            t += 1;
        } else if let Some((star, consumed)) = last_star {
            last_star = Some((star, consumed + 1));
            g = star + 1;
            t = consumed + 1;
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_people_expect() {
        for (glob, text, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("order.*.paid", "order.17.paid", true),
            ("?", "é", true),
            ("?", "", false),
            ("*a*b*", "xxaxxbxx", true),
            ("a", "ab", false),
        ] {
            assert_eq!(glob_matches(glob, text), expected, "{glob} on {text}");
        }
    }

    #[test]
    fn an_absent_subject_matches_only_a_pattern_without_one() {
        let event = Event::new("1", "/s", "t");
        assert!(Pattern::exact("t").matches(&event));
        assert!(!Pattern::exact("t").about("x").matches(&event));
        assert!(Pattern::exact("t").about("x").matches(&event.with_subject("x")));
    }
}
