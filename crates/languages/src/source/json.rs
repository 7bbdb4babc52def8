//! JSON (RFC 8259) to a located tree.
//!
//! This finds where values start and end; what a string or a number literal says is left to
//! [`tidegate_json`], so that both agree. Stricter than the RFC demands: keys are unique.

use std::collections::BTreeSet;

use tidegate_json::{Str, Value};

use super::{Content, Member, Node, Span, Style, limits, scalar};
use crate::diagnostic::{Reports, Severity, quoted};

/// Reads the source of `reports`.
pub(super) fn read(reports: &mut Reports<'_>) -> Option<Node> {
    let text: &str = &reports.source().text;
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, at, depth: 0, values: 0, reports };
    reader.document().ok()
}

/// Reading cannot go on; an error says why.
struct Stop;

struct Reader<'r, 's> {
    text: &'s str,
    /// The next byte to read.
    at: usize,
    depth: usize,
    values: usize,
    reports: &'r mut Reports<'s>,
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Result<Node, Stop> {
        let root = self.value()?;
        match self.peek() {
            None => Ok(root),
            Some(_) => self.expected("the end of the file"),
        }
    }

    fn value(&mut self) -> Result<Node, Stop> {
        self.values += 1;
        if self.values > limits::VALUES_MAX {
            let message = format!("there are more than {} values in this file", limits::VALUES_MAX);
            return self.stop("source::too_many", self.at, self.at + 1, message);
        }
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => {
                let (text, span) = self.string()?;
                Ok(Node { content: Content::String(text, Style::Double), span })
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() => self.word(),
            Some(_) | None => self.expected("a value"),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Node, Stop>) -> Result<Node, Stop> {
        if self.depth >= limits::DEPTH_MAX {
            let message = format!("arrays and objects are nested more than {} deep here", limits::DEPTH_MAX);
            return self.stop("source::too_deep", self.at, self.at + 1, message);
        }
        self.depth += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn object(&mut self) -> Result<Node, Stop> {
        let start = self.at;
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut known = BTreeSet::new();
        if !self.take(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return self.expected(if members.is_empty() {
                        "`}` or a key in double quotes"
                    } else {
                        "a key in double quotes"
                    });
                }
                let (key, key_span) = self.string()?;
                if !self.take(b':') {
                    return self.expected("`:`");
                }
                let value = self.value()?;
                if known.insert(key.clone()) {
                    members.push(Member { key, key_span, value });
                } else {
                    self.duplicate(&key, key_span, &members);
                }
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return self.expected("`,` or `}`");
                }
            }
        }
        Ok(Node::mapping(members, Span::between(start, self.at)))
    }

    fn array(&mut self) -> Result<Node, Stop> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if !self.take(b']') {
            loop {
                items.push(self.value()?);
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return self.expected("`,` or `]`");
                }
            }
        }
        Ok(Node::sequence(items, Span::between(start, self.at)))
    }

    fn string(&mut self) -> Result<(Str, Span), Stop> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut is_plain = true;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_plain = false;
                    end += 2;
                }
                Some(0..=0x1F) => {
                    let message = "a line break or control character in a string is written as an escape";
                    return self.stop("source::json", end, end + 1, message.to_owned());
                }
                Some(_) => end += 1,
                None => {
                    let message = "the string that starts here has no closing quote".to_owned();
                    return self.stop("source::json", start, start + 1, message);
                }
            }
        }
        let span = Span::between(start, end + 1);
        let text = if is_plain {
            Str::from(&self.text[start + 1..end])
        } else {
            match Value::parse(&self.text[start..=end]) {
                Ok(Value::String(text)) => text,
                Ok(_) => Str::default(),
                Err(error) => {
                    let at = (start + error.column.saturating_sub(1)).clamp(start, end);
                    let at = (start..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(start);
                    return self.stop("source::json", at, at, error.message);
                }
            }
        };
        self.at = end + 1;
        Ok((text, span))
    }

    fn number(&mut self) -> Result<Node, Stop> {
        let rest = &self.text[self.at..];
        let is_inner = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let length = rest.find(|c| !is_inner(c)).unwrap_or(rest.len());
        let span = Span::between(self.at, self.at + length);
        match scalar::json_number(&rest[..length]) {
            Ok(number) => {
                self.at += length;
                Ok(Node { content: Content::Number(number), span })
            }
            Err(message) => {
                let message = format!("{} is not a number: {message}", quoted(&rest[..length]));
                self.stop("source::json", span.start(), span.end(), message)
            }
        }
    }

    fn word(&mut self) -> Result<Node, Stop> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let span = Span::between(self.at, self.at + length);
        let content = match &rest[..length] {
            "null" => Content::Null,
            "true" => Content::Bool(true),
            "false" => Content::Bool(false),
            word => {
                let message = format!("expected a value, found {}", quoted(word));
                return self.stop("source::json", span.start(), span.end(), message);
            }
        };
        self.at += length;
        Ok(Node { content, span })
    }

    fn duplicate(&mut self, key: &str, span: Span, members: &[Member]) {
        let has_room = self.reports.has_room(Severity::Error);
        let first = has_room.then(|| members.iter().find(|member| *member.key == *key)).flatten();
        let first = first.map(|member| self.reports.source().place(member.key_span));
        let error =
            self.reports.error("source::duplicate_key", span, format!("{} is here twice", quoted(key)));
        if let Some(first) = first {
            error.with_related("here first", first);
        }
    }

    /// The next byte that is not white space, which is not taken.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expected<T>(&mut self, what: &str) -> Result<T, Stop> {
        let next = self.text[self.at..].chars().next();
        let found = next.map_or_else(|| "the end of the file".to_owned(), |c| quoted(&c.to_string()));
        let end = self.at + next.map_or(0, char::len_utf8);
        self.stop("source::json", self.at, end, format!("expected {what}, found {found}"))
    }

    fn stop<T>(&mut self, code: &'static str, start: usize, end: usize, message: String) -> Result<T, Stop> {
        self.reports.error(code, Span::between(start, end.min(self.text.len())), message);
        Err(Stop)
    }
}
