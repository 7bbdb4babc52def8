//! Random numbers from a seed, as AWS draws them: the generator of `java.util.Random`, which its documentation
//! specifies to the bit.

use super::Draws;

/// A version 4 UUID (RFC 9562, section 5.4) of 128 drawn bits.
#[must_use]
pub fn uuid(high: u64, low: u64) -> String {
    let (high, low) = (high & !0xf000 | 0x4000, low & !(0b11 << 62) | 0b10 << 62);
    uuid_text(high, low)
}

/// The text of the UUID that has these bits (RFC 9562, section 4).
#[must_use]
pub fn uuid_text(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// A seeded generator. Equal seeds give equal numbers, here and on AWS.
#[derive(Clone, Debug)]
pub struct SeededRandom(u64);

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl SeededRandom {
    /// The generator that starts from `seed`.
    #[must_use]
    pub fn new(seed: i64) -> Self {
        Self((seed as u64 ^ MULTIPLIER) & MASK)
    }

    /// A generator that starts from the next of `draws`.
    #[must_use]
    pub fn drawn(draws: &Draws) -> Self {
        Self::new(draws.next() as i64)
    }

    /// The next whole number from 0 to below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return ((u64::from(bound) * u64::from(self.bits(31))) >> 31) as u32;
        }
        loop {
            let drawn = self.bits(31);
            let chosen = drawn % bound;
            // The last incomplete stretch of `bound` numbers below 2^31 is drawn again: it would favour the small.
            if u64::from(drawn) + u64::from(bound - 1 - chosen) < 1 << 31 {
                return chosen;
            }
        }
    }

    /// The next double from 0 to below 1.
    pub fn fraction(&mut self) -> f64 {
        let drawn = (u64::from(self.bits(26)) << 27) + u64::from(self.bits(27));
        drawn as f64 / (1_u64 << 53) as f64
    }

    fn bits(&mut self, wanted: u32) -> u32 {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        (self.0 >> (48 - wanted)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::SeededRandom;

    #[test]
    fn a_seed_gives_the_numbers_that_java_gives() {
        let mut random = SeededRandom::new(42);
        assert_eq!([random.below(10), random.below(10), random.below(10)], [0, 3, 8]);
        assert_eq!(SeededRandom::new(42).fraction(), 0.727_563_680_032_868_1);
    }
}
