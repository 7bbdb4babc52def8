//! The actions that the engine brings: one file per concern.

pub mod call;
pub mod emit;
pub mod finish;
pub mod invoke;
pub mod map;
pub mod set;
pub mod start;
pub mod timer;
pub mod trigger;

use tidegate_json::Value;
use tidegate_model::{Failure, Name, Span, Text, Timestamp, outcome::errors};

use crate::action::Plan;
use crate::registry::{MalformedParams, Registry};
use crate::template::Template;

pub(crate) fn register(registry: &mut Registry) {
    registry.add_action("invoke", invoke::make);
    registry.add_action("map", map::make);
    registry.add_action("call", call::make);
    registry.add_action("start", start::make);
    registry.add_action("emit", emit::make);
    registry.add_action("timer", timer::make_timer);
    registry.add_action("cancel_timer", timer::make_cancel_timer);
    registry.add_action("cancel", finish::make_cancel);
    registry.add_action("set", set::make);
    registry.add_action("complete", finish::make_complete);
    registry.add_action("fail", finish::make_fail);
    registry.add_action("enable", trigger::make_enable);
    registry.add_action("disable", trigger::make_disable);
    registry.add_action("remove", trigger::make_remove);
    registry.add_action("add", trigger::make_add);
    registry.add_action("change", trigger::make_change);
}

/// Compiles the template at member `key`.
fn template(key: &str, value: &Value) -> Result<Template, MalformedParams> {
    Template::parse(value).map_err(|malformed| MalformedParams::template(key, malformed))
}

/// Compiles the template at member `key`, where it is there.
fn optional(key: &str, value: Option<&Value>) -> Result<Option<Template>, MalformedParams> {
    value.map(|value| template(key, value)).transpose()
}

impl Plan<'_, '_> {
    /// What `template` computes to; nothing reads as `null`.
    ///
    /// # Errors
    /// As [`Template::evaluate`].
    pub fn compute(&self, template: &Template) -> Result<Value, Failure> {
        Ok(template.evaluate(self.scene, self.context, &[])?.unwrap_or_default())
    }

    /// What `template` computes to, as text.
    ///
    /// # Errors
    /// As [`Template::evaluate`], and where the value is neither text nor a number nor a boolean.
    pub fn text(&self, what: &str, template: &Template) -> Result<Text, Failure> {
        match self.compute(template)? {
            Value::String(text) => Ok(Text::new(text.as_str())),
            value @ (Value::Number(_) | Value::Bool(_)) => Ok(Text::from(value.to_text())),
            other => Err(unexpected(what, "text", &other)),
        }
    }

    /// What `template` computes to, as a name.
    ///
    /// # Errors
    /// As [`Plan::text`], and where the text is no name.
    pub fn name(&self, what: &str, template: &Template) -> Result<Name, Failure> {
        let text = self.text(what, template)?;
        Name::new(&text).map_err(|error| Failure::new(errors::INVALID_VALUE, Text::from(error.to_string())))
    }

    /// What `template` computes to, as a length of time: text such as `10s`, or a number of seconds.
    ///
    /// # Errors
    /// As [`Template::evaluate`], and where the value is neither.
    pub fn span(&self, what: &str, template: &Template) -> Result<Span, Failure> {
        let value = self.compute(template)?;
        let span = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(seconds) => Span::from_seconds_f64(seconds.as_f64()),
            _ => None,
        };
        span.ok_or_else(|| unexpected(what, "a length of time such as `10s`, or seconds", &value))
    }

    /// What `template` computes to, as a point in time: RFC 3339 text, or milliseconds since 1970.
    ///
    /// # Errors
    /// As [`Template::evaluate`], and where the value is neither.
    pub fn timestamp(&self, what: &str, template: &Template) -> Result<Timestamp, Failure> {
        let value = self.compute(template)?;
        let point = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(ms) => ms.as_i64().map(Timestamp),
            _ => None,
        };
        point.ok_or_else(|| unexpected(what, "a point in time such as `2026-01-31T12:00:00Z`", &value))
    }
}

fn unexpected(what: &str, expected: &str, found: &Value) -> Failure {
    let found = crate::scene::shortened(&found.to_text());
    Failure::new(errors::INVALID_VALUE, Text::from(format!("{what} is {found}, expected {expected}")))
}
