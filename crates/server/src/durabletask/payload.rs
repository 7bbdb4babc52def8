//! Data: texts that SDKs have serialised, which are JSON as a rule. They are kept as what they say, so that other languages can
//! read them; a text that is no JSON is kept as one.

use tidegate_json::Value;

/// The member of an object that stands for a text that is no JSON.
const TEXT: &str = "$text";

/// The value of a text; `null` where there is none. [`to_text`] gives what means the same to whoever wrote it: a text with
/// numbers that are printed otherwise here, such as `2.0`, is kept as a text.
pub(super) fn to_value(text: Option<&str>) -> Value {
    match text {
        Some(text) if !is_faithful(text) => Value::object([(TEXT, text)]),
        text => to_plain(text),
    }
}

/// The value of a text as other languages want it, for whom `2.0` is 2.
pub(super) fn to_plain(text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    Value::parse(text).unwrap_or_else(|_| Value::object([(TEXT, text)]))
}

/// Whether a text is JSON whose numbers are printed as they are written in it.
pub(super) fn is_faithful(text: &str) -> bool {
    Value::parse(text).is_ok_and(|value| numbers(text).eq(numbers(&value.to_text())))
}

/// The numbers in JSON.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_string, mut is_escaped) = (false, false);
    text.split(move |char: char| {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            _ => {}
        }
        is_string || !(char.is_ascii_digit() || matches!(char, '-' | '+' | '.' | 'e' | 'E'))
    })
    .filter(|part| part.bytes().any(|byte| byte.is_ascii_digit()))
}

/// The text of a value; none for `null`.
pub(super) fn to_text(value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let is_text = value.as_object().is_some_and(|object| object.len() == 1);
    let text = value.get(TEXT).and_then(Value::as_str).filter(|_| is_text);
    Some(text.map_or_else(|| value.to_text(), str::to_owned))
}

/// How an SDK prints JSON. Its users compare what they get with what they would print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without spaces.
    Compact,
    /// As Python does: a space after each comma and colon, and nothing but ASCII.
    Python,
}

impl Style {
    /// The style of who sends these headers.
    pub(super) fn of(headers: &http::HeaderMap) -> Self {
        let agent = headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        match agent.is_some_and(|agent| agent.contains("grpc-python")) {
            true => Self::Python,
            false => Self::Compact,
        }
    }

    /// A text that [`to_text`] has printed, in this style.
    pub(super) fn restyle(self, text: &mut Option<String>) {
        let (Self::Python, Some(compact)) = (self, text.as_ref()) else { return };
        // One that was kept as it was written has a style already.
        if Value::parse(compact).is_ok_and(|value| value.to_text() == *compact) {
            *text = Some(as_python(compact));
        }
    }
}

/// Compact JSON as Python prints it.
fn as_python(compact: &str) -> String {
    let mut text = String::with_capacity(compact.len() + 16);
    let (mut is_string, mut is_escaped) = (false, false);
    for char in compact.chars() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => is_string = !is_string,
            _ => {}
        }
        match char {
            char if char.is_ascii() => text.push(char),
            char => {
                let mut units = [0; 2];
                for unit in char.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        if !is_string && matches!(char, ',' | ':') {
            text.push(' ');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_not_changed() {
        assert!(is_faithful(r#"{"a 2.0": [1, -3, 2.5, "2.0 \" 3.0"], "e": true}"#));
        assert!(!is_faithful("[1, 2.0]") && !is_faithful("1E2") && !is_faithful("no"));
        assert_eq!(to_plain(Some("[2.0]")), to_plain(Some("[2]")));
    }

    #[test]
    fn python_prints_spaces_and_ascii() {
        let python = |text: &str| {
            let mut text = Some(text.to_owned());
            Style::Python.restyle(&mut text);
            text.unwrap_or_default()
        };
        let text = r#"{"a,":[1,"x: \"y\",z"],"ü":"😀"}"#;
        assert_eq!(python(text), r#"{"a,": [1, "x: \"y\",z"], "\u00fc": "\ud83d\ude00"}"#);
        assert_eq!(python("no json, at all"), "no json, at all");
    }

    #[test]
    fn what_is_no_json_stays_as_it_is() {
        for text in [
            "{\"a\":1}",
            "12345678901234567890",
            "not json",
            "",
            "\"text\"",
            "{\"$text\":1}",
            "[2.0,1e3]",
            "-0.5",
        ] {
            assert_eq!(to_text(&to_value(Some(text))).as_deref(), Some(text));
        }
        assert_eq!((to_value(None), to_text(&Value::Null)), (Value::Null, None));
    }
}
