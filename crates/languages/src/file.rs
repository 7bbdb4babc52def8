//! What workflow files of several languages have in common: values of an expected type, functions, retries.

pub(crate) mod function;
pub(crate) mod reading;
pub(crate) mod retry;
