//! Syslog, with Sysmon for Linux in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| whodunit_fuzz::log("syslog", data));
