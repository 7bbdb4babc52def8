//! JSON numbers: 64-bit integers in full, and finite doubles.
//!
//! Invariants: a double is finite; an integer that fits `i64` is stored as one. Equality and order go by exact
//! numeric worth, so `1.0 == 1` and `2^53 + 1` differs from `2^53` as a double.

use std::cmp::Ordering;
use std::fmt;

/// A JSON number.
#[derive(Clone, Copy)]
pub struct Number(Repr);

#[derive(Clone, Copy)]
pub(crate) enum Repr {
    Signed(i64),
    /// Only above `i64::MAX`.
    Unsigned(u64),
    /// Only finite.
    Double(f64),
}

/// 2^63 and 2^64 as doubles: the first values that no longer fit `i64` and `u64`.
const I64_END: f64 = 9_223_372_036_854_775_808.0;
const U64_END: f64 = 18_446_744_073_709_551_616.0;

impl Number {
    /// An integer.
    #[must_use]
    pub const fn from_i64(integer: i64) -> Self {
        Self(Repr::Signed(integer))
    }

    /// An integer.
    #[must_use]
    pub fn from_u64(integer: u64) -> Self {
        Self(i64::try_from(integer).map_or(Repr::Unsigned(integer), Repr::Signed))
    }

    /// A double; `None` for infinities and NaN, which JSON does not have.
    #[must_use]
    pub fn from_f64(double: f64) -> Option<Self> {
        double.is_finite().then_some(Self(Repr::Double(double)))
    }

    /// The nearest double.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        match self.0 {
            Repr::Signed(integer) => integer as f64,
            Repr::Unsigned(integer) => integer as f64,
            Repr::Double(double) => double,
        }
    }

    /// The number as an `i64`, if it is a whole number in range. `1e3` counts as whole.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Signed(integer) => Some(integer),
            Repr::Unsigned(_) => None,
            Repr::Double(double) => {
                (double.trunc() == double && (-I64_END..I64_END).contains(&double)).then_some(double as i64)
            }
        }
    }

    /// The number as a `u64`, if it is a whole number in range.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self.0 {
            Repr::Signed(integer) => u64::try_from(integer).ok(),
            Repr::Unsigned(integer) => Some(integer),
            Repr::Double(double) => {
                (double.trunc() == double && (0.0..U64_END).contains(&double)).then_some(double as u64)
            }
        }
    }

    /// The number as a `usize`, if it is a whole number in range.
    #[must_use]
    pub fn as_usize(&self) -> Option<usize> {
        self.as_u64().and_then(|integer| usize::try_from(integer).ok())
    }

    /// Whether the number is held as a double, and so may stand for a rounded one.
    #[must_use]
    pub fn is_double(&self) -> bool {
        matches!(self.0, Repr::Double(_))
    }

    /// Whether the number is whole, however it was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self.0 {
            Repr::Signed(_) | Repr::Unsigned(_) => true,
            Repr::Double(double) => double.trunc() == double,
        }
    }

    pub(crate) const fn repr(self) -> Repr {
        self.0
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Repr::Signed(a), Repr::Signed(b)) => a.cmp(&b),
            (Repr::Unsigned(a), Repr::Unsigned(b)) => a.cmp(&b),
            (Repr::Signed(_), Repr::Unsigned(_)) => Ordering::Less,
            (Repr::Unsigned(_), Repr::Signed(_)) => Ordering::Greater,
            (Repr::Double(a), Repr::Double(b)) => order_of_finite(a, b),
            (Repr::Double(a), Repr::Signed(b)) => double_against(a, i128::from(b)),
            (Repr::Double(a), Repr::Unsigned(b)) => double_against(a, i128::from(b)),
            (Repr::Signed(a), Repr::Double(b)) => double_against(b, i128::from(a)).reverse(),
            (Repr::Unsigned(a), Repr::Double(b)) => double_against(b, i128::from(a)).reverse(),
        }
    }
}

/// Zero and minus zero are one number, as in JSON and JavaScript comparison.
fn order_of_finite(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).expect("finite doubles compare")
}

/// Compares without rounding the integer: the whole part first, then whether a fraction remains.
fn double_against(double: f64, integer: i128) -> Ordering {
    // A double of 2^64 or more is beyond every 64-bit integer; the cast saturates far above them.
    let whole = double.trunc();
    (whole as i128).cmp(&integer).then_with(|| order_of_finite(double, whole))
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::print::write_number(*self, out);
        Ok(())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

macro_rules! from_integers {
    ($($integer:ty => $constructor:ident as $wide:ty),* $(,)?) => {$(
        impl From<$integer> for Number {
            fn from(integer: $integer) -> Self {
                Self::$constructor(integer as $wide)
            }
        }
    )*};
}

from_integers! {
    i8 => from_i64 as i64, i16 => from_i64 as i64, i32 => from_i64 as i64, i64 => from_i64 as i64,
    u8 => from_u64 as u64, u16 => from_u64 as u64, u32 => from_u64 as u64, u64 => from_u64 as u64,
    usize => from_u64 as u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(worth: f64) -> Number {
        Number::from_f64(worth).unwrap()
    }

    #[test]
    fn integers_and_doubles_compare_by_exact_worth() {
        let two_to_53 = 9_007_199_254_740_992_i64;
        assert_eq!(double(1.0), Number::from_i64(1));
        assert_eq!(double(-0.0), Number::from_i64(0));
        assert_eq!(double(two_to_53 as f64), Number::from_i64(two_to_53));
        assert!(double(two_to_53 as f64) < Number::from_i64(two_to_53 + 1));
        assert!(double(1.5) > Number::from_i64(1));
        assert!(double(-1.5) < Number::from_i64(-1));
        assert!(double(1e300) > Number::from_u64(u64::MAX));
        assert!(double(-1e300) < Number::from_i64(i64::MIN));
        assert!(Number::from_u64(u64::MAX) > Number::from_i64(i64::MAX));
    }

    #[test]
    fn whole_doubles_convert_to_integers_and_others_do_not() {
        assert_eq!(double(1e3).as_i64(), Some(1000));
        assert_eq!(double(1.5).as_i64(), None);
        assert_eq!(double(I64_END).as_i64(), None);
        assert_eq!(double(I64_END).as_u64(), Some(1 << 63));
        assert_eq!(double(U64_END).as_u64(), None);
        assert_eq!(Number::from_u64(u64::MAX).as_i64(), None);
        assert_eq!(Number::from_i64(-1).as_usize(), None);
    }

    #[test]
    fn what_json_does_not_have_is_refused() {
        assert!(Number::from_f64(f64::NAN).is_none());
        assert!(Number::from_f64(f64::INFINITY).is_none());
    }
}
