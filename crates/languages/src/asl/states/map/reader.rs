//! `ItemReader`: items that are kept elsewhere, as JSON, JSON Lines or CSV, or as a listing.
//!
//! What reads is the function that is named after the resource (`s3:getObject`), which answers with the content as
//! `Body`, or for `s3:listObjectsV2` with `Contents`.

use std::collections::BTreeSet;
use std::sync::Arc;

use tidegate_engine::action::{Command, TaskPolicy};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{FunctionName, Retry, Text};

use super::bounds::Number;
use crate::asl::expression::Fault;
use crate::asl::flow::Shape;
use crate::asl::machine::{Language, StateParams};
use crate::asl::resource::Resource;
use crate::asl::turn::Turn;

/// The error of a Map state whose items cannot be read.
pub(super) const FAILED: &str = "States.ItemReaderFailed";

/// The largest value of `MaxItems`; a larger one means this.
const ITEMS_MAX: u64 = 100_000_000;

/// What the task that reads for the state `name` is called.
pub(crate) fn subject(name: &str) -> String {
    format!("{name}:read")
}

#[derive(Debug)]
pub(super) struct Reader {
    function: Text,
    arguments: Option<Shape>,
    form: Form,
    limit: Option<Number>,
}

/// What the content is.
#[derive(Debug)]
enum Form {
    Json,
    JsonLines,
    Csv { delimiter: u8, headers: Option<Vec<String>> },
    Listing,
}

impl Reader {
    pub(super) fn of(state: &StateParams) -> Result<Option<Self>, MalformedParams> {
        let Some(reader) = state.field("ItemReader") else { return Ok(None) };
        let resource = reader.get("Resource").and_then(Value::as_str).unwrap_or_default();
        let malformed = |message: String| MalformedParams::at("ItemReader", message);
        let Resource::Service(service) = Resource::parse(resource).map_err(malformed)? else {
            return Err(malformed(format!("`{resource}` reads no items")));
        };
        let field = if state.language == Language::JsonPath { "Parameters" } else { "Arguments" };
        let arguments = reader.get(field);
        let arguments = arguments
            .map(|shape| Shape::new(shape, state.language, &format!("ItemReader/{field}")))
            .transpose()?;
        let empty = Value::Null;
        let config = reader.get("ReaderConfig").unwrap_or(&empty);
        let (limit, path) = (config.get("MaxItems"), config.get("MaxItemsPath"));
        Ok(Some(Self {
            form: Form::of(config, &service.action).map_err(malformed)?,
            function: service.function().into(),
            arguments,
            limit: Number::of(limit, path, state.language, "MaxItems", "MaxItemsPath")?,
        }))
    }

    /// How many items there may be; `None` is no bound.
    pub(super) fn items_max(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<Option<f64>, Fault> {
        let limit = self.limit.as_ref().map(|limit| limit.value(turn, input)).transpose()?;
        // Zero is AWS's word for no bound.
        Ok(limit.filter(|limit| *limit != 0.0))
    }

    /// Sends for the content.
    pub(super) fn ask(&self, turn: &mut Turn<'_, '_, '_>, input: &Value, subject: Text) -> Result<(), Fault> {
        let arguments =
            self.arguments.as_ref().map(|shape| shape.evaluate(turn, input, None, None)).transpose()?;
        let function =
            FunctionName::new(&self.function).map_err(|error| Fault::runtime(error.to_string()))?;
        let policy = TaskPolicy { retry: Some(Retry::default()), ..TaskPolicy::default() };
        let input = arguments.unwrap_or_default();
        turn.command(Command::Invoke { subject, function, input, policy: Arc::new(policy) });
        Ok(())
    }

    /// The items in the answer `data`.
    ///
    /// # Errors
    /// AWS's sentence for what is wrong with it.
    pub(super) fn items(&self, turn: &Turn<'_, '_, '_>, data: &Value) -> Result<Vec<Value>, String> {
        let limit = turn.active.asked.get("limit").and_then(Value::as_f64);
        if limit.is_some_and(|limit| limit < 0.0) {
            return Err("field MaxItems must be positive".to_owned());
        }
        let limit = limit.map_or(usize::MAX, |limit| (limit as u64).min(ITEMS_MAX) as usize);
        let mut items = self.form.items(data)?;
        items.truncate(limit);
        Ok(items)
    }
}

impl Form {
    fn of(config: &Value, action: &str) -> Result<Self, String> {
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        match text("InputType") {
            _ if action.starts_with("listObjects") => Ok(Self::Listing),
            Some("JSON") | None => Ok(Self::Json),
            Some("JSONL") => Ok(Self::JsonLines),
            Some("CSV") => {
                let headers = config.get("CSVHeaders").and_then(Value::as_array);
                let headers = headers.filter(|_| text("CSVHeaderLocation") == Some("GIVEN"));
                let headers = headers.map(|all| {
                    all.iter().map(|header| header.as_str().unwrap_or_default().to_owned()).collect()
                });
                let delimiter = match text("CSVDelimiter") {
                    Some("PIPE") => b'|',
                    Some("SEMICOLON") => b';',
                    Some("SPACE") => b' ',
                    Some("TAB") => b'\t',
                    _ => b',',
                };
                Ok(Self::Csv { delimiter, headers })
            }
            Some(other) => Err(format!("items in the form `{other}` cannot be read")),
        }
    }

    fn items(&self, data: &Value) -> Result<Vec<Value>, String> {
        let body = || match data.get("Body").unwrap_or(data) {
            Value::String(text) => text.as_str().to_owned(),
            other => other.to_text(),
        };
        let not_a_list = || "Attempting to map over non-iterable node.".to_owned();
        match self {
            Self::Listing => {
                let contents = data.get("Contents").and_then(Value::as_array);
                contents.map(|contents| contents.to_vec()).ok_or_else(not_a_list)
            }
            Self::Json => {
                let content =
                    Value::parse(&body()).map_err(|error| format!("the content is no JSON: {error}"))?;
                content.as_array().map(|items| items.to_vec()).ok_or_else(not_a_list)
            }
            Self::JsonLines => {
                let body = body();
                let lines = (1..).zip(body.lines()).filter(|(_, line)| !line.trim().is_empty());
                let parse = |(number, line): (usize, &str)| {
                    Value::parse(line).map_err(|error| format!("line {number} is no JSON: {error}"))
                };
                lines.map(parse).collect()
            }
            Self::Csv { delimiter, headers } => rows(&body(), *delimiter, headers.as_deref()),
        }
    }
}

/// The rows of `text`, each an object by its headers; cells beyond the headers are dropped, and those that are not there
/// are empty.
fn rows(text: &str, delimiter: u8, headers: Option<&[String]>) -> Result<Vec<Value>, String> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader =
        reader.delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let unreadable = |error: csv::Error| format!("the content is no CSV: {error}");
    let headers: Vec<String> = match headers {
        Some(headers) => headers.to_vec(),
        None => match records.next() {
            None => return Ok(Vec::new()),
            Some(record) => record.map_err(unreadable)?.iter().map(str::to_owned).collect(),
        },
    };
    if headers.iter().collect::<BTreeSet<_>>().len() < headers.len() {
        return Err("CSV headers cannot contain duplicates.".to_owned());
    }
    let row = |record: csv::StringRecord| {
        let cell = |index| Value::from(record.get(index).unwrap_or_default());
        Value::object(headers.iter().enumerate().map(|(index, header)| (header.as_str(), cell(index))))
    };
    records.map(|record| record.map(row).map_err(unreadable)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_objects_by_their_headers() {
        let rows = |text, headers: Option<&[String]>| {
            rows(text, b',', headers).map(|rows| Value::from(rows).to_text())
        };
        assert_eq!(rows("a,b\n1,\"x, y\"\n2\n", None).unwrap(), r#"[{"a":"1","b":"x, y"},{"a":"2","b":""}]"#);
        let given = ["h".to_owned()];
        assert_eq!(rows("1,2\n", Some(&given)).unwrap(), r#"[{"h":"1"}]"#);
        assert!(rows("a,a\n1,2\n", None).is_err());
        assert_eq!(rows("", None).unwrap(), "[]");
    }
}
