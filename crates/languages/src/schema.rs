//! JSON Schema: what the input of a run is to be, checked and completed with its defaults.
//!
//! Draft 2020-12, with `format` checked, and with regular expressions that take linear time. Nothing is fetched: a schema
//! refers to itself alone. Mistakes come in the order of their places, so that they are the same every time.

use jsonschema::{PatternOptions, Validator};
use tidegate_engine::input::{InputMistake, InputRule};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;

/// The member of an input that says when and why a scheduled run has started. Schemas do not see it.
pub(crate) const SCHEDULE_MEMBER: &str = "schedule";

/// Most mistakes that are told of one input.
const MISTAKES_MAX: usize = 50;

/// Longest message, in characters: one may quote the whole input.
const MESSAGE_CHARS_MAX: usize = 300;

/// Most places of nested `properties` that defaults are looked for in, one within another.
const DEPTH_MAX: usize = 32;

/// A schema, compiled.
#[derive(Debug)]
pub(crate) struct Schema {
    schema: Value,
    validator: Validator,
}

/// A mistake in a schema: a JSON pointer into it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaMistake {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// Makes the rule that `schema` states.
pub(crate) fn make(schema: &Value) -> Result<Box<dyn InputRule>, MalformedParams> {
    let made = Schema::new(schema).map_err(|mistakes| {
        let first = mistakes.into_iter().next();
        let SchemaMistake { pointer, message } =
            first.unwrap_or(SchemaMistake { pointer: String::new(), message: String::new() });
        MalformedParams { pointer, message, help: None }
    })?;
    Ok(Box::new(made))
}

impl Schema {
    /// The schema that `schema` states.
    ///
    /// # Errors
    /// Everything by which it is none.
    pub(crate) fn new(schema: &Value) -> Result<Self, Vec<SchemaMistake>> {
        let document = to_serde(schema);
        let against_its_own = jsonschema::draft202012::meta::validator();
        let mut mistakes: Vec<SchemaMistake> = against_its_own
            .iter_errors(&document)
            .map(|error| SchemaMistake {
                pointer: error.instance_path().to_string(),
                message: shortened(&error.to_string()),
            })
            .collect();
        if !mistakes.is_empty() {
            mistakes.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
            mistakes.dedup();
            return Err(mistakes);
        }
        let built = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .build(&document);
        let validator = built.map_err(|error| {
            let pointer = error.instance_path().to_string();
            vec![SchemaMistake { pointer, message: shortened(&error.to_string()) }]
        })?;
        Ok(Self { schema: schema.clone(), validator })
    }

    /// Everything that is wrong with `value`, in the order of the places.
    pub(crate) fn mistakes(&self, value: &Value) -> Vec<InputMistake> {
        let instance = to_serde(value);
        let mistake = |error: jsonschema::ValidationError<'_>| InputMistake {
            pointer: error.instance_path().to_string(),
            message: shortened(&error.to_string()),
        };
        let mut mistakes: Vec<InputMistake> = self.validator.iter_errors(&instance).map(mistake).collect();
        mistakes.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
        mistakes.truncate(MISTAKES_MAX);
        mistakes
    }
}

impl InputRule for Schema {
    fn admit(&self, input: &Value) -> Result<Value, Vec<InputMistake>> {
        let given = if input.is_null() { Value::object::<&str, Value>([]) } else { input.clone() };
        let filled = with_defaults(&self.schema, given, DEPTH_MAX);
        let mut seen = filled.clone();
        if let Some(members) = seen.as_object_mut() {
            members.remove(SCHEDULE_MEMBER);
        }
        let mistakes = self.mistakes(&seen);
        if mistakes.is_empty() { Ok(filled) } else { Err(mistakes) }
    }
}

/// `value` with the defaults of `properties` that it leaves out, also within members that are objects.
fn with_defaults(schema: &Value, mut value: Value, depth: usize) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object);
    let (Some(properties), Some(_), false) = (properties, value.as_object(), depth == 0) else {
        return value;
    };
    for (name, property) in properties.iter() {
        let given = value.get(name).cloned().or_else(|| property.get("default").cloned());
        if let Some(given) = given {
            value.set(name.clone(), with_defaults(property, given, depth - 1));
        }
    }
    value
}

fn to_serde(value: &Value) -> serde_json::Value {
    serde_json::from_str(&value.to_text()).expect("a JSON value of ours is one of serde_json's")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
