//! Connections: what HTTP tasks add to their requests and no workflow says, such as keys.
//!
//! They are in a file: name → `{"headers": {}, "query": {}, "body": {}}`. A value may be `{"env": "NAME"}`: then it is
//! in the environment and not in the file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use tidegate_json::Value;
use tidegate_model::Text;

/// The connections of a file.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Connections(BTreeMap<String, Connection>);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Connection {
    headers: BTreeMap<String, Entry>,
    query: BTreeMap<String, Entry>,
    body: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entry {
    Variable { env: String },
    Text(String),
}

/// What a connection adds to a request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Added {
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Vec<(String, Value)>,
}

/// Whether the file at `path` can be used.
///
/// # Errors
/// What is wrong with it.
pub fn check_connections(path: &Path) -> Result<(), Text> {
    Connections::read(path).map(drop)
}

impl Connections {
    pub(super) fn read(path: &Path) -> Result<Self, Text> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Text::from(format!("cannot read {}: {error}", path.display())))?;
        serde_json::from_str(&text)
            .map_err(|error| Text::from(format!("{} has no connections: {error}", path.display())))
    }

    /// What the connection of the ARN, or name, `arn` adds.
    ///
    /// # Errors
    /// Where there is none of the name, or a variable that it names is not set.
    pub(super) fn added(
        &self,
        arn: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Added, String> {
        let name = name_of(arn);
        let Some(connection) = self.0.get(name) else {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            return Err(format!(
                "there is no connection `{name}`; the file of --aws-connections has {}",
                if known.is_empty() { "none".to_owned() } else { known.join(", ") }
            ));
        };
        let value = |entry: &Entry| match entry {
            Entry::Text(text) => Ok(text.clone()),
            Entry::Variable { env } => variable(env)
                .ok_or_else(|| format!("the connection `{name}` wants the variable {env}, which is not set")),
        };
        let pairs = |entries: &BTreeMap<String, Entry>| {
            entries
                .iter()
                .map(|(key, entry)| Ok((key.clone(), value(entry)?)))
                .collect::<Result<Vec<_>, String>>()
        };
        let body = pairs(&connection.body)?.into_iter().map(|(key, text)| (key, Value::from(text)));
        Ok(Added {
            headers: pairs(&connection.headers)?,
            query: pairs(&connection.query)?,
            body: body.collect(),
        })
    }
}

/// The name in `arn:aws:events:REGION:ACCOUNT:connection/NAME/UUID`.
fn name_of(arn: &str) -> &str {
    let rest = arn.split_once(":connection/").map_or(arn, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_found_by_its_name_and_its_secrets_in_the_environment() {
        let connections: Connections = serde_json::from_str(
            r#"{"stripe":{"headers":{"Authorization":{"env":"KEY"}},"query":{"v":"1"},"body":{"team":"tide"}}}"#,
        )
        .unwrap();
        let arn = "arn:aws:events:us-east-1:111111111111:connection/stripe/0a1b";
        let added = connections.added(arn, |name| (name == "KEY").then(|| "Bearer x".to_owned())).unwrap();
        assert_eq!(added.headers, [("Authorization".to_owned(), "Bearer x".to_owned())]);
        assert_eq!(added.query, [("v".to_owned(), "1".to_owned())]);
        assert_eq!(added.body, [("team".to_owned(), Value::from("tide"))]);
        assert_eq!(
            connections.added("stripe", |_| None).unwrap_err(),
            "the connection `stripe` wants the variable KEY, which is not set"
        );
        assert_eq!(
            connections.added("strip", |_| None).unwrap_err(),
            "there is no connection `strip`; the file of --aws-connections has stripe"
        );
        assert!(serde_json::from_str::<Connections>(r#"{"a":{"header":{}}}"#).is_err());
    }
}
