//! The words of the language: types of states, query languages, types of workflows, and which fields go where.
//!
//! Source: Amazon States Language, and the Step Functions developer guide for what AWS adds to it.

use std::fmt;

use crate::source::Node;

/// What computes the values of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryLanguage {
    /// Paths, intrinsic functions and payload templates.
    JsonPath,
    /// JSONata between `{%` and `%}`.
    Jsonata,
}

impl QueryLanguage {
    /// The names, as AWS lists them.
    pub(super) const NAMES: &'static [&'static str] = &["JSONPath", "JSONata"];

    /// The language that `field`, a `QueryLanguage`, stands for: where it is absent, the `inherited` one; where it
    /// names none, JSONata, as in AWS.
    #[must_use]
    pub fn of(field: Option<&Node>, inherited: Self) -> Self {
        match field.map(Node::as_str) {
            None => inherited,
            Some(Some("JSONPath")) => Self::JsonPath,
            Some(_) => Self::Jsonata,
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsonPath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::JsonPath => Self::Jsonata,
            Self::Jsonata => Self::JsonPath,
        }
    }
}

impl fmt::Display for QueryLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How executions of a state machine are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkflowType {
    /// Durable, up to a year.
    #[default]
    Standard,
    /// Short, without callbacks, jobs, activities and distributed maps.
    Express,
}

/// The types of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StateType {
    Task,
    Wait,
    Pass,
    Succeed,
    Fail,
    Choice,
    Parallel,
    Map,
}

impl StateType {
    /// The names, as AWS lists them.
    pub(super) const NAMES: &'static [&'static str] =
        &["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Task" => Self::Task,
            "Wait" => Self::Wait,
            "Pass" => Self::Pass,
            "Succeed" => Self::Succeed,
            "Fail" => Self::Fail,
            "Choice" => Self::Choice,
            "Parallel" => Self::Parallel,
            "Map" => Self::Map,
            _ => return None,
        })
    }

    /// Whether such a state says by `Next` or `End` what follows it.
    pub(super) fn goes_on(self) -> bool {
        match self {
            Self::Task | Self::Wait | Self::Pass | Self::Parallel | Self::Map => true,
            Self::Succeed | Self::Fail | Self::Choice => false,
        }
    }

    /// Whether such a state does work whose result there is, and whose failure can be caught.
    pub(super) fn has_result(self) -> bool {
        match self {
            Self::Task | Self::Parallel | Self::Map => true,
            Self::Wait | Self::Pass | Self::Succeed | Self::Fail | Self::Choice => false,
        }
    }

    /// The fields of such a state, whatever its language.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Task => TASK,
            Self::Wait => WAIT,
            Self::Pass => PASS,
            Self::Succeed => SUCCEED,
            Self::Fail => FAIL,
            Self::Choice => CHOICE,
            Self::Parallel => PARALLEL,
            Self::Map => MAP,
        }
    }
}

/// The language without which `field` means nothing; `None` where it means something in both.
pub(super) fn language_of(field: &str) -> Option<QueryLanguage> {
    match field {
        "Arguments" | "Output" | "Items" | "Condition" => Some(QueryLanguage::Jsonata),
        "Parameters" | "ResultSelector" | "Result" | "Variable" | "And" | "Or" | "Not" => {
            Some(QueryLanguage::JsonPath)
        }
        _ if field.ends_with("Path") => Some(QueryLanguage::JsonPath),
        _ => None,
    }
}

/// The fields of a state machine.
pub(super) const MACHINE: &[&str] =
    &["Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"];
/// The fields of a machine within a state, and `QueryLanguage`, which it has not and that is told by itself.
pub(super) const BRANCH: &[&str] = &["Comment", "QueryLanguage", "StartAt", "States"];
/// The fields of a machine that works on items.
pub(super) const PROCESSOR: &[&str] = &["Comment", "ProcessorConfig", "QueryLanguage", "StartAt", "States"];
/// The fields of a retrier.
pub(super) const RETRIER: &[&str] = &[
    "Comment",
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
];
/// The fields of a catcher.
pub(super) const CATCHER: &[&str] = &["Comment", "ErrorEquals", "Next", "ResultPath", "Assign", "Output"];

const TASK: &[&str] = &[
    "Type",
    "Comment",
    "QueryLanguage",
    "Resource",
    "Parameters",
    "Arguments",
    "Credentials",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
    "InputPath",
    "OutputPath",
    "ResultPath",
    "ResultSelector",
    "Assign",
    "Output",
    "Retry",
    "Catch",
    "Next",
    "End",
];
const WAIT: &[&str] = &[
    "Type",
    "Comment",
    "QueryLanguage",
    "Seconds",
    "SecondsPath",
    "Timestamp",
    "TimestampPath",
    "InputPath",
    "OutputPath",
    "Assign",
    "Output",
    "Next",
    "End",
];
const PASS: &[&str] = &[
    "Type",
    "Comment",
    "QueryLanguage",
    "Result",
    "Parameters",
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Assign",
    "Output",
    "Next",
    "End",
];
const SUCCEED: &[&str] = &["Type", "Comment", "QueryLanguage", "InputPath", "OutputPath", "Output"];
const FAIL: &[&str] = &["Type", "Comment", "QueryLanguage", "Error", "ErrorPath", "Cause", "CausePath"];
const CHOICE: &[&str] = &[
    "Type",
    "Comment",
    "QueryLanguage",
    "Choices",
    "Default",
    "InputPath",
    "OutputPath",
    "Assign",
    "Output",
];
const PARALLEL: &[&str] = &[
    "Type",
    "Comment",
    "QueryLanguage",
    "Branches",
    "Parameters",
    "Arguments",
    "InputPath",
    "OutputPath",
    "ResultPath",
    "ResultSelector",
    "Assign",
    "Output",
    "Retry",
    "Catch",
    "Next",
    "End",
];
const MAP: &[&str] = &[
    "Type",
    "Comment",
    "QueryLanguage",
    "ItemProcessor",
    "Iterator",
    "Items",
    "ItemsPath",
    "ItemSelector",
    "Parameters",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "MaxConcurrency",
    "MaxConcurrencyPath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "InputPath",
    "OutputPath",
    "ResultPath",
    "ResultSelector",
    "Assign",
    "Output",
    "Retry",
    "Catch",
    "Next",
    "End",
];
