//! Limits of the parser, with the arithmetic that led to them. Reaching one is a syntax error.

/// Longest statement text, in bytes: the largest mutation written as one hexadecimal blob, and room
/// for the words around it.
pub const STATEMENT_SIZE_BYTES_MAX: usize = 2 * model::limits::MUTATION_SIZE_BYTES_MAX + 1024 * 1024;

/// Deepest nesting of values, selectors and parentheses. The parser and everything behind it recurse
/// this deep: a level takes up to 10 KB of stack unoptimised, and threads have 2 MB.
pub const NESTING_MAX: usize = 64;

/// Most values, selectors and relations of one statement: about 100 bytes of tree each.
pub const NODES_MAX: usize = 1024 * 1024;

/// Most bind markers: their number is 16 bits in the native protocol.
pub const MARKERS_MAX: usize = 65_535;

const _: () = assert!(STATEMENT_SIZE_BYTES_MAX < u32::MAX as usize);
const _: () = assert!(NODES_MAX >= MARKERS_MAX);
