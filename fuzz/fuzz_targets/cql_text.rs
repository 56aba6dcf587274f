//! `fuzz::cql_text` under the fuzzing runtime.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::cql_text(data));
