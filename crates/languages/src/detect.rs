//! Which workflow language a file is written in, told by its content.
//!
//! The name of a file counts only where the content cannot be read: people call everything `workflow.yaml`.

use crate::source::{Document, Node, Source, limits};

/// A workflow language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// A trigger file: `workflow` and `triggers`.
    Triggers,
    /// Amazon States Language: `StartAt` and `States`.
    Asl,
    /// A DAG file: `dag`, or `tasks` that depend on each other.
    Dag,
    /// SWEEP JSON: `workflow_id` and `tasks`.
    Sweep,
    /// An orchestration file: `orchestration`.
    Orchestration,
    /// An Airflow DAG file: Python that imports `airflow`.
    Airflow,
    /// None that is known.
    Unknown,
}

impl Language {
    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Triggers => "a trigger file",
            Self::Asl => "an Amazon States Language definition",
            Self::Dag => "a DAG file",
            Self::Sweep => "a SWEEP workflow",
            Self::Orchestration => "an orchestration file",
            Self::Airflow => "an Airflow DAG file",
            Self::Unknown => "a file of an unknown language",
        }
    }
}

/// The language of `text`, called `name`.
#[must_use]
pub fn language(name: &str, text: &str) -> Language {
    if text.len() > limits::TEXT_BYTES_MAX {
        return Language::Unknown;
    }
    if is_airflow(name, text) {
        return Language::Airflow;
    }
    let (document, _) = Document::read(&Source::new(name, text));
    document.map_or(Language::Unknown, |document| of_document(&document.root))
}

/// The language of a document.
#[must_use]
pub fn of_document(root: &Node) -> Language {
    let has = |key: &str| root.get(key).is_some();
    let tasks_are_listed = root.get("tasks").is_some_and(|tasks| tasks.as_sequence().is_some());
    if has("StartAt") || has("States") {
        Language::Asl
    } else if has("orchestration") {
        Language::Orchestration
    } else if has("triggers") || (has("workflow") && !has("tasks")) {
        Language::Triggers
    } else if has("workflow_id") && tasks_are_listed {
        Language::Sweep
    } else if has("dag") || has("dag_id") || has("tasks") {
        Language::Dag
    } else {
        Language::Unknown
    }
}

/// Whether `text` is Python that imports `airflow`; Python by its name where it cannot be told otherwise.
pub(crate) fn is_airflow(name: &str, text: &str) -> bool {
    let imports = |line: &str| {
        let module = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "));
        module.is_some_and(|module| {
            let rest = module.trim_start().strip_prefix("airflow");
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', ',', ';']))
        })
    };
    name.ends_with(".py") || text.lines().any(imports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_by_their_keys() {
        for (text, expected) in [
            ("workflow: a\ntriggers: {}\n", Language::Triggers),
            ("worklow: a\ntriggers: {}\n", Language::Triggers),
            (r#"{"StartAt": "A", "States": {}}"#, Language::Asl),
            (r#"{"workflow_id": "ex", "tasks": []}"#, Language::Sweep),
            ("orchestration: a\n", Language::Orchestration),
            ("dag: etl\ntasks: {a: {}}\n", Language::Dag),
            ("from datetime import datetime\nfrom airflow.sdk import DAG\n", Language::Airflow),
            ("from airflowish import x\n", Language::Unknown),
            ("hello", Language::Unknown),
            ("", Language::Unknown),
        ] {
            assert_eq!(language("file", text), expected, "{text}");
        }
        assert_eq!(language("dag.py", "x = 1"), Language::Airflow);
    }
}
