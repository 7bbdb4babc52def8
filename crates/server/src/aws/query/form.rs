//! Forms: `application/x-www-form-urlencoded` (WHATWG URL Standard, section 5).

use std::collections::BTreeMap;

/// The members of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn read(text: &str) -> Self {
        Self(pairs(text).into_iter().collect())
    }

    /// A member; empty where it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// A member.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Members of a list: `NAME.member.1.KEY` and so on, each with that key.
    pub(super) fn list(&self, name: &str, key: &str) -> Vec<String> {
        let member = |index: usize| {
            let path = format!("{name}.member.{index}");
            let path = if key.is_empty() { path } else { format!("{path}.{key}") };
            self.0.get(&path).cloned()
        };
        (1..).map_while(member).collect()
    }
}

/// Names and values in a form or a query, in order.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => match after.get(..2).and_then(hex) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &after[2..];
                }
                None => bytes.push(b'%'),
            },
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = Form::read(
            "Action=CreateRole&Name=a+b%2Fc&Bad=%zz%&Tags.member.1.Key=k&Tags.member.2.Key=l&Empty",
        );
        assert_eq!(form.text("Name"), "a b/c");
        assert_eq!(form.text("Bad"), "%zz%");
        assert_eq!(form.get("Empty"), Some(""));
        assert_eq!(form.get("Nothing"), None);
        assert_eq!(form.list("Tags", "Key"), ["k", "l"]);
    }
}
