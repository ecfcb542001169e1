//! One file a command.

pub mod completions;
pub mod coverage;
pub mod events;
pub mod hunt;
pub mod schema;
pub mod trace;
pub mod tree;
