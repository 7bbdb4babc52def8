//! XML that is written: elements and text, escaped.

use std::fmt;

/// Some elements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Xml(String);

impl Xml {
    /// No elements.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// A text.
    pub(super) fn plain(text: impl AsRef<str>) -> Self {
        let mut escaped = String::with_capacity(text.as_ref().len());
        for c in text.as_ref().chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\r' => escaped.push_str("&#13;"),
                // Other control characters are no XML at all (XML 1.0, section 2.2).
                c if c.is_control() && !"\t\n".contains(c) => escaped.push(char::REPLACEMENT_CHARACTER),
                c => escaped.push(c),
            }
        }
        Self(escaped)
    }

    /// An element with a text.
    pub(super) fn text(name: &str, text: impl AsRef<str>) -> Self {
        Self::element(name, &Self::plain(text))
    }

    /// An element with elements in it.
    pub(super) fn element(name: &str, content: &Self) -> Self {
        Self(format!("<{name}>{}</{name}>", content.0))
    }

    /// An element with a list in it.
    pub(super) fn list(name: &str, members: impl IntoIterator<Item = Self>) -> Self {
        let members: String =
            members.into_iter().map(|member| format!("<member>{member}</member>")).collect();
        Self(format!("<{name}>{members}</{name}>"))
    }

    /// These, then those.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }
}

impl fmt::Display for Xml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let text = Xml::text("A", "<b & \"c\">\u{1}");
        assert_eq!(text.to_string(), "<A>&lt;b &amp; &quot;c&quot;&gt;\u{fffd}</A>");
    }
}
