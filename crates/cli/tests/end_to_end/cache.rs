//! Results that are kept, from one run to the next, and until what they were computed with changes.

use expect_test::expect;

use crate::place::{Place, client};

const DAG: &str = "
dag: words
tasks:
  count: {command: sh count.sh, cache: {ttl: 7d}, input: '{% input %}'}
";

const SCRIPT: &str = "echo count >> calls; echo 5\n";

fn calls(place: &Place) -> usize {
    std::fs::read_to_string(place.path("calls")).map_or(0, |calls| calls.lines().count())
}

#[test]
fn a_file_that_is_run_twice_computes_once_until_its_script_changes() {
    let place = Place::new();
    place.file("words.yaml", DAG).file("count.sh", SCRIPT);
    let run = || place.tidegate(&["run", "words.yaml", "--quiet"]);
    assert_eq!(run().stdout(), r#"{"count":5}"#);
    assert_eq!(run().stdout(), r#"{"count":5}"#);
    assert_eq!(calls(&place), 1);
    place.file("count.sh", &SCRIPT.replace('5', "6"));
    assert_eq!(run().stdout(), r#"{"count":6}"#);
    assert_eq!(calls(&place), 2);
}

#[test]
fn a_server_tells_what_it_keeps_and_why_it_has_none() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.file("words.yaml", DAG).file("count.sh", SCRIPT);
    assert_eq!(client(&place, &server, &["apply", "words.yaml"]).code, Some(0));
    let start = |input: &str| client(&place, &server, &["start", "words", "--wait", "--input", input]);
    assert_eq!(start("[1]").stdout(), r#"{"count":5}"#);
    assert_eq!(start("[1]").stdout(), r#"{"count":5}"#);
    assert_eq!(start("[2]").stdout(), r#"{"count":5}"#);
    assert_eq!(calls(&place), 2);
    let why = |id: &str| client(&place, &server, &["why", id]).stdout().to_owned();
    assert!(why("r2/count").contains("its result is that of run r1, which was kept"), "{}", why("r2/count"));
    assert!(why("r2.t1").contains("with the result that was kept of run r1"), "{}", why("r2.t1"));
    let differs = "no result was kept for it: the input differs at /0: was 1, is 2";
    assert!(why("r3/count").contains(differs), "{}", why("r3/count"));
    assert!(why("r3.t1").contains(differs), "{}", why("r3.t1"));
    let kept = client(&place, &server, &["cache", "ls", "-o", "json"]);
    assert_eq!(kept.stdout().matches(r#""task":"count""#).count(), 2, "{}", kept.stdout());
    client(&place, &server, &["cache", "clear", "words", "other"]).check(expect![[r#"
        exit 0
        stderr: 0 results are no longer kept
    "#]]);
    client(&place, &server, &["cache", "clear", "words"]).check(expect![[r#"
        exit 0
        stderr: 2 results are no longer kept
    "#]]);
    start("[1]");
    assert_eq!(calls(&place), 3);
}
