//! Decoding anything is safe, and decoding what was not written says so.

use proptest::prelude::*;
use tidegate_journal::log::frame::{self, Header, Salt};
use tidegate_journal::log::{Log, Settings};
use tidegate_journal::{Offset, SimDisk};

const SEGMENT_HEADER_BYTES: usize = 64;

/// The frame that a log writes for `records`.
fn encoded(records: &[Vec<u8>]) -> Vec<u8> {
    let disk = SimDisk::new(0);
    let (mut log, _) = Log::open(std::sync::Arc::new(disk.clone()), Settings::new("/log", 9)).unwrap();
    log.append(records.iter().map(Vec::as_slice)).unwrap();
    let bytes = disk.bytes("/log/00000000000000000000.seg".as_ref()).unwrap();
    let header = Header::read(&bytes[SEGMENT_HEADER_BYTES..]).unwrap();
    bytes[SEGMENT_HEADER_BYTES..][..frame::HEADER_BYTES + header.body_bytes as usize].to_vec()
}

fn salt() -> Salt {
    Salt::of_segment(9, Offset::ZERO)
}

fn records() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8)
}

proptest! {
    #[test]
    fn what_is_written_is_decoded(records in records()) {
        let bytes = encoded(&records);
        let frame = frame::decode(&bytes, salt()).unwrap();
        prop_assert_eq!(frame.records().map(<[u8]>::to_vec).collect::<Vec<_>>(), records);
    }

    #[test]
    fn a_flipped_bit_or_a_cut_is_noticed(records in records(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = encoded(&records);
        let at = at.index(bytes.len());
        prop_assert!(frame::decode(&bytes[..at], salt()).is_err());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(frame::decode(&bytes, salt()).is_err());
    }

    #[test]
    fn a_frame_of_another_segment_is_no_frame(records in records(), id in any::<u64>(), first in 1_u64..) {
        let bytes = encoded(&records);
        prop_assert!(frame::decode(&bytes, Salt::of_segment(id, Offset(first))).is_err());
    }

    #[test]
    fn anything_can_be_decoded(bytes in prop::collection::vec(any::<u8>(), 0..200), salt_id in any::<u64>()) {
        let salt = Salt::of_segment(salt_id, Offset::ZERO);
        if let Ok(frame) = frame::decode(&bytes, salt) {
            prop_assert_eq!(frame.records().count(), frame.header.count as usize);
        }
    }

    #[test]
    fn plausible_headers_before_anything_can_be_decoded(
        body in prop::collection::vec(any::<u8>(), 0..64),
        body_bytes in 0_u32..80,
        count in 0_u32..20,
        first in any::<u64>(),
        synced_below in any::<u64>(),
    ) {
        let mut bytes = vec![0; frame::HEADER_BYTES];
        bytes[0..4].copy_from_slice(&body_bytes.to_le_bytes());
        bytes[12..16].copy_from_slice(&count.to_le_bytes());
        bytes[16..24].copy_from_slice(&first.to_le_bytes());
        bytes[24..32].copy_from_slice(&synced_below.to_le_bytes());
        bytes.extend(body);
        if let Some(header) = Header::read(&bytes) {
            prop_assert!(header.count > 0 && header.first < header.end());
        }
        prop_assert!(frame::decode(&bytes, salt()).is_err());
    }
}
