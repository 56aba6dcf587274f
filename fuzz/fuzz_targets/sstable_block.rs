//! `fuzz::sstable_block` under the fuzzing runtime.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sstable_block(data));
