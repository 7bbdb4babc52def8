//! Patterns: what stands under `on`, and the leaves of composite conditions.
//!
//! The short forms name what happened to a step; here they become the exact type and subject of the event
//! that the engine raises for an action of that kind.

use tidegate_model::{Pattern, Reach, Text, TextMatch};

use super::Scoped;
use super::definitions::{Items, StepKind};
use super::lowered::Heard;
use super::shape::check_expression;
use crate::diagnostic::quoted;
use crate::file::reading::{mapping, missing, only_keys, text, wrong_type};
use crate::source::{Content, Member, Node, Span};
use crate::template::bare;

/// Short forms: what happened to which thing.
const SHORT_FORMS: &[&str] =
    &["succeeded", "failed", "ended", "item_succeeded", "item_failed", "timer", "timed_out"];
const LONG_KEYS: &[&str] = &["type", "subject", "source", "where", "from"];
const KEYS: &[&str] = &[
    "succeeded",
    "failed",
    "ended",
    "item_succeeded",
    "item_failed",
    "timer",
    "timed_out",
    "type",
    "subject",
    "source",
    "where",
    "from",
];

/// The patterns under `on`: one, or a list of them.
pub(super) fn read_all(on: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Vec<Heard> {
    match on.as_sequence() {
        Some([]) => {
            scoped
                .reports
                .error("triggers::empty", on.span, "`on` is empty, so the trigger can never fire")
                .with_help("name an event, as in `on: start`");
            Vec::new()
        }
        Some(items) => items.iter().flat_map(|item| read(item, scoped)).collect(),
        None => read(on, scoped),
    }
}

/// The patterns that `node` stands for; none after reporting what is wrong with it.
pub(super) fn read(node: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Vec<Heard> {
    let heard = |pattern| vec![Heard { pattern, span: node.span }];
    match &node.content {
        Content::String(word, _) if *word == "start" => heard(Pattern::exact(scoped.start_type())),
        Content::String(word, _) if SHORT_FORMS.contains(&&**word) => {
            scoped
                .reports
                .error("triggers::bad_pattern", node.span, format!("`{word}` of what?"))
                .with_help(format!("name it, as in `{{{word}: NAME}}`"));
            Vec::new()
        }
        Content::String(word, _) if word.is_empty() => {
            wrong_type(node, "an event", "the type of an event", scoped.reports);
            Vec::new()
        }
        Content::String(word, _) => heard(by_type(text_match(word))),
        Content::Mapping(_) => read_mapping(node, scoped),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Sequence(_) => {
            wrong_type(
                node,
                "an event",
                "`start`, a type, or a mapping such as `{succeeded: STEP}`",
                scoped.reports,
            );
            Vec::new()
        }
    }
}

fn read_mapping(node: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Vec<Heard> {
    let Some(members) = mapping(node, "an event", scoped.reports) else { return Vec::new() };
    let mut short = members.iter().filter(|member| SHORT_FORMS.contains(&&*member.key));
    let mut patterns = match (short.next(), short.next()) {
        (Some(_), Some(second)) => {
            let message = "an event is one thing that happened, and this names two";
            scoped
                .reports
                .error("file::conflict", second.key_span, message)
                .with_help("make a list of two events: `on: [{…}, {…}]`");
            return Vec::new();
        }
        (Some(form), None) => {
            only_keys(
                members,
                &[&form.key, "where"],
                &format!("an event in the form `{}`", form.key),
                scoped.reports,
            );
            short_form(form, scoped)
        }
        (None, _) => {
            let known = if node.get("type").is_some() { LONG_KEYS } else { KEYS };
            let errors_before = scoped.reports.errors_count();
            only_keys(members, known, "an event", scoped.reports);
            // A short form with a slip of the pen lacks no `type`.
            if node.get("type").is_none() && scoped.reports.errors_count() > errors_before {
                return Vec::new();
            }
            long_form(node, scoped).into_iter().collect()
        }
    };
    if let Some(filter) = node.get("where") {
        check_expression(filter, "`where`", scoped);
        let filter = filter.as_str().map(|text| bare(text).text.to_owned());
        patterns.iter_mut().for_each(|pattern| pattern.filter.clone_from(&filter));
    }
    patterns.into_iter().map(|pattern| Heard { pattern, span: node.span }).collect()
}

fn short_form(Member { key, value, .. }: &Member, scoped: &mut Scoped<'_, '_, '_>) -> Vec<Pattern> {
    let Some(name) = text(value, &format!("`{key}`"), scoped.reports) else { return Vec::new() };
    let span = value.span;
    let about = |kinds: Vec<StepKind>, results: &[&str]| -> Vec<Pattern> {
        let events = kinds.iter().flat_map(|kind| results.iter().map(move |result| (kind.word(), result)));
        events.map(|(word, result)| Pattern::exact(format!("tidegate.{word}.{result}")).about(name)).collect()
    };
    match &**key {
        "succeeded" => about(scoped.step(name, span), &["succeeded"]),
        "failed" => about(scoped.step(name, span), &["failed"]),
        "ended" => about(scoped.step(name, span), &["succeeded", "failed"]),
        "item_succeeded" => about(items(name, span, scoped), &["succeeded"]),
        "item_failed" => about(items(name, span, scoped), &["failed"]),
        "timer" => {
            scoped.check_timer(name, span);
            vec![Pattern::exact("tidegate.timer.fired").about(name)]
        }
        _ => {
            scoped.check_trigger(name, span);
            vec![Pattern::exact("tidegate.trigger.timed_out").about(name)]
        }
    }
}

/// What the events of the items of the map `name` are about.
fn items(name: &str, span: Span, scoped: &mut Scoped<'_, '_, '_>) -> Vec<StepKind> {
    let kinds = scoped.step(name, span);
    let told: Vec<StepKind> = kinds
        .iter()
        .filter_map(|kind| match kind {
            StepKind::Map(Items::Tasks) => Some(StepKind::Task),
            StepKind::Map(Items::Scopes) => Some(StepKind::Scope),
            StepKind::Map(Items::Silent) | StepKind::Task | StepKind::Scope | StepKind::Run => None,
        })
        .collect();
    if told.is_empty() && !kinds.is_empty() {
        let is_map = kinds.iter().any(|kind| matches!(kind, StepKind::Map(_)));
        let (message, help) = if is_map {
            ("does not tell of its items", "add `each: true` to the map")
        } else {
            ("has no items", "only a `map` has items")
        };
        let message = format!("the step {} {message}", quoted(name));
        scoped.reports.error("triggers::no_items", span, message).with_help(help);
    }
    told
}

fn long_form(node: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Option<Pattern> {
    let Some(kind) = node.get("type") else {
        let help = "add `type: com.example.done`, or use a short form such as `{succeeded: STEP}`";
        missing("type", "an event", node.span, help, scoped.reports);
        return None;
    };
    let mut pattern = by_type(read_match(kind, "`type`", scoped)?);
    pattern.subject = node.get("subject").and_then(|node| read_match(node, "`subject`", scoped));
    pattern.source = node.get("source").and_then(|node| read_match(node, "`source`", scoped));
    if let Some(from) = node.get("from") {
        match from.as_str() {
            Some("run") => pattern.reach = Reach::Run,
            Some("world") => pattern.reach = Reach::World,
            _ => wrong_type(from, "`from`", "`run` or `world`", scoped.reports),
        }
    }
    Some(pattern)
}

/// A pattern for a type. What the engine raises is about a run; everything else may come from outside.
fn by_type(kind: TextMatch) -> Pattern {
    let is_own = matches!(&kind, TextMatch::Exact(kind) if kind.starts_with("tidegate."));
    let reach = if is_own { Reach::Run } else { Reach::World };
    Pattern { kind, subject: None, source: None, filter: None, reach }
}

fn read_match(node: &Node, what: &str, scoped: &mut Scoped<'_, '_, '_>) -> Option<TextMatch> {
    if let Some(text) = node.as_str() {
        let test = text_match(text);
        if let TextMatch::Expression(_) = test {
            check_expression(node, what, scoped);
        }
        return Some(test);
    }
    let Some(Member { key, value, .. }) = node.as_single() else {
        wrong_type(
            node,
            what,
            "text, or one of `exact`, `prefix`, `suffix` and `glob` with a text",
            scoped.reports,
        );
        return None;
    };
    let make = match &**key {
        "exact" => TextMatch::Exact,
        "prefix" => TextMatch::Prefix,
        "suffix" => TextMatch::Suffix,
        "glob" => TextMatch::Glob,
        _ => {
            only_keys(node.as_mapping()?, &["exact", "prefix", "suffix", "glob"], what, scoped.reports);
            return None;
        }
    };
    text(value, &format!("`{key}`"), scoped.reports).map(|text| make(Text::new(text)))
}

/// The test that a text stands for: an expression, a text with `*` or `?`, or exactly this.
fn text_match(text: &str) -> TextMatch {
    let trimmed = text.trim();
    if trimmed.starts_with("{%") && trimmed.ends_with("%}") {
        return TextMatch::Expression(Text::new(bare(text).text));
    }
    let is_plain = |text: &str| !text.contains(['*', '?']);
    match (text.strip_suffix('*'), text.strip_prefix('*')) {
        _ if is_plain(text) => TextMatch::Exact(Text::new(text)),
        (Some(start), _) if is_plain(start) => TextMatch::Prefix(Text::new(start)),
        (_, Some(end)) if is_plain(end) => TextMatch::Suffix(Text::new(end)),
        _ => TextMatch::Glob(Text::new(text)),
    }
}
