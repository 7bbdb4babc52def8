//! What a task of a SWEEP workflow computes when it begins: how many replicas there are, and what each of them gets.

use serde::Deserialize;
use tidegate_engine::registry::params;
use tidegate_json::{Map, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};

use super::computed::{Computed, Texts};
use super::expression::{Expression, is_true};
use super::name::name_each;

/// Name of the error of a task whose deploy conditions do not all hold.
const CONDITION_FAILED: &str = "Sweep.DeployConditionFailed";

/// What a task computes, as a program has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Params {
    sees: Vec<Seen>,
    scatter: Option<String>,
    list: Option<Value>,
    times: Option<u32>,
    conditions: Vec<String>,
    static_input: Value,
    static_output: Option<Value>,
    environment: Option<Value>,
    command: Option<Value>,
    is_start: bool,
}

/// A task whose output can be read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    /// Its id.
    id: Text,
    /// How many of the replications around the reader it stands in.
    shared: usize,
    /// In how many more it stands: as deep is the list of its outputs.
    depth: usize,
    /// Whether it comes right before the reader.
    direct: bool,
}

/// What a task computes.
#[derive(Debug)]
pub(crate) struct Computation {
    sees: Vec<Seen>,
    items: Items,
    conditions: Vec<(String, Expression)>,
    static_input: Computed,
    static_output: Option<Computed>,
    environment: Option<Computed>,
    command: Option<Computed>,
    is_start: bool,
}

/// What a task is replicated over.
#[derive(Debug)]
enum Items {
    None,
    Scatter(String, Expression),
    List(Value),
    Times(u32),
}

/// A task that begins.
#[derive(Debug)]
pub(crate) struct Begun {
    /// What its function gets.
    pub(crate) input: Value,
    /// What its output will have besides what the function gives.
    pub(crate) adds: Option<Value>,
}

impl Computation {
    /// What `value` states.
    pub(crate) fn parse(value: &Value) -> Result<Self, String> {
        let given: Params = params(value).map_err(|malformed| malformed.message)?;
        let expression = |text: String| {
            let expression = Expression::parse(&text).map_err(|error| error.to_string())?;
            Ok::<_, String>((text, expression))
        };
        let computed =
            |value: &Value, texts| Computed::parse(value, texts).map_err(|error| error.to_string());
        let texts = |value: &Value| computed(value, Texts::ThatReadOutputs);
        let whole = |value: &Value| computed(value, Texts::AsAWhole);
        let items = match (given.scatter, given.list, given.times) {
            (Some(text), ..) => {
                expression(text).map(|(text, expression)| Items::Scatter(text, expression))?
            }
            (None, Some(list), _) => Items::List(list),
            (None, None, Some(times)) => Items::Times(times),
            (None, None, None) => Items::None,
        };
        Ok(Self {
            sees: given.sees,
            items,
            conditions: given.conditions.into_iter().map(expression).collect::<Result<_, _>>()?,
            static_input: texts(&given.static_input)?,
            static_output: given.static_output.as_ref().map(whole).transpose()?,
            environment: given.environment.as_ref().map(whole).transpose()?,
            command: given.command.as_ref().map(whole).transpose()?,
            is_start: given.is_start,
        })
    }

    /// One item for each replica, where the results of tasks stand in `names`.
    pub(crate) fn items(&self, names: &[(&str, Value)]) -> Result<Vec<Value>, Failure> {
        match &self.items {
            Items::None => Ok(vec![Value::Null]),
            Items::List(list) => Ok(list.as_array().map(|items| items.to_vec()).unwrap_or_default()),
            Items::Times(times) => Ok((0..*times).map(Value::from).collect()),
            Items::Scatter(text, expression) => {
                let list = expression.evaluate(&self.outputs(names, false));
                match list.map_err(|error| failed("scatter", text, &error))? {
                    Value::Array(items) => Ok(items.to_vec()),
                    other => {
                        let message = format!(
                            "`scatter` is over a list, and `{text}` gives {}",
                            article(other.type_name())
                        );
                        Err(Failure::new(errors::INVALID_VALUE, message))
                    }
                }
            }
        }
    }

    /// What the function of the task gets, in a run with the input `run_input`.
    pub(crate) fn begin(&self, names: &[(&str, Value)], run_input: &Value) -> Result<Begun, Failure> {
        let seen = self.outputs(names, false);
        for (text, condition) in &self.conditions {
            let value =
                condition.evaluate(&seen).map_err(|error| failed("deploy_conditions", text, &error))?;
            if !is_true(&value) {
                let message = format!("the deploy condition `{text}` does not hold");
                return Err(Failure::new(CONDITION_FAILED, message));
            }
        }
        let compute = |what: &str, computed: &Computed| {
            computed
                .evaluate(&seen)
                .map_err(|error| Failure::new(errors::EXPRESSION, Text::from(format!("`{what}`: {error}"))))
        };
        let (outputs, element) = self.scattered(&seen, names)?;
        let static_input = match compute("static_input", &self.static_input)? {
            Value::Null => Value::from(Map::default()),
            other => other,
        };
        let mut input = Value::object([("predecessor_outputs", outputs), ("static_input", static_input)]);
        if let Some(element) = element {
            input.set("scatter", element);
        }
        if let Some(environment) = &self.environment {
            input.set("environment", variables(compute("environment", environment)?)?);
        }
        if let Some(command) = &self.command {
            input.set("command", words(compute("command", command)?)?);
        }
        let has_input =
            !run_input.as_object().is_some_and(|members| members.is_empty()) && !run_input.is_null();
        if self.is_start && has_input {
            input.set("input", run_input.clone());
        }
        let adds = match &self.static_output {
            Some(output) => Some(Value::object([("static_output", compute("static_output", output)?)])),
            None => None,
        };
        Ok(Begun { input, adds })
    }

    /// The outputs that the task sees, by the ids of tasks and the names of replicas.
    fn outputs(&self, names: &[(&str, Value)], only_direct: bool) -> Value {
        let find = |name: &str| names.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let path: Vec<usize> = find("indexes")
            .and_then(Value::as_array)
            .into_iter()
            .flat_map(|path| path.iter())
            .filter_map(Value::as_usize)
            .collect();
        let mut outputs = Map::with_capacity(self.sees.len());
        for seen in self.sees.iter().filter(|seen| seen.direct || !only_direct) {
            let Some(output) = find(&seen.id) else { continue };
            if seen.depth == 0 {
                outputs.insert(seen.id.as_str(), output.clone());
            } else {
                let mut path = path.iter().copied().take(seen.shared).collect();
                name_each(&seen.id, &mut path, seen.depth, output, &mut outputs);
            }
        }
        Value::from(outputs)
    }

    /// What the function sees of the outputs: those right before it, of which the list that it is scattered over is
    /// replaced by its element. The element itself, where there is no such place.
    fn scattered(&self, seen: &Value, names: &[(&str, Value)]) -> Result<(Value, Option<Value>), Failure> {
        let mut outputs = self.outputs(names, true);
        let element = names.iter().find(|(name, _)| *name == "item").map(|(_, value)| value.clone());
        let element = match &self.items {
            Items::None => None,
            Items::Scatter(..) | Items::List(_) | Items::Times(_) => element,
        };
        let (Some(element), Items::Scatter(text, expression)) = (element.clone(), &self.items) else {
            return Ok((outputs, element));
        };
        let place = expression.place(seen).map_err(|error| failed("scatter", text, &error))?;
        let replaced = place.and_then(|place| {
            let output = outputs.get(&place.task)?;
            Some((place.replaced(output, element.clone())?, place.task))
        });
        match replaced {
            Some((output, task)) => {
                outputs.set(task, output);
                Ok((outputs, None))
            }
            None => Ok((outputs, Some(element))),
        }
    }
}

fn failed(what: &str, text: &str, error: &super::expression::ExpressionError) -> Failure {
    Failure::new(errors::EXPRESSION, Text::from(format!("`{what}`: {error} in `{text}`")))
}

/// Variables by name, from an object or a list of `{name, value}`.
fn variables(given: Value) -> Result<Value, Failure> {
    match given {
        Value::Object(_) => Ok(given),
        Value::Array(items) => {
            let mut variables = Map::with_capacity(items.len());
            for item in items.iter() {
                let (Some(name), Some(value)) = (item.get("name").and_then(Value::as_str), item.get("value"))
                else {
                    let message = format!(
                        "`environment` has {}, which is no object with `name` and `value`",
                        item.to_text()
                    );
                    return Err(Failure::new(errors::INVALID_VALUE, message));
                };
                variables.insert(name, value.clone());
            }
            Ok(Value::from(variables))
        }
        Value::Null => Ok(Value::from(Map::default())),
        other => {
            let message = format!(
                "`environment` is a list of objects with `name` and `value`, not {}",
                article(other.type_name())
            );
            Err(Failure::new(errors::INVALID_VALUE, message))
        }
    }
}

/// A program and its arguments.
fn words(given: Value) -> Result<Value, Failure> {
    let is_program = given.as_array().is_some_and(|words| !words.is_empty());
    if is_program {
        return Ok(given);
    }
    let message =
        format!("`command` is a list of a program and its arguments, not {}", article(given.type_name()));
    Err(Failure::new(errors::INVALID_VALUE, message))
}

fn article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "array" | "object" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
