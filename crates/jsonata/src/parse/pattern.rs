//! Regular expression literals: JavaScript syntax to the linear-time engine's.
//!
//! Look-around and back references have no linear-time form and are refused with a reason. Classes such as `\d` and
//! `\w` are ASCII, as in JavaScript.

use regex::{Regex, RegexBuilder};

/// A compiled pattern may not grow beyond this.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// The byte offset of the `/` that ends a literal whose inside starts `text`.
pub(super) fn end_of_literal(text: &str) -> Option<usize> {
    let (mut escaped, mut in_class) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return Some(at),
            _ => {}
        }
    }
    None
}

/// Compiles JavaScript's `body` with flags out of `i` and `m`.
pub(crate) fn compile(body: &str, flags: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translate(body)?)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .size_limit(COMPILED_BYTES_MAX)
        .nest_limit(100)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => other.to_string().lines().last().unwrap_or_default().to_owned(),
        })
}

fn translate(body: &str) -> Result<String, String> {
    let mut out = String::with_capacity(body.len() + 8);
    let mut in_class = false;
    let mut rest = body.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(rest.next(), in_class, &mut out)?,
            // An unescaped `[` inside a class is a plain character in JavaScript and a nested class here.
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    Ok(out)
}

fn escape(escaped: Option<char>, in_class: bool, out: &mut String) -> Result<(), String> {
    match escaped {
        None => out.push('\\'),
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("[A-Za-z0-9_]"),
        Some('W') => out.push_str("[^A-Za-z0-9_]"),
        Some('b') if in_class => out.push_str("\\x08"),
        Some('b') => out.push_str("(?-u:\\b)"),
        Some('B') => out.push_str("(?-u:\\B)"),
        Some('0') => out.push_str("\\x00"),
        Some(digit @ '1'..='9') => return Err(format!("it refers back to group {digit}")),
        Some(c @ ('<' | '>')) => out.push(c),
        Some(c) if c.is_ascii_alphabetic() || c.is_ascii_punctuation() => out.extend(['\\', c]),
        Some(c) => out.push(c),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(pattern: &str, flags: &str, text: &'t str) -> Option<&'t str> {
        compile(pattern, flags).unwrap().find(text).map(|found| found.as_str())
    }

    #[test]
    fn javascript_syntax_keeps_its_meaning() {
        assert_eq!(found(r"\d+", "", "٣ 42"), Some("42"));
        assert_eq!(found(r"[\w[&]+", "", "é a[&b"), Some("a[&b"));
        assert_eq!(found(r"a\/b", "", "a/b"), Some("a/b"));
        assert_eq!(found(r"\<x\>", "", "<x>"), Some("<x>"));
        assert_eq!(found(r"^b$", "m", "a\nb\nc"), Some("b"));
        assert_eq!(found("AB", "i", "xab"), Some("ab"));
        assert_eq!(found(r"\bé", "", "é"), None);
    }

    #[test]
    fn what_cannot_run_in_linear_time_is_refused() {
        for pattern in [r"(a)\1", "(?=a)", "(?<!a)b"] {
            assert!(compile(pattern, "").is_err(), "{pattern}");
        }
        assert_eq!(compile("((a{1000}){1000}){1000}", "").unwrap_err(), "it is too large");
    }

    #[test]
    fn a_slash_in_a_class_does_not_end_the_literal() {
        assert_eq!(end_of_literal("[/]\\//i"), Some(5));
        assert_eq!(end_of_literal("abc"), None);
    }
}
