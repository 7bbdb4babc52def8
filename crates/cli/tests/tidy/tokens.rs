//! The tokens of Rust sources, so that a word in a comment or a string is not taken for a use of it.

/// A word or a single character of punctuation, and the line it is on.
pub(crate) type Token<'a> = (usize, &'a str);

/// The tokens of Rust source `text` without comments, strings and character literals.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut found, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (token, after) = rest.split_at(length);
        if is_word(first) && !token.contains(['"', '\'']) || length == 1 && first.is_ascii_punctuation() {
            found.push((line, token));
        }
        line += token.matches('\n').count();
        rest = after;
    }
    found
}

/// Length in bytes of the token that `rest` begins with, `first` being its first character.
fn token_length(rest: &str, first: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if is_word(first) {
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (prefix, after) = rest.split_at(word);
        return match prefix {
            "r" | "br" | "cr" if after.starts_with(['"', '#']) => word + raw_string_length(after),
            "b" | "c" if after.starts_with('"') => word + string_length(after),
            _ => word,
        };
    }
    match first {
        '"' => string_length(rest),
        '\'' => character_length(rest),
        other => other.len_utf8(),
    }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return index + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// `rest` begins with the hashes or the quote of a raw string; a raw identifier has hashes and no quote.
fn raw_string_length(rest: &str) -> usize {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if !rest[hashes..].starts_with('"') {
        return 1;
    }
    let end = format!("\"{}", &rest[..hashes]);
    rest[hashes + 1..].find(&end).map_or(rest.len(), |index| hashes + 1 + index + end.len())
}

/// A quote begins a character literal or, alone, a lifetime.
fn character_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(1, |end| 3 + end + 1),
        Some((_, _)) => match characters.next() {
            Some((index, '\'')) => index + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[test]
fn tokens_are_read_without_comments_and_strings() {
    let read =
        |text: &str| tokens(text).iter().map(|(line, token)| format!("{line}:{token}")).collect::<Vec<_>>();
    assert_eq!(read("a // tokio\n/* x */ b"), ["1:a", "2:b"]);
    assert_eq!(
        read(r##"x("a\"tokio", r#"y"z"#, b'q', '\'', 'a)"##),
        ["1:x", "1:(", "1:,", "1:,", "1:b", "1:,", "1:,", "1:'", "1:a", "1:)"]
    );
    assert_eq!(read("\"a\nb\" c"), ["2:c"]);
}
