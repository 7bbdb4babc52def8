//! `Retry` and `Catch`.

use tidegate_json::Value;
use tidegate_languages::asl::expression::Draws;
use tidegate_languages::asl::recovery::{Catcher, ErrorNames, Jitter, Retrier, first_for};
use tidegate_model::Span;

fn json(text: &str) -> Value {
    Value::parse(text).expect("the case is JSON")
}

fn retrier(text: &str) -> Retrier {
    Retrier::parse(&json(text)).expect("the retrier is well formed")
}

#[test]
fn some_names_stand_for_many_errors() {
    let rows = [
        // name, error, whether it means it
        ("Custom", "Custom", true),
        ("Custom", "custom", false),
        ("Custom", "Custom.More", false),
        ("States.ALL", "Custom", true),
        ("States.ALL", "States.Timeout", true),
        ("States.ALL", "States.DataLimitExceeded", true),
        ("States.ALL", "States.Runtime", false),
        ("States.TaskFailed", "Lambda.ServiceException", true),
        ("States.TaskFailed", "States.TaskFailed", true),
        ("States.TaskFailed", "States.HeartbeatTimeout", true),
        ("States.TaskFailed", "States.Timeout", false),
        ("States.TaskFailed", "States.Runtime", false),
        ("States.Timeout", "States.Timeout", true),
        ("States.Timeout", "States.HeartbeatTimeout", true),
        ("States.HeartbeatTimeout", "States.Timeout", false),
        ("States.DataLimitExceeded", "States.DataLimitExceeded", true),
        ("States.Runtime", "States.Runtime", false),
    ];
    for (name, error, expected) in rows {
        let rule = Value::object([("ErrorEquals", Value::array([name]))]);
        let names = ErrorNames::parse(&rule).expect("the names are well formed");
        assert_eq!(names.mean(error), expected, "{name} {error}");
    }
}

#[test]
fn the_first_that_means_an_error_counts() {
    let rules = [
        retrier(r#"{"ErrorEquals":["A","B"]}"#),
        retrier(r#"{"ErrorEquals":["States.TaskFailed"]}"#),
        retrier(r#"{"ErrorEquals":["States.ALL"]}"#),
    ];
    let index = |error| first_for(error, &rules, |rule| &rule.errors).map(|(index, _)| index);
    assert_eq!(
        [index("B"), index("C"), index("States.Timeout"), index("States.Runtime")],
        [Some(0), Some(1), Some(2), None]
    );
}

#[test]
fn a_retrier_waits_longer_each_time() {
    let plain = retrier(r#"{"ErrorEquals":["A"]}"#);
    let draws = Draws::new(1);
    assert_eq!((plain.interval_seconds, plain.max_attempts, plain.backoff_rate), (1, 3, 2.0));
    assert_eq!((plain.max_delay_seconds, plain.jitter), (None, Jitter::None));
    let delays: Vec<Span> = (0..4).map(|retries| plain.delay(retries, &draws)).collect();
    assert_eq!(delays, [Span(1000), Span(2000), Span(4000), Span(8000)]);
    assert_eq!([plain.allows(2), plain.allows(3)], [true, false]);

    let capped =
        retrier(r#"{"ErrorEquals":["A"],"IntervalSeconds":3,"BackoffRate":1.5,"MaxDelaySeconds":5}"#);
    let delays: Vec<Span> = (0..4).map(|retries| capped.delay(retries, &draws)).collect();
    assert_eq!(delays, [Span(3000), Span(4500), Span(5000), Span(5000)]);
    assert_eq!(plain.delay(u64::MAX, &draws), Span::seconds(99_999_999));
    assert!(!retrier(r#"{"ErrorEquals":["A"],"MaxAttempts":0}"#).allows(0));
}

#[test]
fn jitter_shortens_a_delay_and_repeats_with_its_draws() {
    let jittery = retrier(r#"{"ErrorEquals":["A"],"IntervalSeconds":100,"JitterStrategy":"FULL"}"#);
    let delays = || {
        let draws = Draws::new(7);
        (0..50).map(|_| jittery.delay(1, &draws)).collect::<Vec<_>>()
    };
    assert!(delays().iter().all(|delay| *delay <= Span::seconds(200)));
    assert!(delays().iter().any(|delay| *delay < Span::seconds(100)));
    assert_eq!(delays(), delays());
}

#[test]
fn a_retrier_tells_everything_that_is_wrong_with_it() {
    let wrong = json(
        r#"{"ErrorEquals":["A",1],"IntervalSeconds":0,"MaxAttempts":-1,"BackoffRate":0.5,"MaxDelaySeconds":31622400,
            "JitterStrategy":"SOME"}"#,
    );
    let pointers: Vec<String> =
        Retrier::parse(&wrong).unwrap_err().into_iter().map(|error| error.pointer).collect();
    assert_eq!(
        pointers,
        [
            "/ErrorEquals/1",
            "/IntervalSeconds",
            "/MaxAttempts",
            "/MaxDelaySeconds",
            "/BackoffRate",
            "/JitterStrategy"
        ]
    );
    for wrong in ["{}", "[]", r#"{"ErrorEquals":[]}"#, r#"{"ErrorEquals":"A"}"#] {
        assert_eq!(Retrier::parse(&json(wrong)).unwrap_err().len(), 1, "{wrong}");
    }
}

#[test]
fn a_catcher_says_where_to_go_on_with_what() {
    let catcher = Catcher::parse(&json(
        r#"{"ErrorEquals":["States.ALL"],"Next":"Mend","ResultPath":null,"Assign":{"e.$":"$.Error"},"Comment":"c"}"#,
    ))
    .expect("the catcher is well formed");
    assert_eq!((catcher.next.as_str(), catcher.result_path), ("Mend", Some(Value::Null)));
    assert_eq!((catcher.assign, catcher.output), (Some(json(r#"{"e.$":"$.Error"}"#)), None));

    let wrong = json(r#"{"ErrorEquals":[],"Next":1,"ResultPath":{},"Assign":[]}"#);
    let pointers: Vec<String> =
        Catcher::parse(&wrong).unwrap_err().into_iter().map(|error| error.pointer).collect();
    assert_eq!(pointers, ["/ErrorEquals", "/Next", "/ResultPath", "/Assign"]);
    assert_eq!(Catcher::parse(&json("{}")).unwrap_err().len(), 2);
}
