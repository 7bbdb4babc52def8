//! State machines as drawings: what is drawn, and what a run makes of it.

use expect_test::{Expect, expect, expect_file};
use tidegate_graph::{EdgeStyle, Graph, Kind, State, mermaid, svg, text};
use tidegate_json::Value;
use tidegate_languages::drawing::{self, Watcher};
use tidegate_languages::{asl, compile};
use tidegate_model::{Data, Fact, Failure, Invocation, Labels, Outcome, Program, RunId};

use super::execution::{World, value};

const SAGA: &str = include_str!("../../../../examples/order-saga/order.asl.json");
const PAGE: &str = include_str!("../../../../docs/graph.md");
const CASES: &str = include_str!("../../../../tests/conformance/asl/cases.jsonl");

fn program(definition: &str) -> Program {
    let compiled = compile(definition, "machine.asl.json");
    compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

fn outline(graph: &Graph) -> String {
    text::text(graph, text::Style { width: 100, colour: text::Colour::Never })
}

#[expect(clippy::needless_pass_by_value, reason = "the macro makes a value")]
fn check(definition: &str, expected: Expect) {
    expected.assert_eq(&outline(&drawing::graph(&program(definition))));
}

#[test]
fn the_saga_reads_from_top_to_bottom() {
    check(
        SAGA,
        expect![[r#"
            machine
            Takes an order, and takes back what was done for it where something fails.

            ● start
            │
            ◆ Check order            choice
            ├─ $.items[0] is not present → Refused ↓
            ├─ $.total > 1000 and not $.customer.trusted
            │  ■ Ask a person        task lambda:invoke ask · waits for token · timeout 1 h
            │  ├─ → Reserve items ↓
            │  └─ ✗ States.Timeout, Rejected → Refused ↓
            └─ default → Reserve items ↓

            ∷ Reserve items          map items of $.items · 4 at a time
            │ ╔═
            │ ║ ■ Reserve            task reserve · retry 5×
            │ ║ │
            │ ║ ◆ In stock?          choice
            │ ║ ├─ $.reserved
            │ ║ │  ✔ Reserved        succeed
            │ ║ └─ default
            │ ║    ◷ Wait for goods  wait 2 s
            │ ║    └─ → Reserve ↑
            │ ╚═
            ├─ ✗ any error → Release items ↓
            │
            ■ Charge                 task charge · retry 3×
            ├─ ✗ any error → Release items ↓
            │
            ≡ Ship and tell          parallel
            │ ╔═ branch 1
            │ ║ ■ Ship               task ship
            │ ╔═ branch 2
            │ ║ ■ Tell customer      task tell
            │ ╚═
            ├─ ✗ any error
            │  ■ Refund              task refund
            │  └─ → Release items ↓
            │
            ▷ Summary                pass
            │
            ● end

            ■ Release items          task release
            │
            ✖ Refused                fail Order.Refused
        "#]],
    );
}

#[test]
fn the_page_about_drawings_shows_what_is_drawn() {
    let compiled = compile(SAGA, "order.asl.json");
    let graph = drawing::graph(&compiled.program.unwrap());
    let shown = outline(&graph);
    assert!(PAGE.contains(&format!("```text\n{shown}```\n")), "docs/graph.md does not show\n{shown}");
    expect_file!["../../../../docs/order-saga.svg"].assert_eq(&svg::svg(&graph).unwrap());
    let pair = compile(PAIR, "pair.asl.json");
    let chart = mermaid::mermaid(&drawing::graph(&pair.program.unwrap()));
    assert!(PAGE.contains(&format!("```mermaid\n{chart}```\n")), "docs/graph.md does not show\n{chart}");
}

/// What the page shows as a flowchart.
const PAIR: &str = r#"{"StartAt": "Charge", "States": {
    "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:charge",
        "Catch": [{"ErrorEquals": ["Declined"], "Next": "Refused"}], "Next": "Large?"},
    "Large?": {"Type": "Choice", "Choices": [{"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Thank"}],
        "Default": "Done"},
    "Thank": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
    "Done": {"Type": "Succeed"},
    "Refused": {"Type": "Fail", "Error": "Refused"}}}"#;

#[test]
fn a_flowchart_has_every_kind_of_state() {
    let graph = drawing::graph(&program(
        r#"{"StartAt": "P", "States": {
            "P": {"Type": "Pass", "Next": "end"},
            "end": {"Type": "Choice", "Choices": [{"Variable": "$['x']", "StringEquals": "a|\"b", "Next": "W"}], "Default": "M"},
            "W": {"Type": "Wait", "Seconds": 90, "Next": "P"},
            "M": {"Type": "Map", "ItemProcessor": {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}, "Next": "B"},
            "B": {"Type": "Parallel", "Branches": [
                {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:t", "End": true}}},
                {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}
            ], "Catch": [{"ErrorEquals": ["E"], "Next": "P"}], "End": true}
        }}"#,
    ));
    expect![[r##"
        ---
        title: "machine"
        ---
        flowchart TD
          n0(["start"])
          n1["P<br/><small>pass</small>"]
          n2{{"end<br/><small>choice</small>"}}
          n3("W<br/><small>wait · 90 s</small>")
          subgraph n4["M<br/><small>map</small>"]
            direction TB
            n5[["S<br/><small>succeed</small>"]]
          end
          subgraph n6["B<br/><small>parallel</small>"]
            subgraph g0["branch 1"]
              direction TB
              n7["T<br/><small>task · t</small>"]
            end
            subgraph g1["branch 2"]
              direction TB
              n8[["F<br/><small>fail · E</small>"]]
            end
          end
          n9(["end"])
          n0 --> n1
          n1 --> n2
          n2 -->|"#36;['x'] = #34;a#124;#92;#34;b#34;"| n3
          n2 -->|"default"| n4
          n3 --> n1
          n4 --> n6
          n6 --> n9
          n6 -.->|"E"| n1
    "##]]
    .assert_eq(&mermaid::mermaid(&graph));
}

#[test]
fn rules_are_said_in_short_words() {
    let say = |language: &str, rule: &str| {
        let choice = format!(
            r#"{{"QueryLanguage": "{language}", "StartAt": "C", "States": {{
                "C": {{"Type": "Choice", "Choices": [{rule}], "Default": "S"}}, "S": {{"Type": "Succeed"}}}}}}"#
        );
        let graph = drawing::graph(&program(&choice));
        graph.edges[1].label.clone().unwrap()
    };
    for (rule, words) in [
        (r#""Variable": "$.a", "NumericGreaterThan": 3"#, "$.a > 3"),
        (r#""Variable": "$.a", "NumericLessThanEqualsPath": "$.b""#, "$.a ≤ $.b"),
        (r#""Variable": "$.a", "StringEquals": "x""#, r#"$.a = "x""#),
        (r#""Variable": "$.a", "StringMatches": "x*""#, r#"$.a matches "x*""#),
        (r#""Variable": "$.a", "BooleanEquals": false"#, "not $.a"),
        (r#""Variable": "$.a", "IsPresent": true"#, "$.a is present"),
        (r#""Not": {"Variable": "$.a", "IsNull": true}"#, "$.a is not null"),
        (
            r#""Not": {"Variable": "$.a", "TimestampLessThan": "2026-01-31T00:00:00Z"}"#,
            r#"not $.a < "2026-01-31T00:00:00Z""#,
        ),
        (
            r#""And": [{"Variable": "$.a", "IsString": true}, {"Or": [{"Variable": "$.b", "NumericEquals": 1}, {"Variable": "$.c", "BooleanEquals": true}]}]"#,
            "$.a is text and ($.b = 1 or $.c)",
        ),
    ] {
        assert_eq!(say("JSONPath", &format!(r#"{{{rule}, "Next": "S"}}"#)), words);
    }
    let condition = r#"{"Condition": "{% $states.input.a  > 3 %}", "Next": "S"}"#;
    assert_eq!(say("JSONata", condition), "$states.input.a > 3");
}

/// Every state of a machine and of those within it, with what it goes on with.
fn states(machine: &Value, found: &mut Vec<(String, Vec<String>)>) {
    for (name, state) in machine.get("States").and_then(Value::as_object).unwrap().iter() {
        let rules = ["Choices", "Catch"].into_iter().filter_map(|field| state.get(field)?.as_array());
        let in_rules = rules.flat_map(|rules| rules.iter()).filter_map(|rule| rule.get("Next"));
        let own = [state.get("Next"), state.get("Default")].into_iter().flatten();
        let next = own.chain(in_rules).map(|next| next.as_str().unwrap().to_owned());
        found.push((name.to_string(), next.collect()));
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flat_map(|all| all.iter());
        let processor = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
        branches.chain(processor).for_each(|machine| states(machine, found));
    }
}

#[test]
fn every_state_is_a_node_and_every_transition_an_edge() {
    let mut count = 0;
    let cases = CASES.lines().map(value).filter_map(|case| case.get("definition").cloned());
    for definition in cases.chain([value(SAGA)]) {
        let compiled = asl::compile(&definition.to_text(), &asl::Options::local("m".parse().unwrap()));
        let Some(program) = compiled.program else { continue };
        count += 1;
        let graph = drawing::graph(&program);
        let mut expected = Vec::new();
        states(&definition, &mut expected);
        let nodes: Vec<&str> =
            graph.nodes.iter().filter(|node| !node.kind.is_mark()).map(|node| node.id.as_str()).collect();
        assert_eq!(nodes.len(), expected.len(), "{}", definition.to_text());
        let shown = outline(&graph);
        for (name, next) in expected {
            assert_eq!(nodes.iter().filter(|node| **node == name).count(), 1, "{name}");
            assert!(shown.contains(&name), "{name} is not in\n{shown}");
            let mut drawn: Vec<&str> = graph
                .edges
                .iter()
                .filter(|edge| edge.from == name && edge.to != "(end)")
                .map(|edge| edge.to.as_str())
                .collect();
            let mut next: Vec<&str> = next.iter().map(String::as_str).collect();
            drawn.sort_unstable();
            next.sort_unstable();
            assert_eq!(drawn, next, "{name}");
        }
    }
    assert!(count > 50, "{count} machines were drawn");
}

/// The run's drawing from what the world has seen.
fn watched(world: &World, program: &Program, run: RunId) -> Graph {
    drawn_from(&world.facts, program, run)
}

/// The run's drawing from what the world had seen when nothing was left to do but to let time pass.
fn watched_at_rest(world: &World, program: &Program, run: RunId) -> Graph {
    let later = world.facts.iter().position(|fact| matches!(fact, Fact::TimerFired { .. }));
    drawn_from(&world.facts[..later.unwrap_or(world.facts.len())], program, run)
}

fn drawn_from(facts: &[Fact], program: &Program, run: RunId) -> Graph {
    let mut watcher = Watcher::new(run, program);
    facts.iter().filter(|fact| fact.run() == Some(run)).for_each(|fact| watcher.see(fact));
    watcher.into_graph()
}

fn state(graph: &Graph, node: &str) -> State {
    graph.nodes.iter().find(|known| known.id == node).unwrap().progress.unwrap().state
}

fn summary(graph: &Graph, node: &str) -> Option<String> {
    graph.nodes.iter().find(|known| known.id == node).unwrap().progress.unwrap().summary()
}

fn well(output: &str) -> Option<Outcome> {
    Some(Outcome::Succeeded { data: Data::json(&value(output)), labels: Labels::NONE })
}

fn badly(error: &str) -> Option<Outcome> {
    Some(Outcome::Failed(Failure::new(error.to_owned(), "")))
}

fn saga() -> (World, Program) {
    let mut world = World::new();
    for function in ["ask", "reserve", "charge", "ship", "tell", "refund", "release"] {
        world.function(function);
    }
    let definition = value(SAGA);
    world.machine("saga", &definition);
    let options = asl::Options::local("saga".parse().unwrap());
    let program = asl::compile(&definition.to_text(), &options).program.unwrap();
    (world, program)
}

const ORDER: &str =
    r#"{"id": 7, "total": 30, "customer": {"trusted": true}, "items": [{"n": 1}, {"n": 2}, {"n": 3}]}"#;

#[test]
fn a_run_that_goes_well_has_been_where_it_was() {
    let (mut world, program) = saga();
    let run = world.start("saga", &value(ORDER));
    world.work(&mut |_: &Invocation| well(r#"{"reserved": true}"#));
    let graph = watched(&world, &program, run);
    expect![[r#"
        saga  run r1
        Takes an order, and takes back what was done for it where something fails.

        ✓ start                  succeeded
        │
        ✓ Check order            succeeded · choice
        ├─ $.items[0] is not present → Refused ↓
        ├─ $.total > 1000 and not $.customer.trusted
        │  ■ Ask a person        task lambda:invoke ask · waits for token · timeout 1 h
        │  ├─ → Reserve items ↓
        │  └─ ✗ States.Timeout, Rejected → Refused ↓
        └─ default ✓ → Reserve items ↓

        ✓ Reserve items          3 of 3 · map items of $.items · 4 at a time
        │ ╔═
        │ ║ ✓ Reserve            3× · task reserve · retry 5×
        │ ║ │
        │ ║ ✓ In stock?          3× · choice
        │ ║ ├─ $.reserved ✓ 3×
        │ ║ │  ✓ Reserved        3× · succeed
        │ ║ └─ default
        │ ║    ◷ Wait for goods  wait 2 s
        │ ║    └─ → Reserve ↑
        │ ╚═
        ├─ ✗ any error → Release items ↓
        │
        ✓ Charge                 succeeded · task charge · retry 3×
        ├─ ✗ any error → Release items ↓
        │
        ✓ Ship and tell          succeeded · parallel
        │ ╔═ branch 1
        │ ║ ✓ Ship               succeeded · task ship
        │ ╔═ branch 2
        │ ║ ✓ Tell customer      succeeded · task tell
        │ ╚═
        ├─ ✗ any error
        │  ■ Refund              task refund
        │  └─ → Release items ↓
        │
        ✓ Summary                succeeded · pass
        │
        ✓ end                    succeeded

        ■ Release items          task release
        │
        ✖ Refused                fail Order.Refused
    "#]]
    .assert_eq(&outline(&graph));
    let taken = |from: &str, to: &str| {
        graph
            .edges
            .iter()
            .filter(|edge| edge.from == from && edge.to == to)
            .map(|edge| edge.taken)
            .collect::<Vec<_>>()
    };
    assert_eq!(taken("Charge", "Ship and tell"), [Some(1)]);
    assert_eq!(taken("Charge", "Release items"), [Some(0)]);
    assert_eq!(taken("Summary", "(end)"), [Some(1)]);
}

#[test]
fn items_of_a_map_are_counted_and_not_drawn() {
    let (mut world, program) = saga();
    let run = world.start("saga", &value(ORDER));
    let mut answers = 0;
    // The first item has its goods, the others go on waiting for an answer.
    world.work(&mut |_: &Invocation| {
        answers += 1;
        (answers == 1).then(|| well(r#"{"reserved": true}"#)).flatten()
    });
    let graph = watched_at_rest(&world, &program, run);
    assert_eq!(state(&graph, "Reserve items"), State::Running);
    assert_eq!(summary(&graph, "Reserve items").unwrap(), "1 of 3, 2 running");
    assert_eq!((state(&graph, "Reserve"), state(&graph, "Reserved")), (State::Running, State::Succeeded));
    assert_eq!(summary(&graph, "Reserve").unwrap(), "1×, 2 running");
    assert_eq!(state(&graph, "Charge"), State::NotReached);
    assert_eq!(graph.nodes.len(), drawing::graph(&program).nodes.len());
}

#[test]
fn an_error_that_is_caught_and_one_that_ends_the_run_differ() {
    let (mut world, program) = saga();
    let run = world.start("saga", &value(ORDER));
    world.work(&mut |invocation: &Invocation| match invocation.function.as_str() {
        "tell" => badly("NoAddress"),
        "ship" => None,
        _ => well(r#"{"reserved": true}"#),
    });
    let graph = watched(&world, &program, run);
    for (node, expected) in [
        ("Ship and tell", State::Caught),
        ("Tell customer", State::Failed),
        ("Ship", State::Cancelled),
        ("Refund", State::Succeeded),
        ("Refused", State::Failed),
        ("Summary", State::NotReached),
        ("(end)", State::NotReached),
    ] {
        assert_eq!(state(&graph, node), expected, "{node}");
    }
    let caught = graph.edges.iter().find(|edge| edge.from == "Ship and tell" && edge.to == "Refund").unwrap();
    assert_eq!((caught.style, caught.taken), (EdgeStyle::Error, Some(1)));
}

#[test]
fn what_waits_does_not_work() {
    let (mut world, program) = saga();
    let order = ORDER.replace("30", "3000").replace("true", "false");
    let run = world.start("saga", &value(&order));
    world.work(&mut |invocation: &Invocation| match invocation.function.as_str() {
        "ask" => well("{}"),
        _ => None,
    });
    assert_eq!(state(&watched_at_rest(&world, &program, run), "Ask a person"), State::Waiting);
    // By the end, nobody has decided in time.
    let now = watched(&world, &program, run);
    assert_eq!((state(&now, "Ask a person"), state(&now, "Refused")), (State::Caught, State::Failed));
}

#[test]
fn kinds_are_those_of_the_definition() {
    let graph = drawing::graph(&program(SAGA));
    let kind = |id: &str| graph.nodes.iter().find(|node| node.id == id).unwrap().kind;
    assert_eq!((kind("Reserve items"), kind("Ship and tell")), (Kind::Map, Kind::Parallel));
    let groups: Vec<&str> = graph.groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(groups, ["Reserve items/item", "Ship and tell/0", "Ship and tell/1"]);
}
