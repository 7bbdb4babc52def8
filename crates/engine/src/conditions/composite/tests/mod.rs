//! Tests of composite events: examples as text, a reference model, and the condition as the engine asks it.

mod condition;
mod malformed;
mod notation;
mod property;
mod reference;
mod traces;
mod world;
