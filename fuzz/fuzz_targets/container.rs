//! Archives and compressed logs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = whodunit_logs::container::read_all(data, &mut Vec::new());
});
