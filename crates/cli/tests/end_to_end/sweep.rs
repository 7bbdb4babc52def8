//! `tidegate run` of SWEEP workflows, with functions that are commands and handlers.

use tidegate_json::Value;

use crate::place::Place;

/// The examples of SWEEP's documentation, and how many instances each has where all lists have two items.
const EXAMPLES: [(&str, &str, usize); 7] = [
    ("example1", include_str!("../../../languages/tests/sweep/example1.json"), 4),
    ("example2", include_str!("../../../languages/tests/sweep/example2.json"), 4),
    ("example3", include_str!("../../../languages/tests/sweep/example3.json"), 5),
    ("example4", include_str!("../../../languages/tests/sweep/example4.json"), 7),
    ("ex5_a", include_str!("../../../languages/tests/sweep/ex5_a.json"), 17),
    ("ex5_b", include_str!("../../../languages/tests/sweep/ex5_b.json"), 24),
    ("ex5_c", include_str!("../../../languages/tests/sweep/ex5_c.json"), 20),
];

/// The file, with a definition for each function that it names.
fn with_functions(text: &str, command: &str) -> String {
    let mut file = Value::parse(text).unwrap();
    let mut names: Vec<String> = Vec::new();
    for task in file.get("tasks").and_then(Value::as_array).unwrap().iter() {
        let name =
            task.pointer("/execution_configurations/0/function_def_id").and_then(Value::as_str).unwrap();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let definitions = names.iter().map(|name| Value::object([("id", name.as_str()), ("command", command)]));
    file.set("function_defs", definitions.collect::<Vec<_>>());
    file.to_text()
}

#[test]
fn the_documented_examples_run() {
    let place = Place::new();
    for (name, text, instances) in EXAMPLES {
        let command = r#"printf '{"tile": [1, 2], "of": %s}' "$(wc -c)""#;
        // A tenth of a second in place of ten.
        let text = with_functions(text, command).replace(r#""delay":10"#, r#""delay":0.1"#);
        place.file("workflow.json", &text);
        let ended = place.tidegate(&["run", "workflow.json", "--quiet"]);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        let output = Value::parse(&ended.stdout).unwrap();
        assert_eq!(output.as_object().unwrap().len(), instances, "{name}: {}", ended.stdout);
    }
}

const SQUARES: &str = r#"{
  "workflow_id": "squares",
  "function_defs": [
    {"id": "list", "command": "echo '{\"tile\": [1, 2, 3]}'"},
    {"id": "square", "runtime": "python3.12", "directory": "code", "entry_point": "main"},
    {"id": "broken", "command": "echo no luck >&2; exit 3"}
  ],
  "container_defs": {"id": "report", "image_name": "report", "command": ["sh", "-c", "echo \"$GREETING $LARGEST\""],
    "environment": {"GREETING": "hello"}},
  "tasks": [
    {"id": 1, "function_name": "list", "function_def_id": "list", "successors": [2], "properties": {"position": "start"}},
    {"id": 2, "successors": [3, 4], "properties": {"scatter": "predecessor_outputs['1']['tile']"},
     "execution_configurations": [{"function_def_id": "square", "priority": 2}, {"function_def_id": "broken", "priority": 1}]},
    {"id": 3, "container_def_id": "report", "properties": {
      "environment": [{"name": "LARGEST", "value": "predecessor_outputs['2_C']['square']"}],
      "static_output": "max([output['square'] for output in predecessor_outputs.values() if 'square' in output])"}},
    {"id": 4, "container_def_id": "report", "properties": {
      "command": ["sh", "-c", "printf '{\"said\": \"%s\"}' \"$GREETING $1\"", "sh", "predecessor_outputs['1']['tile'][0]"]}}
  ]
}"#;

#[test]
fn handlers_containers_and_what_is_fallen_back_to_run() {
    let place = Place::new();
    std::fs::create_dir(place.path("code")).unwrap();
    place.file(
        "code/main.py",
        "def handler(event, context):\n    return {'square': event['predecessor_outputs']['1']['tile'] ** 2}\n",
    );
    let ended = place.file("squares.json", SQUARES).tidegate(&["run", "squares.json", "--quiet"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let expected = r#"{"1":{"tile":[1,2,3]},"2_A":{"square":1},"2_B":{"square":4},"2_C":{"square":9},"3":{"static_output":9},"4":{"said":"hello 1"}}"#;
    assert_eq!(Value::parse(&ended.stdout).unwrap(), Value::parse(expected).unwrap(), "{}", ended.stdout);
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let place = Place::new();
    let text = SQUARES.replace("['1']['tile']\"}", "['1'['tile']\"}").replace("[3, 4]", "[3, 5]");
    let ended = place.file("squares.json", &text).tidegate(&["lint", "squares.json"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(
        said.contains("squares.json:12:") && said.contains("this is not an expression: expected `]`"),
        "{said}"
    );
}

#[test]
fn replicas_are_drawn_in_the_group_of_their_level() {
    let place = Place::new();
    place.file("workflow.json", &with_functions(EXAMPLES[3].1, "echo '{}'"));
    let ended = place.tidegate(&["graph", "workflow.json", "--mermaid"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("subgraph"), "{}", ended.stdout);
}
