//! The world in the ordinary test suite: some seeds, the same seed twice, and worlds broken on purpose.

use tidegate_sim::trace::Trace;
use tidegate_sim::{Invariant, Mutant, run};

#[test]
fn the_invariants_hold_in_every_world() {
    for seed in 0..300 {
        let outcome = run(seed, Mutant::None, Trace::dropped());
        assert_eq!(outcome.violation, None, "seed {seed}; run it again: tidegate-sim --seed {seed} --trace");
    }
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in 0..20 {
        let (first, second) =
            (run(seed, Mutant::None, Trace::kept()), run(seed, Mutant::None, Trace::kept()));
        assert!(!first.trace.lines().is_empty());
        assert_eq!(first.trace.lines(), second.trace.lines(), "seed {seed}");
        assert_eq!(first.entries, run(seed, Mutant::None, Trace::dropped()).entries, "seed {seed}");
    }
}

/// Invariants that the mutant violates in some of the first worlds.
fn caught(mutant: Mutant) -> Vec<Invariant> {
    (0..60).filter_map(|seed| run(seed, mutant, Trace::dropped()).violation).map(|it| it.invariant).collect()
}

#[test]
fn a_mistaken_attempt_is_caught() {
    let caught = caught(Mutant::MistakenAttempt);
    assert!(caught.contains(&Invariant::EndsAsPredicted), "{caught:?}");
}

#[test]
fn forgotten_effects_are_caught() {
    let caught = caught(Mutant::ForgottenEffects);
    assert!(caught.contains(&Invariant::EveryRunEnds), "{caught:?}");
}

#[test]
fn a_disk_that_lies_is_caught() {
    let caught = caught(Mutant::LyingDisk);
    assert!(caught.contains(&Invariant::AcknowledgedIsKept), "{caught:?}");
}

#[test]
fn large_data_that_is_not_durable_is_caught() {
    let caught = caught(Mutant::UnsyncedPayloads);
    assert!(caught.contains(&Invariant::StoredIsKept), "{caught:?}");
}

#[test]
fn duplicates_that_nobody_notices_are_caught() {
    let caught = caught(Mutant::UnnoticedDuplicates);
    assert!(caught.contains(&Invariant::CountedOnce), "{caught:?}");
}
