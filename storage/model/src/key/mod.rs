//! Keys: tokens, partition keys in the order of the engine, clustering keys as byte positions.

mod byte_range;
mod clustering;
mod partition;
mod partitioner;
mod token;

pub use byte_range::ByteRange;
pub use clustering::{ClusteringKey, after_prefix};
pub use partition::{DecoratedKey, compose_partition_key, split_partition_key};
pub use partitioner::murmur3_token;
pub use token::{Token, TokenRange};
