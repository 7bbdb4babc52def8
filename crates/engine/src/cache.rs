//! Results that are kept for tasks that ask for the same again: by the digest of the function and of what it gets.
//!
//! Owns the entries, the order of their age, and what each task that has an entry was last known to run and to get, by which a
//! miss explains itself. Bounded by count and by age: the oldest go first. Only results of tasks that ended well are kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tidegate_json::{Map, Value};
use tidegate_model::{
    Data, Digest, FunctionName, FunctionSpec, Labels, RunId, Runtime, Span, Text, Timestamp, WorkflowName,
};

use crate::scene::shortened;

/// Longest text of an input that is kept to tell what differs.
const INPUT_KEPT_BYTES_MAX: usize = 4096;

/// How a task uses the cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Caching {
    /// How old a result may be; any age where `None`.
    pub ttl: Option<Span>,
    /// What counts in place of the input.
    pub key: Option<Value>,
    /// Another version has other results.
    pub version: Option<Text>,
}

/// A result that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// The workflow whose task gave it.
    pub workflow: WorkflowName,
    /// What that calls the task.
    pub task: Text,
    /// The run in which it did.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// The result.
    pub result: Data,
    /// Its labels.
    pub labels: Labels,
}

/// What a task was last known to run and to get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// The function, its keys in order.
    function: Value,
    version: Option<Text>,
    /// What counts of the input; `None` where that is long, or one of many.
    input: Option<Value>,
}

/// What a task asks for.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) digest: Digest,
    asked: Asked,
    is_item: bool,
}

/// What is kept.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: BTreeMap<Digest, CacheEntry>,
    ages: BTreeSet<(Timestamp, Digest)>,
    asked: BTreeMap<(WorkflowName, Text), Asked>,
    pub(crate) dirty_entries: BTreeSet<Digest>,
    pub(crate) dirty_asked: BTreeSet<(WorkflowName, Text)>,
}

impl Question {
    /// What a task asks for that runs `spec` on `input`; an item's input is one of many.
    pub(crate) fn new(
        (name, spec): (&FunctionName, &FunctionSpec),
        input: &Value,
        how: &Caching,
        is_item: bool,
    ) -> Self {
        let mut function = described(spec);
        // Of what somebody outside does, nothing is known but its name.
        if matches!(spec.runtime, Runtime::External(_)) {
            function.set("name", name.as_str());
        }
        let input = canonical(how.key.as_ref().unwrap_or(input));
        let version = how.version.as_deref().map_or(Value::Null, Value::from);
        let whole =
            Value::from(vec![function.clone(), version, Value::from(how.key.is_some()), input.clone()]);
        let digest = Digest::of(whole.to_text().as_bytes());
        let is_short = !is_item && input.to_text().len() <= INPUT_KEPT_BYTES_MAX;
        let asked = Asked { function, version: how.version.clone(), input: is_short.then_some(input) };
        Self { digest, asked, is_item }
    }
}

impl Cache {
    /// The result that was asked for, where it is not older than `ttl`.
    pub(crate) fn find(&self, question: &Question, at: Timestamp, ttl: Option<Span>) -> Option<&CacheEntry> {
        let entry = self.entries.get(&question.digest)?;
        ttl.is_none_or(|ttl| at < entry.at.after(ttl)).then_some(entry)
    }

    /// Why there is no such result.
    pub(crate) fn why_not(&self, question: &Question, of: &(WorkflowName, Text), ttl: Option<Span>) -> Text {
        if let (Some(entry), Some(ttl)) = (self.entries.get(&question.digest), ttl) {
            return Text::from(format!("expired: the result of run {} was kept for {ttl}", entry.run));
        }
        let Some(known) = self.asked.get(of) else { return Text::const_new("no earlier result") };
        let asked = &question.asked;
        if known.function != asked.function {
            let (path, _, _) = difference(&known.function, &asked.function, String::new());
            let key = path.trim_start_matches('/');
            return Text::from(format!("the function has changed: `{key}` differs"));
        }
        if known.version != asked.version {
            let told = |version: &Option<Text>| version.clone().unwrap_or(Text::const_new("none"));
            let (was, is) = (told(&known.version), told(&asked.version));
            return Text::from(format!("the version differs: was {was}, is {is}"));
        }
        match (&known.input, &asked.input) {
            _ if question.is_item => Text::const_new("no earlier result for this input"),
            (Some(was), Some(is)) if was == is => Text::const_new("the earlier result was let go of"),
            (Some(was), Some(is)) => {
                let (path, was, is) = difference(was, is, String::new());
                let place = if path.is_empty() { String::new() } else { format!(" at {path}") };
                Text::from(format!("the input differs{place}: was {was}, is {is}"))
            }
            _ => Text::const_new("the input differs"),
        }
    }

    /// Keeps a result, and lets the oldest go where there are more than `entries_max`.
    pub(crate) fn put(&mut self, question: Question, entry: CacheEntry, entries_max: usize) {
        let of = (entry.workflow.clone(), entry.task.clone());
        if let Some(known) = self.entries.get(&question.digest) {
            self.ages.remove(&(known.at, question.digest));
        }
        self.ages.insert((entry.at, question.digest));
        self.entries.insert(question.digest, entry);
        self.dirty_entries.insert(question.digest);
        if self.asked.get(&of) != Some(&question.asked) {
            self.asked.insert(of.clone(), question.asked);
            self.dirty_asked.insert(of);
        }
        while self.entries.len() > entries_max {
            let Some((_, oldest)) = self.ages.pop_first() else { break };
            self.entries.remove(&oldest);
            self.dirty_entries.insert(oldest);
        }
        while self.asked.len() > entries_max.max(1) {
            let Some((task, _)) = self.asked.pop_first() else { break };
            self.dirty_asked.insert(task);
        }
    }

    /// Lets go of what is older than `age` at `now`.
    pub(crate) fn forget_old(&mut self, now: Timestamp, age: Span) {
        while let Some((at, digest)) = self.ages.first().copied() {
            if now < at.after(age) {
                return;
            }
            self.ages.remove(&(at, digest));
            self.entries.remove(&digest);
            self.dirty_entries.insert(digest);
        }
    }

    /// Lets go of what a workflow, or one task of it, has given; of everything where neither is said.
    pub(crate) fn clear(&mut self, workflow: Option<&WorkflowName>, task: Option<&str>) {
        let is_meant = |of: &WorkflowName, name: &str| {
            workflow.is_none_or(|workflow| workflow == of) && task.is_none_or(|task| task == name)
        };
        let gone = self.entries.iter().filter(|(_, entry)| is_meant(&entry.workflow, &entry.task));
        let gone: Vec<(Timestamp, Digest)> = gone.map(|(digest, entry)| (entry.at, *digest)).collect();
        for (at, digest) in gone {
            self.ages.remove(&(at, digest));
            self.entries.remove(&digest);
            self.dirty_entries.insert(digest);
        }
        let gone: Vec<(WorkflowName, Text)> =
            self.asked.keys().filter(|(of, name)| is_meant(of, name)).cloned().collect();
        for of in gone {
            self.asked.remove(&of);
            self.dirty_asked.insert(of);
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Digest, &CacheEntry)> {
        self.ages.iter().rev().filter_map(|(_, digest)| self.entries.get_key_value(digest))
    }

    pub(crate) fn entry(&self, digest: &Digest) -> Option<&CacheEntry> {
        self.entries.get(digest)
    }

    pub(crate) fn all_asked(&self) -> impl Iterator<Item = (&(WorkflowName, Text), &Asked)> {
        self.asked.iter()
    }

    pub(crate) fn asked(&self, of: &(WorkflowName, Text)) -> Option<&Asked> {
        self.asked.get(of)
    }

    pub(crate) fn restore(&mut self, digest: Digest, entry: CacheEntry) {
        self.ages.insert((entry.at, digest));
        self.entries.insert(digest, entry);
    }

    pub(crate) fn restore_asked(&mut self, of: (WorkflowName, Text), asked: Asked) {
        self.asked.insert(of, asked);
    }
}

/// What of a function its results depend on: not how often it is tried, nor what it may use.
fn described(spec: &FunctionSpec) -> Value {
    let text = serde_json::to_string(spec).expect("a specification has only string keys");
    let mut value = canonical(&Value::parse(&text).expect("what was just printed parses"));
    if let Some(members) = value.as_object_mut() {
        members.remove("retry");
        members.remove("limits");
    }
    value
}

/// The same value with the members of objects in order.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&str, Value> =
                members.iter().map(|(key, value)| (key.as_str(), canonical(value))).collect();
            Value::object(members)
        }
        Value::Array(items) => Value::from(items.iter().map(canonical).collect::<Vec<_>>()),
        other => other.clone(),
    }
}

/// Where two values differ first, and what stands there in each.
fn difference(was: &Value, is: &Value, path: String) -> (String, Text, Text) {
    let told = |value: Option<&Value>| value.map_or(Text::const_new("nothing"), |v| shortened(&v.to_text()));
    let step = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    match (was, is) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&str> =
                one.keys().chain(other.keys()).map(tidegate_json::Str::as_str).collect();
            let at = |members: &Map, key: &str| members.get(key).cloned();
            for key in keys {
                match (at(one, key), at(other, key)) {
                    (Some(one), Some(other)) if one == other => {}
                    (Some(one), Some(other)) => return difference(&one, &other, step(key)),
                    (one, other) => return (step(key), told(one.as_ref()), told(other.as_ref())),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for index in 0..one.len().max(other.len()) {
                match (one.get(index), other.get(index)) {
                    (Some(one), Some(other)) if one == other => {}
                    (Some(one), Some(other)) => return difference(one, other, step(&index.to_string())),
                    (one, other) => return (step(&index.to_string()), told(one), told(other)),
                }
            }
        }
        _ => {}
    }
    (path, told(Some(was)), told(Some(is)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> FunctionName {
        FunctionName::new("echo").unwrap()
    }

    #[test]
    fn a_difference_is_told_by_its_place() {
        let parse = |text: &str| Value::parse(text).unwrap();
        let told = |one: &str, other: &str| {
            let (path, was, is) = difference(&parse(one), &parse(other), String::new());
            format!("{path}: {was}, {is}")
        };
        assert_eq!(told(r#"{"a": [1, 2]}"#, r#"{"a": [1, 3]}"#), "/a/1: 2, 3");
        assert_eq!(told(r#"{"a/b": 1}"#, r#"{"a/b": 1, "c": null}"#), "/c: nothing, null");
        assert_eq!(told("1", "[1]"), ": 1, [1]");
    }

    #[test]
    fn the_order_of_members_makes_no_difference() {
        let spec = FunctionSpec::builtin(tidegate_model::function::BuiltinKind::Echo);
        let question = |text: &str| {
            Question::new((&name(), &spec), &Value::parse(text).unwrap(), &Caching::default(), false).digest
        };
        assert_eq!(
            question(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#),
            question(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#)
        );
        assert_ne!(question(r#"{"a": 1}"#), question(r#"{"a": 2}"#));
    }

    #[test]
    fn the_oldest_go_first() {
        let spec = FunctionSpec::builtin(tidegate_model::function::BuiltinKind::Echo);
        let question =
            |number: u64| Question::new((&name(), &spec), &Value::from(number), &Caching::default(), false);
        let mut cache = Cache::default();
        for number in 0..5 {
            let entry = CacheEntry {
                workflow: tidegate_model::Name::new("w").unwrap(),
                task: Text::const_new("t"),
                run: RunId(number),
                at: Timestamp(number as i64),
                result: Data::None,
                labels: Labels::NONE,
            };
            cache.put(question(number), entry, 3);
        }
        let has = |cache: &Cache, number| cache.find(&question(number), Timestamp(9), None).is_some();
        assert_eq!([has(&cache, 1), has(&cache, 2), has(&cache, 4)], [false, true, true]);
        assert!(
            cache.find(&question(4), Timestamp(9), Some(Span(5))).is_none(),
            "it is as old as it may get"
        );
        cache.forget_old(Timestamp(13), Span(10));
        assert_eq!([has(&cache, 3), has(&cache, 4)], [false, true]);
        cache.clear(None, Some("t"));
        assert!(!has(&cache, 4));
    }
}
