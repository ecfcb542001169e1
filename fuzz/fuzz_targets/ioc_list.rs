//! Lists of indicators: plain text, CSV, STIX, MISP.
#![no_main]

use whodunit_event::Prefilter;
use whodunit_rules::ioc::Indicators;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut indicators = Indicators::new();
    indicators.add_list("list", data);
    let matcher = indicators.build();
    let _ = matcher.may_match(data, false);
});
