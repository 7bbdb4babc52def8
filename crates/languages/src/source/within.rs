//! Places inside text: which byte of the source a character of a string was written at.
//!
//! Quotes, escapes, indentation and folding change white space and how a character is spelt, but never the
//! order of what is not white space. So the n-th such character of the text is the n-th that its source
//! spells, in each style of YAML and in JSON.

use super::{Span, Style};

/// Longest text that is searched for a place, in bytes; a place in a longer one is all of it.
const SEARCHED_BYTES_MAX: usize = 64 * 1024;

/// The place of the character at byte `at` of `value`, a string that `source[span]` spells in `style`.
///
/// White space is placed at the character that follows it; the end of the text, after its last character.
#[must_use]
pub fn place_within(source: &str, span: Span, style: Style, value: &str, at: usize) -> Span {
    let written = source.get(span.start()..span.end()).unwrap_or_default();
    if written.len() > SEARCHED_BYTES_MAX {
        return span;
    }
    let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let before = value.char_indices().take_while(|(index, _)| *index < at);
    let target = before.filter(|(_, c)| !c.is_whitespace()).count();
    if target >= visible(value) {
        let end = units(written, style).filter(|unit| unit.is_visible).last().map_or(0, |unit| unit.end);
        return Span::between(span.start() + end, span.start() + end);
    }
    match units(written, style).filter(|unit| unit.is_visible).nth(target) {
        Some(unit) => Span::between(span.start() + unit.start, span.start() + unit.end),
        None => span,
    }
}

/// A stretch of source that spells one character.
struct Unit {
    start: usize,
    end: usize,
    /// Whether it spells something other than white space.
    is_visible: bool,
}

fn units(written: &str, style: Style) -> impl Iterator<Item = Unit> {
    let (mut at, end) = match style {
        Style::Bare => (0, written.len()),
        // An anchor or a tag may stand before the opening quote; neither contains one.
        Style::Single => inside(written, '\''),
        Style::Double => inside(written, '"'),
    };
    std::iter::from_fn(move || {
        let rest = &written[at..end];
        let first = rest.chars().next()?;
        let (length, is_visible) = match style {
            Style::Single if rest.starts_with("''") => (2, true),
            Style::Double if first == '\\' => escape(rest),
            Style::Bare | Style::Single | Style::Double => (first.len_utf8(), !first.is_whitespace()),
        };
        let unit = Unit { start: at, end: at + length, is_visible };
        at += length;
        Some(unit)
    })
}

fn inside(written: &str, quote: char) -> (usize, usize) {
    let open = written.find(quote).map_or(0, |at| at + 1);
    let close = written.rfind(quote).unwrap_or(written.len());
    (open, close.max(open))
}

/// Length of the escape sequence that `rest` starts with, and whether it spells something visible.
fn escape(rest: &str) -> (usize, bool) {
    let Some(letter) = rest[1..].chars().next() else { return (1, false) };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        'n' | 't' | 'r' | 'v' | 'f' | 'N' | '_' | 'L' | 'P' | ' ' | '\t' | '\n' | '\r' => {
            return (1 + letter.len_utf8(), false);
        }
        _ => return (1 + letter.len_utf8(), true),
    };
    let length = (2 + digits).min(rest.len());
    let code = rest.get(2..length).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    match code {
        // Two escapes of UTF-16 surrogates spell one character.
        Some(0xD800..=0xDBFF) if rest[length..].starts_with("\\u") => ((2 * length).min(rest.len()), true),
        Some(code) => (length, !char::from_u32(code).is_some_and(char::is_whitespace)),
        None => (1 + letter.len_utf8(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, style: Style, value: &str, at: &str, expected: &str) {
        let source = format!("key: {written}\n");
        let span = Span::between(5, 5 + written.len());
        let offset = value.find(at).unwrap();
        let found = place_within(&source, span, style, value, offset);
        assert_eq!(&source[found.start()..found.end()], expected);
        assert!(source[found.start()..].starts_with(expected));
    }

    #[test]
    fn places_survive_quotes_escapes_and_folding() {
        check("a + b", Style::Bare, "a + b", "b", "b");
        check("'it''s b'", Style::Single, "it's b", "'s", "''");
        check("!!str 'x y'", Style::Single, "x y", "y", "y");
        check(r#""a\n\u00e9 \"b""#, Style::Double, "a\né \"b", "\"b", "\\\"");
        check(r#""\ud83c\udf0aq""#, Style::Double, "🌊q", "q", "q");
        check("{% a +\n      b ?\n  %}", Style::Bare, "{% a + b ? %}", "?", "?");
    }

    #[test]
    fn the_end_of_a_text_is_after_its_last_character() {
        let source = "k: 'a +  '";
        let found = place_within(source, Span::between(3, 10), Style::Single, "a +  ", 5);
        assert_eq!((found.start(), found.length), (7, 0));
    }
}
