//! JSON values as YAML, for people: block style, and quotes only where YAML would read something else.

use tidegate_json::Value;

/// The YAML document that says the same as `value`, with a line break at its end.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out.trim_start_matches('\n').to_owned()
}

/// Writes what stands behind a key or a dash, up to and including the line break.
fn block(out: &mut String, value: &Value, depth: usize) {
    if let Some(object) = value.as_object().filter(|object| !object.is_empty()) {
        out.push('\n');
        for (key, member) in object.iter() {
            indent(out, depth);
            out.push_str(&scalar(key));
            out.push(':');
            separate(out, member);
            block(out, member, depth + 1);
        }
    } else if let Some(array) = value.as_array().filter(|array| !array.is_empty()) {
        out.push('\n');
        for element in array.iter() {
            indent(out, depth);
            out.push('-');
            separate(out, element);
            let start = out.len();
            block(out, element, depth + 1);
            // The first line of a nested block continues the line of its dash.
            if out[start..].starts_with('\n') {
                out.replace_range(start..start + 1 + 2 * (depth + 1), " ");
            }
        }
    } else {
        flow(out, value, depth);
        out.push('\n');
    }
}

/// What has no block form, or is empty.
fn flow(out: &mut String, value: &Value, depth: usize) {
    match value.as_str() {
        Some(text) if is_prose(text) => literal(out, text, depth),
        Some(text) => out.push_str(&scalar(text)),
        None => out.push_str(&value.to_text()),
    }
}

/// Text of several lines, as it is.
fn literal(out: &mut String, text: &str, depth: usize) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.lines() {
        out.push('\n');
        if !line.is_empty() {
            indent(out, depth.max(1));
            out.push_str(line);
        }
    }
}

/// Whether `text` survives as a literal block.
fn is_prose(text: &str) -> bool {
    let has_odd = text.chars().any(|c| c.is_control() && c != '\n');
    text.contains('\n') && !has_odd && !text.starts_with([' ', '\n']) && !text.ends_with("\n\n")
}

fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { Value::from(text).to_text() }
}

/// Whether YAML reads `text` without quotes as this very string.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 12] =
        ["null", "Null", "NULL", "~", "true", "True", "TRUE", "false", "False", "FALSE", "yes", "no"];
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '/');
    let is_inner = |c: char| c.is_alphanumeric() || " -_./()'+=@,;<>*!?%".contains(c);
    let has_colon_inside_only = !text.contains(": ") && !text.ends_with(':');
    starts_well
        && text.chars().all(|c| is_inner(c) || c == ':')
        && has_colon_inside_only
        && !text.ends_with(' ')
        && !WORDS.contains(&text)
}

fn separate(out: &mut String, value: &Value) {
    let is_nested = value.as_object().is_some_and(|object| !object.is_empty())
        || value.as_array().is_some_and(|array| !array.is_empty());
    if !is_nested {
        out.push(' ');
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "the macro makes a value")]
    fn check(json: &str, expected: Expect) {
        expected.assert_eq(&to_yaml(&Value::parse(json).unwrap()));
    }

    #[test]
    fn nested_collections_are_blocks() {
        check(
            r#"{"id": "r1", "empty": [], "none": {}, "tasks": [{"id": "r1.t1", "on": [1, [2, 3]]}, "x"]}"#,
            expect![[r"
                id: r1
                empty: []
                none: {}
                tasks:
                  - id: r1.t1
                    on:
                      - 1
                      - - 2
                        - 3
                  - x
            "]],
        );
    }

    #[test]
    fn text_that_reads_as_something_else_is_quoted() {
        check(
            r#"{"a": "true", "b": "12", "c": "", "d": "key: value", "e": "- x", "f": "it's", "2": null, "at": "2026-01-31T12:00:00Z"}"#,
            expect![[r#"
                a: "true"
                b: "12"
                c: ""
                d: "key: value"
                e: "- x"
                f: it's
                "2": null
                at: "2026-01-31T12:00:00Z"
            "#]],
        );
    }

    #[test]
    fn lines_stay_lines() {
        check(
            r#"{"table": "a\n  b\n", "list": ["c\nd"]}"#,
            expect![[r"
                table: |
                  a
                    b
                list:
                  - |-
                    c
                    d
            "]],
        );
    }

    #[test]
    fn a_scalar_is_a_document() {
        check("\"plain\"", expect!["plain\n"]);
    }
}
