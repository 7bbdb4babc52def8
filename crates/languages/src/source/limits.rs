//! How large a document may be. Beyond a limit there is a diagnostic that names it, and no program.

/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Deepest nesting of lists and mappings, also through aliases.
pub const DEPTH_MAX: usize = 128;

/// Most values in a document, where what an alias repeats counts again.
pub const VALUES_MAX: usize = 2_000_000;
