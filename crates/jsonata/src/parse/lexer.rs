//! Characters to tokens.
//!
//! A `/` begins a regular expression where an operand may stand and is division elsewhere, so the parser says which
//! it expects. Positions are byte offsets of a token's first character.

use std::sync::Arc;

use tidegate_json::{Number, Str, Value};

use super::pattern;
use crate::error::{Details, SyntaxError};

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    Operand,
    Operator,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) position: usize,
}

#[derive(Clone, Debug)]
pub(super) enum TokenKind {
    End,
    Name(Str),
    Variable(Str),
    String(Str),
    Constant(Value),
    Regex(Arc<regex::Regex>),
    /// Punctuation, or one of `and`, `or`, `in`.
    Symbol(&'static str),
}

impl TokenKind {
    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(self, Self::Symbol(known) if *known == symbol)
    }

    /// For messages.
    /// The token itself, without what marks its kind.
    pub(super) fn value(&self) -> String {
        match self {
            Self::End => "(end)".to_owned(),
            Self::Name(text) | Self::Variable(text) | Self::String(text) => text.as_str().to_owned(),
            Self::Constant(value) => value.to_text(),
            Self::Regex(regex) => regex.as_str().to_owned(),
            Self::Symbol(symbol) => (*symbol).to_owned(),
        }
    }

    /// The token as a message shows it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::End => "the end of the expression".to_owned(),
            Self::Name(name) => format!("`{name}`"),
            Self::Variable(name) => format!("`${name}`"),
            Self::String(text) => format!("string {}", Value::from(text)),
            Self::Constant(value) => format!("`{value}`"),
            Self::Regex(_) => "a regular expression".to_owned(),
            Self::Symbol(symbol) => format!("`{symbol}`"),
        }
    }
}

/// Longest first.
const SYMBOLS: [&str; 35] = [
    "..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??", ".", "[", "]", "{", "}", "(", ")", ",", "@", "#",
    ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^", "&", "!", "~",
];

const WHITE: [char; 5] = [' ', '\t', '\n', '\r', '\u{b}'];

pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    pub(super) fn error(
        &self,
        code: &'static str,
        position: usize,
        message: impl Into<String>,
    ) -> SyntaxError {
        SyntaxError::at(code, self.source, position, message)
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// The next character as it stands, white space included: the inside of a function signature.
    pub(super) fn take_char(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    pub(super) fn next(&mut self, expect: Expect) -> Result<Token, SyntaxError> {
        self.skip_blank()?;
        let position = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok(Token { kind: TokenKind::End, position });
        };
        let kind = match first {
            '/' if expect == Expect::Operand => self.regex()?,
            '"' | '\'' => self.string(first)?,
            '`' => self.quoted_name()?,
            '0'..='9' => self.number()?,
            _ => self.symbol().unwrap_or_else(|| self.word()),
        };
        Ok(Token { kind, position })
    }

    fn skip_blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.at = self.source.len() - self.rest().trim_start_matches(WHITE).len();
            let Some(comment) = self.rest().strip_prefix("/*") else { return Ok(()) };
            let end = comment.find("*/");
            let end = end.ok_or_else(|| self.error("S0106", self.at, "the comment has no closing `*/`"))?;
            self.at += end + 4;
        }
    }

    fn symbol(&mut self) -> Option<TokenKind> {
        let symbol = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol))?;
        self.at += symbol.len();
        Some(TokenKind::Symbol(symbol))
    }

    fn word(&mut self) -> TokenKind {
        let ends = |c: char| WHITE.contains(&c) || SYMBOLS.iter().any(|symbol| symbol.starts_with(c));
        let rest = self.rest();
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "and" => TokenKind::Symbol("and"),
            "or" => TokenKind::Symbol("or"),
            "in" => TokenKind::Symbol("in"),
            "true" => TokenKind::Constant(Value::Bool(true)),
            "false" => TokenKind::Constant(Value::Bool(false)),
            "null" => TokenKind::Constant(Value::Null),
            _ => match word.strip_prefix('$') {
                Some(name) => TokenKind::Variable(name.into()),
                None => TokenKind::Name(word.into()),
            },
        }
    }

    fn quoted_name(&mut self) -> Result<TokenKind, SyntaxError> {
        let inside = &self.rest()[1..];
        let end = inside.find('`');
        let end =
            end.ok_or_else(|| self.error("S0105", self.at, "the quoted name has no closing backquote"))?;
        self.at += end + 2;
        Ok(TokenKind::Name(inside[..end].into()))
    }

    fn number(&mut self) -> Result<TokenKind, SyntaxError> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = if bytes[0] == b'0' { 1 } else { digits(0) };
        let mut whole = true;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            whole = false;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if digits(end + 1 + sign) > 0 {
                end += 1 + sign + digits(end + 1 + sign);
                whole = false;
            }
        }
        let text = &self.rest()[..end];
        let number = match text.parse::<i64>() {
            Ok(integer) if whole => Some(Number::from_i64(integer)),
            _ => text.parse().ok().and_then(Number::from_f64),
        };
        let number = number.ok_or_else(|| {
            let error = self.error("S0102", self.at, format!("number out of range: {text}"));
            error.about(Details::token(text))
        })?;
        self.at += end;
        Ok(TokenKind::Constant(Value::Number(number)))
    }

    fn string(&mut self, quote: char) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let position = self.at;
            match self.take_char() {
                None => return Err(self.error("S0101", start, "the string has no closing quote")),
                Some('\\') => text.push(self.escape(position)?),
                Some(c) if c == quote => return Ok(TokenKind::String(text.into())),
                Some(c) => text.push(c),
            }
        }
    }

    /// What follows a backslash. A surrogate without its other half becomes U+FFFD.
    fn escape(&mut self, position: usize) -> Result<char, SyntaxError> {
        Ok(match self.take_char() {
            Some(c @ ('"' | '\\' | '/' | '\'' | '`')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => self.unicode_escape(position)?,
            other => {
                let shown = other.map_or_else(String::new, String::from);
                let message = format!("unsupported escape sequence `\\{shown}`");
                return Err(self.error("S0103", position, message).about(Details::token(shown)));
            }
        })
    }

    fn unicode_escape(&mut self, position: usize) -> Result<char, SyntaxError> {
        let high = self.hex4().ok_or_else(|| self.error("S0104", position, "`\\u` needs four hex digits"))?;
        let after = self.at;
        if (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u") {
            self.at += 2;
            if let Some(low @ 0xdc00..=0xdfff) = self.hex4() {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let code = digits
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(digits, 16).ok())?;
        self.at += 4;
        code
    }

    fn regex(&mut self) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        let inside = &self.rest()[1..];
        let end = pattern::end_of_literal(inside);
        let end =
            end.ok_or_else(|| self.error("S0302", start, "the regular expression has no closing `/`"))?;
        let body = &inside[..end];
        if body.is_empty() {
            return Err(self.error("S0301", start, "empty regular expressions are not allowed"));
        }
        let flags_at = start + end + 2;
        let after = &self.source[flags_at..];
        let flags = &after[..after.find(|c| c != 'i' && c != 'm').unwrap_or(after.len())];
        self.at = flags_at + flags.len();
        let regex = pattern::compile(body, flags).map_err(|cause| {
            self.error("S0303", start, format!("this regular expression is not supported: {cause}"))
        })?;
        Ok(TokenKind::Regex(Arc::new(regex)))
    }
}
