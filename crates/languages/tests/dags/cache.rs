//! Results that are kept for tasks that ask for the same again.

use tidegate_model::{Fact, Failure, Input, Invocation, Name, Outcome, RunId, Text, Timestamp};

use crate::execution::{World, value};

struct Cached {
    world: World,
    calls: Vec<String>,
    /// What calls fail with this input.
    broken: Option<String>,
}

impl Cached {
    fn of(dag: &str) -> Self {
        let mut world = World::new();
        for name in ["work", "other"] {
            world.function(name);
        }
        let mut cached = Self { world, calls: Vec::new(), broken: None };
        cached.apply(dag);
        cached
    }

    fn apply(&mut self, dag: &str) {
        self.world.apply(tidegate_languages::compile(dag, "dag.yaml"));
    }

    /// Runs it; what came out, and why results were or were not there.
    fn run(&mut self, input: &str) -> (String, Vec<String>) {
        self.calls.clear();
        let told = self.world.facts.len();
        let run = self.world.start("test", &value(input));
        let (calls, broken) = (&mut self.calls, &self.broken);
        self.world.work(&mut |invocation: &Invocation| {
            let input = invocation.input.to_text();
            calls.push(format!("{} {input}", invocation.subject));
            if broken.as_ref() == Some(&input) {
                return Some(Outcome::Failed(Failure::new("Broken", "it is")));
            }
            Some(Outcome::succeeded(&invocation.input))
        });
        self.world.restart();
        let execution = self.world.execution(run);
        let result = execution.output.map_or_else(|| execution.status.to_owned(), |output| output.to_text());
        let why = self.world.facts[told..].iter().filter_map(|fact| match fact {
            Fact::CacheHit { subject, index, from, .. } => {
                Some(format!("{subject}{}: of {from}", told_index(*index)))
            }
            Fact::CacheMissed { subject, index, reason, .. } => {
                Some(format!("{subject}{}: {reason}", told_index(*index)))
            }
            _ => None,
        });
        (result, why.collect())
    }
}

fn told_index(index: Option<u32>) -> String {
    index.map(|index| format!("[{index}]")).unwrap_or_default()
}

#[test]
fn the_same_is_not_computed_twice() {
    let dag = "dag: test
tasks:
  a: {function: work, cache: true, input: {x: '{% input.x %}', deep: [1, {y: '{% input.y %}'}]}}
  b: {function: work, after: a, input: '{% a.x %}'}
";
    let mut cached = Cached::of(dag);
    let (first, why) = cached.run(r#"{"x": 1, "y": 2}"#);
    assert_eq!(why, ["a: no earlier result"]);
    assert_eq!(cached.calls.len(), 2);
    let (second, why) = cached.run(r#"{"y": 2, "x": 1, "z": 5}"#);
    assert_eq!((first, why), (second, vec!["a: of r1".to_owned()]));
    assert_eq!(cached.calls, ["b 1"]);
    let (_, why) = cached.run(r#"{"x": 1, "y": 3}"#);
    assert_eq!(why, ["a: the input differs at /deep/1/y: was 2, is 3"]);
    let (_, why) = cached.run(r#"{"x": 1}"#);
    assert_eq!(why, ["a: the input differs at /deep/1/y: was 3, is nothing"]);
    let told = cached.world.facts.iter().any(|fact| match fact {
        Fact::Raised { run: RunId(2), kind, subject, data, .. } if kind == "dag.task.ended" => {
            let data = data.as_ref().and_then(tidegate_model::Data::inline_value).unwrap_or_default();
            subject.as_deref() == Some("a") && data.get("cached").and_then(|from| from.as_str()) == Some("r1")
        }
        _ => false,
    });
    assert!(told, "the end of the task says whose result it is");
}

#[test]
fn another_function_or_version_is_not_the_same() {
    let dag = "dag: test\ntasks: {a: {function: work, cache: {version: 1}, input: 5}}\n";
    let mut cached = Cached::of(dag);
    cached.run("{}");
    cached.apply(&dag.replace("version: 1", "version: 2"));
    assert_eq!(cached.run("{}").1, ["a: the version differs: was 1, is 2"]);
    let inline = "dag: test\ntasks: {a: {command: echo 1, environment: {A: b}, cache: true}}\n";
    cached.apply(inline);
    let mut program = tidegate_languages::compile(inline, "dag.yaml").program.unwrap();
    let functions = tidegate_languages::dag::cached_functions(&program);
    assert_eq!(functions.iter().map(tidegate_model::Name::as_str).collect::<Vec<_>>(), ["a"]);
    cached.run("{}");
    assert_eq!(cached.run("{}").1, ["a: of r3"]);
    program.functions.values_mut().for_each(|spec| spec.content = Some(Text::const_new("another")));
    cached.world.take(Input::Apply { program: tidegate_model::entry::Document(program) });
    assert_eq!(cached.run("{}").1, ["a: the function has changed: `content` differs"]);
    cached.apply(&inline.replace("echo 1", "echo 2"));
    let why = cached.run("{}").1;
    assert_eq!(why, ["a: the function has changed: `command` differs"]);
}

#[test]
fn a_key_says_what_counts_and_a_time_how_long() {
    let dag = "dag: test
tasks:
  a: {function: work, cache: {ttl: 1h, key: '{% input.day %}'}, input: '{% input.now %}'}
";
    let mut cached = Cached::of(dag);
    cached.run(r#"{"day": "monday", "now": 1}"#);
    let (result, why) = cached.run(r#"{"day": "monday", "now": 2}"#);
    assert_eq!((result.as_str(), why), (r#"{"a":1}"#, vec!["a: of r1".to_owned()]));
    cached.world.at = Timestamp(cached.world.at.0 + 3_600_000);
    let (_, why) = cached.run(r#"{"day": "monday", "now": 3}"#);
    assert_eq!(why, ["a: expired: the result of run r1 was kept for 1h"]);
    let (_, why) = cached.run(r#"{"day": "monday", "now": 4}"#);
    assert_eq!(why, ["a: of r3"]);
}

#[test]
fn items_and_tasks_in_groups_are_kept_each_for_itself_and_failures_are_not() {
    let dag = "dag: test
tasks:
  each: {function: work, cache: true, map: '{% input.list %}'}
  g:
    map: '{% input.list %}'
    tasks:
      x: {function: work, cache: true, input: {x: '{% item %}'}}
";
    let mut cached = Cached::of(dag);
    cached.broken = Some("2".to_owned());
    assert_eq!(cached.run(r#"{"list": [1, 2]}"#).0, "FAILED");
    cached.broken = None;
    let (result, why) = cached.run(r#"{"list": [1, 2, 3]}"#);
    assert_eq!(result, r#"{"each":[1,2,3],"g":[{"x":{"x":1}},{"x":{"x":2}},{"x":{"x":3}}]}"#);
    let of = |task: &str| why.iter().filter(|why| why.starts_with(task)).cloned().collect::<Vec<_>>();
    assert_eq!(
        of("each"),
        [
            "each[0]: of r1",
            "each[1]: no earlier result for this input",
            "each[2]: no earlier result for this input"
        ]
    );
    assert_eq!(of("g.x").len(), 3);
    let calls = cached.calls.len();
    let (again, _) = cached.run(r#"{"list": [3, 2, 1]}"#);
    assert_eq!(again, r#"{"each":[3,2,1],"g":[{"x":{"x":3}},{"x":{"x":2}},{"x":{"x":1}}]}"#);
    assert_eq!((calls > 0, cached.calls.len()), (true, 0), "{:?}", cached.calls);
}

#[test]
fn what_is_kept_can_be_let_go_of() {
    let dag = "dag: test\ntasks: {a: {function: work, cache: true}, b: {function: other, cache: true}}\n";
    let mut cached = Cached::of(dag);
    cached.run("{}");
    assert_eq!(cached.world.partition.cached().count(), 2, "functions of the same form are one");
    let workflow = Some(Name::new("test").unwrap());
    cached.world.take(Input::ClearCache { workflow, task: Some(Text::const_new("a")) });
    let left: Vec<String> =
        cached.world.partition.cached().map(|(_, entry)| entry.task.to_string()).collect();
    assert_eq!(left, ["b"]);
    cached.world.take(Input::ClearCache { workflow: None, task: None });
    assert_eq!(cached.world.partition.cached().count(), 0);
}

#[test]
fn mistakes_are_told_with_the_way_out() {
    let told = |task: &str| {
        let compiled =
            tidegate_languages::compile(&format!("dag: test\ntasks:\n  a: {{{task}}}\n"), "dag.yaml");
        let first = compiled
            .diagnostics
            .first()
            .map(|found| format!("{}; {}", found.message, found.help.clone().unwrap_or_default()));
        first.unwrap_or_default()
    };
    assert_eq!(
        told("command: ls, map: [1], cache: {key: '{% item %}'}"),
        "items of a map have no `key`: it is not known which of them it is of; put the task into a mapped group: \
         there `key` is of each instance"
    );
    assert!(
        told("command: ls, control: true, cache: true").starts_with("results of this task cannot be kept")
    );
    assert!(told("workflow: other, cache: true").starts_with("results of this task cannot be kept"));
    assert!(told("command: ls, cache: 7").contains("`cache`"));
    assert!(told("command: ls, cache: {until: 7}").contains("until"));
}
