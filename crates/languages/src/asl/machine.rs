//! What a definition says about all states of a machine: names, query languages, where a state goes.

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Text;

use super::turn::Next;

/// In which language a state's expressions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Paths, intrinsic functions and payload templates.
    JsonPath,
    /// JSONata.
    Jsonata,
}

impl Language {
    /// The language that `definition`, a machine or a state, names; `outer` where it names none.
    #[must_use]
    pub(crate) fn of(definition: &Value, outer: Self) -> Self {
        match definition.get("QueryLanguage").and_then(Value::as_str) {
            Some("JSONata") => Self::Jsonata,
            Some("JSONPath") => Self::JsonPath,
            _ => outer,
        }
    }

    /// As the definition names it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::JsonPath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }
}

/// A state as the parameters of its actions give it.
#[derive(Clone, Debug)]
pub(crate) struct StateParams {
    pub(crate) name: Text,
    pub(crate) kind: Text,
    pub(crate) language: Language,
    /// The state as written, without what is nested in it.
    pub(crate) definition: Value,
    /// Types of the states that it may go on with, by name.
    targets: Value,
}

impl StateParams {
    /// Reads the parameters of an action.
    ///
    /// # Errors
    /// Where they are not what the compiler writes.
    pub(crate) fn of(params: &Value) -> Result<Self, MalformedParams> {
        let text = |name: &'static str| {
            let text = params.get(name).and_then(Value::as_str).map(Text::from);
            text.ok_or_else(|| MalformedParams::at(name, "expected text"))
        };
        let language = if text("language")? == "JSONata" { Language::Jsonata } else { Language::JsonPath };
        let definition = params.get("definition").cloned();
        let definition = definition.ok_or_else(|| MalformedParams::at("definition", "expected a state"))?;
        let kind = definition.get("Type").and_then(Value::as_str).unwrap_or_default().into();
        let targets = params.get("targets").cloned().unwrap_or_default();
        Ok(Self { name: text("state")?, kind, language, definition, targets })
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.definition.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str()
    }

    /// Where the state goes on by its own `Next` or `End`.
    pub(crate) fn next(&self) -> Result<Next, MalformedParams> {
        match self.text("Next") {
            Some(next) => self.target(next),
            None => Ok(Next::End),
        }
    }

    /// The state `name`.
    pub(crate) fn target(&self, name: &str) -> Result<Next, MalformedParams> {
        let kind = self.targets.get(name).and_then(Value::as_str);
        let kind = kind.ok_or_else(|| MalformedParams::new(format!("there is no state `{name}`")))?;
        Ok(Next::State { name: name.into(), kind: kind.into() })
    }
}

/// States that `definition` may go on with.
pub(crate) fn targets(definition: &Value) -> Vec<&str> {
    let rules =
        |field: &str| definition.get(field).and_then(Value::as_array).into_iter().flat_map(|all| all.iter());
    let named = [definition.get("Next"), definition.get("Default")].into_iter().flatten();
    let in_rules = rules("Choices").chain(rules("Catch")).filter_map(|rule| rule.get("Next"));
    named.chain(in_rules).filter_map(Value::as_str).collect()
}
