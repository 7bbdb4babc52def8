//! Ticks: when they are, across summer time and leap days, and by how much jitter moves them.

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use tidegate_model::{Name, Span, Timestamp};

use super::cron;
use super::model::{iso, jitter_of};
use super::times::{Pace, Rule, Times, smallest_gap};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn by_cron(pattern: &str, zone: &str) -> Rule {
    let pattern = cron::read(pattern).unwrap();
    Rule { pace: Pace::Cron(pattern), timezone: Some(zone.to_owned()), start: None, end: None }
}

fn every(span: &str) -> Rule {
    Rule { pace: Pace::Every(span.parse().unwrap()), timezone: None, start: None, end: None }
}

/// The first ticks of `rules` after `from`, in UTC; the same backwards.
fn ticks(rules: &[Rule], from: &str, count: usize) -> Vec<String> {
    let times = Times::new(rules).unwrap();
    let from = at(from);
    let mut found: Vec<Timestamp> = Vec::new();
    while found.len() < count {
        let last = found.last().copied().unwrap_or(from);
        let Some(next) = times.next(last, from) else { break };
        // Backwards, starts are not looked at.
        if let Some(last) = found.last().filter(|_| rules.iter().all(|rule| rule.start.is_none())) {
            assert_eq!(times.previous(next), Some(*last), "backwards it is the same");
        }
        found.push(next);
    }
    found.into_iter().map(iso).collect()
}

#[test]
fn patterns_have_names_ranges_steps_and_days_counted_from_the_end() {
    let first = |pattern: &str| ticks(&[by_cron(pattern, "UTC")], "2026-01-01T00:00:00Z", 2);
    for (pattern, expected) in [
        ("0 3 * * *", ["2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"]),
        ("*/20 * * * *", ["2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z"]),
        ("0 9-11/2 * jan,mar mon-fri", ["2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"]),
        ("0 0 L * *", ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"]),
        ("0 0 15W 8 *", ["2026-08-14T00:00:00Z", "2027-08-16T00:00:00Z"]),
        ("0 0 LW * *", ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"]),
        ("0 0 * * fri#2", ["2026-01-09T00:00:00Z", "2026-02-13T00:00:00Z"]),
        ("0 0 * * 5L", ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"]),
        ("0 0 * * 7", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
        // Where both days are said, either will do.
        ("0 0 13 * fri", ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"]),
        ("@hourly", ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]),
        ("@weekly", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
        ("@monthly", ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]),
        ("@yearly", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
    ] {
        assert_eq!(first(pattern), expected, "{pattern}");
    }
}

#[test]
fn the_29th_of_february_is_in_leap_years() {
    let found = ticks(&[by_cron("0 12 29 2 *", "UTC")], "2026-01-01T00:00:00Z", 2);
    assert_eq!(found, ["2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z"]);
    let found = ticks(&[by_cron("0 0 31 * *", "UTC")], "2026-01-31T00:00:00Z", 3);
    assert_eq!(found, ["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z"]);
}

#[test]
fn a_local_time_that_does_not_exist_happens_when_the_clock_has_jumped() {
    // On 2026-03-29 clocks in Berlin go from 02:00 to 03:00, at 01:00 UTC.
    let found = ticks(&[by_cron("30 2 * * *", "Europe/Berlin")], "2026-03-27T12:00:00Z", 3);
    assert_eq!(found, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
    // At three, which is when the clock has jumped, that is one tick and not two.
    let found = ticks(&[by_cron("30 2,3 * * *", "Europe/Berlin")], "2026-03-28T12:00:00Z", 2);
    assert_eq!(found, ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
    let found = ticks(&[by_cron("0 2,3 * * *", "Europe/Berlin")], "2026-03-28T12:00:00Z", 2);
    assert_eq!(found, ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]);
    // Where any hour will do, ticks follow the time that passes.
    let found = ticks(&[by_cron("*/30 * * * *", "Europe/Berlin")], "2026-03-29T00:15:00Z", 3);
    assert_eq!(found, ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
}

#[test]
fn a_local_time_that_exists_twice_happens_the_first_time() {
    // On 2026-10-25 clocks in Berlin go from 03:00 to 02:00, at 01:00 UTC.
    let found = ticks(&[by_cron("30 2 * * *", "Europe/Berlin")], "2026-10-24T12:00:00Z", 2);
    assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    let found = ticks(&[by_cron("0 2,3 * * *", "Europe/Berlin")], "2026-10-24T12:00:00Z", 3);
    assert_eq!(found, ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-26T01:00:00Z"]);
    // Where any hour will do, ticks follow the time that passes: both half past twos.
    let found = ticks(&[by_cron("30 * * * *", "Europe/Berlin")], "2026-10-24T23:45:00Z", 3);
    assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]);
}

#[test]
fn spans_are_counted_from_the_start_or_from_1970() {
    let found = ticks(&[every("6h")], "2026-01-01T01:00:00Z", 2);
    assert_eq!(found, ["2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z"]);
    let from_start = Rule { start: Some(at("2026-01-01T01:30:00Z")), ..every("6h") };
    let found = ticks(&[from_start], "2026-01-01T00:00:00Z", 2);
    assert_eq!(found, ["2026-01-01T01:30:00Z", "2026-01-01T07:30:00Z"]);
}

#[test]
fn the_ticks_of_several_rules_are_one_sequence_between_start_and_end() {
    let noon = Rule { end: Some(at("2026-01-02T12:00:00Z")), ..by_cron("0 12 * * *", "UTC") };
    let later = Rule { start: Some(at("2026-01-02T00:00:00Z")), ..every("8h") };
    let found = ticks(&[noon, later], "2026-01-01T00:00:00Z", 6);
    let expected = ["01-01T12", "01-02T00", "01-02T08", "01-02T12", "01-02T16", "01-03T00"];
    assert_eq!(found, expected.map(|time| format!("2026-{time}:00:00Z")));
}

#[test]
fn mistakes_in_patterns_name_the_field() {
    let mistake = |text: &str| {
        let mistake = cron::read(text).unwrap_err();
        (text[mistake.start..mistake.end].to_owned(), mistake.message, mistake.help)
    };
    assert_eq!(mistake("0 25 * * *").0, "25");
    assert_eq!(mistake("0 25 * * *").1, "`25` is no hour of a cron pattern");
    assert_eq!(mistake("0  3 * foo *").0, "foo");
    assert_eq!(mistake("0 3 * *").1, "a cron pattern has 5 fields, and this has 4");
    assert_eq!(mistake("0 0 3 * * *").1, "a cron pattern has 5 fields, and this has 6");
    assert_eq!(mistake("@dayly").2, "did you mean `@daily`?");
    assert_eq!(mistake("0 0 30 2 *").1, "this never happens");
}

#[test]
fn jitter_is_always_the_same_for_a_tick_and_within_its_bounds() {
    let name = Name::new("nightly").unwrap();
    let jitter = Span::seconds(30);
    let drawn: Vec<Span> = (0..200).map(|n| jitter_of(&name, Timestamp(n * 60_000), jitter)).collect();
    assert!(drawn.iter().all(|drawn| *drawn < jitter));
    assert!(drawn.iter().any(|drawn| drawn.0 < 10_000) && drawn.iter().any(|drawn| drawn.0 > 20_000));
    assert_eq!(drawn[7], jitter_of(&name, Timestamp(7 * 60_000), jitter));
    assert_ne!(drawn[7], jitter_of(&Name::new("other").unwrap(), Timestamp(7 * 60_000), jitter));
    assert_eq!(jitter_of(&name, Timestamp(0), Span(0)), Span(0));
    assert_eq!(smallest_gap(&every("90s")), Some(Span::seconds(90)));
    assert_eq!(smallest_gap(&by_cron("0 3,4 * * *", "UTC")), Some(Span::seconds(3600)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Forwards and backwards agree, and what a search finds is on the local clock what the pattern says.
    #[test]
    fn next_and_previous_agree_in_every_zone(
        days in 0_i64..20_000,
        minute in 0_u32..60,
        hour in 0_u32..24,
        zone in 0_usize..6,
        any_hour: bool,
    ) {
        let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"];
        let hour = if any_hour { "*".to_owned() } else { hour.to_string() };
        let rule = by_cron(&format!("{minute} {hour} * * *"), zones[zone]);
        let times = Times::new(&[rule]).unwrap();
        let from = Timestamp(days * 86_400_000 + 12_345);
        let first = times.next(from, from).unwrap();
        let second = times.next(first, from).unwrap();
        prop_assert!(first > from && second > first);
        prop_assert_eq!(times.previous(second), Some(first));
        prop_assert!(times.previous(first).unwrap() <= from);
        prop_assert_eq!(times.last_within(from, first, from), Some(first));
        let least = if any_hour { 30 * 60_000 } else { 20 * 3_600_000 };
        prop_assert!(second.since(first).0 >= least, "{} {}", first, second);
    }
}
