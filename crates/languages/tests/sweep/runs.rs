//! Runs: what functions get, how many are called, and what becomes of failures.

use std::collections::BTreeMap;

use proptest::prelude::{any, prop, proptest};
use tidegate_json::Value;
use tidegate_languages::sweep::expand::expand;
use tidegate_model::{Fact, Failure, Input, Invocation, Outcome};

use crate::execution::{World, value};
use crate::replicas::read;
use crate::{example, gvcf, workflows};

/// A run as it came out: its output or its failure, and what was called with what, in order.
struct Ran {
    result: String,
    calls: Vec<(String, Value)>,
    world: World,
}

impl Ran {
    /// The inputs of a task's calls.
    fn inputs(&self, task: &str) -> Vec<String> {
        self.calls.iter().filter(|(called, _)| called == task).map(|(_, input)| input.to_text()).collect()
    }

    /// How often each task was called.
    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        self.calls.iter().for_each(|(task, _)| *counts.entry(task.as_str()).or_insert(0) += 1);
        counts
    }

    fn names(&self) -> Vec<String> {
        value(&self.result).as_object().unwrap().keys().map(ToString::to_string).collect()
    }
}

type Work<'w> = &'w mut dyn FnMut(&Invocation) -> Result<Value, &'static str>;

/// Runs `text`, whose functions do what `work` says.
fn run(text: &str, work: Work<'_>) -> Ran {
    run_on(text, "null", work)
}

fn run_on(text: &str, input: &str, work: Work<'_>) -> Ran {
    let mut world = World::new();
    for function in [
        "my_lambda_function1",
        "my_lambda_function2",
        "my_lambda_function3",
        "my_lambda_function4",
        "firstFunc",
        "mutFunc",
        "multFunc",
        "otherFunc",
        "lambda_func2",
        "myFunc",
        "step",
        "f",
        "g",
    ] {
        world.function(function);
    }
    let compiled = tidegate_languages::compile(text, "workflow.json");
    let name =
        compiled.program.as_ref().unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)).name.to_string();
    world.apply(compiled);
    let run = world.start(&name, &value(input));
    let mut calls = Vec::new();
    world.work(&mut |invocation: &Invocation| {
        calls.push((invocation.subject.to_string(), invocation.input.clone()));
        Some(match work(invocation) {
            Ok(output) => Outcome::succeeded(&output),
            Err(message) => Outcome::Failed(Failure::new("Broken", message)),
        })
    });
    world.restart();
    let execution = world.execution(run);
    let result = match &execution.output {
        Some(output) => output.to_text(),
        None => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{} {}: {}", execution.status, text(&execution.error), text(&execution.cause))
        }
    };
    Ran { result, calls, world }
}

/// Every task gives two tiles and its own id.
fn tiles(invocation: &Invocation) -> Result<Value, &'static str> {
    Ok(Value::object([("tile", value("[1, 2]")), ("by", Value::from(invocation.subject.as_str()))]))
}

/// Every task gives nothing.
fn nothing(_: &Invocation) -> Result<Value, &'static str> {
    Ok(Value::Null)
}

fn workflow(tasks: &[&str]) -> String {
    let tasks: Vec<String> = tasks.iter().map(|task| format!("{{{task}}}")).collect();
    format!("{{\"workflow_id\": \"w\", \"tasks\": [\n{}\n]}}", tasks.join(",\n"))
}

#[test]
fn tasks_get_the_outputs_of_those_right_before_them_and_static_input() {
    let before = World::new().at;
    let ran = run(&example("example1"), &mut |call| Ok(Value::object([("by", call.subject.as_str())])));
    assert_eq!(ran.result, r#"{"1":{"by":"1"},"2":{"by":"2"},"3":{"by":"3"},"4":{"by":"4"}}"#);
    assert_eq!(ran.inputs("1"), [r#"{"predecessor_outputs":{},"static_input":{}}"#]);
    assert_eq!(
        ran.inputs("2"),
        [r#"{"predecessor_outputs":{"1":{"by":"1"}},"static_input":{"msg":"static input message"}}"#]
    );
    assert_eq!(
        ran.inputs("4"),
        [r#"{"predecessor_outputs":{"1":{"by":"1"},"3":{"by":"3"}},"static_input":{}}"#]
    );
    // 3 waited for ten seconds before it ran.
    assert!(ran.world.at.since(before).0 >= 10_000);
}

#[test]
fn a_scattered_task_gets_its_element_in_place_of_the_list_and_the_next_gets_all() {
    let ran = run(&example("example2"), &mut tiles);
    let element = |element: u32| {
        format!(r#"{{"predecessor_outputs":{{"1":{{"tile":{element},"by":"1"}}}},"static_input":{{}}}}"#)
    };
    assert_eq!(ran.inputs("2"), [element(1), element(2)]);
    let output = r#"{"tile":[1,2],"by":"2"}"#;
    assert_eq!(
        ran.inputs("3"),
        [format!(r#"{{"predecessor_outputs":{{"2_A":{output},"2_B":{output}}},"static_input":{{}}}}"#)]
    );
    assert_eq!(ran.names(), ["1", "2_A", "2_B", "3"]);
}

#[test]
fn a_scatter_over_nothing_is_gathered_as_nothing() {
    let ran = run(&example("example2"), &mut |_| Ok(value(r#"{"tile": []}"#)));
    assert_eq!(ran.counts(), BTreeMap::from([("1", 1), ("3", 1)]));
    assert_eq!(ran.inputs("3"), [r#"{"predecessor_outputs":{},"static_input":{}}"#]);
}

#[test]
fn a_following_task_sees_its_own_branch_under_the_id() {
    let ran = run(&example("example3"), &mut |call| {
        let tile = call.input.pointer("/predecessor_outputs/1/tile").cloned();
        Ok(Value::object([("tile", value("[7, 8, 9]")), ("mine", tile.unwrap_or_default())]))
    });
    let own = |mine: u32| {
        format!(r#"{{"predecessor_outputs":{{"2":{{"tile":[7,8,9],"mine":{mine}}}}},"static_input":{{}}}}"#)
    };
    assert_eq!(ran.inputs("3"), [own(7), own(8), own(9)]);
    assert_eq!(ran.names(), ["1", "2_A", "2_B", "2_C", "3_A", "3_B", "3_C"]);
}

#[test]
fn replicas_wait_for_their_own_predecessors_alone() {
    let ran = run(&example("example4"), &mut tiles);
    assert_eq!(ran.counts(), BTreeMap::from([("1", 1), ("2", 2), ("3", 1), ("4", 2), ("5", 1)]));
    let two = r#"{"tile":[1,2],"by":"2"}"#;
    let three = r#"{"tile":[1,2],"by":"3"}"#;
    let input = format!(r#"{{"predecessor_outputs":{{"2":{two},"3":{three}}},"static_input":{{}}}}"#);
    assert_eq!(ran.inputs("4"), [input.clone(), input]);
    assert!(ran.inputs("5")[0].starts_with(r#"{"predecessor_outputs":{"4_A":{"#), "{:?}", ran.inputs("5"));
}

/// The replicas of 4 are there as soon as 1 says how many, though 3 has not ended, and one runs before the other replica of
/// 2 has ended.
#[test]
fn what_follows_is_expanded_when_the_number_is_known() {
    let mut world = World::new();
    ["firstFunc", "multFunc", "lambda_func2"].into_iter().for_each(|function| world.function(function));
    world.apply(tidegate_languages::compile(&example("example4"), "workflow.json"));
    let run = world.start("example4", &Value::Null);
    let mut done = 0;
    let mut order = Vec::new();
    world.work(&mut |call| {
        // One replica of 2 never ends here.
        let ends = call.subject != "2" || done == 0;
        done += u32::from(ends && call.subject == "2");
        if ends {
            order.push(call.subject.to_string());
        }
        ends.then(|| Outcome::succeeded(&value(r#"{"tile": [1, 2]}"#)))
    });
    assert_eq!(order, ["1", "2", "3", "4"]);
    assert_eq!(world.execution(run).status, "RUNNING");
}

#[test]
fn nested_replicas_are_as_many_as_documented() {
    let ran = run(&example("ex5_a"), &mut tiles);
    assert_eq!(ran.counts(), BTreeMap::from([("1", 1), ("2", 2), ("3", 4), ("4", 8), ("5", 1), ("6", 1)]));
    let gathered = value(&ran.inputs("5")[0]);
    let names: Vec<String> = gathered
        .get("predecessor_outputs")
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        ["4_A_A_A", "4_A_A_B", "4_A_B_A", "4_A_B_B", "4_B_A_A", "4_B_A_B", "4_B_B_A", "4_B_B_B"]
    );
    let ran = run(&example("ex5_b"), &mut tiles);
    assert_eq!(ran.counts(), BTreeMap::from([("1", 1), ("2", 2), ("3", 4), ("4", 8), ("5", 8), ("6", 1)]));
    let ran = run(&example("ex5_c"), &mut tiles);
    assert_eq!(ran.counts(), BTreeMap::from([("1", 1), ("2", 2), ("3", 4), ("4", 8), ("5", 4), ("6", 1)]));
    let names = |input: &String| -> Vec<String> {
        value(input)
            .get("predecessor_outputs")
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .map(ToString::to_string)
            .collect()
    };
    let groups: Vec<Vec<String>> = ran.inputs("5").iter().map(names).collect();
    assert_eq!(
        groups,
        [["4_A_A_A", "4_A_A_B"], ["4_A_B_A", "4_A_B_B"], ["4_B_A_A", "4_B_A_B"], ["4_B_B_A", "4_B_B_B"]]
    );
    assert_eq!(names(&ran.inputs("6")[0]), ["5_A_A", "5_A_B", "5_B_A", "5_B_B"]);
}

const START: &str =
    r#""id": 1, "function_def_id": "f", "successors": [2], "properties": {"position": "start"}"#;

#[test]
fn a_failure_fails_the_run_and_what_hangs_on_it_does_not_run() {
    let ran = run(&example("example4"), &mut |call| match call.subject.as_str() {
        "3" => Err("no luck"),
        _ => tiles(call),
    });
    assert_eq!(ran.result, "FAILED Broken: task `3` failed: no luck; for that `4`, `5` did not run");
}

#[test]
fn the_next_executable_is_tried_where_the_best_fails_or_is_not_there() {
    let text = workflow(&[
        r#""id": 1, "execution_configurations": [{"function_def_id": "g", "priority": 3}, {"function_def_id": "nowhere", "priority": 1}, {"function_def_id": "f", "priority": 2}], "properties": {"position": "start", "static_input": "same"}"#,
    ]);
    let mut tried = Vec::new();
    let ran = run(&text, &mut |call| {
        tried.push(call.function.to_string());
        if call.function.as_str() == "f" { Err("broken") } else { Ok(value(r#"{"by": "g"}"#)) }
    });
    assert_eq!(ran.result, r#"{"1":{"by":"g"}}"#);
    assert_eq!(tried, ["f", "g"]);
    assert_eq!(ran.inputs("1")[0], ran.inputs("1")[1]);
    let ran = run(&text, &mut |_| Err("broken"));
    assert_eq!(ran.result, "FAILED Broken: task `1` failed: broken");
}

#[test]
fn deploy_conditions_must_all_hold() {
    let text = workflow(&[
        START,
        r#""id": 2, "function_def_id": "f", "properties": {"deploy_conditions": ["predecessor_outputs['1']['count'] > 0", "predecessor_outputs['1']['list'][-1] == 'x'"]}"#,
    ]);
    let ran = |output: &'static str| run(&text, &mut |_| Ok(value(output))).result;
    assert!(ran(r#"{"count": 1, "list": ["x"]}"#).starts_with(r#"{"1""#));
    assert_eq!(
        ran(r#"{"count": 0, "list": ["x"]}"#),
        "FAILED Sweep.DeployConditionFailed: task `2` failed: the deploy condition `predecessor_outputs['1']['count'] > 0` does not hold"
    );
    assert_eq!(
        ran(r#"{"count": 1}"#),
        "FAILED Tidegate.ExpressionFailed: task `2` failed: `deploy_conditions`: KeyError: there is no 'list'; there is 'count' (column 25) in `predecessor_outputs['1']['list'][-1] == 'x'`"
    );
}

#[test]
fn outputs_are_objects_and_have_static_output() {
    let text = workflow(&[
        START,
        r#""id": 2, "function_def_id": "f", "properties": {"static_output": {"n": "predecessor_outputs['1']['n']", "s": "as it is"}}"#,
    ]);
    let ran =
        run(&text, &mut |call| Ok(if call.subject == "1" { value(r#"{"n": 5}"#) } else { Value::Null }));
    assert_eq!(ran.result, r#"{"1":{"n":5},"2":{"static_output":{"n":5,"s":"as it is"}}}"#);
    let ran = run(&text, &mut |_| Ok(value("[1]")));
    assert_eq!(
        ran.result,
        "FAILED Tidegate.InvalidValue: task `1` failed: the output is an array; it has to be an object; for that `2` did not run"
    );
}

#[test]
fn replicas_whose_errors_are_ignored_are_missing_where_they_are_gathered() {
    let text = workflow(&[
        r#""id": 1, "function_def_id": "f", "successors": [2], "properties": {"position": "start"}"#,
        r#""id": 2, "function_def_id": "f", "successors": [3], "properties": {"scatter": "range(4)", "ignore_error": true}"#,
        r#""id": 3, "function_def_id": "f", "successors": [4], "properties": {"follow": 2}"#,
        r#""id": 4, "function_def_id": "f"}, {"id": 5, "function_def_id": "f", "properties": {"follow": 4}"#,
    ])
    .replace(r#""id": 4, "function_def_id": "f""#, r#""id": 4, "function_def_id": "f", "successors": [5]"#);
    let ran = run(&text, &mut |call| {
        let element = call.input.get("scatter").and_then(Value::as_u64);
        if element.is_some_and(|element| element % 2 == 1) {
            Err("odd")
        } else {
            Ok(Value::object([("is", element)]))
        }
    });
    assert_eq!(
        ran.result,
        r#"{"1":{"is":null},"2_A":{"is":0},"2_C":{"is":2},"3_A":{"is":null},"3_C":{"is":null},"4":{"is":null},"5":{"is":null}}"#
    );
    assert_eq!(
        ran.inputs("4"),
        [r#"{"predecessor_outputs":{"3_A":{"is":null},"3_C":{"is":null}},"static_input":{}}"#]
    );
}

#[test]
fn what_is_ignored_outside_of_replicas_is_gone_on_without() {
    let text = workflow(&[
        r#""id": 1, "function_def_id": "f", "successors": [2, 3], "properties": {"position": "start"}"#,
        r#""id": 2, "function_def_id": "f", "successors": [4], "properties": {"ignore_error": true}"#,
        r#""id": 3, "function_def_id": "f", "successors": [4]"#,
        r#""id": 4, "function_def_id": "f""#,
    ]);
    let ran = run(&text, &mut |call| if call.subject == "2" { Err("no") } else { Ok(Value::Null) });
    assert_eq!(ran.result, r#"{"1":{},"3":{},"4":{}}"#);
    assert_eq!(ran.inputs("4"), [r#"{"predecessor_outputs":{"3":{}},"static_input":{}}"#]);
    // Also where it has no chance to run.
    let text =
        text.replace(r#""ignore_error": true"#, r#""ignore_error": true, "deploy_conditions": "1 > 2""#);
    assert_eq!(run(&text, &mut nothing).result, r#"{"1":{},"3":{},"4":{}}"#);
    let text =
        text.replace(r#""deploy_conditions": "1 > 2""#, r#""scatter": "predecessor_outputs['1']['x']""#);
    assert_eq!(run(&text, &mut nothing).result, r#"{"1":{},"3":{},"4":{}}"#);
}

#[test]
fn replicas_of_a_fixed_number_know_which_they_are() {
    let text = workflow(&[START, r#""id": 2, "function_def_id": "f", "properties": {"multiplicity": 3}"#]);
    let ran = run(&text, &mut nothing);
    assert_eq!(ran.inputs("2")[2], r#"{"predecessor_outputs":{"1":{}},"static_input":{},"scatter":2}"#);
    assert_eq!(ran.names(), ["1", "2_A", "2_B", "2_C"]);
}

#[test]
fn expressions_see_all_ancestors_and_functions_those_right_before() {
    let text = workflow(&[
        START,
        r#""id": 2, "function_def_id": "f", "successors": [3], "properties": {"scatter": "predecessor_outputs['1']['list']"}"#,
        r#""id": 3, "function_def_id": "f", "properties": {"follow": 2, "static_input": {"two": "predecessor_outputs['2']['n']", "one": ["predecessor_outputs['1']['list'][0]"]}}"#,
    ]);
    let ran = run(&text, &mut |call| {
        let own = call.input.pointer("/predecessor_outputs/1/list").cloned().unwrap_or_default();
        Ok(Value::object([("list", value("[10, 20]")), ("n", own)]))
    });
    assert_eq!(
        ran.inputs("3")[1],
        r#"{"predecessor_outputs":{"2":{"list":[10,20],"n":20}},"static_input":{"two":20,"one":[10]}}"#
    );
}

/// A follower may come after what gathers all replicas that it is one of: levels feed each other, however many there are.
#[test]
fn a_follower_may_wait_for_what_gathers_all_of_its_level() {
    let text = workflow(&[
        START,
        r#""id": 2, "function_def_id": "f", "successors": [3, 4], "properties": {"scatter": "range(1500)"}"#,
        r#""id": 3, "function_def_id": "f", "successors": [4]"#,
        r#""id": 4, "function_def_id": "f", "properties": {"follow": 2}"#,
    ]);
    let ran = run(&text, &mut nothing);
    assert_eq!(ran.counts(), BTreeMap::from([("1", 1), ("2", 1500), ("3", 1), ("4", 1500)]));
}

#[test]
fn the_first_task_gets_the_input_of_the_run() {
    let text = workflow(&[START, r#""id": 2, "function_def_id": "f""#]);
    let ran = run_on(&text, r#"{"year": 2021}"#, &mut nothing);
    assert_eq!(ran.inputs("1"), [r#"{"predecessor_outputs":{},"static_input":{},"input":{"year":2021}}"#]);
    assert_eq!(ran.inputs("2"), [r#"{"predecessor_outputs":{"1":{}},"static_input":{}}"#]);
}

#[test]
fn an_output_that_is_no_list_cannot_be_scattered() {
    let ran = run(&example("example2"), &mut |_| Ok(value(r#"{"tile": "many"}"#)));
    assert_eq!(
        ran.result,
        "FAILED Tidegate.InvalidValue: task `2` failed: `scatter` is over a list, and `predecessor_outputs['1']['tile']` gives a string; for that `3` did not run"
    );
}

/// What the tasks of the variant calling workflow give.
fn genome(samples: usize, call: &Invocation) -> Value {
    let list = |count: usize| (0..count).map(Value::from).collect::<Value>();
    match call.subject.as_str() {
        "1" => Value::object([("individuals", list(samples))]),
        "14" => Value::object([("autosomes", list(22))]),
        _ => Value::object([("task", call.input.pointer("/static_input/task").cloned().unwrap_or_default())]),
    }
}

#[test]
fn variants_are_called_in_7n_and_32_instances() {
    for (samples, instances) in [(2, 46), (14, 130), (62, 466)] {
        let ran = run(&gvcf(), &mut |call| Ok(genome(samples, call)));
        assert_eq!(ran.calls.len(), instances);
        assert_eq!(ran.names().len(), instances);
        let gathered = value(&ran.inputs("14")[0]);
        assert_eq!(gathered.get("predecessor_outputs").unwrap().as_object().unwrap().len(), samples);
    }
}

/// Replicas of the samples are there before the indexes are: their number is known from the first task.
#[test]
fn branches_of_samples_are_there_before_the_indexes() {
    let mut world = World::new();
    world.function("step");
    let text = gvcf().replace(r#", "max_task_runtime": 90000"#, "");
    world.apply(tidegate_languages::compile(&text, "gvcf.json"));
    world.start("gvcf", &Value::Null);
    world.work(&mut |call| (call.subject == "1").then(|| Outcome::succeeded(&genome(14, call))));
    let expanded = world.facts.iter().filter_map(|fact| match fact {
        Fact::FanOutStarted { items, .. } => Some(*items),
        _ => None,
    });
    assert_eq!(expanded.collect::<Vec<_>>(), [14]);
    let waiting: Vec<&str> = world.invoked.iter().map(|invocation| invocation.subject.as_str()).collect();
    assert_eq!(waiting, ["2", "3", "4", "5", "6"]);
}

#[test]
fn samples_that_fail_are_missing_where_all_come_together() {
    let mut seen = 0;
    let ran = run(&gvcf(), &mut |call| {
        seen += u32::from(call.subject == "9");
        // The third and the fifth sample whose duplicates are marked.
        if call.subject == "9" && (seen == 3 || seen == 5) { Err("no reads") } else { Ok(genome(14, call)) }
    });
    let counts = ran.counts();
    assert_eq!((counts["8"], counts["9"], counts["10"], counts["13"], counts["18"]), (14, 14, 12, 12, 1));
    let gathered = value(&ran.inputs("14")[0]);
    let names: Vec<&str> = gathered
        .get("predecessor_outputs")
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .map(tidegate_json::Str::as_str)
        .collect();
    assert_eq!(names.len(), 12);
    assert!(!names.contains(&"13_C") && !names.contains(&"13_E") && names.contains(&"13_N"));
    // A failure that nobody ignores fails the run.
    let ran = run(&gvcf(), &mut |call| if call.subject == "13" { Err("no") } else { Ok(genome(2, call)) });
    assert!(ran.result.starts_with("FAILED Broken: task `13` failed: no"), "{}", ran.result);
}

#[test]
fn a_task_that_takes_too_long_fails() {
    let text = workflow(&[START, r#""id": 2, "function_def_id": "f""#])
        .replace(r#""tasks""#, r#""config": {"max_task_runtime": 60}, "tasks""#);
    let mut world = World::new();
    world.function("f");
    world.apply(tidegate_languages::compile(&text, "w.json"));
    let run = world.start("w", &Value::Null);
    world.work(&mut |_| None);
    assert_eq!(world.execution(run).status, "TIMED_OUT");
}

/// The limit holds for all tasks together, and for what is tried in place of another as well.
#[test]
fn no_more_tasks_are_under_way_than_may_be() {
    let text = workflow(&[
        START,
        r#""id": 2, "execution_configurations": [{"function_def_id": "g"}, {"function_def_id": "f", "priority": 1}], "properties": {"scatter": "range(7)"}"#,
    ])
    .replace(r#""tasks""#, r#""config": {"max_task_concurrency": 2}, "tasks""#);
    let mut world = World::new();
    ["f", "g"].into_iter().for_each(|function| world.function(function));
    world.apply(tidegate_languages::compile(&text, "w.json"));
    let run = world.start("w", &Value::Null);
    let mut most = 0;
    while !world.invoked.is_empty() {
        most = most.max(world.invoked.len());
        let Invocation { task, attempt, function, .. } = world.invoked.remove(0);
        let outcome = match function.as_str() {
            "g" => Outcome::Failed(Failure::new("Broken", "no")),
            _ => Outcome::succeeded(&Value::Null),
        };
        world.take(Input::TaskEnded { task, attempt, outcome });
    }
    assert_eq!((most, world.execution(run).status), (2, "SUCCEEDED"));
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 400, ..Default::default() })]

    /// A run calls what the expansion says, and each call gets the outputs of those that lead to it, under their names.
    #[test]
    fn runs_are_as_their_expansion(text in workflows("range(COUNT)"), count in 0..4_usize) {
        let text = text.replace("COUNT", &count.to_string());
        let (workflow, checked) = read(&text);
        let expansion = expand(&workflow, &checked, |_, _| count).unwrap();
        if expansion.instances.len() > 300 {
            return Ok(());
        }
        let ran = run(&text, &mut nothing);
        let mut names: Vec<String> = expansion.instances.iter().map(|instance| instance.name.clone()).collect();
        let mut found = ran.names();
        names.sort();
        found.sort();
        assert_eq!(found, names);
        let mut expected: Vec<(String, Vec<String>)> = expansion
            .instances
            .iter()
            .map(|instance| (workflow.tasks[instance.task].id.to_string(), Vec::new()))
            .collect();
        let levels = &checked.levels;
        for &(from, to) in &expansion.edges {
            let (earlier, task) = (&expansion.instances[from], expansion.instances[to].task);
            let is_own = levels.is_within(levels.of_task[task], levels.of_task[earlier.task]);
            let id = workflow.tasks[earlier.task].id.to_string();
            expected[to].1.push(if is_own { id } else { earlier.name.clone() });
        }
        let keys = |input: &Value| -> Vec<String> {
            let outputs = input.get("predecessor_outputs").and_then(Value::as_object).unwrap();
            outputs.keys().map(ToString::to_string).collect()
        };
        let mut got: Vec<(String, Vec<String>)> =
            ran.calls.iter().map(|(task, input)| (task.clone(), keys(input))).collect();
        expected.iter_mut().chain(&mut got).for_each(|(_, keys)| keys.sort());
        expected.sort();
        got.sort();
        assert_eq!(got, expected);
    }

    /// Whatever becomes of a file, there is a program or an error.
    #[test]
    fn no_file_makes_it_panic(from in any::<prop::sample::Index>(), length in 0..40_usize, put in ".{0,12}") {
        let text = gvcf();
        let start = text.floor_char_boundary(from.index(text.len()));
        let end = text.floor_char_boundary((start + length).min(text.len()));
        let text = format!("{}{put}{}", &text[..start], &text[end..]);
        let compiled = tidegate_languages::compile(&text, "workflow.json");
        assert!(compiled.program.is_some() || !compiled.diagnostics.is_empty());
    }
}
