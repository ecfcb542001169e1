//! What the commands share: arguments as meant, reading, writing, and exit statuses.

pub mod context;
pub mod exit;
pub mod filter;
pub mod glob;
pub mod order;
pub mod output;
pub mod reading;
pub mod render;
pub mod search;
pub mod span;
