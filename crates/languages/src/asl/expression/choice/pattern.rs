//! `StringMatches`: texts with parts left open.
//!
//! `*` stands for any characters or none, `\*` for an asterisk and `\\` for a backslash; nothing else is special.

/// A pattern, compiled. Matching takes time in proportion to pattern and text together, whatever they are.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    source: Box<str>,
    /// The texts between the asterisks: at least one, the first and the last at the ends.
    parts: Vec<String>,
}

impl Pattern {
    pub(super) fn new(source: &str) -> Self {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut rest = source.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '*' => parts.push(std::mem::take(&mut part)),
                '\\' => part.push(rest.next_if(|next| matches!(next, '*' | '\\')).unwrap_or(c)),
                _ => part.push(c),
            }
        }
        parts.push(part);
        Self { source: source.into(), parts }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((last, before)) = self.parts.split_last() else { return false };
        let Some((first, middle)) = before.split_first() else { return text == last };
        let Some(inside) =
            text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()))
        else {
            return false;
        };
        // Each part as early as it can be: that leaves most for those after it.
        let found = middle
            .iter()
            .try_fold(inside, |rest, part| Some(&rest[rest.find(part.as_str())? + part.len()..]));
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn an_asterisk_is_anything_and_a_backslash_takes_its_meaning() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything\n", true),
            ("", "", true),
            ("", "x", false),
            ("log-*.txt", "log-2020.txt", true),
            ("log-*.txt", "log-.txt", true),
            ("log-*.txt", "log-2020.txt ", false),
            ("log-*.txt", "xlog-.txt", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aba", false),
            ("a**b", "ab", true),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"a\**", "a*b", true),
            (r"a\\*", r"a\b", true),
            (r"a\\*", "ab", false),
            (r"a\b", r"a\b", true),
            (r"a\", r"a\", true),
            ("?[a]", "?[a]", true),
            ("?", "x", false),
            ("t*", "été", false),
            ("é*é", "été", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
