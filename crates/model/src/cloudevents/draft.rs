//! An event being put together from its attributes, in whatever order they come.

use tidegate_json::Value;

use super::rules::{self, Fault, shown};
use crate::{Data, Event, Labels, Text};

/// The attribute that carries [`Event::labels`].
pub(super) const LABELS: &str = "labels";

/// The only version of CloudEvents that is read.
pub(super) const SPEC_VERSION: &str = "1.0";

#[derive(Debug, Default)]
pub(super) struct Draft {
    version: Option<()>,
    id: Option<Text>,
    source: Option<Text>,
    kind: Option<Text>,
    subject: Option<Text>,
    time: Option<Text>,
    content_type: Option<Text>,
    schema: Option<Text>,
    labels: Option<Labels>,
    extensions: Vec<(Text, Value)>,
    data: Option<Data>,
}

impl Draft {
    /// Takes the attribute `name`, given as a string.
    pub(super) fn set_text(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        if !rules::is_string(text) {
            return Err(Fault::new(name, "text without control characters", shown(text)));
        }
        match name {
            "specversion" if text == SPEC_VERSION => set(&mut self.version, name, ()),
            "specversion" => {
                Err(Fault::new(name, "\"1.0\", the version of CloudEvents read here", shown(text)))
            }
            "id" => set(&mut self.id, name, not_empty(name, text)?),
            "source" => set(&mut self.source, name, not_empty(name, text)?),
            "type" => set(&mut self.kind, name, not_empty(name, text)?),
            "subject" => set(&mut self.subject, name, not_empty(name, text)?),
            "dataschema" => set(&mut self.schema, name, not_empty(name, text)?),
            "time" if rules::is_time(text) => set(&mut self.time, name, Text::new(text)),
            "time" => {
                Err(Fault::new(name, "a time of RFC 3339 such as \"2026-01-31T12:00:00Z\"", shown(text)))
            }
            "datacontenttype" if rules::is_media_type(text) => {
                set(&mut self.content_type, name, Text::new(text))
            }
            "datacontenttype" => {
                Err(Fault::new(name, "a media type such as \"application/json\"", shown(text)))
            }
            LABELS => set(&mut self.labels, name, labels(text)),
            extension => self.set_extension(extension, || Value::from(text)),
        }
    }

    /// Takes the attribute `name`, given as something other than a string.
    pub(super) fn set_scalar(&mut self, name: &str, value: Value) -> Result<(), Fault> {
        if is_of_text(name) {
            return Err(Fault::new(name, "a string", value.to_text()));
        }
        self.set_extension(name, || value)
    }

    pub(super) fn set_data(&mut self, member: &str, data: Data) -> Result<(), Fault> {
        if self.data.replace(data).is_some() {
            return Err(Fault::new(member, "the data once, as `data` or as `data_base64`", "a second one"));
        }
        Ok(())
    }

    fn set_extension(&mut self, name: &str, value: impl FnOnce() -> Value) -> Result<(), Fault> {
        if !rules::is_name(name) {
            return Err(Fault::new(name, "a name of lower-case letters and digits", shown(name)));
        }
        if self.extensions.iter().any(|(known, _)| known == name) {
            return Err(twice(name));
        }
        self.extensions.push((Text::new(name), value()));
        Ok(())
    }

    /// The event, once everything was taken.
    pub(super) fn finish(self) -> Result<Event, Fault> {
        let missing = |name: &str| Fault {
            attribute: None,
            expected: format!("the required attribute `{name}`").into(),
            found: "none".to_owned(),
        };
        self.version.ok_or_else(|| missing("specversion"))?;
        Ok(Event {
            id: self.id.ok_or_else(|| missing("id"))?,
            source: self.source.ok_or_else(|| missing("source"))?,
            kind: self.kind.ok_or_else(|| missing("type"))?,
            subject: self.subject,
            time: self.time,
            content_type: self.content_type,
            schema: self.schema,
            extensions: self.extensions,
            labels: self.labels.unwrap_or_default(),
            data: self.data.unwrap_or_default(),
        })
    }
}

/// Attributes whose value is text, whatever the format could also say.
fn is_of_text(name: &str) -> bool {
    let names =
        ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", LABELS];
    names.contains(&name)
}

fn set<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Fault> {
    if place.replace(value).is_some() { Err(twice(name)) } else { Ok(()) }
}

fn twice(name: &str) -> Fault {
    Fault::new(name, "each attribute once", "a second one")
}

fn not_empty(name: &str, text: &str) -> Result<Text, Fault> {
    if text.is_empty() {
        Err(Fault::new(name, "text that is not empty", "\"\""))
    } else {
        Ok(Text::new(text))
    }
}

fn labels(text: &str) -> Labels {
    text.split(',').map(str::trim).filter(|label| !label.is_empty()).map(Text::new).collect()
}
