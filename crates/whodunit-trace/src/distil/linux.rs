//! Linux's own logs.

use super::{first, number, pid, text};
use crate::fact::{Actor, Fact, Kind};
use whodunit_event::Event;

/// Whether the event comes from a Linux log that the graph understands.
pub(super) fn speaks(_event: &Event) -> bool {
    false
}

pub(super) fn columns(event: &Event) -> Option<Fact> {
    let _ = (number(event, ""), pid(event, ""), text(event, ""), first(event, &[]), Kind::Cron, Actor::default());
    None
}
