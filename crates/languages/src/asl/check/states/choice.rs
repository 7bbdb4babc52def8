//! Choice states and their rules.
//!
//! Source: Amazon States Language, "Choice State". A rule at the top says where to go; those within `And`, `Or` and
//! `Not` only test.

use super::super::expression::Moment;
use super::super::finding::Checking;
use super::super::path::{self, Form, Null};
use super::super::problem::{BadShape, BadValue, Expected};
use super::super::spot::Spot;
use super::super::state::State;
use super::super::value::{self, is_placeholder};
use super::super::vocabulary::QueryLanguage;
use super::super::{template, variables};
use super::wait::check_timestamp;
use crate::source::Content;

/// What an operator compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    Text,
    Number,
    Boolean,
    Timestamp,
    Path,
}

const OPERATORS: &[(&str, Operand)] = &[
    ("BooleanEquals", Operand::Boolean),
    ("BooleanEqualsPath", Operand::Path),
    ("IsBoolean", Operand::Boolean),
    ("IsNull", Operand::Boolean),
    ("IsNumeric", Operand::Boolean),
    ("IsPresent", Operand::Boolean),
    ("IsString", Operand::Boolean),
    ("IsTimestamp", Operand::Boolean),
    ("NumericEquals", Operand::Number),
    ("NumericEqualsPath", Operand::Path),
    ("NumericGreaterThan", Operand::Number),
    ("NumericGreaterThanPath", Operand::Path),
    ("NumericGreaterThanEquals", Operand::Number),
    ("NumericGreaterThanEqualsPath", Operand::Path),
    ("NumericLessThan", Operand::Number),
    ("NumericLessThanPath", Operand::Path),
    ("NumericLessThanEquals", Operand::Number),
    ("NumericLessThanEqualsPath", Operand::Path),
    ("StringEquals", Operand::Text),
    ("StringEqualsPath", Operand::Path),
    ("StringGreaterThan", Operand::Text),
    ("StringGreaterThanPath", Operand::Path),
    ("StringGreaterThanEquals", Operand::Text),
    ("StringGreaterThanEqualsPath", Operand::Path),
    ("StringLessThan", Operand::Text),
    ("StringLessThanPath", Operand::Path),
    ("StringLessThanEquals", Operand::Text),
    ("StringLessThanEqualsPath", Operand::Path),
    ("StringMatches", Operand::Text),
    ("TimestampEquals", Operand::Timestamp),
    ("TimestampEqualsPath", Operand::Path),
    ("TimestampGreaterThan", Operand::Timestamp),
    ("TimestampGreaterThanPath", Operand::Path),
    ("TimestampGreaterThanEquals", Operand::Timestamp),
    ("TimestampGreaterThanEqualsPath", Operand::Path),
    ("TimestampLessThan", Operand::Timestamp),
    ("TimestampLessThanPath", Operand::Path),
    ("TimestampLessThanEquals", Operand::Timestamp),
    ("TimestampLessThanEqualsPath", Operand::Path),
];

/// What follows where a rule holds.
const OUTCOME: [&str; 3] = ["Next", "Assign", "Output"];

const FORMS: [&str; 5] = ["And", "Or", "Not", "Variable", "Condition"];

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    /// In `Choices`: it leads to a state.
    Top,
    /// Within another rule.
    Nested,
}

impl Rank {
    /// The fields of a rule besides what it tests.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Top => &["Next", "Assign", "Output", "Comment"],
            Self::Nested => &["Comment"],
        }
    }
}

/// Reports what is wrong with the rules and the default.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    if let Some(default) = state.spot.field("Default") {
        value::text(&default, to);
    }
    let Some(choices) = state.spot.field("Choices") else { return };
    if !value::is_filled_list(&choices, to) {
        return;
    }
    for rule in choices.items() {
        if value::is_object(&rule, to) {
            value::required(&rule, &["Next"], to);
            check_outcome(&rule, state, to);
            check_test(&rule, Rank::Top, state, to);
        }
    }
}

/// Where the rule leads, and what it computes on the way.
fn check_outcome(rule: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    if let Some(next) = rule.field("Next") {
        value::text(&next, to);
    }
    if let Some(assign) = rule.field("Assign") {
        variables::check(&assign, Moment::Input, state, to);
    }
    if let Some(output) = rule.field("Output").filter(|_| state.language == QueryLanguage::Jsonata) {
        template::check(&output, Moment::Input, state, to);
    }
}

/// What the rule tests.
fn check_test(rule: &Spot<'_>, rank: Rank, state: &State<'_>, to: &mut Checking<'_>) {
    if let Some(comment) = rule.field("Comment") {
        value::text(&comment, to);
    }
    check_fields(rule, rank, state, to);
    match state.language {
        QueryLanguage::Jsonata => check_condition(rule, state, to),
        QueryLanguage::JsonPath => check_comparison(rule, state, to),
    }
}

fn check_fields(rule: &Spot<'_>, rank: Rank, state: &State<'_>, to: &mut Checking<'_>) {
    for (name, field) in rule.fields() {
        let is_operator = OPERATORS.iter().any(|(operator, _)| *operator == name);
        // An operator goes with its `Variable`, which tells it all.
        let home = match name {
            "Condition" | "Output" => Some(QueryLanguage::Jsonata),
            _ if FORMS.contains(&name) || (is_operator && !rule.has("Variable")) => {
                Some(QueryLanguage::JsonPath)
            }
            _ => None,
        };
        if let Some(outcome) = OUTCOME.into_iter().find(|outcome| *outcome == name && rank == Rank::Nested) {
            let why = "what a rule within others tests has no outcome of its own";
            to.add(BadShape::NotHere { field: outcome, why }, field.key_span, &rule.at);
        } else if !is_operator && !FORMS.contains(&name) && !rank.fields().contains(&name) {
            let known: Vec<&str> = match state.language {
                QueryLanguage::Jsonata => ["Condition"].iter().chain(rank.fields()).copied().collect(),
                QueryLanguage::JsonPath => {
                    let operators = OPERATORS.iter().map(|(operator, _)| *operator);
                    FORMS[..4].iter().chain(rank.fields()).copied().chain(operators).collect()
                }
            };
            value::unsupported(rule, name, &field, &known, to);
        } else if home.is_some_and(|home| home != state.language) {
            let problem = BadShape::OtherLanguage { field: name.to_owned(), language: state.language };
            to.add(problem, field.key_span, &rule.at);
        }
    }
}

fn check_condition(rule: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let Some(condition) = rule.field("Condition") else {
        // A rule of the other language is told as just that.
        if FORMS[..4].iter().all(|form| !rule.has(form)) {
            to.add_at_key(BadShape::RuleForm { found: Vec::new() }, rule);
        }
        return;
    };
    match &condition.node.content {
        Content::Bool(_) => {}
        Content::String(text, _) if value::is_expression(text) || is_placeholder(text) => {
            template::check(&condition, Moment::Input, state, to);
        }
        _ => {
            let found = value::describe(condition.node);
            to.add_at(BadValue::WrongType { expected: Expected::Boolean, found }, &condition);
        }
    }
}

fn check_comparison(rule: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let forms: Vec<_> = FORMS[..4].iter().copied().filter(|form| rule.has(form)).collect();
    let operators: Vec<_> =
        OPERATORS.iter().map(|(operator, _)| *operator).filter(|operator| rule.has(operator)).collect();
    if forms.len() > 1 || (forms.is_empty() && !rule.has("Condition")) {
        to.add_at_key(BadShape::RuleForm { found: forms.clone() }, rule);
    }
    // Where something else stands in the place of the operator, that has been told.
    let is_bare = forms == ["Variable"] && rule.fields().all(|(name, _)| is_known(name));
    if operators.len() > 1 || (operators.is_empty() && is_bare) {
        let all = OPERATORS.iter().map(|(operator, _)| *operator).collect();
        let problem = if operators.is_empty() {
            BadShape::NoOperator { operators: all }
        } else {
            BadShape::Several { fields: all, found: operators }
        };
        to.add_at_key(problem, rule);
    }
    for name in ["And", "Or"] {
        let Some(rules) = rule.field(name).filter(|rules| value::is_filled_list(rules, to)) else { continue };
        for inner in rules.items() {
            check_nested(&inner, state, to);
        }
    }
    if let Some(inner) = rule.field("Not") {
        check_nested(&inner, state, to);
    }
    if let Some(variable) = rule.field("Variable") {
        path::check(&variable, Form::Compared, Null::Refused, state, to);
    }
    for (name, operand) in OPERATORS {
        if let Some(field) = rule.field(name) {
            check_operand(&field, name, *operand, state, to);
        }
    }
}

fn is_known(name: &str) -> bool {
    FORMS.contains(&name) || Rank::Top.fields().contains(&name)
}

fn check_nested(rule: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    if value::is_object(rule, to) {
        check_test(rule, Rank::Nested, state, to);
    }
}

fn check_operand(spot: &Spot<'_>, name: &str, operand: Operand, state: &State<'_>, to: &mut Checking<'_>) {
    match operand {
        Operand::Path => path::check(spot, Form::Compared, Null::Refused, state, to),
        Operand::Boolean => _ = value::boolean(spot, to),
        Operand::Number => value::number_from(spot, f64::NEG_INFINITY, "", to),
        Operand::Text => {
            if let Some(text) = value::text(spot, to) {
                path::doubt(spot, name, text, to);
            }
        }
        Operand::Timestamp => {
            if let Some(text) = value::text(spot, to) {
                check_timestamp(spot, text, to);
            }
        }
    }
}
