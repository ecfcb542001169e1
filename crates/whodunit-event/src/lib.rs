//! What an event is: the table of known events, one recorded event, where it was found, and its text forms.
//!
//! This crate is the ground floor: it knows no reader, no rule and no graph, does no I/O and reads no clock.
//!
//! | module | holds |
//! |---|---|
//! | [`schema`] | every known event: id, name, fields with types and docs; written once, read by all |
//! | [`event`] | [`Event`]: one record, its fields in table order |
//! | [`origin`] | [`Origin`]: the place in the evidence that a statement stands on |
//! | [`time`] | [`Time`]: an instant with as many digits as its source gave |
//! | [`guid`] | [`Guid`]: ProcessGuid and LogonGuid, and the start time inside |
//! | [`persist`] | [`persist::Item`]: one thing that starts by itself |
//! | [`confidence`] | [`Confidence`]: how sure a statement is |
//! | [`encode`] | JSON, CSV and text of an event |
//! | [`escape`] | text from evidence made safe for a terminal |
//! | [`xml`] | a pull reader for the XML that evidence holds |
//! | [`prefilter`] | [`Prefilter`]: lets a search skip undecoded chunks that cannot match |

pub mod confidence;
pub mod encode;
pub mod escape;
pub mod event;
pub mod guid;
pub mod origin;
pub mod persist;
pub mod prefilter;
pub mod schema;
pub mod time;
pub mod xml;

pub use confidence::Confidence;
pub use event::Event;
pub use guid::Guid;
pub use origin::Origin;
pub use prefilter::Prefilter;
pub use schema::{EventSpec, FieldSpec, FieldType};
pub use time::Time;
