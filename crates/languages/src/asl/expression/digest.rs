//! Hashes of texts, for `States.Hash` and `$hash`.

use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};

/// The hash of a text's UTF-8 in lower-case hexadecimal. `None` for an algorithm that AWS does not have; names are
/// `MD5`, `SHA-1`, `SHA-256`, `SHA-384` and `SHA-512`, in exactly this spelling.
#[must_use]
pub fn hex_digest(text: &str, algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hex::<Md5>(text),
        "SHA-1" => hex::<Sha1>(text),
        "SHA-256" => hex::<Sha256>(text),
        "SHA-384" => hex::<Sha384>(text),
        "SHA-512" => hex::<Sha512>(text),
        _ => return None,
    })
}

fn hex<D: Digest>(text: &str) -> String {
    let mut out = String::new();
    for byte in D::digest(text) {
        write!(out, "{byte:02x}").expect("text takes whatever is written");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::hex_digest;

    #[test]
    fn each_algorithm_gives_its_known_digest() {
        let hello = |algorithm| hex_digest("hello", algorithm).unwrap();
        assert_eq!(hello("MD5"), "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(hello("SHA-1"), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        assert_eq!(hello("SHA-256"), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        assert!(hello("SHA-384").starts_with("59e1748777448c69de6b800d7a33bbfb"));
        assert!(hello("SHA-512").starts_with("9b71d224bd62f3785d96d46ad3ea3d73"));
        assert_eq!(hex_digest("hello", "sha-256"), None);
    }
}
