//! A second process on a data directory.

use std::fs;

use crate::place::Place;
use crate::refusal::refusal;
use crate::tally::{Batch, Client};

#[test]
fn a_second_process_is_told_who_has_the_data_and_the_first_goes_on() {
    let place = Place::new();
    place.file("one.yaml", "workflow: one\ntriggers:\n  begin: {on: start, do: {complete: 1}}\n");
    let server = Client::serve(&place, "data");
    let mut sender = Client::default();
    assert_eq!(sender.send(&server, Batch { events: 3, bytes: 10 }).1.status, 202);
    fs::write(place.path("data/payloads/unfinished/of-the-first"), "of the first process").unwrap();

    let dev = ["dev", "--listen", "127.0.0.1:0"];
    for second in [dev.as_slice(), &["run", "one.yaml"], &["run", "--resume"]] {
        let refused = refusal(&place, &[second, &["--data", "data"]].concat());
        let told = &refused.stderr;
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{told}");
        let expected = format!("error: the data in `data` is in use by process {}\n", server.pid());
        assert!(told.contains(&expected), "{told}");
        assert!(told.contains("help: if that is a server") && told.contains("--data DIR"), "{told}");
    }
    let unfinished = fs::read_to_string(place.path("data/payloads/unfinished/of-the-first")).unwrap();
    assert_eq!(unfinished, "of the first process", "nothing was touched");
    assert_eq!(sender.send(&server, Batch { events: 3, bytes: 100_000 }).1.status, 202);
    sender.check(&server);

    server.running.kill();
    let server = Client::serve(&place, "data");
    sender.check(&server);
}
