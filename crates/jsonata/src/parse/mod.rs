//! From text to the tree that is evaluated.
//!
//! - `lexer`: characters to tokens
//! - `ast`: the shape of the text
//! - `parser`: tokens to that shape, by operator precedence
//! - `pattern`: regular expression literals

pub(crate) mod ast;
mod lexer;
mod parser;
pub(crate) mod pattern;

pub(crate) use parser::parse;

/// How deep the parts of an expression may nest. Every later pass walks the tree recursively and relies on this.
pub(crate) const NESTING_MAX: u32 = 120;
