//! How data flows through a state: what it works on, and what it puts out.
//!
//! In JSONPath: `InputPath`, `Parameters`, the work, `ResultSelector`, `ResultPath`, `OutputPath`. In JSONata:
//! `Arguments`, the work, `Output`. In both, `Assign`. Expressions see the variables as they were when the state was
//! entered.

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;

use super::expression::jsonata::Template;
use super::expression::path::{Path, ReferencePath, cause};
use super::expression::template::PayloadTemplate;
use super::expression::{Fault, Surroundings};
use super::machine::{Language, StateParams};
use super::turn::Turn;

/// The fields of a state that shape its data.
#[derive(Debug)]
pub(crate) struct Flow {
    language: Language,
    input_path: Selection,
    arguments: Option<Shape>,
    result_selector: Option<PayloadTemplate>,
    result_path: Placement,
    output_path: Selection,
    output: Option<Template>,
    assign: Option<Shape>,
}

/// What a state puts out.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) output: Value,
    pub(crate) assigned: Option<Value>,
}

/// A value with expressions in it, in either language.
#[derive(Debug)]
pub(crate) enum Shape {
    Payload(PayloadTemplate),
    Jsonata(Template),
}

/// `InputPath` and `OutputPath`.
#[derive(Debug)]
enum Selection {
    All,
    /// `null`: an empty object.
    Nothing,
    At(Path),
}

/// `ResultPath`.
#[derive(Debug)]
pub(crate) enum Placement {
    /// `null`: the result is dropped.
    Nowhere,
    At(ReferencePath),
}

impl Flow {
    /// The fields of `state`.
    ///
    /// # Errors
    /// Where one of them is not of its form.
    pub(crate) fn of(state: &StateParams) -> Result<Self, MalformedParams> {
        let language = state.language;
        let is_path = language == Language::JsonPath;
        let arguments = if is_path { "Parameters" } else { "Arguments" };
        // What a Map state calls Parameters is its item selector under an older name.
        let arguments = if state.kind == "Map" { None } else { Shape::of(state, arguments)? };
        let result_selector = match Shape::of(state, "ResultSelector")? {
            Some(Shape::Payload(selector)) if is_path => Some(selector),
            _ => None,
        };
        let output = match Shape::of(state, "Output")? {
            Some(Shape::Jsonata(output)) => Some(output),
            _ => None,
        };
        Ok(Self {
            language,
            input_path: Selection::of(state, "InputPath")?,
            arguments,
            result_selector,
            result_path: Placement::of(state.field("ResultPath").filter(|_| is_path))?,
            output_path: Selection::of(state, "OutputPath")?,
            output,
            assign: Shape::of(state, "Assign")?,
        })
    }

    /// What the state works on: its input, by `InputPath`.
    pub(crate) fn input(&self, turn: &Turn<'_, '_, '_>) -> Result<Value, Fault> {
        let raw = turn.active.input.clone();
        match self.language {
            Language::Jsonata => Ok(raw),
            Language::JsonPath => {
                let input = turn.look(&raw, |around| self.input_path.select(around))?;
                turn.show("afterInputPath", &input);
                Ok(input)
            }
        }
    }

    /// What it hands to its work: `Parameters` or `Arguments`; `input` where there are none.
    pub(crate) fn arguments(&self, turn: &Turn<'_, '_, '_>, input: Value) -> Result<Value, Fault> {
        let arguments = match &self.arguments {
            None => input,
            Some(shape) => shape.evaluate(turn, &input, None, None)?,
        };
        match self.language {
            Language::JsonPath => turn.show("afterParameters", &arguments),
            Language::Jsonata if self.arguments.is_some() => turn.show("afterArguments", &arguments),
            Language::Jsonata => {}
        }
        Ok(arguments)
    }

    /// What the state puts out when its work gave `result`.
    pub(crate) fn product(&self, turn: &Turn<'_, '_, '_>, result: &Value) -> Result<Product, Fault> {
        match self.language {
            Language::Jsonata => {
                let assigned =
                    self.assign.as_ref().map(|assign| assign.evaluate(turn, result, Some(result), None));
                let states = self.output.as_ref().map(|_| turn.states(Some(result), None));
                let output = match (&self.output, states) {
                    (Some(output), Some(states)) => {
                        turn.look(result, |around| output.evaluate(around, &states))?
                    }
                    _ => result.clone(),
                };
                Ok(Product { output, assigned: assigned.transpose()? })
            }
            Language::JsonPath => {
                let assign = |shape: &Shape| shape.evaluate(turn, result, None, None);
                let assigned = self.assign.as_ref().map(assign).transpose()?;
                let selected = match &self.result_selector {
                    Some(selector) => turn.look(result, |around| selector.evaluate(around))?,
                    None => result.clone(),
                };
                turn.show("afterResultSelector", &selected);
                let combined = self.result_path.place(&turn.active.input, selected)?;
                turn.show("afterResultPath", &combined);
                let output = turn.look(&combined, |around| self.output_path.select(around))?;
                Ok(Product { output, assigned })
            }
        }
    }

    /// What a state without a result of its own puts out, when it worked on `input`. `assign` and `output` are those
    /// of the rule that decided, where one did that has its own.
    pub(crate) fn passed(
        &self,
        turn: &Turn<'_, '_, '_>,
        input: Value,
        own: Option<&OwnFlow>,
    ) -> Result<Product, Fault> {
        let assign = own.map_or(self.assign.as_ref(), |own| own.assign.as_ref());
        let assigned = assign.map(|assign| assign.evaluate(turn, &input, None, None)).transpose()?;
        let output = match self.language {
            Language::JsonPath => turn.look(&input, |around| self.output_path.select(around))?,
            Language::Jsonata => match own.and_then(|own| own.output.as_ref()).or(self.output.as_ref()) {
                Some(output) => {
                    let states = turn.states(None, None);
                    turn.look(&input, |around| output.evaluate(around, &states))?
                }
                None => input,
            },
        };
        Ok(Product { output, assigned })
    }
}

/// `Assign` and `Output` of a rule within a state: of a choice, of a catcher.
#[derive(Debug)]
pub(crate) struct OwnFlow {
    pub(crate) assign: Option<Shape>,
    pub(crate) output: Option<Template>,
}

impl OwnFlow {
    /// Those of `rule`, which AWS names `place` in its causes (`Choices[0]`, `Catch[1]`).
    pub(crate) fn of(rule: &Value, language: Language, place: &str) -> Result<Self, MalformedParams> {
        let field =
            |name: &str| rule.get(name).map(|value| Shape::new(value, language, &format!("{place}/{name}")));
        let output = match field("Output").transpose()? {
            Some(Shape::Jsonata(output)) => Some(output),
            _ => None,
        };
        Ok(Self { assign: field("Assign").transpose()?, output })
    }
}

impl Shape {
    fn of(state: &StateParams, field: &str) -> Result<Option<Self>, MalformedParams> {
        state.field(field).map(|value| Self::new(value, state.language, field)).transpose()
    }

    /// `value`, which stands in `field`.
    pub(crate) fn new(value: &Value, language: Language, field: &str) -> Result<Self, MalformedParams> {
        match language {
            Language::JsonPath => PayloadTemplate::parse(value).map(Self::Payload).map_err(|errors| {
                let first = errors.first();
                let pointer = first.map_or("", |error| error.pointer.as_str());
                malformed(field, pointer, first.map(|error| error.message.to_string()))
            }),
            Language::Jsonata => Template::parse(value, field).map(Self::Jsonata).map_err(|errors| {
                let first = errors.first();
                let pointer = first.map_or("", |error| error.pointer.as_str());
                malformed(field, pointer, first.map(|error| error.message.clone()))
            }),
        }
    }

    /// Its value, where `input` is `$`, and `result` and `error_output` those of `$states`.
    pub(crate) fn evaluate(
        &self,
        turn: &Turn<'_, '_, '_>,
        input: &Value,
        result: Option<&Value>,
        error_output: Option<&Value>,
    ) -> Result<Value, Fault> {
        match self {
            Self::Payload(template) => turn.look(input, |around| template.evaluate(around)),
            Self::Jsonata(template) => {
                let states = turn.states(result, error_output);
                turn.look(input, |around| template.evaluate(around, &states))
            }
        }
    }
}

impl Selection {
    fn of(state: &StateParams, field: &'static str) -> Result<Self, MalformedParams> {
        match state.field(field) {
            _ if state.language == Language::Jsonata => Ok(Self::All),
            None => Ok(Self::All),
            Some(Value::Null) => Ok(Self::Nothing),
            Some(path) => match path.as_str() {
                Some("$") => Ok(Self::All),
                Some(path) => {
                    let path =
                        Path::parse(path).map_err(|error| MalformedParams::at(field, error.to_string()))?;
                    Ok(Self::At(path))
                }
                None => Err(MalformedParams::at(field, "expected a path or null")),
            },
        }
    }

    fn select(&self, around: &Surroundings<'_>) -> Result<Value, Fault> {
        match self {
            Self::All => Ok(around.input.clone()),
            Self::Nothing => Ok(Value::object::<&str, Value>([])),
            Self::At(path) => path.evaluate(around).map_err(|why| cause::invalid(path, &why)),
        }
    }
}

impl Placement {
    /// `ResultPath`, where it is given.
    pub(crate) fn of(field: Option<&Value>) -> Result<Self, MalformedParams> {
        let path = match field {
            Some(Value::Null) => return Ok(Self::Nowhere),
            Some(path) => {
                path.as_str().ok_or_else(|| MalformedParams::at("ResultPath", "expected a path or null"))?
            }
            None => "$",
        };
        let path = ReferencePath::parse(path);
        path.map(Self::At).map_err(|error| MalformedParams::at("ResultPath", error.to_string()))
    }

    /// `input` with `result` where it belongs.
    pub(crate) fn place(&self, input: &Value, result: Value) -> Result<Value, Fault> {
        match self {
            Self::Nowhere => Ok(input.clone()),
            Self::At(path) => path.insert(input, result),
        }
    }
}

fn malformed(field: &str, pointer: &str, message: Option<String>) -> MalformedParams {
    MalformedParams {
        pointer: format!("/definition/{field}{pointer}"),
        message: message.unwrap_or_default(),
        help: None,
    }
}
