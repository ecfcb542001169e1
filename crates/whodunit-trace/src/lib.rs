//! The causal graph: from an indicator, process or record back to the root cause.

pub mod coverage;
