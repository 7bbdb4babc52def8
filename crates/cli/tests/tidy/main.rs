//! The tidy test: rules of the workspace that no compiler checks.
//!
//! Each test gathers every breach of one rule before it fails, and prints for each the place and the mend.

mod arrows;
mod pages;
mod purity;
mod sources;
mod tokens;
mod tree;

/// One place where a rule does not hold, and how to mend it.
struct Breach {
    place: String,
    mend: String,
}

impl Breach {
    fn new(place: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { place: place.into(), mend: mend.into() }
    }
}

#[track_caller]
fn report(rule: &str, breaches: &[Breach]) {
    let list: String =
        breaches.iter().map(|Breach { place, mend }| format!("\n  {place}\n      {mend}")).collect();
    assert!(breaches.is_empty(), "{rule}:{list}");
}
