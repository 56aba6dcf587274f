//! `fuzz::mutation_codec` under the fuzzing runtime.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::mutation_codec(data));
