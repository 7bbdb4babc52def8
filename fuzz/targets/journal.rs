//! Whatever bytes are where a journal should be: they are read or refused, and what is read can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_journal::Offset;
use tidegate_journal::log::frame::{self, Salt};
use tidegate_model::Entry;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = frame::decode(bytes, Salt::of_segment(0, Offset(0))) {
        assert_eq!(frame.records().count(), frame.header.count as usize);
    }
    if let Ok(entry) = Entry::decode(bytes) {
        let mut written = Vec::new();
        entry.encode(&mut written);
        assert_eq!(Entry::decode(&written).expect("what was written reads"), entry);
    }
});
