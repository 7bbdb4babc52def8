//! Drawings of files, and of runs on a server.

use expect_test::expect;

use crate::place::{Place, client};

const PAIR: &str = "
workflow: pair
triggers:
  both: {on: {type: com.example.half}, when: {join: 2}, do: {complete: both}}
";
const MACHINE: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

#[test]
fn a_file_is_drawn_in_every_form() {
    let place = Place::new();
    place.file("pair.yaml", PAIR).file("machine.asl.json", MACHINE);
    place.tidegate(&["graph", "pair.yaml"]).check(expect![[r"
        exit 0
        stdout: pair
        stdout:
        stdout: ◌ com.example.half  event
        stdout: │
        stdout: ▸ both              trigger join 2
        stdout: │
        stdout: ● complete
    "]]);
    place.tidegate(&["graph", "machine.asl.json", "--mermaid"]).check(expect![[r#"
        exit 0
        stdout: ---
        stdout: title: "machine"
        stdout: ---
        stdout: flowchart TD
        stdout:   n0(["start"])
        stdout:   n1["A<br/><small>pass</small>"]
        stdout:   n2(["end"])
        stdout:   n0 --> n1
        stdout:   n1 --> n2
    "#]]);
    let picture = place.tidegate(&["graph", "machine.asl.json", "--svg"]);
    assert!(picture.stdout().starts_with("<svg xmlns=") && picture.stdout().ends_with("</svg>"));
    assert_eq!(place.tidegate(&["graph", "machine.asl.json", "-o", "svg"]).stdout(), picture.stdout());
    place.tidegate(&["graph", "machine.asl.json", "-o", "json"]).check(expect![[r#"
        exit 0
        stdout: {"name":"machine","nodes":[{"id":"(start)","label":"start","kind":"start"},{"id":"A","label":"A","kind":"pass"},{"id":"(end)","label":"end","kind":"end"}],"edges":[{"from":"(start)","to":"A","style":"normal"},{"from":"A","to":"(end)","style":"normal"}]}
    "#]]);
}

#[test]
fn a_run_is_drawn_with_how_far_it_has_come() {
    let place = Place::new();
    place.file("pair.yaml", PAIR);
    let server = place.serve(&[]);
    client(&place, &server, &["apply", "pair.yaml"]).stdout();
    client(&place, &server, &["start", "pair"]).stdout();
    client(&place, &server, &["emit", "--type", "com.example.half"]).stdout();
    client(&place, &server, &["graph", "r1"]).check(expect![[r"
        exit 0
        stdout: pair  run r1
        stdout:
        stdout: ◌ com.example.half  event
        stdout: │
        stdout: … both              1 of 2 · trigger join 2
        stdout: │
        stdout: ● complete
    "]]);
    client(&place, &server, &["graph", "r99"]).check(expect![[r"
        exit 5
        stderr: error: there is no run `r99`, or it is no longer kept
        stderr: help: `tidegate runs` lists runs
    "]]);
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let place = Place::new();
    place.file("broken.yaml", "workflow: broken\ntriggers:\n  begin: {on: start, do: {compleat: 1}}\n");
    place.file("pair.yaml", PAIR);
    let broken = place.tidegate(&["graph", "broken.yaml"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(2), ""));
    assert!(broken.stderr.contains("did you mean `complete`?"), "{}", broken.stderr);
    assert_eq!(place.tidegate(&["graph", "nothing.yaml"]).code, Some(5));
    let both = place.tidegate(&["graph", "pair.yaml", "--svg", "--mermaid"]);
    assert_eq!(both.code, Some(2));
    assert!(both.stderr.contains("cannot be used with"), "{}", both.stderr);
    place.tidegate(&["graph", "pair.yaml", "--at", "3"]).check(expect![[r"
        exit 2
        stderr: error: `--at` is for runs: a workflow has no history
        stderr: help: name a run: `tidegate runs` lists them
    "]]);
}
