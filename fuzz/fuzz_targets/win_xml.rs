//! Windows events as XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| whodunit_fuzz::log("Windows events as XML", data));
