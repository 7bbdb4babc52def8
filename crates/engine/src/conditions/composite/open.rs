//! What waits: the state of a composite condition between events, kept in the trigger's context.
//!
//! Context: `position`, the number of instants that the trigger has seen; `waiting`, by the JSON pointer of a part
//! within the expression, its occurrences that wait for the rest (of a sequence under recent consumption: for the
//! newest composite of the parts up to there).

use tidegate_json::{Map, Value};

use super::occurrence::{MalformedOccurrence, Occurrence, Position};
use super::tree::{NodeIndex, Tree};

/// What waits, and how far the trigger has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// The last instant.
    pub(super) position: Position,
    /// For each node, its occurrences that its parent keeps.
    waiting: Vec<Vec<Occurrence>>,
}

/// A context that somebody has changed to what no condition left there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read `waiting` at `{pointer}` in the context")]
pub(super) struct MalformedContext {
    pointer: String,
    #[source]
    cause: MalformedOccurrence,
}

impl Open {
    /// Nothing waits.
    pub(super) fn new(tree: &Tree) -> Self {
        Self { position: 0, waiting: vec![Vec::new(); tree.nodes().len()] }
    }

    /// What the context holds.
    ///
    /// # Errors
    /// [`MalformedContext`].
    pub(super) fn read(tree: &Tree, context: &Value) -> Result<Self, MalformedContext> {
        let mut open = Self::new(tree);
        open.position = context.get("position").and_then(Value::as_u64).unwrap_or(0);
        let Some(waiting) = context.get("waiting").and_then(Value::as_object) else { return Ok(open) };
        for (node, slot) in tree.nodes().iter().zip(&mut open.waiting) {
            let Some(kept) = waiting.get(&node.pointer).and_then(Value::as_array) else { continue };
            let kept: Result<Vec<_>, _> = kept.iter().map(Occurrence::try_from).collect();
            *slot = kept.map_err(|cause| MalformedContext { pointer: node.pointer.clone(), cause })?;
        }
        Ok(open)
    }

    /// What is to be put in the context as `waiting`.
    pub(super) fn waiting(&self, tree: &Tree) -> Value {
        let kept = tree.nodes().iter().zip(&self.waiting).filter(|(_, slot)| !slot.is_empty());
        let kept: Map = kept.map(|(node, slot)| (node.pointer.as_str(), Value::array(slot))).collect();
        Value::from(kept)
    }

    /// Occurrences of that node which wait.
    pub(super) fn of(&self, node: NodeIndex) -> &Vec<Occurrence> {
        &self.waiting[node]
    }

    /// The same, to change.
    pub(super) fn of_mut(&mut self, node: NodeIndex) -> &mut Vec<Occurrence> {
        &mut self.waiting[node]
    }

    /// The lists of these nodes, to change and to [`Open::put_back`].
    pub(super) fn take(&mut self, nodes: &[NodeIndex]) -> Vec<Vec<Occurrence>> {
        nodes.iter().map(|node| std::mem::take(&mut self.waiting[*node])).collect()
    }

    /// Puts back what [`Open::take`] took.
    pub(super) fn put_back(&mut self, nodes: &[NodeIndex], slots: Vec<Vec<Occurrence>>) {
        for (node, slot) in nodes.iter().zip(slots) {
            self.waiting[*node] = slot;
        }
    }

    /// All that waits.
    pub(super) fn all(&self) -> impl Iterator<Item = &Occurrence> {
        self.waiting.iter().flatten()
    }

    /// Keeps only what `is_wanted`.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Occurrence) -> bool) {
        for slot in &mut self.waiting {
            slot.retain(&is_wanted);
        }
    }
}
