//! The intrinsic functions by name, and how many arguments each takes.

use std::fmt;
use std::ops::RangeInclusive;

/// Arguments that a call may have. It is a limit of ours; AWS bounds the size of a definition instead.
pub const ARGUMENTS_MAX: usize = 10_000;

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $takes:expr;)*) => {
        /// An intrinsic function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Function {
            $($(#[$doc])* $variant,)*
        }

        impl Function {
            /// Every function.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name without `States.`.
            #[must_use]
            pub fn short_name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How many arguments the function takes.
            #[must_use]
            pub fn takes(self) -> RangeInclusive<usize> {
                match self { $(Self::$variant => $takes,)* }
            }
        }
    };
}

functions! {
    /// `States.Format(template, …)`
    Format = "Format", 1..=ARGUMENTS_MAX;
    /// `States.StringToJson(text)`
    StringToJson = "StringToJson", 1..=1;
    /// `States.JsonToString(value)`
    JsonToString = "JsonToString", 1..=1;
    /// `States.Array(…)`
    Array = "Array", 0..=ARGUMENTS_MAX;
    /// `States.ArrayPartition(array, size)`
    ArrayPartition = "ArrayPartition", 2..=2;
    /// `States.ArrayContains(array, value)`
    ArrayContains = "ArrayContains", 2..=2;
    /// `States.ArrayRange(first, last, step)`
    ArrayRange = "ArrayRange", 3..=3;
    /// `States.ArrayGetItem(array, index)`
    ArrayGetItem = "ArrayGetItem", 2..=2;
    /// `States.ArrayLength(array)`
    ArrayLength = "ArrayLength", 1..=1;
    /// `States.ArrayUnique(array)`
    ArrayUnique = "ArrayUnique", 1..=1;
    /// `States.Base64Encode(text)`
    Base64Encode = "Base64Encode", 1..=1;
    /// `States.Base64Decode(text)`
    Base64Decode = "Base64Decode", 1..=1;
    /// `States.Hash(data, algorithm)`
    Hash = "Hash", 2..=2;
    /// `States.JsonMerge(left, right, false)`
    JsonMerge = "JsonMerge", 3..=3;
    /// `States.MathRandom(start, end, seed?)`
    MathRandom = "MathRandom", 2..=3;
    /// `States.MathAdd(left, right)`
    MathAdd = "MathAdd", 2..=2;
    /// `States.StringSplit(text, separators)`
    StringSplit = "StringSplit", 2..=2;
    /// `States.UUID()`
    Uuid = "UUID", 0..=0;
}

impl Function {
    /// The function of that name, without `States.`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.short_name() == name)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "States.{}", self.short_name())
    }
}
