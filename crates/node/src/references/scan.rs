//! Finding digests in stored values by their bytes.
//!
//! A reference to a payload is stored as the 32 bytes of its digest, wherever in a value it stands. Which payloads a value can
//! refer to is known beforehand: those that the state referred to before, and those that came in since. So looking for
//! these bytes finds every reference, without knowing the form of the value; that other bytes are taken for one is as
//! likely as two payloads with the same digest, and would only keep a payload longer.

use std::collections::HashMap;

use tidegate_model::Digest;

/// Bytes of a digest.
const LENGTH: usize = 32;

/// Digests to look for, each as often as it was added.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    digests: HashMap<Digest, u32>,
    /// How many have these first two bytes: what most places of a value are told apart by. Empty before the first.
    beginnings: Vec<u32>,
}

impl Wanted {
    pub(super) fn add(&mut self, digest: Digest) {
        let count = self.digests.entry(digest).or_default();
        *count += 1;
        if *count == 1 {
            if self.beginnings.is_empty() {
                self.beginnings = vec![0; 1 << 16];
            }
            self.beginnings[beginning(&digest.0)] += 1;
        }
    }

    pub(super) fn remove(&mut self, digest: &Digest) {
        let Some(count) = self.digests.get_mut(digest) else { return };
        *count -= 1;
        if *count == 0 {
            self.digests.remove(digest);
            self.beginnings[beginning(&digest.0)] -= 1;
        }
    }

    /// Those of the wanted digests that stand in `bytes`, each once, in order of their bytes.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<Digest> {
        let mut found = Vec::new();
        if self.digests.is_empty() || bytes.len() < LENGTH {
            return found;
        }
        for window in bytes.windows(LENGTH) {
            if self.beginnings[beginning(window)] > 0
                && let Ok(window) = window.try_into()
                && self.digests.contains_key(&Digest(window))
            {
                found.push(Digest(window));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl FromIterator<Digest> for Wanted {
    fn from_iter<T: IntoIterator<Item = Digest>>(digests: T) -> Self {
        let mut wanted = Self::default();
        digests.into_iter().for_each(|digest| wanted.add(digest));
        wanted
    }
}

fn beginning(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_found_wherever_they_stand_and_no_others() {
        let digests: Vec<Digest> = (0..4_u8).map(|number| Digest::of(&[number])).collect();
        let mut wanted: Wanted = digests[..3].iter().chain(&digests[..1]).copied().collect();
        let mut bytes = vec![digests[0].0[0]; 5];
        for digest in [&digests[2], &digests[3], &digests[0], &digests[2]] {
            bytes.extend(digest.0);
        }
        bytes.extend(&digests[1].0[..31]);
        let mut expected = vec![digests[0], digests[2]];
        expected.sort_unstable();
        assert_eq!(wanted.find(&bytes), expected);
        assert_eq!(wanted.find(&bytes[..20]), []);
        wanted.remove(&digests[0]);
        assert_eq!(wanted.find(&bytes), expected, "it was added twice");
        wanted.remove(&digests[0]);
        assert_eq!(wanted.find(&bytes), [digests[2]]);
        assert_eq!(Wanted::default().find(&bytes), []);
    }
}
