//! DAGs as drawings, and what runs make of them.

use expect_test::expect;
use tidegate_graph::State;
use tidegate_json::Value;
use tidegate_languages::drawing::{Watcher, graph};
use tidegate_model::{Failure, Outcome};

use crate::execution::World;

const DAG: &str = "dag: test
tasks:
  list: {function: work}
  each: {function: work, after: list, map: '{% list %}', concurrency: 2, retry: {max_attempts: 3}}
  sum: {function: work, after: each}
  told: {function: tell, after: [each, sum], rule: one_failed, when: input.tell}
";

#[test]
fn tasks_are_nodes_and_what_comes_after_is_an_edge() {
    let compiled = tidegate_languages::compile(DAG, "dag.yaml");
    let drawn = graph(&compiled.program.unwrap());
    let nodes: Vec<String> = drawn
        .nodes
        .iter()
        .map(|node| {
            format!(
                "{} {:?} {} [{}]",
                node.id,
                node.kind,
                node.detail.as_deref().unwrap_or("-"),
                node.badges.join(", ")
            )
        })
        .collect();
    let edges: Vec<String> = drawn.edges.iter().map(|edge| format!("{} > {}", edge.from, edge.to)).collect();
    expect![[r#"
        (start) Start - []
        list Task work []
        each Map work [retry 2×, 2 at a time]
        sum Task work []
        told Task tell [one_failed, when input.tell]
        (end) End - []
        (start) > list, list > each, each > sum, each > told, sum > told, told > (end)"#]]
    .assert_eq(&format!("{}\n{}", nodes.join("\n"), edges.join(", ")));
}

#[test]
fn nodes_have_what_a_run_made_of_them() {
    let compiled = tidegate_languages::compile(DAG, "dag.yaml");
    let program = compiled.program.clone().unwrap();
    let mut world = World::new();
    world.function("work");
    world.apply(compiled);
    let run = world.start("test", &Value::object([("tell", false)]));
    world.work(&mut |invocation| match invocation.subject.as_str() {
        "list" => Some(Outcome::succeeded(&Value::array([1, 2]))),
        _ if invocation.input.as_u64() == Some(2) => {
            Some(Outcome::Failed(Failure::new("Broken", "it is two")))
        }
        _ => Some(Outcome::succeeded(&Value::Null)),
    });
    let mut watcher = Watcher::new(run, &program);
    world.facts.iter().for_each(|fact| watcher.see(fact));
    let drawn = watcher.into_graph();
    let of = |id: &str| {
        let node = drawn.nodes.iter().find(|node| node.id == id).unwrap();
        (node.progress.unwrap().state, node.progress.unwrap().counts.expected)
    };
    assert_eq!(of("list"), (State::Succeeded, 0));
    assert_eq!(of("each"), (State::Failed, 2));
    assert_eq!(of("sum"), (State::Skipped, 0));
    assert_eq!(of("told"), (State::Skipped, 0));
    // What listened to the failure was not wanted, so nobody has dealt with it.
    assert_eq!(of("(end)"), (State::Succeeded, 0));
}

const GROUPS: &str = "dag: test
tasks:
  list: {function: work}
  many: {function: work, after: list, map: [1, 2], each: true, rule: all_done}
  g:
    after: list
    map: [1, 2]
    tasks:
      x: {function: work}
      h: {after: x, tasks: {y: {function: work, after: many}}}
  sum: {function: work, after: [g.h.y, many]}
";

#[test]
fn groups_have_their_tasks_inside_and_edges_between_what_stands_beside_each_other() {
    let compiled = tidegate_languages::compile(GROUPS, "dag.yaml");
    let program = compiled.program.clone().unwrap();
    let mut world = World::new();
    world.function("work");
    world.apply(compiled);
    let run = world.start("test", &Value::Null);
    world.work(&mut |invocation| match invocation.input.as_u64() {
        Some(2) if invocation.subject == "g.x" => Some(Outcome::Failed(Failure::new("Broken", "it is two"))),
        _ => Some(Outcome::succeeded(&Value::Null)),
    });
    let mut watcher = Watcher::new(run, &program);
    world.facts.iter().for_each(|fact| watcher.see(fact));
    let drawn = watcher.into_graph();
    let mut told = String::new();
    for node in &drawn.nodes {
        let progress = node.progress.unwrap();
        let counts = progress.counts;
        told += &format!(
            "{} ({}) {:?} in {}: {:?} {}/{}/{} of {}\n",
            node.id,
            node.label,
            node.kind,
            node.group.as_deref().unwrap_or("-"),
            progress.state,
            counts.succeeded,
            counts.failed,
            counts.skipped,
            counts.expected
        );
    }
    let edges: Vec<String> = drawn.edges.iter().map(|edge| format!("{} > {}", edge.from, edge.to)).collect();
    expect![[r#"
        (start) (start) Start in -: Succeeded 0/0/0 of 0
        list (list) Task in -: Succeeded 1/0/0 of 0
        many (many) Map in -: Succeeded 2/0/0 of 2
        g (g) Map in -: Failed 0/1/0 of 2
        g.x (x) Task in g: Failed 1/1/0 of 0
        g.h (h) Scope in g: Skipped 0/0/1 of 0
        g.h.y (y) Task in g.h: Cancelled 0/0/0 of 0
        sum (sum) Task in -: Skipped 0/0/1 of 0
        (end) (end) End in -: Failed 0/0/0 of 0
        (start) > list, list > many, list > g, g.x > g.h, many > g, many > sum, g > sum, sum > (end)"#]]
    .assert_eq(&format!("{told}{}", edges.join(", ")));
}
