//! Reading values of an expected type: what a node is, or a diagnostic that says what was expected.

use tidegate_model::{Name, Span as TimeSpan, Timestamp};

use crate::diagnostic::{Reports, Severity, quoted};
use crate::nearest::nearest;
use crate::source::{Content, Member, Node, Span};

/// Reports that `node` is not `expected`.
pub(crate) fn wrong_type(node: &Node, what: &str, expected: &str, reports: &mut Reports<'_>) {
    let found = match &node.content {
        Content::String(text, _) => format!("the text {}", quoted(text)),
        Content::Bool(truth) => truth.to_string(),
        Content::Number(number) => format!("the number {number}"),
        Content::Null | Content::Sequence(_) | Content::Mapping(_) => node.describe().to_owned(),
    };
    let message = format!("{what}: expected {expected}, found {found}");
    let error = reports.error("file::wrong_type", node.span, message);
    if expected.starts_with("text") && matches!(node.content, Content::Bool(_) | Content::Number(_)) {
        error.with_help("put it in quotes if text is meant");
    }
}

/// The members of `node`, which is to be a mapping.
pub(crate) fn mapping<'n>(node: &'n Node, what: &str, reports: &mut Reports<'_>) -> Option<&'n [Member]> {
    let members = node.as_mapping();
    if members.is_none() {
        wrong_type(node, what, "a mapping", reports);
    }
    members
}

/// The text of `node`.
pub(crate) fn text<'n>(node: &'n Node, what: &str, reports: &mut Reports<'_>) -> Option<&'n str> {
    let text = node.as_str();
    if text.is_none() {
        wrong_type(node, what, "text", reports);
    }
    text
}

/// The truth value of `node`.
pub(crate) fn boolean(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<bool> {
    match &node.content {
        Content::Bool(truth) => Some(*truth),
        _ => {
            wrong_type(node, what, "true or false", reports);
            None
        }
    }
}

/// The whole number from `least` that `node` is.
pub(crate) fn count(node: &Node, what: &str, least: u64, reports: &mut Reports<'_>) -> Option<u64> {
    let number = match &node.content {
        Content::Number(number) => number.as_u64().filter(|number| *number >= least),
        _ => None,
    };
    if number.is_none() {
        wrong_type(node, what, &format!("a whole number from {least}"), reports);
    }
    number
}

/// The length of time that `node` is.
pub(crate) fn time_span(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<TimeSpan> {
    let span = node.as_str().and_then(|text| text.parse().ok());
    if span.is_none() {
        let found = node.as_str().map_or_else(
            || reports.source().text[node.span.start()..node.span.end()].to_owned(),
            str::to_owned,
        );
        let message = format!("{what}: {} is not a span of time", quoted(found.trim()));
        reports
            .error("file::bad_time", node.span, message)
            .with_help("a span of time is a number with a unit, as in `250ms`, `10s`, `1m30s`, `2h` or `7d`");
    }
    span
}

/// Reports `node` unless it is a point in time.
pub(crate) fn moment(node: &Node, what: &str, reports: &mut Reports<'_>) {
    let Some(text) = text(node, what, reports) else { return };
    if let Err(error) = text.parse::<Timestamp>() {
        reports.error("file::bad_time", node.span, format!("{what}: {error}"));
    }
}

/// The name `text`, written at `span`.
pub(crate) fn name(text: &str, span: Span, what: &str, reports: &mut Reports<'_>) -> Option<Name> {
    match Name::new(text) {
        Ok(name) => Some(name),
        Err(_) => {
            reports
                .error("file::bad_name", span, format!("{what}: {} is not a name", quoted(text)))
                .with_help(format!(
                    "a name is 1 to {} of letters, digits, `-`, `_`, `.`, `/` and `:`, and starts with a letter, a digit or `_`",
                    Name::LENGTH_MAX
                ));
            None
        }
    }
}

/// Reports the members whose keys are not among `known`.
pub(crate) fn only_keys(members: &[Member], known: &[&str], what: &str, reports: &mut Reports<'_>) {
    for member in members {
        if !known.contains(&&*member.key) {
            unknown_key(member, known, what, reports);
        }
    }
}

/// Reports the key of `member`.
pub(crate) fn unknown_key(member: &Member, known: &[&str], what: &str, reports: &mut Reports<'_>) {
    let message = format!("{what} has no key {}", quoted(&member.key));
    let has_room = reports.has_room(Severity::Error);
    let error = reports.error("file::unknown_key", member.key_span, message);
    if !has_room {
        return;
    }
    match nearest(&member.key, known.iter().copied()) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error.with_help(format!("its keys are {}", listed(known))),
    };
}

/// The value of `key` among `members`.
pub(crate) fn member<'n>(members: &'n [Member], key: &str) -> Option<&'n Node> {
    members.iter().find(|member| *member.key == *key).map(|member| &member.value)
}

/// Reports that `what`, written at `span`, lacks `key`.
pub(crate) fn missing(key: &str, what: &str, span: Span, help: &str, reports: &mut Reports<'_>) {
    reports.error("file::missing_key", span, format!("{what} has no `{key}`")).with_help(help);
}

/// Reports that there is nothing called `name`, and what was probably meant.
pub(crate) fn unknown_name<'c>(
    code: &'static str,
    (name, span): (&str, Span),
    message: String,
    known: impl Iterator<Item = &'c str> + Clone,
    reports: &mut Reports<'_>,
) {
    const SHOWN_MAX: usize = 8;
    let has_room = reports.has_room(Severity::Error);
    let error = reports.error(code, span, message);
    if !has_room {
        return;
    }
    if let Some(near) = nearest(name, known.clone()) {
        error.with_help(format!("did you mean `{near}`?"));
        return;
    }
    let shown: Vec<&str> = known.clone().take(SHOWN_MAX).collect();
    if !shown.is_empty() {
        let more = if known.take(SHOWN_MAX + 1).count() > SHOWN_MAX { ", …" } else { "" };
        error.with_help(format!("there are {}{more}", listed(&shown)));
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
