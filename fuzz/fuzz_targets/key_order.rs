//! `fuzz::key_order` under the fuzzing runtime.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::key_order(data));
