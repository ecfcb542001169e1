//! systemd journal exports.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| whodunit_fuzz::log("journal", data));
