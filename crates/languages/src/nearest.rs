//! "Did you mean": the known name that is nearest to one that is not known.

/// Names that are compared at most; looking at more would take longer than the hint is worth.
const CANDIDATES_MAX: usize = 2000;

/// The candidate that `name` was probably meant to be: nearest by edits (insertion, deletion, replacement,
/// swap of neighbours), at most a third of its length away; the first of equals.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted: Vec<char> = name.chars().take(130).flat_map(char::to_lowercase).collect();
    let limit = (wanted.len().div_ceil(3)).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().take(CANDIDATES_MAX) {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(wanted.len()) > limit {
            continue;
        }
        let distance = edits(&wanted, &letters);
        if distance <= limit && distance < letters.len() && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edits between `a` and `b` (optimal string alignment).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["triggers", "workflow", "list", "vars"];
        for (name, expected) in [
            ("trigers", Some("triggers")),
            ("wrokflow", Some("workflow")),
            ("List", Some("list")),
            ("var", Some("vars")),
            ("lst", Some("list")),
            ("x", None),
            ("something", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
