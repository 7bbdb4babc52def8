//! Values as Java shows, compares and orders them, which is what AWS lets through in `States.Format`,
//! `States.ArrayContains`, `States.Hash` and `States.ArrayUnique`.

use std::fmt::Write as _;

use tidegate_json::{Number, Value};

/// What `toString` gives: texts bare, `{a=1, b=[x, null]}` for what has members or elements.
pub(super) fn text_of(value: &Value) -> String {
    let mut out = String::new();
    write_text(value, &mut out);
    out
}

fn write_text(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => write_number(*number, out),
        Value::String(text) => out.push_str(text),
        Value::Array(elements) => write_list(elements.iter(), ['[', ']'], out, write_text),
        Value::Object(members) => write_list(members.iter(), ['{', '}'], out, |(name, value), out| {
            out.push_str(name);
            out.push('=');
            write_text(value, out);
        }),
    }
}

fn write_list<T>(
    items: impl Iterator<Item = T>,
    [open, close]: [char; 2],
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
    out.push(close);
}

/// Doubles have a fraction or an exponent: `1.0`, `1.0E10`.
fn write_number(number: Number, out: &mut String) {
    if !number.is_double() {
        write!(out, "{number}").expect("text takes whatever is written");
        return;
    }
    let double = number.as_f64();
    let written = match double == 0.0 || (1e-3..1e7).contains(&double.abs()) {
        true => format!("{double:?}"),
        false => scientific(double),
    };
    out.push_str(&written);
}

fn scientific(double: f64) -> String {
    let written = format!("{double:E}");
    match written.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => written,
    }
}

/// What `hashCode` gives.
pub(super) fn hash_of(value: &Value) -> i32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => number_hash(*number),
        Value::String(text) => text_hash(text),
        Value::Array(elements) => {
            elements.iter().fold(1, |hash: i32, element| hash.wrapping_mul(31).wrapping_add(hash_of(element)))
        }
        Value::Object(members) => members
            .iter()
            .fold(0, |hash: i32, (name, value)| hash.wrapping_add(text_hash(name) ^ hash_of(value))),
    }
}

fn number_hash(number: Number) -> i32 {
    let whole = if number.is_double() { None } else { number.as_i64() };
    match whole {
        Some(integer) => i32::try_from(integer).unwrap_or_else(|_| folded(integer as u64)),
        None => folded(number.as_f64().to_bits()),
    }
}

/// A `long` and the bits of a `double` hash to their halves, combined.
fn folded(bits: u64) -> i32 {
    (bits ^ (bits >> 32)) as i32
}

fn text_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// The order in which a `HashSet` made of `values`, which are all different, iterates: by bucket, and in a bucket
/// as they came. `given` is how many values there were before duplicates were dropped.
pub(super) fn set_order(values: &mut [Value], given: usize) {
    let wanted = (given as f64 / 0.75) as usize + 1;
    let buckets = wanted.max(16).next_power_of_two() as u32;
    values.sort_by_cached_key(|value| {
        let hash = hash_of(value) as u32;
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_as_java_shows_them() {
        let shown = |json| text_of(&Value::parse(json).unwrap());
        assert_eq!(shown(r#"{"Arg1":1,"Arg2":[]}"#), "{Arg1=1, Arg2=[]}");
        assert_eq!(shown(r#"[null,"a",true,1.5,{}]"#), "[null, a, true, 1.5, {}]");
        assert_eq!(
            shown("[1.0,1e10,1.5e-7,-0.5,123456.75,12345678.5]"),
            "[1.0, 1.0E10, 1.5E-7, -0.5, 123456.75, 1.23456785E7]"
        );
    }

    #[test]
    fn hashes_are_those_of_java() {
        let hash = |json| hash_of(&Value::parse(json).unwrap());
        assert_eq!(hash(r#""hello""#), 99_162_322);
        assert_eq!([hash("[1,2]"), hash("[2,1]")], [994, 1024]);
        assert_eq!([hash("7"), hash("4294967296"), hash("1.5")], [7, 1, 1_073_217_536]);
        assert_eq!(hash(r#"{"a":1}"#), 97 ^ 1);
    }
}
