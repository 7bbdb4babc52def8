//! Value to text: compact, pretty, and canonical.
//!
//! Doubles print as JavaScript prints them: the fewest digits that read back as the same double, `1000` and not
//! `1000.0`, an exponent from 1e21 and below 1e-6. One difference: a whole double between 2^53 and 2^64 prints its
//! exact digits, since our parser reads that range as exact integers. Invariant: parsing what was printed gives an
//! equal value.

use std::fmt;
use std::fmt::Write as _;

use crate::number::Repr;
use crate::{Map, Number, Str, Value};

impl Value {
    /// Compact JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        write_compact(self, &mut out);
        out
    }

    /// JSON with a line per element and two spaces of indentation.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        let mut out = String::new();
        write_pretty(self, 0, &mut out);
        out
    }

    /// Canonical JSON for hashing: compact, members sorted by the UTF-16 code units of their names as in RFC 8785.
    /// Equal values have equal canonical text. Integers beyond 2^53 keep their digits, where RFC 8785 would round.
    #[must_use]
    pub fn to_canonical(&self) -> String {
        let mut out = String::new();
        write_canonical(self, &mut out);
        out
    }

    /// Appends compact JSON to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        write_compact(self, out);
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_compact(self, out);
        Ok(())
    }
}

/// Where text goes. A formatter's refusal is its caller's to notice: every later write fails too.
pub(crate) trait Sink {
    fn push(&mut self, text: &str);
}

impl Sink for String {
    fn push(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Sink for Vec<u8> {
    fn push(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }
}

impl Sink for fmt::Formatter<'_> {
    fn push(&mut self, text: &str) {
        let _refused_again_later = self.write_str(text);
    }
}

fn write_compact(value: &Value, out: &mut impl Sink) {
    match value {
        Value::Array(elements) => write_elements(elements, out, write_compact),
        Value::Object(members) => write_members(members.iter(), out, write_compact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => write_scalar(value, out),
    }
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(elements) => write_elements(elements, out, write_canonical),
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            write_members(sorted.into_iter(), out, write_canonical);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => write_scalar(value, out),
    }
}

fn write_elements<S: Sink>(elements: &[Value], out: &mut S, write: impl Fn(&Value, &mut S)) {
    out.push("[");
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(",");
        }
        write(element, out);
    }
    out.push("]");
}

fn write_members<'a, S: Sink>(
    members: impl Iterator<Item = (&'a Str, &'a Value)>,
    out: &mut S,
    write: impl Fn(&Value, &mut S),
) {
    out.push("{");
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            out.push(",");
        }
        write_string(key, out);
        out.push(":");
        write(value, out);
    }
    out.push("}");
}

fn write_pretty(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Array(elements) if !elements.is_empty() => write_pretty_elements(elements, depth, out),
        Value::Object(members) if !members.is_empty() => write_pretty_members(members, depth, out),
        Value::Array(_)
        | Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => write_compact(value, out),
    }
}

fn write_pretty_elements(elements: &[Value], depth: usize, out: &mut String) {
    for (at, element) in elements.iter().enumerate() {
        out.push_str(if at == 0 { "[" } else { "," });
        write_line_start(depth + 1, out);
        write_pretty(element, depth + 1, out);
    }
    write_line_start(depth, out);
    out.push(']');
}

fn write_pretty_members(members: &Map, depth: usize, out: &mut String) {
    for (at, (key, value)) in members.iter().enumerate() {
        out.push_str(if at == 0 { "{" } else { "," });
        write_line_start(depth + 1, out);
        write_string(key, out);
        out.push_str(": ");
        write_pretty(value, depth + 1, out);
    }
    write_line_start(depth, out);
    out.push('}');
}

fn write_line_start(depth: usize, out: &mut String) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn write_scalar(value: &Value, out: &mut impl Sink) {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => out.push("null"),
        Value::Bool(true) => out.push("true"),
        Value::Bool(false) => out.push("false"),
        Value::Number(number) => write_number(*number, out),
        Value::String(text) => write_string(text, out),
    }
}

/// Writes `text` as a JSON string: only what must be escaped is (RFC 8259, section 7).
pub(crate) fn write_string(text: &str, out: &mut impl Sink) {
    out.push("\"");
    // Without an early exit the compiler checks many bytes at once; most strings need no escape.
    if !text.bytes().fold(false, |found, byte| found | must_be_escaped(byte)) {
        out.push(text);
        out.push("\"");
        return;
    }
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !must_be_escaped(byte) {
            continue;
        }
        out.push(&text[written..at]);
        written = at + 1;
        match byte {
            b'"' => out.push("\\\""),
            b'\\' => out.push("\\\\"),
            b'\n' => out.push("\\n"),
            b'\r' => out.push("\\r"),
            b'\t' => out.push("\\t"),
            8 => out.push("\\b"),
            12 => out.push("\\f"),
            control => out.push(&format!("\\u{control:04x}")),
        }
    }
    out.push(&text[written..]);
    out.push("\"");
}

const fn must_be_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// Text of at most 40 bytes, written without allocating.
struct Short {
    bytes: [u8; 40],
    len: usize,
}

impl Short {
    fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut short = Self { bytes: [0; 40], len: 0 };
        short.write_fmt(arguments).expect("a number has at most 40 characters");
        short
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("numbers are ASCII")
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// 2^53: below it every whole double is one integer, and JavaScript prints it in full.
const EXACT_END: f64 = 9_007_199_254_740_992.0;
const U64_END: f64 = 18_446_744_073_709_551_616.0;

pub(crate) fn write_number(number: Number, out: &mut impl Sink) {
    match number.repr() {
        Repr::Signed(integer) => out.push(Short::of(format_args!("{integer}")).as_str()),
        Repr::Unsigned(integer) => out.push(Short::of(format_args!("{integer}")).as_str()),
        Repr::Double(double) if double.trunc() == double && double.abs() < EXACT_END => {
            out.push(Short::of(format_args!("{}", double as i64)).as_str());
        }
        Repr::Double(double) if double.trunc() == double && double.abs() < U64_END => {
            out.push(Short::of(format_args!("{}", double as i128)).as_str());
        }
        Repr::Double(double) => write_double(double, out),
    }
}

/// ECMAScript `Number::toString` for a finite double: shortest digits, laid out by the exponent.
pub(crate) fn write_double(double: f64, out: &mut impl Sink) {
    let scientific = Short::of(format_args!("{double:e}"));
    let (mantissa, exponent) = scientific.as_str().split_once('e').expect("`e` format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is an integer");
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (lead, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // `point` digits stand before the decimal point, counted in `lead` + `fraction`.
    let (digits, point) = (1 + fraction.len() as i32, exponent + 1);
    out.push(sign);
    if (digits..=21).contains(&point) {
        out.push(lead);
        out.push(fraction);
        push_zeros(point - digits, out);
    } else if (1..=21).contains(&point) {
        let (whole, rest) = fraction.split_at(exponent as usize);
        for part in [lead, whole, ".", rest] {
            out.push(part);
        }
    } else if (-5..=0).contains(&point) {
        out.push("0.");
        push_zeros(-point, out);
        out.push(lead);
        out.push(fraction);
    } else {
        out.push(mantissa);
        out.push(if exponent < 0 { "e-" } else { "e+" });
        out.push(Short::of(format_args!("{}", exponent.abs())).as_str());
    }
}

fn push_zeros(count: i32, out: &mut impl Sink) {
    for _ in 0..count {
        out.push("0");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_as_javascript_prints_them() {
        for (double, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1000.0, "1000"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (123.456, "123.456"),
            (1e-6, "0.000001"),
            (1.5e-6, "0.0000015"),
            (1e-7, "1e-7"),
            (1.25e-7, "1.25e-7"),
            (1e20, "100000000000000000000"),
            (1.5e20, "150000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (4_611_686_018_427_387_904.0, "4611686018427387904"),
        ] {
            assert_eq!(Value::from(double).to_text(), expected);
        }
    }

    #[test]
    fn only_what_must_be_escaped_is() {
        let text = "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}é😀";
        assert_eq!(Value::from(text).to_text(), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u{7f}é😀\"");
    }

    #[test]
    fn pretty_has_a_line_per_element() {
        let value = Value::parse(r#"{"a":[1,{}],"b":[]}"#).unwrap();
        assert_eq!(value.to_pretty(), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
    }

    #[test]
    fn canonical_sorts_names_by_utf16() {
        // U+10000 is a surrogate pair and sorts before U+FFFF in UTF-16, after it in UTF-8.
        let value = Value::object([("\u{ffff}", 1.0), ("\u{10000}", 2.5), ("a", 3.0)]);
        assert_eq!(value.to_canonical(), "{\"a\":3,\"\u{10000}\":2.5,\"\u{ffff}\":1}");
    }

    #[test]
    fn display_and_bytes_agree_with_text() {
        let value = Value::parse(r#"[null,true,false,"x",-1,{"k":1.5}]"#).unwrap();
        let mut bytes = Vec::new();
        value.write_to(&mut bytes);
        assert_eq!(value.to_string(), value.to_text());
        assert_eq!(bytes, value.to_text().into_bytes());
    }
}
