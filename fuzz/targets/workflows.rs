//! Whatever text is given as a workflow file: it compiles, or at least one diagnostic says where it does not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_languages::{Colour, compile, render};

fuzz_target!(|text: &str| {
    let compiled = compile(text, "workflow.yaml");
    assert!(compiled.program.is_some() || !compiled.diagnostics.is_empty());
    for diagnostic in &compiled.diagnostics {
        assert!(!render(diagnostic, text, Colour::Never).is_empty());
    }
    assert_eq!(compile(text, "workflow.yaml"), compiled);
});
