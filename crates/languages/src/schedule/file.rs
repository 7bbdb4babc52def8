//! `schedule` in a workflow file: its forms, read into the model with the place of every mistake.

use jiff::tz::TimeZone;
use tidegate_model::{Span as TimeSpan, TextMatch, Timestamp, WorkflowName};

use super::cron;
use super::model::{CatchUp, EventMatch, EventSet, Overlap, Schedule, point_in};
use super::times::{Pace, Rule, smallest_gap};
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{boolean, mapping, missing, only_keys, text, time_span, unknown_name, wrong_type};
use crate::source::{Content, Node, Span, place_within};

const KEYS: &[&str] =
    &["cron", "every", "events", "all", "timezone", "start", "end", "overlap", "catch_up", "jitter"];
const EVENT_KEYS: &[&str] = &["type", "subject", "source"];

/// The shortest `every`.
const EVERY_LEAST: TimeSpan = TimeSpan::seconds(1);

/// What one entry says of the schedule as a whole.
#[derive(Default)]
struct Policies {
    overlap: Option<(Overlap, Span)>,
    catch_up: Option<(CatchUp, Span)>,
    jitter: Option<(TimeSpan, Span)>,
}

/// The schedule that `node` states for `workflow`; `None` after reporting why there is none.
pub(crate) fn read(node: &Node, workflow: &WorkflowName, reports: &mut Reports<'_>) -> Option<Schedule> {
    let before = reports.errors_count();
    let mut schedule = Schedule {
        workflow: workflow.clone(),
        times: Vec::new(),
        overlap: Overlap::default(),
        catch_up: CatchUp::default(),
        jitter: TimeSpan(0),
        events: Vec::new(),
    };
    let mut policies = Policies::default();
    match &node.content {
        Content::Sequence(entries) if entries.is_empty() => {
            reports
                .error("schedule::empty", node.span, "`schedule` is empty, so no run ever starts by it")
                .with_help("say when, as in `schedule: \"@daily\"`, or remove it");
        }
        Content::Sequence(entries) => {
            entries.iter().for_each(|entry| read_entry(entry, &mut schedule, &mut policies, reports));
        }
        Content::String(..) | Content::Mapping(_) => read_entry(node, &mut schedule, &mut policies, reports),
        Content::Null | Content::Bool(_) | Content::Number(_) => {
            let expected =
                "a cron pattern such as `0 3 * * *`, a mapping such as `{every: 1h}`, or a list of these";
            wrong_type(node, "`schedule`", expected, reports);
        }
    }
    schedule.overlap = policies.overlap.map(|(overlap, _)| overlap).unwrap_or_default();
    schedule.catch_up = policies.catch_up.map(|(catch_up, _)| catch_up).unwrap_or_default();
    if let Some((jitter, span)) = policies.jitter {
        schedule.jitter = jitter;
        check_jitter(&schedule, span, reports);
    }
    (reports.errors_count() == before).then_some(schedule)
}

fn read_entry(node: &Node, schedule: &mut Schedule, policies: &mut Policies, reports: &mut Reports<'_>) {
    if node.as_str().is_some() {
        schedule.times.extend(read_cron(node, reports).map(|pattern| plain(Pace::Cron(pattern))));
        return;
    }
    let Some(members) = mapping(node, "`schedule`", reports) else { return };
    only_keys(members, KEYS, "`schedule`", reports);
    let paces = read_paces(node, reports);
    let events = node.get("events").and_then(|events| read_events(events, node.get("all"), reports));
    if let Some(all) = node.get("all").filter(|_| node.get("events").is_none()) {
        reports
            .error("schedule::conflict", all.span, "`all` is about `events`, and there are none")
            .with_help("add `events`, or remove it");
    }
    let has_kind = ["cron", "every", "events"].iter().any(|key| node.get(key).is_some());
    if !has_kind && members.iter().all(|member| KEYS.contains(&&*member.key)) {
        let start = Span { length: 0, ..node.span };
        let help = "add `cron: \"0 3 * * *\"`, `every: 1h` or `events: [{type: com.example.done}]`";
        missing("cron", "`schedule`", start, help, reports);
    }
    let zone = node.get("timezone").and_then(|zone| read_zone(zone, reports));
    let in_zone = zone.as_ref().map_or(TimeZone::UTC, |(_, zone)| zone.clone());
    let start = node.get("start").and_then(|start| read_point(start, "`start`", &in_zone, reports));
    let end = node.get("end").and_then(|end| read_point(end, "`end`", &in_zone, reports));
    if let (Some(start), Some(end), Some(place)) = (start, end, node.get("end"))
        && end < start
    {
        reports
            .error("schedule::bad_time", place.span, "`end` is before `start`, so there is no tick")
            .with_help("swap them, or remove one");
    }
    let timezone = zone.map(|(name, _)| name);
    schedule.times.extend(paces.into_iter().map(|pace| Rule {
        pace,
        timezone: timezone.clone(),
        start,
        end,
    }));
    schedule.events.extend(events);
    read_policies(node, policies, reports);
}

fn plain(pace: Pace) -> Rule {
    Rule { pace, timezone: None, start: None, end: None }
}

fn read_paces(node: &Node, reports: &mut Reports<'_>) -> Vec<Pace> {
    let mut paces = Vec::new();
    match node.get("cron").map(|cron| (cron, &cron.content)) {
        Some((_, Content::Sequence(patterns))) => {
            paces.extend(patterns.iter().filter_map(|pattern| read_cron(pattern, reports)).map(Pace::Cron));
        }
        Some((cron, _)) => paces.extend(read_cron(cron, reports).map(Pace::Cron)),
        None => {}
    }
    if let Some(every) = node.get("every")
        && let Some(span) = time_span(every, "`every`", reports)
    {
        if span < EVERY_LEAST {
            reports
                .error(
                    "schedule::bad_time",
                    every.span,
                    format!("`every` is {span}; the least is {EVERY_LEAST}"),
                )
                .with_help("what is to happen more often is a loop in a task");
        }
        paces.push(Pace::Every(span));
    }
    paces
}

fn read_cron(node: &Node, reports: &mut Reports<'_>) -> Option<String> {
    let written = text(node, "`cron`", reports)?;
    cron::read(written)
        .map_err(|mistake| {
            let Content::String(_, style) = &node.content else { return };
            let source = &reports.source().text;
            let at = |byte| place_within(source, node.span, *style, written, byte);
            let (start, end) = (at(mistake.start), at(mistake.end));
            let is_whole = mistake.start == 0 && mistake.end == written.len();
            let span =
                if is_whole { node.span } else { Span::between(start.start(), end.start().max(start.end())) };
            reports
                .error("schedule::bad_cron", trimmed(source, span), mistake.message.clone())
                .with_help(mistake.help);
        })
        .ok()
}

/// The place without the white space that it ends with.
fn trimmed(source: &str, span: Span) -> Span {
    let written = source.get(span.start()..span.end()).unwrap_or_default();
    Span::between(span.start(), span.start() + written.trim_end().len())
}

fn read_zone(node: &Node, reports: &mut Reports<'_>) -> Option<(String, TimeZone)> {
    let name = text(node, "`timezone`", reports)?;
    match cron::zone(name) {
        Ok(zone) => Some((name.to_owned(), zone)),
        Err(help) => {
            let message = format!("there is no time zone {}", quoted(name));
            reports.error("schedule::unknown_timezone", node.span, message).with_help(help);
            None
        }
    }
}

fn read_point(node: &Node, what: &str, zone: &TimeZone, reports: &mut Reports<'_>) -> Option<Timestamp> {
    let written = text(node, what, reports)?;
    let point = point_in(written, zone);
    if point.is_none() {
        reports
            .error("schedule::bad_time", node.span, format!("{what}: {} is no point in time", quoted(written)))
            .with_help("it is a date or a local time, as in `2026-01-31` or `2026-01-31T09:00`, or `2026-01-31T09:00:00Z`");
    }
    point
}

fn read_events(node: &Node, all: Option<&Node>, reports: &mut Reports<'_>) -> Option<EventSet> {
    let all = all.and_then(|all| boolean(all, "`all`", reports)).unwrap_or(false);
    let any: Vec<EventMatch> = match &node.content {
        Content::Sequence(events) => events.iter().filter_map(|event| read_event(event, reports)).collect(),
        _ => read_event(node, reports).into_iter().collect(),
    };
    if node.as_sequence().is_some_and(<[Node]>::is_empty) {
        reports
            .error("schedule::empty", node.span, "`events` is empty, so no event starts a run")
            .with_help("name one, as in `events: [{type: com.example.done}]`");
    }
    (!any.is_empty()).then_some(EventSet { any, all })
}

fn read_event(node: &Node, reports: &mut Reports<'_>) -> Option<EventMatch> {
    if let Content::String(kind, _) = &node.content {
        return Some(EventMatch { kind: text_match(kind), subject: None, source: None });
    }
    let members = mapping(node, "an event", reports)?;
    only_keys(members, EVENT_KEYS, "an event", reports);
    let mut attribute = |key: &str| {
        let given = node.get(key)?;
        text(given, &format!("`{key}`"), reports).map(text_match)
    };
    let (kind, subject, source) = (attribute("type"), attribute("subject"), attribute("source"));
    if node.get("type").is_none() {
        let start = Span { length: 0, ..node.span };
        missing("type", "an event", start, "add its type, as in `type: com.example.done`", reports);
    }
    Some(EventMatch { kind: kind?, subject, source })
}

/// As in trigger files: `*` stands for any run of characters, `?` for one.
fn text_match(text: &str) -> TextMatch {
    if text.contains(['*', '?']) { TextMatch::Glob(text.into()) } else { TextMatch::Exact(text.into()) }
}

fn read_policies(node: &Node, policies: &mut Policies, reports: &mut Reports<'_>) {
    if let Some(given) = node.get("overlap")
        && let Some(word) = text(given, "`overlap`", reports)
    {
        match Overlap::parse(word) {
            Some(overlap) => state_once(&mut policies.overlap, overlap, given.span, "overlap", reports),
            None => {
                let message = format!("`overlap` has no way {}", quoted(word));
                unknown_name(
                    "schedule::unknown_policy",
                    (word, given.span),
                    message,
                    Overlap::NAMES.into_iter(),
                    reports,
                );
            }
        }
    }
    if let Some(given) = node.get("catch_up")
        && let Some(word) = text(given, "`catch_up`", reports)
    {
        match CatchUp::parse(word) {
            Some(catch_up) => state_once(&mut policies.catch_up, catch_up, given.span, "catch_up", reports),
            None => {
                let message = format!("`catch_up` has no way {}", quoted(word));
                unknown_name(
                    "schedule::unknown_policy",
                    (word, given.span),
                    message,
                    CatchUp::NAMES.into_iter(),
                    reports,
                );
            }
        }
    }
    if let Some(given) = node.get("jitter")
        && let Some(jitter) = time_span(given, "`jitter`", reports)
    {
        state_once(&mut policies.jitter, jitter, given.span, "jitter", reports);
    }
}

/// Notes what an entry says of the whole; another entry may not say otherwise.
fn state_once<T: PartialEq>(
    stated: &mut Option<(T, Span)>,
    value: T,
    span: Span,
    key: &str,
    reports: &mut Reports<'_>,
) {
    match stated {
        Some((known, first)) if *known != value => {
            let first = reports.source().place(*first);
            reports
                .error(
                    "schedule::conflict",
                    span,
                    format!("`{key}` holds for the whole schedule, and is said to be two things"),
                )
                .with_help("say it once")
                .with_related("it is said here as well", first);
        }
        Some(_) => {}
        None => *stated = Some((value, span)),
    }
}

fn check_jitter(schedule: &Schedule, span: Span, reports: &mut Reports<'_>) {
    let least = schedule.times.iter().filter_map(smallest_gap).min();
    if let Some(gap) = least.filter(|gap| schedule.jitter > *gap) {
        let message = format!("`jitter` is {}, and ticks are as little as {gap} apart", schedule.jitter);
        reports
            .error("schedule::bad_time", span, message)
            .with_help("a tick may not be later than the one after it: make `jitter` shorter");
    }
}
