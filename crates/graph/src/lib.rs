//! Drawings of workflows: what is drawn, as data; where it goes; and its pictures.
//!
//! Knows no workflow language, no program and no run: compilers make a [`Graph`], and whoever watches a run puts a
//! [`Progress`] on its nodes. Everything here is a function of the graph: the same graph gives the same picture, to the
//! byte, and whatever the graph, there is one.
//!
//! In reading order:
//! - [`graph`]: nodes, edges and groups; [`progress`]: what a run has made of a node
//! - [`text`]: the picture for a terminal
//! - [`mermaid`]: the text of a Mermaid flowchart
//! - [`layout`]: places of nodes and ways of edges; [`svg`]: the picture made of them

pub mod graph;
pub mod layout;
pub mod mermaid;
pub mod progress;
pub mod svg;
pub mod text;

pub use graph::{Edge, EdgeStyle, Graph, Group, Kind, Node};
pub use progress::{Counts, Progress, State};
