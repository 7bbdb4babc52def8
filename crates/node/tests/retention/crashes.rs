//! The power fails in the middle of letting go: nothing dangles, and it goes on.

use tidegate_model::{Address, RunId};
use tidegate_node::keyspaces::{ARCHIVE, GARBAGE};
use tidegate_node::retention::Left;

use crate::house::{House, LATER, text};

/// What the payloads of this test are made of.
pub(crate) const TEXTS: [&str; 6] = ["quick", "patient", "other", "third", "fourth", "kept"];

/// A house in which much is to be let go of, and one run is unfinished.
fn full_house() -> (House, RunId) {
    let mut house = House::new();
    let patient = house.start("patient", &text("patient"));
    for name in ["quick", "other", "third", "fourth"] {
        house.start("quick", &text(name));
        house.publish("word", &text(name), Address::World);
        house.checkpoint();
    }
    house.pass(LATER);
    house.turn_the_page();
    house.start("quick", &text("kept"));
    house.checkpoint();
    (house, patient)
}

fn assert_tidied(house: &mut House, patient: RunId, what: &str) {
    house.check();
    assert_eq!(house.count(ARCHIVE), 2, "{what}: the page and `kept`");
    assert!(house.driver().partition().run(patient).is_some(), "{what}");
    assert!(house.history(patient).len() == 1, "{what}: {:?}", house.history(patient));
    assert_eq!(house.count(GARBAGE), 0, "{what}");
    // Of `patient`, of `kept`, and of the page that was turned.
    assert_eq!(house.files().len(), 3, "{what}");
}

fn go_on(house: &mut House) {
    // What was recorded after the last durable checkpoint was stepped again; nothing goes before it is in one.
    house.checkpoint();
    house.tidy();
}

#[test]
fn without_a_crash_it_is_tidied() {
    let (mut house, patient) = full_house();
    assert!(house.tidy() > 4, "it takes several slices");
    assert_tidied(&mut house, patient, "no crash");
}

#[test]
fn a_crash_after_any_slice_leaves_nothing_dangling() {
    for slices in 0.. {
        let (mut house, patient) = full_house();
        let mut left = Left::More;
        for _ in 0..slices {
            left = house.slice().unwrap();
        }
        house.crash();
        house.check();
        go_on(&mut house);
        assert_tidied(&mut house, patient, &format!("after {slices} slices"));
        if left == Left::Nothing {
            break;
        }
    }
}

#[test]
fn a_crash_at_any_change_of_the_disk_leaves_nothing_dangling() {
    for changes in 0.. {
        let (mut house, patient) = full_house();
        house.disk.cut_power_after(changes);
        let mut left = Ok(Left::More);
        while matches!(left, Ok(Left::More)) {
            left = house.slice();
        }
        house.crash();
        house.check();
        go_on(&mut house);
        assert_tidied(&mut house, patient, &format!("after {changes} changes"));
        if left.is_ok() {
            assert!(changes > 4, "several files went");
            break;
        }
    }
}
