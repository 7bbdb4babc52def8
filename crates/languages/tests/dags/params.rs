//! Parameters: what the input of a run is to be, where it is said, and what becomes of one that is not that.

use tidegate_engine::{Refusal, Reply};
use tidegate_json::Value;
use tidegate_languages::Severity;
use tidegate_model::entry::StartRun;
use tidegate_model::{Data, Input, Labels, Name};

use crate::execution::{World, value};

const TASKS: &str = "tasks: {a: {function: work}}\n";

/// What becomes of a run with `input`: what its task gets, or the mistakes.
fn started(params: &str, input: &str) -> Result<String, Vec<String>> {
    let mut world = World::new();
    world.function("work");
    world.apply(tidegate_languages::compile(&format!("dag: test\nparams:\n{params}\n{TASKS}"), "dag.yaml"));
    let request = StartRun {
        workflow: Name::new("test").unwrap(),
        program: None,
        input: Data::json(&value(input)),
        labels: Labels::NONE,
        key: None,
    };
    match world.take(Input::StartRun(request)) {
        Reply::Run { .. } => Ok(world.invoked[0].input.to_text()),
        Reply::Refused(Refusal::InvalidInput(invalid)) => {
            Err(invalid.0.iter().map(|mistake| format!("{}: {}", mistake.pointer, mistake.message)).collect())
        }
        other => panic!("{other:?}"),
    }
}

const CITY: &str = "  city: {type: string, minLength: 2}
  days: {type: integer, default: 7, maximum: 31}
  mode: fast
";

#[test]
fn defaults_are_filled_in() {
    let expected = r#"{"city":"Graz","days":7,"mode":"fast"}"#;
    assert_eq!(started(CITY, r#"{"city": "Graz"}"#).as_deref(), Ok(expected));
    let given = started(CITY, r#"{"city": "Graz", "days": 3, "mode": null}"#);
    assert_eq!(given.as_deref(), Ok(r#"{"city":"Graz","days":3,"mode":null}"#));
}

#[test]
fn all_mistakes_are_told_with_their_places() {
    let mistakes = started(CITY, r#"{"city": "G", "days": "many", "dais": 3}"#).unwrap_err();
    assert_eq!(
        mistakes,
        [
            ": Additional properties are not allowed ('dais' was unexpected)",
            "/city: \"G\" is shorter than 2 characters",
            "/days: \"many\" is not of type \"integer\"",
        ]
    );
    assert_eq!(started(CITY, "null").unwrap_err(), [": \"city\" is a required property"]);
    assert_eq!(started(CITY, "[1]").unwrap_err(), [": [1] is not of type \"object\""]);
}

#[test]
fn a_schema_of_the_whole_input_will_do() {
    let schema = "  type: object
  properties:
    at: {type: string, format: date}
    size: {type: object, properties: {width: {type: number, default: 3}}, default: {}}
";
    let expected = r#"{"at":"2026-01-31","other":1,"size":{"width":3}}"#;
    let given = started(schema, r#"{"at": "2026-01-31", "other": 1}"#).map(|text| value(&text));
    assert_eq!(given, Ok(value(expected)));
    let mistakes = started(schema, r#"{"at": "yesterday"}"#).unwrap_err();
    assert_eq!(mistakes, ["/at: \"yesterday\" is not a \"date\""]);
}

#[test]
fn a_run_that_another_starts_fails_by_name() {
    let mut world = World::new();
    world.function("work");
    let inner = format!("dag: inner\nparams:\n{CITY}{TASKS}");
    world.apply(tidegate_languages::compile(&inner, "inner.yaml"));
    let outer = "dag: outer\ntasks: {call: {workflow: inner, input: {city: 3}}}\n";
    world.apply(tidegate_languages::compile(outer, "outer.yaml"));
    let run = world.start("outer", &Value::Null);
    let ended = world.execution(run);
    assert_eq!(ended.error.as_deref(), Some("Tidegate.InvalidInput"));
    assert!(ended.cause.as_deref().unwrap_or_default().contains("`/city`: 3 is not of type"), "{ended:?}");
}

/// The mistakes of a file with these lines, each with its place.
fn mistakes(lines: &str) -> Vec<String> {
    let compiled = tidegate_languages::compile(&format!("dag: test\n{lines}\n{TASKS}"), "dag.yaml");
    let place = |found: &tidegate_languages::Diagnostic| {
        let (line, column) = found.place.map(|place| (place.line, place.column)).unwrap_or_default();
        format!("{line}:{column} {}", found.message)
    };
    let errors = compiled.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.map(place).collect()
}

#[test]
fn mistakes_in_schemas_have_their_places() {
    assert_eq!(
        mistakes("params:\n  a: {type: strin}\n  b: {default: 3, type: string}\n  schedule: 1\n  c: {}"),
        [
            "3:13 this is no JSON Schema at `/type`: \"strin\" is not valid under any of the schemas listed in the 'anyOf' keyword",
            "4:16 the default is not what it may be: 3 is not of type \"string\"",
            "5:3 a parameter cannot be called `schedule`",
            "6:3 the parameter `c` says neither what it is nor what it is by default",
        ]
    );
    assert_eq!(mistakes("params: 3")[0], "2:9 `params`: expected a mapping, found the number 3");
    assert_eq!(mistakes("params: {a: {pattern: '('}}").len(), 1);
}

#[test]
fn mistakes_in_schedules_have_their_places() {
    let cases = [
        ("schedule: \"0 25 * * *\"", "2:14 `25` is no hour of a cron pattern"),
        ("schedule: {cron: 0 3 * * funday}", "2:26 `funday` is no day of the week of a cron pattern"),
        ("schedule: {evry: 1h}", "2:12 `schedule` has no key `evry`"),
        ("schedule: {every: 10ms}", "2:19 `every` is 10ms; the least is 1s"),
        ("schedule: {every: 1h, timezone: Europe/Berln}", "2:33 there is no time zone `Europe/Berln`"),
        ("schedule: {every: 1h, overlap: skp}", "2:32 `overlap` has no way `skp`"),
        ("schedule: {every: 1h, catch_up: yes}", "2:33 `catch_up` has no way `yes`"),
        ("schedule: {every: 1h, start: soon}", "2:30 `start`: `soon` is no point in time"),
        (
            "schedule: {every: 1h, start: 2026-02-01, end: 2026-01-01}",
            "2:47 `end` is before `start`, so there is no tick",
        ),
        ("schedule: {every: 1m, jitter: 2m}", "2:31 `jitter` is 2m, and ticks are as little as 1m apart"),
        ("schedule: {all: true, every: 1h}", "2:17 `all` is about `events`, and there are none"),
        ("schedule: {events: [{subject: a}]}", "2:21 an event has no `type`"),
        ("schedule: []", "2:11 `schedule` is empty, so no run ever starts by it"),
        (
            "schedule: [{every: 1h, overlap: skip}, {every: 2h, overlap: queue}]",
            "2:61 `overlap` holds for the whole schedule, and is said to be two things",
        ),
        (
            "schedule: 3",
            "2:11 `schedule`: expected a cron pattern such as `0 3 * * *`, a mapping such as `{every: 1h}`, or a list of these, found the number 3",
        ),
    ];
    let found =
        cases.map(|(schedule, _)| (schedule, mistakes(schedule).into_iter().next().unwrap_or_default()));
    assert_eq!(found, cases.map(|(schedule, expected)| (schedule, expected.to_owned())));
}
