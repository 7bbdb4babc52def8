//! A place in the text of a path.

use tidegate_model::Text;

use super::super::PathError;

/// Reads a text from its beginning to its end.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// How many parentheses of filters are open.
    pub(super) depth: usize,
    /// How many steps were read, those of filters included.
    pub(super) steps: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, steps: 0 }
    }

    /// The byte that comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn advance(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Moves behind `expected`, if it comes next.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let follows = self.rest().starts_with(expected);
        if follows {
            self.at += expected.len();
        }
        follows
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub(super) fn expect(&mut self, expected: &str, otherwise: &'static str) -> Result<(), PathError> {
        if self.take(expected) { Ok(()) } else { Err(self.error(otherwise)) }
    }

    pub(super) fn error(&self, message: impl Into<Text>) -> PathError {
        PathError { message: message.into(), at: self.at }
    }

    /// The character that comes next, for people.
    pub(super) fn rest_shown(&self) -> String {
        self.peek().map_or_else(|| "end".to_owned(), |character| format!("`{character}`"))
    }
}
