//! What is kept does not grow with what ever was.

use tidegate_node::keyspaces::{ARCHIVE, ENDED, FACTS};
use tidegate_node::retention::Slice;

use crate::house::{House, KEEP, LATER};

const GENERATIONS: usize = 20;
const RUNS: usize = 40;
const INPUT_BYTES: usize = 100 << 10;
const JOURNAL_BYTES: u64 = 4 << 20;

#[test]
fn twenty_generations_of_runs_with_large_inputs_take_the_room_of_one() {
    let mut house = House::with(Some(KEEP), Slice::default());
    house.keep_journal_bytes = JOURNAL_BYTES;
    let mut most = 0;
    let mut slices = Vec::new();
    for generation in 0..GENERATIONS {
        for run in 0..RUNS {
            house.start("quick", &format!("{generation:02}/{run:03},").repeat(INPUT_BYTES / 7));
        }
        house.checkpoint();
        assert_eq!(house.count(ARCHIVE), RUNS, "the ones before are gone");
        most = most.max(house.bytes());
        house.pass(LATER);
        slices.push(house.tidy());
        assert_eq!((house.count(ARCHIVE), house.count(ENDED), house.count(FACTS)), (0, 0, 0));
    }
    // A generation: each input is stored once as a payload, and once in the archived run.
    let generation = (2 * RUNS * INPUT_BYTES) as u64;
    let bound = generation + JOURNAL_BYTES + (4 << 20);
    assert!(most < bound, "{most} bytes of {bound}");
    assert!(house.bytes() < JOURNAL_BYTES + (4 << 20), "{} bytes are left", house.bytes());
    assert!(
        slices[1..].iter().all(|count| *count <= slices[1] + 1),
        "no slice is for what is merely stored: {slices:?}"
    );
}
