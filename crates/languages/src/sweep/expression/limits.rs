//! How far an expression may go. Beyond a limit there is an error that names it.

/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// Deepest nesting of an expression.
pub const DEPTH_MAX: u32 = 100;

/// Steps of one evaluation: about one for each operation, item visited, and 16 bytes of text made.
pub const STEPS_MAX: u64 = 2_000_000;

/// Bytes in a text that an expression makes.
pub const MADE_BYTES_MAX: usize = 16 * 1024 * 1024;
