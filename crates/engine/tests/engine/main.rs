//! The engine by example: programs as data, entries in, what happened out.

mod basics;
mod harness;
mod reflection;
