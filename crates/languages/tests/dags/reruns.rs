//! Reruns: what is kept, what is done again, inside maps too.

use std::collections::BTreeSet;

use tidegate_engine::Reply;
use tidegate_json::Value;
use tidegate_languages::dag::rerun::{self, Again, RerunError, Trace};
use tidegate_model::entry::StartRun;
use tidegate_model::{Data, Fact, Failure, Input, Invocation, Labels, Name, Outcome, RunId};

use crate::execution::{World, value};

/// A world with a DAG in it whose calls fail that are said to, by what their input's `id` gives.
struct Reruns {
    world: World,
    broken: BTreeSet<String>,
    calls: Vec<String>,
}

impl Reruns {
    fn of(dag: &str, broken: &[&str]) -> Self {
        let mut world = World::new();
        world.function("work");
        world.apply(tidegate_languages::compile(dag, "dag.yaml"));
        Self { world, broken: broken.iter().map(|id| (*id).to_owned()).collect(), calls: Vec::new() }
    }

    fn start(&mut self, input: &str) -> (RunId, String) {
        let run = self.world.start("test", &value(input));
        (run, self.end(run))
    }

    /// Lets a run go on to its end; what came out.
    fn end(&mut self, run: RunId) -> String {
        self.calls.clear();
        let (calls, broken) = (&mut self.calls, &self.broken);
        self.world.work(&mut |invocation: &Invocation| {
            let id =
                invocation.input.get("id").map(|id| id.as_str().map_or_else(|| id.to_text(), str::to_owned));
            let id = id.unwrap_or_else(|| invocation.subject.to_string());
            calls.push(id.clone());
            if broken.contains(&id) {
                return Some(Outcome::Failed(Failure::new("Broken", format!("{id} is"))));
            }
            Some(Outcome::succeeded(
                &invocation.input.get("give").cloned().unwrap_or_else(|| Value::from(id.as_str())),
            ))
        });
        self.world.restart();
        let execution = self.world.execution(run);
        match &execution.output {
            Some(output) => output.to_text(),
            None => format!("{} {}", execution.status, execution.cause.as_deref().unwrap_or_default()),
        }
    }

    fn kept(&self, run: RunId, again: &Again<'_>) -> Result<Value, RerunError> {
        let mut trace = Trace::default();
        let mut program = None;
        for fact in self.world.facts.iter().filter(|fact| fact.run() == Some(run)) {
            match fact {
                Fact::RunStarted { program: digest, .. } => program = self.world.partition.program(digest),
                Fact::RerunStarted { start, .. } => {
                    trace.begin_with(start.inline_value().unwrap().get("kept").unwrap());
                }
                other => trace.take(other),
            }
        }
        let program = &program.unwrap().program;
        rerun::keep(run, program, program, &trace, again)
    }

    fn begin(&mut self, run: RunId, from: &[&str], input: Option<&str>) -> RunId {
        let from: Vec<String> = from.iter().map(|name| (*name).to_owned()).collect();
        let again = Again { from: &from, has_other_input: input.is_some() };
        let kept = self.kept(run, &again).unwrap();
        let known = self.world.facts.iter().find_map(|fact| match fact {
            Fact::RunStarted { run: of, input, .. } if *of == run => input.inline_value(),
            _ => None,
        });
        let input = input.map_or_else(|| known.unwrap(), value);
        let start = Value::object([("input", input), ("kept", kept)]);
        let request = StartRun {
            workflow: Name::new("test").unwrap(),
            program: None,
            input: Data::json(&start),
            labels: Labels::NONE,
            key: None,
        };
        match self.world.take(Input::Rerun { request, of: run }) {
            Reply::Run { run, .. } => run,
            other => panic!("{other:?}"),
        }
    }

    fn rerun(&mut self, run: RunId, from: &[&str]) -> (RunId, String) {
        let run = self.begin(run, from, None);
        (run, self.end(run))
    }

    fn mend(&mut self) {
        self.broken.clear();
    }

    /// What is wrong with naming these.
    fn refused(&self, run: RunId, from: &[&str]) -> String {
        let from: Vec<String> = from.iter().map(|name| (*name).to_owned()).collect();
        let error = self.kept(run, &Again { from: &from, has_other_input: false }).unwrap_err();
        format!("{}; {}", error.message, error.help)
    }
}

const CHAIN: &str = "dag: test
tasks:
  a: {function: work, input: {id: a, give: [1, 2]}}
  b: {function: work, after: a, input: {id: b, give: '{% $sum(a) %}'}}
  c: {function: work, after: b, input: {id: c, give: '{% b + 1 %}'}}
  other: {function: work, input: {id: other}}
  alarm: {function: work, after: [b, c], rule: one_failed, input: {id: alarm}}
  end: {function: work, after: [c, other], input: {id: end, give: '{% c & other %}'}}
";

#[test]
fn what_had_ended_well_is_kept_and_the_rest_is_done() {
    let mut runs = Reruns::of(CHAIN, &["b"]);
    let (first, said) = runs.start("{}");
    assert!(said.starts_with("FAILED task `b` failed: b is"), "{said}");
    assert_eq!(runs.calls, ["a", "other", "b", "alarm"]);
    runs.mend();
    let (second, said) = runs.rerun(first, &[]);
    assert_eq!(runs.calls, ["b", "c", "end"], "what comes after a failure is decided again");
    assert_eq!(said, r#"{"a":[1,2],"other":"other","b":3,"c":4,"end":"4other"}"#);
    let told =
        runs.world.facts.iter().any(|fact| matches!(fact, Fact::RerunStarted { of, .. } if *of == first));
    assert!(told);
    let summary = runs.world.partition.run(second);
    assert!(summary.is_none(), "it has ended");
}

#[test]
fn a_rerun_begins_at_any_task() {
    let mut runs = Reruns::of(CHAIN, &[]);
    let (first, _) = runs.start("{}");
    assert_eq!(
        runs.refused(first, &[]),
        "nothing of run r1 is to be done again: all of its tasks ended well; name the tasks to run again: \
         `from`, on the command line `--from TASK`"
    );
    let (second, said) = runs.rerun(first, &["c"]);
    assert_eq!(runs.calls, ["c", "end"]);
    assert_eq!(said, r#"{"a":[1,2],"other":"other","b":3,"c":4,"end":"4other"}"#);
    // A rerun of a rerun knows what both had kept.
    let (_, said) = runs.rerun(second, &["end"]);
    assert_eq!(runs.calls, ["end"]);
    assert_eq!(said, r#"{"a":[1,2],"other":"other","b":3,"c":4,"end":"4other"}"#);
    let from: Vec<&str> = runs
        .world
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Raised { run, kind, subject, data, .. } if run.0 == 3 && kind == "dag.task.ended" => {
                let kept = data.as_ref()?.inline_value()?.get("kept")?.as_str().map(str::to_owned);
                Some((subject.clone()?, kept?))
            }
            _ => None,
        })
        .filter(|(subject, _)| subject == "c" || subject == "a")
        .map(|(subject, kept)| match (subject.as_str(), kept.as_str()) {
            ("a", "r1") => "a of r1",
            ("c", "r2") => "c of r2",
            _ => "wrong",
        })
        .collect();
    assert_eq!(from, ["a of r1", "c of r2"]);
}

#[test]
fn wrong_names_are_told() {
    let mut runs = Reruns::of(CHAIN, &[]);
    let (first, _) = runs.start("{}");
    assert_eq!(runs.refused(first, &["ned"]), "no task of the workflow is called `ned`; did you mean `end`?");
    assert_eq!(runs.refused(first, &["end[2]"]), "`end` is in no map, and has no items; name it as `end`");
}

#[test]
fn a_rerun_goes_on_after_a_restart() {
    let mut runs = Reruns::of(MAPS, &["each2", "y3"]);
    let (first, _) = runs.start("{}");
    runs.mend();
    let second = runs.begin(first, &[], None);
    runs.world.restart();
    let said = runs.end(second);
    assert_eq!(runs.calls, ["each2", "each3", "y3", "gather", "sum"]);
    assert_eq!(sorted(&said), sorted(MAPPED));
}

#[test]
fn a_run_fails_where_only_something_within_a_group_has() {
    let dag = "dag: test
tasks:
  g:
    map: [1, 2]
    tasks:
      x: {function: work, input: {id: '{% \"x\" & item %}'}}
  after: {function: work, after: g.x, input: {id: after}}
";
    let mut runs = Reruns::of(dag, &["x2"]);
    let (_, said) = runs.start("{}");
    assert!(said.starts_with("FAILED task `g.x` failed: x2 is"), "{said}");
}

const MAPS: &str = "dag: test
tasks:
  list: {function: work, input: {id: list, give: [0, 1, 2, 3]}}
  each:
    function: work
    after: list
    map: '{% list %}'
    input: {id: '{% \"each\" & item %}', give: '{% item * 10 %}'}
  g:
    after: list
    map: '{% list %}'
    tasks:
      x: {function: work, input: {id: '{% \"x\" & item %}', give: '{% item + 1 %}'}}
      y: {function: work, after: x, input: {id: '{% \"y\" & item %}', give: '{% x * 2 %}'}}
      z: {function: work, input: {id: '{% \"z\" & item %}', give: '{% item %}'}}
  gather: {function: work, after: g.y, input: {id: gather, give: '{% `g.y` %}'}}
  xs: {function: work, after: g.x, input: {id: xs, give: '{% $sum(`g.x`) %}'}}
  sum: {function: work, after: [each, g], input: {id: sum, give: '{% $sum(each) + $sum(g.y) %}'}}
";

const MAPPED: &str = r#"{"list":[0,1,2,3],"each":[0,10,20,30],"g":[{"x":1,"z":0,"y":2},{"x":2,"z":1,"y":4},{"x":3,"z":2,"y":6},{"x":4,"z":3,"y":8}],"gather":[2,4,6,8],"xs":10,"sum":80}"#;

/// Whatever order tasks ended in.
fn sorted(text: &str) -> String {
    fn sort(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let members: std::collections::BTreeMap<_, _> =
                    members.iter().map(|(key, value)| (key.to_string(), sort(value))).collect();
                Value::object(members)
            }
            Value::Array(items) => Value::from(items.iter().map(sort).collect::<Vec<_>>()),
            other => other.clone(),
        }
    }
    sort(&value(text)).to_text()
}

#[test]
fn of_maps_only_what_failed_is_done_again() {
    let mut runs = Reruns::of(MAPS, &["each2", "y3"]);
    let (first, said) = runs.start("{}");
    assert!(said.starts_with("FAILED"), "{said}");
    runs.mend();
    let (_, said) = runs.rerun(first, &[]);
    assert_eq!(runs.calls, ["each2", "each3", "y3", "gather", "sum"], "items that were given up run as well");
    assert_eq!(sorted(&said), sorted(MAPPED));
}

#[test]
fn one_instance_of_a_task_is_done_again() {
    let mut runs = Reruns::of(MAPS, &[]);
    let (first, said) = runs.start("{}");
    assert_eq!(sorted(&said), sorted(MAPPED));
    let (second, said) = runs.rerun(first, &["g.x[2]"]);
    assert_eq!(runs.calls, ["x2", "y2", "xs", "gather", "sum"]);
    assert_eq!(sorted(&said), sorted(MAPPED));
    let (third, said) = runs.rerun(second, &["g.z[0]", "each[1]"]);
    assert_eq!(runs.calls, ["each1", "z0", "sum"]);
    assert_eq!(sorted(&said), sorted(MAPPED));
    let (fourth, said) = runs.rerun(third, &["g[1]"]);
    assert_eq!(runs.calls, ["x1", "z1", "y1", "xs", "gather", "sum"]);
    assert_eq!(sorted(&said), sorted(MAPPED));
    let (fifth, said) = runs.rerun(fourth, &["g.y"]);
    assert_eq!(runs.calls, ["y0", "y1", "y2", "y3", "gather", "sum"]);
    assert_eq!(sorted(&said), sorted(MAPPED));
    let (_, said) = runs.rerun(fifth, &["each"]);
    assert_eq!(runs.calls, ["each0", "each1", "each2", "each3", "sum"]);
    assert_eq!(sorted(&said), sorted(MAPPED));
    assert_eq!(
        runs.refused(first, &["g.x[7]"]),
        "`g.x[7]`: run r1 had no item 7 of `g`; items are counted from 0"
    );
    assert_eq!(
        runs.refused(first, &["each[4]"]),
        "`each[4]`: run r1 had no item 4 of `each`; items are counted from 0"
    );
    assert_eq!(runs.refused(first, &["g.x[1,2]"]), "`g.x` is in one map: it has one index; name it as `g.x`");
}

#[test]
fn a_group_whose_list_is_made_again_is_done_anew() {
    let mut runs = Reruns::of(MAPS, &[]);
    let (first, _) = runs.start("{}");
    let (_, said) = runs.rerun(first, &["list"]);
    assert_eq!(runs.calls.len(), 1 + 4 + 12 + 3);
    assert_eq!(sorted(&said), sorted(MAPPED));
}

#[test]
fn maps_nest() {
    let dag = "dag: test
tasks:
  outer:
    map: [2, 3]
    tasks:
      list: {function: work, input: {id: '{% \"list\" & item %}', give: '{% [1..item] %}'}}
      inner:
        after: list
        map: '{% list %}'
        tasks:
          leaf: {function: work, input: {id: '{% \"leaf\" & items[0] & item %}', give: '{% items[0] * 100 + item * 10 + indexes[1] %}'}}
      sum: {function: work, after: inner, input: {id: '{% \"sum\" & item %}', give: '{% $sum(inner.leaf) %}'}}
  all: {function: work, after: outer.inner.leaf, input: {id: all, give: '{% `outer.inner.leaf` %}'}}
  total: {function: work, after: outer.sum, input: {id: total, give: '{% $sum(`outer.sum`) %}'}}
";
    let mut runs = Reruns::of(dag, &["leaf32"]);
    let (first, said) = runs.start("{}");
    assert!(said.starts_with("FAILED"), "{said}");
    let done: BTreeSet<String> = runs.calls.iter().cloned().collect();
    assert!(done.contains("leaf21"), "{done:?}");
    runs.mend();
    let (second, said) = runs.rerun(first, &[]);
    let result = value(&said);
    assert_eq!(result.get("all").unwrap().to_text(), "[[210,221],[310,321,332]]");
    assert_eq!(result.get("total").unwrap().to_text(), "1394");
    assert!(!runs.calls.contains(&"list2".to_owned()), "{:?}", runs.calls);
    let (_, said) = runs.rerun(second, &["outer.inner.leaf[1,0]"]);
    assert_eq!(runs.calls, ["leaf31", "sum3", "all", "total"]);
    assert_eq!(value(&said).get("all").unwrap().to_text(), "[[210,221],[310,321,332]]");
}

#[test]
fn what_an_envelope_passed_by_stays_so() {
    let dag = "dag: test
tasks:
  branch: {function: work, control: true, input: {id: branch, give: {result: 1, skip: [left]}}}
  slow: {function: work, input: {id: slow}}
  left: {function: work, after: [branch, slow], rule: all_done, input: {id: left}}
  right: {function: work, after: [branch, slow], input: {id: right}}
  join: {function: work, after: [left, right], rule: none_failed, input: {id: join}}
";
    let mut runs = Reruns::of(dag, &["slow"]);
    let (first, _) = runs.start("{}");
    runs.mend();
    let (second, said) = runs.rerun(first, &[]);
    assert_eq!(runs.calls, ["slow", "right", "join"]);
    assert_eq!(said, r#"{"branch":1,"slow":"slow","right":"right","join":"join"}"#);
    let (_, said) = runs.rerun(second, &["join"]);
    assert_eq!((runs.calls.len(), said.contains("left")), (1, false), "{said}");
}

#[test]
fn what_was_torn_down_is_set_up_again() {
    let dag = "dag: test
tasks:
  up: {function: work, input: {id: up}}
  first: {function: work, after: up, input: {id: first}}
  second: {function: work, after: up, input: {id: second}}
  down: {function: work, after: [first, second], teardown_of: up, input: {id: down}}
";
    let mut runs = Reruns::of(dag, &["second"]);
    let (first, said) = runs.start("{}");
    assert!(said.starts_with("FAILED"), "{said}");
    assert!(runs.calls.contains(&"down".to_owned()), "{:?}", runs.calls);
    runs.mend();
    let (_, said) = runs.rerun(first, &[]);
    assert_eq!(runs.calls, ["up", "second", "down"], "the work that was done is kept");
    assert_eq!(sorted(&said), r#"{"down":"down","first":"first","second":"second","up":"up"}"#);
}

#[test]
fn with_another_input_no_item_of_a_map_is_kept_that_is_not_whole() {
    let dag = "dag: test
tasks:
  a: {function: work, input: {id: a, give: '{% input.x %}'}}
  g:
    after: a
    map: '{% [1..input.n] %}'
    tasks:
      t: {function: work, input: {id: '{% \"t\" & item %}', give: '{% item * input.x %}'}}
";
    let mut runs = Reruns::of(dag, &["t2"]);
    let (first, _) = runs.start(r#"{"n": 2, "x": 1}"#);
    runs.mend();
    let second = runs.begin(first, &[], Some(r#"{"n": 3, "x": 5}"#));
    let said = runs.end(second);
    assert_eq!(runs.calls, ["t1", "t2", "t3"]);
    assert_eq!(said, r#"{"a":1,"g":[{"t":5},{"t":10},{"t":15}]}"#, "what is kept was made with the old one");
}

#[test]
fn mapped_tasks_that_are_more_than_calls_are_kept_item_by_item() {
    for each in ["", "each: true, "] {
        let dag = format!(
            "dag: test
tasks:
  t: {{function: work, control: true, {each}map: [0, 1, 2], input: {{id: '{{% \"t\" & item %}}', give: {{result: '{{% item * 2 %}}'}}}}}}
  after: {{function: work, after: t, input: {{id: after, give: '{{% t %}}'}}}}
"
        );
        let mut runs = Reruns::of(&dag, &["t1"]);
        let (first, said) = runs.start("{}");
        assert!(said.starts_with("FAILED"), "{said}");
        let was_given_up = !runs.calls.contains(&"t2".to_owned());
        runs.mend();
        let (second, said) = runs.rerun(first, &[]);
        let expected: &[&str] = if was_given_up { &["t1", "t2", "after"] } else { &["t1", "after"] };
        assert_eq!(runs.calls, expected, "{each}");
        assert_eq!(said, r#"{"t":[0,2,4],"after":[0,2,4]}"#);
        let (third, said) = runs.rerun(second, &["t[2]"]);
        assert_eq!(runs.calls, ["t2", "after"], "{each}");
        assert_eq!(said, r#"{"t":[0,2,4],"after":[0,2,4]}"#);
        let (_, said) = runs.rerun(third, &["t"]);
        assert_eq!(runs.calls, ["t0", "t1", "t2", "after"], "{each}");
        assert_eq!(said, r#"{"t":[0,2,4],"after":[0,2,4]}"#);
    }
}

/// What is kept of a map costs nothing for each item but its place.
#[test]
fn a_large_map_of_which_one_item_failed_is_not_gone_through() {
    let dag = "dag: test
tasks:
  g:
    map: '{% [1..3000] %}'
    concurrency: 1000
    tasks:
      a: {function: work, input: {id: '{% \"a\" & item %}', give: 1}}
      b: {function: work, after: a, input: {id: '{% \"b\" & item %}', give: 1}}
  n: {function: work, after: g.b, input: {id: n, give: '{% $count(`g.b`) %}'}}
";
    let mut runs = Reruns::of(dag, &["b3000"]);
    let (first, said) = runs.start("{}");
    assert!(said.starts_with("FAILED"), "{}", &said[..200]);
    runs.mend();
    let before = runs.world.facts.len();
    let (_, said) = runs.rerun(first, &[]);
    assert_eq!(runs.calls, ["b3000", "n"]);
    assert!(said.ends_with(r#""n":3000}"#));
    assert!(runs.world.facts.len() - before < 100, "{}", runs.world.facts.len() - before);
}

#[test]
fn what_comes_after_a_task_of_another_group_sees_all_of_its_instances() {
    let dag = "dag: test
tasks:
  g:
    map: [1, 2]
    tasks:
      x: {function: work, input: {id: '{% \"x\" & item %}', give: '{% item %}'}}
      z: {function: work, input: {id: '{% \"z\" & item %}'}}
  h:
    map: [1, 2]
    tasks:
      y: {function: work, after: g.x, input: {id: '{% \"y\" & item %}', give: '{% $sum(`g.x`) + item %}'}}
";
    let mut runs = Reruns::of(dag, &["y2", "z2"]);
    let (first, _) = runs.start("{}");
    runs.mend();
    let (second, said) = runs.rerun(first, &[]);
    let done: BTreeSet<&str> = runs.calls.iter().map(String::as_str).collect();
    assert_eq!(done, BTreeSet::from(["y2", "z2"]));
    let expected = r#"{"g":[{"x":1,"z":"z1"},{"x":2,"z":"z2"}],"h":[{"y":4},{"y":5}]}"#;
    assert_eq!(sorted(&said), sorted(expected));
    let (_, said) = runs.rerun(second, &["g.x[0]"]);
    assert_eq!(runs.calls, ["x1", "y1", "y2"]);
    assert_eq!(sorted(&said), sorted(expected));
}
