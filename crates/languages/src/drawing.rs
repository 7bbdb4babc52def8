//! Drawings of programs, whatever language they are in, and of their runs.
//!
//! A state machine is drawn as its states, a DAG as its tasks, everything else as its triggers. Nodes are called what runs and history call
//! them, so that a [`Watcher`] can put on them what the facts of a run say.

use tidegate_graph::Graph;
use tidegate_json::Value;
use tidegate_model::{Fact, Program, RunId};

use crate::source::{Document, Source};
use crate::{asl, compile, dag, triggers};

/// What is drawn of `program`.
#[must_use]
pub fn graph(program: &Program) -> Graph {
    match definition(program) {
        Some(machine) => asl::drawing::graph(program.name.as_str(), &machine),
        None if program.language == dag::LANGUAGE => dag::drawing::graph(program, description(program)),
        None => drawn(program).graph,
    }
}

/// Puts on the nodes of a program what happened to a run of it.
#[derive(Debug)]
pub struct Watcher<'p> {
    run: RunId,
    seen: Seen<'p>,
}

#[derive(Debug)]
enum Seen<'p> {
    Machine { graph: Graph, tally: asl::drawing::progress::Tally },
    Dag { graph: Graph, tally: dag::drawing::progress::Tally },
    Triggers(triggers::drawing::progress::Tally<'p>),
}

impl<'p> Watcher<'p> {
    /// A watcher of `run`, which is pinned to `program`.
    #[must_use]
    pub fn new(run: RunId, program: &'p Program) -> Self {
        let seen = match definition(program) {
            Some(machine) => Seen::Machine {
                graph: asl::drawing::graph(program.name.as_str(), &machine),
                tally: asl::drawing::progress::Tally::new(run),
            },
            None if program.language == dag::LANGUAGE => Seen::Dag {
                graph: dag::drawing::graph(program, description(program)),
                tally: dag::drawing::progress::Tally::new(run, program),
            },
            None => Seen::Triggers(triggers::drawing::progress::Tally::new(run, program, drawn(program))),
        };
        Self { run, seen }
    }

    /// Takes note of a fact. They are to come in the order in which they happened, and from the first on.
    pub fn see(&mut self, fact: &Fact) {
        match &mut self.seen {
            Seen::Machine { tally, .. } => tally.see(fact),
            Seen::Dag { tally, .. } => tally.see(fact),
            Seen::Triggers(tally) => tally.see(fact),
        }
    }

    /// The drawing with what was seen.
    #[must_use]
    pub fn into_graph(self) -> Graph {
        let graph = match self.seen {
            Seen::Machine { mut graph, tally } => {
                tally.put(&mut graph);
                graph
            }
            Seen::Dag { mut graph, tally } => {
                tally.put(&mut graph);
                graph
            }
            Seen::Triggers(tally) => tally.into_graph(),
        };
        Graph { run: Some(self.run.to_string()), ..graph }
    }
}

/// The definition of the state machine that `program` was compiled from, if it was from one.
fn definition(program: &Program) -> Option<Value> {
    (program.language == "asl").then(|| source(program)).flatten()
}

fn drawn(program: &Program) -> triggers::drawing::Drawn {
    triggers::drawing::draw(program, description(program), &compile::registry())
}

/// What the file of `program` says about it.
fn description(program: &Program) -> Option<String> {
    source(program).and_then(|file| file.get("description")?.as_str().map(str::to_owned))
}

/// What stands in the file of `program`, where that is kept.
fn source(program: &Program) -> Option<Value> {
    let text = program.source.as_ref()?;
    let (document, _) = Document::read(&Source::new(program.name.as_str(), text));
    document.map(|document| document.root.to_value())
}
