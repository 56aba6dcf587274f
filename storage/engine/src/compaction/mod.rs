//! Compaction: rewriting sstables into fewer, dropping what is dead.

mod scheduler;
