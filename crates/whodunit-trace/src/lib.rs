//! The causal graph: from an indicator, process or record back to the root cause.
//!
//! A state machine without I/O and without a clock. [`Fact::from_event`] distils events on the reading threads;
//! [`Builder`] collects facts, items that start by themselves, and hits; [`Builder::build`] gives the [`Graph`], which
//! answers with a [`Story`] for each root cause, and with process trees.
//!
//! | module | holds |
//! |---|---|
//! | [`fact`] | what the graph keeps of an event |
//! | `distil` | which columns of which event become which of a fact |
//! | `zones` | local times without a zone moved to UTC |
//! | `hosts`, `processes`, `sessions`, `entries` | who is meant: hosts, processes, logons, things that start by themselves |
//! | `store` | facts in little memory |
//! | [`graph`] | [`Builder`] and [`Graph`]: everything in order, indexed |
//! | `edges` | what can have caused what: one file a kind of edge |
//! | `walk`, `root` | the walk from a hit to the root, and the rule of what counts as one |
//! | [`query`] | from a question to stories |
//! | `related` | what else belongs to a root; timeline; gaps |
//! | [`story`], [`text`] | the answer's shape; the answer as text |
//! | [`tree`] | the process tree, logon sessions with their processes |
//! | [`coverage`] | what the evidence can and cannot show |
//! | `names`, `path`, `command` | what names, paths and command lines mean |

mod command;
pub mod coverage;
mod distil;
mod edges;
mod entries;
pub mod fact;
pub mod graph;
mod hosts;
mod names;
mod path;
mod processes;
pub mod query;
mod related;
mod root;
mod sessions;
mod store;
pub mod story;
pub mod text;
pub mod tree;
mod walk;
mod zones;

pub use fact::{Fact, Hit};
pub use graph::{Builder, Graph};
pub use query::Select;
pub use story::{Query, Story};
