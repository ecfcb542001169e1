//! Recorded evidence to events.
//!
//! The way of a byte: [`input`] finds files and recognises them by content ([`detect`]), opens archives
//! ([`container`]), and hands each log to its format's *splitter*, which cuts it into [`part::Part`]s of whole records.
//! [`scan`] decodes parts on all cores, lends every event to the caller's [`scan::Sink`], and gives the sinks' results
//! back in input order. Memory is bounded by the parts in flight, whatever the input's size.
//!
//! A defect in the evidence is a [`problem::Problem`] with its place; the rest goes on. Evidence is opened read-only.

pub mod audit;
pub mod container;
pub mod detect;
pub mod event_xml;
pub mod evtx;
pub mod input;
pub mod journal;
pub mod json;
pub mod lines;
pub mod linux;
pub mod part;
pub mod problem;
mod reading;
pub mod records;
pub mod scan;
pub mod syslog;
pub mod taskxml;
pub mod utmp;
pub mod winxml;

pub use problem::Problem;
pub use scan::{Options, Sink, Summary, scan};
