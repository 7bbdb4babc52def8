//! Wild programs: triggers drawn at random, whose end nobody predicts.
//!
//! They reach what plans do not: the world's events, composite conditions, timeouts, heartbeats, reflection. The
//! invariants hold for them as well. What reacts to progress reacts once, so that each program comes to rest.

use tidegate_json::Value;
use tidegate_model::{Program, WorkflowName};

use crate::function::Function;
use crate::random::Random;
use crate::weave::{action, functions, on, trigger};

/// Types of the events that are published.
pub const KINDS: [&str; 4] = ["e.a", "e.b", "e.c", "e.d"];

/// Subjects of the events that are published, and of the steps of wild programs.
pub const SUBJECTS: [&str; 3] = ["x", "y", "z"];

/// Names of the triggers of a wild program.
pub const TRIGGERS: [&str; 7] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6"];

/// Whether the program's run listens until it is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Yes,
    /// It ends.
    No,
}

/// A random program, which may start runs of `children`.
///
/// # Panics
/// Never: what is drawn is a program.
#[must_use]
pub fn draw(random: &mut Random, name: &str, standing: Standing, children: &[WorkflowName]) -> Program {
    let mut author = Author { random, children };
    let scopes =
        [author.scope("main", "tidegate.run.started"), author.scope("inner", "tidegate.scope.started")];
    let document = Value::object([
        ("name", Value::from(name)),
        ("language", Value::from("wild")),
        ("standing", Value::from(standing == Standing::Yes)),
        ("functions", functions()),
        ("scopes", Value::array(scopes)),
        ("source", Value::from(format!("draw {}", author.random.draw()))),
    ]);
    Program::from_text(&document.to_text()).expect("what is drawn is a program")
}

/// A random trigger, as it may be added to a run from outside.
///
/// # Panics
/// Never: what is drawn is a trigger.
#[must_use]
pub fn draw_trigger(random: &mut Random, name: &str) -> tidegate_model::TriggerSpec {
    let mut author = Author { random, children: &[] };
    let document = author.listening_trigger(name);
    let text = Value::object([
        ("name", Value::from("carrier")),
        ("language", Value::from("wild")),
        (
            "scopes",
            Value::array([Value::object([
                ("name", Value::from("main")),
                ("triggers", Value::array([document])),
            ])]),
        ),
    ])
    .to_text();
    let mut program = Program::from_text(&text).expect("what is drawn is a program");
    program.scopes.remove(0).triggers.remove(0)
}

/// Writes one program.
struct Author<'a> {
    random: &'a mut Random,
    children: &'a [WorkflowName],
}

impl Author<'_> {
    fn scope(&mut self, name: &str, begins: &str) -> Value {
        let is_inner = name == "inner";
        let first = (0..self.random.between(1, 3)).map(|_| self.action(is_inner)).collect();
        let mut triggers = vec![trigger(TRIGGERS[0], vec![on(begins, None)], None, first)];
        let others = self.random.between(1, TRIGGERS.len() as u64 - 1) as usize;
        for name in &TRIGGERS[1..=others] {
            let mut drawn = match self.random.below(2) {
                0 => self.listening_trigger(name),
                _ => self.progress_trigger(name, is_inner),
            };
            if self.random.chance(10) {
                drawn.set("enabled", false);
            }
            triggers.push(drawn);
        }
        Value::object([
            ("name", Value::from(name)),
            ("vars", Value::object([("n", 0)])),
            ("triggers", Value::from(triggers)),
        ])
    }

    /// Listens to the world, again and again.
    fn listening_trigger(&mut self, name: &str) -> Value {
        let patterns: Vec<Value> = (0..self.random.between(1, 3)).map(|_| self.world_pattern()).collect();
        let condition = self.condition(patterns.len());
        let actions = (0..self.random.between(1, 2)).map(|_| self.action(true)).collect();
        let mut drawn = trigger(name, patterns, condition, actions);
        drawn.set("once", self.random.chance(20));
        drawn
    }

    /// Reacts to something that happens in its own scope, once.
    fn progress_trigger(&mut self, name: &str, is_inner: bool) -> Value {
        let kinds = [
            "tidegate.task.succeeded",
            "tidegate.task.failed",
            "tidegate.map.succeeded",
            "tidegate.map.failed",
            "tidegate.scope.succeeded",
            "tidegate.scope.failed",
            "tidegate.run.succeeded",
            "tidegate.run.failed",
            "tidegate.timer.fired",
            "tidegate.trigger.failed",
            "tidegate.trigger.timed_out",
            "r.a",
        ];
        let patterns: Vec<Value> = (0..self.random.between(1, 3))
            .map(|_| {
                let subject = self.random.chance(40).then(|| *self.random.pick(&SUBJECTS));
                on(self.random.pick::<&str>(&kinds), subject)
            })
            .collect();
        let condition = self.condition(patterns.len());
        let actions = (0..self.random.between(1, 3)).map(|_| self.action(is_inner)).collect();
        let mut drawn = trigger(name, patterns, condition, actions);
        drawn.set("once", true);
        drawn
    }

    fn world_pattern(&mut self) -> Value {
        let kind = match self.random.below(4) {
            0 => Value::object([("prefix", "e.")]),
            1 => Value::object([("glob", "e.?")]),
            _ => Value::object([("exact", *self.random.pick(&KINDS))]),
        };
        let mut pattern = Value::object([("type", kind)]);
        if self.random.chance(50) {
            pattern.set("subject", Value::object([("exact", *self.random.pick(&SUBJECTS))]));
        }
        if self.random.chance(25) {
            pattern.set("where", format!("event.data.n > {}", self.random.below(6)));
        }
        if self.random.chance(85) {
            pattern.set("reach", "world");
        }
        pattern
    }

    fn condition(&mut self, patterns: usize) -> Option<Value> {
        let (name, params) = match self.random.below(9) {
            0..=2 => return None,
            3 => {
                let n = self.random.between(1, 3);
                (
                    "count",
                    Value::object([("n", Value::from(n)), ("repeat", Value::from(self.random.chance(70)))]),
                )
            }
            4 | 5 => ("join", self.join()),
            6 => ("expression", Value::object([("expr", "vars.n >= 0 and $exists(event.type)")])),
            _ => ("composite", self.composite(patterns)),
        };
        Some(Value::object([("name", Value::from(name)), ("params", params)]))
    }

    fn join(&mut self) -> Value {
        let mut join = match self.random.below(4) {
            0 => Value::object([("quorum", self.random.between(1, 3))]),
            1 => Value::object([("size", "{% vars.n > 0 ? vars.n : $lookup(vars, 'none') %}")]),
            _ => Value::object([("size", self.random.between(1, 4))]),
        };
        if self.random.chance(40) {
            join.set("timeout", format!("{}ms", self.random.between(10, 8000)));
            // A join that begins again after each timeout never comes to rest.
            join.set("on_timeout", *self.random.pick(&["fire", "fail"]));
        } else {
            join.set("repeat", self.random.chance(50));
        }
        if self.random.chance(40) {
            join.set("key", "event.subject");
        }
        if self.random.chance(40) {
            join.set("collect", true);
        }
        join
    }

    fn composite(&mut self, patterns: usize) -> Value {
        let policies = ["recent", "chronicle", "continuous", "cumulative"];
        let mut params = Value::object([
            ("expr", self.composite_of(patterns as u64, 2)),
            ("consumption", Value::from(*self.random.pick(&policies))),
        ]);
        if self.random.chance(40) {
            params.set("within", Value::from(format!("{}ms", self.random.between(9000, 20_000))));
        }
        params
    }

    fn composite_of(&mut self, patterns: u64, depth: u32) -> Value {
        if depth == 0 {
            return Value::object([("event", self.random.below(patterns))]);
        }
        let part = |author: &mut Self| author.composite_of(patterns, depth - 1);
        match self.random.below(6) {
            0 => Value::object([("all", Value::array([part(self), part(self)]))]),
            1 => {
                let of = Value::array([part(self), part(self), part(self)]);
                Value::object([("any", Value::object([("n", Value::from(2)), ("of", of)]))])
            }
            2 => Value::object([("sequence", Value::array([part(self), part(self)]))]),
            3 => Value::object([("not", part(self)), ("start", part(self)), ("end", part(self))]),
            4 => {
                let within = Value::from(format!("{}ms", self.random.between(100, 8000)));
                Value::object([("absence", part(self)), ("after", part(self)), ("within", within)])
            }
            _ => part(self),
        }
    }

    fn action(&mut self, is_inner: bool) -> Value {
        let subject = *self.random.pick(&SUBJECTS);
        let named = Value::from(subject);
        let some_trigger = Value::object([("trigger", *self.random.pick(&TRIGGERS))]);
        match self.random.below(24) {
            0..=4 => self.invoke(subject),
            5 | 6 => self.map(subject, is_inner),
            7 => {
                let after = Value::from(format!("{}ms", self.random.below(6000)));
                action("timer", Value::object([("name", named), ("after", after)]))
            }
            8 => action("cancel_timer", Value::object([("name", named)])),
            9 | 10 => {
                let to = *self.random.pick(&["run", "world"]);
                let data = Value::object([("n", "{% vars.n %}")]);
                let kind = *self.random.pick(&KINDS);
                let params = [
                    ("type", Value::from(kind)),
                    ("subject", named),
                    ("to", Value::from(to)),
                    ("data", data),
                ];
                action("emit", Value::object(params))
            }
            11 => action("emit", Value::object([("type", Value::from("r.a")), ("subject", named)])),
            12 | 13 => action("set", Value::object([("vars", Value::object([("n", "{% vars.n + 1 %}")]))])),
            14 => action("enable", some_trigger),
            15 => action("disable", some_trigger),
            16 if self.random.chance(30) => action("remove", some_trigger),
            17 => {
                let context = Value::object([("count", self.random.below(3))]);
                let some_trigger = *self.random.pick(&TRIGGERS);
                action(
                    "change",
                    Value::object([("trigger", Value::from(some_trigger)), ("context", context)]),
                )
            }
            18 if !is_inner => {
                let params = [("scope", Value::from("inner")), ("as", named), ("input", Value::from(1))];
                action("call", Value::object(params))
            }
            19 if !self.children.is_empty() => self.start(subject),
            20 => action("cancel", Value::object([("step", named)])),
            21 => action("complete", Value::object([("output", Value::from("{% vars.n %}"))])),
            22 if self.random.chance(30) => action("fail", Value::object([("message", "{% event.type %}")])),
            _ => action("set", Value::object([("vars", Value::object([("last", "{% event.type %}")]))])),
        }
    }

    fn invoke(&mut self, subject: &str) -> Value {
        let functions =
            [Function::Affine, Function::Flaky, Function::Picky, Function::Secret, Function::Shared];
        let function = self.random.pick(&functions).name();
        let mut params = Value::object([
            ("function", Value::from(function)),
            ("as", Value::from(subject)),
            ("input", Value::from(self.random.below(50))),
        ]);
        self.limit(&mut params);
        action("invoke", params)
    }

    fn limit(&mut self, params: &mut Value) {
        if self.random.chance(40) {
            params.set("timeout", format!("{}ms", self.random.between(500, 9000)));
        }
        if self.random.chance(30) {
            params.set("heartbeat", format!("{}ms", self.random.between(500, 5000)));
        }
        if self.random.chance(50) {
            let jitter = *self.random.pick(&["none", "full"]);
            params.set(
                "retry",
                Value::object([
                    ("max_attempts", Value::from(self.random.between(1, 4))),
                    ("interval", Value::from("700ms")),
                    ("jitter", Value::from(jitter)),
                ]),
            );
        }
    }

    fn map(&mut self, subject: &str, is_inner: bool) -> Value {
        let items = Value::array((0..self.random.below(5)).map(|_| self.random.below(50)));
        let target = match is_inner || self.random.chance(60) {
            true => ("function", self.random.pick(&Function::OF_NUMBERS).name()),
            false => ("scope", "inner"),
        };
        let mut params = Value::object([
            (target.0, Value::from(target.1)),
            ("as", Value::from(subject)),
            ("items", items),
            ("concurrency", Value::from(self.random.between(1, 3))),
            ("each", Value::from(self.random.chance(50))),
        ]);
        if self.random.chance(50) {
            params.set("tolerate", Value::object([("percent", self.random.below(101))]));
        }
        if target.0 == "function" {
            self.limit(&mut params);
        }
        action("map", params)
    }

    fn start(&mut self, subject: &str) -> Value {
        let child = self.random.pick(self.children).clone();
        let mut params = Value::object([
            ("workflow", Value::from(child.as_str())),
            ("input", Value::from(self.random.below(50))),
        ]);
        if self.random.chance(70) {
            params.set("wait", true);
            params.set("as", subject);
        }
        if self.random.chance(30) {
            params.set("key", format!("key-{}", self.random.below(4)));
        }
        action("start", params)
    }
}
