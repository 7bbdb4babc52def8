//! A value of a definition and where it is, in the file and in AWS's words.

use super::location::Location;
use crate::source::{Content, Member, Node, Span};

/// A value and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'a> {
    /// The value.
    pub(super) node: &'a Node,
    /// The place of its key; in a list, of the value itself.
    pub(super) key_span: Span,
    /// What AWS calls the place.
    pub(super) at: Location<'a>,
}

impl<'a> Spot<'a> {
    /// The root of a definition.
    pub(super) fn root(node: &'a Node) -> Self {
        // An object is many lines long; its first character stands for it.
        Self { node, key_span: Span::between(node.span.start(), node.span.start() + 1), at: Location::ROOT }
    }

    /// The value of `member` of this object.
    pub(super) fn of_member<'s>(&'s self, member: &'s Member) -> Spot<'s> {
        Spot { node: &member.value, key_span: member.key_span, at: self.at.field(&member.key) }
    }

    /// The member `name`, if this is an object that has it.
    pub(super) fn field(&self, name: &str) -> Option<Spot<'_>> {
        let member = self.members().iter().find(|member| *member.key == *name)?;
        Some(self.of_member(member))
    }

    /// Whether this is an object that has the member `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members().iter().any(|member| *member.key == *name)
    }

    /// The members; none where this is no object.
    pub(super) fn members(&self) -> &'a [Member] {
        self.node.as_mapping().unwrap_or_default()
    }

    /// The members with their names, in the order in which they are written.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'a str, Spot<'_>)> {
        self.members().iter().map(|member| (&*member.key, self.of_member(member)))
    }

    /// The elements; none where this is no list.
    pub(super) fn items(&self) -> impl Iterator<Item = Spot<'_>> {
        let items = self.node.as_sequence().unwrap_or_default();
        items.iter().enumerate().map(|(index, node)| Spot {
            node,
            key_span: match &node.content {
                Content::Mapping(_) | Content::Sequence(_) => {
                    Span::between(node.span.start(), node.span.start() + 1)
                }
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(..) => node.span,
            },
            at: self.at.item(index),
        })
    }

    /// The text, if this is text.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.node.as_str()
    }

    /// Where a person is pointed to for the value as a whole: long values are told by their keys.
    pub(super) fn value_span(&self) -> Span {
        match &self.node.content {
            Content::Mapping(_) | Content::Sequence(_) => self.key_span,
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(..) => self.node.span,
        }
    }
}
