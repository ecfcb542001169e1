//! Text forms of an event: one loop over its fields each, no arm for any event.

pub mod csv;
pub mod json;
pub mod xml;
