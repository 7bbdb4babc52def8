//! JSON pointers (RFC 6901) of places, and places of JSON pointers.

use super::{Content, Node, Span};

impl Node {
    /// The deepest place on the way of `pointer` that exists, so that what is said about a missing member is
    /// said where it is missing.
    #[must_use]
    pub fn nearest_span(&self, pointer: &str) -> Span {
        let mut node = self;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            match node.child(&token) {
                Some(child) => node = child,
                None => break,
            }
        }
        node.span
    }

    fn child(&self, token: &str) -> Option<&Self> {
        match &self.content {
            Content::Mapping(_) => self.get(token),
            Content::Sequence(items) => items.get(token.parse::<usize>().ok()?),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(..) => None,
        }
    }

    /// The pointer of the innermost value that is written around byte `offset`; a key is part of its value.
    #[must_use]
    pub fn pointer_at(&self, offset: usize) -> String {
        let mut pointer = String::new();
        let mut node = self;
        loop {
            match &node.content {
                Content::Mapping(members) => {
                    let after = members.partition_point(|member| member.key_span.start() <= offset);
                    let Some(member) = after.checked_sub(1).map(|last| &members[last]) else { break };
                    let end = member.value.span.end().max(member.key_span.end());
                    if end < offset {
                        break;
                    }
                    pointer.push('/');
                    pointer.push_str(&member.key.replace('~', "~0").replace('/', "~1"));
                    node = &member.value;
                }
                Content::Sequence(items) => {
                    let after = items.partition_point(|item| item.span.start() <= offset);
                    let Some(last) = after.checked_sub(1) else { break };
                    if items[last].span.end() < offset {
                        break;
                    }
                    pointer.push('/');
                    pointer.push_str(&last.to_string());
                    node = &items[last];
                }
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(..) => break,
            }
        }
        pointer
    }
}
