//! `fuzz::native_frame` under the fuzzing runtime.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::native_frame(data));
