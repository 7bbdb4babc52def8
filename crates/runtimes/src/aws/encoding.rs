//! Percent-encoding as AWS signs it: everything but letters, digits, `-`, `.`, `_` and `~`.
//!
//! Source: AWS Signature Version 4, "Create a canonical request", function UriEncode.

/// A segment of a path, or a name or value of a query string.
pub(super) fn encoded(text: &str) -> String {
    kept(text, |_| false)
}

/// A path whose slashes stay.
pub(super) fn encoded_path(text: &str) -> String {
    kept(text, |byte| byte == b'/')
}

/// Names and values as a form, or as the query of a URL.
pub(super) fn form(fields: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// What percent-encoded text stands for; what is no encoding stays.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn kept(text: &str, is_kept: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || is_kept(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encoded("a b/ü~"), "a%20b%2F%C3%BC~");
        assert_eq!(encoded_path("a b/c"), "a%20b/c");
        assert_eq!(form(&[("a b".to_owned(), "1&2".to_owned())]), "a%20b=1%262");
        assert_eq!(decoded("a%20b%2F%zz%"), "a b/%zz%");
    }
}
