//! Every size limit of data, in one place, with the arithmetic that led to it.
//!
//! Reaching a limit is a typed answer to the caller, never growth. Limits of one crate only (queue
//! lengths, cache sizes) live in that crate's settings.

/// Longest serialised partition key or single clustering component, in bytes.
///
/// Cassandra's protocol for composite keys has 16-bit lengths; drivers compute tokens from them.
pub const KEY_SIZE_BYTES_MAX: usize = 65_535;

/// Largest single value, in bytes: below the largest frame so that a value can always be sent back.
pub const VALUE_SIZE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Largest mutation, in bytes: half of a commit log segment, so that a segment always holds one.
pub const MUTATION_SIZE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Deepest nesting of a type (`list<frozen<list<...>>>`); bounds recursion in codecs and parsers.
pub const TYPE_DEPTH_MAX: usize = 16;

/// Most types inside one type, itself included; a user type counts with all its fields wherever it is used.
/// Without it, user types that use each other twice would grow by powers of two.
pub const TYPE_NODES_MAX: usize = 4096;

/// Most types inside all columns of one table, counted as [`TYPE_NODES_MAX`] does.
pub const TABLE_TYPE_NODES_MAX: usize = 16 * TYPE_NODES_MAX;

/// Most columns of one table.
pub const COLUMNS_MAX: usize = 4096;

/// Longest keyspace, table or column name, in bytes (Cassandra's limit for file names is 48 for
/// keyspaces and tables; 48 is kept for those so that schemas stay portable).
pub const NAME_SIZE_BYTES_MAX: usize = 48;

/// Longest ttl, in seconds: 20 years, as in Cassandra.
pub const TTL_SECONDS_MAX: u32 = 20 * 365 * 24 * 60 * 60;

/// Most elements in a list, set or map that a client sends as one value.
pub const COLLECTION_ELEMENTS_MAX: usize = 65_535 * 16;

/// Longest `varint`, and longest unscaled part of a `decimal`, in bytes: about 157,000 digits. Turning
/// binary into decimal digits takes quadratic time, so the size has to have an end.
pub const VARINT_SIZE_BYTES_MAX: usize = 65_535;

/// Longest text of a number, in characters: what [`VARINT_SIZE_BYTES_MAX`] has, with sign and exponent.
pub const NUMBER_TEXT_SIZE_BYTES_MAX: usize = 160_000;

/// Largest vector dimension.
pub const VECTOR_DIMENSION_MAX: usize = 8192;

const _: () = assert!(KEY_SIZE_BYTES_MAX < MUTATION_SIZE_BYTES_MAX);
const _: () = assert!(MUTATION_SIZE_BYTES_MAX < VALUE_SIZE_BYTES_MAX);
