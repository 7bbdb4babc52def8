//! Acceptance: the whole engine, from the text of a trigger file to the result of its run, on a real disk.
//!
//! The cases A1 to A8 and A14 to A16 come from Triggerflow (DEBS 2020), with their durations scaled down.
//! Each file is a group of cases; the workflows they run are data, in `workflows`.

mod conditions;
mod durability;
mod failures;
mod full_disk;
mod graphs;
mod joins;
mod labels;
mod learning;
mod limits;
mod messages;
mod payloads;
mod probes;
mod retention;
mod scopes;
mod steering;
mod why;
mod world;
