//! A located tree: the values of a document, each with the place that it was written at.
//!
//! Invariant: nesting is at most [`limits::DEPTH_MAX`](super::limits::DEPTH_MAX), so that walking a tree by
//! recursion is safe. Siblings start in the order in which they are written.

use tidegate_json::{Map, Number, Str, Value};

use super::Span;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// From its first to its last character. Inside the copy that an alias stands for, the places are those
    /// of the original; the copy as a whole is where the alias is.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Content {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, and how it was written.
    String(Str, Style),
    /// A list.
    Sequence(Vec<Node>),
    /// Members in the order in which they are written; keys are unique.
    Mapping(Vec<Member>),
}

/// How text was written, which decides how places in the text are places in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: plain, literal (`|`) or folded (`>`).
    Bare,
    /// In single quotes, where `''` is a quote.
    Single,
    /// In double quotes, with escapes.
    Double,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key.
    pub key: Str,
    /// The place of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value without places.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(truth) => Value::Bool(*truth),
            Content::Number(number) => Value::Number(*number),
            Content::String(text, _) => Value::String(text.clone()),
            Content::Sequence(items) => Value::from(items.iter().map(Self::to_value).collect::<Vec<_>>()),
            Content::Mapping(members) => {
                let mut map = Map::with_capacity(members.len());
                for member in members {
                    map.insert(member.key.clone(), member.value.to_value());
                }
                Value::from(map)
            }
        }
    }

    /// A tree of `value` all of whose nodes are at `span`: for parts that a compiler makes up.
    #[must_use]
    pub fn from_value(value: &Value, span: Span) -> Self {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(truth) => Content::Bool(*truth),
            Value::Number(number) => Content::Number(*number),
            Value::String(text) => Content::String(text.clone(), Style::Bare),
            Value::Array(items) => {
                Content::Sequence(items.iter().map(|item| Self::from_value(item, span)).collect())
            }
            Value::Object(map) => Content::Mapping(
                map.iter()
                    .map(|(key, value)| Member::new(key.clone(), span, Self::from_value(value, span)))
                    .collect(),
            ),
        };
        Self { content, span }
    }

    /// A mapping made up of `members`, placed at `span`.
    #[must_use]
    pub fn mapping(members: Vec<Member>, span: Span) -> Self {
        Self { content: Content::Mapping(members), span }
    }

    /// A sequence made up of `items`, placed at `span`.
    #[must_use]
    pub fn sequence(items: Vec<Self>, span: Span) -> Self {
        Self { content: Content::Sequence(items), span }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::String(text, _) => Some(text),
            _ => None,
        }
    }

    /// The members, if this is a mapping.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&[Member]> {
        match &self.content {
            Content::Mapping(members) => Some(members),
            _ => None,
        }
    }

    /// The items, if this is a sequence.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The only member, if this is a mapping that has exactly one.
    #[must_use]
    pub fn as_single(&self) -> Option<&Member> {
        match self.as_mapping()? {
            [member] => Some(member),
            _ => None,
        }
    }

    /// The member `key`, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_mapping()?.iter().find(|member| *member.key == *key).map(|member| &member.value)
    }

    /// Whether this is `null` or absent.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// What this is, with its article, for a message.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "true or false",
            Content::Number(_) => "a number",
            Content::String(..) => "text",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }
}

impl Member {
    /// The member `key`, written at `key_span`, with `value`.
    #[must_use]
    pub fn new(key: impl Into<Str>, key_span: Span, value: Node) -> Self {
        Self { key: key.into(), key_span, value }
    }

    /// From the first character of the key to the last of the value.
    #[must_use]
    pub fn span(&self) -> Span {
        let end = self.key_span.end().max(self.value.span.end());
        Span::between(self.key_span.start(), end)
    }
}
