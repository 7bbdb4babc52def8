//! Places in a text: a span of bytes, and what line and column that is.
//!
//! Invariant: a [`Span`] that was made for a text starts and ends on a character boundary of that text.

/// A part of the source text, in bytes. Line and column are computed when somebody has to read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte, from 0.
    pub offset: u32,
    /// Length in bytes; 0 is a place between two characters.
    pub length: u32,
}

impl Span {
    /// The bytes from `start` up to `end`.
    #[must_use]
    pub fn between(start: usize, end: usize) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { offset: narrow(start), length: narrow(end.saturating_sub(start)) }
    }

    /// First byte, from 0.
    #[must_use]
    pub fn start(self) -> usize {
        self.offset as usize
    }

    /// The byte after the last.
    #[must_use]
    pub fn end(self) -> usize {
        self.offset as usize + self.length as usize
    }
}

/// A span with the line and column at which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The bytes.
    pub span: Span,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

/// Where the lines and characters of a text are.
///
/// Lookups cost a binary search and a walk of at most [`Lines::STRIDE`] bytes, whatever the length of a line.
#[derive(Clone, Debug)]
pub struct Lines {
    line_starts: Vec<u32>,
    /// Characters before byte `k * STRIDE`; empty where every character is one byte.
    chars_before: Vec<u32>,
}

impl Lines {
    const STRIDE: usize = 256;

    /// The lines of `text`, which is at most 4 GiB long.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect();
        Self { line_starts, chars_before: if text.is_ascii() { Vec::new() } else { count_chars(text) } }
    }

    /// Line and column of `span`.
    #[must_use]
    pub fn place(&self, text: &str, span: Span) -> Place {
        let start = span.start().min(text.len());
        let line = self.line_starts.partition_point(|&begin| begin as usize <= start);
        let begin = self.line_starts[line - 1] as usize;
        let column = self.chars_to(text, start) - self.chars_to(text, begin) + 1;
        Place { span, line: line as u32, column: column as u32 }
    }

    /// The text of line `line` (from 1) without its line break, and its first byte.
    #[must_use]
    pub fn line<'t>(&self, text: &'t str, line: u32) -> (&'t str, usize) {
        let index = line.saturating_sub(1) as usize;
        let begin = self.line_starts.get(index).map_or(text.len(), |&begin| begin as usize);
        let end = self.line_starts.get(index + 1).map_or(text.len(), |&next| next as usize - 1);
        (text[begin..end].trim_end_matches('\r'), begin)
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// The byte at which character `index` (from 0) starts; the end of the text where there are fewer.
    #[must_use]
    pub fn byte_of_char(&self, text: &str, index: usize) -> usize {
        if self.chars_before.is_empty() {
            return index.min(text.len());
        }
        let chunk = self.chars_before.partition_point(|&before| before as usize <= index) - 1;
        let mut left = index - self.chars_before[chunk] as usize;
        let from = (chunk * Self::STRIDE).min(text.len());
        for (at, byte) in text.as_bytes()[from..].iter().enumerate() {
            if !is_continuation(*byte) {
                if left == 0 {
                    return from + at;
                }
                left -= 1;
            }
        }
        text.len()
    }

    fn chars_to(&self, text: &str, offset: usize) -> usize {
        if self.chars_before.is_empty() {
            return offset;
        }
        let chunk = offset / Self::STRIDE;
        let rest = &text.as_bytes()[chunk * Self::STRIDE..offset];
        self.chars_before[chunk] as usize + rest.iter().filter(|byte| !is_continuation(**byte)).count()
    }
}

fn count_chars(text: &str) -> Vec<u32> {
    let mut before = vec![0];
    let mut count = 0_u32;
    for chunk in text.as_bytes().chunks(Lines::STRIDE) {
        count += chunk.iter().filter(|byte| !is_continuation(**byte)).count() as u32;
        before.push(count);
    }
    before
}

/// Whether a byte of UTF-8 is not the first of its character.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters() {
        let text = "ab\r\nhé=x\n\nend";
        let lines = Lines::new(text);
        let at = |needle: &str| {
            let place = lines.place(text, Span::between(text.find(needle).unwrap(), text.len()));
            (place.line, place.column)
        };
        assert_eq!((at("ab"), at("=x"), at("end")), ((1, 1), (2, 3), (4, 1)));
        assert_eq!(lines.line(text, 1), ("ab", 0));
        assert_eq!(lines.line(text, 3), ("", 10));
        assert_eq!(lines.count(), 4);
    }

    #[test]
    fn characters_far_into_a_long_line_are_found() {
        let text = "é".repeat(1000) + "x" + &"→".repeat(1000);
        let lines = Lines::new(&text);
        for (index, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(lines.byte_of_char(&text, index), byte);
            assert_eq!(lines.place(&text, Span::between(byte, byte)).column as usize, index + 1);
        }
        assert_eq!(lines.byte_of_char(&text, 5000), text.len());
    }
}
