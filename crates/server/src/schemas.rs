//! The shapes of answers, for the description of the API.
//!
//! Answers are the views of the engine and the node as they are; the types here describe them to clients. A test
//! asks a server and compares.

#![expect(dead_code, reason = "described, never made")]

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Some things of a list, and where to go on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The things.
    pub(crate) items: Vec<T>,
    /// The `cursor` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A request that was not carried out (RFC 9457).
#[derive(ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem, a relative URI: see docs/problems.md.
    #[schema(example = "/problems/not-found")]
    r#type: String,
    /// The kind in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// The way out, where there is one to name.
    help: Option<String>,
    /// JSON pointer (RFC 6901) to the place in what was sent.
    pointer: Option<String>,
    /// Line of the place, from 1.
    line: Option<u32>,
    /// Column of the place, from 1.
    column: Option<u32>,
    /// All mistakes, where there can be several.
    errors: Option<Vec<Diagnostic>>,
}

/// A mistake in a file, or a doubt about it.
#[derive(ToSchema)]
pub(crate) struct Diagnostic {
    /// `error` or `warning`.
    severity: String,
    /// What kind of mistake.
    code: String,
    /// What is wrong.
    message: String,
    /// The way out.
    help: Option<String>,
    /// JSON pointer to the place.
    pointer: Option<String>,
    /// Line, from 1.
    line: Option<u32>,
    /// Column, from 1.
    column: Option<u32>,
}

/// A run in a list.
#[derive(ToSchema)]
pub(crate) struct RunSummary {
    /// The run.
    #[schema(example = "r12")]
    id: String,
    /// Its workflow.
    workflow: String,
    /// Digest of the version it is pinned to.
    program: String,
    /// `running`, `standing`, `paused`, `succeeded`, `failed` or `cancelled`.
    status: String,
    /// When it started (RFC 3339).
    started_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// The run that started it.
    parent: Option<String>,
    /// The key it was started with.
    key: Option<String>,
    /// The run that it goes on from, where it is a rerun.
    rerun_of: Option<String>,
    /// Name of the error, where it failed.
    error: Option<String>,
}

/// A run in full.
#[derive(ToSchema)]
pub(crate) struct Run {
    /// What a list shows of it.
    #[schema(inline)]
    #[serde(flatten)]
    summary: RunSummary,
    /// Labels of its input.
    labels: Option<Vec<String>>,
    /// Its input.
    input: Value,
    /// Its variables.
    vars: Value,
    /// Its result, where it succeeded.
    output: Option<Value>,
    /// Why it failed, where it did: `error`, `message`, `detail`.
    failure: Option<Value>,
    /// Tasks that have not ended.
    tasks: Vec<Task>,
    /// Maps that have not ended.
    maps: Vec<Value>,
    /// Everything it waits for.
    waiting_for: Vec<WaitingFor>,
    /// Events of the run that no trigger took.
    dead_letters: u64,
}

/// Something unfinished, what it waits for, and since when.
#[derive(ToSchema)]
pub(crate) struct WaitingFor {
    /// What waits.
    what: String,
    /// For what.
    r#for: String,
    /// Since when.
    since: String,
    /// Until when at the latest.
    until: Option<String>,
    /// The task, timer, hold or run it is about.
    id: Option<String>,
}

/// A task that has not ended.
#[derive(ToSchema)]
pub(crate) struct Task {
    /// The task.
    #[schema(example = "r12.t3")]
    id: String,
    /// The scope it belongs to.
    scope: u32,
    /// What the workflow calls it.
    subject: String,
    /// Its place in a map, from 0.
    index: Option<u32>,
    /// The function.
    function: String,
    /// The current attempt, from 1.
    attempt: u32,
    /// `issued` or `backing off`.
    phase: String,
    /// When it was asked for first.
    started_at: String,
    /// Its input.
    input: Value,
}

/// A trigger of a run.
#[derive(ToSchema)]
pub(crate) struct Trigger {
    /// Its name.
    name: String,
    /// The scope it belongs to; 0 is the run itself.
    scope: u32,
    /// Name of that scope.
    scope_name: String,
    /// `enabled`, `disabled` or `removed`.
    phase: String,
    /// Whether it is gone after its first firing.
    once: bool,
    /// Its patterns.
    on: Vec<Value>,
    /// Its condition.
    condition: Value,
    /// Its actions.
    actions: Vec<Value>,
    /// Its context.
    context: Value,
    /// Labels of its context.
    labels: Option<Vec<String>>,
    /// Events it met.
    seen: u64,
    /// How often it fired.
    fired: u64,
    /// When it last met an event.
    last_at: Option<String>,
    /// What its condition waits for.
    waits_for: Option<String>,
}

/// A step of history.
#[derive(ToSchema)]
pub(crate) struct Step {
    /// The journal entry.
    offset: u64,
    /// Its time.
    at: String,
    /// What happened, in order: objects with `fact`, the kind of thing, and its particulars.
    facts: Vec<Value>,
}

/// An event, and what became of it.
#[derive(ToSchema)]
pub(crate) struct Event {
    /// Its ledger id.
    offset: u64,
    /// When it arrived.
    at: String,
    /// The run it was addressed to.
    to: Option<String>,
    /// The event in the JSON event format.
    event: Value,
    /// In a word: `taken`, `filtered`, `duplicate`, `dead letter` or `refused`.
    disposition: String,
    /// Everything that followed in the same step.
    facts: Vec<Value>,
}

/// An event that no enabled trigger took.
#[derive(ToSchema)]
pub(crate) struct DeadLetter {
    /// Its ledger id.
    offset: u64,
    /// Its type.
    r#type: String,
    /// Its subject.
    subject: Option<String>,
    /// Its source.
    source: String,
    /// Its id.
    id: String,
}

/// A statement, and the statements that explain it.
#[derive(ToSchema)]
pub(crate) struct Reason {
    /// What is the case.
    text: String,
    /// Why: more of these.
    #[schema(no_recursion)]
    because: Option<Vec<Reason>>,
}

/// A drawing. Nodes, edges and groups are in the order of the definition.
#[derive(ToSchema)]
pub(crate) struct Graph {
    /// Name of the workflow.
    name: String,
    /// What the workflow says about itself.
    description: Option<String>,
    /// The run whose progress is on the nodes.
    run: Option<String>,
    /// States, triggers, events.
    nodes: Vec<GraphNode>,
    /// What leads from one to another, within a group.
    edges: Vec<GraphEdge>,
    /// What is inside of nodes: branches, what runs for each item, nested scopes.
    groups: Option<Vec<GraphGroup>>,
}

/// A node of a drawing.
#[derive(ToSchema)]
pub(crate) struct GraphNode {
    /// What runs and history call it.
    id: String,
    /// What people read.
    label: String,
    /// `start`, `end`, `task`, `choice`, `wait`, `pass`, `succeed`, `fail`, `parallel`, `map`, `scope`, `run`, `event` or
    /// `trigger`.
    kind: String,
    /// What it calls or waits for.
    detail: Option<String>,
    /// What else holds for it, in a few words each.
    badges: Option<Vec<String>>,
    /// The group that it is in.
    group: Option<String>,
    /// What the run has made of it.
    progress: Option<GraphProgress>,
}

/// What a run has made of a node. Passes in a loop and items of a map are counted.
#[derive(ToSchema)]
pub(crate) struct GraphProgress {
    /// `not_reached`, `waiting`, `running`, `succeeded`, `caught`, `failed` or `cancelled`.
    state: String,
    /// Passes that wait.
    waiting: Option<u64>,
    /// Passes at work.
    running: Option<u64>,
    /// Passes that ended well.
    succeeded: Option<u64>,
    /// Passes that failed and went on another way.
    caught: Option<u64>,
    /// Passes that failed.
    failed: Option<u64>,
    /// Passes that something else ended.
    cancelled: Option<u64>,
    /// How many there are to be, where that is known.
    expected: Option<u64>,
}

/// An edge of a drawing.
#[derive(ToSchema)]
pub(crate) struct GraphEdge {
    /// Id of the node that it leaves.
    from: String,
    /// Id of the node that it leads to.
    to: String,
    /// When it is taken.
    label: Option<String>,
    /// `normal`, `error`, or `control`: one changes the other.
    style: String,
    /// How often the run took it.
    taken: Option<u64>,
}

/// Nodes inside of another one.
#[derive(ToSchema)]
pub(crate) struct GraphGroup {
    /// Its id.
    id: String,
    /// What people read.
    label: Option<String>,
    /// Id of the node that it is inside of.
    owner: String,
    /// Id of the node that it begins with.
    first: Option<String>,
}
