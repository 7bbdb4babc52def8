//! JSON to rule, with every mistake at once.

use tidegate_json::{Map, Value};

use super::comparison::{Against, Comparison, Operand, Ordered, Test};
use super::kind::Kind;
use super::pattern::Pattern;
use super::{Node, Rule, RuleError};
use crate::asl::expression::path::Path;
use crate::nearest;

/// What an element of `Choices` says besides its condition.
const BESIDES: [&str; 4] = ["Next", "Assign", "Output", "Comment"];

const MATCHES: &str = "StringMatches";

pub(super) fn rule(value: &Value) -> Result<Rule, Vec<RuleError>> {
    let mut reading = Reading { pointer: String::new(), mistakes: Vec::new() };
    let rule = reading.rule(value);
    match rule {
        Some(rule) if reading.mistakes.is_empty() => Ok(rule),
        _ => Err(reading.mistakes),
    }
}

struct Reading {
    pointer: String,
    mistakes: Vec<RuleError>,
}

impl Reading {
    fn rule(&mut self, value: &Value) -> Option<Rule> {
        let Some(members) = value.as_object() else {
            return self.mistake("a choice rule must be an object");
        };
        let mut operators = members.keys().filter(|key| is_operator(key));
        let Some(operator) = operators.next() else {
            self.unknown(members);
            return None;
        };
        if let Some(second) = operators.next() {
            let message = format!("a choice rule has one operator, not both `{operator}` and `{second}`");
            return self.mistake(&message);
        }
        let operand = members.get(operator)?;
        let is_comparison = !matches!(operator.as_str(), "And" | "Or" | "Not");
        self.only(members, operator, is_comparison);
        if is_comparison {
            return self.comparison(members, operator, operand);
        }
        let node = self.within(operator, |reading| match operator.as_str() {
            "And" => reading.rules(operand).map(Node::And),
            "Or" => reading.rules(operand).map(Node::Or),
            _ => reading.rule(operand).map(|rule| Node::Not(Box::new(rule))),
        });
        node.map(Rule)
    }

    fn rules(&mut self, value: &Value) -> Option<Vec<Rule>> {
        let Some(elements) = value.as_array().filter(|elements| !elements.is_empty()) else {
            return self.mistake("expected an array of at least one choice rule");
        };
        let read = |(index, element): (usize, &Value)| {
            self.within(&index.to_string(), |reading| reading.rule(element))
        };
        // All of them are read, so that all mistakes show.
        let rules: Vec<Option<Rule>> = elements.iter().enumerate().map(read).collect();
        rules.into_iter().collect()
    }

    fn comparison(&mut self, members: &Map, operator: &str, operand: &Value) -> Option<Rule> {
        let variable = match members.get("Variable") {
            Some(variable) => self.within("Variable", |reading| reading.path(variable)),
            None => self.mistake("the field `Variable` is missing"),
        };
        let test = self.within(operator, |reading| reading.test(operator, operand));
        Some(Rule(Node::Comparison(Box::new(Comparison { variable: variable?, test: test? }))))
    }

    fn test(&mut self, operator: &str, operand: &Value) -> Option<Test> {
        if let Some(kind) = Kind::named(operator) {
            return match operand.as_bool() {
                Some(wanted) => Some(Test::Is(kind, wanted)),
                None => self.mistake(&format!("`{operator}` takes true or false")),
            };
        }
        if operator == MATCHES {
            return match operand.as_str() {
                Some(pattern) => Some(Test::Matches(Pattern::new(pattern))),
                None => self.mistake(&format!("`{MATCHES}` takes a string")),
            };
        }
        let ordered = Ordered::named(operator)?;
        let operand = match ordered.against {
            Against::Path => Operand::Path(self.path(operand)?),
            Against::Value if ordered.takes(operand) => Operand::Value(operand.clone()),
            Against::Value => return self.mistake(&format!("`{operator}` takes {}", ordered.family.takes)),
        };
        Some(Test::Ordered { operator: ordered, operand })
    }

    fn path(&mut self, value: &Value) -> Option<Path> {
        let Some(text) = value.as_str() else {
            return self.mistake("expected a path, which is a string");
        };
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(error) => self.mistake(&format!("`{text}` is not a path: {error}")),
        }
    }

    /// Refuses members that neither the rule nor its place knows.
    fn only(&mut self, members: &Map, operator: &str, is_comparison: bool) {
        let known =
            |key: &str| key == operator || BESIDES.contains(&key) || (is_comparison && key == "Variable");
        for key in members.keys().filter(|key| !known(key)) {
            self.within(key, |reading| {
                reading.mistake::<()>(&format!("a choice rule with `{operator}` has no field `{key}`"))
            });
        }
    }

    /// There is no operator: names those fields that may have been meant as one.
    fn unknown(&mut self, members: &Map) {
        let others = members.keys().filter(|key| *key != "Variable" && !BESIDES.contains(&key.as_str()));
        let mut unknown = false;
        for key in others {
            unknown = true;
            let names: Vec<String> = operators().collect();
            let meant = nearest::nearest(key, names.iter().map(String::as_str));
            let hint = meant.map_or(String::new(), |name| format!(", did you mean `{name}`?"));
            self.within(key, |reading| reading.mistake::<()>(&format!("there is no operator `{key}`{hint}")));
        }
        if !unknown {
            self.mistake::<()>("a choice rule must have an operator, such as `StringEquals` or `And`");
        }
    }

    fn mistake<T>(&mut self, message: &str) -> Option<T> {
        self.mistakes.push(RuleError { pointer: self.pointer.clone(), message: message.to_owned() });
        None
    }

    fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let end = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        let result = read(self);
        self.pointer.truncate(end);
        result
    }
}

fn is_operator(name: &str) -> bool {
    matches!(name, "And" | "Or" | "Not" | MATCHES)
        || Kind::named(name).is_some()
        || Ordered::named(name).is_some()
}

fn operators() -> impl Iterator<Item = String> {
    let others = ["And", "Or", "Not", MATCHES].into_iter().chain(Kind::ALL.into_iter().map(Kind::operator));
    others.map(str::to_owned).chain(Ordered::names())
}
