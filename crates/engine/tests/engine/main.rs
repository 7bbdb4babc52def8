//! The engine by example: programs as data, entries in, what happened out.

mod basics;
mod cascades;
mod harness;
mod pools;
mod pools_property;
mod reflection;
