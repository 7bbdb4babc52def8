//! Tokens: an expression's text, cut.

use super::error::{Fault, Kind, Result, fail};

/// A token and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) what: What,
    /// Byte at which it starts.
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A name or a word such as `and`.
    Name(String),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A sign, as it is written.
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: [&str; 36] = [
    "**=", "//=", "**", "//", "==", "!=", "<=", ">=", ":=", "->", "+=", "-=", "*=", "/=", "%=", "(", ")",
    "[", "]", "{", "}", ",", ":", ".", "+", "-", "*", "/", "%", "<", ">", "=", "|", "&", "~", "^",
];

/// The tokens of `text`, the last of which is [`What::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (what, length) = if first.is_ascii_digit() || is_fraction(rest) {
            number(rest, at)?
        } else if first == '"' || first == '\'' {
            quoted(rest, at, Escapes::Read)?
        } else if first.is_alphabetic() || first == '_' {
            name(rest, at)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (What::Sign(sign), sign.len())
        } else {
            return fail(Kind::Syntax, at, format!("`{}` has no meaning here", first.escape_debug()));
        };
        tokens.push(Token { what, at });
        at += length;
    }
    tokens.push(Token { what: What::End, at });
    Ok(tokens)
}

/// `.5`
fn is_fraction(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    bytes.next() == Some(b'.') && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

fn name(rest: &str, at: usize) -> Result<(What, usize)> {
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let word = &rest[..length];
    if rest[length..].starts_with(['"', '\'']) && length <= 2 {
        return match word {
            "r" | "R" => quoted(&rest[length..], at, Escapes::Keep).map(|(what, more)| (what, length + more)),
            "u" | "U" => quoted(&rest[length..], at, Escapes::Read).map(|(what, more)| (what, length + more)),
            _ => Err(Fault::boxed(Kind::Syntax, at, format!("text in `{word}'…'` is not possible here"))
                .with_help("put texts together with `+` and `str(…)`")),
        };
    }
    Ok((What::Name(word.to_owned()), length))
}

fn number(rest: &str, at: usize) -> Result<(What, usize)> {
    let lower = rest.get(..2).unwrap_or_default().to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if lower == prefix {
            let length = 2 + digits(&rest[2..], |byte| byte.is_ascii_alphanumeric());
            let written = rest[2..length].replace('_', "");
            let Ok(integer) = i64::from_str_radix(&written, radix) else {
                return fail(Kind::Syntax, at, format!("`{}` is no number", &rest[..length]));
            };
            return Ok((What::Integer(integer), length));
        }
    }
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let mut length = digits(rest, is_digit);
    let mut is_float = false;
    if rest[length..].starts_with('.') {
        is_float = true;
        length += 1 + digits(&rest[length + 1..], is_digit);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(&rest[length + 1 + sign..], is_digit);
        if exponent > 0 {
            is_float = true;
            length += 1 + sign + exponent;
        }
    }
    let written = rest[..length].replace('_', "");
    if rest[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return fail(Kind::Syntax, at, format!("`{written}` is followed by what is no part of a number"));
    }
    let finite = |float: f64| float.is_finite().then_some(What::Float(float));
    let what = match is_float {
        true => written.parse().ok().and_then(finite),
        false => written.parse().ok().map(What::Integer),
    };
    let too_large = || Fault::boxed(Kind::Overflow, at, format!("the number {written} is too large"));
    Ok((what.ok_or_else(too_large)?, length))
}

/// How many bytes of `text` are digits, or `_` between them.
fn digits(text: &str, is_digit: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .find(|&at| {
            let joins = bytes[at] == b'_' && at > 0 && bytes.get(at + 1).is_some_and(|next| is_digit(*next));
            !is_digit(bytes[at]) && !joins
        })
        .unwrap_or(bytes.len())
}

#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    Read,
    Keep,
}

/// The text in quotes that `rest` starts with, and its length.
fn quoted(rest: &str, at: usize, escapes: Escapes) -> Result<(What, usize)> {
    let quote = rest.chars().next().unwrap_or('\'');
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        if c == quote {
            return Ok((What::Text(text), place + c.len_utf8()));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { break };
        if escapes == Escapes::Keep {
            text.extend(['\\', escaped]);
            continue;
        }
        let digits = match escaped {
            'n' | 't' | 'r' | '\\' | '\'' | '"' | '0' => {
                text.push(plain_escape(escaped));
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            other => {
                text.extend(['\\', other]);
                continue;
            }
        };
        let code: String = chars.by_ref().take(digits).map(|(_, digit)| digit).collect();
        let letter =
            u32::from_str_radix(&code, 16).ok().filter(|_| code.len() == digits).and_then(char::from_u32);
        match letter {
            Some(letter) => text.push(letter),
            None => return fail(Kind::Syntax, at + place, format!("`\\{escaped}{code}` is no character")),
        }
    }
    Err(Fault::boxed(Kind::Syntax, at, "the text has no end").with_help("add the closing quote"))
}

fn plain_escape(escaped: char) -> char {
    match escaped {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        other => other,
    }
}
