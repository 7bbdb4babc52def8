//! Trigger files as drawings.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use tidegate_graph::{Graph, Kind, layout, mermaid, text};
use tidegate_languages::{compile, drawing};
use tidegate_model::Program;

const FEDERATED: &str = include_str!("../../../examples/federated-learning/workflow.yaml");
const APPROVALS: &str = include_str!("../../../examples/approvals/workflow.yaml");
const SURVEY: &str = include_str!("../../../examples/survey/workflow.yaml");
const PAGE: &str = include_str!("../../../docs/trigger-files.md");
const EVENTS: &str = include_str!("../../../docs/composite-events.md");

fn program(file: &str) -> Program {
    let compiled = compile(file, "workflow.yaml");
    compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

fn outline(graph: &Graph) -> String {
    text::text(graph, text::Style { width: 100, colour: text::Colour::Never })
}

#[expect(clippy::needless_pass_by_value, reason = "the macro makes a value")]
fn check(file: &str, expected: Expect) {
    expected.assert_eq(&outline(&drawing::graph(&program(file))));
}

#[test]
fn a_scope_is_drawn_inside_of_what_calls_it() {
    check(
        FEDERATED,
        expect![[r#"
        federated-learning
        Three rounds of training by fifty clients, each round aggregated once.

        ● start
        │
        ▸ first-round              trigger
        │
        □ round                    scope
        │ ╔═
        │ ║ ● start
        │ ║ │
        │ ║ ▸ begin                trigger
        │ ║ ├─ ∷ train             map · 8 at a time
        │ ║ │  └─ item succeeded, if event.data.result != "Reject"
        │ ║ │     ▸ collect        trigger join 33
        │ ║ │     ├─ cancels → patience ↑
        │ ║ │     └─ ■ aggregate   task
        │ ║ │        │
        │ ║ │        ▸ aggregated  trigger
        │ ║ │        │
        │ ║ │        ● complete
        │ ║ │
        │ ║ ◷ patience             wait 2s
        │ ║ │
        │ ║ ▸ too-few              trigger
        │ ║ │
        │ ║ ✖ Round.TooFewResults  fail fewer than 33 clients had results in time
        │ ╚═
        ├─ ▸ last-round            trigger if event.data.round = 3
        │  │
        │  ● complete
        ├─ ✗ failed
        │  ▸ again                 trigger
        │  └─ → round ↑
        │
        ▸ next-round               trigger if event.data.round < 3
        └─ → round ↑
    "#]],
    );
}

#[test]
fn events_from_outside_and_conditions_are_told() {
    check(
        APPROVALS,
        expect![[r#"
        approvals
        Asks for a decision and takes the first one, or gives up after a minute.

        ● start
        │
        ▸ ask                   trigger
        │
        ■ ask                   task
        └─ → nobody-decided ↓

        ◌ com.example.decision  event about {% input.request %}
        ├─ if $exists(event.data.approved)
        │  ▸ decided            trigger
        │  │
        │  ● complete
        └─ → nobody-decided ↓

        ▸ nobody-decided        trigger no com.example.decision within 1m after ask succeeded
        │
        ✖ Approval.TimedOut     fail nobody decided on {% input.request %} within a minute
    "#]],
    );
}

#[test]
fn every_action_leads_somewhere() {
    let file = "
workflow: actions
functions: {work: {builtin: echo}}
triggers:
  begin:
    on: start
    when: input.size > 1
    do: [{invoke: work}, {timer: {name: late, after: 5s}}, {start: {workflow: other, wait: true}}, {emit: {type: com.example.begun, to: world}}]
  steer:
    on: com.example.steer
    when: {count: 3}
    do: [{enable: end}, {cancel: other}, {cancel_timer: late}, {change: {trigger: end, context: {size: 4}}}]
  end:
    on: [{ended: work}, {timer: late}, com.example.begun]
    when: {join: {size: 3, timeout: 2h}}
    enabled: false
    once: true
    do: {fail: {error: Example.Late, message: late}}
  give-up: {on: [{timed_out: end}, {failed: other}], do: [{add: {again: {on: com.example.again, do: {complete: }}}}]}
";
    check(
        file,
        expect![[r#"
        actions

        ● start
        │
        ▸ begin                 trigger if input.size > 1
        ├─ ◷ late               wait 5s
        │  └─ → end ↓
        ├─ ▶ other              run · waits for end
        │  └─ ✗ failed → give-up ↓
        ├─ ◌ com.example.begun  event
        │  └─ → end ↓
        │
        ■ work                  task
        └─ ended → end ↓

        ▸ end                   trigger join 3 within 2h · once · disabled at first
        ├─ ✗ timed out → give-up ↓
        │
        ✖ Example.Late          fail late

        ▸ give-up               trigger
        └─ adds → again ↓

        ◌ com.example.steer     event
        │
        ▸ steer                 trigger every 3 events
        ├─ enables → end ↑
        ├─ cancels → other ↑
        ├─ cancels → late ↑
        └─ changes → end ↑

        ▸ again                 trigger · added
    "#]],
    );
}

#[test]
fn a_flowchart_of_triggers() {
    expect![[r#"
        ---
        title: "survey"
        ---
        flowchart TD
          n0["begin<br/><small>trigger</small>"]
          n1["fan-out<br/><small>trigger</small>"]
          n2["join<br/><small>trigger</small>"]
          n3["finish<br/><small>trigger</small>"]
          n4["list<br/><small>task</small>"]
          n5["count<br/><small>map · 4 at a time</small>"]
          n6["rank<br/><small>task</small>"]
          n7(["start"])
          n8(["complete"])
          n7 --> n0
          n0 --> n4
          n4 --> n1
          n1 --> n5
          n5 --> n2
          n2 --> n6
          n6 --> n3
          n3 --> n8
    "#]]
    .assert_eq(&mermaid::mermaid(&drawing::graph(&program(SURVEY))));
}

/// The programs of all examples and of all pages.
fn programs() -> Vec<Program> {
    let blocks = [PAGE, EVENTS].into_iter().flat_map(|page| page.split("```yaml\n").skip(1));
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let files = [FEDERATED, APPROVALS, SURVEY].into_iter().chain(blocks);
    files.filter_map(|file| compile(file, "workflow.yaml").program).collect()
}

#[test]
fn every_trigger_is_drawn_once_and_nothing_hangs_in_the_air() {
    let programs = programs();
    assert!(programs.len() > 10, "{} programs", programs.len());
    for program in programs {
        let graph = drawing::graph(&program);
        let ids: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), graph.nodes.len(), "{}: ids are unique", program.name);
        let drawn = graph.nodes.iter().filter(|node| node.kind == Kind::Trigger);
        let own = drawn.filter(|node| !node.badges.iter().any(|badge| badge == "added")).count();
        let triggers: usize = program.scopes.iter().map(|scope| scope.triggers.len()).sum();
        assert_eq!(own, triggers, "{}", program.name);
        for edge in &graph.edges {
            assert!(ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()), "{edge:?}");
        }
        let layout = layout::layout(&graph).unwrap();
        assert!(layout.nodes.iter().all(Option::is_some) && layout.edges.iter().all(Option::is_some));
        let shown = outline(&graph);
        assert!(graph.nodes.iter().all(|node| shown.contains(&node.label)), "{shown}");
    }
}

#[test]
fn what_is_no_trigger_file_is_drawn_by_its_triggers_where_its_text_is_not_kept() {
    let machine = r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f", "End": true}}}]}}}"#;
    let mut program = compile(machine, "m.json").program.unwrap();
    program.source = None;
    let graph = drawing::graph(&program);
    let kinds: BTreeSet<Kind> = graph.nodes.iter().map(|node| node.kind).collect();
    assert!(kinds.contains(&Kind::Trigger) && kinds.contains(&Kind::Scope) && kinds.contains(&Kind::Task));
    let task = graph.nodes.iter().find(|node| node.kind == Kind::Task).unwrap();
    assert_eq!((task.label.as_str(), task.detail.as_deref()), ("B", Some("f")));
}
