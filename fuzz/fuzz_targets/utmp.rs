//! Linux login records.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| whodunit_fuzz::log("login", data));
