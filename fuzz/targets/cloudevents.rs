//! Whatever a client sends as an event or a batch: it is read or refused, and an event that was read is the same
//! after it was written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_model::{Event, cloudevents};

fuzz_target!(|body: &[u8]| {
    if let Ok(event) = cloudevents::parse(body) {
        check_round_trip(&event);
    }
    for event in cloudevents::parse_batch(body).iter().flatten() {
        check_round_trip(event);
    }
    binary_mode(body);
});

/// Binary mode: the first line is the content type; up to the first empty line come headers; the rest is the body.
fn binary_mode(input: &[u8]) {
    let end = input.windows(2).position(|pair| pair == b"\n\n").unwrap_or(input.len());
    let (head, body) = input.split_at(end);
    let Ok(head) = std::str::from_utf8(head) else { return };
    let (content_type, headers) = head.split_once('\n').unwrap_or((head, ""));
    let content_type = Some(content_type).filter(|text| !text.is_empty());
    let headers = headers.lines().filter_map(|line| line.split_once(':'));
    if let Ok(event) = cloudevents::parse_binary(headers, content_type, body.get(2..).unwrap_or_default()) {
        check_round_trip(&event);
    }
}

fn check_round_trip(event: &Event) {
    let written = cloudevents::print(event);
    assert_eq!(cloudevents::parse(written.as_bytes()).as_ref(), Ok(event), "{written}");
}
