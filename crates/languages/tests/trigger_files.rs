//! Trigger files and the programs they state.

#![expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is passed")]

use expect_test::{Expect, expect};
use tidegate_json::Value;
use tidegate_languages::{Colour, compile, render};

/// The program of `text` without its source, as JSON; what was found, where there is none.
fn check(text: &str, expected: Expect) {
    let compiled = compile(text, "file.yaml");
    let found: Vec<String> =
        compiled.diagnostics.iter().map(|found| render(found, text, Colour::Never)).collect();
    let shown = match compiled.program {
        None => found.join("\n"),
        Some(mut program) => {
            program.source = None;
            program.source_map.clear();
            format!("{}{}", found.join("\n"), program.to_value().to_pretty())
        }
    };
    expected.assert_eq(&shown);
}

/// What the trigger `t` with this `body` becomes, in a file with the function `f`.
fn check_trigger(body: &str, expected: Expect) {
    let text = format!(
        "workflow: w\nfunctions: {{f: {{builtin: echo}}}}\ntriggers:\n  begin: {{on: start, do: {{invoke: f}}}}\n  t:\n{body}"
    );
    let compiled = compile(&text, "file.yaml");
    let found: String =
        compiled.diagnostics.iter().map(|found| render(found, &text, Colour::Never)).collect();
    let program = compiled.program.map(|program| program.to_value());
    let trigger = program.as_ref().and_then(|program| program.pointer("/scopes/0/triggers/1"));
    expected.assert_eq(&format!("{found}{}", trigger.map_or_else(String::new, Value::to_text)));
}

#[test]
fn a_survey_maps_joins_and_completes() {
    check(
        r#"
workflow: survey
description: counts lines
functions:
  list: {command: "ls | jq -R . | jq -s ."}
  slow: {builtin: sleep, limits: {timeout: 30s}, retry: {max_attempts: 3, interval: 1s, backoff: 2, max_interval: 60s, jitter: full, on: [Busy]}}
  count: {python: count.handler, environment: {DEPTH: 3, NAME: x}, directory: code}
vars: {total: 0}
triggers:
  begin:
    on: start
    do: [{invoke: list}]
  fan:
    on: {succeeded: list}
    do: {map: {function: count, as: count, items: "{% event.data.dirs %}", input: {dir: "{% item %}"}, concurrency: 4}}
  rank:
    on: {succeeded: count}
    when: event.data.total > 3
    once: true
    do: [{set: {total: "{% event.data %}"}}, {complete: "{% vars.total %}"}]
"#,
        expect![[r#"
            {
              "name": "survey",
              "language": "triggers",
              "scopes": [
                {
                  "name": "survey",
                  "vars": {
                    "total": 0
                  },
                  "triggers": [
                    {
                      "name": "begin",
                      "on": [
                        {
                          "type": {
                            "exact": "tidegate.run.started"
                          },
                          "reach": "run"
                        }
                      ],
                      "condition": {
                        "name": "always"
                      },
                      "actions": [
                        {
                          "name": "invoke",
                          "params": {
                            "function": "list"
                          }
                        }
                      ]
                    },
                    {
                      "name": "fan",
                      "on": [
                        {
                          "type": {
                            "exact": "tidegate.task.succeeded"
                          },
                          "subject": {
                            "exact": "list"
                          },
                          "reach": "run"
                        }
                      ],
                      "condition": {
                        "name": "always"
                      },
                      "actions": [
                        {
                          "name": "map",
                          "params": {
                            "function": "count",
                            "as": "count",
                            "items": "{% event.data.dirs %}",
                            "input": {
                              "dir": "{% item %}"
                            },
                            "concurrency": 4
                          }
                        }
                      ]
                    },
                    {
                      "name": "rank",
                      "on": [
                        {
                          "type": {
                            "exact": "tidegate.map.succeeded"
                          },
                          "subject": {
                            "exact": "count"
                          },
                          "reach": "run"
                        }
                      ],
                      "condition": {
                        "name": "expression",
                        "params": {
                          "expr": "event.data.total > 3"
                        }
                      },
                      "actions": [
                        {
                          "name": "set",
                          "params": {
                            "vars": {
                              "total": "{% event.data %}"
                            }
                          }
                        },
                        {
                          "name": "complete",
                          "params": {
                            "output": "{% vars.total %}"
                          }
                        }
                      ],
                      "once": true
                    }
                  ]
                }
              ],
              "functions": {
                "count": {
                  "runtime": "python",
                  "handler": "count.handler",
                  "directory": "code",
                  "environment": {
                    "DEPTH": "3",
                    "NAME": "x"
                  }
                },
                "list": {
                  "runtime": "command",
                  "command": "ls | jq -R . | jq -s ."
                },
                "slow": {
                  "runtime": "builtin",
                  "builtin": "sleep",
                  "limits": {
                    "timeout": "30s"
                  },
                  "retry": {
                    "max_attempts": 3,
                    "interval": "1s",
                    "backoff": 2,
                    "max_interval": "1m",
                    "jitter": "full",
                    "on": [
                      "Busy"
                    ]
                  }
                }
              }
            }"#]],
    );
}

#[test]
fn scopes_add_timers_and_listed_triggers() {
    check(
        r#"
workflow: nested
standing: true
triggers:
  - name: begin
    on: [start, {type: com.example.push, subject: "main/*", where: event.data.n > 1}]
    do:
      - call: part
      - timer: {name: late, after: 10s}
      - add: {extra: {on: {timer: late}, do: {cancel: part}, enabled: false}}
  - name: done
    on: {ended: part}
    do: {cancel_timer: late}
scopes:
  part:
    vars: {n: 1}
    triggers:
      go: {on: start, do: {complete: 1}}
"#,
        expect![[r#"
            {
              "name": "nested",
              "language": "triggers",
              "standing": true,
              "scopes": [
                {
                  "name": "nested",
                  "triggers": [
                    {
                      "name": "begin",
                      "on": [
                        {
                          "type": {
                            "exact": "tidegate.run.started"
                          },
                          "reach": "run"
                        },
                        {
                          "type": {
                            "exact": "com.example.push"
                          },
                          "subject": {
                            "prefix": "main/"
                          },
                          "where": "event.data.n > 1",
                          "reach": "world"
                        }
                      ],
                      "condition": {
                        "name": "always"
                      },
                      "actions": [
                        {
                          "name": "call",
                          "params": {
                            "scope": "part"
                          }
                        },
                        {
                          "name": "timer",
                          "params": {
                            "name": "late",
                            "after": "10s"
                          }
                        },
                        {
                          "name": "add",
                          "params": {
                            "triggers": [
                              {
                                "name": "extra",
                                "on": [
                                  {
                                    "type": {
                                      "exact": "tidegate.timer.fired"
                                    },
                                    "subject": {
                                      "exact": "late"
                                    },
                                    "reach": "run"
                                  }
                                ],
                                "condition": {
                                  "name": "always"
                                },
                                "actions": [
                                  {
                                    "name": "cancel",
                                    "params": {
                                      "step": "part"
                                    }
                                  }
                                ],
                                "enabled": false
                              }
                            ]
                          }
                        }
                      ]
                    },
                    {
                      "name": "done",
                      "on": [
                        {
                          "type": {
                            "exact": "tidegate.scope.succeeded"
                          },
                          "subject": {
                            "exact": "part"
                          },
                          "reach": "run"
                        },
                        {
                          "type": {
                            "exact": "tidegate.scope.failed"
                          },
                          "subject": {
                            "exact": "part"
                          },
                          "reach": "run"
                        }
                      ],
                      "condition": {
                        "name": "always"
                      },
                      "actions": [
                        {
                          "name": "cancel_timer",
                          "params": {
                            "name": "late"
                          }
                        }
                      ]
                    }
                  ]
                },
                {
                  "name": "part",
                  "vars": {
                    "n": 1
                  },
                  "triggers": [
                    {
                      "name": "go",
                      "on": [
                        {
                          "type": {
                            "exact": "tidegate.scope.started"
                          },
                          "reach": "run"
                        }
                      ],
                      "condition": {
                        "name": "always"
                      },
                      "actions": [
                        {
                          "name": "complete",
                          "params": {
                            "output": 1
                          }
                        }
                      ]
                    }
                  ]
                }
              ]
            }"#]],
    );
}

#[test]
fn events_have_short_forms() {
    check_trigger(
        "    on: {ended: f}\n    do: {complete:}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"},{"type":{"exact":"tidegate.task.failed"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"always"},"actions":[{"name":"complete","params":{}}]}"#
        ]],
    );
    check_trigger(
        "    on: {timed_out: t}\n    do: {fail: late}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.trigger.timed_out"},"subject":{"exact":"t"},"reach":"run"}],"condition":{"name":"always"},"actions":[{"name":"fail","params":{"message":"late"}}]}"#
        ]],
    );
    check_trigger(
        "    on: {succeeded: f, where: \"{% event.data > 1 %}\"}\n    do: {enable: begin}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"where":"event.data > 1","reach":"run"}],"condition":{"name":"always"},"actions":[{"name":"enable","params":{"trigger":"begin"}}]}"#
        ]],
    );
    check_trigger(
        "    on: com.example.done\n    do: {emit: com.example.seen}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"com.example.done"},"reach":"world"}],"condition":{"name":"always"},"actions":[{"name":"emit","params":{"type":"com.example.seen"}}]}"#
        ]],
    );
    check_trigger(
        "    on: {type: order.*, subject: '*.csv', source: a*b}\n    do: {start: other}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"prefix":"order."},"subject":{"suffix":".csv"},"source":{"glob":"a*b"},"reach":"world"}],"condition":{"name":"always"},"actions":[{"name":"start","params":{"workflow":"other"}}]}"#
        ]],
    );
    check_trigger(
        "    on: {type: {prefix: order}, subject: '{% input.key %}', from: run}\n    do: {remove: t}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"prefix":"order"},"subject":{"expression":"input.key"},"reach":"run"}],"condition":{"name":"always"},"actions":[{"name":"remove","params":{"trigger":"t"}}]}"#
        ]],
    );
}

#[test]
fn a_map_tells_of_its_items_where_asked_to() {
    let map = "    on: {succeeded: f}\n    do: {map: {function: f, as: m, items: [1], each: true}}\n";
    check_trigger(
        &format!("{map}  u: {{on: {{item_failed: m}}, do: {{complete: 1}}}}\n"),
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"always"},"actions":[{"name":"map","params":{"function":"f","as":"m","items":[1],"each":true}}]}"#
        ]],
    );
    let map = "    on: {succeeded: f}\n    do: {map: {function: f, as: m, items: [1]}}\n";
    check_trigger(
        &format!("{map}  u: {{on: {{item_failed: m}}, do: {{complete: 1}}}}\n"),
        expect![[r#"
            error[triggers::no_items]: the step `m` does not tell of its items
             --> file.yaml:8:25
              |
            8 |   u: {on: {item_failed: m}, do: {complete: 1}}
              |                         ^
              |
              = help: add `each: true` to the map
        "#]],
    );
}

#[test]
fn a_step_of_several_kinds_is_several_events() {
    check_trigger(
        "    on: {succeeded: f}\n    do: {map: {function: f, items: [1]}}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"},{"type":{"exact":"tidegate.map.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"always"},"actions":[{"name":"map","params":{"function":"f","items":[1]}}]}"#
        ]],
    );
}

#[test]
fn conditions_have_short_forms() {
    check_trigger(
        "    on: {succeeded: f}\n    when: \"{% event.data > 1 %}\"\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"expression","params":{"expr":"event.data > 1"}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    on: {succeeded: f}\n    when: {count: 3}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"count","params":{"n":3}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    on: {succeeded: f}\n    when: {count: {n: 3, repeat: false}}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"count","params":{"n":3,"repeat":false}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    on: {succeeded: f}\n    when: {join: '{% vars.n %}'}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"join","params":{"size":"{% vars.n %}"}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    on: {succeeded: f}\n    when: {join: {quorum: 2, timeout: 10s, on_timeout: fire}}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"join","params":{"quorum":2,"timeout":"10s","on_timeout":"fire"}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
}

#[test]
fn composite_events_collect_what_they_listen_to() {
    check_trigger(
        "    when: {all: [{succeeded: f}, a.b], within: 10s, consumption: recent}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"},{"type":{"exact":"a.b"},"reach":"world"}],"condition":{"name":"composite","params":{"expr":{"all":[{"event":0},{"event":1}]},"consumption":"recent","within":10000}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    when: {any: {n: 2, of: [{ended: f}, a, {sequence: [a, b]}]}}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"},{"type":{"exact":"tidegate.task.failed"},"subject":{"exact":"f"},"reach":"run"},{"type":{"exact":"a"},"reach":"world"},{"type":{"exact":"b"},"reach":"world"}],"condition":{"name":"composite","params":{"expr":{"any":{"n":2,"of":[{"any":{"n":1,"of":[{"event":0},{"event":1}]}},{"event":2},{"sequence":[{"event":2},{"event":3}]}]}}}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    when: {not: a, between: [b, {all: [c, d]}]}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"a"},"reach":"world"},{"type":{"exact":"b"},"reach":"world"},{"type":{"exact":"c"},"reach":"world"},{"type":{"exact":"d"},"reach":"world"}],"condition":{"name":"composite","params":{"expr":{"not":{"event":0},"start":{"event":1},"end":{"all":[{"event":2},{"event":3}]}}}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
    check_trigger(
        "    when: {absence: answer, after: {succeeded: f}, within: 1m30s}\n    do: {complete: 1}\n",
        expect![[
            r#"{"name":"t","on":[{"type":{"exact":"answer"},"reach":"world"},{"type":{"exact":"tidegate.task.succeeded"},"subject":{"exact":"f"},"reach":"run"}],"condition":{"name":"composite","params":{"expr":{"absence":{"event":0},"after":{"event":1},"within":90000}}},"actions":[{"name":"complete","params":{"output":1}}]}"#
        ]],
    );
}

#[test]
fn json_and_yaml_state_the_same_program() {
    let json = r#"{"workflow": "w", "triggers": {"t": {"on": "start", "do": {"complete": "\u00e9"}}}}"#;
    let yaml = "workflow: w\ntriggers:\n  t:\n    on: start\n    do:\n      complete: é\n";
    let program = |text: &str, name: &str| {
        let mut program = compile(text, name).program.unwrap();
        (program.source, program.source_map) = (None, Vec::new());
        program.to_value().to_canonical()
    };
    assert_eq!(program(json, "w.json"), program(yaml, "w.yaml"));
    assert_eq!(program(json, "request"), program(yaml, "request"));
}

#[test]
fn the_program_keeps_its_text_and_the_places_of_its_triggers() {
    let text = "workflow: w\ntriggers:\n  t: {on: start, do: {complete: 1}}\n";
    let program = compile(text, "w.yaml").program.unwrap();
    assert_eq!(program.source.as_deref(), Some(text));
    let places: Vec<_> = program.source_map.iter().map(|place| (place.line, place.column)).collect();
    assert_eq!(places, [(3, 3)]);
}
