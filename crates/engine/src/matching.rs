//! The index from an event's attributes to those who listen to it.
//!
//! A look-up costs the same however many patterns there are: exact types and subjects are hashed, prefixes
//! and suffixes are hashed once per distinct length, a glob is filed under the literal text before its first
//! wildcard. What a key cannot decide (a glob's rest, a source) is checked on the few candidates it yields.

use std::collections::BTreeMap;

use tidegate_model::{Event, Pattern, Text, TextMatch};

use crate::table::Table;

/// Patterns and who listens by them.
#[derive(Clone, Debug)]
pub(crate) struct Index<T> {
    by_type: Table<Text, BySubject<T>>,
    other_types: Affixes<T>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self { by_type: Table::default(), other_types: Affixes::default() }
    }
}

#[derive(Clone, Debug)]
struct BySubject<T> {
    exact: Table<Text, Vec<Candidate<T>>>,
    any: Vec<Candidate<T>>,
    other: Affixes<T>,
}

/// Listeners by the start or end of one attribute, grouped by the length of what is known of it.
#[derive(Clone, Debug)]
struct Affixes<T> {
    prefixes: BTreeMap<usize, Table<Text, Vec<Candidate<T>>>>,
    suffixes: BTreeMap<usize, Table<Text, Vec<Candidate<T>>>>,
}

#[derive(Clone, Debug)]
struct Candidate<T> {
    listener: T,
    /// The pattern, where the keys that led here do not decide it.
    check: Option<Box<Pattern>>,
}

impl<T> Default for BySubject<T> {
    fn default() -> Self {
        Self { exact: Table::default(), any: Vec::new(), other: Affixes::default() }
    }
}

impl<T> Default for Affixes<T> {
    fn default() -> Self {
        Self { prefixes: BTreeMap::new(), suffixes: BTreeMap::new() }
    }
}

/// What is known of the start or the end of an attribute.
enum Affix<'a> {
    Prefix(&'a str),
    Suffix(&'a str),
}

fn affix(test: &TextMatch) -> Affix<'_> {
    match test {
        TextMatch::Exact(text) | TextMatch::Prefix(text) => Affix::Prefix(text),
        TextMatch::Suffix(text) => Affix::Suffix(text),
        TextMatch::Glob(glob) => {
            let literal = glob.find(['*', '?']).unwrap_or(glob.len());
            Affix::Prefix(&glob[..literal])
        }
        TextMatch::Expression(_) => unreachable!("expressions are resolved before a pattern is indexed"),
    }
}

impl<T: Copy + PartialEq> Index<T> {
    /// Adds `listener` under `pattern`, whose expressions are resolved.
    pub(crate) fn insert(&mut self, pattern: &Pattern, listener: T) {
        let decided = match (&pattern.kind, &pattern.subject) {
            (
                TextMatch::Exact(_),
                None | Some(TextMatch::Exact(_) | TextMatch::Prefix(_) | TextMatch::Suffix(_)),
            ) => pattern.source.is_none(),
            (TextMatch::Prefix(_) | TextMatch::Suffix(_), None) => pattern.source.is_none(),
            _ => false,
        };
        let check = (!decided).then(|| Box::new(Pattern { filter: None, ..pattern.clone() }));
        self.bucket(pattern).push(Candidate { listener, check });
    }

    /// Removes what [`Index::insert`] added.
    pub(crate) fn remove(&mut self, pattern: &Pattern, listener: T) {
        let bucket = self.bucket(pattern);
        bucket.retain(|candidate| candidate.listener != listener);
        let emptied = bucket.is_empty();
        if let (true, TextMatch::Exact(kind)) = (emptied, &pattern.kind) {
            self.prune(kind, pattern.subject.as_ref());
        }
    }

    /// The bucket of `pattern`, made where there is none.
    fn bucket(&mut self, pattern: &Pattern) -> &mut Vec<Candidate<T>> {
        let TextMatch::Exact(kind) = &pattern.kind else {
            return self.other_types.bucket(&affix(&pattern.kind));
        };
        let by_subject = self.by_type.get_or_insert_with(kind.clone(), BySubject::default);
        match &pattern.subject {
            None => &mut by_subject.any,
            Some(TextMatch::Exact(subject)) => by_subject.exact.get_or_insert_with(subject.clone(), Vec::new),
            Some(other) => by_subject.other.bucket(&affix(other)),
        }
    }

    /// Gives back what an emptied exact bucket took, so that runs which come and go leave nothing behind.
    fn prune(&mut self, kind: &Text, subject: Option<&TextMatch>) {
        let Some(by_subject) = self.by_type.get_mut(kind) else { return };
        if let Some(TextMatch::Exact(subject)) = subject {
            by_subject.exact.remove(subject);
        }
        if by_subject.exact.is_empty() && by_subject.any.is_empty() && by_subject.other.is_empty() {
            self.by_type.remove(kind);
        }
    }

    /// Appends to `found` who listens to `event`. One who listens by several patterns may be found twice.
    pub(crate) fn find(&self, event: &Event, found: &mut Vec<T>) {
        if let Some(by_subject) = self.by_type.get(event.kind.as_str()) {
            admit(&by_subject.any, event, found);
            if let Some(subject) = &event.subject {
                if let Some(exact) = by_subject.exact.get(subject.as_str()) {
                    admit(exact, event, found);
                }
                by_subject.other.find(subject, event, found);
            }
        }
        self.other_types.find(&event.kind, event, found);
    }
}

impl<T: Copy + PartialEq> Affixes<T> {
    fn bucket(&mut self, affix: &Affix<'_>) -> &mut Vec<Candidate<T>> {
        let (tables, text) = match affix {
            Affix::Prefix(text) => (&mut self.prefixes, text),
            Affix::Suffix(text) => (&mut self.suffixes, text),
        };
        tables.entry(text.len()).or_default().get_or_insert_with(Text::new(text), Vec::new)
    }

    fn find(&self, text: &str, event: &Event, found: &mut Vec<T>) {
        for (&length, table) in self.prefixes.range(..=text.len()) {
            if let Some(candidates) = text.get(..length).and_then(|prefix| table.get(prefix)) {
                admit(candidates, event, found);
            }
        }
        for (&length, table) in self.suffixes.range(..=text.len()) {
            if let Some(candidates) = text.get(text.len() - length..).and_then(|suffix| table.get(suffix)) {
                admit(candidates, event, found);
            }
        }
    }
}

impl<T> Affixes<T> {
    fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.suffixes.is_empty()
    }
}

fn admit<T: Copy>(candidates: &[Candidate<T>], event: &Event, found: &mut Vec<T>) {
    for candidate in candidates {
        if candidate.check.as_ref().is_none_or(|pattern| pattern.matches(event)) {
            found.push(candidate.listener);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tidegate_model::Reach;

    use super::*;

    fn test() -> impl Strategy<Value = TextMatch> {
        ("[ab*?]{0,4}", 0..4).prop_map(|(text, form)| {
            let plain = Text::from(text.replace(['*', '?'], ""));
            match form {
                0 => TextMatch::Exact(plain),
                1 => TextMatch::Prefix(plain),
                2 => TextMatch::Suffix(plain),
                _ => TextMatch::Glob(text.into()),
            }
        })
    }

    fn pattern() -> impl Strategy<Value = Pattern> {
        (test(), proptest::option::of(test()), proptest::option::of(test())).prop_map(
            |(kind, subject, source)| Pattern { kind, subject, source, filter: None, reach: Reach::Run },
        )
    }

    fn event() -> impl Strategy<Value = Event> {
        ("[ab]{0,4}", proptest::option::of("[ab]{0,4}"), "[ab]{0,3}").prop_map(|(kind, subject, source)| {
            Event { subject: subject.map(Text::from), ..Event::new("1", source, kind) }
        })
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_scan_finds(
            patterns in proptest::collection::vec(pattern(), 0..12),
            removed in proptest::collection::vec(any::<bool>(), 12),
            event in event(),
        ) {
            let mut index = Index::default();
            for (listener, pattern) in patterns.iter().enumerate() {
                index.insert(pattern, listener);
            }
            for (listener, pattern) in patterns.iter().enumerate().filter(|(listener, _)| removed[*listener]) {
                index.remove(pattern, listener);
            }
            let mut found = Vec::new();
            index.find(&event, &mut found);
            found.sort_unstable();
            let scanned: Vec<usize> = patterns
                .iter()
                .enumerate()
                .filter(|(listener, pattern)| !removed[*listener] && pattern.matches(&event))
                .map(|(listener, _)| listener)
                .collect();
            prop_assert_eq!(found, scanned);
        }
    }
}
