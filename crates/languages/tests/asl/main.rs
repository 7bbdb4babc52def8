//! Amazon States Language, from expressions to state machines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod choice;
mod definition_properties;
mod definitions;
mod drawing;
mod execution;
mod expression_properties;
mod intrinsics;
mod jsonata;
mod machines;
mod mocks;
mod path_properties;
mod paths;
mod recovery;
mod redrive;
mod results;
mod templates;
mod validation;
mod world;
