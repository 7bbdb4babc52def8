//! A command that is to be refused: one that starts to serve instead fails the test rather than running for ever.

use std::io::BufRead;

use crate::place::{Ended, Place};

#[track_caller]
pub(crate) fn refusal(place: &Place, arguments: &[&str]) -> Ended {
    let mut running = place.start(arguments);
    let mut line = String::new();
    running.stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "", "{arguments:?} was not refused");
    running.wait()
}
