//! Choice: goes on with the state of the first rule that holds.

use tidegate_engine::action::{Action, Plan};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{Failure, Text};

use super::act::act;
use crate::asl::expression::Fault;
use crate::asl::expression::choice::Rule;
use crate::asl::expression::jsonata::{Expected, Template};
use crate::asl::flow::{Flow, OwnFlow, Product};
use crate::asl::machine::{Language, StateParams};
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Error, Next, Turn};

#[derive(Debug)]
pub(crate) struct Choice {
    name: Text,
    flow: Flow,
    choices: Vec<Branch>,
    default: Option<Next>,
    rescue: Rescue,
}

#[derive(Debug)]
struct Branch {
    test: Test,
    next: Next,
    own: OwnFlow,
}

#[derive(Debug)]
enum Test {
    Rule(Box<Rule>),
    Condition(Template),
}

pub(crate) fn make(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let state = StateParams::of(params)?;
    let mut choices = Vec::new();
    let rules = state.field("Choices").and_then(Value::as_array).cloned().unwrap_or_default();
    for (index, rule) in rules.iter().enumerate() {
        let next = rule.get("Next").and_then(Value::as_str).unwrap_or_default();
        let place = format!("Choices[{index}]");
        let test = Test::of(rule, state.language, &place)?;
        choices.push(Branch {
            test,
            next: state.target(next)?,
            own: OwnFlow::of(rule, state.language, &place)?,
        });
    }
    let state = Choice {
        flow: Flow::of(&state)?,
        choices,
        default: state.text("Default").map(|default| state.target(default)).transpose()?,
        rescue: Rescue::of(&state)?,
        name: state.name,
    };
    Ok(act(state, Choice::enter))
}

impl Test {
    fn of(rule: &Value, language: Language, place: &str) -> Result<Self, MalformedParams> {
        let malformed = |message: &str| MalformedParams::new(format!("{place}: {message}"));
        match language {
            Language::JsonPath => Rule::parse(rule)
                .map(|rule| Self::Rule(Box::new(rule)))
                .map_err(|errors| malformed(errors.first().map_or("", |error| &error.message))),
            Language::Jsonata => {
                let condition = rule.get("Condition").cloned().unwrap_or_default();
                Template::parse(&condition, &format!("{place}/Condition"))
                    .map(Self::Condition)
                    .map_err(|errors| malformed(errors.first().map_or("", |error| &error.message)))
            }
        }
    }

    fn holds(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<bool, Fault> {
        match self {
            Self::Rule(rule) => turn.look(input, |around| rule.holds(around)),
            Self::Condition(condition) => {
                let states = turn.states(None, None);
                let value =
                    turn.look(input, |around| condition.evaluate_as(Expected::Boolean, around, &states))?;
                Ok(value.as_bool().unwrap_or_default())
            }
        }
    }
}

impl Choice {
    fn decide(&self, turn: &Turn<'_, '_, '_>) -> Result<Option<(&Next, Product)>, Fault> {
        let input = self.flow.input(turn)?;
        for choice in &self.choices {
            if choice.test.holds(turn, &input)? {
                return Ok(Some((&choice.next, self.flow.passed(turn, input, Some(&choice.own))?)));
            }
        }
        let Some(default) = &self.default else { return Ok(None) };
        Ok(Some((default, self.flow.passed(turn, input, None)?)))
    }
}

impl Choice {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        match self.decide(&turn) {
            Ok(Some((next, Product { output, assigned }))) => turn.leave("Choice", next, output, assigned),
            Ok(None) => {
                let cause = format!(
                    "An error occurred while executing the state '{}' (entered at the event id #{}). Failed to \
                     transition out of the state. The state did not match any of the choice rules and has no \
                     default.",
                    self.name, turn.active.entered
                );
                let error = Error { error: Text::const_new("States.NoChoiceMatched"), cause: cause.into() };
                turn.fail(error, None);
            }
            Err(fault) => {
                self.rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }
}
