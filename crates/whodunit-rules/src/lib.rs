//! One matcher over typed fields, and its front ends.
//!
//! | module | holds |
//! |---|---|
//! | [`matcher`] | conditions over typed fields, found all at once through shared literals; which raw chunks can be skipped |
//! | [`ioc`] | the first front end: indicators, typed by hand or read from lists |

pub mod ioc;
pub mod matcher;

pub use ioc::{Hit, Indicator, Indicators, IocMatcher, Kind};
pub use matcher::Scratch;
