//! Ids that are the same whenever they are made of the same words.
//!
//! A repeated attempt of a task must not look like new work to a service, so what the SDK draws at random is derived
//! here.

use sha2::{Digest as _, Sha256};

/// A UUID of version 8 (RFC 9562, section 5.8) that `words` determine.
pub(super) fn uuid(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        // The length first, so that `ab` `c` is not `a` `bc`.
        hash.update(u64::try_from(word.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(word);
    }
    let mut bytes: [u8; 16] = hash.finalize()[..16].try_into().expect("a digest has 32 bytes");
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// `bytes` in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_determine_a_uuid() {
        let id = uuid(&["ab", "c"]);
        assert_eq!(id, uuid(&["ab", "c"]));
        assert_ne!(id, uuid(&["a", "bc"]));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
    }
}
