//! JSON values that clone in O(1).
//!
//! Every payload, context and result is one of these. The crate knows JSON and nothing else: no CloudEvents, no
//! expression language, no files. It is pure: the same text always gives the same value, and iteration follows
//! insertion order.
//!
//! In reading order:
//! - [`value`]: the six kinds of value, looking inside them, and copy-on-write change
//! - [`number`]: integers in full and finite doubles, compared by what they are worth
//! - [`string`]: shared text
//! - [`map`]: an object's members in insertion order
//! - [`parse`]: text to value, with the place of a mistake
//! - [`print`]: value to text: compact, pretty, canonical
//! - [`order`]: one total order over all values
//! - [`raw`]: JSON text that is known to be valid and is kept as it came
//! - `codec`: how values travel through serde, in JSON and in binary formats

mod codec;
pub mod map;
pub mod number;
pub mod order;
pub mod parse;
pub mod print;
pub mod raw;
pub mod string;
pub mod value;

pub use map::Map;
pub use number::Number;
pub use parse::ParseError;
pub use raw::RawJson;
pub use string::Str;
pub use value::{Array, Object, Value};
